"""The key in a real zsh on a real terminal: what it rewrites, and what it leaves alone."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.screen import screen
from tests.e2e.shells import ALT_KEY, KEY, KILL_WHOLE, PODS, SCRIPTS, UNDO, YANK, Place, zsh
from tests.fake_daemon import FakeDaemon, answering, put

# --- the rewriting -------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [KEY, ALT_KEY], ids=["Ctrl-K", "Alt-K"])
def test_the_key_at_the_end_of_the_line_rewrites_it(
    place: Place, daemon: FakeDaemon, key: bytes
) -> None:
    with zsh(place) as shell:
        shell.keys(b"pods in web" + key)
        assert shell.line() == (PODS, len(PODS))
    assert daemon.asked[0][:3] == ["1", "ask", "zsh"]
    assert daemon.asked[0][-1] == "pods in web"


def test_the_request_says_where_the_user_is(place: Place, daemon: FakeDaemon) -> None:
    odd = place.home / "a  folder\nof two lines"
    odd.mkdir()
    before = f"cd {place.home}/a*; export KUBECONFIG=/one:/two"
    with zsh(place, before=before) as shell:
        shell.keys(b"pods" + KEY)
        shell.line()
        shell.keys(KILL_WHOLE)
        shell.run("typeset +x KUBECONFIG")
        shell.keys(b"pods" + KEY)
        shell.line()
    _, _, _, tty, columns, cwd, kubeconfig, *_ = daemon.asked[0]
    assert (tty[:5], columns, cwd, kubeconfig) == ("/dev/", "100", str(odd), "/one:/two")
    assert daemon.asked[1][6] == "", "what is not exported does not reach kubectl either"


def test_one_undo_gives_the_words_back(place: Place, daemon: FakeDaemon) -> None:
    with zsh(place) as shell:
        shell.keys(b"pods 'in'  web" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(UNDO)
        assert shell.line() == ("pods 'in'  web", 14)


@pytest.mark.parametrize(
    "text",
    [
        "pods 'with' \"quotes\" `and` \\ $(more)",
        "two  blanks   and\ttabs\t",
        "größe der pods 日本 🚢",
        "one line\nand another\n  and a third",
        "a!b !! $HOME ~ * ? [x] {a,b} # end",
    ],
)
def test_every_byte_of_the_words_arrives_and_comes_back(
    place: Place, daemon: FakeDaemon, text: str
) -> None:
    daemon.behave = answering(b"none\x1fnothing for that\n")
    with zsh(place) as shell:
        shell.paste(text)
        shell.keys(KEY)
        assert shell.line() == (text, len(text))
        shell.until("nothing for that")
        daemon.behave = put(PODS)
        shell.keys(KEY)
        assert shell.line()[0] == PODS
        shell.keys(UNDO)
        assert shell.line()[0] == text
    assert [asked[-1] for asked in daemon.asked] == [text, text]


def test_a_remark_stands_below_until_the_next_key(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = put(PODS, "⚡ a kept answer")
    with screen(place) as shown:
        shown.type("pods in web", "C-k")
        assert shown.until(lambda text: "⚡" in text).splitlines() == [
            f"READY> {PODS}",
            "kai: ⚡ a kept answer",
        ]
        shown.type("x")
        assert shown.until(lambda text: "⚡" not in text) == f"READY> {PODS}x"
        shown.type("BSpace", "C-u", "C-l")
        shown.type(*"\n" * 12)  # the prompt is on the last row now
        shown.type("pods in web", "C-k")
        shown.until(lambda text: "⚡" in text)
        shown.type("Left")
        assert shown.until(lambda text: "⚡" not in text).splitlines()[-1] == f"READY> {PODS}"


# --- where the key is not ours -------------------------------------------------------------------


def test_before_the_end_of_the_line_the_key_kills_as_it_did(
    place: Place, daemon: FakeDaemon
) -> None:
    with zsh(place) as shell:
        shell.keys(b"pods in web\x1bb\x1bb" + KEY)
        assert shell.line() == ("pods ", 5)
        shell.keys(YANK)
        assert shell.line() == ("pods in web", 11)
    assert daemon.asked == []


def test_two_kills_in_a_row_are_one_entry_of_the_kill_ring(
    place: Place, daemon: FakeDaemon
) -> None:
    with zsh(place) as shell:
        shell.paste("one\ntwo")
        shell.keys(b"\x1b<" + KEY * 2 + YANK)
        assert shell.line()[0] == "one\ntwo"
    assert daemon.asked == []


@pytest.mark.parametrize("text", ["", "   "])
def test_on_an_empty_line_nobody_is_asked(place: Place, daemon: FakeDaemon, text: str) -> None:
    with zsh(place) as shell:
        shell.keys(text.encode() + KEY)
        assert shell.line()[0] == text
    assert daemon.asked == []


def test_a_widget_of_the_user_gets_the_key_elsewhere_and_keeps_its_options(
    place: Place, daemon: FakeDaemon
) -> None:
    mine = (
        "setopt ksh_arrays; _mine() { [[ -o ksh_arrays ]] && LBUFFER+=ksh };"
        "zle -N _mine; bindkey '^K' _mine"
    )
    with zsh(place, before=mine) as shell:
        shell.keys(b"abc\x02" + KEY)
        assert shell.line()[0] == "abkshc"
        shell.keys(b"\x05" + KEY)
        assert shell.line()[0] == PODS


def test_a_plugin_that_wraps_every_widget_is_no_hindrance(place: Place, daemon: FakeDaemon) -> None:
    wrapped = (
        "zle -N orig-1-kai-emacs-1 _kai_press; _wrap() { zle orig-1-kai-emacs-1 };"
        "zle -N kai-emacs-1 _wrap"
    )
    daemon.behave = put(PODS, "a remark")
    with zsh(place, after=wrapped) as shell:
        shell.keys(b"pods in web" + KEY)
        shell.until("a remark")
        shell.keys(b"\x1bb" + KEY)
        assert shell.line()[0] == "kubectl get pods "


def test_a_text_of_the_user_on_the_key_is_typed_elsewhere(place: Place, daemon: FakeDaemon) -> None:
    with zsh(place, before="bindkey -s '^K' 'xy\\C-a'") as shell:
        shell.keys(b"abc\x02" + KEY)
        assert shell.line() == ("abxyc", 0)


def test_loaded_twice_the_key_still_knows_what_it_did_before(
    place: Place, daemon: FakeDaemon
) -> None:
    with zsh(place, after=f"source {place.script}") as shell:
        shell.keys(b"abc\x02" + KEY)
        assert shell.line()[0] == "ab"
        shell.keys(KEY)
        assert shell.line()[0] == PODS


def test_in_vi_both_keymaps_know_the_key(place: Place, daemon: FakeDaemon) -> None:
    with zsh(place, after="bindkey -v; KEYTIMEOUT=1") as shell:
        shell.keys(b"pods in web" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(KILL_WHOLE + b"abc\x1b")
        time.sleep(0.2)
        shell.keys(KEY)
        assert shell.line()[0] == PODS
        shell.keys(b"u")
        assert shell.line()[0] == "abc", "one undo, not the typing with it"


def test_in_vi_esc_and_k_go_up_in_history_as_ever(place: Place, daemon: FakeDaemon) -> None:
    with zsh(place, after="bindkey -v") as shell:
        shell.run("true first")
        shell.keys(b"abc\x1bk")
        time.sleep(0.6)
        assert shell.line()[0] != PODS
    assert daemon.asked == []


def test_the_keys_can_be_chosen_and_switched_off(place: Place, daemon: FakeDaemon) -> None:
    with zsh(place, KAI_KEY="^O", KAI_KEY2="") as shell:
        shell.keys(b"pods" + ALT_KEY + KEY)
        assert shell.line()[0] == "pods"
        shell.keys(b"\x0f")
        assert shell.line()[0] == PODS


def test_the_kill_switch_makes_the_key_what_it_was(place: Place, daemon: FakeDaemon) -> None:
    with zsh(place) as shell:
        shell.run("KAI_DISABLE=1")
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == "pods"
        shell.keys(b"\x02" + KEY)
        assert shell.line()[0] == "pod"
    assert daemon.asked == []


# --- what is not touched -------------------------------------------------------------------------


def test_status_jobs_history_and_descriptors_are_as_they_were(
    place: Place, daemon: FakeDaemon
) -> None:
    with zsh(place) as shell:
        files = "print -r -- /proc/$$/fd/*" if Path("/proc/self/fd").exists() else "print same"
        before = shell.run(files)
        shell.keys(b" (exit 7)\r")
        shell.keys(b"pods in web" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(KILL_WHOLE)
        # `run` begins with a blank command of its own, so the status is asked in the same line.
        shell.keys(b" print status-is-$?\r")
        shell.until("status-is-7")
        assert shell.run("jobs; fc -l 1 2>/dev/null | grep -c kubectl") == "0"
        assert shell.run(files) == before


def test_the_kill_ring_is_as_it_was(place: Place, daemon: FakeDaemon) -> None:
    with zsh(place) as shell:
        shell.keys(b"keep" + KILL_WHOLE + b"pods" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(YANK)
        assert shell.line()[0] == PODS + "keep"


@pytest.mark.parametrize(
    "options",
    ["setopt nounset err_return", "setopt sh_word_split ksh_arrays no_bare_glob_qual",
     "alias print=false local=false emulate=false read=false", "setopt no_multibyte warn_create_global",
     "setopt rc_quotes extended_glob glob_subst csh_null_glob"],
)  # fmt: skip
def test_the_options_and_aliases_of_the_user_change_nothing(
    place: Place, daemon: FakeDaemon, options: str
) -> None:
    daemon.behave = put(PODS, "a remark")
    with zsh(place, before=options) as shell:
        shell.keys(b"pods in web" + KEY)
        shell.until("a remark")
        shell.keys(b"\x05")
        assert shell.line()[0] == PODS
        shell.keys(KILL_WHOLE)
        assert shell.run("[[ -o aliases ]] && echo on") == "on", "and kai changes none of them"


def test_the_file_is_right_as_zsh_reads_it() -> None:
    zsh_path = shutil.which("zsh")
    assert zsh_path is not None
    for path in SCRIPTS.glob("*.zsh"):
        done = subprocess.run([zsh_path, "-n", path], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
