"""The daemon as a process: started, asked, killed, replaced, and never left behind."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import kai as kai_package
import kai_shell
from kai import __version__
from kai.errors import DaemonError
from kai_shell.daemon import client, lifecycle, protocol, runtime
from tests.conftest import missing

KAI = str(Path(sys.executable).with_name("kai"))
REQUEST = ["ask", "zsh", "", "80", "/", "", "", "pods in kube-system"]
COMMAND = "kubectl get pods --namespace=kube-system"


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A runtime folder; whatever daemon lives there at the end is ended."""
    with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp", ignore_cleanup_errors=True) as name:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(Path(name).resolve()))
        path = runtime.folder(os.environ)
        try:
            yield path
        finally:
            # `kai warmup` may have begun another one, which looks for the first and ends.
            until(lambda: not lifecycle.stop(os.environ) and runtime.Lock(path).holder() is None)


def until(true: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def kai(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [KAI, *words], capture_output=True, text=True, timeout=60, check=False, input=stdin.decode()
    )


def fallback(line: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "kai_shell.daemon.client"],
        capture_output=True,
        timeout=60,
        check=False,
        input=line,
    )


def left(folder: str) -> list[str]:
    """The names in a folder."""
    return sorted(path.name for path in Path(folder).iterdir())


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended and that nobody has waited for does not."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_is_started_asked_and_stopped(folder: str) -> None:
    said = kai("daemon", "start")
    assert (said.returncode, said.stderr) == (0, "")
    pid = runtime.Lock(folder).holder()
    assert said.stdout == f"started (process {pid})\n"
    assert client.ask(folder, REQUEST)[:2] == ["put", COMMAND]
    assert kai("daemon", "start").stdout == f"running already (process {pid})\n"
    status = kai("daemon", "status", "--json")
    assert status.returncode == 0
    assert json.loads(status.stdout)["pid"] == str(pid)
    assert kai("daemon", "stop").stdout == f"stopped (process {pid})\n"
    assert kai("daemon", "stop").stdout == "not running\n"
    assert kai("daemon", "status").returncode == 3
    assert left(folder) == [runtime.LOCK]
    logs = kai("daemon", "logs").stdout
    assert f"kai {__version__} listens" in logs
    assert "kube-system" not in logs


def test_warmup_starts_it_in_the_background_and_can_wait(folder: str) -> None:
    cold = kai("warmup", "--status")
    assert (cold.returncode, cold.stdout.partition(":")[0]) == (3, "cold")
    began = kai("warmup")
    assert (began.returncode, began.stdout, began.stderr) == (0, "", "")
    warm = kai("warmup", "--wait")
    assert (warm.returncode, warm.stdout.partition(":")[0]) == (0, "warm")
    assert kai("warmup").returncode == 0


def test_it_belongs_to_no_terminal_and_no_folder_of_who_started_it(
    folder: str, tmp_path: Path
) -> None:
    if not Path("/proc/self/fd").exists():
        pytest.skip("there is no /proc")
    with (tmp_path / "open").open("w") as file:
        subprocess.run([KAI, "daemon", "start"], pass_fds=[file.fileno()], check=True, timeout=60)
    pid = lifecycle.hello(folder)[1]
    assert os.getsid(pid) == pid
    assert Path(f"/proc/{pid}/cwd").readlink() == Path("/")
    held = []
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it opens and closes files of its own
            held.append(handle.readlink())
    assert Path("/dev/null") in held
    assert tmp_path / "open" not in held


def test_the_fallback_starts_it_and_answers(folder: str) -> None:
    done = fallback(protocol.encode(["1", *REQUEST]))
    assert done.returncode == 0
    assert protocol.decode(done.stdout)[:2] == ["put", COMMAND]
    assert lifecycle.hello(folder)[0] == __version__


def test_the_fallback_says_why_where_there_can_be_no_daemon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", "/" + "x" * 200)
    done = fallback(protocol.encode(["1", *REQUEST]))
    assert done.returncode == 1
    kind, message = protocol.decode(done.stdout)
    assert kind == "fail"
    assert "too long" in message


_BASH = r"""
folder=$1 reply=$1/reply.$$
mkfifo -m 600 "$reply"
ask() {
  local out in line
  exec {in}<>"$reply" {out}<>"$folder/ask.fifo"
  printf '%s\x1f1\x1fask\x1fbash\x1f\x1f80\x1f/\x1f\x1f\x1f%s\n' "$reply*$1" "$2" >&$out
  IFS= read -r -t "$3" -u $in line && printf '%s\n' "$line"
  exec {in}>&- {out}>&-
}
ask 1 "pods in kube-system" 20
ask 2 $'pods in\x1ekube-system' 20
kill -9 "$2"
ask 3 "pods in kube-system" 0.3
echo "no answer, and on"
"""


