"""What fish does after the line was rewritten: what was run is told, and nobody is troubled by it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.e2e.shells import KEY, KILL_WHOLE, PODS, Place
from tests.e2e.shells_fish import fish
from tests.fake_daemon import Behaviour, answering, hanging
from tests.fake_fifo_daemon import FakeFifoDaemon

FAILING = """
function kubectl
    test "$argv[1]" = completion; and return 0
    echo "RAN:$argv"
    return 3
end
"""


def put(number: str = "7", keep: str = "") -> Behaviour:
    return answering("\x1f".join(["put", PODS, "", keep, number]).encode() + b"\n")


@pytest.fixture
def fifo(place: Place) -> Iterator[FakeFifoDaemon]:
    with FakeFifoDaemon(place.runtime, put()) as running:
        yield running


def told(fifo: FakeFifoDaemon, count: int) -> list[list[str]]:
    """What the daemon was told of lines that were run, once there are so many."""
    end = time.monotonic() + 20
    while True:
        ran = [asked[2:] for asked in fifo.asked if asked[1] == "ran"]
        if len(ran) >= count:
            return ran
        assert time.monotonic() < end, fifo.asked
        time.sleep(0.01)


def test_the_first_line_that_is_run_after_an_offer_is_told_once(
    place: Place, fifo: FakeFifoDaemon
) -> None:
    with fish(place, before=FAILING) as shell:
        shell.keys("true before\r")
        shell.keys(b"pods" + KEY)
        shell.line()
        shell.keys(" -o  'wide\r'\r")
        shell.until("RAN:")
        shell.keys("echo status-is-$status\r")
        shell.until("status-is-3")
        fifo.behave = put("9")
        shell.keys(b"pods" + KEY)
        shell.line()
        shell.keys("\r")
        shell.until("RAN:")
        shell.line()
    assert told(fifo, 2) == [
        ["fish", "7", "3", f"{PODS} -o  'wide\n'"],
        ["fish", "9", "3", PODS],
    ]


@pytest.mark.parametrize("number", ["", "x", "7;rm", "-1"])
def test_an_offer_without_a_number_is_not_told_of(
    place: Place, fifo: FakeFifoDaemon, number: str
) -> None:
    fifo.behave = put(number)
    with fish(place, before=FAILING) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        shell.keys("\r")
        shell.until("RAN:")
        assert shell.run("functions --handlers-type generic | string match '*_kai*'") == ""
    assert [asked[1] for asked in fifo.asked] == ["ask"]


def test_what_is_hidden_from_the_history_is_not_told(place: Place, fifo: FakeFifoDaemon) -> None:
    with fish(place, before=FAILING) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(b"\x01 \r")
        shell.until("RAN:")
        shell.line()
    assert [asked[1] for asked in fifo.asked] == ["ask"]


def test_hooks_of_the_user_see_the_status_as_it_was(place: Place, fifo: FakeFifoDaemon) -> None:
    mine = "function mine --on-event fish_postexec; echo hook-saw-$status; end"
    with fish(place, before=FAILING, after=mine) as shell:
        for _ in range(3):
            shell.keys(b"pods" + KEY)
            assert shell.line()[0] == PODS
            shell.keys("\r")
            shell.until("hook-saw-3")
            shell.line()
    assert len(told(fifo, 3)) == 3


def test_the_words_are_no_entry_of_the_history_where_fish_cannot_add_one(
    place: Place, fifo: FakeFifoDaemon
) -> None:
    fifo.behave = put(keep="# pods")
    with fish(place, before=FAILING) as shell:
        if shell.run("string match -r '^[0-9]+' $version") >= "4":
            pytest.skip("this fish can add an entry to its history")
        shell.keys("true first\r")
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(KILL_WHOLE)
        assert shell.run("history") == "true first"


@pytest.mark.parametrize("fault", ["gone", "hangs", "switched off"])
def test_a_daemon_that_is_not_there_is_nobody_s_trouble(
    place: Place, fifo: FakeFifoDaemon, fault: str
) -> None:
    off = "function kubectl; set -g KAI_DISABLE 1; end" if fault == "switched off" else ""
    with fish(place, before=FAILING + off) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        if fault == "gone":
            (place.runtime / "ask.fifo").rename(place.runtime / "away")
        elif fault == "hangs":
            fifo.behave = hanging()
        shell.forget()
        shell.keys("\r")
        assert "kai" not in shell.until("READY> ")
        assert shell.run("echo fine") == "fine"
        if fault == "gone":
            (place.runtime / "away").rename(place.runtime / "ask.fifo")
    if fault != "hangs":
        assert [asked[1] for asked in fifo.asked] == ["ask"]
