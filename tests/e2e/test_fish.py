"""The key in a real fish on a real terminal: what it rewrites and what it leaves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.shells import ALT_KEY, KEY, KILL_WHOLE, PODS, UNDO, YANK, Place
from tests.e2e.shells_fish import fish
from tests.fake_daemon import answering, put
from tests.fake_fifo_daemon import FakeFifoDaemon


@pytest.fixture
def daemon(place: Place) -> Iterator[FakeFifoDaemon]:
    with FakeFifoDaemon(place.runtime, put(PODS)) as running:
        yield running


@pytest.mark.parametrize("key", [KEY, ALT_KEY], ids=["Ctrl-K", "Alt-K"])
def test_the_key_at_the_end_of_the_line_rewrites_it(
    place: Place, daemon: FakeFifoDaemon, key: bytes
) -> None:
    with fish(place) as shell:
        shell.keys(b"pods in web" + key)
        assert shell.line() == (PODS, len(PODS))
    assert daemon.asked[0][:3] == ["1", "ask", "fish"]
    assert daemon.asked[0][-1] == "pods in web"
