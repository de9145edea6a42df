"""The soak test itself: it has to notice every way of losing a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.shell_pty import ShellPty
from tools.soak import Lost, one, random_lines, turns
from tools.soak_faults import FAULTS, REWRITTEN, Fault, World
from tools.soak_shells import KEY, UNDO

GOOD, BAD = FAULTS[:2]


class Shell(ShellPty):
    """A shell that does what a function says when the key is pressed."""

    def __init__(self, press: Callable[[str], str], *, undoes: bool = True) -> None:
        self._press, self._undoes = press, undoes
        self._text = self._words = ""

    def keys(self, data: bytes | str) -> None:
        if data == KEY:
            self._words, self._text = self._text, self._press(self._text)
        elif data == UNDO and self._undoes:
            self._text = self._words

    def paste(self, text: str) -> None:
        self._text = text

    def forget(self) -> None:
        return

    def seen(self, quiet: float = 0.2) -> str:
        return ""

    def line(self, seconds: float = 20) -> tuple[str, int]:
        return self._text, len(self._text)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path, can_mount=False) as made:
        yield made


def test_a_line_that_stays_is_no_loss(world: World) -> None:
    assert one(Shell(lambda text: text), world, BAD, "wpods ' in") >= 0


def test_an_answer_that_one_undo_takes_back_is_no_loss(world: World) -> None:
    one(Shell(lambda _: REWRITTEN), world, GOOD, "wpods")
    assert world.rewritten == 1


@pytest.mark.parametrize(
    ("fault", "shell"),
    [
        (BAD, Shell(lambda text: text + " ")),
        (BAD, Shell(lambda text: text.replace("\t", " "))),
        (BAD, Shell(lambda _: "")),
        (BAD, Shell(lambda _: REWRITTEN)),
        (GOOD, Shell(lambda _: "kubectl delete pods")),
        (GOOD, Shell(lambda _: REWRITTEN, undoes=False)),
    ],
    ids=["a blank more", "a tab less", "nothing", "an answer", "another answer", "no undo"],
)
def test_a_line_that_is_not_as_it_was_is_lost(world: World, fault: Fault, shell: Shell) -> None:
    with pytest.raises(Lost, match="became"):
        one(shell, world, fault, "wpods\tin")


def test_what_was_run_is_noticed(world: World) -> None:
    def runs(text: str) -> str:
        world.canary.write_text(text)
        return text

    with pytest.raises(Lost, match="was run"):
        one(Shell(runs), world, BAD, "wpods")


def test_every_fault_gets_lines_and_each_line_every_fault_on_request() -> None:
    lines = list(random_lines(300, 1))
    assert lines == list(random_lines(300, 1)), "a seed means the same lines"
    assert {fault.name for _, fault in turns(lines, list(FAULTS), each=False)} == {
        fault.name for fault in FAULTS
    }
    assert len(set(turns(lines[:3], list(FAULTS), each=True))) == 3 * len(FAULTS)
