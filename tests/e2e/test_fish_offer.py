"""An answer that needs a yes, asked by fish itself: Enter takes it, everything else leaves the line."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from tests.e2e.shells import KEY, PODS, PYTHON, UNDO, Place
from tests.e2e.shells_fish import KUBECTL, fish
from tests.fake_daemon import offer, put
from tests.fake_fifo_daemon import FakeFifoDaemon

DELETE = "kubectl delete pod web-1"


@pytest.fixture
def fifo(place: Place) -> Iterator[FakeFifoDaemon]:
    with FakeFifoDaemon(place.runtime, put(PODS)) as running:
        yield running


@pytest.mark.parametrize("tier", ["read", "write", "destructive"])
def test_enter_takes_an_offer_and_runs_nothing(
    place: Place, fifo: FakeFifoDaemon, tier: str
) -> None:
    fifo.behave = offer(DELETE, tier, "deletes objects\x1ehits 1 pod", "a remark")
    with fish(place, before=KUBECTL, python=PYTHON) as shell:
        shell.keys(b"remove web-1" + KEY)
        shown = shell.until("Enter takes it")
        assert DELETE in shown
        assert "hits 1 pod" in shown
        assert ("DESTRUCTIVE" in shown) is (tier == "destructive")
        shell.keys(b"\r")
        assert shell.line() == (DELETE, len(DELETE))
        assert "RAN" not in shell.seen()
        shell.keys(UNDO)
        assert shell.line()[0] == "remove web-1"


@pytest.mark.parametrize(
    ("key", "left"),
    [(b"\x1b", "remove it"), (b"\x1b[A", "remove it"), (b"\x1bOA", "remove it"), (b"\x07", "remove it"),
     (b"\x03", "remove it"), (b"!", "remove it!"), ("ü".encode(), "remove itü")],
)  # fmt: skip
def test_any_other_key_leaves_the_line_and_typing_goes_on(
    place: Place, fifo: FakeFifoDaemon, key: bytes, left: str
) -> None:
    fifo.behave = offer(DELETE)
    with fish(place, python=PYTHON) as shell:
        shell.run("true earlier")
        shell.keys(b"remove it" + KEY)
        shell.until("Enter takes it")
        shell.keys(key)
        time.sleep(0.1)
        assert shell.line()[0] == left


def test_on_a_small_screen_the_tier_is_said_first(place: Place, fifo: FakeFifoDaemon) -> None:
    fifo.behave = offer("kubectl delete pod " + "x" * 900, "destructive")
    with fish(place, python=PYTHON) as shell:
        shell.resize(5, 30)
        shell.run("true")
        shell.keys(b"remove it" + KEY)
        assert "DESTRUCTIVE" in shell.until("Enter takes it")
        shell.keys(b"\x07")
        assert shell.line()[0] == "remove it"


def test_enter_pressed_before_an_offer_is_seen_is_no_yes(
    place: Place, fifo: FakeFifoDaemon
) -> None:
    def late(connection: socket.socket, over: object) -> None:
        time.sleep(0.5)
        offer(DELETE)(connection, over)  # type: ignore[arg-type]

    fifo.behave = late
    before = KUBECTL + "function remove; echo WORDS; end"
    with fish(place, before=before, python=PYTHON) as shell:
        shell.keys(b"remove it" + KEY)
        time.sleep(0.2)
        shell.keys(b"\r\r")
        assert "RAN" not in shell.until("WORDS")
        assert shell.line()[0] == ""
