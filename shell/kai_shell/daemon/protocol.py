"""What shells and the daemon say to each other.

A unix stream socket `RUNTIME/kai.sock` (see `runtime.py`), one request a connection. A request is
one line: fields separated by U+001F, line breaks inside a field written as U+001E, UTF-8, "\\n" at
the end, 64 KiB at most. So is the answer, but for `wait` one line; then the daemon closes the
connection.

Requests (the first field is the version of the protocol)::

    1 ask SHELL TTY COLUMNS CWD KUBECONFIG ENV TEXT
    1 guard SHELL TTY COLUMNS CWD KUBECONFIG ENV ALIASES TEXT
    1 ran SHELL ID STATUS TEXT
    1 model ACTION ENV
    1 hello
    1 status
    1 stop

SHELL is a word such as `zsh`; TTY, COLUMNS, CWD and KUBECONFIG may be empty. CWD is absolute; names
in KUBECONFIG that are not count from there. ENV is lines `NAME=VALUE`: those that are set and exported of TERM, COLORTERM, NO_COLOR, LANG, LC_ALL
and of all names that begin with `KAI_` (they are the settings of this shell), `LINES=rows`, and
`PANEL=1` where the shell can wait while the daemon draws on TTY. Values with control characters are
left out; names that nobody knows are passed over.

Answers to `ask`::

    put COMMAND REMARK KEEP ID          rewrite the line, REMARK below it
    offer COMMAND REMARK TIER DETAILS KEEP ID
                                        the shell asks for a yes: no panel can be drawn. TIER is
                                        read, write or destructive, DETAILS lines
    wait                                a panel is open on TTY: read on, more lines follow
    left MESSAGE                        after `wait`: the user left; the line stays; MESSAGE may be ""
    none MESSAGE                        no command for it: the line stays, MESSAGE below it
    fail MESSAGE                        something is wrong: the same

COMMAND is never empty and holds no control character and no line break: what would hold one is
answered with `fail`. A shell asserts it again. Every answer of the daemon may be `fail`. KEEP is an
entry of its own for the history of the shell (`# words`, one printable line), or empty. ID (digits)
names the offer to `ran`, or is empty.

`wait` comes once a second while a panel is open; where nothing comes for 3 s, or the connection
ends, the daemon is gone, and the shell puts the terminal right itself. Before the last line (put,
left, none, fail) the panel is erased, the cursor where it was and the terminal's modes as they
were. Keys typed after the one that decided are still in the terminal's queue.

Answers to `guard`, asked on Enter: is this line to be run? ::

    run                                 yes
    wait                                as above; then run, left or fail
    left MESSAGE                        no: the line stays
    confirm TIER WORD DETAILS           the shell asks: WORD has to be typed, "" means the key y
    fail MESSAGE                        the guard does not work: the line is run

ALIASES is lines `NAME=VALUE` of the shell's aliases whose names stand in TEXT.

`ran` says what was run after the offer ID, with which exit status; the answer is `noted`.

`model warm` has the model loaded behind the answer, `model status` only asks; ENV is the caller's
variables that settings come from (empty: the daemon's). The answer is `model STATE NAME DETAIL LEFT`:
STATE is none, off, cold, loading or warm, DETAIL a line for people, LEFT the seconds that it stays in
memory, or empty.

Answers to the others: `hello VERSION PID`, `status KEY=VALUE ...`, `stopping PID`.

Shells without sockets (bash, fish) write the same line, with the path of a FIFO of their own as one
more field in front, into `RUNTIME/ask.fifo`, and read the answer from that FIFO::

    REPLY 1 ask SHELL TTY COLUMNS CWD KUBECONFIG ENV TEXT

* REPLY is a FIFO in RUNTIME whose name begins with `reply.`, made by the shell when it loads (mode
  0600). A `*` and a word may follow the path (`.../reply.4711*17`): the answer then has that word as
  one more field in front of each line, so that a late answer to an earlier key is known as one.
* Open both for reading and writing (`<>`), which never blocks, and close them after the answer;
  bytes that nobody read are gone then. A daemon that was killed leaves `ask.fifo` behind: read the
  answer with a deadline and go on to the fallback (`python -P -m kai_shell.daemon.client`).
* fish opens nothing without blocking, reads nothing with a deadline and writes 512 bytes at a time.
  It puts the request into a file `RUNTIME/file.PID.NUMBER`, PID being the shell, and writes only that
  path into `ask.fifo` (as `/proc/DAEMON/fd/N`, which is there as long as the daemon is). The lines
  of the answer are the files `file.PID.NUMBER.0`, `.1` and so on, each there when it is whole, and
  removed 5 s later.
* A line of at most 4096 bytes (512 on some systems: PIPE_BUF) is written in one piece; longer ones
  of two shells at once may mix, and are then refused or dropped. Use the client for them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = "1"
"""The version of the protocol; another one is refused, never guessed at."""

MAX_FRAME = 64 * 1024
"""Bytes of a request or a line of an answer, its end included."""

_LONGEST = MAX_FRAME // 8

_LONGEST_KEEP = 4096
"""Characters of words that are kept in a history; longer ones are not."""

FIELD, BREAK, END = "\x1f", "\x1e", b"\n"


class Malformed(ValueError):
    """A line that is no message of this protocol; the text says why."""


def encode(fields: Sequence[str]) -> bytes:
    """The line for these fields. Raises `Malformed` where they cannot be said in one line."""
    if any(FIELD in field or BREAK in field for field in fields):
        raise Malformed("the text holds a separator of the protocol")
    try:
        line = FIELD.join(fields).replace("\n", BREAK).encode() + END
    except UnicodeEncodeError:
        raise Malformed("the text is not valid Unicode") from None
    if len(line) > MAX_FRAME:
        raise Malformed(f"the text is longer than {MAX_FRAME // 1024} KiB")
    return line


def decode(line: bytes) -> list[str]:
    """The fields of a line, with or without its end. Raises `Malformed`."""
    if len(line) > MAX_FRAME:
        raise Malformed(f"the line is longer than {MAX_FRAME // 1024} KiB")
    line = line.removesuffix(END)
    if END in line:
        raise Malformed("more than one line")
    try:
        return line.decode().replace(BREAK, "\n").split(FIELD)
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8 (byte {error.start})") from None


def shown(text: str) -> str:
    """Text for a terminal: line breaks stay, every other character that is not printable (control
    characters, escapes, bidirectional marks) becomes `<U+XXXX>`."""
    if text.isprintable():
        return text
    return "".join(
        char if char == "\n" or char.isprintable() else f"<U+{ord(char):04X}>" for char in text
    )


def answer(kind: str, *fields: str) -> bytes:
    """The line of an answer: nothing in it can move a cursor; what is too long is cut."""
    said = [shown(field) for field in fields]
    try:
        return encode([kind, *said])
    except Malformed:
        return encode([kind, *(_cut(field) for field in said)])


def command_answer(kind: str, command: str, *fields: str) -> bytes:
    """An answer with a command in it; `fail` where the command is not one plain printable line."""
    if not command or not command.isprintable() or len(command.encode()) > _LONGEST:
        return answer("fail", "the command holds characters that do not belong on a line")
    return answer(kind, command, *fields)


def keep(words: str) -> str:
    """The words as a comment for a history, on one line; "" where they do not belong into one."""
    line = " ".join(words.split())
    return f"# {line}" if line and line.isprintable() and len(line) <= _LONGEST_KEEP else ""


def pairs(text: str) -> dict[str, str]:
    """The lines `NAME=VALUE` of ENV and ALIASES; what is no such line is passed over."""
    found = (line.partition("=") for line in text.split("\n"))
    return {name: value for name, equals, value in found if name and equals}


def _cut(text: str) -> str:
    """What fits into a frame beside the other fields, of which there are five at most."""
    return text.encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore")
