"""Names are refreshed behind the answers, where the user is, and nowhere else."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from kai import config, wiring
from kai.config import Loaded
from kai.kubectl.process import Completed, FakeKubectl, Kubectl
from kai.model import Context
from kai_shell.daemon import names
from kai_shell.daemon.names import FIRST_BACKOFF, LAST_BACKOFF, MAX_AGE, PLACES, Names, Place

PODS = b"web   web-1\nweb   web-2\n"
ANSWERS: dict[tuple[str, ...], Completed | bytes] = {
    ("get",): b"",
    ("get", "namespaces"): b"<none>   web\n<none>   shop\n",
    ("get", "pods"): PODS,
}


class User:
    """A home with a kubeconfig, the time, and a refresher whose kubectl is a fake."""

    def __init__(self, home: Path, kubectl: Kubectl | None = None) -> None:
        self.home, self.now, self.said = home, 1_000_000.0, list[str]()
        self.kubectl = kubectl or FakeKubectl(ANSWERS)
        self.env: dict[str, str] = {"HOME": str(home), "PATH": ""}
        self.go("dev")
        self.names = Names(
            log=self.said.append,
            kubectl=lambda place: self.kubectl,
            delay=0,
            monotonic=lambda: self.now,
            clock=lambda: self.now,
        )

    def go(self, context: str, *, server: str = "https://{}.example") -> None:
        """Make a context the current one."""
        file = self.home / ".kube" / "config"
        file.parent.mkdir(exist_ok=True)
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": context,
            "clusters": [{"name": context, "cluster": {"server": server.format(context)}}],
            "contexts": [
                {"name": context, "context": {"cluster": context, "user": "u", "namespace": "web"}}
            ],
        }
        file.write_text(json.dumps(document))

    @property
    def loaded(self) -> Loaded:
        return config.load(self.env)

    @property
    def where(self) -> Context:
        return wiring.build_context(self.loaded, self.env)

    @property
    def calls(self) -> list[tuple[str, ...]]:
        assert isinstance(self.kubectl, FakeKubectl)
        return self.kubectl.calls

    async def asks(self) -> None:
        """Ask something, and wait for what comes of it."""
        self.names.asked(self.loaded, self.env, self.where)
        await self.names.settled()

    def written(self, seconds_ago: float) -> None:
        """Let the snapshot be as old as this."""
        at = self.now - seconds_ago
        os.utime(wiring.build_names(self.loaded).path(self.where), (at, at))

    def known(self, where: Context | None = None) -> list[str]:
        kept = wiring.build_names(self.loaded).get(where or self.where)
        return [thing.name for thing in kept.objects] if kept else []


@pytest.fixture(name="user")
def _user(tmp_path: Path) -> User:
    return User(tmp_path)


async def test_the_first_request_in_a_context_brings_its_names(user: User) -> None:
    assert user.known() == []
    await user.asks()
    assert user.known() == ["web-1", "web-2"]
    assert all("--context=dev" in call for call in user.calls)
    assert all(call[0] == "get" for call in user.calls)
    assert user.said == ["names: 4 in 0.0 s"]


async def test_no_names_of_secrets_are_asked_for(user: User) -> None:
    await user.asks()
    assert not any("secret" in word for call in user.calls for word in call)


async def test_a_snapshot_is_refreshed_when_it_is_old_and_not_before(user: User) -> None:
    await user.asks()
    before = len(user.calls)
    user.written(MAX_AGE - 1)
    await user.asks()
    assert len(user.calls) == before
    user.written(MAX_AGE + 1)
    await user.asks()
    assert len(user.calls) == 2 * before


async def test_a_snapshot_from_the_future_is_refreshed(user: User) -> None:
    await user.asks()
    before = len(user.calls)
    user.written(-3600)
    await user.asks()
    assert len(user.calls) > before


async def test_switched_off_nothing_is_asked(user: User) -> None:
    user.env["KAI_CLUSTER_NAMES"] = "off"
    await user.asks()
    assert user.calls == []


@pytest.mark.parametrize("where", [Context(), Context("dev"), Context(None, None, "https://x")])
async def test_without_a_context_and_a_server_nothing_is_asked(user: User, where: Context) -> None:
    user.names.asked(user.loaded, user.env, where)
    await user.names.settled()
    assert user.calls == []


async def test_a_context_that_the_user_has_left_meanwhile_is_not_asked(user: User) -> None:
    dev = user.where
    user.names.asked(user.loaded, user.env, dev)
    user.go("prod")
    await user.names.settled()
    assert user.calls == []
    assert user.known(dev) == user.known() == []
    assert user.said == []


class Switches(FakeKubectl):
    """The user goes elsewhere while the second call runs."""

    user: User

    async def run(
        self,
        args: Sequence[str],
        *,
        timeout: float,  # noqa: ASYNC109 - see the protocol
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        if len(self.calls) == 1:
            self.user.go("prod")
        return await super().run(args, timeout=timeout, stdin=stdin, env=env)


async def test_a_refresh_ends_when_the_user_leaves_and_keeps_nothing(tmp_path: Path) -> None:
    kubectl = Switches(ANSWERS)
    user = User(tmp_path, kubectl)
    kubectl.user = user
    dev = user.where
    await user.asks()
    assert len(kubectl.calls) == 2
    assert user.known(dev) == []
    assert user.said == []


async def test_the_same_name_of_a_context_at_another_server_is_another_place(user: User) -> None:
    user.names.asked(user.loaded, user.env, user.where)
    user.go("dev", server="https://other.example")
    await user.names.settled()
    assert user.calls == []


async def test_one_refresh_runs_at_a_time(user: User) -> None:
    for _ in range(5):
        user.names.asked(user.loaded, user.env, user.where)
    await user.names.settled()
    assert len([call for call in user.calls if call[1] == "namespaces"]) == 1


async def test_a_failure_waits_longer_each_time_and_keeps_what_was_known(user: User) -> None:
    await user.asks()
    user.kubectl = FakeKubectl({})
    waits = []
    for _ in range(10):
        user.written(MAX_AGE + 1)
        await user.asks()
        asked = len(user.calls)
        await user.asks()
        assert len(user.calls) == asked
        wait = float(user.said[-1].rsplit(" ", 2)[1])
        user.now += wait - 1
        user.written(MAX_AGE + 1)
        await user.asks()
        assert len(user.calls) == asked
        user.now += 1
        waits.append(wait)
    assert waits[:3] == [FIRST_BACKOFF, 2 * FIRST_BACKOFF, 4 * FIRST_BACKOFF]
    assert waits[-1] == LAST_BACKOFF
    assert user.known() == ["web-1", "web-2"]
    user.kubectl = FakeKubectl(ANSWERS)
    await user.asks()
    user.kubectl = FakeKubectl({})
    user.written(MAX_AGE + 1)
    await user.asks()
    assert user.said[-1].endswith(f"again in {FIRST_BACKOFF:.0f} s")


async def test_one_place_that_fails_holds_up_no_other(user: User) -> None:
    user.kubectl = FakeKubectl({})
    for number in range(PLACES + 3):
        user.go(f"c{number}")
        await user.asks()
    assert len(user.calls) == PLACES + 3
    user.go(f"c{PLACES}")
    await user.asks()
    assert len(user.calls) == PLACES + 3


async def test_a_call_that_is_forbidden_is_no_failure(user: User) -> None:
    no = Completed(1, stderr=b"Error from server (Forbidden): no\n")
    user.kubectl = FakeKubectl({**ANSWERS, ("get", "namespaces"): no, ("get", "nodes"): no})
    await user.asks()
    assert user.known() == ["web-1", "web-2"]
    assert user.said == ["names: 2 in 0.0 s"]


async def test_the_log_tells_no_names_and_no_context(user: User) -> None:
    await user.asks()
    user.kubectl = FakeKubectl({})
    user.written(MAX_AGE + 1)
    await user.asks()
    assert len(user.said) == 2
    for word in ("dev", "web", "shop"):
        assert not any(word in line for line in user.said)


async def test_names_that_cannot_be_written_are_a_failure(user: User) -> None:
    folder = user.loaded.paths.cache
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("")
    await user.asks()
    assert "they cannot be written" in user.said[0]


async def test_without_a_kubectl_it_fails_and_waits(tmp_path: Path) -> None:
    user = User(tmp_path)
    user.names = Names(log=user.said.append, delay=0)
    await user.asks()
    assert "KubectlMissing" in user.said[0]


# --- processes -----------------------------------------------------------------------------------

_KUBECTL = """#!/bin/sh
echo "$$ $(nice) $(cat | wc -c) $(tty)" >> "{home}/calls"
{then}
"""


def script(user: User, then: str) -> None:
    """Put a kubectl on the user's PATH."""
    folder = user.home / "bin"
    folder.mkdir()
    program = folder / "kubectl"
    program.write_text(_KUBECTL.format(home=user.home, then=then))
    program.chmod(0o700)
    user.env["PATH"] = f"{folder}:/usr/bin:/bin"


