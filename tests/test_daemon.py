"""The daemon's server inside the test's process: every client is answered, none harms another."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from kai_shell.daemon import client, lifecycle, protocol, runtime
from kai_shell.daemon.log import MAX_BYTES, Log
from kai_shell.daemon.server import IDLE, LIMITS, STOPPED, UPGRADED, Answering, Server
from kai_shell.daemon.sockets import Limits
from kai_shell.daemon.work import Line, Worker


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A runtime folder with a name short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp") as name:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(Path(name).resolve()))
        yield runtime.folder(os.environ)


class Fake:
    """Has nothing to close."""

    async def close(self) -> None:
        return


class Echo(Fake):
    """Answers with what it was asked."""

    async def answer(self, line: Line, /) -> bytes:
        await asyncio.sleep(random.random() / 1000)  # noqa: S311 - so that answers overtake
        return protocol.answer("none", line.text)


class Broken(Fake):
    """Has a fault, and the text of the request in its message."""

    async def answer(self, line: Line, /) -> bytes:
        raise ValueError(line.text)


class Hanging(Fake):
    """Never answers."""

    async def answer(self, line: Line, /) -> bytes:
        await asyncio.sleep(3600)
        raise AssertionError(line)


@asynccontextmanager
async def serving(
    folder: str,
    worker: Answering | None = None,
    *,
    limits: Limits = LIMITS,
    idle: float = 0,
    installed: Callable[[], object] = lambda: 1,
) -> AsyncIterator[Awaitable[str]]:
    """A server of the folder; what it gives is the reason of its end."""
    log = Log(Path(folder) / "daemon.log")
    with runtime.listen(folder) as listener:
        server = Server(
            folder, listener, log, idle=idle, worker=worker, limits=limits, installed=installed
        )
        task = asyncio.create_task(server.run())
        while not (Path(folder) / runtime.FIFO).is_fifo():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        try:
            yield task
        finally:
            server.end(STOPPED)
            await asyncio.wait_for(task, 10)


async def sent(folder: str, data: bytes, *, end: bool = False) -> list[str]:
    """What comes back for these bytes."""
    reader, writer = await asyncio.open_unix_connection(runtime.socket_path(folder))
    try:
        writer.write(data)
        if end:
            writer.write_eof()
        return protocol.decode(await asyncio.wait_for(reader.read(), 30))
    finally:
        writer.close()


def ask(text: str, *, folder: str = "/", kubeconfig: str = "") -> bytes:
    return protocol.encode(["1", "ask", "zsh", "", "80", folder, kubeconfig, "", text])


# --- one request ---------------------------------------------------------------------------------


async def test_a_sure_command_that_reads_is_put_on_the_line(short: str) -> None:
    async with serving(short):
        kind, command, remark, keep, number = await sent(short, ask("pods in kube-system"))
        assert (kind, command, keep) == ("put", "kubectl get pods --namespace=kube-system", "")
        assert remark == "Lists pods in the namespace kube-system."
        again = await sent(short, ask("pods in kube-system"))
    assert again[:4] == ["put", command, f"⚡ {remark}", ""]
    assert number != again[4] != ""


async def test_a_command_that_deletes_is_offered_with_what_it_hits(short: str) -> None:
    async with serving(short):
        kind, command, _, tier, details, _, number = await sent(short, ask("delete pod web-1"))
    assert (kind, command, tier) == ("offer", "kubectl delete pod web-1", "destructive")
    assert number
    assert details.splitlines()[:2] == [
        "destructive: deletes objects",
        "hits the pod web-1 in default",
    ]


async def test_an_assumption_makes_it_an_offer(short: str) -> None:
    async with serving(short):
        kind, _, _, _, details, *_ = await sent(short, ask("logs of api in prod"))
    assert kind == "offer"
    assert "assumed: " in details


async def test_words_without_a_command_get_a_message(short: str) -> None:
    async with serving(short):
        kind, message = await sent(short, ask("sing me a song"))
    assert kind == "none"
    assert message


async def test_what_is_forbidden_is_not_offered(short: str) -> None:
    async with serving(short):
        kind, message = await sent(short, ask("kubectl delete namespaces --all"))
    assert kind == "none"
    assert "K452" in message


async def test_a_command_on_the_line_is_explained_and_stays(short: str) -> None:
    async with serving(short):
        assert await sent(short, ask("kubectl get pods -A")) == [
            "none",
            "Lists pods in all namespaces.",
        ]


async def test_a_command_with_a_slip_gets_its_repair_offered(short: str) -> None:
    async with serving(short):
        kind, command, *_ = await sent(short, ask("kubectl get pds"))
    assert (kind, command) == ("offer", "kubectl get pods")


async def test_names_in_kubeconfig_count_from_the_folder_of_the_shell(
    short: str, tmp_path: Path
) -> None:
    config = {
        "current-context": "shop",
        "contexts": [{"name": "shop", "context": {"cluster": "c"}}],
    }
    (tmp_path / "cfg").write_text(str(config).replace("'", '"'))
    async with serving(short):
        answer = await sent(short, ask("pods", folder=str(tmp_path), kubeconfig="cfg"))
        assert "context shop" in answer[2]
        text = (tmp_path / "cfg").read_text().replace("shop", "prod")
        (tmp_path / "cfg").write_text(text + "\n")
        answer = await sent(short, ask("pods", folder=str(tmp_path), kubeconfig="cfg"))
        assert "context prod" in answer[2]
        answer = await sent(short, ask("pods", folder=str(tmp_path)))
        assert "context" not in answer[2]


async def test_the_policy_of_the_folder_counts_there_alone(short: str, tmp_path: Path) -> None:
    (tmp_path / ".kai").mkdir()
    policy = "policies:\n- name: frozen\n  action: deny\n  verbs: [scale]\n"
    (tmp_path / ".kai" / "policies.yaml").write_text(policy)
    async with serving(short):
        here = await sent(short, ask("scale deployment web to 3", folder=str(tmp_path)))
        there = await sent(short, ask("scale deployment web to 3"))
    assert here[0] == "none"
    assert there[0] == "offer"


async def test_a_setting_changed_while_it_runs_counts_from_the_next_request(
    short: str, isolated_home: Path
) -> None:
    async with serving(short):
        assert (await sent(short, ask("scale deployment web to 50")))[0] == "offer"
        file = isolated_home / ".config" / "kai" / "config.yaml"
        file.parent.mkdir(parents=True)
        file.write_text("safety: {max_replicas: 10}\n")
        file.chmod(0o600)
        assert (await sent(short, ask("scale deployment web to 50")))[0] == "none"
        file.write_text("safety: {max_replicaz: 10}\n")
        kind, message = await sent(short, ask("scale deployment web to 50"))
    assert kind == "fail"
    assert "max_replicaz" in message


async def test_the_worker_keeps_no_more_engines_than_it_may(tmp_path: Path) -> None:
    from kai_shell.daemon.work import ENGINES

    worker = Worker()
    for number in range(ENGINES + 3):
        folder = tmp_path / str(number)
        folder.mkdir()
        await worker.answer(Line("zsh", "", "", str(folder), "", "", "pods"))
        await asyncio.sleep(0)
    assert len(worker._engines) == ENGINES
    await worker.close()


# --- clients that misbehave ----------------------------------------------------------------------

STRANGE = {
    "no request": b"\n",
    "one word": b"hello\n",
    "an unknown request": b"1\x1fsudo\n",
    "too few fields": b"1\x1fask\x1fzsh\n",
    "too many fields": ask("pods")[:-1] + b"\x1fmore\n",
    "not UTF-8": b"1\x1fask\x1f\xff\xfe\n",
    "another version": b"2\x1fhello\n",
    "HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "zeros": b"\0" * 100 + b"\n",
}


@pytest.mark.parametrize("name", STRANGE)
async def test_what_is_no_request_is_answered_with_why(short: str, name: str) -> None:
    async with serving(short, Echo()):
        kind, message = await sent(short, STRANGE[name])
        assert kind == "fail"
        assert message
        assert await sent(short, ask("x")) == ["none", "x"]


async def test_random_bytes_never_end_the_server(short: str) -> None:
    source = random.Random(5)  # noqa: S311
    async with serving(short, Echo()):
        for _ in range(200):
            data = source.randbytes(source.randrange(1, 300)).replace(b"\n", b" ") + b"\n"
            assert (await sent(short, data))[0] in ("fail", "none")
        assert await sent(short, ask("x")) == ["none", "x"]


async def test_a_request_that_is_cut_off_is_answered(short: str) -> None:
    async with serving(short, Echo()):
        kind, message = await sent(short, b"1\x1fask", end=True)
    assert kind == "fail"
    assert "cut off" in message


async def test_a_huge_request_is_refused(short: str) -> None:
    async with serving(short, Echo()):
        kind, message = await sent(short, b"x" * (protocol.MAX_FRAME + 2))
        assert kind == "fail"
        assert "64 KiB" in message
        assert await sent(short, ask("x")) == ["none", "x"]


async def test_a_client_that_sends_nothing_is_told_and_holds_up_nobody(short: str) -> None:
    async with serving(short, Echo(), limits=Limits(read=0.2)):
        hanging = asyncio.create_task(sent(short, b"1\x1fask"))
        assert await sent(short, ask("x")) == ["none", "x"]
        assert not hanging.done()
        assert (await hanging)[0] == "fail"


async def test_a_client_that_goes_away_harms_nobody(short: str) -> None:
    async with serving(short, Echo()):
        for data in (b"", b"1\x1fas", ask("x")):
            _, writer = await asyncio.open_unix_connection(runtime.socket_path(short))
            writer.write(data)
            writer.close()
        assert await sent(short, ask("x")) == ["none", "x"]


async def test_more_clients_than_there_may_be_are_told_so(short: str) -> None:
    async with serving(short, Echo(), limits=Limits(read=5, clients=2)):
        waiting = [await asyncio.open_unix_connection(runtime.socket_path(short)) for _ in range(2)]
        await asyncio.sleep(0.05)
        kind, message = await sent(short, ask("x"))
        assert (kind, "too many" in message) == ("fail", True)
        for _, writer in waiting:
            writer.close()
        for _ in range(200):
            said = await sent(short, ask("x"))
            if said == ["none", "x"]:
                return
            await asyncio.sleep(0.01)
    pytest.fail(f"still {said}")


async def test_a_fault_is_answered_and_the_log_does_not_quote_the_request(short: str) -> None:
    async with serving(short, Broken()):
        kind, message = await sent(short, ask("my secret words"))
    assert kind == "fail"
    assert "ValueError" in message
    text = (Path(short) / "daemon.log").read_text()
    assert "ValueError at test_daemon.py" in text
    assert "secret" not in text + message


async def test_an_answer_that_does_not_come_is_answered(short: str) -> None:
    async with serving(short, Hanging(), limits=Limits(answer=0.1)):
        assert await sent(short, ask("x")) == ["fail", "no answer within 0.1 s"]


async def test_sixteen_clients_at_once_get_their_own_answers(short: str) -> None:
    async def one(number: int) -> int:
        right = 0
        for turn in range(100):
            said = await sent(short, ask(f"pods in team-{number}-{turn}"))
            right += said[1] == f"kubectl get pods --namespace=team-{number}-{turn}"
        return right

    async with serving(short):
        assert await asyncio.gather(*(one(number) for number in range(16))) == [100] * 16


# --- its end -------------------------------------------------------------------------------------


async def test_it_says_who_it_is_and_how_it_is(short: str) -> None:
    from kai import __version__

    async with serving(short, Echo()):
        assert await asyncio.to_thread(lifecycle.hello, short) == (__version__, os.getpid())
        said = await asyncio.to_thread(lifecycle.status, os.environ)
    assert said is not None
    assert said["version"] == __version__
    assert said["state"] in ("loading", "warm")


async def test_it_stops_when_it_is_told_to(short: str) -> None:
    async with serving(short, Echo()) as ended:
        assert await sent(short, b"1\x1fstop\n") == ["stopping", str(os.getpid())]
        assert await ended == STOPPED
    assert not (Path(short) / runtime.FIFO).exists()


async def test_it_ends_by_itself_when_nobody_asks(short: str) -> None:
    async with serving(short, Echo(), idle=0.2) as ended:
        assert await asyncio.wait_for(ended, 10) == IDLE


async def test_it_makes_room_when_kai_was_upgraded(short: str) -> None:
    versions = [1]
    async with serving(short, Echo(), installed=lambda: versions[0]) as ended:
        assert await sent(short, ask("x")) == ["none", "x"]
        versions[0] = 2
        assert await sent(short, ask("y")) == ["none", "y"]
        assert await ended == UPGRADED


async def test_who_asks_where_nobody_serves_is_told_so(short: str) -> None:
    with pytest.raises(client.NoDaemon):
        client.ask(short, ["hello"])


# --- the FIFO ------------------------------------------------------------------------------------


def reply_fifo(folder: str, name: str = "reply.1") -> tuple[Path, int]:
    path = Path(folder) / name
    os.mkfifo(path, 0o600)
    return path, os.open(path, os.O_RDWR | os.O_NONBLOCK)


async def through_fifo(folder: str, reply: int, *parts: bytes) -> bytes:
    """Write the parts, and read a line."""
    out = os.open(Path(folder) / runtime.FIFO, os.O_RDWR | os.O_NONBLOCK)
    try:
        for part in parts:
            os.write(out, part)
            await asyncio.sleep(0.02)
        for _ in range(500):
            try:
                return os.read(reply, protocol.MAX_FRAME)
            except BlockingIOError:
                await asyncio.sleep(0.01)
        return b""
    finally:
        os.close(out)


async def test_a_request_through_the_fifo_is_answered_in_the_fifo_of_the_shell(short: str) -> None:
    path, reply = reply_fifo(short)
    async with serving(short, Echo()):
        whole = str(path).encode() + b"\x1f" + ask("x")
        assert await through_fifo(short, reply, whole) == b"none\x1fx\n"
        assert await through_fifo(short, reply, whole[:9], whole[9:]) == b"none\x1fx\n"
        marked = str(path).encode() + b"*17\x1f" + ask("x")
        assert await through_fifo(short, reply, marked) == b"17\x1fnone\x1fx\n"
        assert await through_fifo(short, reply, b"garbage\n", whole) == b"none\x1fx\n"
    os.close(reply)


async def test_a_request_in_a_file_is_answered_in_a_file(short: str) -> None:
    path = Path(short) / f"file.{os.getpid()}.1"
    answer = path.with_name(path.name + ".0")
    async with serving(short, Echo()):
        path.write_bytes(ask("x"))
        out = os.open(Path(short) / runtime.FIFO, os.O_RDWR | os.O_NONBLOCK)
        os.write(out, bytes(path) + b"\n")
        os.close(out)
        for _ in range(500):
            if answer.exists():
                break
            await asyncio.sleep(0.01)
        assert answer.read_bytes() == b"none\x1fx\n"
        assert not path.exists()


async def test_a_line_begun_and_not_ended_does_not_spoil_the_next(short: str) -> None:
    path, reply = reply_fifo(short)
    async with serving(short, Echo()):
        out = os.open(Path(short) / runtime.FIFO, os.O_RDWR | os.O_NONBLOCK)
        os.write(out, b"begun and left")
        await asyncio.sleep(1.3)
        os.close(out)
        whole = str(path).encode() + b"\x1f" + ask("x")
        assert await through_fifo(short, reply, whole) == b"none\x1fx\n"
    os.close(reply)


async def test_nothing_is_written_to_what_is_no_fifo_of_ours(short: str, tmp_path: Path) -> None:
    path, reply = reply_fifo(short)
    elsewhere = tmp_path / "reply.2"
    os.mkfifo(elsewhere)
    file = Path(short) / "reply.file"
    file.write_text("precious")
    link = Path(short) / "reply.link"
    link.symlink_to(elsewhere)
    async with serving(short, Echo()):
        for bad in (
            elsewhere,
            file,
            link,
            Path(short) / ".." / "reply.1",
            Path(short) / "kai.sock",
        ):
            whole = str(path).encode() + b"\x1f" + ask("good")
            both = str(bad).encode() + b"\x1f" + ask("bad") + whole
            assert await through_fifo(short, reply, both) == b"none\x1fgood\n"
    assert file.read_text() == "precious"
    os.close(reply)


async def test_a_shell_that_has_gone_costs_nothing(short: str) -> None:
    path, reply = reply_fifo(short)
    other, open_reply = reply_fifo(short, "reply.2")
    os.close(reply)
    async with serving(short, Echo()):
        both = b"".join(str(each).encode() + b"\x1f" + ask("x") for each in (path, other))
        assert await through_fifo(short, open_reply, both) == b"none\x1fx\n"
    os.close(open_reply)


# --- the log -------------------------------------------------------------------------------------


def test_the_log_is_ours_alone_and_is_rotated(tmp_path: Path) -> None:
    log = Log(tmp_path / "state" / "daemon.log")
    log.write("one\x1b[31m\nline")
    assert log.path.stat().st_mode & 0o777 == 0o600
    assert len(log.tail(10)) == 1
    assert "\x1b" not in log.path.read_text()
    log.path.write_bytes(b"x" * MAX_BYTES)
    log.write("after")
    assert log.tail(10)[0].endswith("after")
    assert log.path.with_name("daemon.log.1").stat().st_size == MAX_BYTES


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    Log(tmp_path / "file" / "daemon.log").write("lost")
    assert Log(tmp_path / "none.log").tail(5) == []
