"""kai.cluster.names: names are read from a cluster outside the request and kept privately."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from kai.cluster.names import MAX_OBJECTS, NAMESPACED, NameSource, NameStore, age, match, refresh
from kai.kubectl.process import Completed, FakeKubectl, RealKubectl
from kai.model import Context, Names, ObjectName
from tests.fake_api_server import FakeApiServer, an_object

PROD = Context("prod", "shop", "https://prod.example.com:6443")
NAMES = Names(
    context="prod",
    taken_at=1000.0,
    objects=(
        ObjectName("deployments", "web", "shop"),
        ObjectName("deployments", "web-api", "shop"),
        ObjectName("pods", "web-7d9c5-abcde", "shop"),
        ObjectName("pods", "webhook-0", "infra"),
        ObjectName("services", "web", "infra"),
    ),
    namespaces=("infra", "shop"),
    nodes=("node-1", "ip-10-0-0-1.internal"),
    contexts=("prod", "staging"),
)
REFUSED = Completed(1, b"", b"The connection to the server 127.0.0.1:1 was refused\n")
FORBIDDEN = Completed(1, b"", b'Error from server (Forbidden): x is forbidden: User "dev"\n')


def words(resource: str) -> tuple[str, ...]:
    columns = "-o=custom-columns=:metadata.namespace,:metadata.name"
    return ("get", NAMESPACED.get(resource, resource), "--context=prod", "--no-headers", columns)


# Matching


def test_the_exact_name_beats_longer_ones() -> None:
    assert match(NAMES, "web") == (NAMES.objects[0], NAMES.objects[4])
    assert match(NAMES, "web", "deployments") == (NAMES.objects[0],)


def test_a_beginning_up_to_a_separator_matches() -> None:
    """`web` of the pods means web-7d9c5-abcde, and never webhook-0."""
    assert match(NAMES, "web", "pods") == (NAMES.objects[2],)
    assert match(NAMES, "WEB-7d9c5") == (NAMES.objects[2],)
    assert match(NAMES, "api") == ()
    assert match(NAMES, "") == ()


def test_when_a_snapshot_was_written_is_known_without_reading_it(tmp_path: Path) -> None:
    store = NameStore(tmp_path)
    assert store.written_at(PROD) == 0.0
    assert store.put(PROD, NAMES)
    os.utime(store.path(PROD), (5000.0, 5000.0))
    assert store.written_at(PROD) == 5000.0


def test_the_age_is_never_negative() -> None:
    assert age(NAMES, now=1060.0) == 60.0
    assert age(NAMES, now=5.0) == 0.0
    assert age(NAMES) > 0


# Keeping


def test_a_snapshot_comes_back_as_it_was_and_is_private(tmp_path: Path) -> None:
    store = NameStore(tmp_path / "names")
    source: NameSource = store
    assert source.get(PROD) is None
    assert store.put(PROD, NAMES)
    assert source.get(PROD) == NAMES
    assert stat.S_IMODE(store.path(PROD).stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path(PROD).parent.stat().st_mode) == 0o700
    store.forget(PROD)
    assert source.get(PROD) is None


@pytest.mark.parametrize(
    "other",
    [
        Context("prod", "shop", "https://other.example.com"),
        Context("prod"),
        Context("staging", "shop", PROD.server),
        Context(),
    ],
)
def test_a_snapshot_counts_for_its_context_and_server_only(tmp_path: Path, other: Context) -> None:
    store = NameStore(tmp_path)
    store.put(PROD, NAMES)
    assert store.get(other) is None
    if other.context:
        store.path(PROD).rename(store.path(other))
        assert store.get(other) is None


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"format":1}', "{\x00", '{"objects":[1]}', '{"namespaces":[3]}',
     '{"objects":[["pods","a"]]}', '{"taken_at":"x"}', '{"objects":[["pods","a",7]]}'],
)  # fmt: skip
def test_a_damaged_snapshot_is_as_if_it_were_absent(tmp_path: Path, content: str) -> None:
    """Also where a field alone is damaged."""
    store = NameStore(tmp_path)
    store.put(PROD, NAMES)
    good = json.loads(store.path(PROD).read_text())
    change = json.loads(content) if content.startswith('{"') else None
    text = json.dumps({**good, **change}) if change and "format" not in change else content
    store.path(PROD).write_text(text)
    assert store.get(PROD) is None


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not NameStore(tmp_path / "file").put(PROD, NAMES)


# Refreshing


async def test_every_call_names_the_context_and_says_all_namespaces() -> None:
    fake = FakeKubectl({("get",): b""})
    await refresh(fake, PROD)
    assert set(fake.calls) == {
        words("namespaces"),
        words("nodes"),
        *((*words(resource), "--all-namespaces") for resource in NAMESPACED),
    }
    assert not any("secret" in word for call in fake.calls for word in call)


async def test_the_rows_become_names() -> None:
    fake = FakeKubectl(
        {
            ("get",): b"",
            words("namespaces"): b"<none>   infra\n<none>   shop\n",
            words("nodes"): b"<none>   node-1\n",
            words("pods"): b"shop    web-1\ninfra   db-0\n\n!! bad\na b c\nshop   $(id)\n",
        }
    )
    done = await refresh(fake, PROD, contexts=("prod", "dev"), clock=lambda: 7.0)
    assert done.complete
    assert done.names == Names(
        context="prod",
        taken_at=7.0,
        objects=(ObjectName("pods", "web-1", "shop"), ObjectName("pods", "db-0", "infra")),
        namespaces=("infra", "shop"),
        nodes=("node-1",),
        contexts=("prod", "dev"),
    )


async def test_what_may_not_be_listed_keeps_what_was_known_before() -> None:
    late = Completed(-9, b"", b"", timed_out=True)
    answers: Mapping[tuple[str, ...], Completed | bytes] = {
        ("get",): b"",
        words("namespaces"): FORBIDDEN,
        words("pods"): late,
        words("services"): b"infra web\n",
    }
    done = await refresh(FakeKubectl(answers), PROD, previous=NAMES)
    assert not done.complete
    assert dict(done.missing) == {
        "namespaces": FORBIDDEN.stderr.decode().strip(),
        "pods": "no answer in time",
    }
    assert done.names.namespaces == NAMES.namespaces
    assert done.names.objects == NAMES.objects[2:5]


async def test_what_may_not_be_listed_everywhere_is_listed_in_the_namespace() -> None:
    answers: Mapping[tuple[str, ...], Completed | bytes] = {
        ("get",): b"",
        (*words("pods"), "--all-namespaces"): FORBIDDEN,
        (*words("pods"), "--namespace=shop"): b"shop web-1\n",
        (*words("jobs"), "--all-namespaces"): FORBIDDEN,
        (*words("jobs"), "--namespace=shop"): FORBIDDEN,
    }
    done = await refresh(FakeKubectl(answers), PROD)
    assert done.names.objects == (ObjectName("pods", "web-1", "shop"),)
    assert [resource for resource, _ in done.missing] == ["jobs"]


async def test_a_server_that_cannot_be_reached_is_asked_once() -> None:
    fake = FakeKubectl({("get",): REFUSED})
    done = await refresh(fake, PROD, previous=NAMES)
    assert len(fake.calls) == 1
    assert done.names.objects == NAMES.objects
    assert len(done.missing) == len(NAMESPACED) + 2


async def test_without_a_context_nothing_is_asked() -> None:
    fake = FakeKubectl()
    done = await refresh(fake, Context())
    assert fake.calls == []
    assert not done.complete
    assert done.names.objects == ()


async def test_no_more_than_a_few_calls_run_at_once() -> None:
    import asyncio

    class Slow(FakeKubectl):
        running = most = 0

        async def run(
            self,
            args: Sequence[str],
            *,
            timeout: float,  # noqa: ASYNC109 - the signature of the protocol
            stdin: bytes = b"",
            env: Mapping[str, str] | None = None,
        ) -> Completed:
            self.running += 1
            self.most = max(self.most, self.running)
            await asyncio.sleep(0)
            self.running -= 1
            return Completed(0)

    slow = Slow()
    await refresh(slow, PROD)
    assert 1 < slow.most <= 4


async def test_the_names_of_a_real_kubectl_and_server(
    kubectls: dict[str, Path], tmp_path: Path
) -> None:
    """The oldest and the newest kubectl, a kind that is forbidden, no request about secrets."""
    things = [
        an_object("namespaces", "shop"),
        an_object("nodes", "node-1"),
        an_object("deployments", "web", "shop"),
        an_object("pods", "web-1", "shop"),
        an_object("services", "web", "infra"),
        an_object("secrets", "hidden", "shop"),
    ]
    versions = list(kubectls)
    for version in {versions[0], versions[-1]}:
        home = tmp_path / version
        with FakeApiServer(things, forbidden=["configmaps"]) as server:
            config = server.write_kubeconfig(home / "config", context="prod")
            env = {"HOME": str(home), "KUBECONFIG": str(config), "PATH": os.defpath}
            real = RealKubectl(str(kubectls[version]), env=env)
            done = await refresh(real, Context("prod", "shop", server.url), seconds=30)
            asked = [path for _, path in server.requests]
        assert [resource for resource, _ in done.missing] == ["configmaps"]
        assert "(Forbidden)" in done.missing[0][1]
        assert done.names.namespaces == ("shop",)
        assert done.names.nodes == ("node-1",)
        assert done.names.objects == (
            ObjectName("deployments", "web", "shop"),
            ObjectName("pods", "web-1", "shop"),
            ObjectName("services", "web", "infra"),
        )
        assert not any("secrets" in path for path in asked)


# What is not complete


async def test_kinds_of_which_not_every_name_came_are_told_and_kept(tmp_path: Path) -> None:
    """Refused everywhere, listed in one namespace only, or not in time: absence says nothing there."""
    late = Completed(-9, b"", b"", timed_out=True)
    answers: Mapping[tuple[str, ...], Completed | bytes] = {
        ("get",): b"",
        (*words("pods"), "--all-namespaces"): FORBIDDEN,
        (*words("pods"), "--namespace=shop"): b"shop web-1\n",
        words("services"): late,
        words("nodes"): FORBIDDEN,
    }
    done = await refresh(FakeKubectl(answers), PROD, previous=NAMES)
    assert done.names.partial == ("nodes", "pods", "services")
    store = NameStore(tmp_path)
    assert store.put(PROD, done.names)
    kept = store.get(PROD)
    assert kept is not None and kept.partial == done.names.partial


async def test_a_list_that_was_cut_off_is_not_complete() -> None:
    many = b"".join(b"shop web-%d\n" % number for number in range(MAX_OBJECTS + 1))
    done = await refresh(FakeKubectl({("get",): b"", words("pods"): many}), PROD)
    assert "pods" in done.names.partial
