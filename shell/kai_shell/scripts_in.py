"""The texts that `kai check` reads: script files and standard input, whatever is in them."""

from __future__ import annotations

from pathlib import Path

from kai.errors import UsageError
from kai_shell.streams import Streams

STDIN = "-"
_BOM = b"\xef\xbb\xbf"
_WIDE = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


class Unreadable(UsageError):
    """An input that cannot be read; the text names it and says what to do."""


def content(name: str, streams: Streams) -> bytes:
    """What is in a file, or what standard input holds (`-`). Raises `Unreadable`."""
    if not name:
        raise Unreadable("an empty word is no name of a file")
    try:
        if name != STDIN:
            return Path(name).read_bytes()
        raw = getattr(streams.stdin, "buffer", None)
        return raw.read() if raw is not None else streams.stdin.read().encode()
    except IsADirectoryError:
        raise Unreadable(f"{name} is a folder; name the scripts in it") from None
    except OSError as error:
        raise Unreadable(f"{name} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise Unreadable(f"{name!r} cannot be the name of a file: {error}") from None


def script(name: str, streams: Streams) -> str:
    """The text of a script, its line ends as bash wants them, without a byte order mark.

    Lines and columns are those of the file. Raises `Unreadable` for what is no text in UTF-8.
    """
    data = content(name, streams)
    label = "standard input" if name == STDIN else name
    if data[:2] in _WIDE:
        raise Unreadable(f"{label} is {_WIDE[data[:2]]}; bash reads UTF-8: convert it")
    if b"\0" in data:
        raise Unreadable(f"{label} is a binary file, no script")
    try:
        text = data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        byte = error.object[error.start]
        raise Unreadable(f"{label} is not UTF-8: byte 0x{byte:02x} in line {line}") from None
    if "\r\n" in text:
        streams.remark(f"{label} has Windows line ends (CRLF): bash stumbles over them")
        text = text.replace("\r\n", "\n")
    return text
