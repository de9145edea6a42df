"""The macro for a bash before 4.4: in such a bash where there is one, and in a new one in posix mode.

`KAI_OLD_BASH` names the old one (macOS has 3.2 as /bin/bash).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kai_shell.commands.init import script
from tests.e2e.faults import FAULTS
from tests.e2e.shells import ALT_KEY, KEY, KILL_WHOLE, PODS, PYTHON, Place
from tests.e2e.shells_bash import BASHRC, prepared
from tests.fake_daemon import FakeDaemon, answering, offer
from tests.shell_pty import PROMPT, ShellPty

OLD = os.environ.get("KAI_OLD_BASH", "")


@pytest.fixture(params=["posix mode", "old"] if OLD else ["posix mode"])
def program(request: pytest.FixtureRequest) -> str:
    return OLD if request.param == "old" else ""


def old(place: Place, program: str = "", before: str = "", **env: str) -> ShellPty:
    """A bash that has read the file for old ones."""
    command = prepared(place, program=program or None)
    path = place.home / "kai-old.bash"
    path.write_text(script("bash", PYTHON, "^K", "^[k", name="kai-old.bash"), encoding="utf-8")
    text = BASHRC.format(prompt=PROMPT, probe=place.probe, before=before, script=path, after="")
    (place.home / ".bashrc").write_text(f"set -o posix\n{text}", encoding="utf-8")
    return ShellPty(command, place.environment(**env), place.probe)


@pytest.fixture
def daemon(place: Place) -> Iterator[FakeDaemon]:
    with FakeDaemon(
        place.runtime, answering(f"put\x1f{PODS}\x1fa remark\x1f\x1f\n".encode())
    ) as running:
        yield running


def test_the_key_rewrites_the_words_and_up_gives_them_back(
    place: Place, daemon: FakeDaemon, program: str
) -> None:
    with old(place, program) as shell:
        shell.keys(b"pods 'in'  web" + ALT_KEY)
        shell.until("a remark")
        assert shell.line() == (PODS, len(PODS))
        shell.keys(b"\x10")
        assert shell.line()[0] == "pods 'in'  web"
    assert daemon.asked[0][-1] == "pods 'in'  web"


HOSTILE = [
    "pods 'with' \"quotes\" `touch RAN` \\ $(touch RAN)",
    "a!b !! !touch $HOME ~ * ? [x] {a,b} # end",
    "'; touch RAN; '",
    "größe der pods 日本 🚢",
    "  two  blanks   ",
    "x" * 250,
    "EOF",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_the_words_is_run_or_expanded(
    place: Place, daemon: FakeDaemon, program: str, text: str
) -> None:
    with old(place, program, f"cd {place.home}; HISTCONTROL=ignoreboth") as shell:
        shell.keys(b"touch earlier\r")
        shell.line()
        daemon.behave = answering(b"none\x1fnothing for that\n")
        shell.keys(text.encode() + ALT_KEY)
        shell.until("nothing for that")
        assert shell.line() == (text, len(text))
        assert not (place.home / "RAN").exists()
        shell.keys(KILL_WHOLE + b" hidden\r")
        assert "hidden" not in shell.run("history"), "HISTCONTROL holds as before"
    assert [asked[-1] for asked in daemon.asked] == [text]


def test_a_line_of_several_lines_is_not_run(place: Place, daemon: FakeDaemon, program: str) -> None:
    text = "echo 'one\ntouch RAN\ntwo'"
    daemon.behave = answering(b"none\x1fnothing for that\n")
    with old(place, program, f"cd {place.home}") as shell:
        if program:
            shell.keys(text.replace("\n", "\x16\n").encode() + ALT_KEY)
        else:
            shell.paste(text)
            shell.keys(ALT_KEY)
        shell.until("nothing for that")
        assert shell.line()[0] == text
        assert not (Path(place.home) / "RAN").exists()


QUICK = [name for name in FAULTS if not name.startswith(("hangs", "two lines"))]


@pytest.mark.parametrize("fault", QUICK)
def test_whatever_the_daemon_says_the_words_come_back(
    place: Place, daemon: FakeDaemon, program: str, fault: str
) -> None:
    daemon.behave = FAULTS[fault]
    with old(place, program, "kubectl() { echo RAN; }; rm() { echo RAN; }") as shell:
        shell.keys(b"pods 'in'  web" + ALT_KEY)
        shell.until("kai: ")
        assert shell.line()[0] == "pods 'in'  web"
        assert "RAN" not in shell.seen()


def test_ctrl_k_stays_what_it_is(place: Place, daemon: FakeDaemon, program: str) -> None:
    with old(place, program) as shell:
        shell.keys(b"abc\x02" + KEY)
        assert shell.line()[0] == "ab"
    assert daemon.asked == []


def test_an_offer_is_taken_by_enter_alone(place: Place, daemon: FakeDaemon, program: str) -> None:
    daemon.behave = offer("kubectl delete pod web-1", "destructive", "deletes it")
    with old(place, program, "kubectl() { echo RAN; }") as shell:
        shell.keys(b"remove it" + ALT_KEY)
        assert "DESTRUCTIVE" in shell.until("Enter takes it")
        shell.keys(b"n")
        assert shell.line()[0] == "remove it"
        shell.keys(ALT_KEY)
        shell.until("Enter takes it")
        shell.keys(b"\r")
        assert shell.line()[0] == "kubectl delete pod web-1"
        assert "RAN" not in shell.seen()


def test_what_the_macro_enters_is_not_in_the_history(
    place: Place, daemon: FakeDaemon, program: str
) -> None:
    with old(place, program) as shell:
        shell.keys(b"pods in web" + ALT_KEY)
        assert shell.line()[0] == PODS
        shell.keys(KILL_WHOLE)
        shown = shell.run("history; echo status-$?")
        assert "kai" not in shown
        assert "status-0" in shown


def test_without_a_history_the_words_are_shown(
    place: Place, daemon: FakeDaemon, program: str
) -> None:
    with old(place, program, "set +o history") as shell:
        shell.keys(b"pods in web" + ALT_KEY)
        shell.until("it was:\r\npods in web\r\n")
    assert daemon.asked == []


def test_switched_off_the_line_comes_back(place: Place, daemon: FakeDaemon, program: str) -> None:
    with old(place, program, KAI_DISABLE="1") as shell:
        shell.keys(b"pods in web" + ALT_KEY)
        assert shell.line()[0] == "pods in web"
    assert daemon.asked == []
