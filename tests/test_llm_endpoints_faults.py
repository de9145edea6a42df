"""Whatever a model server does wrong, kai says it once, in time, in its own words, and lets go.

The rows are scripts that a server plays over a real socket; each says which error must come of it.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from kai import errors
from kai.config.settings import Value, build
from kai.errors import ModelBroken, ModelUnreachable, ProviderError
from kai.llm.endpoint import Chunk, Deadlines, Done, Endpoint, Generation, Prompt, Role, Turn
from kai.llm.endpoints import open_endpoint
from kai.llm.endpoints.waiting import in_thread
from kai.llm.scripted_server import ScriptedServer

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "llm" / "faults.jsonl").read_text().splitlines()
]


def cases(rows: list[dict[str, Any]]) -> list[Any]:
    return [
        pytest.param(row, provider, id=f"{provider}: {row['what']}")
        for row in rows
        for provider in row["providers"]
    ]


GENERATION = Generation("tiny", Prompt("s", (Turn(Role.USER, "show pods"),)), raw="show pods")

_opened: list[Endpoint] = []


@pytest.fixture(scope="module", autouse=True)
def _imported() -> None:
    """The deadlines here are shorter than the first import of a client takes."""
    importlib.import_module("ollama")


@pytest.fixture(autouse=True)
async def _closed() -> AsyncIterator[None]:
    yield
    while _opened:
        await _opened.pop().close()


def endpoint(
    url: str, provider: str = "ollama", deadlines: Deadlines | None = None, **more: Value
) -> Endpoint:
    values: dict[str, Value] = {"llm.url": url, "llm.provider": provider, **more}
    _opened.append(open_endpoint(build(values), {}, deadlines=deadlines or Deadlines(3, 10, 10)))
    return _opened[-1]


async def error_of(one: Endpoint) -> ProviderError:
    """The error that an answer ends with."""
    with pytest.raises(ProviderError) as caught:
        async with aclosing(one.stream(GENERATION)) as stream:
            async for event in stream:
                assert not isinstance(event, Done)
    return caught.value


@pytest.mark.parametrize(("row", "provider"), cases(ROWS))
async def test_every_fault_has_its_error_and_nothing_is_tried_too_often(
    row: dict[str, Any], provider: str
) -> None:
    deadlines = Deadlines(3, row.get("first", 10), row.get("between", 10))
    async with ScriptedServer({"answers": [row["answer"]]}) as server:
        error = await error_of(endpoint(server.url, provider, deadlines))
        requests = len(server.asked())
        for request in server.asked():
            await asyncio.wait_for(request.ended.wait(), 5)
    assert type(error) is getattr(errors, row["error"]), error
    said = str(error)
    assert re.search(row["says"], said), said
    assert said.isprintable()
    assert len(said) < 500
    wanted = row.get("requests", 1)
    if wanted is not None:
        # On a busy machine a short deadline may be over before the request is sent.
        assert requests == wanted or (row["error"] == "ModelTimeout" and requests < wanted)


@pytest.mark.parametrize(
    ("row", "provider"), cases([row for row in ROWS if "first" not in row])[:40]
)
async def test_after_a_fault_the_next_request_is_answered(
    row: dict[str, Any], provider: str
) -> None:
    """On the same endpoint, whatever the fault left of its connections."""
    answers = [row["answer"]] * row.get("requests", 1) + ["get pods"]
    async with ScriptedServer({"answers": answers}) as server:
        one = endpoint(server.url, provider)
        await error_of(one)
        async with aclosing(one.stream(GENERATION)) as stream:
            events = [event async for event in stream]
    assert "".join(e.text for e in events if isinstance(e, Chunk)) == "get pods"


class TestNobodyListens:
    @pytest.mark.parametrize("provider", ["ollama", "openai"])
    async def test_a_closed_port_is_told_without_importing_a_client(self, provider: str) -> None:
        async with ScriptedServer({"refuse": True}) as server:
            error = await error_of(endpoint(server.url, provider))
            assert isinstance(error, ModelUnreachable)
            assert f"no model server listens at {server.url}" in str(error)
            assert ("ollama serve" in str(error)) == (provider == "ollama")

    def test_no_library_is_imported_to_find_out(self) -> None:
        code = (
            "import asyncio, sys\n"
            "from kai.config.settings import build\n"
            "from kai.errors import ModelUnreachable\n"
            "from kai.llm.endpoints import open_endpoint\n"
            "async def ask():\n"
            "    try:\n"
            f"        await open_endpoint(build({{'llm.url': 'http://127.0.0.1:{_closed_port()}'}}),"
            " {}).installed()\n"
            "    except ModelUnreachable:\n"
            "        return\n"
            "    raise SystemExit('somebody listens')\n"
            "asyncio.run(ask())\n"
            "heavy = {'httpx', 'ollama', 'pydantic', 'anyio'} & set(sys.modules)\n"
            "assert not heavy, heavy\n"
        )
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

    async def test_a_name_that_nobody_knows_is_told(self) -> None:
        error = await error_of(endpoint("http://no-such-host.internal:1", "openai"))
        assert isinstance(error, ModelUnreachable)
        assert re.search("no host named no-such-host.internal|could not be looked up", str(error))

    async def test_an_address_that_swallows_packets_is_given_up_at_the_deadline(self) -> None:
        with _full_backlog() as port:
            one = endpoint(f"http://127.0.0.1:{port}", deadlines=Deadlines(0.1, 5, 5))
            error = await error_of(one)
        assert isinstance(error, ModelUnreachable)
        assert "does not take connections (waited 0.1 s)" in str(error)

    async def test_a_server_that_went_away_is_told_like_one_that_never_was(self) -> None:
        async with ScriptedServer() as server:
            one = endpoint(server.url)
            await one.installed()
        error = await error_of(one)
        assert isinstance(error, ModelUnreachable)
        assert f"no model server listens at {server.url}; start it with: ollama serve" in str(error)

    async def test_a_server_that_comes_back_is_found_again(self) -> None:
        async with ScriptedServer({"refuse": True}) as server:
            port = server.port
            one = endpoint(server.url)
            assert isinstance(await error_of(one), ModelUnreachable)
        async with ScriptedServer({"answers": ["x"]}, port):
            assert [m.name for m in await one.installed()] == ["tiny"]


class TestLookUps:
    async def test_a_look_up_that_hangs_is_left_behind(self) -> None:
        hanging = threading.Event()
        with pytest.raises(TimeoutError):
            await in_thread(hanging.wait, 0.05)
        hanging.set()

    async def test_what_a_look_up_gives_or_raises_comes_through(self) -> None:
        assert await in_thread(lambda: 7, 10) == 7
        with pytest.raises(ZeroDivisionError):
            await in_thread(lambda: 1 // 0, 10)

    def test_one_that_ends_after_the_loop_does_no_harm(self) -> None:
        hanging = threading.Event()

        async def ask() -> None:
            with pytest.raises(TimeoutError):
                await in_thread(hanging.wait, 0.01)

        asyncio.run(ask())
        hanging.set()
        for thread in threading.enumerate():
            if thread.name == "kai-lookup":
                thread.join(5)


class TestQuestions:
    @pytest.mark.parametrize("body", ["{}", "[]", "x", '{"models":5}', '{"models":[5]}', "\\u0000"])
    async def test_a_list_that_is_none_is_told(self, body: str) -> None:
        routes = {name: {"status": 200, "body": body} for name in ("/api/tags", "/v1/models")}
        async with ScriptedServer({"routes": routes}) as server:
            for provider in ("ollama", "openai", "anthropic"):
                with pytest.raises(ModelBroken, match=r"not Ollama's format|no list of models"):
                    await endpoint(server.url, provider).installed()

    async def test_a_list_of_fifty_megabytes_is_not_read(self) -> None:
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 52428800\r\n\r\n"
        )
        steps = [{"send": head}, {"send": "[", "copies": 65536, "times": 800}]
        routes = {"/api/tags": {"head": False, "play": steps}}
        async with ScriptedServer({"routes": routes}) as server:
            with pytest.raises(ModelBroken, match="more than 4096 KiB"):
                await endpoint(server.url).installed()


class TestOneServerOnly:
    async def test_a_redirection_leads_nowhere(self) -> None:
        async with ScriptedServer() as other:
            moved = {"status": 308, "headers": {"Location": other.url + "/api/generate"}}
            async with ScriptedServer({"answers": [moved]}) as server:
                for provider in ("ollama", "openai", "anthropic"):
                    assert isinstance(await error_of(endpoint(server.url, provider)), ModelBroken)
            assert not other.requests

    async def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with ScriptedServer() as proxy, ScriptedServer({"answers": ["x"]}) as server:
            for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
                monkeypatch.setenv(name, proxy.url)
            for provider in ("ollama", "openai", "anthropic"):
                await endpoint(server.url, provider).installed()
            assert not proxy.requests

    async def test_a_certificate_that_nobody_vouches_for_is_not_taken(self, tmp_path: Path) -> None:
        context = _self_signed(tmp_path)
        served = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0, ssl=context)
        port = served.sockets[0].getsockname()[1]
        async with served:
            error = await error_of(endpoint(f"https://127.0.0.1:{port}"))
        assert isinstance(error, ModelUnreachable)
        assert "certificate that is not trusted" in str(error)

    async def test_https_to_a_server_that_speaks_http_is_told(self) -> None:
        async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(100)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        served = await asyncio.start_server(plain, "127.0.0.1", 0)
        async with served:
            port = served.sockets[0].getsockname()[1]
            error = await error_of(endpoint(f"https://127.0.0.1:{port}"))
        assert isinstance(error, ModelUnreachable)
        assert "is llm.url http:// there?" in str(error)


class TestMemory:
    def test_fifty_megabytes_grow_kai_by_less_than_twenty(self) -> None:
        """Measured in a process of its own, after a first answer: libraries are loaded by then."""
        done = subprocess.run(
            [sys.executable, "-c", _GROWTH],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert float(done.stdout) < 20, done.stdout


_GROWTH = """
import asyncio, resource, sys
from kai.config.settings import build
from kai.errors import ModelBroken
from kai.llm.endpoint import Generation, Prompt
from kai.llm.endpoints import open_endpoint
from kai.llm.endpoints.waiting import in_thread
from kai.llm.scripted_server import ScriptedServer

