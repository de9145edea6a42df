"""The panel on a terminal of the test's own: its keys, what arrives, and what it leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from kai.errors import KaiError
from kai.model import (
    Abstained,
    Answered,
    Checked,
    Event,
    Finding,
    Level,
    Offered,
    Phase,
    Risk,
    Status,
    Suggestion,
    Text,
)
from kai_shell.daemon.panel import tty
from kai_shell.daemon.panel.asker import Asker
from kai_shell.daemon.panel.chooser import AGAIN, Left
from kai_shell.daemon.panel.state import Choice, State
from tests.panels import FakeSession, Opened, Tty, suggestion
from tests.picture import Picture

READ = suggestion("kubectl get pods")
DELETE = suggestion("kubectl delete pod web-1", "destructive")


def offered(*more: Suggestion) -> State:
    return State(choices=[Choice(item) for item in (more or (READ,))])


# --- what is left behind -------------------------------------------------------------------------


@pytest.mark.parametrize("key", [b"\r", b"\n", b"\x1b", b"\x03", b"\x07", b"\x04"])
async def test_every_way_out_leaves_the_terminal_as_it_was(key: bytes) -> None:
    with Tty() as place:
        place.raw()
        before = place.modes()
        async with Opened(place, offered(DELETE)) as panel:
            await place.until("Enter takes it")
            assert place.modes() != before
            await panel.press(key)
            decision = await panel.decision()
            assert place.modes() == before
            assert place.screen() == ""
            assert place.picture.visible
            assert place.picture.wraps
    assert decision == (DELETE if key in b"\r\n" else Left())


async def test_a_panel_that_is_cancelled_leaves_the_terminal_as_it_was() -> None:
    with Tty() as place:
        before = place.modes()
        async with Opened(place, offered()) as panel:
            await place.until("Enter takes it")
            assert panel.task is not None
            panel.task.cancel()
            await asyncio.gather(panel.task, return_exceptions=True)
            assert panel.task.cancelled()
            assert place.modes() == before
            assert place.screen() == ""
            assert place.picture.visible


async def test_a_fault_while_it_is_open_is_raised_after_the_terminal_is_put_right() -> None:
    class Broken(FakeSession):
        def explain(self, command: str, /) -> list[tuple[str, str]]:
            raise ZeroDivisionError

    with Tty() as place:
        before = place.modes()
        async with Opened(place, offered(), Broken()) as panel:
            await place.until("Enter takes it")
            await panel.press(b"?")
            with pytest.raises(ZeroDivisionError):
                await panel.decision()
            assert place.modes() == before


async def test_a_window_that_is_closed_ends_it() -> None:
    with Tty() as place:
        async with Opened(place, offered()) as panel:
            await place.until("Enter takes it")
            place.hang_up()
            assert await panel.decision() == Left()


async def test_what_the_shell_has_set_is_not_touched() -> None:
    with Tty() as place:
        async with Opened(place, offered(DELETE)) as panel:
            await place.until("Enter takes it")
            await panel.press(b"e", "> kubectl")
            await panel.press(b"\x03")
            await panel.decision()
        place.screen()
        seen = place.painted
    for mode in ("?2004", "?1h", "?1l", "?12", "?1049", "?1000", " q", "[6n"):
        assert mode not in seen, mode


async def test_the_line_of_the_shell_stays_where_it_is_and_the_cursor_in_it() -> None:
    for rows, above in ((24, 3), (6, 5), (5, 4)):
        with Tty(rows, 40) as place:
            line = "READY> delete pod web-1"
            place.picture.write("\r\n".join([*(f"row {row}" for row in range(above)), line]))
            async with Opened(place, offered(DELETE)) as panel:
                screen = (await shown(place)).splitlines()
                at = screen.index(line)
                assert "DESTRUCTIVE" in screen[at + 1]
                assert (place.picture.row, place.picture.column) == (at, len(line))
                await panel.press(b"e", "> kubectl")
                assert (place.picture.row, place.picture.column) == (at, len(line))
                await panel.press(b"\x03")
                await panel.decision()
                assert place.screen().splitlines() == screen[: at + 1]
                assert (place.picture.row, place.picture.column) == (at, len(line))


async def shown(place: Tty) -> str:
    await place.until("Enter")
    return place.screen()


# --- keys ----------------------------------------------------------------------------------------


async def test_keys_after_the_one_that_decides_are_left_to_the_shell() -> None:
    with Tty() as place:
        place.raw()
        async with Opened(place, offered()) as panel:
            await place.until("Enter takes it")
            await panel.press(b"\x1b[Z\r\x1b[Aecho more\r")
            assert await panel.decision() == READ
        assert place.left() == b"\x1b[Aecho more\r"


async def test_keys_typed_before_it_could_be_seen_are_no_answer() -> None:
    with Tty() as place:
        place.raw()
        place.type(b"\rls\r")
        async with Opened(place, offered(DELETE)) as panel:
            assert await panel.decision() == Left(AGAIN)
        assert place.left() == b"\rls\r"


async def test_tab_goes_round_the_alternatives_and_enter_takes_the_one_that_is_shown() -> None:
    with Tty() as place:
        async with Opened(place, offered(READ, suggestion("kubectl get nodes"), DELETE)) as panel:
            await place.until("or: kubectl get nodes")
            await panel.press(b"\t", "next (2/3)")
            await panel.press(b"\t", "DESTRUCTIVE")
            await panel.press(b"\t", "next (1/3)")
            await panel.press(b"\x1b[Z", "next (3/3)")
            await panel.press(b"\x1b[Z", "next (2/3)")
            await panel.press(b"\r")
            assert (await panel.decision()) == suggestion("kubectl get nodes")


async def test_an_arrow_or_alt_key_is_no_escape() -> None:
    with Tty() as place:
        async with Opened(place, offered()) as panel:
            await place.until("Enter takes it")
            await panel.press(b"\x1bx\x1b[C\x1b[5~")
            await panel.press(b"?", "explained: kubectl get pods")
            await panel.press(b"\x1b")
            assert await panel.decision() == Left()


async def test_other_keys_do_nothing() -> None:
    with Tty() as place:
        async with Opened(place, offered()) as panel:
            await place.until("Enter takes it")
            await panel.press(b"xyz \x0b\x15")
            await panel.press(b"?", "explained")
            await panel.press(b"\r")
            assert await panel.decision() == READ


async def test_asking_again_shows_what_comes_then() -> None:
    again: list[Event] = [Status(Phase.ASKING), Offered(DELETE), Answered(DELETE)]
    with Tty() as place:
        async with Opened(place, offered(), FakeSession(again=again)) as panel:
            await place.until("Enter takes it")
            await panel.press(b"r", "DESTRUCTIVE")
            await panel.press(b"\r")
            assert await panel.decision() == DELETE


async def test_asking_again_in_vain_keeps_what_was_offered_and_says_why() -> None:
    with Tty() as place:
        session = FakeSession(again=[Abstained("nobody knows")])
        async with Opened(place, offered(), session) as panel:
            await place.until("Enter takes it")
            await panel.press(b"r", "nobody knows")
            await panel.press(b"\r")
            assert await panel.decision() == READ


# --- editing -------------------------------------------------------------------------------------


async def test_an_edited_command_is_judged_while_it_is_typed_and_then_taken() -> None:
    with Tty() as place:
        async with Opened(place, offered()) as panel:
            await place.until("Enter takes it")
            await panel.press(b"e", "> kubectl get pods")
            await panel.press(b" -A", "-A")
            await panel.press(b"\r")
            decision = await panel.decision()
            assert isinstance(decision, Suggestion)
            assert decision.command == "kubectl get pods -A"
        assert "kubectl get pods -A" in panel.session.examined


async def test_a_forbidden_edit_cannot_be_taken_and_says_why() -> None:
    bad = suggestion("kubectl get podsX", "forbidden")
    with Tty() as place:
        async with Opened(place, offered(), FakeSession({bad.command: bad})) as panel:
            await place.until("Enter takes it")
            await panel.press(b"e", "> kubectl")
            await panel.press(b"X", "cannot be taken: reason of forbidden")
            await panel.press(b"\r\r\r")
            await panel.press(b"\x7f", "only reads")
            await panel.press(b"\r")
            assert await panel.decision() == READ


async def test_an_edit_that_cannot_be_read_cannot_be_taken() -> None:
    fault = Finding("K107", Level.ERROR, "';' starts another command", 0, 1)
    bad = suggestion("kubectl get pods;", findings=(fault,))
    with Tty() as place:
        async with Opened(place, offered(), FakeSession({bad.command: bad})) as panel:
            await place.until("Enter takes it")
            await panel.press(b"e", "> kubectl")
            await panel.press(b";", "cannot be taken: ';' starts another command")
            await panel.press(b"\r\x03")
            assert await panel.decision() == Left()


async def test_an_edit_that_has_become_graver_is_shown_before_enter_takes_it() -> None:
    grave = suggestion("kubectl get podsX", "destructive")
    with Tty() as place:
        async with Opened(place, offered(), FakeSession({grave.command: grave})) as panel:
            await place.until("Enter takes it")
            await panel.press(b"e", "> kubectl")
            await panel.press(b"X\r", "read what it does now")
            await panel.press(b"\r")
            assert await panel.decision() == grave


async def test_escape_in_the_edit_line_goes_back_to_the_command() -> None:
    with Tty() as place:
        async with Opened(place, offered()) as panel:
            await place.until("Enter takes it")
            await panel.press(b"e", "Ctrl-C leaves")
            await panel.press(b"XYZ", "XYZ")
            await panel.press(b"\x1b", "? explain")
            await panel.press(b"\r")
            assert await panel.decision() == READ


async def test_a_paste_into_the_edit_line_is_text_and_no_key() -> None:
    with Tty() as place:
        async with Opened(place, offered()) as panel:
            await place.until("Enter takes it")
            await panel.press(b"e", "> kubectl")
            await panel.press(b"\x1b[200~ -n\rweb\x1b[201~", "-n web")
            await panel.press(b"\r")
            decision = await panel.decision()
            assert isinstance(decision, Suggestion)
            assert decision.command == "kubectl get pods -n web"


async def test_settings_that_cannot_be_read_are_said_while_editing() -> None:
    class Failing(FakeSession):
        async def examine(self, command: str, /) -> Suggestion:
            raise KaiError("the settings cannot be read")

    with Tty() as place:
        async with Opened(place, offered(), Failing()) as panel:
            await place.until("Enter takes it")
            await panel.press(b"e", "> kubectl")
            await panel.press(b"X", "the settings cannot be read")


# --- what arrives --------------------------------------------------------------------------------


async def test_checks_arrive_while_the_answer_is_read_and_are_stopped_with_it() -> None:
    finding = Finding("K510", Level.ERROR, "you may not do that", 0, 7)
    session = FakeSession(found=[Checked((), check="names"), Checked((finding,), check="access")])
    session.release.clear()
    with Tty() as place:
        async with Opened(place, offered(DELETE), session) as panel:
            await place.until("checking ...")
            session.release.set()
            await place.until("you may not do that")
            session.release.clear()
            assert session.closed == 1
            await panel.press(b"\x1b")
            await panel.decision()


async def test_checks_that_are_under_way_are_stopped_when_the_panel_is_left() -> None:
    session = FakeSession()
    session.release.clear()
    with Tty() as place:
        async with Opened(place, offered(DELETE), session) as panel:
            await place.until("checking ...")
            await panel.press(b"\x1b")
            await panel.decision()
    assert (session.checked, session.closed) == ([DELETE.command], 1)


async def test_a_tier_that_turns_out_graver_counts() -> None:
    session = FakeSession(found=[Checked((), Risk("forbidden", ("a policy forbids it",)))])
    with Tty() as place:
        async with Opened(place, offered(), session) as panel:
            await place.until("FORBIDDEN: a policy forbids it")
            await panel.press(b"\r", "cannot be taken: a policy forbids it")
            await panel.press(b"\x1b")
            assert await panel.decision() == Left()


async def events(*said: Event, then: asyncio.Event | None = None) -> AsyncIterator[Event]:
    for event in said:
        yield event
        if then is not None:
            await then.wait()


async def test_text_streams_and_enter_means_nothing_before_there_is_a_command() -> None:
    go_on = asyncio.Event()
    come = events(Text("kubectl del"), Text("ete pod web-1"), Answered(DELETE), then=go_on)
    with Tty() as place:
        async with Opened(place, State(status="asking ..."), events=come) as panel:
            await place.until("kubectl del")
            await panel.press(b"\r\r")
            while panel.terminal.got != b"\r\r":  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            go_on.set()
            await place.until("DESTRUCTIVE")
            await panel.press(b"\r")
            assert await panel.decision() == DELETE


async def test_a_streamed_answer_that_is_sure_and_reads_needs_no_key() -> None:
    sure = suggestion("kubectl get pods", sure=True)
    with Tty() as place:
        come = events(Status(Phase.ASKING), Text("kubectl"), Answered(sure))
        async with Opened(place, State(status="asking ..."), events=come) as panel:
            assert await panel.decision() == sure


async def test_an_answer_that_does_not_come_is_said_below_the_line() -> None:
    with Tty() as place:
        come = events(Status(Phase.ASKING), Abstained("nobody knows", "say it otherwise"))
        async with Opened(place, State(status="asking ..."), events=come) as panel:
            assert await panel.decision() == Left("nobody knows; say it otherwise")


async def test_a_resize_is_noticed_and_painted() -> None:
    with Tty(24, 80) as place:
        async with Opened(place, offered(DELETE)) as panel:
            await place.until("Enter takes it")
            for rows, columns in ((10, 30), (5, 20), (30, 100)):
                place.picture = Picture(rows, columns)
                place.resize(rows, columns)
                await place.until("DESTRUCTIVE")
                await place.until("Enter")
            await panel.press(b"\r")
            assert await panel.decision() == DELETE


# --- colours -------------------------------------------------------------------------------------


async def test_without_colour_nothing_is_painted_in_one() -> None:
    with Tty() as place:
        async with Opened(place, offered(DELETE), colour=False, unicode=False):
            seen = await place.until("Enter takes it")
    assert "\x1b[31" not in seen
    assert "31m" not in seen.replace("\x1b[0;1m", "")
    assert seen.isascii()


async def test_what_destroys_is_red() -> None:
    with Tty() as place:
        async with Opened(place, offered(DELETE)):
            seen = await place.until("Enter takes it")
    assert "31" in seen.partition("DESTRUCTIVE")[0].rpartition("\x1b[")[2]


# --- the guard's question ------------------------------------------------------------------------


async def asked(place: Tty, keys: list[bytes], word: str = "") -> bool:
    terminal = tty.Terminal(place.path)
    try:
        asker = Asker(terminal, "destructive", word, ["deletes objects", "hits the pod web-1"])
        task = asyncio.create_task(asker.answer())
        await place.until("web-1")
        for key in keys:
            place.type(key)
            await asyncio.sleep(0.05)
        return await asyncio.wait_for(task, 20)
    finally:
        terminal.close()


@pytest.mark.parametrize(
    ("keys", "word", "runs"),
    [
        ([b"y"], "", True),
        ([b"\r"], "", False),
        ([b"n"], "", False),
        ([b"\x1b"], "", False),
        ([b"\x03"], "", False),
        ([b"x", b"y"], "", True),
        ([b"web-1", b"\r"], "web-1", True),
        ([b"web-", b"\r", b"1", b"\r"], "web-1", True),
        ([b"\r"], "web-1", False),
        ([b"y", b"\r", b"\x1b"], "web-1", False),
        ([b"web-1", b"\x07"], "web-1", False),
    ],
)
async def test_a_line_runs_by_the_key_or_the_word_alone(
    keys: list[bytes], word: str, runs: bool
) -> None:
    with Tty() as place:
        before = place.modes()
        assert await asked(place, keys, word) is runs
        assert place.modes() == before
