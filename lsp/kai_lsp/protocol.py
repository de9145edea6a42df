"""The language server protocol's lifecycle, and its requests handed to their handlers.

Every request is answered, once, and nothing that a client sends ends the server. Handlers run in the
order in which messages come; one that is a coroutine lets the next begin, and can be cancelled.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from enum import IntEnum
from functools import partial
from typing import Any

from kai_lsp import types, wire
from kai_lsp.background import Background
from kai_lsp.structure import Misfit, Structure, decoded

log = logging.getLogger("kai_lsp")

Handler = Callable[[Any], Any]
Number = int | float | str
"""What a request is known by; clients whose language has one kind of number may say 1.0."""

_MOST_WAITING = 1_000
"""Messages that are read ahead; who writes more and reads nothing has to wait."""

_LAST_SECONDS = 2.0
"""How long a client that goes is kept for the answers to what it has asked."""


class Code(IntEnum):
    """Why a request has no result: the numbers of JSON-RPC and of the protocol."""

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    NOT_INITIALIZED = -32002
    CANCELLED = -32800


class Refusal(Exception):
    """A request is refused, by us or by the client."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class LanguageServer:
    """One client at the other end of two file descriptors.

    Handlers are bound by `feature` and `command`; what a method's parameters are read as is said
    there. Methods of the lifecycle and of cancelling are handled here.
    """

    def __init__(self) -> None:
        self.background = Background(self.failed)
        self._features: dict[str, tuple[type[Structure] | None, Handler]] = {}
        self._commands: dict[str, tuple[type, Handler]] = {}
        self._running: dict[Number, asyncio.Task[Any]] = {}
        self._asked: dict[Number, asyncio.Future[Any]] = {}
        self._numbers = itertools.count(1)
        self._progress: dict[int | str, asyncio.Task[Any]] = {}
        self._leaving: asyncio.Task[None] | None = None
        self._source = self._target = -1
        self._begun = self._shut = False
        self._ended: asyncio.Future[int] | None = None
        self._own: dict[str, tuple[type[Structure] | None, Handler]] = {
            "initialize": (types.InitializeParams, self._initialize),
            "shutdown": (None, self._shutdown),
            "exit": (None, self._exit),
            "$/cancelRequest": (types.CancelParams, self._cancel),
            "window/workDoneProgress/cancel": (
                types.WorkDoneProgressCancelParams,
                self._cancel_progress,
            ),
            "workspace/executeCommand": (types.ExecuteCommandParams, self._execute),
        }

    # --- what a server says of itself ---------------------------------------------------------

    def meet(self, params: types.InitializeParams) -> Mapping[str, object]:
        """The result of `initialize`."""
        raise NotImplementedError

    def failed(self, error: BaseException) -> None:
        """Something failed behind an answered request."""

    async def end(self) -> None:
        """Stop what is under way; called once, when the client goes."""

    def feature(
        self, method: str, params: type[Structure] | None = None
    ) -> Callable[[Handler], Handler]:
        """Bind a handler to a method, whose parameters are read as `params` (None: as they are)."""

        def bound(handler: Handler) -> Handler:
            self._features[method] = (params, handler)
            return handler

        return bound

    def command(self, name: str, argument: type) -> Callable[[Handler], Handler]:
        """Bind a handler to a command with one argument of that type."""

        def bound(handler: Handler) -> Handler:
            self._commands[name] = (argument, handler)
            return handler

        return bound

    @property
    def commands(self) -> list[str]:
        """The names of the commands."""
        return list(self._commands)

    # --- running ------------------------------------------------------------------------------

    def start_io(self) -> int:
        """Serve the client at standard input and output; see `serve`."""
        target = os.dup(1)
        os.dup2(2, 1)  # what is printed by accident must not get between the messages
        return asyncio.run(self.serve(0, target))

    def start_tcp(self, port: int) -> int:
        """Serve the first client that connects to the port of this machine; see `serve`."""
        with socket.create_server(("127.0.0.1", port)) as listening:
            connection = listening.accept()[0]
        with connection:
            return asyncio.run(self.serve(connection.fileno(), connection.fileno()))

    async def serve(self, source: int, target: int) -> int:
        """Read from one file descriptor and write to the other until the client goes: 0, or 1 after
        `exit` without `shutdown`, as the protocol has it."""
        loop = asyncio.get_running_loop()
        self._ended = loop.create_future()
        self._source, self._target = source, target
        room = threading.Semaphore(_MOST_WAITING)

        def soon(work: Callable[[], None]) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
                loop.call_soon_threadsafe(work)

        def handle(body: bytes) -> None:
            room.release()
            self._received(body)

        def received(body: bytes) -> None:
            room.acquire()
            soon(partial(handle, body))

        wire.listen(
            source,
            received,
            lambda: soon(partial(self._leave, 0)),
        )
        try:
            return await self._ended
        finally:
            await self._end()

    def _stop(self, code: int) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(code)

    async def _end(self) -> None:
        for task in list(self._running.values()):
            if task is not asyncio.current_task():
                task.cancel()
        # Whatever does not end is left behind: a server that stays is worse.
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS):
                await self.background.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS):
                await self.end()

    # --- what comes ---------------------------------------------------------------------------

    def _received(self, body: bytes) -> None:
        if self._ended is None or self._ended.done():
            return
        try:
            message = json.loads(body, parse_constant=_no_number)
        except (ValueError, RecursionError):
            log.error("a message is no JSON")
            self._refuse(None, Refusal(Code.PARSE_ERROR, "the message is no JSON"))
            return
        method = message.get("method") if isinstance(message, dict) else None
        number = _number(message.get("id")) if isinstance(message, dict) else None
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            self._refuse(number, Refusal(Code.INVALID_REQUEST, "this is no message of JSON-RPC 2"))
        elif isinstance(method, str) and "id" not in message:
            self._notified(method, message.get("params"))
        elif isinstance(method, str) and number is not None:
            self._requested(number, method, message.get("params"))
        elif method is None and number is not None:
            self._answered(number, message)
        else:
            self._refuse(None, Refusal(Code.INVALID_REQUEST, "the message has no method or id"))

    def _handled(self, method: str, params: object) -> Any:
        """What the handler of a method returns. Raises `Refusal`, and whatever the handler does."""
        kind, handler = self._own.get(method) or self._features.get(method) or (None, None)
        if not self._begun and method not in ("initialize", "exit"):
            raise Refusal(Code.NOT_INITIALIZED, "initialize comes first")
        if self._shut and method != "exit":
            raise Refusal(Code.INVALID_REQUEST, "the server was shut down")
        if handler is None:
            raise Refusal(Code.METHOD_NOT_FOUND, f"there is no method {method:.60}")
        try:
            given = decoded(kind, params) if kind is not None else params
        except Misfit as misfit:
            log.warning("the parameters of %s do not fit: %s", method, misfit)
            wrong = f"the parameters of {method} do not fit: {misfit}"
            raise Refusal(Code.INVALID_PARAMS, wrong) from None
        return handler(given)

    def _notified(self, method: str, params: object) -> None:
        try:
            work = self._handled(method, params)
        except Refusal as refusal:
            if not method.startswith("$/"):  # those may be ignored without a word
                log.warning("a notification is of no use: %s", refusal)
        except Exception as error:
            log.exception("%s at %s", type(error).__name__, method)
        else:
            if asyncio.iscoroutine(work):
                self.background.start(work)

    def _requested(self, number: Number, method: str, params: object) -> None:
        try:
            result = self._handled(method, params)
        except Exception as error:  # noqa: BLE001 - whatever it is, the request is answered
            self._refuse(number, error)
            return
        if not asyncio.iscoroutine(result):
            self._answer(number, result)
            return
        task = asyncio.get_running_loop().create_task(result)
        self._running[number] = task
        task.add_done_callback(partial(self._finished, number))

    def _finished(self, number: Number, task: asyncio.Task[Any]) -> None:
        if self._running.get(number) is task:
            del self._running[number]
        if task.cancelled():
            self._refuse(number, Refusal(Code.CANCELLED, "the request was cancelled"))
        elif (error := task.exception()) is not None:
            self._refuse(number, error)
        else:
            self._answer(number, task.result())

    def _answered(self, number: Number, message: Mapping[str, Any]) -> None:
        future = self._asked.pop(number, None)
        if future is None or future.done():  # nobody waits any more
            return
        error = message.get("error")
        if isinstance(error, dict):
            code = error.get("code")
            known = code if isinstance(code, int) else Code.INTERNAL_ERROR
            future.set_exception(Refusal(known, str(error.get("message", ""))))
        else:
            future.set_result(message.get("result"))

    # --- what goes ----------------------------------------------------------------------------

    def notify(self, method: str, params: object) -> None:
        """Tell the client something."""
        self._send({"method": method, "params": params})

    async def ask(self, method: str, params: object) -> Any:
        """Ask the client; its answer as JSON. Raises `Refusal` where it does not want to."""
        number = next(self._numbers)
        future = self._asked[number] = asyncio.get_running_loop().create_future()
        self._send({"id": number, "method": method, "params": params})
        try:
            return await future
        finally:
            self._asked.pop(number, None)

    def _answer(self, number: Number, result: object) -> None:
        try:
            self._send({"id": number, "result": result})
        except (RecursionError, TypeError, ValueError) as error:  # it cannot be written as JSON
            self._refuse(number, error)

    def _refuse(self, number: Number | None, error: BaseException) -> None:
        if not isinstance(error, Refusal):
            log.error("%s in a request", type(error).__name__, exc_info=error)
            error = Refusal(Code.INTERNAL_ERROR, "kai failed at this; its log has more")
        self._send({"id": number, "error": {"code": int(error.code), "message": error.message}})

    def _send(self, message: dict[str, object]) -> None:
        if self._ended is None or self._ended.done():
            return
        try:
            wire.send(self._target, {"jsonrpc": "2.0", **message}, self._source)
        except OSError:
            self._stop(0)  # nobody reads any more

    # --- the lifecycle, and cancelling --------------------------------------------------------

    def _initialize(self, params: types.InitializeParams) -> Mapping[str, object]:
        if self._begun:
            raise Refusal(Code.INVALID_REQUEST, "initialize comes once")
        told = self.meet(params)
        self._begun = True
        return told

    def _shutdown(self, params: object) -> Coroutine[Any, Any, None]:
        self._shut = True  # at once: `exit` may be on its way
        return self._end()

    def _exit(self, params: object) -> None:
        self._leave(0 if self._shut else 1)

    def _leave(self, code: int) -> None:
        """The client goes; `shutdown` and what it has cancelled are answered before."""
        if not self._shut or not self._running:
            self._stop(code)
            return

        async def answered() -> None:
            await asyncio.wait(list(self._running.values()), timeout=_LAST_SECONDS)
            self._stop(code)

        self._leaving = self._leaving or asyncio.get_running_loop().create_task(answered())

    def _cancel(self, params: types.CancelParams) -> None:
        if (task := self._running.get(params.id)) is not None:
            task.cancel()

    def _cancel_progress(self, params: types.WorkDoneProgressCancelParams) -> None:
        if (task := self._progress.get(params.token)) is not None:
            task.cancel()

    def cancelled_by(self, token: str, task: asyncio.Task[Any] | None) -> None:
        """Cancel a task when the user stops the progress of that token; None: no longer."""
        if task is not None:
            self._progress[token] = task
        else:
            self._progress.pop(token, None)

    def _execute(self, params: types.ExecuteCommandParams) -> Coroutine[Any, Any, Any] | Any:
        kind, handler = self._commands.get(params.command, (None, None))
        given = (params.arguments or [None])[0]
        if kind is None or handler is None:
            raise Refusal(Code.INVALID_PARAMS, f"there is no command {params.command:.60}")
        if not isinstance(given, kind):
            raise Refusal(Code.INVALID_PARAMS, f"{params.command} takes one {kind.__name__}")
        return handler(given)


def _number(given: object) -> Number | None:
    """What a request is known by; None: it is none."""
    known = isinstance(given, int | float | str) and not isinstance(given, bool)
    return given if known else None  # type: ignore[return-value]


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
