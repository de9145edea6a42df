"""What the tests of the shells share: folders of a shell's own, and a daemon that says what it should."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.shells import PODS, Place
from tests.fake_daemon import FakeDaemon, put


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Home, runtime folder, probe and script of one shell."""
    return Place.under(tmp_path)


@pytest.fixture
def daemon(place: Place) -> Iterator[FakeDaemon]:
    """A daemon that rewrites every line to `PODS`, until a test wants something else of it."""
    with FakeDaemon(place.runtime, put(PODS)) as running:
        yield running
