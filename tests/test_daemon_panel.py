"""The daemon's answers where a panel can be drawn: what the user decided, streamed or not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Mapping

import pytest

from kai import config
from kai.engine import Engine, Parts
from kai.kubectl.resources import builtin
from kai.model import Context, Event, Phase, Risk, Status
from kai.nlu import Reading
from kai.provider import ScriptedProvider
from kai_shell.daemon import coming, protocol
from kai_shell.daemon.talk import Talk
from kai_shell.daemon.work import Line, Worker, _Kept
from tests.panels import Tty

ENV = "TERM=xterm-256color\nLANG=C.UTF-8\nPANEL=1\nKAI_LLM_ENABLED=false"


class Scripted(Worker):
    """A worker whose engine has a model that says what it was told to."""

    def __init__(self, *script: str, tier: str = "read") -> None:
        super().__init__()
        parts = Parts(
            understand=lambda request, **_: Reading(None, reason="not built in"),
            check=lambda pipeline, spec, catalogue: pipeline.findings,
            explain=lambda pipeline, catalogue: f"explains {pipeline.text}",
            catalogue=lambda context: builtin(),
            judge=lambda pipeline, context: Risk(tier, ("because",)),
            provider=ScriptedProvider(script),
        )
        self._scripted = _Kept((config.load({"HOME": "/nonexistent"}),), Engine(parts))

    def _engine(self, line: Line) -> tuple[_Kept, Context]:
        return self._scripted, Context()


class Shell:
    """The shell's end: the lines it was told before the last one."""

    def __init__(self, tty: str, env: str = ENV) -> None:
        self.told: list[bytes] = []
        self.tty, self.env = tty, env

    def line(self, text: str) -> Line:
        return Line("zsh", self.tty, "80", "/", "", self.env, text, "", Talk(self._send, _never))

    async def _send(self, line: bytes) -> None:
        self.told.append(line)


async def _never() -> None:
    await asyncio.Event().wait()


async def decided(
    worker: Worker, place: Tty, text: str, keys: Mapping[str, bytes]
) -> tuple[list[str], list[bytes]]:
    """The answer to a line whose user presses keys as soon as something is shown."""
    shell = Shell(place.path)
    task = asyncio.create_task(worker.answer(shell.line(text)))
    try:
        for wanted, key in keys.items():
            await place.until(wanted)
            place.type(key)
        answer = await asyncio.wait_for(task, 20)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await worker.close()
    return protocol.decode(answer), shell.told


async def test_what_is_taken_is_put_on_the_line_with_a_number() -> None:
    with Tty() as place:
        worker = Worker()
        said, told = await decided(worker, place, "delete pod web-1", {"Enter takes": b"\r"})
        assert said[:2] == ["put", "kubectl delete pod web-1"]
        offer = worker.offer(said[4])
    assert told == [b"wait\n"]
    assert offer is not None
    assert offer.suggestion.command == said[1]
    assert offer.asked.text == "delete pod web-1"


async def test_what_is_left_is_left() -> None:
    with Tty() as place:
        said, _ = await decided(Worker(), place, "delete pod web-1", {"Enter takes": b"\x1b"})
    assert said == ["left", ""]


async def test_an_edited_command_is_put_as_it_was_edited() -> None:
    keys = {"Enter takes it · e": b"e", "> kubectl": b" --wait=false", "=false": b"\r"}
    with Tty() as place:
        said, _ = await decided(Worker(), place, "delete pod web-1", keys)
    assert said[:2] == ["put", "kubectl delete pod web-1 --wait=false"]


async def test_keys_typed_ahead_are_no_answer() -> None:
    with Tty() as place:
        place.raw()
        place.type(b"\r")
        said, _ = await decided(Worker(), place, "delete pod web-1", {})
        assert place.left() == b"\r"
    assert said[0] == "left"
    assert "press the key again" in said[1]


@pytest.mark.parametrize("rows_and_columns", [(4, 80), (24, 19), (0, 0)])
async def test_a_terminal_that_is_too_small_is_asked_by_the_shell(
    rows_and_columns: tuple[int, int],
) -> None:
    with Tty(*rows_and_columns) as place:
        said, told = await decided(Worker(), place, "delete pod web-1", {})
    assert (said[0], told) == ("offer", [])


