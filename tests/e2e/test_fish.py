"""The key in a real fish on a real terminal: what it rewrites, and what it leaves as it was."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.e2e.screen import terminal
from tests.e2e.shells import ALT_KEY, KEY, KILL_WHOLE, PODS, SCRIPTS, UNDO, YANK, Place
from tests.e2e.shells_fish import fish, prepared, written
from tests.fake_daemon import answering, put
from tests.fake_fifo_daemon import FakeFifoDaemon


@pytest.fixture
def fifo(place: Place) -> Iterator[FakeFifoDaemon]:
    with FakeFifoDaemon(place.runtime, put(PODS)) as running:
        yield running


# --- the rewriting -------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [KEY, ALT_KEY], ids=["Ctrl-K", "Alt-K"])
def test_the_key_at_the_end_of_the_line_rewrites_it(
    place: Place, fifo: FakeFifoDaemon, key: bytes
) -> None:
    with fish(place) as shell:
        shell.keys(b"pods in web" + key)
        assert shell.line() == (PODS, len(PODS))
    assert fifo.asked[0][:3] == ["1", "ask", "fish"]
    assert fifo.asked[0][-1] == "pods in web"


def test_the_request_says_where_the_user_is(place: Place, fifo: FakeFifoDaemon) -> None:
    odd = place.home / "a  folder\nof two lines"
    odd.mkdir()
    before = f"cd {place.home}/a*; set -gx KUBECONFIG /one:/two"
    with fish(place, before=before, NO_COLOR="1") as shell:
        shell.keys(b"pods" + KEY)
        shell.line()
        shell.keys(KILL_WHOLE)
        shell.run("set -gu KUBECONFIG $KUBECONFIG")
        shell.keys(b"pods" + KEY)
        shell.line()
    _, _, _, tty, columns, cwd, kubeconfig, env, _ = fifo.asked[0]
    assert (tty[:5], columns, cwd, kubeconfig) == ("/dev/", "100", str(odd), "/one:/two")
    assert {"LINES=24", "TERM=xterm-256color", "NO_COLOR=1"} <= set(env.split("\n"))
    assert fifo.asked[1][6] == "", "what is not exported does not reach kubectl either"


def test_one_undo_gives_the_words_back(place: Place, fifo: FakeFifoDaemon) -> None:
    with fish(place) as shell:
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
        "one line\nand another\n  and a third\n\n",
        "a!b !! $HOME ~ * ? [x] {a,b} # end",
        "long " * 400,
    ],
)
def test_every_byte_of_the_words_arrives_and_comes_back(
    place: Place, fifo: FakeFifoDaemon, text: str
) -> None:
    fifo.behave = answering(b"none\x1fnothing for that\n")
    with fish(place) as shell:
        shell.put(text)
        shell.keys(KEY)
        assert shell.line() == (text, len(text))
        shell.until("nothing for that")
        fifo.behave = put(PODS)
        shell.keys(KEY)
        assert shell.line()[0] == PODS
        shell.keys(UNDO)
        assert shell.line()[0] == text
    assert [asked[-1] for asked in fifo.asked] == [text, text]


@pytest.mark.parametrize(
    "command", [PODS, "kubectl get pods -l 'name=größe—日本'", "kubectl get é"]
)
def test_letters_of_every_script_are_no_fault(
    place: Place, fifo: FakeFifoDaemon, command: str
) -> None:
    fifo.behave = put(command)
    with fish(place) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line() == (command, len(command))


def test_a_remark_stands_below_until_the_next_key(place: Place, fifo: FakeFifoDaemon) -> None:
    fifo.behave = put(PODS, "⚡ a kept answer")
    argv = prepared(place)
    with terminal(place, "exec " + " ".join(argv)) as screen:
        screen.type("pods in web")
        screen.until(lambda text: text.endswith("web"))
        screen.type("C-k")
        assert screen.until(lambda text: "⚡" in text and PODS in text).splitlines() == [
            f"READY> {PODS}",
            "kai: ⚡ a kept answer",
        ]
        screen.type("x")
        assert screen.until(lambda text: "⚡" not in text) == f"READY> {PODS}x"
        screen.type("BSpace", "C-u")
        for number in range(12):  # the prompt is on the last row then
            screen.type(f"true {number}", "\n")
        screen.type("pods in web")
        screen.until(lambda text: text.endswith("web"))
        screen.type("C-k")
        shown = screen.until(lambda text: "⚡" in text and PODS in text)
        assert shown.splitlines()[-2:] == [f"READY> {PODS}", "kai: ⚡ a kept answer"]
        screen.type("Left")
        assert screen.until(lambda text: "⚡" not in text).splitlines()[-1] == f"READY> {PODS}"


def test_a_command_of_several_rows_is_never_written_over(
    place: Place, fifo: FakeFifoDaemon
) -> None:
    command = PODS + " --output=wide" * 8
    fifo.behave = put(command, "⚡ a kept answer")
    argv = prepared(place)
    with terminal(place, "exec " + " ".join(argv), columns=50) as screen:
        screen.type("pods in web")
        screen.until(lambda text: text.endswith("web"))
        screen.type("C-k")
        shown = screen.until(lambda text: "⚡" in text and "wide" in text).splitlines()
        assert "".join(shown[:-1]) == f"READY> {command}"
        assert shown[-1] == "kai: ⚡ a kept answer"


def test_a_long_line_that_becomes_short_has_its_remark_too(
    place: Place, fifo: FakeFifoDaemon
) -> None:
    fifo.behave = put(PODS, "⚡ a kept answer")
    argv = prepared(place)
    with terminal(place, "exec " + " ".join(argv), columns=50) as screen:
        words = "please " * 12 + "pods"
        screen.type(words)
        screen.until(lambda text: text.endswith("pods"))
        screen.type("C-k")
        screen.until(lambda text: "⚡" in text and text.endswith(PODS))


# --- where the key is not ours -------------------------------------------------------------------


def test_before_the_end_of_the_line_the_key_kills_as_it_did(
    place: Place, fifo: FakeFifoDaemon
) -> None:
    with fish(place) as shell:
        shell.keys(b"pods in web\x1bb\x1bb" + KEY)
        assert shell.line() == ("pods ", 5)
        shell.keys(YANK)
        assert shell.line() == ("pods in web", 11)
    assert fifo.asked == []


@pytest.mark.parametrize("text", ["", "   "])
def test_on_an_empty_line_nobody_is_asked(place: Place, fifo: FakeFifoDaemon, text: str) -> None:
    with fish(place) as shell:
        shell.put(text)
        shell.keys(KEY)
        assert shell.line()[0] == text
    assert fifo.asked == []


def test_a_function_of_the_user_gets_the_key_elsewhere(place: Place, fifo: FakeFifoDaemon) -> None:
    mine = r"function mine; commandline -i 'it\'s'; end; bind \ck mine beginning-of-line"
    with fish(place, before=mine) as shell:
        shell.keys(b"abc\x02" + KEY)
        assert shell.line() == ("abit'sc", 0)
        shell.keys(b"\x05" + KEY)
        assert shell.line()[0] == PODS


def test_a_script_of_the_user_gets_the_key_elsewhere(place: Place, fifo: FakeFifoDaemon) -> None:
    with fish(place, before=r"bind \ck 'commandline -i \'x  \"y\'; commandline -f forward-char'") as shell:  # fmt: skip
        shell.keys(b"abc\x02" + KEY)
        assert shell.line() == ('abx  \\"yc', 9)


def test_loaded_twice_the_key_still_knows_what_it_did_before(
    place: Place, fifo: FakeFifoDaemon
) -> None:
    mine = r"bind \ck 'commandline -i M'"
    again = f"source {place.script.with_suffix('.fish')}"
    with fish(place, before=mine, after=again) as shell:
        shell.keys(b"abc\x02" + KEY)
        assert shell.line()[0] == "abMc"
        shell.keys(b"\x05" + KEY)
        assert shell.line()[0] == PODS


def test_in_vi_both_keymaps_know_the_key(place: Place, fifo: FakeFifoDaemon) -> None:
    with fish(place, after="set -g fish_key_bindings fish_vi_key_bindings") as shell:
        shell.keys(b"pods in web" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(b"\x15abc\x1b")
        time.sleep(0.3)
        shell.keys(KEY)
        assert shell.line()[0] == PODS
        shell.keys(b"u")
        assert shell.line()[0] == "abc", "one undo, not the typing with it"
        shell.keys(b"0" + KEY)
        assert shell.line()[0] != PODS


def test_the_keys_can_be_chosen_and_switched_off(place: Place, fifo: FakeFifoDaemon) -> None:
    for chosen in ("^O", r"\co"):
        with fish(place, KAI_KEY=chosen, KAI_KEY2="") as shell:
            shell.keys(b"pods" + ALT_KEY)
            assert shell.line()[0] == "podsk", "as fish takes a key that nothing is bound to"
            shell.keys(KEY)
            assert shell.line()[0] == "podsk"
            shell.keys(b"\x0f")
            assert shell.line()[0] == PODS


def test_the_kill_switch_makes_the_key_what_it_was(place: Place, fifo: FakeFifoDaemon) -> None:
    with fish(place) as shell:
        shell.run("set -g KAI_DISABLE 1")
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == "pods"
        shell.keys(b"\x02" + KEY)
        assert shell.line()[0] == "pod"
    assert fifo.asked == []


# --- what is not touched -------------------------------------------------------------------------


def test_status_jobs_history_and_descriptors_are_as_they_were(
    place: Place, fifo: FakeFifoDaemon
) -> None:
    with fish(place) as shell:
        files = "echo /proc/$fish_pid/fd/*"
        before = shell.run(files)
        shell.keys(b" sh -c 'exit 3' | sh -c 'exit 7'\r")
        shell.keys(b"pods in web" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(KILL_WHOLE)
        shell.keys(b" echo status-is-$status-$pipestatus\r")
        shell.until("status-is-7-3")
        assert shell.run("jobs; history search --contains kubectl") == "jobs: There are no jobs"
        assert shell.run(files) == before


def test_the_kill_ring_is_as_it_was(place: Place, fifo: FakeFifoDaemon) -> None:
    with fish(place) as shell:
        shell.keys(b"keep" + KILL_WHOLE + b"pods" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(YANK)
        assert shell.line()[0] == PODS + "keep"


def test_an_abbreviation_in_the_words_stays_as_it_is(place: Place, fifo: FakeFifoDaemon) -> None:
    with fish(place, before="abbr -a pods kubectl get pods") as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
    assert fifo.asked[0][-1] == "pods"


def test_variables_and_functions_of_the_user_change_nothing(
    place: Place, fifo: FakeFifoDaemon
) -> None:
    fifo.behave = put(PODS, "a remark")
    mine = (
        "set -g line mine; set -g words mine; set -g IFS ''; set -g file mine;"
        "function kubectl; echo RAN; end; function sleep; echo RAN; end;"
        "function realpath; echo RAN; end; set -g version 3.6.0-mine 2>/dev/null"
    )
    with fish(place, before=mine) as shell:
        shell.keys(b"pods in web" + KEY)
        shell.until("a remark")
        shell.keys(b"\x05")
        assert shell.line()[0] == PODS
        shell.keys(KILL_WHOLE)
        assert shell.run("echo $line $words $file") == "mine mine mine"


def test_when_the_file_is_gone_the_key_says_so(place: Place, fifo: FakeFifoDaemon) -> None:
    with fish(place) as shell:
        written(place).unlink()
        shell.keys(b"pods" + KEY)
        shell.until("kai init fish writes it")
        assert shell.line()[0] == "pods"
        shell.keys(b"\x02" + KEY)
        assert shell.line()[0] == "pod", "elsewhere the key works as ever"


def test_a_new_file_counts_once_it_is_loaded(place: Place, fifo: FakeFifoDaemon) -> None:
    with fish(place) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        text = written(place).read_text()
        written(place).write_text(text.replace("-br -- $command", "-br -- new $command"))
        shell.keys(b"\x15")
        shell.run(f"source {written(place)}")
        shell.keys(b"pods" + KEY)
        assert shell.line()[0].split() == ["new", *PODS.split()]


def test_a_shell_that_is_not_interactive_has_no_keys_of_kai(place: Place) -> None:
    argv = prepared(place)
    said = subprocess.run(
        [argv[0], "-c", f"source {written(place)}; bind; functions -q _kai_rewrite; echo $status"],
        env=place.environment(), capture_output=True, check=True,
    )  # fmt: skip
    assert said.stdout.split()[-1] == b"1", "and reads no more than it must"
    assert b"_kai" not in said.stdout
    assert said.stderr == b""


def test_the_file_is_right_as_fish_reads_it(place: Place) -> None:
    program = shutil.which("fish")
    assert program is not None
    prepared(place)
    for path in (*SCRIPTS.glob("*.fish"), written(place)):
        done = subprocess.run([program, "-n", path], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