def test_bash_asks_through_the_fifo_and_a_dead_daemon_does_not_hold_it_up(folder: str) -> None:
    bash = shutil.which("bash")
    if bash is None:
        missing("there is no bash")
    pid, _ = lifecycle.start(os.environ)
    done = subprocess.run(
        [bash, "-c", _BASH, "bash", folder, str(pid)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    first, second, last = done.stdout.splitlines()
    assert first.split("\x1f")[:3] == ["1", "put", COMMAND]
    assert second.split("\x1f")[:3] == ["2", "put", COMMAND]
    assert last == "no answer, and on"


def test_after_kill_9_the_next_start_clears_what_it_left(folder: str) -> None:
    first, _ = lifecycle.start(os.environ)
    os.kill(first, signal.SIGKILL)
    until(lambda: not alive(first))
    assert runtime.SOCKET in left(folder)
    with pytest.raises(client.NoDaemon):
        client.ask(folder, REQUEST)
    second, new = lifecycle.start(os.environ)
    assert new
    assert second != first
    assert client.ask(folder, REQUEST)[:2] == ["put", COMMAND]


def test_killed_at_any_moment_it_never_answers_wrong(folder: str) -> None:
    for turn in range(12):
        pid, _ = lifecycle.start(os.environ)
        killer = threading.Timer(turn * 0.004, os.kill, (pid, signal.SIGKILL))
        killer.start()
        for number in range(50):
            name = f"n{turn}-{number}"
            try:
                said = client.ask(folder, [*REQUEST[:-1], f"pods in {name}"], seconds=20)
            except DaemonError:
                break
            assert said[:2] == ["put", f"kubectl get pods --namespace={name}"]
        killer.join()
        until(lambda: not alive(pid))  # noqa: B023 - called before the next turn


def test_of_many_started_at_once_one_runs(folder: str) -> None:
    ended = [lifecycle.launch(os.environ) for _ in range(8)]
    until(lambda: sum(each() for each in ended) == 7)
    pid = lifecycle.hello(folder)[1]
    assert runtime.Lock(folder).holder() == pid
    assert client.ask(folder, REQUEST)[:2] == ["put", COMMAND]


def test_one_that_hangs_is_killed(folder: str) -> None:
    pid, _ = lifecycle.start(os.environ)
    os.kill(pid, signal.SIGSTOP)
    assert lifecycle.stop(os.environ) == pid
    until(lambda: not alive(pid))


def test_sigterm_ends_it_in_order(folder: str) -> None:
    pid, _ = lifecycle.start(os.environ)
    os.kill(pid, signal.SIGTERM)
    until(lambda: not alive(pid))
    assert left(folder) == [runtime.LOCK]


def test_it_ends_by_itself_when_idle(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAI_SHELL_DAEMON_IDLE", "1s")
    pid, _ = lifecycle.start(os.environ)
    until(lambda: not alive(pid))
    assert left(folder) == [runtime.LOCK]
    assert "ended: idle" in kai("daemon", "logs").stdout


_OLD = """
import os, socket, sys, time
from kai_shell.daemon import protocol, runtime
folder = runtime.folder(os.environ)
assert runtime.Lock.take(lock := runtime.Lock(folder))
listener = runtime.listen(folder)
listener.setblocking(True)
while True:
    client, _ = listener.accept()
    words = protocol.decode(client.recv(65536))
    client.sendall(protocol.answer("hello", "0.0.1", str(os.getpid())))
    client.close()
    if words[1] == "stop":
        sys.exit()
"""


@pytest.mark.parametrize("how", [["daemon", "start"], ["warmup"]])
def test_a_daemon_of_another_version_is_replaced(folder: str, how: list[str]) -> None:
    old = subprocess.Popen([sys.executable, "-c", _OLD])
    try:
        until((Path(folder) / runtime.SOCKET).exists)
        until(lambda: lifecycle.hello(folder)[0] == "0.0.1")
        assert kai(*how).returncode == 0
        assert old.wait(20) == 0
    finally:
        old.kill()
        old.wait()
    lifecycle.start(os.environ)
    assert lifecycle.hello(folder)[0] == __version__


def test_an_upgraded_kai_takes_the_place_of_the_running_one(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, package in (("kai", kai_package), ("kai_shell", kai_shell)):
        source = Path(package.__file__ or "").parent
        shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    pid, _ = lifecycle.start(os.environ)
    file = tmp_path / "kai" / "__init__.py"
    file.write_text(file.read_text().replace(__version__, "9.9.9"))
    assert client.ask(folder, REQUEST)[:2] == ["put", COMMAND]

    def upgraded() -> bool:
        with contextlib.suppress(DaemonError):
            return lifecycle.hello(folder) == ("9.9.9", pid)
        return False

    until(upgraded)
    assert client.ask(folder, REQUEST)[:2] == ["put", COMMAND]


def test_warmup_replaces_one_that_hangs(folder: str) -> None:
    pid, _ = lifecycle.start(os.environ)
    os.kill(pid, signal.SIGSTOP)
    assert kai("warmup").returncode == 0
    until(lambda: not alive(pid), 40)
    lifecycle.start(os.environ)
    assert client.ask(folder, REQUEST)[:2] == ["put", COMMAND]


def test_a_socket_folder_open_to_others_is_refused(folder: str) -> None:
    Path(folder).chmod(0o755)
    said = kai("daemon", "start")
    assert said.returncode == 1
    assert "chmod 700" in said.stderr
    said = kai("warmup")
    assert said.returncode == 1
    assert "chmod 700" in said.stderr
    Path(folder).chmod(0o700)
