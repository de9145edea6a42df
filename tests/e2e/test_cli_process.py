"""The real `kai`, as a process of its own, in a shell, behind a pipe and on a terminal."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.run_kai import HEARS_INTERRUPTS

KAI = str(Path(sys.executable).with_name("kai"))
PODS = "kubectl get pods --namespace=kube-system"


def run(*argv: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([KAI, *argv], input=stdin, capture_output=True, timeout=60, check=False)


def test_the_script_prints_the_command_and_nothing_else() -> None:
    done = run("pods in kube-system")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{PODS}\n".encode(), b"")


@pytest.mark.parametrize(
    ("argv", "status"),
    [
        (["flurbs of the glorp zanting"], 3),
        (["--jsn", "x"], 2),
        (["run", "a", "shell"], 2),
        (["--context", "none", "nodes"], 0),
        (["--version"], 0),
        ([b"nodes \xff".decode("utf-8", "surrogateescape")], 2),
    ],
    ids=["no answer", "option", "reserved", "no kubeconfig", "version", "no text"],
)
def test_the_exit_status_of_the_process(argv: list[str], status: int) -> None:
    done = run(*argv)
    assert done.returncode == status, done.stderr
    assert b"Traceback" not in done.stderr


def test_a_pipe_that_closes_early_leaves_no_complaint() -> None:
    rows = b'{"request": "nodes"}\n' * 2000
    process = subprocess.Popen(
        [KAI, "--batch", "-", "--source", "builtin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin and process.stdout and process.stderr
    process.stdin.write(rows)
    process.stdin.close()
    assert json.loads(process.stdout.readline())["command"] == "kubectl get nodes"
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 1
    assert said == b""


def wait_until_idle(pid: int) -> None:
    """Return once a process has used no processor time for a while; without /proc, after 2 s."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        time.sleep(2)
        return
    used, quiet = "", 0
    while quiet < 5:
        time.sleep(0.1)
        now = " ".join(stat.read_text().rsplit(")", 1)[1].split()[11:13])
        quiet = quiet + 1 if now == used and now != "0 0" else 0
        used = now


def test_ctrl_c_ends_a_batch_with_130_and_no_traceback() -> None:
    process = subprocess.Popen(
        [*HEARS_INTERRUPTS, KAI, "--batch", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_until_idle(process.pid)  # it waits for its input, which never ends
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")


def kubectl_that_counts(folder: Path, script: str = "") -> Path:
    """A kubectl of version 1.29 on a PATH of its own; the file `runs` gets a line each time."""
    kubectl = folder / "bin" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text(
        f'#!/bin/sh\necho "$@" >> {folder}/runs\n{script}\n'
        """echo '{"clientVersion": {"gitVersion": "v1.29.3"}}'\n"""
    )
    kubectl.chmod(0o700)
    return kubectl


def version_said() -> object:
    return json.loads(run("--json", "pods in kube-system").stdout)["kubectl_version"]


def test_the_first_answer_on_a_terminal_learns_kubectls_version_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubectl = kubectl_that_counts(tmp_path)
    monkeypatch.setenv("PATH", f"{kubectl.parent}{os.pathsep}{os.defpath}")
    runs = tmp_path / "runs"
    assert version_said() is None
    assert not runs.exists(), "a pipe never waits for kubectl"
    first = on_a_terminal("pods in kube-system")
    assert PODS in first
    assert runs.read_text() == "version --client -o json\n"
    on_a_terminal("nodes")
    assert version_said() == "1.29.3"
    assert runs.read_text().count("\n") == 1


@pytest.mark.parametrize("script", ["exit 1", "echo nonsense; exit 0", "sleep 60"])
def test_a_kubectl_that_does_not_say_its_version_spoils_no_answer(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubectl = kubectl_that_counts(tmp_path, script)
    monkeypatch.setenv("PATH", f"{kubectl.parent}{os.pathsep}{os.defpath}")
    seen = on_a_terminal("pods in kube-system", NO_COLOR="1").splitlines()
    assert seen[0] == PODS
    assert not any("kai:" in line for line in seen)
    assert (tmp_path / "runs").exists()
    assert version_said() is None


def test_the_answer_is_on_the_terminal_before_kubectl_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its kubectl waits until the answer was read from the terminal, else it fails."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    kubectl = kubectl_that_counts(tmp_path, f"read line < {gate}")
    monkeypatch.setenv("PATH", f"{kubectl.parent}{os.pathsep}{os.defpath}")
    opened = os.open(gate, os.O_RDWR)  # for both, so that opening it waits for nobody

    def let_go(seen: str) -> None:
        if "built in" in seen:
            os.write(opened, b"go\n")

    on_a_terminal("pods in kube-system", watch=let_go)
    os.close(opened)
    assert version_said() == "1.29.3"


def on_a_terminal(
    *argv: str, watch: Callable[[str], None] = lambda seen: None, **variables: str
) -> str:
    """What a person sees, both streams on one terminal; `watch` gets it as it grows."""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", **variables}
    process = subprocess.Popen(
        [KAI, *argv], stdin=slave, stdout=slave, stderr=slave, env=environment
    )
    os.close(slave)
    seen = b""
    while True:
        try:
            chunk = os.read(master, 4096)
        except OSError:  # Linux: the other side is closed
            break
        if not chunk:
            break
        seen += chunk
        watch(seen.decode(errors="replace"))
    os.close(master)
    assert process.wait(60) == 0
    return seen.decode()


def test_on_a_terminal_there_is_a_panel_below_the_command() -> None:
    seen = on_a_terminal("pods in kube-system", NO_COLOR="1").splitlines()
    assert seen[0] == PODS
    assert "  │ Lists pods in the namespace kube-system." in seen
    assert "\x1b[" in on_a_terminal("pods in kube-system")


def test_a_batch_can_come_through_a_pipe() -> None:
    done = run("--batch", "-", stdin=b'{"id": 1, "request": "pods in kube-system"}\nx\n')
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["id"], first["command"]) == (1, PODS)
    assert second["command"] is None


@pytest.mark.parametrize(
    ("redirection", "status", "says"),
    [
        (">&-", 0, ""),
        ("<&-", 0, ""),
        (">/dev/full", 1, "No space left"),
        ("2>&-", 0, ""),
    ],
    ids=["no stdout", "no stdin", "full disk", "no stderr"],
)
@pytest.mark.parametrize("words", ["pods in kube-system", "--version"])
def test_streams_that_are_not_there_are_no_fault(
    words: str, redirection: str, status: int, says: str
) -> None:
    if redirection == ">/dev/full" and not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$0" "$1" {redirection}', KAI, words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert says in done.stderr
    assert "fault" not in done.stderr
