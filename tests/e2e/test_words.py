"""`kai WORDS` as a process, with a daemon beside it and without: what is written is the same."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from kai_shell.daemon import lifecycle, runtime

KAI = str(Path(sys.executable).with_name("kai"))

CALLS = {
    "a command": ["pods", "in", "kube-system"],
    "one that deletes": ["delete pod web-1"],
    "one with remarks": ["logs of api in prod"],
    "as JSON": ["--json", "scale deployment web to 3"],
    "no command": ["sing me a song"],
    "a refusal": ["kubectl delete namespaces --all"],
    "a wrong option": ["--sauce", "pods"],
    "a context that is not there": ["--context", "nowhere", "pods"],
    "no text": [os.fsdecode(b"pods \xff")],
}


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """A runtime folder; whatever daemon lives there at the end is ended. Nothing is learnt between
    two calls: no answer is kept, and there is no kubectl to ask for its version."""
    monkeypatch.setenv("KAI_CACHE_ENABLED", "false")
    monkeypatch.setenv("PATH", str(tmp_path))
    with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp") as name:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(Path(name).resolve()))
        try:
            yield runtime.folder(os.environ)
        finally:
            lifecycle.stop(os.environ)


def piped(argv: list[str], stdin: bytes = b"") -> tuple[int, bytes, bytes]:
    done = subprocess.run([KAI, *argv], input=stdin, capture_output=True, timeout=60, check=False)
    return done.returncode, _timeless(done.stdout), _timeless(done.stderr)


def typed(argv: list[str]) -> tuple[int, bytes]:
    """The exit status and what a terminal of 60 columns got."""
    terminal, end = pty.openpty()
    termios.tcsetwinsize(end, (24, 60))
    env = dict(os.environ) | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    env.pop("COLUMNS", None)
    with subprocess.Popen([KAI, *argv], stdin=end, stdout=end, stderr=end, env=env) as child:
        os.close(end)
        seen = b""
        while True:
            try:
                part = os.read(terminal, 65536)
            except OSError:  # Linux says that the terminal has no other end any more
                part = b""
            if not part:
                break
            seen += part
    os.close(terminal)
    return child.returncode, _timeless(seen)


def _timeless(text: bytes) -> bytes:
    return re.sub(rb'[0-9.]+ ms|"timings_ms": {[^}]*}', b"<time>", text)


def test_with_and_without_a_daemon_the_same_is_written(folder: str) -> None:
    lifecycle.start(os.environ)
    by_daemon = {name: (piped(argv), typed(argv)) for name, argv in CALLS.items()}
    before = lifecycle.status(os.environ)
    assert before is not None
    assert int(before["requests"]) > 2 * len(CALLS) - 4, "the daemon was asked"
    lifecycle.stop(os.environ)
    for name, argv in CALLS.items():
        assert by_daemon[name] == (piped(argv), typed(argv)), name
    assert runtime.Lock(folder).holder() is None, "and none is started"


def test_a_reader_that_has_left_is_no_fault(folder: str) -> None:
    lifecycle.start(os.environ)
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [KAI, "nodes"], stdout=write, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
def test_a_daemon_that_hangs_or_was_killed_costs_no_answer(folder: str, number: int) -> None:
    pid, _ = lifecycle.start(os.environ)
    os.kill(pid, number)
    expected = (0, b"kubectl get pods --namespace=web\n", b"")
    assert piped(["pods in web"]) == expected
    assert piped(["-"], b"pods in web\n") == expected
    if number == signal.SIGSTOP:
        os.kill(pid, signal.SIGCONT)


def test_many_at_once_get_each_its_own_answer(folder: str) -> None:
    lifecycle.start(os.environ)
    running = [
        (number, subprocess.Popen([KAI, f"pods in n{number}"], stdout=subprocess.PIPE))
        for number in range(24)
    ]
    for number, process in running:
        out, _ = process.communicate(timeout=60)
        assert out == f"kubectl get pods --namespace=n{number}\n".encode()
