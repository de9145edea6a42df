"""The key in a real bash on a real terminal: what it rewrites, and where it is not kai's."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.e2e.screen import terminal
from tests.e2e.shells import (
    ALT_KEY,
    KEY,
    KILL_WHOLE,
    PODS,
    SCRIPTS,
    UNDO,
    YANK,
    Place,
)
from tests.e2e.shells_bash import bash, prepared, written
from tests.fake_daemon import answering, put
from tests.fake_fifo_daemon import FakeFifoDaemon


@pytest.fixture
def daemon(place: Place) -> Iterator[FakeFifoDaemon]:
    with FakeFifoDaemon(place.runtime, put(PODS)) as running:
        yield running


# --- the rewriting -------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [KEY, ALT_KEY], ids=["Ctrl-K", "Alt-K"])
def test_the_key_at_the_end_of_the_line_rewrites_it(
    place: Place, daemon: FakeFifoDaemon, key: bytes
) -> None:
    with bash(place) as shell:
        shell.keys(b"pods in web" + key)
        assert shell.line() == (PODS, len(PODS))
    assert daemon.asked[0][:3] == ["1", "ask", "bash"]
    assert daemon.asked[0][-1] == "pods in web"


def test_the_request_says_where_the_user_is(place: Place, daemon: FakeFifoDaemon) -> None:
    odd = place.home / "a  folder\nof two lines"
    odd.mkdir()
    before = f"cd {place.home}/a*; export KUBECONFIG=/one:/two KAI_ONE=1; KAI_TWO=2"
    with bash(place, before=before) as shell:
        shell.keys(b"pods" + KEY)
        shell.line()
        shell.keys(KILL_WHOLE)
        shell.run("declare +x KUBECONFIG")
        shell.keys(b"pods" + KEY)
        shell.line()
    _, _, _, tty, columns, cwd, kubeconfig, env, _ = daemon.asked[0]
    assert (tty[:5], columns, cwd, kubeconfig) == ("/dev/", "100", str(odd), "/one:/two")
    assert set(env.splitlines()) >= {
        "TERM=xterm-256color",
        "LC_ALL=C.UTF-8",
        "KAI_ONE=1",
        "LINES=24",
    }
    assert "KAI_TWO" not in env, "what is not exported is the shell's own"
    assert daemon.asked[1][6] == "", "what is not exported does not reach kubectl either"


def test_one_undo_gives_the_words_back(place: Place, daemon: FakeFifoDaemon) -> None:
    with bash(place) as shell:
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
    place: Place, daemon: FakeFifoDaemon, text: str
) -> None:
    daemon.behave = answering(b"none\x1fnothing for that\n")
    with bash(place) as shell:
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


def test_a_remark_takes_the_place_of_the_words(place: Place, daemon: FakeFifoDaemon) -> None:
    daemon.behave = put(PODS, "⚡ a kept answer")
    command = "exec " + " ".join(
        prepared(place, before="PS1='first row\\n\\[\\e[1m\\]READY>\\[\\e[0m\\] '")
    )
    with terminal(place, command) as screen:
        screen.type("pods in web", "C-k")
        assert screen.until(lambda text: "⚡" in text and "kubectl" in text).splitlines() == [
            "first row",
            "kai: ⚡ a kept answer",
            f"READY> {PODS}",
        ]
        screen.type("x")
        assert screen.until(lambda text: text.endswith("x")).splitlines()[-1] == f"READY> {PODS}x"


def test_an_entry_for_the_history_is_kept_beside_what_is_there(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    daemon.behave = answering(f"put\x1f{PODS}\x1f\x1f# pods in web\x1f\n".encode())
    with bash(place) as shell:
        shell.keys(b"true one\r")
        shell.keys(b"pods in web" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(b"\x10")
        assert shell.line()[0] == "# pods in web"
        shell.keys(b"\x10")
        assert shell.line()[0] == "true one"


@pytest.mark.parametrize("keep", ["rm -rf /", "# a\u202eb", "# a\x1erm"])
def test_what_is_no_comment_is_not_kept(place: Place, daemon: FakeFifoDaemon, keep: str) -> None:
    daemon.behave = answering(f"put\x1f{PODS}\x1f\x1f{keep}\x1f\n".encode())
    with bash(place) as shell:
        shell.keys(b"true one\r" + b"pods in web" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(b"\x10")
        assert shell.line()[0] == "true one"


# --- where the key is not ours -------------------------------------------------------------------


def test_before_the_end_of_the_line_the_key_kills_as_it_did(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    with bash(place) as shell:
        shell.keys(b"pods in web\x1bb\x1bb" + KEY)
        assert shell.line() == ("pods ", 5)
        shell.keys(YANK)
        assert shell.line() == ("pods in web", 11)
        shell.keys(UNDO + UNDO)
        assert shell.line()[0] == "pods in web", "the kill is a step of undo, as ever"
    assert daemon.asked == []


@pytest.mark.parametrize("text", ["", "   "])
def test_on_an_empty_line_nobody_is_asked(place: Place, daemon: FakeFifoDaemon, text: str) -> None:
    with bash(place) as shell:
        shell.keys(text.encode() + KEY)
        assert shell.line()[0] == text
    assert daemon.asked == []


@pytest.mark.parametrize(
    ("mine", "left"),
    [
        ('bind \'"\\C-k": "xy\\C-a"\'', ("abxyc", 0)),
        ("bind '\"\\C-k\": unix-word-rubout'", ("c", 0)),
        ('_m() { READLINE_LINE+=" \\"$1"; }; bind -x \'"\\C-k": _m "a b"\'', ('abc "a b', 2)),
        ("bind -r '\\C-k'", ("abc", 2)),
    ],
    ids=["a macro", "a function of readline", "a function of the shell", "nothing"],
)
def test_what_the_user_had_on_the_key_happens_elsewhere(
    place: Place, daemon: FakeFifoDaemon, mine: str, left: tuple[str, int]
) -> None:
    with bash(place, before=mine) as shell:
        shell.keys(b"abc\x02" + KEY)
        assert shell.line() == left
        shell.keys(b"\x05" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(KILL_WHOLE + b"abc\x02" + KEY)
        assert shell.line() == left


def test_loaded_twice_the_key_still_knows_what_it_did_before(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    with bash(place, after=f". {written(place)}") as shell:
        shell.keys(b"abc\x02" + KEY)
        assert shell.line()[0] == "ab"
        shell.keys(KILL_WHOLE)
        shell.run(f". {written(place)}")
        shell.keys(b"abc\x02" + KEY)
        assert shell.line()[0] == "ab"
        shell.keys(KEY)
        assert shell.line()[0] == PODS


def test_in_vi_both_keymaps_know_the_key(place: Place, daemon: FakeFifoDaemon) -> None:
    with bash(place, after="set -o vi; bind 'set keyseq-timeout 50'") as shell:
        shell.keys(b"pods in web" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(KILL_WHOLE + b"abc\x1b")
        time.sleep(0.2)
        shell.keys(KEY)
        assert shell.line()[0] == PODS
        shell.keys(b"u")
        assert shell.line()[0] == "abc", "one undo, not the typing with it"


def test_in_vi_the_key_is_typed_elsewhere_as_ever(place: Place, daemon: FakeFifoDaemon) -> None:
    with bash(place, after="set -o vi") as shell:
        shell.keys(b"abc\x1bOD" + KEY)
        assert shell.line()[0] == "ab\x0bc"
    assert daemon.asked == []


def test_in_vi_esc_and_k_go_up_in_history_as_ever(place: Place, daemon: FakeFifoDaemon) -> None:
    with bash(place, after="set -o vi") as shell:
        shell.keys(b"true first\r")
        shell.seen()
        shell.keys(b"abc\x1bk")
        time.sleep(0.6)
        assert shell.line()[0] == "true first"
    assert daemon.asked == []


def test_the_keys_can_be_chosen_and_switched_off(place: Place, daemon: FakeFifoDaemon) -> None:
    with bash(place, KAI_KEY="^O", KAI_KEY2="") as shell:
        shell.keys(b"pods" + ALT_KEY + KEY)
        assert shell.line()[0] == "pods"
        shell.keys(b"\x0f")
        assert shell.line()[0] == PODS


@pytest.mark.parametrize("key", ["^[o", "\\eo", "\\M-o"])
def test_a_key_may_be_written_as_bash_writes_it(
    place: Place, daemon: FakeFifoDaemon, key: str
) -> None:
    with bash(place, KAI_KEY=key) as shell:
        shell.keys(b"pods\x1bo")
        assert shell.line()[0] == PODS


def test_the_kill_switch_makes_the_key_what_it_was(place: Place, daemon: FakeFifoDaemon) -> None:
    with bash(place) as shell:
        shell.run("KAI_DISABLE=1")
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == "pods"
        shell.keys(b"\x02" + KEY)
        assert shell.line()[0] == "pod"
    assert daemon.asked == []


def test_a_line_that_is_read_by_a_function_is_not_ours(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    with bash(place, before="f() { local x; read -e x; printf 'got-%s\\n' \"$x\"; }") as shell:
        shell.keys(b" f\r")
        shell.seen()
        shell.keys(b"abc" + KEY + b"\r")
        shell.until("got-abc")
    assert daemon.asked == []


# --- what is not touched -------------------------------------------------------------------------


def test_status_jobs_history_and_descriptors_are_as_they_were(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    files = "echo /proc/$$/fd/*" if Path("/proc/self/fd").exists() else "echo same"
    with bash(place) as shell:
        shell.keys(b"x" + KEY + KILL_WHOLE)  # the first press reads the rest of the file
        before = shell.run(files)
        shell.keys(b" sleep 0 & wait $!; PID=$!; (exit 7)\r")
        shell.seen()
        shell.keys(b"pods in web" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(KILL_WHOLE)
        shell.keys(b' echo "status-is-$? ${PID/#$!/same}"\r')
        shell.until("status-is-7 same")
        assert shell.run("jobs; declare -p COPROC 2>/dev/null; history | grep -c kube[c]tl") == "0"
        assert shell.run(files) == before


def test_the_last_argument_is_as_it_was(place: Place, daemon: FakeFifoDaemon) -> None:
    with bash(place) as shell:
        shell.keys(b"true one two\r")
        shell.seen()
        shell.keys(b"pods" + KEY)
        shell.until("kubectl get pods")
        shell.keys(KILL_WHOLE + b"echo last-is-$_\r")
        shell.until("last-is-two")


def test_the_kill_ring_is_as_it_was(place: Place, daemon: FakeFifoDaemon) -> None:
    with bash(place) as shell:
        shell.keys(b"keep" + KILL_WHOLE + b"pods" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(YANK)
        assert shell.line()[0] == PODS + "keep"


@pytest.mark.parametrize(
    "options",
    ["set -eu", "set -x", "set -f; shopt -s nocasematch extglob failglob", "IFS=abcdk",
     "alias trap=false local=false read=false bind=false exec=false kill=false", "set -o posix",
     "shopt -s nullglob localvar_inherit; kind=x run=1 part=(a b) answer=x stopped=1 IFS=:",
     "trap 'echo TRAP' ERR; set -E", "TMOUT=100; HISTCONTROL=ignoreboth"],
)  # fmt: skip
def test_the_options_and_aliases_of_the_user_change_nothing(
    place: Place, daemon: FakeFifoDaemon, options: str
) -> None:
    daemon.behave = put(PODS, "a remark")
    with bash(place, before=options) as shell:
        shell.seen()
        shell.forget()
        shell.keys(b"pods in web" + KEY)
        painted = shell.until("namespace=web")
        assert "a remark" in painted
        assert "TRAP" not in painted
        assert "_kai_talk" not in painted
        shell.keys(b"\x05")
        assert shell.line()[0] == PODS
        shell.keys(KILL_WHOLE)
        assert "on" in shell.run("shopt expand_aliases"), "and kai changes none of them"


def test_ctrl_c_at_the_prompt_works_after_the_key_as_before(
    place: Place, daemon: FakeFifoDaemon
) -> None:
    with bash(place) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        shell.seen()
        shell.forget()
        shell.keys(b"\x03")
        shell.until("READY> ")
        assert shell.line()[0] == ""
        assert shell.run("trap -p") == ""


def test_a_trap_of_the_user_is_as_it_was(place: Place, daemon: FakeFifoDaemon) -> None:
    with bash(place, before="trap 'echo \"it'\\''s  mine\"' INT") as shell:
        before = shell.run("trap -p INT")
        assert "mine" in before
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(KILL_WHOLE)
        assert shell.run("trap -p INT") == before


def test_the_file_is_right_as_bash_reads_it() -> None:
    program = shutil.which("bash") or missing("there is no bash")
    for path in SCRIPTS.glob("*.bash"):
        done = subprocess.run([program, "-n", path], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


def test_a_shell_that_is_not_for_a_person_loads_nothing(place: Place) -> None:
    program, *_ = prepared(place)
    said = subprocess.run(
        [program, "-c", f". {written(place)}; declare -F; bind -X"],
        capture_output=True, text=True, check=False, env=place.environment(), stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "_kai_press emacs" not in said.stdout
    assert list(place.runtime.parent.iterdir()) == []
