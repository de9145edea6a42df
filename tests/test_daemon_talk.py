"""A shell that waits while its user is asked: it is told so, and its end ends the question."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from kai_shell.daemon import client, protocol, runtime
from kai_shell.daemon.log import Log
from kai_shell.daemon.server import STOPPED, Server
from kai_shell.daemon.sockets import Limits
from kai_shell.daemon.talk import Gone, Talk
from kai_shell.daemon.work import Line

ASK = protocol.encode(["1", "ask", "zsh", "", "80", "/", "", "PANEL=1", "x"])


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A runtime folder with a name short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp") as name:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(Path(name).resolve()))
        yield runtime.folder(os.environ)


class Person:
    """Answers when it is told to; `asked` and `over` say when the question is open."""

    def __init__(self) -> None:
        self.asked, self.says, self.over = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def answer(self, line: Line, /) -> bytes:
        assert line.talk is not None
        assert line.environment == {"PANEL": "1"}
        return await line.talk.during(self._asked())

    async def _asked(self) -> bytes:
        self.asked.set()
        try:
            await self.says.wait()
        finally:
            self.over.set()
        return protocol.answer("left", "")

    async def close(self) -> None:
        return


@asynccontextmanager
async def serving(folder: str, person: Person, answer: float = 10) -> AsyncIterator[Server]:
    with runtime.listen(folder) as listener:
        log = Log(Path(folder) / "daemon.log")
        limits = Limits(answer=answer)
        server = Server(folder, listener, log, idle=0, worker=person, limits=limits)
        task = asyncio.create_task(server.run())
        while not (Path(folder) / runtime.FIFO).is_fifo():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        try:
            yield server
        finally:
            server.end(STOPPED)
            await asyncio.wait_for(task, 10)


async def test_a_shell_is_told_to_wait_and_then_gets_its_answer(short: str) -> None:
    person = Person()
    async with serving(short, person, answer=0.2):
        reader, writer = await asyncio.open_unix_connection(runtime.socket_path(short))
        writer.write(ASK)
        assert await reader.readline() == b"wait\n"
        assert await reader.readline() == b"wait\n", "a person is under no deadline"
        person.says.set()
        assert await reader.read() == b"left\x1f\n"
        writer.close()


async def test_a_shell_that_hangs_up_ends_the_question(short: str) -> None:
    person = Person()
    async with serving(short, person):
        _, writer = await asyncio.open_unix_connection(runtime.socket_path(short))
        writer.write(ASK)
        await asyncio.wait_for(person.asked.wait(), 10)
        writer.close()
        await asyncio.wait_for(person.over.wait(), 10)


async def test_a_daemon_that_ends_closes_the_question_and_says_so(short: str) -> None:
    person = Person()
    async with serving(short, person) as server:
        reader, writer = await asyncio.open_unix_connection(runtime.socket_path(short))
        writer.write(ASK)
        assert await reader.readline() == b"wait\n"
        await person.asked.wait()
        server.end(STOPPED)
        *waits, last = (await reader.read()).splitlines()
        assert set(waits) <= {b"wait"}
        assert last.startswith(b"left\x1fkai's daemon has ended")
        assert person.over.is_set()
        writer.close()


async def test_a_fifo_gets_the_mark_before_every_line_and_its_end_is_seen(short: str) -> None:
    person = Person()
    path = Path(short) / "reply.1"
    os.mkfifo(path, 0o600)
    reply = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    async with serving(short, person):
        out = os.open(Path(short) / runtime.FIFO, os.O_RDWR | os.O_NONBLOCK)
        os.write(out, os.fsencode(path) + b"*17\x1f" + ASK)
        os.close(out)
        await asyncio.wait_for(person.asked.wait(), 10)
        assert os.read(reply, 100) == b"17\x1fwait\n"
        os.close(reply)
        await asyncio.wait_for(person.over.wait(), 10)


async def test_the_client_reads_on_until_the_last_line(short: str) -> None:
    person, heard = Person(), list[bytes]()
    async with serving(short, person):
        asking = asyncio.create_task(
            asyncio.to_thread(client.exchange, short, ASK, seconds=5, heard=heard.append)
        )
        await person.asked.wait()
        person.says.set()
        assert await asking == b"left\x1f\n"
    assert heard == [b"wait\n"]


async def test_who_cannot_be_told_to_wait_is_asked_nothing_more() -> None:
    async def send(line: bytes) -> None:
        raise BrokenPipeError

    async def gone() -> None:
        await asyncio.sleep(3600)

    async def asking() -> None:
        raise AssertionError("nobody should have been asked")

    with pytest.raises(Gone):
        await Talk(send, gone).during(asking())


async def test_guard_and_ran_are_answered(short: str) -> None:
    async with serving(short, Person()):
        for fields in (
            ["guard", "zsh", "", "80", "/", "", "", "k=kubectl", "k get pods"],
            ["ran", "zsh", "999999", "0", "kubectl get pods"],
        ):
            reader, writer = await asyncio.open_unix_connection(runtime.socket_path(short))
            writer.write(protocol.encode(["1", *fields]))
            kind, *_ = protocol.decode(await reader.read())
            assert kind in ("run", "noted", "fail")
            writer.close()


def test_words_are_kept_on_one_printable_line_or_not_at_all() -> None:
    assert protocol.keep("  pods\n in\tweb ") == "# pods in web"
    assert protocol.keep("") == ""
    assert protocol.keep("pods \x1b[31m") == ""
    assert protocol.keep("x" * 5000) == ""


def test_pairs_pass_over_what_is_none() -> None:
    assert protocol.pairs("A=1\nB\n=3\nC=x=y\n") == {"A": "1", "C": "x=y"}
