"""What zsh does after the line was rewritten: words kept in the history, and what was run is told."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.e2e.shells import KEY, KILL_WHOLE, PODS, UNDO, Place, zsh
from tests.fake_daemon import Behaviour, FakeDaemon, answering, hanging

BEFORE = "kubectl() { print -r RAN:$*; return 3 }"
COMMENTS = "setopt interactive_comments"


def put(keep: str = "", number: str = "7", command: str = PODS) -> Behaviour:
    return answering("\x1f".join(["put", command, "", keep, number]).encode() + b"\n")


def offered(keep: str, number: str) -> Behaviour:
    fields = ["offer", PODS, "", "write", "", keep, number]
    return answering("\x1f".join(fields).encode() + b"\n")


def told(daemon: FakeDaemon, count: int) -> list[list[str]]:
    """What the daemon was told of lines that were run, once there are so many."""
    end = time.monotonic() + 20
    while True:
        ran = [asked[2:] for asked in daemon.asked if asked[1] == "ran"]
        if len(ran) >= count:
            return ran
        assert time.monotonic() < end, daemon.asked
        time.sleep(0.01)


# --- the words in the history --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "kept"),
    [
        (COMMENTS, "# pods; print 'x' $(touch y)"),
        ("unsetopt interactive_comments", ": '# pods; print '\\''x'\\'' $(touch y)'"),
        ("unsetopt interactive_comments; setopt rc_quotes", ": '# pods; print ''x'' $(touch y)'"),
    ],
)
def test_the_words_are_an_entry_of_the_history_that_does_nothing_when_it_is_run(
    place: Place, daemon: FakeDaemon, option: str, kept: str
) -> None:
    daemon.behave = put("# pods; print 'x' $(touch y)")
    with zsh(place, before=f"{BEFORE}; {option}; cd {place.home}") as shell:
        shell.keys("true first\r")
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        shell.keys("\r")
        shell.until("RAN:")
        assert shell.run("fc -ln 1").split("\n") == ["true first", kept, PODS]
        shell.keys(b"\x10\x10\x10")
        assert shell.line()[0] == kept
        shell.keys(" ; print -r ran-it\r")
        assert "command not found" not in shell.until("READY> ")
        assert not Path(place.home / "y").exists()


def test_the_words_are_kept_once_and_one_undo_gives_them_back(
    place: Place, daemon: FakeDaemon
) -> None:
    daemon.behave = put("# pods")
    with zsh(place, before=COMMENTS) as shell:
        shell.keys("true first\r")
        for _ in range(3):
            shell.keys(KILL_WHOLE + b"pods" + KEY)
            assert shell.line()[0] == PODS
        shell.keys(UNDO)
        assert shell.line()[0] == "pods"
        shell.keys(KILL_WHOLE)
        assert shell.run("fc -ln 1").split("\n") == ["true first", "# pods"]


def test_the_words_of_an_offer_are_kept_when_it_is_taken(place: Place, daemon: FakeDaemon) -> None:
    daemon.behave = offered("# pods", "8")
    with zsh(place, before=f"{BEFORE}; {COMMENTS}") as shell:
        shell.keys("true first\r")
        for key in ("\x07", "\r"):
            shell.keys(KILL_WHOLE + b"pods" + KEY)
            shell.until("Enter takes it")
            shell.keys(key)
            time.sleep(0.1)
            assert shell.line()[0] == ("pods" if key == "\x07" else PODS)
        shell.keys("\r")
        shell.until("RAN:")
        assert shell.run("fc -ln 1").split("\n") == ["true first", "# pods", PODS]
    assert told(daemon, 1) == [["zsh", "8", "3", PODS]]


@pytest.mark.parametrize(
    "keep", ["", "pods", "rm -rf /", "# two\x1elines", "# an \u202e escape", "#pods"]
)
def test_what_is_no_comment_is_not_kept(place: Place, daemon: FakeDaemon, keep: str) -> None:
    daemon.behave = put(keep)
    with zsh(place, before=COMMENTS) as shell:
        shell.keys("true first\r")
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        assert "kai:" not in shell.seen(), "which is no fault of the line"
        shell.keys(KILL_WHOLE)
        assert shell.run("fc -ln 1") == "true first"


def test_words_that_are_hidden_from_the_history_stay_hidden(
    place: Place, daemon: FakeDaemon
) -> None:
    daemon.behave = put("# pods")
    with zsh(place, before=f"{BEFORE}; {COMMENTS}; setopt hist_ignore_space") as shell:
        shell.keys("true first\r")
        shell.keys(b" pods" + KEY)
        assert shell.line()[0] == PODS
        shell.keys(b"\x01 \r")
        shell.until("RAN:")
        assert shell.run("fc -ln 1") == "true first"
        shell.keys(b"pods" + KEY)
        shell.line()
        shell.keys("\r")
        shell.until("RAN:")
        shell.line()
    assert told(daemon, 1) == [["zsh", "7", "3", PODS]], "and nothing is told of them"


# --- what was run --------------------------------------------------------------------------------


def test_the_first_line_that_is_run_after_an_offer_is_told_once(
    place: Place, daemon: FakeDaemon
) -> None:
    daemon.behave = put()
    with zsh(place, before=BEFORE) as shell:
        shell.keys("true before\r")
        shell.keys(b"pods" + KEY)
        shell.line()
        shell.keys(" -o  'wide\x1b\r'\r")
        shell.until("RAN:")
        shell.keys("print -r status-is-$?\r")
        shell.until("status-is-3")
        daemon.behave = put(number="9")
        shell.keys(b"pods" + KEY)
        shell.line()
        shell.keys("\r")
        shell.until("RAN:")
        shell.line()
    assert told(daemon, 2) == [
        ["zsh", "7", "3", f"{PODS} -o  'wide\n'"],
        ["zsh", "9", "3", PODS],
    ]


@pytest.mark.parametrize("number", ["", "x", "7;rm", "-1"])
def test_an_offer_without_a_number_is_not_told_of(
    place: Place, daemon: FakeDaemon, number: str
) -> None:
    daemon.behave = put(number=number)
    with zsh(place, before=BEFORE) as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        shell.keys("\r")
        shell.until("RAN:")
        assert shell.run("print -r $#preexec_functions$#precmd_functions") == "00"
    assert [asked[1] for asked in daemon.asked] == ["ask"]


def test_hooks_of_the_user_and_the_status_are_as_they_were(
    place: Place, daemon: FakeDaemon
) -> None:
    hooks = (
        "_mine() { print -r hook-saw-$? }; precmd_functions=(_mine);"
        "setopt nounset warn_create_global warn_nested_var"
    )
    daemon.behave = put()
    with zsh(place, after=f"{BEFORE}; {hooks}") as shell:
        shell.keys(b"pods" + KEY)
        shell.line()
        shell.keys("\r")
        shell.until("hook-saw-3")
        files = "print -r -- /proc/$$/fd/*" if Path("/proc/self/fd").exists() else "print same"
        before = shell.run(files).split("\n")[0]
        for _ in range(3):
            shell.keys(b"pods" + KEY)
            shell.line()
            shell.keys("\r")
            shell.until("hook-saw-3")
        assert shell.run(files).split("\n")[0] == before
        assert "_kai" not in shell.run("jobs; fc -ln 1")
    assert len(told(daemon, 4)) == 4


@pytest.mark.parametrize("fault", ["gone", "hangs", "switched off"])
def test_a_daemon_that_is_not_there_is_nobody_s_trouble(
    place: Place, daemon: FakeDaemon, fault: str
) -> None:
    daemon.behave = put()
    with zsh(place, before=f"{BEFORE}; TRAPUSR1() {{ KAI_DISABLE=1 }}") as shell:
        shell.keys(b"pods" + KEY)
        assert shell.line()[0] == PODS
        if fault == "gone":
            (place.runtime / "kai.sock").rename(place.runtime / "away")
        elif fault == "hangs":
            daemon.behave = hanging()
        else:
            shell.process.send_signal(signal.SIGUSR1)
            time.sleep(0.1)
        shell.forget()
        shell.keys("\r")
        assert "kai" not in shell.until("READY> ")
        assert shell.run("print -r fine") == "fine"
        if fault == "gone":
            (place.runtime / "away").rename(place.runtime / "kai.sock")
    if fault == "switched off":
        assert [asked[1] for asked in daemon.asked] == ["ask"]
