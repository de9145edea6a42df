"""What waits for fish while a panel is open, and the client with a deadline of the shell's."""

from __future__ import annotations

import os
import pty
import socket
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULE = [sys.executable, "-P", "-m"]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A runtime folder with a path that is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp") as name:
        (Path(name) / "kai").mkdir(mode=0o700)
        yield Path(name).resolve() / "kai"


def follow(
    folder: Path, daemon: Path, tty: str = "/dev/null", size: str = "24x80"
) -> subprocess.CompletedProcess[bytes]:
    argv = [*MODULE, "kai_shell.daemon.follow", str(folder / "file.1.1"), str(daemon), tty, size]
    return subprocess.run(argv, capture_output=True, check=False, timeout=60)


def test_it_gives_the_lines_up_to_the_last_and_takes_the_files_away(folder: Path) -> None:
    for number, line in enumerate((b"wait\n", b"wait\n", b"put\x1fx\n", b"never read\n"), 1):
        (folder / f"file.1.1.{number}").write_bytes(line)
    done = follow(folder, folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"wait\nwait\nput\x1fx\n", b"")
    assert [path.name for path in folder.iterdir()] == ["file.1.1.4"]


@pytest.mark.parametrize(("size", "status"), [("24x80", 0), ("24x81", 3)])
def test_it_says_whether_the_terminal_has_another_size_now(
    folder: Path, size: str, status: int
) -> None:
    terminal, end = pty.openpty()
    termios.tcsetwinsize(end, (24, 80))
    (folder / "file.1.1.1").write_bytes(b"run\n")
    done = follow(folder, folder, os.ttyname(end), size)
    assert (done.returncode, done.stdout) == (status, b"run\n")
    os.close(terminal)
    os.close(end)


def test_where_the_daemon_is_gone_it_waits_for_nothing(folder: Path) -> None:
    (folder / "file.1.1.1").write_bytes(b"wait\n")
    done = follow(folder, folder / "gone")
    assert (done.returncode, done.stdout) == (1, b"wait\n")


def test_a_daemon_that_falls_silent_is_given_up(folder: Path) -> None:
    done = follow(folder, folder)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


def test_the_client_gives_up_when_the_shell_wants_it_to(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "kai.sock"))
        listener.listen(1)
        done = subprocess.run(
            [*MODULE, "kai_shell.daemon.client", "--seconds", "0.1"],
            input=b"1\x1fhello\n",
            capture_output=True,
            env={"PATH": os.defpath, "XDG_RUNTIME_DIR": str(folder.parent), "HOME": "/nonexistent"},
            check=False,
            timeout=10,
        )
    assert done.returncode == 1
    assert done.stdout.startswith(b"fail\x1fthe daemon does not answer")
