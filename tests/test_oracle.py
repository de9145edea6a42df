"""The oracle, tools/oracle: what it found stays mended, and it sees what it is there to see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from kai.kubectl.invocation import parse
from kai.kubectl.resources import builtin
from kai.kubectl.spec import load
from kai.model import Context
from kai.safety import judge
from kai.safety.table import load as effects
from tests.fake_api_server import FakeApiServer, Sent
from tools.oracle.campaign import Line, Lines, Tally
from tools.oracle.requests import changes_something, is_dry
from tools.oracle.world import Seen, World

_FOUND = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases/safety/oracle_found.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("row", _FOUND, ids=lambda row: row["command"])
def test_what_the_oracle_found_is_judged_by_what_it_did(row: dict[str, str]) -> None:
    pipeline = parse(row["command"], load(row["version"]))
    assert judge(pipeline, Context(), builtin()).tier == row["tier"]


# --- requests ------------------------------------------------------------------------------------

_PODS = "/api/v1/namespaces/shop/pods"
_DRY_OPTIONS = b'{"kind":"DeleteOptions","dryRun":["All"]}'


@pytest.mark.parametrize(
    "sent",
    [
        Sent("GET", _PODS),
        Sent("GET", f"{_PODS}/web/log", "follow=true"),
        Sent("GET", "/apis"),
        Sent("GET", "/healthz"),
        Sent("POST", _PODS, "dryRun=All&fieldManager=x"),
        Sent("PATCH", f"{_PODS}/web", "dryRun=All"),
        Sent("DELETE", f"{_PODS}/web", "", _DRY_OPTIONS),
        Sent("DELETE", f"{_PODS}/web", "", b"k8s\x00\x0a\x04\x2a\x03All"),
        Sent("POST", f"{_PODS}/web/eviction", "", b'{"deleteOptions":{"dryRun":["All"]}}'),
        Sent("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "", b"{}"),
        Sent("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", "", b"{}"),
        Sent("POST", "/apis/authentication.k8s.io/v1beta1/selfsubjectreviews", "", b"{}"),
    ],
    ids=str,
)
def test_reads_dry_runs_and_reviews_of_own_access_are_harmless(sent: Sent) -> None:
    assert not changes_something(sent)


@pytest.mark.parametrize(
    "sent",
    [
        Sent("POST", _PODS),
        Sent("PUT", f"{_PODS}/web", "fieldManager=x"),
        Sent("PATCH", f"{_PODS}/web", "dryRun="),
        Sent("PATCH", f"{_PODS}/web", "dryRun=None"),
        Sent("PATCH", f"{_PODS}/web", "dryRun=All&dryRun=None"),
        Sent("PATCH", f"{_PODS}/web", "", _DRY_OPTIONS),
        Sent("DELETE", f"{_PODS}/web", "", b'{"kind":"DeleteOptions"}'),
        Sent("DELETE", f"{_PODS}/web", "", b'{"dryRun":[]}'),
        Sent("DELETE", f"{_PODS}/web", "", b"[]"),
        Sent("DELETE", f"{_PODS}/web", "", b"k8s\x00\x0a\x00"),
        Sent("DELETE", _PODS),
        Sent("POST", f"{_PODS}/web/eviction", "", b'{"deleteOptions":null}'),
        Sent("GET", f"{_PODS}/web/exec", "command=ls"),
        Sent("GET", f"{_PODS}/web/portforward"),
        Sent("GET", "/api/v1/nodes/n1/proxy/run"),
        Sent("POST", f"{_PODS}/web/attach"),
        Sent("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", "", b"{}"),
        Sent("POST", "/api/v1/namespaces/shop/serviceaccounts/x/token"),
    ],
    ids=str,
)
def test_everything_else_counts_as_a_change_or_a_way_in(sent: Sent) -> None:
    assert changes_something(sent)
    assert not is_dry(sent)


# --- lines ---------------------------------------------------------------------------------------


def made(seed: int, count: int = 60) -> list[Line]:
    return list(islice(Lines("1.33", seed), count))


def test_the_same_seed_makes_the_same_lines() -> None:
    texts = [line.pipeline.text for line in made(3)]
    assert texts == [line.pipeline.text for line in made(3)]
    assert texts != [line.pipeline.text for line in made(4)]


def test_lines_are_judged_read_and_each_comes_once() -> None:
    lines = made(5, 300)
    assert {line.risk.tier for line in lines} == {"read"}
    assert len({line.pipeline.text for line in lines}) == 300


def test_lines_cover_every_command_that_can_read() -> None:
    """What reads only as help comes now and then; the rest within a few rounds."""
    made_verbs = {line.calls[-1].path for line in made(6, 900)}
    readers = {path for path, cell in effects().commands.items() if cell.tier == "read"}
    runnable = {path for path, command in load("1.33").commands.items() if command.runnable}
    # Of `proxy`, `exec` and the like only --help reads; `kuberc` is newer.
    assert readers & runnable <= made_verbs
    assert {("delete",), ("drain",), ("apply",), ("set", "image"), ("create", "role")} <= made_verbs


def test_asked_for_it_some_lines_are_judged_higher() -> None:
    lines = list(islice(Lines("1.33", 7, reverse=3), 90))
    assert {"read", "write"} <= {line.risk.tier for line in lines}
    assert "forbidden" not in {line.risk.tier for line in lines}


# --- counting ------------------------------------------------------------------------------------


def seen(code: int | None = 0, did: tuple[str, ...] = ()) -> list[Seen]:
    return [Seen(code, (), did, "", b"")]


def test_an_effect_of_a_line_judged_read_is_kept_with_its_version() -> None:
    tally, line = Tally(), Lines("1.33", 1).judged("kubectl get pods")
    tally.add(line, seen())
    tally.add(line, seen(did=("wrote work/x",)))
    assert [(effect.version, effect.did) for effect in tally.effects] == [
        ("1.33", ("wrote work/x",))
    ]
    assert tally.verbs == {"get": {"1.33": 2}}


def test_a_line_judged_higher_counts_as_strict_where_it_worked_and_did_nothing() -> None:
    tally, line = Tally(), Lines("1.33", 1).judged("kubectl label pod web a=b")
    tally.add(line, seen(did=("sent PATCH /x",)))
    tally.add(line, seen(code=1))
    assert tally.strict == {}
    tally.add(line, seen())
    assert list(tally.strict) == [("label", "K401 changes labels")]
    assert (tally.higher, tally.lines.total()) == (3, 0)


# --- the place -----------------------------------------------------------------------------------


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FakeApiServer() as server, World(tmp_path / "world", server, deadline=20) as world:
        yield world


def program(folder: Path, text: str) -> Path:
    """A program that stands for kubectl."""
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("text", "did"),
    [
        ("true", ()),
        (": >new", ("wrote work/new",)),
        ("echo x >>web.yaml", ("wrote work/web.yaml",)),
        ("echo x >>$HOME/.kube/config", ("wrote home/.kube/config",)),
        (": >$TMPDIR/x", ("wrote tmp/x",)),
        (": >$HOME/.kube/kuberc", ("wrote home/.kube/kuberc",)),
        ("vi web.yaml", ("started vi",)),
        ("exec $SHELL -c true", ("started sh",)),
    ],
)
def test_what_a_program_does_is_seen_and_undone(
    text: str, did: tuple[str, ...], world: World, tmp_path: Path
) -> None:
    stand_in = program(tmp_path, text)
    assert world.run(stand_in, []).effects == did
    assert world.run(stand_in, []).effects == did
    assert world.run(program(tmp_path, "true"), []).effects == ()


def test_a_removed_file_is_seen_and_put_back(world: World, tmp_path: Path) -> None:
    mover = program(tmp_path, "read line <web.yaml && /bin/rm web.yaml")
    assert world.run(mover, []).effects == ("removed work/web.yaml",)
    assert world.run(mover, []).effects == ("removed work/web.yaml",)


def test_the_caches_of_kubectl_are_its_own_business(world: World, tmp_path: Path) -> None:
    text = "/bin/mkdir -p $HOME/.kube/cache/discovery && : >$HOME/.kube/cache/discovery/x"
    assert world.run(program(tmp_path, text), []).effects == ()


def test_diff_may_start_diff_and_nothing_else(world: World, tmp_path: Path) -> None:
    stand_in = program(tmp_path, "diff web.yaml web.yaml; git status")
    assert world.run(stand_in, [], may_start="diff").effects == ("started git",)


def test_a_program_that_waits_is_stopped(tmp_path: Path) -> None:
    with FakeApiServer() as server, World(tmp_path / "world", server, deadline=0.2) as world:
        assert world.run(program(tmp_path, "exec /bin/sleep 60"), []).code is None
