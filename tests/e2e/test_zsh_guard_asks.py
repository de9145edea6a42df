"""Enter in a zsh with the guard on: what an answer means for the line, and a guard that does not work."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.e2e.faults import FAULTS
from tests.e2e.guarded import DELETE, RUN, confirm, guarded, said, texts
from tests.e2e.shells import KEY, KILL_WHOLE, PODS, UNDO, YANK, Place
from tests.fake_daemon import FakeDaemon, answering, hanging, put

# --- the question --------------------------------------------------------------------------------


def test_y_runs_the_line_and_it_is_asked_once(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = confirm(details="deletes the namespace\x1eand 7 pods")
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        shown = shell.until("y runs it")
        assert "DESTRUCTIVE" in shown
        assert "and 7 pods" in shown
        shell.keys("y")
        shell.until("RAN:delete namespace prod")
        assert shell.run("fc -ln -1") == DELETE, "and it is in the history as it was typed"
    assert texts(daemon)[0] == DELETE


@pytest.mark.parametrize("key", ["n", "\r", "\x1b", "\x1b[A", "\x03", "\x07", " "])
def test_any_other_key_leaves_the_line(place: Place, daemon: FakeDaemon, key: str) -> None:
    daemon.behave = confirm()
    with guarded(place) as shell:
        shell.run("true earlier")
        shell.keys(f"{DELETE}\r")
        shell.until("y runs it")
        shell.keys(key)
        time.sleep(0.1)
        assert shell.line() == (DELETE, len(DELETE))
        assert "RAN" not in shell.seen()


def test_where_a_name_is_asked_for_only_that_name_runs_the_line(
    place: Place, daemon: FakeDaemon
) -> None:
    daemon.behave = confirm("prod")
    with guarded(place) as shell:
        for typed in ("y\r", "\r", "pro\r", "prodd\r", "prod\x1b", "prod\x03", "Prod\r"):
            shell.keys(KILL_WHOLE + DELETE.encode() + b"\r")
            shell.until("type prod and Enter")
            shell.keys(typed)
            time.sleep(0.1)
            assert shell.line() == (DELETE, len(DELETE)), typed
            assert "RAN" not in shell.seen()
            shell.forget()
        shell.keys("\r")
        shell.until("type prod and Enter")
        shell.keys("prox\x7fd")
        shell.until("prod and Enter to run it, Esc leaves the line: prod")
        shell.keys("\r")
        shell.until("RAN:delete namespace prod")


def test_what_was_typed_before_the_question_is_no_answer_and_is_kept(
    place: Place, daemon: FakeDaemon
) -> None:
    daemon.behave = confirm()
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\ryprint -r typed-'ahead'\r")
        assert "RAN" not in shell.until("y runs it")
        shell.keys("y")
        assert "RAN:delete namespace prod" in shell.until("command not found: yprint")
        shell.line()
        shell.keys(f"{DELETE}\ryprint -r typed-'ahead'\r")
        shell.until("y runs it")
        shell.keys("n")
        assert shell.line()[0] == DELETE, "meant for what comes after it, so it is dropped with it"


def test_what_leaves_a_line_leaves_everything_else_too(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = said("left", "no")
    with guarded(place) as shell:
        files = "print -r -- /proc/$$/fd/*" if Path("/proc/self/fd").exists() else "print same"
        before = shell.run(files)
        shell.keys(b"keep" + KILL_WHOLE + b" (exit 7)\r")
        shell.keys(f"{DELETE}\r")
        shell.until("kai: no")
        assert shell.line() == (DELETE, len(DELETE))
        shell.keys(b"x" + UNDO)
        assert shell.line()[0] == DELETE
        shell.keys(b"\x17" * 4 + YANK)
        assert shell.line()[0] == DELETE, "the kill ring is nobody's but the user's"
        shell.keys(KILL_WHOLE + b" print status-is-$?\r")
        shell.until("status-is-7")
        assert shell.run("jobs; fc -l 1 2>/dev/null | grep -c namespace") == "0"
        assert shell.run(files) == before


def test_the_status_of_what_ran_is_its_own(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = RUN
    with guarded(place, "kubectl() { return 5 }") as shell:
        shell.keys(f"{DELETE}\r print status-is-$?\r")
        shell.until("status-is-5")


# --- a guard that does not work ------------------------------------------------------------------


@pytest.mark.parametrize("fault", [name for name in FAULTS if not name.startswith("hangs")])
def test_with_a_broken_daemon_the_line_runs_and_that_is_said_once(
    place: Place, daemon: FakeDaemon, fault: str
) -> None:
    daemon.behave = FAULTS[fault]
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        assert "kai: this line ran without its guard" in shell.until("RAN:delete namespace prod")
        shell.keys(f"{DELETE}\r")
        assert "kai:" not in shell.until("RAN:delete namespace prod")
        assert shell.run("jobs; print -r $#preexec_functions") == "0"


def test_without_a_daemon_the_line_runs(place: Place) -> None:
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        assert "kai: this line ran without its guard" in shell.until("RAN:delete namespace prod")


def test_a_daemon_that_hangs_holds_a_line_up_for_a_second(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = hanging()
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        shell.until("RAN:delete namespace prod", 5)


def test_ctrl_c_while_it_waits_leaves_the_line(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = hanging()
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        while not daemon.asked:
            time.sleep(0.01)
        time.sleep(0.1)
        shell.keys(b"\x03")
        assert shell.line()[0] == DELETE
        assert "RAN" not in shell.seen()


def test_a_panel_that_breaks_off_leaves_the_line_once(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = answering(b"wait\n")
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        shell.until("kai went away")
        assert shell.line()[0] == DELETE
        shell.keys("\r")
        shell.until("RAN:delete namespace prod")


def test_a_panel_decides(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = answering(b"wait\nwait\nleft\x1fno\n")
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        assert "RAN" not in shell.until("kai: no")
        assert shell.line()[0] == DELETE
        daemon.behave = answering(b"wait\n", b"run\n")
        shell.keys("\r")
        shell.until("RAN:delete namespace prod")


@pytest.mark.parametrize(
    "options",
    ["setopt nounset err_return warn_create_global warn_nested_var", "setopt sh_word_split ksh_arrays",
     "alias print=false local=false emulate=false zle=false", "setopt no_multibyte rc_quotes extended_glob",
     "setopt no_aliases no_unset glob_subst csh_null_glob no_bang_hist"],
)  # fmt: skip
def test_the_options_and_aliases_of_the_user_change_nothing(
    place: Place, daemon: FakeDaemon, options: str
) -> None:
    daemon.behave = put(PODS)
    with guarded(place, options) as shell:
        shell.keys(b"pods in web" + KEY)
        assert shell.line()[0] == PODS
        daemon.behave = confirm()
        shell.keys("\r")
        shell.until("y runs it")
        shell.keys("y")
        shell.until("RAN")
    assert texts(daemon) == [PODS]
