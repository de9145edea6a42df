"""Draw README's picture: real answers of the real command, as a terminal shows them.

    python tools/picture.py docs/kai.svg

Every line below `$` is what `kai` printed on a pseudo-terminal just now.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

from rich.console import Console
from rich.text import Text

REQUESTS = (
    "pods that keep restarting in prod, worst first",
    "which image does deploy checkout use in staging",
    "bounce the checkout deploymnet in prod",
    "decode the password in secret db-creds",
    "delete all pods except the database",
)
COLUMNS = 100


def answer(request: str) -> str:
    """What `kai REQUEST` shows on a terminal of `COLUMNS` columns, colours included."""
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    env = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    program = Path(sys.executable).with_name("kai")
    for show in (False, True):  # the first run compiles and is not shown
        with tempfile.TemporaryDirectory() as home:
            run = [str(program), request]
            own = {**env, "HOME": home}
            subprocess.Popen(run, stdin=side, stdout=side, stderr=side, env=own).wait(timeout=30)
        os.set_blocking(main, False)
        shown = b""
        try:
            while part := os.read(main, 65536):
                shown += part
        except BlockingIOError:
            pass
        if show:
            break
    os.close(side)
    os.close(main)
    return shown.decode("utf-8", "replace").replace("\r\n", "\n")


def main() -> None:
    """Write the picture to the file named on the command line."""
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115, PTH123 - lives as long as the process
    for request in REQUESTS:
        console.print(Text.assemble(("$ ", "bold green"), (f'kai "{request}"', "bold")))
        console.print(Text.from_ansi(answer(request).rstrip("\n")))
        console.print()
    svg = console.export_svg(title="kai")
    svg = re.sub(r"@font-face \{.*?\}\n", "", svg, flags=re.S)  # nothing is fetched to show it
    Path(sys.argv[1]).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
