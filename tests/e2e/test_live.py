"""The slow checks with real kubectls: whatever the line, only reads, reviews and dry runs are sent.

The server notes every request; tools/oracle makes the lines and says which requests change nothing.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from kai.kubectl.grammar import quote
from kai.kubectl.invocation import Pipeline, parse
from kai.kubectl.process import Completed, Kubectl, RealKubectl
from kai.kubectl.resources import builtin
from kai.kubectl.spec import load
from kai.model import Checked, Context, Risk
from kai.safety import judge
from kai.validators.live import LiveChecks
from kai.validators.live_case import SECONDS, Here
from tests.fake_api_server import FakeApiServer, Sent, an_object
from tests.run_kai import kai
from tools.oracle.campaign import Lines
from tools.oracle.place import made_up
from tools.oracle.requests import changes_something, is_dry
from tools.oracle.world import World

CASES = Path(__file__).parent.parent / "cases"
LINES = 200
"""Made-up lines for each of two versions."""


class Recorded:
    """A real kubectl, and every call of it."""

    def __init__(self, path: Path, world: World) -> None:
        self._kubectl = RealKubectl(str(path), env=world.environment)
        self.calls: list[tuple[str, ...]] = []

    @property
    def path(self) -> str:
        return self._kubectl.path

    async def run(
        self,
        args: Sequence[str],
        *,
        timeout: float,  # noqa: ASYNC109 - see the protocol
        stdin: bytes = b"",
        env: object = None,
    ) -> Completed:
        assert not stdin and not env
        self.calls.append(tuple(args))
        return await self._kubectl.run(args, timeout=timeout)

    async def version(self) -> str:
        return await self._kubectl.version()

    def cached_version(self) -> str | None:
        return self._kubectl.cached_version()


class Tried(NamedTuple):
    """What came of one line."""

    line: str
    checked: list[Checked]
    calls: list[tuple[str, ...]]
    sent: list[Sent]

    @property
    def codes(self) -> set[str]:
        return {found.code for checked in self.checked for found in checked.findings}


class Bench:
    """A server, a world and the checks of one version."""

    def __init__(
        self, stack: ExitStack, folder: Path, version: str, path: Path, seconds: float = SECONDS
    ) -> None:
        self.server: FakeApiServer = stack.enter_context(made_up())
        self.server.objects += [
            an_object("rolebindings", "web", "default", roleRef={"kind": "Role", "name": "web"}),
            an_object("nodes", "n2", spec={"unschedulable": True}),
        ]
        self.world = stack.enter_context(World(folder / version, self.server))
        self.spec = load(version)
        self.kubectl = Recorded(path, self.world)
        self.here = Context("fake", "default", self.server.url, version)
        self.seconds = seconds

    async def tried(self, pipeline: Pipeline, risk: Risk | None = None) -> Tried:
        kubectl: Kubectl = self.kubectl
        live = LiveChecks(
            Here(self.here, "fake", str(self.world.folder / "work")),
            lambda name: None,
            lambda: kubectl,
            judge,
            self.seconds,
        )
        verdict = risk or judge(pipeline, self.here, builtin(), drafted=False)
        calls, sent = len(self.kubectl.calls), len(self.server.traffic)
        found = [checked async for checked in live(pipeline, verdict, self.here, builtin())]
        return Tried(pipeline.text, found, self.kubectl.calls[calls:], self.server.traffic[sent:])


def files(folder: Path) -> dict[Path, bytes]:
    """Everything in a world but kubectl's cache."""
    return {
        path: path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "cache" not in path.parts
    }


def two(kubectls: dict[str, Path]) -> dict[str, Path]:
    """The oldest and the newest."""
    versions = list(kubectls)
    return {version: kubectls[version] for version in dict.fromkeys((versions[0], versions[-1]))}


async def test_no_made_up_line_makes_kai_send_more_than_reads_reviews_and_dry_runs(
    kubectls: dict[str, Path], tmp_path: Path
) -> None:
    """Lines judged write or destructive, many of them odd; nor is a file written or a program run."""
    dry = asked = 0
    with ExitStack() as stack:
        for version, path in two(kubectls).items():
            bench = Bench(stack, tmp_path, version, path)
            before = files(bench.world.folder)
            for line, _ in zip(Lines(version, 5, reverse=1), range(LINES), strict=False):
                tried = await bench.tried(line.pipeline, line.risk)
                assert [s for s in tried.sent if changes_something(s)] == [], tried
                assert all("--context=fake" in call for call in tried.calls), tried
                if "K520" in tried.codes:
                    assert tried.calls == [] == tried.sent, tried
                dry += any(is_dry(sent) for sent in tried.sent if sent.method != "GET")
                asked += bool(tried.calls)
            assert files(bench.world.folder) == before
    assert asked >= LINES // 2
    assert dry >= LINES // 10


def sane() -> list[str]:
    lines = (CASES / "live_sane.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


_VERBS = {"POST": "create", "PATCH": "patch", "PUT": "update", "DELETE": "delete"}
_PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/(?P<version>v[^/]+)(?:/namespaces/[^/]+(?=/))?"
    r"/(?P<resource>[^/]+)(?:/[^/]+(?:/(?P<sub>[^/]+))?)?"
)


