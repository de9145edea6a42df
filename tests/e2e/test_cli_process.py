"""The real `kai`, as a process of its own, in a shell, behind a pipe and on a terminal."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

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


def test_ctrl_c_ends_a_batch_with_130_and_no_traceback() -> None:
    process = subprocess.Popen(
        [KAI, "--batch", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    time.sleep(1)  # it waits for its input, which never ends
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")


def on_a_terminal(*argv: str, **variables: str) -> str:
    """What a person sees, both streams on one terminal."""
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
