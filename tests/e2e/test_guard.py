"""The guard, the record of what was run, and the names of the cluster, with a real daemon."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kai_shell.daemon import client, lifecycle, runtime
from tests.conftest import missing
from tests.e2e.shells import KEY, KILL_WHOLE, PYTHON, Place, zsh
from tests.e2e.shells_bash import bash
from tests.e2e.shells_fish import fish
from tests.fake_api_server import FakeApiServer, an_object
from tests.panels import Tty
from tests.shell_pty import ShellPty

KAI = str(Path(sys.executable).with_name("kai"))
PODS = "kubectl get pods --namespace=kube-system"


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A runtime folder with a daemon, which is ended."""
    with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp") as name:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(Path(name).resolve()))
        path = runtime.folder(os.environ)
        try:
            yield path
        finally:
            lifecycle.stop(os.environ)
            until(lambda: runtime.Lock(path).holder() is None)


def until(true: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def kubeconfig(home: Path, context: str, server: str = "http://127.0.0.1:9") -> Path:
    path = home / f"{context}.config"
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": context,
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "contexts": [
            {"name": context, "context": {"cluster": "c", "user": "u", "namespace": "shop"}}
        ],
        "users": [{"name": "u", "user": {}}],
    }
    path.write_text(json.dumps(document))
    return path


def guard(
    folder: str, text: str, config: Path | str = "", *, env: str = "", aliases: str = "k=kubectl"
) -> list[str]:
    return client.ask(
        folder, ["guard", "zsh", "", "80", "/", str(config), env, aliases, text], seconds=30
    )