def right_of(sent: Sent) -> str:
    """The right that a request needs, as `auth can-i` is asked for it."""
    match = _PATH.fullmatch(sent.path)
    assert match is not None, sent
    group = f".{match['group']}" if match["group"] else ""
    sub = f" --subresource={match['sub']}" if match["sub"] else ""
    return f"{_VERBS[sent.method]} {match['resource']}{group}{sub}"


def right_asked(call: tuple[str, ...]) -> str:
    """The same of a call of `auth can-i`, without names and places."""
    sub = next((f" {word}" for word in call if word.startswith("--subresource=")), "")
    return f"{call[2]} {call[3].partition('/')[0]}{sub}"


@pytest.mark.parametrize("line", sane())
async def test_each_command_is_tried_and_the_right_asked_for_is_the_one_it_uses(
    line: str, kubectls: dict[str, Path], tmp_path: Path
) -> None:
    for version, path in two(kubectls).items():
        with ExitStack() as stack:
            # A drain waits for pods that this server never removes; nothing else takes long.
            seconds = SECONDS if line.startswith("drain") else 30.0
            bench = Bench(stack, tmp_path, version, path, seconds=seconds)
            tried = await bench.tried(parse(f"kubectl {line}", bench.spec))
            dry = [sent for sent in tried.sent if sent.method != "GET" and is_dry(sent)]
            assert [s for s in tried.sent if changes_something(s)] == [], tried
            assert dry, (version, tried.checked, tried.calls)
            asked = [call for call in tried.calls if call[:2] == ("auth", "can-i")]
            if "-f" not in line.split() and not line.startswith("drain"):
                assert {right_asked(call) for call in asked} == {right_of(sent) for sent in dry}


async def test_a_server_that_never_answers_holds_the_checks_no_longer_than_their_deadline(
    kubectl: Path, tmp_path: Path
) -> None:
    """kubectl alone would wait for half a minute and more; nothing of it is left."""
    server = FakeApiServer(silent=True)
    with server, World(tmp_path / "world", server) as world:
        here = Context("fake", "default", server.url)
        real = RealKubectl(str(kubectl), env=world.environment)
        live = LiveChecks(Here(here), lambda name: None, lambda: real, judge)
        pipeline = parse("kubectl delete pod web")
        async with asyncio.timeout(15):
            risk = judge(pipeline, here, builtin())
            found = [checked async for checked in live(pipeline, risk, here, builtin())]
        assert {f.code for checked in found for f in checked.findings} == {"K521"}
        config = str(world.folder)
        assert not processes_with(config)


def processes_with(text: str) -> list[str]:
    """Processes with this text in their environment, where the system tells (Linux)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if text.encode() in path.read_bytes():
                found.append(str(path))
        except OSError:
            continue
    return found


async def test_many_at_once_stay_within_the_deadline_and_answer_for_themselves(
    kubectl: Path, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        bench = Bench(stack, tmp_path, "1.32", kubectl, seconds=60.0)
        lines = [f"kubectl delete pod {quote(name)}" for name in ("web", "nosuch") * 4]
        tried = await asyncio.gather(*(bench.tried(parse(line, bench.spec)) for line in lines))
        for each in tried:
            assert each.codes == ({"K511"} if "nosuch" in each.line else set()), each
        assert not any(changes_something(sent) for sent in bench.server.traffic)


async def test_a_refusal_of_the_server_is_told(kubectl: Path, tmp_path: Path) -> None:
    with FakeApiServer(forbidden=["deployments"]) as server, World(tmp_path / "w", server) as world:
        here = Context("fake", "default", server.url)
        real = RealKubectl(str(kubectl), env=world.environment)
        live = LiveChecks(Here(here), lambda name: None, lambda: real, judge, seconds=60.0)
        pipeline = parse("kubectl scale deploy/web --replicas=2")
        risk = judge(pipeline, here, builtin())
        found = [checked async for checked in live(pipeline, risk, here, builtin())]
        assert {f.code for checked in found for f in checked.findings} == {"K514"}, found


def test_kai_check_live_asks_the_cluster_the_user_is_on(
    kubectl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "kubectl").symlink_to(kubectl)
    with made_up() as server:
        config = server.write_kubeconfig(tmp_path / "config")
        config.chmod(0o600)
        monkeypatch.setenv("PATH", str(programs))
        monkeypatch.setenv("KUBECONFIG", str(config))
        assert kai("check", "kubectl scale deploy nosuch --replicas=2").status == 0
        assert server.traffic == []
        told = kai("check", "--live", "kubectl scale deploy nosuch --replicas=2")
        assert (told.status, told.err) == (1, "")
        assert "there is no deployment nosuch [K511]" in told.out
        assert kai("check", "--live", "kubectl scale deploy web --replicas=2").status == 0
        counted = kai("check", "--live", "--json", "kubectl delete pods -l app=api")
        assert json.loads(counted.out)["radius"]["count"] == 2
        assert not any(changes_something(sent) for sent in server.traffic)
        sent = len(server.traffic)
        away = kai("check", "--live", "kubectl get pods --server=http://127.0.0.1:9")
        assert "[K520]" in away.out
        assert len(server.traffic) == sent
