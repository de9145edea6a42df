"""Whatever the daemon does, bash gives the line back byte for byte, and says so once."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest

from tests.e2e.faults import FAULTS, LINES, random_lines
from tests.e2e.shells import KEY, KILL_WHOLE, PODS, PYTHON, Place
from tests.e2e.shells_bash import bash, written
from tests.fake_daemon import hanging, put
from tests.fake_fifo_daemon import FakeFifoDaemon

FIFO_FAULTS = {name: fault for name, fault in FAULTS.items() if name != "two lines"}
"""In a FIFO one line is the answer, and what follows belongs to nobody."""


@pytest.fixture
def daemon(place: Place) -> Iterator[FakeFifoDaemon]:
    with FakeFifoDaemon(place.runtime, put(PODS)) as running:
        yield running


@pytest.mark.parametrize(
    "command", [PODS, "kubectl get pods -l 'name=größe—日本'", "kubectl get é"]
)
def test_letters_of_every_script_are_no_fault(
    place: Place, daemon: FakeFifoDaemon, command: str
) -> None:
    daemon.behave = put(command)
    with bash(place) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line() == (command, len(command))


@pytest.mark.parametrize("fault", FIFO_FAULTS)
def test_the_line_comes_back_byte_for_byte(
    place: Place, daemon: FakeFifoDaemon, fault: str
) -> None:
    daemon.behave = FAULTS[fault]
    before = "kubectl() { echo RAN; }; rm() { echo RAN; }"
    with bash(place, before=before) as shell:
        for text in LINES:
            shell.paste(text)
            shell.keys(KEY)
            shell.until("kai: ")
            assert shell.line() == (text, len(text))
            shell.keys(KILL_WHOLE)
        daemon.behave = put(PODS)
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS, "and the next answer is good again"
        shell.keys(KILL_WHOLE)
        assert "RAN" not in shell.run("jobs")


def test_300_random_lines_come_back_from_every_fault(place: Place, daemon: FakeFifoDaemon) -> None:
    quick = [name for name in FIFO_FAULTS if not name.startswith("hangs")]
    slow = [name for name in FIFO_FAULTS if name.startswith("hangs")]
    with bash(place, before="kubectl() { echo RAN; }; rm() { echo RAN; }") as shell:
        for number, text in enumerate(random_lines(300)):
            faults = slow if number % 50 == 0 else quick
            daemon.behave = FAULTS[faults[number % len(faults)]]
            shell.paste(text)
            assert shell.line() == (text, len(text)), "this is how it arrives"
            shell.keys(KEY)
            assert shell.line() == (text, len(text)), faults[number % len(faults)]
            shell.keys(KILL_WHOLE)
        assert "RAN" not in shell.seen()
        assert shell.run("history | grep -c .; jobs") == "1", "its own line alone"


def test_a_daemon_that_reads_nothing_is_left_after_the_deadline(place: Place) -> None:
    with FakeFifoDaemon(place.runtime, hanging(), read=False), bash(place) as shell:
        shell.paste("words " * 300)
        shell.keys(KEY)
        shell.until("no answer in time")
        assert shell.line()[0] == "words " * 300


def test_without_a_daemon_and_without_a_python_there_is_one_message(place: Place) -> None:
    with bash(place) as shell:
        shell.keys(b"pods in web" + KEY)
        shell.until("kai: kai could not be started")
        assert shell.line() == ("pods in web", 11)
        assert "connection" not in shell.seen()
        shell.keys(KILL_WHOLE)
        assert shell.run("jobs") == ""


def test_in_a_locale_of_bytes_a_command_it_cannot_show_is_refused(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    with bash(place, LC_ALL="C") as shell:
        for command, line in ((PODS, PODS), ("kubectl get größe", "x"), ("a\u202eb", "x")):
            daemon.behave = put(command)
            shell.keys(KILL_WHOLE + b"x" + KEY)
            assert shell.line()[0] == line


@pytest.mark.parametrize("fault", ["open to others", "a link", "a file", "not a FIFO"])
def test_a_fifo_that_is_not_ours_alone_is_not_asked(place: Place, fault: str) -> None:
    with FakeFifoDaemon(place.runtime, put(PODS)) as daemon, bash(place) as shell:
        moved = place.runtime.with_name("moved")
        if fault == "open to others":
            place.runtime.chmod(0o755)
        elif fault == "a link":
            place.runtime.rename(moved)
            place.runtime.symlink_to(moved)
        elif fault == "a file":
            place.runtime.rename(moved)
            place.runtime.write_text("")
        else:
            (place.runtime / "ask.fifo").rename(place.runtime / "other")
            (place.runtime / "ask.fifo").write_text("")
        shell.keys(b"pods" + KEY)
        shell.until(
            "could not be started" if fault == "not a FIFO" else "no folder that is yours alone"
        )
        assert shell.line()[0] == "pods"
        assert daemon.asked == []
        if moved.exists():
            place.runtime.unlink()
            moved.rename(place.runtime)
        elif (place.runtime / "other").exists():
            (place.runtime / "other").replace(place.runtime / "ask.fifo")


def test_a_shell_whose_folder_is_made_anew_finds_it(place: Place) -> None:
    with bash(place) as shell:
        for _ in range(2):
            with FakeFifoDaemon(place.runtime, put(PODS)):
                shell.keys(b"pods" + KEY)
                assert shell.line()[0] == PODS
                shell.keys(KILL_WHOLE)
            for path in place.runtime.iterdir():
                path.unlink()
            place.runtime.rmdir()


def test_what_a_shell_left_behind_goes_when_the_next_one_begins(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    with bash(place) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        first = {path.name for path in place.runtime.iterdir()}
    assert any(name.startswith("reply.") for name in first)
    with bash(place) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        now = {path.name for path in place.runtime.iterdir()}
        assert len(now) == len(first)
        assert now != first


def test_a_daemon_that_is_dead_costs_no_waiting(place: Place) -> None:
    ended = subprocess.Popen([PYTHON, "-c", ""])
    ended.wait()
    with FakeFifoDaemon(place.runtime, put(PODS), pid=ended.pid) as daemon, bash(place) as shell:
        shell.keys(b"pods" + KEY)
        shell.until("could not be started")
        assert shell.line()[0] == "pods"
        assert daemon.asked == []


def test_an_answer_to_an_earlier_key_is_known_as_one(place: Place, daemon: FakeFifoDaemon) -> None:
    late = threading.Event()

    def behave(connection: socket.socket, _over: threading.Event) -> None:
        late.wait(20)
        connection.sendall(b"put\x1fkubectl late\x1f\n")

    daemon.behave = behave
    with bash(place) as shell:
        shell.keys(b"pods" + KEY)
        shell.until("no answer in time")
        # The second question is under way when the answer to the first one comes.
        daemon.behave = hanging()
        shell.keys(KEY)
        while len(daemon.asked) < 2:
            time.sleep(0.01)
        late.set()
        shell.until("no answer in time")
        assert shell.line()[0] == "pods"


def test_a_runtime_folder_open_to_others_is_passed_over_for_the_state_folder(
    place: Place,
) -> None:
    place.runtime.parent.chmod(0o755)
    run = place.home / ".local" / "state" / "kai" / "run"
    run.mkdir(parents=True, mode=0o700)
    run.chmod(0o700)
    with FakeFifoDaemon(run, put(PODS)), bash(place) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS


def test_when_the_file_is_gone_the_key_says_so(place: Place, daemon: FakeFifoDaemon) -> None:
    with bash(place) as shell:
        written(place).unlink()
        shell.keys(b"pods" + KEY)
        shell.until("kai init bash writes it")
        assert shell.line()[0] == "pods"
        shell.keys(b"\x02" + KEY)
        assert shell.line()[0] == "pod", "elsewhere the key works as ever"


def test_a_new_file_counts_once_it_is_loaded(place: Place, daemon: FakeFifoDaemon) -> None:
    with bash(place) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(KILL_WHOLE)
        text = written(place).read_text()
        written(place).write_text(text.replace("READLINE_LINE=$1", 'READLINE_LINE="new $1"'))
        shell.run(f"source {written(place)}")
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == f"new {PODS}"


def test_control_characters_on_the_line_are_not_sent(place: Place, daemon: FakeFifoDaemon) -> None:
    with bash(place) as shell:
        shell.keys(b"pods \x16\x1b[31m" + KEY)
        shell.until("control characters")
        assert shell.line()[0] == "pods \x1b[31m"
    assert daemon.asked == []


def test_ctrl_c_stops_waiting_and_the_line_stays(place: Place, daemon: FakeFifoDaemon) -> None:
    daemon.behave = hanging()
    with bash(place) as shell:
        shell.keys(b"pods in web" + KEY)
        while not daemon.asked:
            time.sleep(0.01)
        time.sleep(0.1)
        shell.keys(b"\x03")
        shell.until("stopped")
        assert shell.line() == ("pods in web", 11)


def test_a_new_size_while_it_waits_changes_nothing(place: Place, daemon: FakeFifoDaemon) -> None:
    daemon.behave = hanging()
    with bash(place) as shell:
        shell.keys(b"pods in web" + KEY)
        while not daemon.asked:
            time.sleep(0.01)
        shell.resize(10, 40)
        shell.until("no answer in time")
        assert shell.line() == ("pods in web", 11)
