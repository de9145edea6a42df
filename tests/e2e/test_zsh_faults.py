"""Whatever the daemon does, zsh gives the line back byte for byte, and says so once."""

from __future__ import annotations

import time

import pytest

from tests.e2e.faults import FAULTS, LINES, random_lines
from tests.e2e.shells import KEY, KILL_BUFFER, KILL_WHOLE, PODS, Place, zsh
from tests.fake_daemon import FakeDaemon, answering, hanging, put


@pytest.mark.parametrize(
    "command", [PODS, "kubectl get pods -l 'name=größe—日本'", "kubectl get é"]
)
def test_letters_of_every_script_are_no_fault(
    place: Place, daemon: FakeDaemon, command: str
) -> None:
    daemon.behave = put(command)
    with zsh(place) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line() == (command, len(command))


@pytest.mark.parametrize("fault", FAULTS)
def test_the_line_comes_back_byte_for_byte(place: Place, daemon: FakeDaemon, fault: str) -> None:
    daemon.behave = FAULTS[fault]
    before = "kubectl() { print RAN }; rm() { print RAN }"
    with zsh(place, before=before) as shell:
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


def test_300_random_lines_come_back_from_every_fault(place: Place, daemon: FakeDaemon) -> None:
    every = FAULTS | {
        "ends in a panel": answering(b"wait\n"),
        "garbage from a panel": answering(b"wait\nwait\n\x1b[2J\n"),
        "a panel that is left": answering(b"wait\nleft\x1f\n"),
    }
    quick = [name for name in every if not name.startswith("hangs")]
    slow = [name for name in every if name.startswith("hangs")]
    with zsh(place, before="kubectl() { print RAN }; rm() { print RAN }") as shell:
        for number, text in enumerate(random_lines(300)):
            faults = slow if number % 50 == 0 else quick
            daemon.behave = every[faults[number % len(faults)]]
            shell.paste(text)
            assert shell.line() == (text, len(text)), "this is how it arrives"
            shell.keys(KEY)
            assert shell.line() == (text, len(text)), faults[number % len(faults)]
            shell.keys(KILL_BUFFER)
        assert "RAN" not in shell.seen()
        assert shell.run("fc -l 1 2>/dev/null; jobs") == ""


def test_a_daemon_that_reads_nothing_is_left_after_the_deadline(place: Place) -> None:
    with FakeDaemon(place.runtime, hanging(), read=False), zsh(place) as shell:
        shell.paste("words " * 3000)
        shell.keys(KEY)
        shell.until("no answer in time")
        assert shell.line()[0] == "words " * 3000


def test_without_a_daemon_and_without_a_python_there_is_one_message(place: Place) -> None:
    with zsh(place) as shell:
        shell.keys(b"pods in web" + KEY)
        shell.until("kai: kai could not be started")
        assert shell.line() == ("pods in web", 11)
        assert "connection" not in shell.seen()
        shell.keys(KILL_WHOLE)
        assert shell.run("jobs") == ""


def test_in_a_locale_of_bytes_a_command_it_cannot_show_is_refused(
    place: Place, daemon: FakeDaemon
) -> None:
    with zsh(place, LC_ALL="C") as shell:
        for command, line in ((PODS, PODS), ("kubectl get größe", "x"), ("a\u202eb", "x")):
            daemon.behave = put(command)
            shell.keys(KILL_WHOLE + b"x" + KEY)
            assert shell.line()[0] == line


@pytest.mark.parametrize("fault", ["open to others", "a link", "a file", "not a socket"])
def test_a_socket_that_is_not_ours_alone_is_not_asked(place: Place, fault: str) -> None:
    with FakeDaemon(place.runtime, put(PODS)) as daemon, zsh(place) as shell:
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
            (place.runtime / "kai.sock").rename(place.runtime / "other")
            (place.runtime / "kai.sock").write_text("")
        shell.keys(b"pods" + KEY)
        shell.until("kai could not be started")
        assert shell.line()[0] == "pods"
        assert daemon.asked == []
        if moved.exists():
            place.runtime.unlink()
            moved.rename(place.runtime)
        elif (place.runtime / "other").exists():
            (place.runtime / "other").replace(place.runtime / "kai.sock")


def test_no_open_folder_is_used(place: Place) -> None:
    """One that others may enter is passed over for the state folder. (The name is short: it is a
    part of the socket's path, which has room for 107 bytes.)"""
    place.runtime.parent.chmod(0o755)
    run = place.home / ".local" / "state" / "kai" / "run"
    run.mkdir(parents=True, mode=0o700)
    run.chmod(0o700)
    with FakeDaemon(run, put(PODS)), zsh(place) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS


def test_when_the_file_is_gone_the_key_says_so(place: Place, daemon: FakeDaemon) -> None:
    with zsh(place) as shell:
        place.script.unlink()
        shell.keys(b"pods" + KEY)
        shell.until("kai init zsh writes it")
        assert shell.line()[0] == "pods"
        shell.keys(b"\x02" + KEY)
        assert shell.line()[0] == "pod", "elsewhere the key works as ever"


def test_a_new_file_counts_once_it_is_loaded(place: Place, daemon: FakeDaemon) -> None:
    with zsh(place) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(KILL_WHOLE)
        text = place.script.read_text()
        place.script.write_text(text.replace("BUFFER=$1", 'BUFFER="new $1"'))
        shell.run(f"source {place.script}")
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == f"new {PODS}"


def test_control_characters_on_the_line_are_not_sent(place: Place, daemon: FakeDaemon) -> None:
    with zsh(place) as shell:
        shell.keys(b"pods \x16\x1b[31m" + KEY)
        shell.until("control characters")
        assert shell.line()[0] == "pods \x1b[31m"
    assert daemon.asked == []


def test_ctrl_c_stops_waiting_and_the_line_stays(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = hanging()
    with zsh(place) as shell:
        shell.keys(b"pods in web" + KEY)
        while not daemon.asked:
            time.sleep(0.01)
        time.sleep(0.1)
        shell.keys(b"\x03")
        shell.until("stopped")
        assert shell.line() == ("pods in web", 11)


def test_a_new_size_while_it_waits_changes_nothing(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = hanging()
    with zsh(place) as shell:
        shell.keys(b"pods in web" + KEY)
        while not daemon.asked:
            time.sleep(0.01)
        shell.resize(10, 40)
        shell.until("no answer in time")
        assert shell.line() == ("pods in web", 11)
