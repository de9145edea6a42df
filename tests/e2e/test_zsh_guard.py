"""Enter in a zsh with the guard on: which lines are asked about, and what switches it on and off."""

from __future__ import annotations

import time

import pytest

from tests.e2e.guarded import DELETE, KUBECTL, RUN, confirm, guarded, said, texts
from tests.e2e.shells import Place, zsh
from tests.fake_daemon import FakeDaemon

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
    daemon.behave = confirm()
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
    with zsh(place, before=KUBECTL, guard=guard, **env) as shell:  # type: ignore[arg-type]
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
    daemon.behave = confirm()
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
