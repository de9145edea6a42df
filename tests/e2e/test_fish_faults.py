"""Whatever the daemon does, fish gives the line back byte for byte, and says so once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.faults import FAULTS, LINES, random_lines
from tests.e2e.shells import KEY, KILL_WHOLE, PODS, Place
from tests.e2e.shells_fish import KUBECTL, fish
from tests.fake_daemon import hanging, put
from tests.fake_fifo_daemon import FakeFifoDaemon


@pytest.fixture
def fifo(place: Place) -> Iterator[FakeFifoDaemon]:
    with FakeFifoDaemon(place.runtime, put(PODS)) as running:
        yield running


@pytest.mark.parametrize("fault", FAULTS)
def test_the_line_comes_back_byte_for_byte(place: Place, fifo: FakeFifoDaemon, fault: str) -> None:
    fifo.behave = FAULTS[fault]
    with fish(place, before=KUBECTL) as shell:
        for text in LINES:
            shell.put(text)
            shell.forget()
            shell.keys(KEY)
            shell.until("kai: ")
            assert shell.line() == (text, len(text))
        fifo.behave = put(PODS)
        shell.put("pods")
        shell.keys(KEY)
        assert shell.line()[0] == PODS, "and the next answer is good again"
        shell.keys(KILL_WHOLE)
        assert "RAN" not in shell.run("jobs")


def test_300_random_lines_come_back_from_every_fault(place: Place, fifo: FakeFifoDaemon) -> None:
    # A daemon that says nothing is one that hangs, for who looks for a file.
    slow = [name for name in FAULTS if name.startswith("hangs") or name == "goes away"]
    quick = [name for name in FAULTS if name not in slow]
    with fish(place, before=KUBECTL) as shell:
        for number, text in enumerate(random_lines(300)):
            faults = slow if number % 50 == 0 else quick
            fifo.behave = FAULTS[faults[number % len(faults)]]
            shell.put(text)
            shell.keys(KEY)
            assert shell.line() == (text, len(text)), faults[number % len(faults)]
        assert "RAN" not in shell.seen()
        shell.put("")
        assert "no jobs" in shell.run("jobs")
        assert shell.run("history") == ""


def test_a_daemon_that_reads_nothing_is_left_after_the_deadline(place: Place) -> None:
    with FakeFifoDaemon(place.runtime, hanging(), read=False), fish(place) as shell:
        shell.put("words " * 2000)
        shell.keys(KEY)
        shell.until("no answer in time")
        assert shell.line()[0] == "words " * 2000


def test_without_a_daemon_and_without_a_python_there_is_one_message(place: Place) -> None:
    with fish(place) as shell:
        shell.keys(b"pods in web")
        shell.line()
        shell.forget()
        shell.keys(KEY)
        assert "warning" not in shell.until("kai: kai could not be started")
        assert shell.line() == ("pods in web", 11)
        assert "warning" not in shell.seen()
        shell.keys(KILL_WHOLE)
        assert "no jobs" in shell.run("jobs")


_HOLDER = """
import os, sys, time
os.mkfifo(sys.argv[1] + "/ask.fifo")
handle = os.open(sys.argv[1] + "/ask.fifo", os.O_RDWR)
open(sys.argv[1] + "/kai.lock", "w").write(str(os.getpid()))
print(flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("how", ["killed before", "killed meanwhile", "stopped"])
def test_a_daemon_that_was_killed_or_stopped_leaves_nothing_to_hang_on(
    place: Place, how: str
) -> None:
    place.runtime.mkdir(mode=0o700)
    argv = [sys.executable, "-I", "-S", "-c", _HOLDER, str(place.runtime)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as holder, fish(place) as shell:
        assert holder.stdout is not None
        holder.stdout.readline()
        shell.keys(b"pods" + KEY)  # it is there, and says nothing
        if how == "killed meanwhile":
            time.sleep(0.3)
            holder.kill()
        shell.until("kai: ")
        shell.line()
        if how == "killed before":
            holder.kill()
            holder.wait()
        elif how == "stopped":
            os.kill(holder.pid, signal.SIGSTOP)
        shell.keys(KEY)
        shell.until("kai: ")
        assert shell.line()[0] == "pods"
        holder.kill()


@pytest.mark.parametrize(
    "fault", ["a link", "a file", "not a FIFO", "no number", "another's number"]
)
def test_what_is_not_the_fifo_of_a_daemon_of_ours_is_not_asked(place: Place, fault: str) -> None:
    with FakeFifoDaemon(place.runtime, put(PODS)) as daemon, fish(place) as shell:
        moved = place.runtime.with_name("moved")
        lock, ask = place.runtime / "kai.lock", place.runtime / "ask.fifo"
        if fault == "a link":
            place.runtime.rename(moved)
            place.runtime.symlink_to(moved)
        elif fault == "a file":
            place.runtime.rename(moved)
            place.runtime.write_text("")
        elif fault == "not a FIFO":
            ask.unlink()
            ask.write_text("")
        else:
            lock.write_text("../self\n" if fault == "no number" else "1\n")
        shell.keys(b"pods" + KEY)
        shell.until("kai could not be started")
        assert shell.line()[0] == "pods"
        assert daemon.asked == []
        if moved.exists():
            place.runtime.unlink()
            moved.rename(place.runtime)


def test_where_the_runtime_folder_has_no_daemon_the_state_folder_may(place: Place) -> None:
    place.runtime.parent.chmod(0o755)
    run = place.home / ".local" / "state" / "kai" / "run"
    run.mkdir(parents=True, mode=0o700)
    with FakeFifoDaemon(run, put(PODS)), fish(place) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS


def test_another_daemon_in_the_place_of_the_first_is_found(place: Place) -> None:
    with fish(place) as shell:
        for text in ("kubectl get pods", "kubectl get nodes"):
            with FakeFifoDaemon(place.runtime, put(text)):
                shell.put("words")
                shell.keys(KEY)
                assert shell.line()[0] == text


def test_control_characters_on_the_line_are_not_sent(place: Place, fifo: FakeFifoDaemon) -> None:
    with fish(place) as shell:
        shell.put("pods \x1b[31m")
        shell.keys(KEY)
        shell.until("control characters")
        assert shell.line()[0] == "pods \x1b[31m"
    assert fifo.asked == []


def test_in_a_locale_of_bytes_a_command_it_cannot_show_is_refused(
    place: Place, fifo: FakeFifoDaemon
) -> None:
    with fish(place, LC_ALL="C", fish_allow_singlebyte_locale="1") as shell:
        for command, line in ((PODS, PODS), ("kubectl get größe", "x"), ("a\u202eb", "x")):
            fifo.behave = put(command)
            shell.keys(KILL_WHOLE + b"x" + KEY)
            assert shell.line()[0] == line


def test_ctrl_c_stops_waiting_and_the_line_stays(place: Place, fifo: FakeFifoDaemon) -> None:
    fifo.behave = hanging()
    with fish(place) as shell:
        shell.keys(b"pods in web" + KEY)
        while not fifo.asked:
            time.sleep(0.01)
        time.sleep(0.1)
        shell.keys(b"\x03")
        assert shell.line() == ("pods in web", 11)
        fifo.behave = put(PODS)
        shell.keys(KEY)
        assert shell.line()[0] == PODS


def test_a_new_size_while_it_waits_changes_nothing(place: Place, fifo: FakeFifoDaemon) -> None:
    fifo.behave = hanging()
    with fish(place) as shell:
        shell.keys(b"pods in web" + KEY)
        while not fifo.asked:
            time.sleep(0.01)
        shell.resize(10, 40)
        shell.until("no answer in time")
        assert shell.line() == ("pods in web", 11)


def test_nothing_that_lies_there_is_taken_for_an_answer(place: Place, fifo: FakeFifoDaemon) -> None:
    fifo.behave = hanging()
    with fish(place) as shell:
        pid = shell.run("echo $fish_pid")
        for count in range(9):
            planted = Path(place.runtime, f"file.{pid}.{count}.0")
            planted.symlink_to("/nonexistent")
        shell.keys(b"pods" + KEY)
        shell.until("no answer in time")
        assert shell.line()[0] == "pods"
        for planted in place.runtime.glob("file.*"):
            planted.unlink()