def peak():
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 2**20 if sys.platform == "darwin" else size / 2**10

async def ask(one, wanted):
    try:
        async for _ in one.stream(Generation("tiny", Prompt("s", ()), raw="x")):
            pass
    except ModelBroken:
        assert wanted
        return
    assert not wanted

async def main():
    frame = '{"model":"tiny","response":"get ","done":false}\\n'
    answers = ["get pods"]
    for step in ({"send": "a", "copies": 65536}, {"send": frame, "copies": 1000}):
        answers.append({"play": [step | {"times": 1000}]})
    async with ScriptedServer({"answers": answers}) as server:
        one = open_endpoint(build({"llm.url": server.url}), {})
        await ask(one, False)
        before = peak()
        await ask(one, True)
        await ask(one, True)
        await one.close()
        print(peak() - before)

asyncio.run(main())
"""


def _closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class _full_backlog:
    """A port whose queue is full: to a client it looks like an address that swallows packets."""

    def __enter__(self) -> int:
        self.sockets = [socket.socket()]
        self.sockets[0].bind(("127.0.0.1", 0))
        self.sockets[0].listen(0)
        address = self.sockets[0].getsockname()
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(address)
            self.sockets.append(one)
        return int(address[1])

    def __exit__(self, *_: object) -> None:
        for one in self.sockets:
            one.close()


def _self_signed(folder: Path) -> ssl.SSLContext:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [
            openssl,
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            *subject,
            "-keyout",
            str(key),
            "-out",
            str(certificate),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
