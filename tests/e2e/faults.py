"""What a daemon can do wrong, and lines that mean something to a shell: for the tests of every shell."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.fake_daemon import Behaviour, answering, hanging, offer, put

_HUGE = b"put\x1fkubectl get pods" + b" " * 70_000 + b"\x1f\n"

FAULTS: dict[str, Behaviour] = {
    "hangs": hanging(),
    "hangs in the middle of an answer": hanging(b"put\x1fkubectl"),
    "goes away": answering(),
    "goes away in the middle of an answer": answering(b"put\x1fkubectl get pods"),
    "garbage": answering(b"\xff\xfe\x00garbage\n"),
    "an empty line": answering(b"\n"),
    "another protocol": answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "too few fields": answering(b"put\n"),
    "an unknown kind": answering(b"run\x1fkubectl get pods\x1f\n"),
    "an unknown tier": answering(b"offer\x1fkubectl get pods\x1f\x1fharmless\x1f\n"),
    "huge": answering(_HUGE),
    "endless": answering(*[b"x" * 65536] * 64),
    "two lines": answering(b"put\x1fkubectl get pods\x1f\nrm -rf /\n"),
    "a line break in the command": put("kubectl get pods\x1erm -rf /"),
    "a carriage return": put("kubectl get pods\rrm"),
    "an escape in the command": put("kubectl get \x1b[31mpods"),
    "an escape in the remark": put("kubectl get pods", "\x1b]0;title\x07"),
    "a bidirectional mark": put("kubectl get \u202epods"),
    "a character nobody sees": put("kubectl get\u200b pods"),
    "an isolate": put("kubectl get \u2066pods"),
    "a tag": put("kubectl get \U000e0041pods"),
    "a command too long": put("kubectl get " + "x" * 20_000),
    "a C1 control": put("kubectl get \u009bpods"),
    "invalid UTF-8 in the command": answering(b"put\x1fkubectl get \xff\x1f\n"),
    "no command": put(""),
    "an offer with an escape": offer("kubectl delete \x1b[0m"),
    "a fault of its own": answering(b"fail\x1fthe cluster list cannot be read\n"),
}

LINES = ["pods 'in'  web\t", 'größe 日本 "x\\', "one\n  two\n"]

_PIECES = [
    *(
        "pods",
        "in",
        "web",
        "kubectl",
        "rm -rf /",
        "x=y",
        "größe",
        "日本",
        "🚢",
        "e\u0301",
        "\u202e",
    ),
    *(
        "'",
        '"',
        "`",
        "\\",
        "$(",
        ")",
        "$HOME",
        "!!",
        "!",
        "~",
        "*",
        "?",
        "[a",
        "{b,",
        "#",
        ";",
        "&",
        "|",
    ),
    *(" ", "  ", "\t", "\n", "\n\n", "%", "%n", "^", "<", ">", "=", "-", "--all", "\u00a0"),
]


def random_lines(count: int) -> Iterator[str]:
    """Lines of everything that means something to a shell, the same ones in every run."""
    chance = random.Random(20251121)  # noqa: S311 - no secret
    for _ in range(count):
        yield "w" + "".join(chance.choices(_PIECES, k=chance.randint(1, 40)))