def called(user: User) -> list[list[str]]:
    try:
        return [line.split(maxsplit=3) for line in (user.home / "calls").read_text().splitlines()]
    except FileNotFoundError:
        return []


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_kubectl_gets_no_terminal_no_input_and_little_priority(user: User) -> None:
    script(user, "echo web web-1")
    user.names = Names(log=user.said.append, delay=0)
    await user.asks()
    assert "web-1" in user.known()
    assert called(user)
    for _, nice, read, tty in called(user):
        assert int(nice) == min(19, os.nice(0) + 10)
        assert (read, tty) == ("0", "not a tty")


async def test_whoever_closes_the_daemon_leaves_no_kubectl_behind(user: User) -> None:
    script(user, "sleep 600")
    user.names = Names(log=user.said.append, delay=0)
    user.names.asked(user.loaded, user.env, user.where)
    while not called(user):  # noqa: ASYNC110 - a process that tells nobody
        await asyncio.sleep(0.01)
    await user.names.close()
    assert not any(alive(int(call[0])) for call in called(user))
    assert user.known() == []


def test_the_deadlines_of_calls_fit_into_the_deadline_of_all() -> None:
    assert names.CALL_SECONDS < names.ALL_SECONDS < MAX_AGE


async def test_closing_what_does_nothing_does_nothing(user: User) -> None:
    await user.names.close()
    await user.names.settled()


async def test_a_place_is_left_when_its_kubeconfig_goes(user: User) -> None:
    place = Place(user.loaded, user.env, user.where)
    assert place.still()
    (user.home / ".kube" / "config").unlink()
    assert not place.still()
