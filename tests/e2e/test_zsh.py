"""The key in a real zsh on a real terminal: what it rewrites, what it leaves, and every fault."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kai_shell.daemon import client
from kai_shell.daemon.lifecycle import stop
from tests.conftest import missing
from tests.e2e.shells import PYTHON, Place, zsh
from tests.fake_daemon import Behaviour, FakeDaemon, answering, hanging, offer, put
from tests.shell_pty import ShellPty

KEY, ALT_KEY, UNDO, YANK = b"\x0b", b"\x1bk", b"\x1f", b"\x19"
KILL_WHOLE, KILL_BUFFER = b"\x15", b"\x18\x0b"
PODS = "kubectl get pods --namespace=web"
SCRIPTS = Path(__file__).resolve().parents[2] / "shell" / "kai_shell" / "scripts"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place.under(tmp_path)


@pytest.fixture
def daemon(place: Place) -> Iterator[FakeDaemon]:
    with FakeDaemon(place.runtime, put(PODS)) as running:
        yield running


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
    _, _, _, tty, columns, cwd, kubeconfig, _ = daemon.asked[0]
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
    tmux = shutil.which("tmux")
    if tmux is None:
        missing("there is no tmux")
    with zsh(place):
        pass  # writes the start-up file
    server = [tmux, "-S", str(place.home / "tmux"), "-f", "/dev/null"]
    shell = f"exec {shutil.which('zsh')} -d -i"
    subprocess.run(
        [*server, "new-session", "-d", "-x", "80", "-y", "10", shell],
        env=place.environment(),
        check=True,
    )
    try:
        screen = _Screen(server)
        screen.until(lambda text: text == "READY>")
        screen.type("pods in web", "C-k")
        assert screen.until(lambda text: "⚡" in text).splitlines() == [
            f"READY> {PODS}",
            "kai: ⚡ a kept answer",
        ]
        screen.type("x")
        assert screen.until(lambda text: "⚡" not in text) == f"READY> {PODS}x"
        screen.type("BSpace", "C-u", "C-l")
        screen.type(*"\n" * 12)  # the prompt is on the last row now
        screen.type("pods in web", "C-k")
        screen.until(lambda text: "⚡" in text)
        screen.type("Left")
        assert screen.until(lambda text: "⚡" not in text).splitlines()[-1] == f"READY> {PODS}"
    finally:
        subprocess.run([*server, "kill-server"], check=False)


class _Screen:
    def __init__(self, server: list[str]) -> None:
        self._server = server

    def type(self, *keys: str) -> None:
        named = ["Enter" if key == "\n" else key for key in keys]
        subprocess.run([*self._server, "send-keys", *named], check=True)

    def until(self, holds: object, seconds: float = 20) -> str:
        assert callable(holds)
        end = time.monotonic() + seconds
        while True:
            done = subprocess.run(
                [*self._server, "capture-pane", "-p"], capture_output=True, check=True, text=True
            )
            text = done.stdout.rstrip()
            if holds(text):
                return text
            assert time.monotonic() < end, text
            time.sleep(0.02)


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


# --- what needs a yes ----------------------------------------------------------------------------

DELETE = "kubectl delete pod web-1"


@pytest.mark.parametrize("tier", ["read", "write", "destructive"])
def test_enter_takes_an_offer_and_runs_nothing(place: Place, daemon: FakeDaemon, tier: str) -> None:
    daemon.behave = offer(DELETE, tier, "deletes objects\x1ehits 1 pod", "a remark")
    with zsh(place, before="kubectl() { print RAN }") as shell:
        shell.keys(b"remove web-1" + KEY)
        shown = shell.until("Enter takes it")
        assert DELETE in shown
        assert "hits 1 pod" in shown
        assert ("DESTRUCTIVE" in shown) is (tier == "destructive")
        shell.keys(b"\r")
        assert shell.line() == (DELETE, len(DELETE))
        assert "RAN" not in shell.seen()
        shell.keys(UNDO)
        assert shell.line()[0] == "remove web-1"


@pytest.mark.parametrize(
    ("key", "left"),
    [(b"\x1b", "remove it"), (b"\x1b[A", "remove it"), (b"\x1bOA", "remove it"), (b"\x07", "remove it"),
     (b"\x03", "remove it"), (b"!", "remove it!"), ("ü".encode(), "remove itü")],
)  # fmt: skip
def test_any_other_key_leaves_the_line_and_typing_goes_on(
    place: Place, daemon: FakeDaemon, key: bytes, left: str
) -> None:
    daemon.behave = offer(DELETE)
    with zsh(place) as shell:
        shell.run("true earlier")
        shell.keys(b"remove it" + KEY)
        shell.until("Enter takes it")
        shell.keys(key)
        time.sleep(0.1)
        assert shell.line()[0] == left


def test_on_a_small_screen_the_tier_is_said_first(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = offer("kubectl delete pod " + "x" * 900, "destructive")
    with zsh(place) as shell:
        shell.resize(5, 30)
        shell.run("true")
        shell.keys(b"remove it" + KEY)
        assert "DESTRUCTIVE" in shell.until("Enter takes it")
        shell.keys(b"\x07")
        assert shell.line()[0] == "remove it"


def test_enter_pressed_before_an_offer_is_seen_is_no_yes(place: Place, daemon: FakeDaemon) -> None:
    def late(connection: socket.socket, over: object) -> None:
        time.sleep(0.5)
        offer(DELETE)(connection, over)  # type: ignore[arg-type]

    daemon.behave = late
    with zsh(place, before="kubectl() { print RAN }; remove() { print WORDS }") as shell:
        shell.keys(b"remove it" + KEY)
        time.sleep(0.2)
        shell.keys(b"\r\r")
        assert "RAN" not in shell.until("WORDS")
        assert shell.line()[0] == ""


# --- faults: the line comes back, byte for byte --------------------------------------------------

_HUGE = b"put\x1fkubectl get pods" + b" " * 70_000 + b"\x1f\n"

FAULTS: dict[str, Behaviour] = {
    "hangs": hanging(),
    "hangs in the middle of an answer": hanging(b"put\x1fkubectl"),
    "goes away": answering(),
    "goes away in the middle of an answer": answering(b"put\x1fkubectl get pods"),
    "garbage": answering(b"\xff\xfe\x00garbage\n"),
    "an empty line": answering(b"\n"),
    "another protocol": answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "too few fields": answering(b"put\n"),
    "an unknown kind": answering(b"run\x1fkubectl get pods\x1f\n"),
    "an unknown tier": answering(b"offer\x1fkubectl get pods\x1f\x1fharmless\x1f\n"),
    "huge": answering(_HUGE),
    "endless": answering(*[b"x" * 65536] * 64),
    "two lines": answering(b"put\x1fkubectl get pods\x1f\nrm -rf /\n"),
    "a line break in the command": put("kubectl get pods\x1erm -rf /"),
    "a carriage return": put("kubectl get pods\rrm"),
    "an escape in the command": put("kubectl get \x1b[31mpods"),
    "an escape in the remark": put("kubectl get pods", "\x1b]0;title\x07"),
    "a bidirectional mark": put("kubectl get \u202epods"),
    "a character nobody sees": put("kubectl get\u200b pods"),
    "an isolate": put("kubectl get \u2066pods"),
    "a tag": put("kubectl get \U000e0041pods"),
    "a command too long": put("kubectl get " + "x" * 20_000),
    "a C1 control": put("kubectl get \u009bpods"),
    "invalid UTF-8 in the command": answering(b"put\x1fkubectl get \xff\x1f\n"),
    "no command": put(""),
    "an offer with an escape": offer("kubectl delete \x1b[0m"),
    "a fault of its own": answering(b"fail\x1fthe cluster list cannot be read\n"),
}

LINES = ["pods 'in'  web\t", 'größe 日本 "x\\', "one\n  two\n"]


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


_PIECES = [
    *(
        "pods",
        "in",
        "web",
        "kubectl",
        "rm -rf /",
        "x=y",
        "größe",
        "日本",
        "🚢",
        "e\u0301",
        "\u202e",
    ),
    *(
        "'",
        '"',
        "`",
        "\\",
        "$(",
        ")",
        "$HOME",
        "!!",
        "!",
        "~",
        "*",
        "?",
        "[a",
        "{b,",
        "#",
        ";",
        "&",
        "|",
    ),
    *(" ", "  ", "\t", "\n", "\n\n", "%", "%n", "^", "<", ">", "=", "-", "--all", "\u00a0"),
]


def random_lines(count: int) -> Iterator[str]:
    """Lines of everything that means something to a shell, the same ones in every run."""
    chance = random.Random(20251121)  # noqa: S311 - no secret
    for _ in range(count):
        yield "w" + "".join(chance.choices(_PIECES, k=chance.randint(1, 40)))


def test_300_random_lines_come_back_from_every_fault(place: Place, daemon: FakeDaemon) -> None:
    quick = [name for name in FAULTS if not name.startswith("hangs")]
    slow = [name for name in FAULTS if name.startswith("hangs")]
    with zsh(place, before="kubectl() { print RAN }; rm() { print RAN }") as shell:
        for number, text in enumerate(random_lines(300)):
            faults = slow if number % 50 == 0 else quick
            daemon.behave = FAULTS[faults[number % len(faults)]]
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


def test_a_runtime_folder_open_to_others_is_passed_over_for_the_state_folder(
    place: Place,
) -> None:
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


# --- the whole ------------------------------------------------------------------------------------


@pytest.fixture
def real(place: Place) -> Iterator[dict[str, str]]:
    env = place.environment()
    yield env
    stop(env)


def test_without_a_daemon_the_client_starts_one_and_the_key_is_answered(
    place: Place, real: dict[str, str]
) -> None:
    with zsh(place, python=PYTHON) as shell:
        assert answered(shell, "pods in kube-system") == "kubectl get pods --namespace=kube-system"
        shell.keys(KILL_WHOLE)
        kind, *_ = client.ask(str(place.runtime), ["hello"])
        assert kind == "hello"
        assert answered(shell, "nodes") == "kubectl get nodes"
        shell.keys(KILL_WHOLE)
        assert shell.run("jobs") == ""


def test_when_the_daemon_was_killed_the_shell_recovers_by_itself(
    place: Place, real: dict[str, str]
) -> None:
    with zsh(place, python=PYTHON) as shell:
        answered(shell, "nodes")
        pid = int(client.ask(str(place.runtime), ["hello"])[2])
        os.kill(pid, 9)
        shell.keys(KILL_WHOLE)
        assert answered(shell, "pods in kube-system") == "kubectl get pods --namespace=kube-system"


def test_the_line_that_kai_init_prints_is_all_a_new_shell_needs(
    place: Place, real: dict[str, str]
) -> None:
    program = shutil.which("zsh") or missing("there is no zsh")
    kai = Path(PYTHON).with_name("kai")
    line = subprocess.run([kai, "init", "zsh"], env=real, capture_output=True, check=True).stdout
    with zsh(place):
        pass  # writes a start-up file, which then gets the printed line in place of its own
    rc = place.home / ".zshrc"
    rc.write_text(rc.read_text().replace(f"source {place.script}", line.decode()))
    place.script.unlink()
    with ShellPty([program, "-d", "-i"], real, place.probe) as shell:
        assert answered(shell, "nodes") == "kubectl get nodes"
    subprocess.run([kai, "init", "zsh", "--uninstall"], env=real, capture_output=True, check=True)
    with ShellPty([program, "-d", "-i"], real, place.probe) as shell:
        shell.keys(b"nodes" + KEY)
        assert shell.line()[0] == "nodes", "a start-up file may outlive what it loads"


def answered(shell: ShellPty, words: str) -> str:
    """The line after the key; a busy machine may need it again, as the message says."""
    shell.keys(words)
    for _ in range(10):
        shell.keys(KEY)
        line = shell.line()[0]
        if line != words:
            return line
        time.sleep(0.5)
    raise AssertionError(f"no answer: {shell.seen()!r}")


def test_the_file_is_right_as_zsh_reads_it() -> None:
    zsh_path = shutil.which("zsh")
    assert zsh_path is not None
    for path in SCRIPTS.glob("*.zsh"):
        done = subprocess.run([zsh_path, "-n", path], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
