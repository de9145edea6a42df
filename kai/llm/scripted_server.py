"""A model server over real sockets that says what a script tells it: for tests, and to try kai.

    python -m kai.llm.scripted_server SCRIPT.json [PORT]

It speaks enough of Ollama's API, OpenAI's (as llama.cpp's server and vLLM do) and Anthropic's.
A script is a JSON object; everything has a default::

    {"models": [{"name": "tiny", "size": 1000, "context": 4096, "capabilities": ["completion"]}],
     "loaded": ["tiny"],                  models in memory from the start
     "answers": [ANSWER, ...],            one for each request to a model; the last one stays
     "routes": {"GET /api/tags": ANSWER}, answers for one path, whatever the method's default is
     "health": false,                     no /health, /props: a server that tells nothing
     "refuse": true}                      a port on which nobody listens

An ANSWER is a text (it comes word by word, cut at the request's `stop`), or an object::

    {"text": "...", "thinking": "...", "tokens": ["get", " pods"], "probability": 0.9,
     "pace": 0.01 (seconds between frames), "loading": 2 (seconds until the model is loaded; a
     client that leaves meanwhile aborts the load), "reason": "length", "ignores_stop": true,
     "when": "words" (only for prompts that hold them: tried before those without)}
    {"status": 503, "json": {...} or "body": "...", "headers": {"Retry-After": "1"}}
    {"play": [STEP, ...], "head": false}  any bytes; without a head of HTTP where head is false

and a STEP is one of::

    {"send": "text"} {"hex": "fffe00"}    with "copies": N (at once), "times": N
                                         (null: for ever), "every": SECONDS
    {"wait": SECONDS} {"hang": true} {"close": true} {"reset": true}

`GET /_requests` tells what was asked and which requests the client left, as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kai.llm.scripted_apis import (
    GENERATES,
    Json,
    at_once,
    error,
    frames,
    line,
    listed,
    now,
    prompt_of,
    shown,
)
from kai.llm.scripted_bytes import chunk, head, play, whole

_EVENT_STREAM = ("/v1/completions", "/v1/chat/completions", "/v1/messages")


@dataclass(slots=True)
class Received:
    """One request. `left`: the client hung up before its answer was complete."""

    method: str
    path: str
    headers: dict[str, str]
    content: bytes
    left: bool = False
    answered: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def body(self) -> Json:
        """The JSON object that was sent; {} where it was none."""
        with contextlib.suppress(ValueError):
            found = json.loads(self.content)
            return found if isinstance(found, dict) else {}
        return {}


class ScriptedServer:
    """See the module. `async with ScriptedServer(script) as server:` serves at `server.url`."""

    def __init__(self, script: Mapping[str, Any] | None = None, port: int = 0) -> None:
        self.script = dict(script or {})
        self.requests: list[Received] = []
        self.connections = 0
        self.aborted_loads = 0
        self.models: list[Json] = list(self.script.get("models", [{"name": "tiny"}]))
        self.loaded: dict[str, float] = dict.fromkeys(self.script.get("loaded", []), 300.0)
        self._loading_until: dict[int, float] = {}
        self._asked = 0
        self._socket = socket.create_server(("127.0.0.1", port), backlog=128)
        if self.script.get("refuse"):
            self.port = self._socket.getsockname()[1]
            self._socket.close()
            self._socket = socket.socket()
            self._socket.bind(("127.0.0.1", self.port))
        self.port = self._socket.getsockname()[1]
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def asked(self, path: str = "") -> list[Received]:
        """The requests whose path has this beginning; "" for those that run a model."""
        paths = (path,) if path else tuple(GENERATES)
        return [one for one in self.requests if one.path.startswith(paths)]

    async def __aenter__(self) -> ScriptedServer:
        if not self.script.get("refuse"):
            self._server = await asyncio.start_server(self._serve, sock=self._socket)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._socket.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a callback of start_server runs in one
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        # asyncio does this by itself only for sockets that it made.
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while (request := await _read(reader)) is not None:
                self.requests.append(request)
                if not await self._handle(request, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            pass
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            writer.close()

    async def _handle(
        self, request: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; whether the connection can be used again."""
        playing = asyncio.ensure_future(self._answer(request, writer))
        watching = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({playing, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not playing.done():
                request.left = True
                return False
            request.answered = playing.exception() is None
            request.left = isinstance(playing.exception(), ConnectionError)
            return request.answered and playing.result()
        finally:
            for one in (playing, watching):
                one.cancel()
            await asyncio.gather(playing, watching, return_exceptions=True)
            request.ended.set()

    async def _answer(self, request: Received, writer: asyncio.StreamWriter) -> bool:
        path = request.path.partition("?")[0]
        answer = self._scripted(request, path)
        if answer is None:
            return await whole(writer, 200, _json(self._told(request, path)), {})
        if isinstance(answer, str):
            answer = {"text": answer}
        if "play" in answer:
            return await play(writer, answer, _kind(path))
        if "status" in answer:
            body = answer.get("body")
            content = _json(answer.get("json", {})) if body is None else str(body).encode()
            return await whole(writer, answer["status"], content, answer.get("headers", {}))
        return await self._generate(request, path, answer, writer)

    def _scripted(self, request: Received, path: str) -> Any:
        """What the script says to this; None where it is the server's usual business."""
        routes = self.script.get("routes", {})
        for name in (f"{request.method} {path}", path):
            if name in routes:
                return routes[name]
        if path not in GENERATES:
            known = path in _PAGES or path.startswith("/_")
            if path in ("/health", "/props") and not self.script.get("health", True):
                known = False
            return None if known else {"status": 404, "json": error(path, "no such page")}
        model, prompt = str(request.body.get("model")), prompt_of(request.body)
        if path.startswith("/api/") and not self._has(model):
            return {"status": 404, "json": {"error": f"model '{model}' not found"}}
        if path == "/api/generate" and not prompt:
            return {"text": "", "reason": "unload" if not self._keep(request) else "load"}
        answers = self.script.get("answers", [""])
        for answer in answers:
            if isinstance(answer, dict) and "when" in answer and answer["when"] in prompt:
                return answer
        plain = [one for one in answers if not (isinstance(one, dict) and "when" in one)] or [""]
        self._asked += 1
        return plain[min(self._asked, len(plain)) - 1]

    async def _generate(
        self, request: Received, path: str, answer: Json, writer: asyncio.StreamWriter
    ) -> bool:
        model = str(request.body.get("model"))
        if "loading" in answer and model not in self.loaded:
            if path.startswith("/v1"):  # llama.cpp's server refuses until it can answer
                until = self._loading_until.setdefault(id(answer), _clock() + answer["loading"])
                if _clock() < until:
                    self._asked -= 1
                    return await whole(writer, 503, _json(_LOADING), {})
            else:
                try:
                    await asyncio.sleep(answer["loading"])
                except asyncio.CancelledError:
                    self.aborted_loads += 1
                    raise
        keep = self._keep(request)
        self.loaded[model] = keep
        if not keep:
            del self.loaded[model]
        written = list(frames(GENERATES[path], answer, request.body))
        if request.body.get("stream") is False:
            return await whole(writer, 200, at_once(GENERATES[path], written), {})
        await head(writer, _kind(path))
        for frame in written:
            await chunk(writer, frame)
            if answer.get("pace"):
                await asyncio.sleep(answer["pace"])
        await chunk(writer, b"")
        return True

    @staticmethod
    def _keep(request: Received) -> float:
        keep = request.body.get("keep_alive", 300)
        return float(keep) if isinstance(keep, int | float) else 300.0

    def _has(self, name: str) -> Json | None:
        names = (name, f"{name}:latest")
        return next((one for one in self.models if one["name"] in names), None)

    def _told(self, request: Received, path: str) -> Any:  # noqa: PLR0911 - a table
        """What a server says of itself and its models, and what it does with them."""
        body = request.body
        name = str(body.get("model") or body.get("name") or "")
        if path == "/_requests":
            return [
                {"method": r.method, "path": r.path, "body": r.body, "left": r.left}
                for r in self.requests
            ]
        if path == "/api/show":
            return shown(self._has(name) or {"name": name})
        if path == "/api/ps":
            return {"models": [self._running(name) for name in self.loaded]}
        if path == "/api/tags":
            return {"models": [listed(one) for one in self.models]}
        if path in ("/api/pull", "/api/create"):
            self.models += [] if self._has(name) else [{"name": name}]
            half, all_of_it = {"completed": 50, "total": 100}, {"completed": 100, "total": 100}
            steps = [{"status": "pulling manifest"}, {"status": "pulling", **half}]
            return [*steps, {"status": "pulling", **all_of_it}, {"status": "success"}]
        if path == "/api/delete":
            self.models = [one for one in self.models if one["name"] != name]
            return {"status": "success"}
        if path == "/api/embed":
            inputs = body.get("input") or []
            return {"embeddings": [[float(len(text)), 1.0] for text in inputs]}
        if path == "/v1/models":
            rows = [{"id": m["name"], "max_model_len": m.get("context", 4096)} for m in self.models]
            return {"object": "list", "data": rows}
        return _USUAL[path]

    def _running(self, name: str) -> Json:
        model = self._has(name) or {"name": name}
        size = model.get("size", 1000)
        row = listed(model) | {"expires_at": now(self.loaded[name]), "size_vram": 0}
        return row | {"size": size, "context_length": model.get("context", 4096)}


_LOADING = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}
_USUAL: Mapping[str, Any] = {
    "/": {},
    "/health": {"status": "ok"},
    "/props": {"default_generation_settings": {"n_ctx": 4096}},
    "/api/version": {"version": "0.13.5"},
}
_TOLD = ("show", "ps", "tags", "pull", "create", "delete", "embed")
_PAGES = frozenset({*_USUAL, "/v1/models", *("/api/" + name for name in _TOLD)})


def _clock() -> float:
    return asyncio.get_running_loop().time()


def _json(value: Any) -> bytes:
    """Lists of steps go out as lines, the way Ollama tells of progress."""
    if isinstance(value, list) and value and "status" in value[0]:
        return b"".join(line(one) for one in value)
    return json.dumps(value).encode()


def _kind(path: str) -> str:
    return "text/event-stream" if path in _EVENT_STREAM else "application/x-ndjson"


async def _read(reader: asyncio.StreamReader) -> Received | None:
    """The next request on a connection; None at its end."""
    first = await reader.readline()
    if not first.strip():
        return None
    method, path, _ = first.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (header := await reader.readline()).strip():
        name, _, value = header.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    content = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(method, path, headers, content)


async def _main(script: Mapping[str, Any], port: int) -> None:
    async with ScriptedServer(script, port) as server:
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python -m kai.llm.scripted_server SCRIPT.json [PORT]")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(
            _main(
                json.loads(Path(sys.argv[1]).read_text()),
                int(sys.argv[2]) if len(sys.argv) == 3 else 0,
            )
        )
