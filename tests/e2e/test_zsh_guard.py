"""Enter in a zsh with the guard on: which lines are asked about, and what an answer means for them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.e2e.faults import FAULTS
from tests.e2e.shells import KEY, KILL_WHOLE, PODS, UNDO, YANK, Place, zsh
from tests.fake_daemon import Behaviour, FakeDaemon, answering, hanging, put
from tests.shell_pty import ShellPty

DELETE = "kubectl delete namespace prod"
KUBECTL = "kubectl() { print -r RAN:$* }; sudo() { eval $* }; date() { print now }"


def said(*fields: str) -> Behaviour:
    return answering("\x1f".join(fields).encode() + b"\n")


def confirm(word: str = "", details: str = "deletes all of it", tier: str = "destructive") -> bytes:
    return "\x1f".join(["confirm", tier, word, details]).encode() + b"\n"


RUN = answering(b"run\n")


def guarded(place: Place, before: str = "", after: str = "", **env: str) -> ShellPty:
    return zsh(place, before=f"{KUBECTL}; {before}", after=after, guard=True, **env)


def texts(daemon: FakeDaemon) -> list[str]:
    return [asked[-1] for asked in daemon.asked if asked[1] == "guard"]


# --- who is asked --------------------------------------------------------------------------------


def test_without_the_guard_enter_asks_nobody(place: Place, daemon: FakeDaemon) -> None:
    with zsh(place, before=KUBECTL) as shell:
        shell.keys(f"{DELETE}\r")
        shell.until("RAN:delete namespace prod")
    assert daemon.asked == []


def test_a_line_without_kubectl_asks_nobody(place: Place, daemon: FakeDaemon) -> None:
    aliases = "alias ll='ls -l' ls='ls --color' -g L='| less'; kk() { kubectl delete x }"
    with guarded(place, aliases) as shell:
        shell.keys("\r   \r")
        for line in (
            "print -r one  two",
            "ll /nowhere 2>/dev/null",
            "print kube",
            "type kk",
            "ls &",
        ):
            assert "print -r" not in shell.run(line)
    assert daemon.asked == []


def test_the_request_has_the_line_its_aliases_and_the_place(
    place: Place, daemon: FakeDaemon
) -> None:
    daemon.behave = RUN
    with guarded(
        place, "alias k=kubectl kd='k delete' other=kubectl; export KUBECONFIG=/c"
    ) as shell:
        shell.run(f"cd {place.home}")
        shell.keys("kd pod 'a  b'\r")
        shell.until("RAN:delete pod a  b")
    (asked,) = daemon.asked
    assert (asked[:3], asked[3][:5]) == (["1", "guard", "zsh"], "/dev/")
    assert asked[4:7] == ["100", str(place.home), "/c"]
    assert "TERM=xterm-256color\n" in asked[7]
    assert sorted(asked[8].split("\n")) == ["k=kubectl", "kd=k delete"]
    assert asked[9] == "kd pod 'a  b'"


@pytest.mark.parametrize(
    "line",
    ["kubectl get pods", "  kubectl get pods", "sudo kubectl delete pod x", "time kubectl delete pod x",
     "A=b env C=d kubectl delete pod x", "print x | kubectl apply -f -", "print $(kubectl delete pod x)",
     "true && { kubectl delete pod x }", "for i in 1 2; do kubectl delete pod $i; done",
     "/usr/bin/kubectl version >/dev/null 2>&1", "print 'kubectl' \"größe\" # end"],
)  # fmt: skip
def test_wherever_kubectl_stands_the_line_is_judged_as_it_is(
    place: Place, daemon: FakeDaemon, line: str
) -> None:
    daemon.behave = answering(confirm())
    with guarded(place, "setopt interactive_comments") as shell:
        shell.paste(line)
        shell.keys("\r")
        shell.until("y runs it")
        shell.keys(b"\x07")
        assert shell.line() == (line, len(line))
        assert "RAN" not in shell.seen()
    assert texts(daemon) == [line]


@pytest.mark.parametrize(
    ("line", "aliases", "text"),
    [
        ("k delete pod x", "k=kubectl", "k delete pod x"),
        ("sudo k delete pod x", "k=kubectl", "sudo k delete pod x"),
        ("print $(k delete pod x)", "k=kubectl", "print $(k delete pod x)"),
        ("print x|k apply -f -", "k=kubectl", "print x|k apply -f -"),
        ("kubectl delete pods ALL", "ALL=--all", "kubectl delete pods --all"),
        ("print x KA", "KA=| kubectl apply -f -", "print x | kubectl apply -f -"),
    ],
)
def test_aliases_are_what_the_shell_takes_them_for(
    place: Place, daemon: FakeDaemon, line: str, aliases: str, text: str
) -> None:
    table = "alias k=kubectl -g ALL=--all KA='| kubectl apply -f -'"
    daemon.behave = said("left", "no")
    with guarded(place, table.replace(" -g", "; alias -g")) as shell:
        shell.keys(f"{line}\r")
        shell.until("kai: no")
        assert shell.line()[0] == line
    assert daemon.asked[0][-2] == aliases
    assert daemon.asked[0][-1].strip() == text


def test_a_line_in_several_lines_is_judged_when_it_ends(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = RUN
    with guarded(place, "PS2='MORE> '") as shell:
        for first, rest in (
            ("for i in 1 2; do kubectl delete pod $i", "done"),
            ("kubectl delete pod 'a", "b'"),
            ("kubectl delete \\", "pod x"),
            ("kubectl get pods &&", "kubectl delete pod x"),
            ("kubectl get pods |", "cat"),
            ("kubectl delete -f - <<EOF", "x\rEOF"),
            ("kubectl delete -f - <<-'E F'", "x\r\tE F"),
            ("if kubectl get x; then", "kubectl delete x\rfi"),
        ):
            shell.forget()
            daemon.asked.clear()
            shell.keys(f"{first}\r")
            shell.until("MORE> ")
            assert texts(daemon) == [], "it only goes on"
            shell.keys(rest.replace("\t", "\x16\t") + "\r")
            shell.until("RAN")
            shell.line()
            assert texts(daemon) == [f"{first}\n{rest}".replace("\r", "\n")]


def test_of_a_line_that_goes_on_what_would_run_now_is_judged(
    place: Place, daemon: FakeDaemon
) -> None:
    daemon.behave = said("left", "no")
    with guarded(place) as shell:
        shell.paste(f"{DELETE}\nfor i in 1 2; do")
        shell.keys("\r")
        shell.until("kai: no")
        assert shell.line()[0] == f"{DELETE}\nfor i in 1 2; do"
    assert texts(daemon) == [DELETE]


def test_a_shift_is_no_here_document(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = said("left", "no")
    with guarded(place) as shell:
        shell.keys("kubectl delete pod web-$((1 << 2)) <<<'y'\r")
        shell.until("kai: no")
    assert len(texts(daemon)) == 1


def test_what_vared_asks_for_is_no_command(place: Place, daemon: FakeDaemon) -> None:
    with guarded(place) as shell:
        shell.keys("x=; vared -p 'TEXT> ' x; print -r got:$x\r")
        shell.until("TEXT> ")
        shell.keys(f"{DELETE}\r")
        shell.until(f"got:{DELETE}")
    assert daemon.asked == []


# --- switches ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guard", "env", "later", "asked"),
    [
        (False, {"KAI_GUARD": "1"}, "true", True),
        (True, {"KAI_GUARD": "0"}, "true", False),
        (True, {"KAI_DISABLE": "1"}, "true", False),
        (True, {}, "KAI_GUARD=0", False),
        (True, {}, "KAI_DISABLE=1", False),
    ],
)
def test_the_switches(
    place: Place, daemon: FakeDaemon, guard: bool, env: dict[str, str], later: str, asked: bool
) -> None:
    daemon.behave = RUN
    with zsh(place, before=KUBECTL, guard=guard, **env) as shell:
        shell.run(later)
        shell.keys(f"{DELETE}\r")
        shell.until("RAN")
    assert (texts(daemon) == [DELETE]) is asked


@pytest.mark.parametrize("key", ["\x1ba", "\x0f"], ids=["hold", "down"])
def test_every_key_that_runs_a_line_is_guarded(place: Place, daemon: FakeDaemon, key: str) -> None:
    keys = "bindkey '^O' accept-line-and-down-history '^[a' accept-and-hold"
    daemon.behave = said("left", "no")
    with guarded(place, keys) as shell:
        shell.keys(f"{DELETE}{key}")
        shell.until("kai: no")
        assert shell.line()[0] == DELETE
        daemon.behave = RUN
        shell.keys(key)
        shell.until("RAN:delete namespace prod")
        assert shell.line()[0] == (DELETE if key == "\x1ba" else "")


def test_the_key_that_runs_a_line_again_is_guarded_too(place: Place, daemon: FakeDaemon) -> None:
    before = (
        f"bindkey '^Xa' accept-and-infer-next-history; print -s '{DELETE}'; print -s 'true next'"
    )
    daemon.behave = said("left", "no")
    with guarded(place, before) as shell:
        shell.keys(f"{DELETE}\x18a")
        shell.until("kai: no")
        assert shell.line()[0] == DELETE
        daemon.behave = RUN
        shell.keys("\x18a")
        shell.until("RAN:delete namespace prod")
        assert shell.line()[0] == "true next"


def test_in_vi_enter_is_guarded_in_both_keymaps(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = said("left", "no")
    with guarded(place, after="bindkey -v; KEYTIMEOUT=1") as shell:
        shell.keys(f"{DELETE}\r")
        shell.until("kai: no")
        shell.keys(b"\x1b")
        time.sleep(0.2)
        shell.keys("\r")
        shell.until("kai: no")
        assert shell.line()[0] == DELETE
    assert texts(daemon) == [DELETE, DELETE]


WRAPPER = """
_wrap_all() {
  local w
  for w in accept-line self-insert; do
    [[ ${widgets[$w]} == user:_wrapped_* ]] && continue
    zle -A $w before-the-plugin-$w
    eval "_wrapped_$w() { WRAPPED+=x; zle before-the-plugin-$w -- \\"\\$@\\" }"
    zle -N $w _wrapped_$w
  done
}
zmodload zsh/zleparameter
"""


@pytest.mark.parametrize("when", ["before", "after", "always"])
def test_a_plugin_that_wraps_widgets_works_beside_the_guard(
    place: Place, daemon: FakeDaemon, when: str
) -> None:
    begin = WRAPPER + ("_wrap_all" if when == "before" else "")
    after = {"before": "", "after": "_wrap_all", "always": "precmd_functions+=(_wrap_all)"}[when]
    daemon.behave = answering(confirm())
    with guarded(place, begin, after) as shell:
        shell.keys(f"{DELETE}\r")
        shell.until("y runs it")
        shell.keys("n")
        assert shell.line()[0] == DELETE
        shell.keys("\r")
        shell.until("y runs it")
        shell.keys("y")
        shell.until("RAN:delete namespace prod")
        assert len(texts(daemon)) == 2
        assert shell.run("print ${WRAPPED:+wrapped}") == "wrapped"


def test_loaded_twice_it_asks_once(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = RUN
    with guarded(place, WRAPPER, f"_wrap_all; source {place.script}") as shell:
        shell.keys(f"{DELETE}\r")
        shell.until("RAN")
    assert texts(daemon) == [DELETE]


# --- the question --------------------------------------------------------------------------------


def test_y_runs_the_line_and_it_is_asked_once(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = answering(confirm(details="deletes the namespace\x1eand 7 pods"))
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
    daemon.behave = answering(confirm())
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
    daemon.behave = answering(confirm("prod"))
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
    daemon.behave = answering(confirm())
    with guarded(place) as shell:
        shell.keys(f"{DELETE}\ryprint -r typed-'ahead'\r")
        assert "RAN" not in shell.until("y runs it")
        shell.keys("y")
        shell.until("RAN:delete namespace prod")
        shell.until("command not found: yprint")
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
        daemon.behave = answering(confirm())
        shell.keys("\r")
        shell.until("y runs it")
        shell.keys("y")
        shell.until("RAN")
    assert texts(daemon) == [PODS]
