"""Enter in a fish with the guard on: which lines are asked about, and what an answer means."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.faults import FAULTS
from tests.e2e.guarded import DELETE, RUN, confirm, said
from tests.e2e.shells import KEY, KILL_WHOLE, PODS, PYTHON, UNDO, YANK, Place
from tests.e2e.shells_fish import KUBECTL, FishPty, fish
from tests.fake_daemon import answering, hanging, put
from tests.fake_fifo_daemon import FakeFifoDaemon

_ABBR = "abbr -a k kubectl; abbr -a kd 'kubectl delete'; abbr -a ga git add"


@pytest.fixture
def fifo(place: Place) -> Iterator[FakeFifoDaemon]:
    with FakeFifoDaemon(place.runtime, RUN) as running:
        yield running


def guarded(place: Place, before: str = "", after: str = "", **env: str) -> FishPty:
    return fish(place, before=f"{KUBECTL}\n{before}", after=after, guard=True, python=PYTHON, **env)  # type: ignore[arg-type]


def texts(fifo: FakeFifoDaemon) -> list[str]:
    return [asked[-1] for asked in fifo.asked if asked[1] == "guard"]


# --- who is asked --------------------------------------------------------------------------------


def test_without_the_guard_enter_asks_nobody(place: Place, fifo: FakeFifoDaemon) -> None:
    with fish(place, before=KUBECTL) as shell:
        shell.keys(f"{DELETE}\r")
        shell.until("RAN:delete namespace prod")
    assert fifo.asked == []


def test_a_line_without_kubectl_asks_nobody(place: Place, fifo: FakeFifoDaemon) -> None:
    mine = "alias ll 'ls -l'; function kk; kubectl delete x; end; abbr -a gs git status"
    with guarded(place, mine) as shell:
        shell.keys("\r   \r")
        for line in ("echo one  two", "ll /nowhere 2>/dev/null", "echo kube", "type kk"):
            shell.run(line)
    assert fifo.asked == []


def test_the_request_has_the_line_its_aliases_and_the_place(
    place: Place, fifo: FakeFifoDaemon
) -> None:
    mine = "alias k=kubectl; alias kd 'k delete'; alias other kubectl; set -gx KUBECONFIG /c"
    with guarded(place, mine) as shell:
        shell.run(f"cd {place.home}")
        shell.keys("kd pod 'a  b'\r")
        shell.until("RAN:delete pod a  b")
    (asked,) = fifo.asked
    assert (asked[:3], asked[3][:5]) == (["1", "guard", "fish"], "/dev/")
    assert asked[4:7] == ["100", str(place.home), "/c"]
    assert "TERM=xterm-256color\n" in asked[7]
    assert sorted(asked[8].split("\n")) == ["k=kubectl", "kd=k delete"]
    assert asked[9] == "kd pod 'a  b'"


def test_abbreviations_are_what_they_stand_for_and_are_expanded_as_ever(
    place: Place, fifo: FakeFifoDaemon
) -> None:
    with guarded(place, _ABBR) as shell:
        shell.keys("kd pod x\r")
        shell.until("RAN:delete pod x")
        shell.keys("k\r")
        shell.until("RAN:")
        assert shell.run("history --max 1") == "kubectl"
    # The first one is expanded by the blank behind it.
    assert [asked[-2:] for asked in fifo.asked] == [
        ["", "kubectl delete pod x"],
        ["k=kubectl", "k"],
    ]


@pytest.mark.parametrize(
    "line",
    ["kubectl get pods", "sudo kubectl delete pod x", "time kubectl delete pod x",
     "env C=d kubectl delete pod x", "echo x | kubectl apply -f -", "echo (kubectl delete pod x)",
     "true; and begin; kubectl delete pod x; end", "for i in 1 2; kubectl delete pod $i; end",
     "echo 'kubectl' \"größe\" # end"],
)  # fmt: skip
def test_wherever_kubectl_stands_the_line_is_judged_as_it_is(
    place: Place, fifo: FakeFifoDaemon, line: str
) -> None:
    fifo.behave = said("left", "no")
    with guarded(place) as shell:
        shell.put(line)
        shell.keys("\r")
        shell.until("kai: no")
        assert shell.line() == (line, len(line))
        assert "RAN" not in shell.seen()
    assert texts(fifo) == [line]


def test_a_line_in_several_lines_is_judged_when_it_ends(place: Place, fifo: FakeFifoDaemon) -> None:
    with guarded(place) as shell:
        for first, rest in (
            ("for i in 1 2; kubectl delete pod $i", "end"),
            ("kubectl delete pod 'a", "b'"),
            ("kubectl delete \\", "pod x"),
            ("kubectl get pods |", "cat"),
            ("if kubectl get x", "kubectl delete x; end"),
        ):
            shell.forget()
            fifo.asked.clear()
            shell.keys(f"{first}\r")
            shell.line()
            assert texts(fifo) == [], "it only goes on"
            shell.keys(f"{rest}\r")
            shell.until("RAN")
            shell.line()
            assert [" ".join(text.split()) for text in texts(fifo)] == [
                " ".join(f"{first}\n{rest}".split())
            ]


def test_what_read_asks_for_is_no_command(place: Place, fifo: FakeFifoDaemon) -> None:
    with guarded(place) as shell:
        shell.keys("read -P 'TEXT> ' x; echo got:$x\r")
        shell.until("TEXT> ")
        shell.keys(f"echo {DELETE}\r")
        shell.until(f"got:echo {DELETE}")


# --- the question --------------------------------------------------------------------------------


def test_y_runs_the_line_and_it_is_asked_once(place: Place, fifo: FakeFifoDaemon) -> None:
    fifo.behave = confirm(details="deletes the namespace\x1eand 7 pods")
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        shown = shell.until("y runs it")
        assert "DESTRUCTIVE" in shown
        assert "and 7 pods" in shown
        shell.keys("y")
        shell.until("RAN:delete namespace prod")
        assert shell.run("history --max 1") == DELETE, "it is in the history as it was typed"
    assert texts(fifo) == [DELETE]


@pytest.mark.parametrize("key", ["n", "\r", "\x03", " "])
def test_any_other_key_leaves_the_line(place: Place, fifo: FakeFifoDaemon, key: str) -> None:
    fifo.behave = confirm()
    with guarded(place) as shell:
        shell.run("true earlier")
        shell.keys(f"{DELETE}\r")
        shell.until("y runs it")
        time.sleep(0.1)
        shell.keys(key)
        time.sleep(0.2)
        assert shell.line() == (DELETE, len(DELETE))
        assert "RAN" not in shell.seen()


def test_where_a_name_is_asked_for_only_that_name_runs_the_line(
    place: Place, fifo: FakeFifoDaemon
) -> None:
    fifo.behave = confirm("prod")
    with guarded(place) as shell:
        for typed in ("y\r", "\r", "pro\r", "prodd\r", "prod\x03", "Prod\r"):
            shell.keys(KILL_WHOLE + DELETE.encode() + b"\r")
            shell.until("type prod and Enter")
            time.sleep(0.1)
            shell.keys(typed)
            time.sleep(0.2)
            assert shell.line() == (DELETE, len(DELETE)), typed
            assert "RAN" not in shell.seen()
            shell.forget()
        shell.keys("\r")
        shell.until("type prod and Enter")
        shell.keys("prox\x7fd\r")
        shell.until("RAN:delete namespace prod")


def test_what_was_typed_before_the_question_is_no_answer(
    place: Place, fifo: FakeFifoDaemon
) -> None:
    fifo.behave = confirm()
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\ry")
        shell.until("kai: this line needs a yes")
        assert shell.line()[0] == f"{DELETE}y", "who went on typing goes on typing"
        assert "RAN" not in shell.seen()


def test_what_leaves_a_line_leaves_everything_else_too(place: Place, fifo: FakeFifoDaemon) -> None:
    fifo.behave = said("left", "no")
    with guarded(place) as shell:
        files = "echo /proc/$fish_pid/fd/*"
        before = shell.run(files)
        shell.keys(b"keep" + KILL_WHOLE + b" sh -c 'exit 7'\r")
        shell.keys(f"{DELETE}\r")
        shell.until("kai: no")
        assert shell.line() == (DELETE, len(DELETE))
        shell.keys(b"x" + UNDO)
        assert shell.line()[0] == DELETE
        shell.keys(KILL_WHOLE + YANK)
        assert shell.line()[0] == DELETE
        shell.keys(KILL_WHOLE + b" echo status-is-$status\r")
        shell.until("status-is-7")
        assert "no jobs" in shell.run("jobs; history search --contains namespace")
        assert shell.run(files) == before


# --- a guard that does not work ------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [name for name in FAULTS if not name.startswith("hangs") and name != "goes away"]
)
def test_with_a_broken_daemon_the_line_runs_and_that_is_said_once(
    place: Place, fifo: FakeFifoDaemon, fault: str
) -> None:
    fifo.behave = FAULTS[fault]
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        assert "kai: this line ran without its guard" in shell.until("RAN:delete namespace prod")
        shell.keys(f"{DELETE}\r")
        assert "kai:" not in shell.until("RAN:delete namespace prod")
        assert "no jobs" in shell.run("jobs")


def test_without_a_daemon_the_line_runs(place: Place) -> None:
    with fish(place, before=KUBECTL, guard=True) as shell:
        shell.keys(f"{DELETE}\r")
        assert "kai: this line ran without its guard" in shell.until("RAN:delete namespace prod")


def test_a_daemon_that_hangs_holds_a_line_up_for_a_second(
    place: Place, fifo: FakeFifoDaemon
) -> None:
    fifo.behave = hanging()
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        shell.until("RAN:delete namespace prod", 5)


def test_ctrl_c_while_it_waits_leaves_the_line(place: Place, fifo: FakeFifoDaemon) -> None:
    fifo.behave = hanging()
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        while not fifo.asked:
            time.sleep(0.01)
        time.sleep(0.1)
        shell.keys(b"\x03")
        assert shell.line()[0] == DELETE
        assert "RAN" not in shell.seen()


def test_a_panel_that_breaks_off_leaves_the_line_once(place: Place, fifo: FakeFifoDaemon) -> None:
    fifo.behave = answering(b"wait\n")
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        shell.until("kai went away")
        assert shell.line()[0] == DELETE
        shell.keys("\r")
        shell.until("RAN:delete namespace prod")


def test_a_panel_decides(place: Place, fifo: FakeFifoDaemon) -> None:
    fifo.behave = answering(b"wait\nwait\nleft\x1fno\n")
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\r")
        assert "RAN" not in shell.until("kai: no")
        assert shell.line()[0] == DELETE
        fifo.behave = answering(b"wait\n", b"run\n")
        shell.keys("\r")
        shell.until("RAN:delete namespace prod")


# --- switches, other bindings --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guard", "env", "later", "asked"),
    [
        (False, {"KAI_GUARD": "1"}, "true", True),
        (True, {"KAI_GUARD": "0"}, "true", False),
        (True, {"KAI_DISABLE": "1"}, "true", False),
        (True, {}, "set -g KAI_GUARD 0", False),
        (True, {}, "set -g KAI_DISABLE 1", False),
    ],
)
def test_the_switches(
    place: Place, fifo: FakeFifoDaemon, guard: bool, env: dict[str, str], later: str, asked: bool
) -> None:
    with fish(place, before=KUBECTL, guard=guard, **env) as shell:  # type: ignore[arg-type]
        shell.run(later)
        shell.keys(f"{DELETE}\r")
        shell.until("RAN")
    assert (texts(fifo) == [DELETE]) is asked


def test_in_vi_enter_is_guarded_in_both_keymaps(place: Place, fifo: FakeFifoDaemon) -> None:
    fifo.behave = said("left", "no")
    with guarded(place, after="set -g fish_key_bindings fish_vi_key_bindings") as shell:
        shell.keys(f"{DELETE}\r")
        shell.until("kai: no")
        shell.keys(b"\x1b")
        time.sleep(0.3)
        shell.keys("\r")
        shell.until("kai: no")
        assert shell.line()[0] == DELETE
    assert texts(fifo) == [DELETE, DELETE]


def test_what_the_user_had_on_enter_is_what_runs_the_line(
    place: Place, fifo: FakeFifoDaemon
) -> None:
    mine = r"bind \r 'set -g ENTERED yes; commandline -f execute'"
    with guarded(place, mine, f"source {place.script.with_suffix('.fish')}") as shell:
        shell.keys(f"{DELETE}\r")
        shell.until("RAN:delete namespace prod")
        assert shell.run("echo $ENTERED") == "yes"
    assert texts(fifo) == [DELETE]


def test_the_list_of_completions_gets_its_enter(place: Place, fifo: FakeFifoDaemon) -> None:
    with guarded(place, "complete -e kubectl; complete -c kubectl -f -a 'aaa1 aaa2'") as shell:
        shell.keys("kubectl aaa\t")
        shell.until("aaa2")
        shell.keys("\t\r")
        time.sleep(0.2)
        assert texts(fifo) == []


def test_the_key_that_rewrites_and_enter_work_together(place: Place, fifo: FakeFifoDaemon) -> None:
    fifo.behave = put(PODS, "a remark")
    with guarded(place) as shell:
        shell.keys(b"pods in web" + KEY)
        assert shell.line()[0] == PODS
        fifo.behave = RUN
        shell.keys("\r")
        shell.until("RAN:get pods --namespace=web")
    assert texts(fifo) == [PODS]
    assert not list(Path(place.home).glob("kubectl*"))
