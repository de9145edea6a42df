"""Enter in a bash with the guard on: who is asked, what an answer means, and a guard that is broken."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.faults import FAULTS
from tests.e2e.guarded import DELETE, RUN, confirm, said
from tests.e2e.shells import KEY, KILL_WHOLE, PODS, YANK, Place
from tests.e2e.shells_bash import bash
from tests.fake_daemon import answering, hanging, put
from tests.fake_fifo_daemon import FakeFifoDaemon
from tests.shell_pty import ShellPty

KUBECTL = 'kubectl() { printf \'RAN:%s\\n\' "$*"; }; sudo() { eval "$*"; }'


@pytest.fixture
def daemon(place: Place) -> Iterator[FakeFifoDaemon]:
    with FakeFifoDaemon(place.runtime, put(PODS)) as running:
        yield running


def guarded(place: Place, before: str = "", after: str = "", **env: str) -> ShellPty:
    """A bash with the guard on and a kubectl that only says what it was asked."""
    return bash(place, before=f"{KUBECTL}; {before}", after=after, guard=True, **env)  # type: ignore[arg-type]


def texts(daemon: FakeFifoDaemon) -> list[str]:
    """The lines that the guard was asked about."""
    return [asked[-1] for asked in daemon.asked if asked[1] == "guard"]


# --- who is asked --------------------------------------------------------------------------------


def test_without_the_guard_enter_asks_nobody(place: Place, daemon: FakeFifoDaemon) -> None:
    with bash(place, before=KUBECTL) as shell:
        shell.keys(f"{DELETE}\r")
        shell.until("RAN:delete namespace prod")
    assert daemon.asked == []


def test_a_line_without_kubectl_asks_nobody(place: Place, daemon: FakeFifoDaemon) -> None:
    aliases = "alias ll='ls -l' ls='ls --color'; kk() { kubectl delete x; }"
    with guarded(place, aliases) as shell:
        shell.keys("\r   \r")
        for line in ("echo one  two", "ll /nowhere 2>/dev/null", "echo kube", "type kk >/dev/null"):
            shell.run(line)
        assert shell.run("echo one") == "one"
    assert daemon.asked == []


def test_the_request_has_the_line_its_aliases_and_the_place(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    daemon.behave = RUN
    aliases = "alias k=kubectl kd='k delete' other=kubectl; export KUBECONFIG=/c"
    with guarded(place, aliases) as shell:
        shell.run(f"cd {place.home}")
        shell.keys("kd pod 'a  b'\r")
        shell.until("RAN:delete pod a  b")
    (asked,) = daemon.asked
    assert (asked[:3], asked[3][:5]) == (["1", "guard", "bash"], "/dev/")
    assert asked[4:7] == ["100", str(place.home), "/c"]
    assert "TERM=xterm-256color\n" in asked[7]
    assert sorted(asked[8].split("\n")) == ["k=kubectl", "kd=k delete"]
    assert asked[9] == "kd pod 'a  b'"


@pytest.mark.parametrize(
    "line",
    ["kubectl get pods", "  kubectl get pods", "sudo kubectl delete pod x", "time kubectl delete pod x",
     "A=b env C=d kubectl delete pod x", "echo x | kubectl apply -f -", "echo $(kubectl delete pod x)",
     "true && { kubectl delete pod x; }", "for i in 1 2; do kubectl delete pod $i; done",
     "/usr/bin/kubectl version >/dev/null 2>&1", "echo 'kubectl' \"größe\" # end",
     "kubectl get pods\nkubectl delete pod x"],
)  # fmt: skip
def test_wherever_kubectl_stands_the_line_is_judged_as_it_is(
    place: Place, daemon: FakeFifoDaemon, line: str
) -> None:
    daemon.behave = confirm()
    with guarded(place) as shell:
        shell.paste(line)
        shell.keys("\r")
        shell.until("y runs it")
        shell.keys(b"\x07")
        assert shell.line() == (line, len(line))
        assert "RAN" not in shell.seen()
    assert texts(daemon) == [line, line], "first with the line wiped, then for a panel below it"


def test_a_command_over_several_lines_is_judged_when_it_ends(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    daemon.behave = said("left", "no")
    with guarded(place, "PS2='MORE> '") as shell:
        shell.keys("kubectl delete \\\r")
        shell.until("MORE> ")
        assert texts(daemon) == []
        shell.keys("pod x\r")
        shell.until("kai: no")
        assert shell.line()[0] == "pod x"
        assert texts(daemon) == ["kubectl delete pod x"]
        shell.keys("\r")
        shell.until("kai: no")
        assert shell.line()[0] == "pod x", "and again, as the whole it is a part of"
        assert texts(daemon) == ["kubectl delete pod x"] * 2
        shell.seen()
        shell.forget()
        shell.keys(b"\x03")
        shell.seen()
        shell.forget()
        assert shell.run("echo free") == "free"


def test_a_continued_line_that_was_given_up_is_forgotten(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    daemon.behave = said("left", "no")
    with guarded(place, "PS2='MORE> '") as shell:
        shell.keys("kubectl delete \\\r")
        shell.until("MORE> ")
        shell.seen()  # bash itself sees a Ctrl-C late that comes while it paints
        shell.forget()
        shell.keys(b"\x03")
        shell.until("READY> ")
        assert shell.run("echo free") == "free"
    assert texts(daemon) == []


@pytest.mark.parametrize("switch", ["KAI_DISABLE=1", "KAI_GUARD=0"])
def test_the_guard_can_be_switched_off_in_a_shell(
    place: Place, daemon: FakeFifoDaemon, switch: str
) -> None:
    with guarded(place) as shell:
        shell.run(switch)
        shell.keys(f"{DELETE}\r")
        shell.until("RAN:delete namespace prod")
    assert daemon.asked == []


def test_the_guard_can_be_switched_on_for_a_shell(place: Place, daemon: FakeFifoDaemon) -> None:
    daemon.behave = said("left", "no")
    with bash(place, before=KUBECTL, KAI_GUARD="1") as shell:
        shell.keys(f"{DELETE}\r")
        shell.until("kai: no")
        assert shell.line()[0] == DELETE


@pytest.mark.parametrize("mode", ["emacs", "vi"])
@pytest.mark.parametrize("key", ["\r", "\n"])
def test_enter_is_guarded_in_every_keymap_and_by_both_its_keys(
    place: Place, daemon: FakeFifoDaemon, key: str, mode: str
) -> None:
    daemon.behave = said("left", "no")
    with guarded(place, after=f"set -o {mode}; bind 'set keyseq-timeout 50'") as shell:
        shell.keys(DELETE + key)
        shell.until("kai: no")
        if mode == "vi":
            shell.keys("\x1b")
            time.sleep(0.2)
            shell.keys(key)
            shell.until("kai: no")
        assert shell.line()[0] == DELETE


def test_after_a_search_in_the_history_enter_is_guarded_too(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    daemon.behave = RUN
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        shell.until("RAN")
        shell.line()
        daemon.behave = said("left", "no")
        shell.keys("\x12namespace\r")
        shell.until("kai: no")
        assert shell.line()[0] == DELETE


def test_in_a_line_that_a_program_reads_enter_is_enter(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    with guarded(place, "f() { local x; read -e x; printf 'got-%s\\n' \"$x\"; }") as shell:
        shell.keys("f\r")
        shell.seen()
        shell.keys("kubectl delete x\r")
        shell.until("got-kubectl delete x")
    assert daemon.asked == []


# --- the question --------------------------------------------------------------------------------


def test_y_runs_the_line_and_it_is_in_the_history_as_typed(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    daemon.behave = confirm(details="deletes the namespace\x1eand 7 pods")
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        shown = shell.until("y runs it")
        assert "DESTRUCTIVE" in shown
        assert "and 7 pods" in shown
        shell.keys("y")
        shell.until("RAN:delete namespace prod")
        shell.line()
        shell.keys("\x10")
        assert shell.line()[0] == DELETE


@pytest.mark.parametrize("key", ["n", "\r", "\x1b", "\x1b[A", "\x03", "\x07", " "])
def test_any_other_key_leaves_the_line(place: Place, daemon: FakeFifoDaemon, key: str) -> None:
    daemon.behave = confirm()
    with guarded(place) as shell:
        shell.run("true earlier")
        shell.keys(f"{DELETE}\r")
        shell.until("y runs it")
        shell.keys(key)
        time.sleep(0.3)
        assert shell.line() == (DELETE, len(DELETE))
        assert "RAN" not in shell.seen()


def test_where_a_name_is_asked_for_only_that_name_runs_the_line(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    daemon.behave = confirm("prod")
    with guarded(place) as shell:
        for typed in ("y\r", "\r", "pro\r", "prodd\r", "prod\x1b", "prod\x03", "Prod\r"):
            shell.keys(KILL_WHOLE + DELETE.encode() + b"\r")
            shell.until("type prod and Enter")
            shell.keys(typed)
            time.sleep(0.3)
            assert shell.line() == (DELETE, len(DELETE)), typed
            assert "RAN" not in shell.seen()
            shell.forget()
        shell.keys("\r")
        shell.until("type prod and Enter")
        shell.keys("prox\x7fd\r")
        shell.until("RAN:delete namespace prod")


def test_what_was_typed_before_the_question_is_no_answer_and_is_kept(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    daemon.behave = confirm()
    with guarded(place, 'y() { echo Y-"$*"; }') as shell:
        shell.keys(f"{DELETE}\ry \"typed\" 'a\\head'\r")
        assert "RAN" not in shell.until("y runs it")
        shell.keys("y")
        assert "RAN:delete namespace prod" in shell.until("Y-typed a\\head")
        shell.line()
        shell.keys(f"{DELETE}\recho typed-'ahead'\r")
        shell.until("y runs it")
        shell.keys("n")
        assert shell.line()[0] == DELETE, "meant for what comes after it, so it is dropped with it"


def test_what_leaves_a_line_leaves_everything_else_too(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    daemon.behave = said("left", "no")
    with guarded(place) as shell:
        files = "echo /proc/$$/fd/*" if Path("/proc/self/fd").exists() else "echo same"
        before = shell.run(files)
        shell.keys(b"keep" + KILL_WHOLE + b" (exit 7)\r")
        shell.keys(f"{DELETE}\r")
        shell.until("kai: no")
        assert shell.line() == (DELETE, len(DELETE))
        shell.keys(b"\x17" * 4 + YANK)
        assert shell.line()[0] == DELETE, "the kill ring is nobody's but the user's"
        shell.keys(KILL_WHOLE + b" echo status-is-$?\r")
        shell.until("status-is-7")
        assert shell.run("jobs; history | grep -c name[s]pace") == "0"
        assert shell.run(files) == before


def test_the_status_of_what_ran_is_its_own(place: Place, daemon: FakeFifoDaemon) -> None:
    daemon.behave = RUN
    with guarded(place, "kubectl() { return 5; }") as shell:
        shell.keys(f"{DELETE}\r echo status-is-$?\r")
        shell.until("status-is-5")


# --- a guard that does not work ------------------------------------------------------------------

QUICK = [name for name in FAULTS if not name.startswith(("hangs", "goes away"))]


@pytest.mark.parametrize("fault", QUICK)
def test_with_a_broken_daemon_the_line_runs_and_that_is_said_once(
    place: Place, daemon: FakeFifoDaemon, fault: str
) -> None:
    daemon.behave = FAULTS[fault]
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        assert "kai: this line ran without its guard" in shell.until("RAN:delete namespace prod")
        shell.line()
        shell.forget()
        shell.keys(f"{DELETE}\r")
        assert "kai:" not in shell.until("RAN:delete namespace prod")
        assert shell.run("jobs; trap -p") == ""


def test_without_a_daemon_the_line_runs(place: Place) -> None:
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        assert "kai: this line ran without its guard" in shell.until("RAN:delete namespace prod")


def test_without_a_folder_for_the_daemon_the_line_runs(place: Place) -> None:
    place.runtime.write_text("a file")
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        assert "kai: this line ran without its guard" in shell.until("RAN:delete namespace prod")


def test_a_daemon_that_hangs_holds_a_line_up_for_a_second(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    daemon.behave = hanging()
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        shell.until("RAN:delete namespace prod", 5)


def test_ctrl_c_while_it_waits_leaves_the_line(place: Place, daemon: FakeFifoDaemon) -> None:
    daemon.behave = hanging()
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        while not daemon.asked:
            time.sleep(0.01)
        time.sleep(0.1)
        shell.keys(b"\x03")
        shell.until("stopped")
        assert shell.line()[0] == DELETE
        assert "RAN" not in shell.seen()


def test_a_panel_that_breaks_off_leaves_the_line_once(place: Place, daemon: FakeFifoDaemon) -> None:
    daemon.behave = answering(b"wait\n")
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        shell.until("kai went away")
        assert shell.line()[0] == DELETE
        shell.keys("\r")
        shell.until("RAN:delete namespace prod")


def test_a_panel_decides(place: Place, daemon: FakeFifoDaemon) -> None:
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
    ["set -eu", "set -f; shopt -s nocasematch extglob failglob; IFS=kube", "set -o posix",
     "alias trap=false local=false read=false bind=false exec=false", "set +H; TMOUT=100"],
)  # fmt: skip
def test_the_options_and_aliases_of_the_user_change_nothing(
    place: Place, daemon: FakeFifoDaemon, options: str
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
    assert set(texts(daemon)) == {PODS}