async def test_a_model_streams_into_the_panel() -> None:
    with Tty() as place:
        worker = Scripted("kubectl delete pod web-1", tier="destructive")
        said, told = await decided(worker, place, "make web-1 go", {"Enter takes": b"\r"})
    assert said[:2] == ["put", "kubectl delete pod web-1"]
    assert told == [b"wait\n"]


async def test_a_model_that_knows_nothing_says_so_below_the_line() -> None:
    with Tty() as place:
        said, told = await decided(Scripted("", ""), place, "make web-1 go", {})
    assert said[0] == "none"
    assert "no command" in said[1]
    assert told == []  # it says so at once: no panel is drawn for that


async def test_a_model_is_waited_for_where_there_is_no_panel() -> None:
    worker = Scripted("kubectl delete pod web-1", tier="destructive")
    answer = await worker.answer(Shell("", "").line("make web-1 go"))
    assert protocol.decode(answer)[:2] == ["offer", "kubectl delete pod web-1"]
    await worker.close()


async def test_a_command_with_nothing_to_say_against_it_is_explained_without_a_panel() -> None:
    with Tty() as place:
        said, told = await decided(Worker(), place, "kubectl get pods -A", {})
    assert (said, told) == (["none", "Lists pods in all namespaces."], [])


async def test_a_command_that_changes_something_is_shown_with_its_checks_and_stays() -> None:
    keys = {"Enter keeps it": b"?", "DESTRUCTIVE": b"\r"}
    with Tty() as place:
        said, told = await decided(Worker(), place, "kubectl delete pod web-1", keys)
    assert (said, told) == (["left", ""], [b"wait\n"])


async def test_a_command_that_was_edited_there_is_put() -> None:
    keys = {"Enter keeps it": b"e", "> kubectl": b" --wait=false", "=false": b"\r"}
    with Tty() as place:
        said, _ = await decided(Worker(), place, "kubectl delete pod web-1", keys)
    assert said[:2] == ["put", "kubectl delete pod web-1 --wait=false"]


async def test_a_slip_is_repaired_in_the_panel() -> None:
    with Tty() as place:
        said, _ = await decided(Worker(), place, "kubectl get pds", {"your line": b"\r"})
    assert said[:2] == ["put", "kubectl get pods"]


async def test_no_model_is_asked_about_a_slip_that_kai_can_mend() -> None:
    with Tty() as place, socket.create_server(("127.0.0.1", 0)) as model:
        model.setblocking(False)
        url = f"http://127.0.0.1:{model.getsockname()[1]}"
        env = ENV.replace("KAI_LLM_ENABLED=false", f"KAI_LLM_URL={url}\nKAI_LLM_WARM=off")
        worker, shell = Worker(), Shell(place.path, env)
        task = asyncio.create_task(worker.answer(shell.line("kubectl get pds")))
        await place.until("your line")
        place.type(b"\r")
        said = protocol.decode(await asyncio.wait_for(task, 20))
        await worker.close()
        with pytest.raises(BlockingIOError):
            model.accept()
    assert said[:2] == ["put", "kubectl get pods"]


async def test_what_is_left_to_do_stands_below_the_line_after_a_step_was_taken() -> None:
    steps = "kubectl get pods\nkubectl delete pod web-1"
    with Tty() as place:
        worker = Scripted(steps, tier="destructive")
        said, _ = await decided(worker, place, "make web-1 go", {"Enter takes": b"\r"})
    assert said[:3] == ["put", "kubectl get pods", "then: kubectl delete pod web-1"]


async def test_a_request_that_nobody_has_begun_to_read_is_ended_all_the_same() -> None:
    ended = asyncio.Event()

    async def events() -> AsyncGenerator[Event]:
        try:
            yield Status(Phase.ASKING)
            await asyncio.Event().wait()
        finally:
            ended.set()

    first = await coming.first(events())
    assert isinstance(first.event, Status)
    await first.events.aclose()
    assert ended.is_set()
