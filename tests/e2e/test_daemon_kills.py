"""The daemon is killed at random moments while shells ask: each shell recovers by itself."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kai.errors import DaemonError
from kai_shell.daemon import client
from kai_shell.daemon.runtime import Lock
from tests.e2e.fleet import FULL, Member, again, fleet, press

SHELLS = 3
KILLS = 200 if FULL else 12
SEED = 20251121
KEYS = 2 if FULL else 8
"""How often the key may have to be pressed; the next key answers, unless the machine is busy."""


def test_a_killed_daemon_costs_a_key_and_never_a_line(isolated_home: Path) -> None:
    chance = random.Random(SEED)  # noqa: S311 - no secret
    killed = 0
    with fleet(SHELLS, isolated_home) as (folder, shells), ThreadPoolExecutor(SHELLS) as pool:
        while killed < KILLS:
            turn = f"k{killed}"
            asked = [
                pool.submit(_asked, member, f"{turn}-s{number}", KEYS)
                for number, member in enumerate(shells)
            ]
            # While it answers, while it starts, and while it loads.
            time.sleep(chance.uniform(0, chance.choice((0.01, 0.1, 0.6))))
            killed += _kill(str(folder))
            for each in asked:
                each.result()
        for number, member in enumerate(shells):
            _asked(member, f"end-s{number}", KEYS)
        assert client.ask(str(folder), ["hello"])[0] == "hello"


def _asked(member: Member, name: str, keys: int) -> None:
    """Press the key until there is the answer; until then the line is as it was."""
    words = f"pods in {name}"
    line = press(member, words)
    for _ in range(keys):
        if line != words:
            break
        line = again(member)
    assert line == f"kubectl get pods --namespace={name}"


def _kill(folder: str) -> bool:
    with contextlib.suppress(DaemonError, ProcessLookupError):
        pid = Lock(folder).holder()
        if pid is not None and pid > 1:
            os.kill(pid, signal.SIGKILL)
            return True
    return False
