"""Sixteen shells ask at once: nothing is lost and nothing is mixed up."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kai_shell.daemon import client, lifecycle
from tests.e2e.fleet import FULL, Member, again, environment, fleet, press

SHELLS = 16
REQUESTS = 10_000 if FULL else 480
BESIDE = 4
"""Clients of the socket that ask meanwhile, as editors do."""


def test_each_shell_gets_the_answers_to_its_own_words(isolated_home: Path) -> None:
    with fleet(SHELLS, isolated_home) as (folder, shells):
        lifecycle.start(environment(folder))
        over = threading.Event()
        with ThreadPoolExecutor(SHELLS + BESIDE) as pool:
            sockets = [pool.submit(_clients, folder, number, over) for number in range(BESIDE)]
            asked = [
                pool.submit(_ask, member, number, REQUESTS // SHELLS)
                for number, member in enumerate(shells)
            ]
            try:
                counts = [each.result() for each in asked]
            finally:
                over.set()
            others = sum(each.result() for each in sockets)
        said = lifecycle.status(environment(folder))
    assert said is not None
    assert sum(count for count, _ in counts) == REQUESTS // SHELLS * SHELLS
    assert others > 0
    assert not FULL or sum(repeated for _, repeated in counts) == 0


def _ask(member: Member, shell: int, count: int) -> tuple[int, int]:
    """How many requests were answered, and how many keys it took more than that."""
    repeated = 0
    for number in range(count):
        words = f"pods in s{shell}-n{number}"
        line = press(member, words)
        for _ in range(0 if FULL else 5):
            if line != words:
                break
            repeated += 1
            line = again(member)
        assert line == f"kubectl get pods --namespace=s{shell}-n{number}"
    return count, repeated


def _clients(folder: Path, number: int, over: threading.Event) -> int:
    """How many requests of a client of the socket were answered."""
    count = 0
    while not over.wait(0.01):
        name = f"c{number}-n{count}"
        said = client.ask(
            str(folder), ["ask", "test", "", "80", "/", "", "", f"pods in {name}"], seconds=60
        )
        assert said[:2] == ["put", f"kubectl get pods --namespace={name}"]
        count += 1
    return count
