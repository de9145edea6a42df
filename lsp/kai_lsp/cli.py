"""`kai-lsp`: the language server as a program, over standard input and output or a TCP port."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

USAGE = """\
usage: kai-lsp [--stdio | --tcp PORT] [--log FILE]

The language server of kai: code actions turn "# ai: ..." comments into kubectl commands, and the
kubectl commands that stand in scripts, workflows and manifests are checked.

options:
  --stdio     talk over standard input and output (the default)
  --tcp PORT  listen on 127.0.0.1:PORT for one editor, for debugging
  --log FILE  write what goes wrong to FILE instead of standard error; never document text
  --version   print the version
  --help      print this
"""


def process() -> NoReturn:
    """What the script `kai-lsp` calls."""
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Serve until the editor goes; 2 for a wrong call."""
    port: int | None = None
    log = ""
    rest = list(argv)
    while rest:
        word, *rest = rest
        if word in ("--help", "-h"):
            sys.stdout.write(USAGE)
            return 0
        if word == "--version":
            from kai import __version__

            sys.stdout.write(f"kai-lsp {__version__}\n")
            return 0
        if word == "--stdio":
            continue
        name, equals, value = word.partition("=")
        if name in ("--tcp", "--log") and (equals or rest):
            if not equals:
                value, *rest = rest
            if name == "--log":
                log = value
                continue
            if value.isdecimal() and 0 < int(value) < 65536:
                port = int(value)
                continue
            return _wrong(f"{value!r} is no port")
        if name == "--clientProcessId":  # VS Code's client adds it
            rest = rest if equals else rest[1:]
            continue
        return _wrong(f"there is no option {word}")
    return _serve(port, log)


def _wrong(text: str) -> int:
    sys.stderr.write(f"kai-lsp: {text}; kai-lsp --help lists the options\n")
    return 2


def _serve(port: int | None, log: str) -> int:
    import gc
    import logging

    # The imports make much that stays: looking for garbage so often costs start-up time, and never
    # doing it 9 MB.
    gc.set_threshold(5_000, 10, 10)
    try:
        handler = logging.FileHandler(log, encoding="utf-8") if log else logging.StreamHandler()
    except OSError as error:
        return _wrong(f"{log} cannot be written ({error.strerror})")
    logging.basicConfig(
        level=logging.WARNING, handlers=[handler], format="%(asctime)s %(levelname)s %(message)s"
    )

    from kai_lsp.features import build

    server = build()
    try:
        return server.start_io() if port is None else server.start_tcp(port)
    except KeyboardInterrupt:
        return 130
    except OSError as error:  # the port is taken, or standard output is closed
        import os

        where = "standard input and output" if port is None else f"port {port}"
        return _wrong(f"{where} cannot be used ({os.strerror(error.errno or 0)})")


if __name__ == "__main__":
    process()