def history() -> list[dict[str, Any]]:
    done = subprocess.run(
        [KAI, "history", "--json"], capture_output=True, text=True, timeout=60, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


# --- the guard -----------------------------------------------------------------------------------


def test_it_lets_reading_run_and_asks_about_what_is_lost(folder: str, tmp_path: Path) -> None:
    lifecycle.start(os.environ)
    dev, prod = kubeconfig(tmp_path, "dev"), kubeconfig(tmp_path, "prod")
    assert guard(folder, "k get pods | head", dev) == ["run"]
    kind, tier, word, details = guard(folder, "k delete pod web", dev)
    assert (kind, tier, word) == ("confirm", "destructive", "web")
    assert details.splitlines() == [
        "destructive: deletes objects",
        "hits the pod web in shop",
        "where: context dev, namespace shop",
    ]
    assert guard(folder, "k label pod web a=b", dev) == ["run"]
    assert guard(folder, "k label pod web a=b", prod)[:3] == ["confirm", "destructive", "prod"]
    assert guard(folder, "k delete ns --all", dev)[:3] == ["confirm", "forbidden", "all"]


def test_a_context_that_has_changed_counts_from_the_next_line_on(
    folder: str, tmp_path: Path
) -> None:
    lifecycle.start(os.environ)
    config = kubeconfig(tmp_path, "dev")
    assert guard(folder, "k label pod web a=b", config) == ["run"]
    config.write_text(kubeconfig(tmp_path, "prod").read_text())
    assert guard(folder, "k label pod web a=b", config)[:3] == ["confirm", "destructive", "prod"]


def test_what_a_shell_exports_counts_for_its_lines_alone(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAI_SAFETY_PROTECTED_CONTEXTS", "dev")
    lifecycle.start(os.environ)
    dev, line = kubeconfig(tmp_path, "dev"), "k label pod web a=b"
    assert guard(folder, line, dev, env="TERM=xterm") == ["run"]
    theirs = "TERM=xterm\nKAI_SAFETY_PROTECTED_CONTEXTS=dev"
    assert guard(folder, line, dev, env=theirs)[:3] == ["confirm", "destructive", "dev"]
    loose = "TERM=xterm\nKAI_SAFETY_MAX_OBJECTS=500"
    kind, message = guard(folder, line, dev, env=loose)
    assert kind == "fail"
    assert "stricter" in message


def test_sixteen_shells_at_once_get_their_own_answers(folder: str, tmp_path: Path) -> None:
    lifecycle.start(os.environ)
    dev = kubeconfig(tmp_path, "dev")

    def shell(number: int) -> None:
        for turn in range(20):
            name = f"web-{number}-{turn}"
            assert guard(folder, f"k delete pod {name}", dev)[2] == name
            assert guard(folder, f"k get pod {name}", dev) == ["run"]

    with ThreadPoolExecutor(16) as shells:
        list(shells.map(shell, range(16)))


@pytest.mark.parametrize(
    ("keys", "said"),
    [(b"\x1b", "left"), (b"web\r", "run"), (b"we\r\x03", "left"), (b"\x03", "left")],
)
async def test_on_a_terminal_the_user_is_asked_there(
    folder: str, tmp_path: Path, keys: bytes, said: str
) -> None:
    await asyncio.to_thread(lifecycle.start, os.environ)
    env = "TERM=xterm-256color\nPANEL=1\nLINES=24\nLANG=C.UTF-8"
    with Tty() as terminal:
        terminal.raw()
        before = terminal.modes()
        line = ["zsh", terminal.path, "80", "/", str(kubeconfig(tmp_path, "dev")), env, ""]
        words = ["guard", *line, "kubectl delete pod web"]
        asked = asyncio.create_task(asyncio.to_thread(client.ask, folder, words, seconds=30))
        await terminal.until("deletes objects")
        terminal.type(keys)
        while not asked.done():
            terminal.screen()
            await asyncio.sleep(0.05)
        assert (await asked)[0] == said
        assert terminal.modes() == before


def test_where_the_settings_want_no_panel_the_shell_asks(folder: str, tmp_path: Path) -> None:
    lifecycle.start(os.environ)
    with Tty() as terminal:
        terminal.raw()
        env = "TERM=xterm\nPANEL=1\nKAI_SHELL_PANEL=plain"
        line = ["zsh", terminal.path, "80", "/", str(kubeconfig(tmp_path, "dev")), env]
        guarded = client.ask(folder, ["guard", *line, "", "kubectl delete pod web"], seconds=30)
        assert guarded[:3] == ["confirm", "destructive", "web"]
        offered = client.ask(folder, ["ask", *line, "delete pod web"], seconds=30)
        assert offered[:2] == ["offer", "kubectl delete pod web"]


def test_words_are_kept_where_the_shell_exports_that(folder: str) -> None:
    lifecycle.start(os.environ)
    for env, keep in (("TERM=xterm", ""), ("KAI_SHELL_KEEP_WORDS=on", "# pods in kube-system")):
        request = ["ask", "zsh", "", "80", "/", "", env, "pods in kube-system"]
        assert client.ask(folder, request, seconds=30)[3] == keep


# --- what was run --------------------------------------------------------------------------------


def test_what_was_run_after_an_offer_is_in_the_history(folder: str) -> None:
    lifecycle.start(os.environ)
    request = ["ask", "zsh", "", "80", "/", "", "", "pods in kube-system"]
    first, second = client.ask(folder, request)[-1], client.ask(folder, request)[-1]
    assert client.ask(folder, ["ran", "zsh", first, "0", PODS]) == ["noted"]
    assert client.ask(folder, ["ran", "zsh", second, "1", PODS + " -o wide"]) == ["noted"]
    rows = history()
    assert [(row["taken"], row["edited"], row["exit_status"]) for row in rows] == [
        (True, None, 0),
        (True, PODS + " -o wide", 1),
    ]
    shown = subprocess.run([KAI, "history"], capture_output=True, text=True, check=True).stdout
    lines = [line.strip() for line in shown.splitlines()]
    assert lines[1:3] == [PODS, "(run)"]
    assert lines[4:] == [PODS, "(edited and run, status 1)", PODS + " -o wide"]


async def test_who_leaves_the_panel_has_not_taken_the_offer(folder: str) -> None:
    await asyncio.to_thread(lifecycle.start, os.environ)
    with Tty() as terminal:
        terminal.raw()
        line = ["zsh", terminal.path, "80", "/", "", "TERM=xterm\nPANEL=1\nLINES=24"]
        words = ["ask", *line, "delete pod web"]
        asked = asyncio.create_task(asyncio.to_thread(client.ask, folder, words, seconds=30))
        await terminal.until("deletes objects")
        terminal.type(b"\x03")
        while not asked.done():
            terminal.screen()
            await asyncio.sleep(0.02)
        assert (await asked)[0] == "left"
    lifecycle.stop(os.environ)
    assert [(row["request"], row["taken"]) for row in history()] == [("delete pod web", False)]


def test_an_offer_of_a_daemon_that_has_gone_is_nothing_to_the_next(folder: str) -> None:
    lifecycle.start(os.environ)
    request = ["ask", "zsh", "", "80", "/", "", "", "pods in kube-system"]
    number = client.ask(folder, request)[-1]
    lifecycle.stop(os.environ)
    lifecycle.start(os.environ)
    client.ask(folder, request)
    assert client.ask(folder, ["ran", "zsh", number, "0", PODS]) == ["noted"]
    assert [row["taken"] for row in history()] == [None, None]


# --- names ---------------------------------------------------------------------------------------


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kubectl: Path) -> None:
    """A real kubectl as the only one on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "kubectl").symlink_to(kubectl)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def ask(folder: str, text: str, config: Path, env: str = "TERM=xterm") -> list[str]:
    return client.ask(folder, ["ask", "zsh", "", "80", "/", str(config), env, text], seconds=30)


def logs() -> str:
    done = subprocess.run([KAI, "daemon", "logs"], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.usefixtures("on_path")
def test_names_of_the_cluster_come_after_the_first_answer(folder: str, tmp_path: Path) -> None:
    lifecycle.start(os.environ)
    objects = [
        an_object("namespaces", "shop"),
        an_object("statefulsets", "web", "shop"),
        an_object("pods", "web-0", "shop"),
    ]
    with FakeApiServer(objects) as server:
        config = server.write_kubeconfig(tmp_path / "config", namespace="shop")
        before = ask(folder, "restart web", config)
        assert "deployment" in before[1]
        until(lambda: "names: 3 in" in logs())
        after = ask(folder, "restart web", config)
        assert after[1] == "kubectl rollout restart statefulset/web"
        asked = len(server.requests)
        ask(folder, "restart web", config)
        assert not any(method != "GET" for method, _ in server.requests)
    assert asked
    assert "shop" not in logs()


@pytest.mark.usefixtures("on_path")
def test_a_server_that_says_nothing_holds_up_no_answer_and_leaves_no_process(
    folder: str, tmp_path: Path
) -> None:
    lifecycle.start(os.environ)
    with FakeApiServer(silent=True) as server:
        config = server.write_kubeconfig(tmp_path / "config")
        assert ask(folder, "pods in shop", config)[0] == "put"
        until(lambda: server.requests)
        assert ask(folder, "pods in shop", config)[0] == "put"
        lifecycle.stop(os.environ)
        until(lambda: runtime.Lock(folder).holder() is None)
        assert _kubectls(tmp_path) == []


@pytest.mark.usefixtures("on_path")
def test_switched_off_in_the_shell_the_cluster_is_not_asked(folder: str, tmp_path: Path) -> None:
    lifecycle.start(os.environ)
    with FakeApiServer() as server:
        config = server.write_kubeconfig(tmp_path / "config")
        ask(folder, "pods in shop", config, env="TERM=xterm\nKAI_CLUSTER_NAMES=off")
        other = kubeconfig(tmp_path, "other", server.url)
        ask(folder, "pods in shop", other)
        until(lambda: "names: " in logs())
    assert logs().count("names: ") == 1
    assert len(list((Path(os.environ["XDG_CACHE_HOME"]) / "kai" / "names").iterdir())) == 1


def _kubectls(home: Path) -> list[str]:
    """The processes that run with this kubeconfig."""
    if not Path("/proc/self/environ").exists():
        missing("there is no /proc")
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (process / "cmdline").read_bytes()
            if b"kubectl" in line and str(home).encode() in (process / "environ").read_bytes():
                found.append(line.decode())
    return found


# --- settings of a shell -------------------------------------------------------------------------

SHELLS: dict[str, tuple[Callable[..., ShellPty], str, str]] = {
    "zsh": (zsh, "export KAI_JOURNAL_ENABLED=false", "unset KAI_JOURNAL_ENABLED"),
    "bash": (bash, "export KAI_JOURNAL_ENABLED=false", "unset KAI_JOURNAL_ENABLED"),
    "fish": (fish, "set -gx KAI_JOURNAL_ENABLED false", "set -e KAI_JOURNAL_ENABLED"),
}


@pytest.mark.parametrize("name", SHELLS)
def test_a_setting_counts_from_its_export_on(
    place: Place, real: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable, value in real.items():
        monkeypatch.setenv(variable, value)
    start, export, unset = SHELLS[name]
    lifecycle.start(os.environ)
    with start(place, python=PYTHON) as shell:
        for before, words in (("", "nodes"), (export, "pods in web"), (unset, "pods in shop")):
            if before:
                shell.run(before)
            shell.keys(words.encode() + KEY)
            until(lambda: shell.line()[0].startswith("kubectl get "))
            shell.keys(KILL_WHOLE)
    assert [row["request"] for row in history()] == ["nodes", "pods in shop"]


@pytest.fixture
def world(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The place of a shell whose kubectl is a script (it says RAN and ends with 3), and kai's
    daemon, which asks no cluster."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "kubectl").write_text('#!/bin/sh\necho "RAN $*"\nexit 3\n')
    (programs / "kubectl").chmod(0o700)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("KAI_CLUSTER_NAMES", "off")
    for variable, value in place.environment().items():
        monkeypatch.setenv(variable, value)
    lifecycle.start(os.environ)
    yield place
    lifecycle.stop(os.environ)


@pytest.mark.parametrize("name", SHELLS)
def test_what_a_shell_runs_after_an_offer_is_in_the_history(world: Place, name: str) -> None:
    start, *_ = SHELLS[name]
    with start(world, python=PYTHON) as shell:
        for count, (words, more) in enumerate((("nodes", ""), ("pods in shop", " -o wide")), 1):
            shell.keys(words.encode() + KEY)
            until(lambda: shell.line()[0].startswith("kubectl get "))
            shell.keys(more.encode() + b"\r")
            until(lambda: [row["exit_status"] for row in history()] == [3] * count)  # noqa: B023
    assert [(row["request"], row["taken"], row["edited"]) for row in history()] == [
        ("nodes", True, None),
        ("pods in shop", True, "kubectl get pods --namespace=shop -o wide"),
    ]


@pytest.mark.parametrize("name", SHELLS)
def test_enter_asks_in_each_shell_before_something_is_lost(world: Place, name: str) -> None:
    start, *_ = SHELLS[name]
    with start(world, python=PYTHON, guard=True, KAI_PLAIN="1") as shell:
        shell.keys(b"kubectl get pods\r")
        shell.until("RAN get pods")
        shell.keys(b"kubectl delete pod web-1\r")
        shell.until("and Enter to run it")
        shell.keys(b"web-2\r")
        until(lambda: shell.line()[0] == "kubectl delete pod web-1")
        assert "RAN delete" not in shell.seen()
        shell.forget()
        shell.keys(b"\r")
        shell.until("and Enter to run it")
        shell.keys(b"web-1\r")
        shell.until("RAN delete pod web-1")
