"""`kai WORDS` by way of the daemon: the same bytes and the same status, or an answer of its own."""

from __future__ import annotations

import asyncio
import io
import os
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

import kai as package
from kai.errors import KaiError
from kai.model import SourceFilter
from kai_shell import through
from kai_shell.arguments import SOURCES, Options, Request, parse
from kai_shell.daemon import protocol, runtime, words
from kai_shell.daemon.log import Log
from kai_shell.daemon.model import Models
from kai_shell.daemon.server import STOPPED, Server
from kai_shell.daemon.talk import Talk
from kai_shell.request import answer
from kai_shell.streams import Streams
from tests.fake_daemon import Behaviour, FakeDaemon, answering, hanging
from tests.run_kai import kai

KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: prod
contexts:
- {name: prod, context: {cluster: c, namespace: web}}
- {name: test, context: {cluster: c}}
clusters:
- {name: c, cluster: {server: "https://10.0.0.1:6443"}}
"""


class Said(NamedTuple):
    """What one call wrote, in order with both streams, and how it ended."""

    status: int | None
    wrote: str


class Stream(io.StringIO):
    """Writes into a text that it shares with the other stream."""

    def __init__(self, wrote: list[str], *, terminal: bool, encoding: str) -> None:
        super().__init__()
        self._wrote, self._terminal, self._encoding = wrote, terminal, encoding

    @property
    def encoding(self) -> str:  # type: ignore[override] # StringIO has none at all
        return self._encoding

    def isatty(self) -> bool:
        return self._terminal

    def write(self, text: str) -> int:
        self._wrote.append(text)
        return len(text)


def called(
    ask: Callable[[Request, io.StringIO, io.StringIO], int | None],
    argv: list[str],
    *,
    terminal: str = "",
    encoding: str = "utf-8",
) -> Said:
    """What `ask` writes for `kai ARGV`; `terminal` names the streams that a person reads."""
    wrote: list[str] = []
    out, err = (
        Stream(wrote, terminal=each in terminal, encoding=encoding) for each in ("out", "err")
    )
    action = parse(argv)
    assert isinstance(action, Request)
    status = ask(action, out, err)
    return Said(status, re.sub(r"[0-9.]+ ms|\"timings_ms\": {[^}]*}", "<time>", "".join(wrote)))


def alone(request: Request, out: io.StringIO, err: io.StringIO) -> int | None:
    """The answer of the process itself."""
    streams = Streams(io.StringIO(), out, err)
    try:
        return answer(request, streams)
    except KaiError as error:
        return streams.failed(error)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch, isolated_home: Path) -> Iterator[str]:
    """A runtime folder with a name short enough for a socket, and nothing kept between requests."""
    (isolated_home / "bin").mkdir()
    monkeypatch.setenv("PATH", str(isolated_home / "bin"))
    monkeypatch.setenv("KAI_CACHE_ENABLED", "false")
    with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp") as name:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(Path(name).resolve()))
        yield runtime.folder(os.environ)


@asynccontextmanager
async def serving(folder: str) -> AsyncIterator[None]:
    """A daemon in this process."""
    with runtime.listen(folder) as listener:
        server = Server(folder, listener, Log(Path(folder) / "log"), idle=0, installed=lambda: 1)
        running = asyncio.create_task(server.run())
        try:
            yield
        finally:
            server.end(STOPPED)
            await running


async def by_daemon(
    folder: str,
    argv: list[str],
    *,
    env: Mapping[str, str] | None = None,
    terminal: str = "",
    encoding: str = "utf-8",
) -> Said:
    """What the daemon makes of a call; status None where it leaves it to the process."""
    env = os.environ if env is None else env

    def ask(request: Request, out: io.StringIO, err: io.StringIO) -> int | None:
        return through.answer(request, out, err, env, 60)

    async with serving(folder):
        return await asyncio.to_thread(called, ask, argv, terminal=terminal, encoding=encoding)


CALLS: dict[str, list[str]] = {
    "a sure command": ["pods", "in", "kube-system"],
    "one that assumes something": ["logs of api in prod"],
    "one that deletes": ["delete pod web-1"],
    "one that is refused": ["kubectl delete namespaces --all"],
    "words of no command": ["sing me a song"],
    "a command with a slip": ["kubectl get pds"],
    "a context that is not current": ["--context", "test", "pods"],
    "a context that is not there": ["--context", "tset", "pods"],
    "a namespace that is not current": ["-n", "shop", "--again", "pods"],
    "the namespace that is current": ["-n", "web", "pods"],
    "built in": ["--source", "builtin", "nodes by memory"],
    "a model that is not there": ["--source", "model", "nodes"],
    "letters of other scripts": ["pods with label größe=日本"],
    "several lines": ["pods in web\nand in shop"],
}


@pytest.mark.parametrize("json", [[], ["--json"]], ids=["text", "json"])
@pytest.mark.parametrize("terminal", ["", "out err", "out", "err"])
@pytest.mark.parametrize("name", CALLS)
async def test_the_daemon_writes_what_the_process_would(
    short: str, isolated_home: Path, name: str, terminal: str, json: list[str]
) -> None:
    (isolated_home / ".kube").mkdir()
    (isolated_home / ".kube" / "config").write_text(KUBECONFIG)
    argv = [*json, *CALLS[name]]
    theirs = await by_daemon(short, argv, terminal=terminal)
    ours = called(alone, argv, terminal=terminal)
    if "is not there" in name and "context" in name:
        assert theirs == Said(None, ""), "a failure is found and said by the process itself"
        assert ours.status == 1
    else:
        assert theirs == ours


@pytest.mark.parametrize(
    "variables",
    [{"TERM": "dumb"}, {"TERM": "xterm"}, {"TERM": "xterm", "NO_COLOR": "1"}, {"COLUMNS": "30"},
     {"KAI_SAFETY_MAX_REPLICAS": "2"}, {"KAI_SHELL_KEYS": "x"}, {"OLLAMA_HOST": "::::"}],
    ids=str,
)  # fmt: skip
async def test_the_variables_of_the_process_count_and_not_those_of_the_daemon(
    short: str, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    argv, theirs = ["scale deployment web to 3"], dict(os.environ) | variables
    by_them = await by_daemon(short, argv, env=theirs, terminal="out err")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert by_them == called(alone, argv, terminal="out err")


async def test_a_terminal_that_is_no_unicode_one_gets_no_unicode(
    short: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = ["delete pod web-1"]
    monkeypatch.setenv("TERM", "xterm")
    theirs = await by_daemon(short, argv, terminal="out err", encoding="ascii")
    assert theirs == called(alone, argv, terminal="out err", encoding="ascii")
    assert theirs.wrote.isascii()


async def test_a_kept_answer_is_one_there_too(short: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAI_CACHE_ENABLED", "true")
    first = await by_daemon(short, ["--json", "pods in web"])
    second = await by_daemon(short, ["--json", "pods in web"])
    assert '"cached": false' in first.wrote
    assert '"cached": true' in second.wrote
    assert '"cached": true' in called(alone, ["--json", "pods in web"]).wrote


async def test_policies_of_the_folder_of_the_process_count(
    short: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work" / ".kai").mkdir(parents=True)
    policy = "policies:\n- name: frozen\n  action: deny\n  verbs: [scale]\n"
    (tmp_path / "work" / ".kai" / "policies.yaml").write_text(policy)
    monkeypatch.chdir(tmp_path / "work")
    there = await by_daemon(short, ["scale deployment web to 3"])
    assert there.status == 4
    assert there == called(alone, ["scale deployment web to 3"])


# --- what the process keeps for itself -----------------------------------------------------------


@pytest.mark.parametrize(
    "variables",
    [{"HOME": "/elsewhere"}, {"HOME": "home"}, {"KUBECONFIG": "one:/two"}, {"KUBERC": "rc"}, {"KUBECONFIG": "~/c"},
     {"KAI_CONFIG_DIR": "here"}, {"KAI_SAFETY_POLICIES": "/a.yaml,b.yaml"}, {"KAI_NLU": "a\x1eb"},
     {"PATH": f"/bin:{Path.cwd()}"}, {"KAI_DEBUG": "1"}, {"KUBE_X": "a\nb"}],
    ids=str,
)  # fmt: skip
async def test_what_the_daemon_would_see_otherwise_it_does_not_answer(
    short: str, variables: dict[str, str]
) -> None:
    said = await by_daemon(short, ["pods"], env=dict(os.environ) | variables)
    assert said == Said(None, "")


async def _sends_nothing(line: bytes) -> None:
    pass


async def _stays() -> None:
    await asyncio.Event().wait()


NOBODY = Talk(_sends_nothing, _stays)


async def test_another_kai_is_not_answered() -> None:
    env = {"HOME": "/home/me"}
    for version, file in (("9.9.9", package.__file__), (package.__version__, "/other/kai")):
        options = f"version={version}\nkai={file}"
        fields = ["/", "HOME=/home/me", options, "pods"]
        assert await words.answer(fields, NOBODY, Models(), env) == words.OWN


FAULTS: dict[str, Behaviour] = {
    "goes away": answering(),
    "goes away in the middle": answering(b"words\x1f0\x1f1\x1fkubectl"),
    "hangs": hanging(),
    "hangs in the middle": hanging(b"words\x1f0"),
    "an older one": answering(protocol.answer("fail", "no such request")),
    "no status": answering(b"words\x1fx\x1f1\x1frm -rf\n"),
    "an odd number of fields": answering(b"words\x1f0\x1f1\n"),
    "an unknown stream": answering(b"words\x1f0\x1f3\x1frm -rf\n"),
    "too short": answering(b"words\n"),
    "empty": answering(b"\n"),
    "not UTF-8": answering(b"words\x1f0\x1f1\x1f\xff\n"),
    "endless": answering(*[b"x" * 65536] * 8),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_daemon_that_fails_costs_no_answer(short: str, fault: str) -> None:
    with FakeDaemon(Path(short), FAULTS[fault]) as daemon:
        said = kai("pods in web")
    assert said == (0, "kubectl get pods --namespace=web\n", "")
    assert daemon.asked[0][1] == "words"


def test_without_a_daemon_none_is_started(short: str) -> None:
    assert kai("pods in web").out == "kubectl get pods --namespace=web\n"
    assert list(Path(short).iterdir()) == []


def test_words_from_standard_input_are_read_once_whoever_answers(short: str) -> None:
    with FakeDaemon(Path(short), answering(b"own\n")) as daemon:
        said = kai("-", stdin=" pods\nin web \n")
    assert said.out == "kubectl get pods --namespace=web\n"
    assert daemon.asked[0][-1] == "pods\nin web"
    assert kai("-", stdin="-").status == 3, "a dash that was read is a request like any other"


def test_what_the_daemon_says_is_written_as_it_is(short: str) -> None:
    line = b"words\x1f3\x1f2\x1fkai: one\x1e\x1f1\x1f\x1b[1mtwo\x1b[0m\x1e\n"
    with FakeDaemon(Path(short), answering(line)):
        assert kai("pods") == (3, "\x1b[1mtwo\x1b[0m\n", "kai: one\n")


def test_other_calls_do_not_ask_the_daemon(short: str) -> None:
    with FakeDaemon(Path(short), answering(b"own\n")) as daemon:
        kai("--batch", "-")
        kai("--version")
        kai("config", "show")
    assert daemon.asked == []


def test_the_sources_of_the_command_line_are_those_of_the_engine() -> None:
    assert tuple(SOURCES) == tuple(SourceFilter)
    assert Options() == Options(source=SourceFilter.ANY)
