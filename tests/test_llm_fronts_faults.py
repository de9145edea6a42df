"""What a model's server does wrong, through every front: one message, nothing inserted, the rest goes on.

The faults are those of a real server (refused, reset, hanging, 404, 500, 503, endless, broken text),
played over real sockets by the scripted server that ships with kai.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from kai.llm.endpoint import Reach
from kai.llm.endpoints.waiting import knock
from kai_shell.daemon import client, protocol, runtime
from tests.lsp_client import Editor, editing, until
from tests.model_rows import Serving, model
from tests.panels import Tty
from tests.run_kai import kai
from tests.test_daemon import sent, serving

WORDS = "gizmos that hum"
BUILTIN, POD_LIST = "pods in kube-system", "kubectl get pods --namespace=kube-system"
HALF = json.dumps({"message": {"role": "assistant", "content": "kubectl delete "}, "done": False})
HANGS = {"head": False, "play": [{"hang": True}]}
HANGING = {"models": [model("tiny")], "loaded": ["tiny"], "answers": [HANGS]}
"""A server that says nothing to a request, with its model in memory: nothing is lost by leaving."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What the server does to requests to its model, what is said of it, how often it is asked."""

    answer: Mapping[str, Any]
    says: tuple[str, ...]
    most: int = 1
    script: Mapping[str, Any] | None = None

    @property
    def whole(self) -> dict[str, Any]:
        route = {"POST /api/chat": dict(self.answer)}
        return {"models": [model("tiny")], "routes": route, **(self.script or {})}


FAULTS = {
    "down": Fault({}, ("127.0.0.1:", "ollama serve"), 0, {"refuse": True}),
    "no models": Fault({}, ("kai pull llama3.2:3b",), 0, {"models": []}),
    "model gone": Fault(
        {"status": 404, "json": {"error": "model 'tiny' not found"}}, ("kai pull tiny",)
    ),
    "500": Fault({"status": 500, "json": {"error": "it burns"}}, ("it burns",), 2),
    "503": Fault({"status": 503, "json": {"error": "server busy"}}, ("server busy",), 2),
    "reset": Fault({"play": [{"send": f"{HALF}\n"}, {"reset": True}]}, ("ask again",), 2),
    "broken off": Fault({"play": [{"send": f"{HALF}\n"}, {"close": True}]}, ("ask again",), 2),
    "endless": Fault({"play": [{"send": f"{HALF}\n", "times": None}]}, ("64 KiB",)),
    "one long line": Fault({"play": [{"send": "x", "copies": 50_000, "times": 200}]}, ("",)),
    "no text": Fault({"play": [{"hex": "fffe00c3280a"}]}, ("",)),
    "nothing": Fault({"play": []}, ("ask again",), 2),
    "out of memory": Fault(
        {"play": [{"send": '{"error": "model requires more system memory (9 GiB)"}\n'}]},
        ("memory",),
        2,
    ),
}
every_fault = pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))


@contextmanager
def asking(
    monkeypatch: pytest.MonkeyPatch, script: Mapping[str, Any], **env: str
) -> Iterator[Serving]:
    """The settings name a server with this script."""
    with Serving(script) as server:
        given = {"KAI_LLM_ENABLED": "true", "KAI_LLM_WARM": "off", "OLLAMA_HOST": server.url, **env}
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture(name="runtime_folder")
def _runtime_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A runtime folder with a name short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp") as name:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(Path(name).resolve()))
        yield runtime.folder(os.environ)


def key(words: str = WORDS, tty: str = "", panel: bool = False) -> bytes:
    """What a shell sends when the key is pressed."""
    names = [name for name in os.environ if name.startswith("KAI_LLM_")]
    env = [f"{name}={os.environ[name]}" for name in names]
    env += ["TERM=xterm-256color", "LANG=C.UTF-8", "PANEL=1"] if panel else []
    return protocol.encode(["1", "ask", "zsh", tty, "80", "/", "", "\n".join(env), words])


async def pressed(folder: str, line: bytes) -> list[str]:
    """The last line of the daemon's answer, behind those that say to wait."""
    reader, writer = await asyncio.open_unix_connection(runtime.socket_path(folder))
    try:
        writer.write(line)
        *waits, last = (await asyncio.wait_for(reader.read(), 30)).splitlines(keepends=True)
        assert set(waits) <= {b"wait\n"}
        return protocol.decode(last)
    finally:
        writer.close()


# --- each fault, each front ----------------------------------------------------------------------


@every_fault
def test_kai_words_says_what_is_wrong_and_writes_no_command(
    monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    with asking(monkeypatch, fault.whole) as server:
        said = kai(*WORDS.split())
        assert said.out == ""
        assert said.status in (1, 3)
        assert all(words in said.err for words in fault.says), said.err
        assert said.err.count("\n") == 1, said.err
        assert len(server.asked()) <= fault.most
        assert kai(*BUILTIN.split()).out == f"{POD_LIST}\n"


@every_fault
async def test_the_key_says_what_is_wrong_and_leaves_the_line(
    monkeypatch: pytest.MonkeyPatch, runtime_folder: str, fault: Fault
) -> None:
    with asking(monkeypatch, fault.whole) as server:
        async with serving(runtime_folder):
            kind, *more = await pressed(runtime_folder, key())
            assert (kind in ("none", "fail"), len(more)) == (True, 1)
            assert all(words in more[0] for words in fault.says), more
            assert "kubectl delete" not in more[0]
            assert len(server.asked()) <= fault.most
            assert (await pressed(runtime_folder, key(BUILTIN)))[:2] == ["put", POD_LIST]


@every_fault
async def test_the_code_action_says_what_is_wrong_and_leaves_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: Fault
) -> None:
    text = f"# ai: {WORDS}\n"
    with asking(monkeypatch, fault.whole) as server:
        async with editing(home=tmp_path, env={"KAI_LLM_ENABLED": "true"}) as editor:
            uri = editor.open("a.sh", text)
            await editor.choose(await editor.action(uri, "ai:", "ask the model"))
            await editor.told(1)
            assert all(words in editor.messages[0] for words in fault.says), editor.messages
            assert (editor.text(uri), editor.edits) == (text, [])
            assert len(server.asked()) <= fault.most
            other = editor.open("b.sh", f"# ai: {BUILTIN}\n")
            await editor.choose(await editor.action(other, "ai:", f"kai: {POD_LIST}"))
            assert editor.text(other) == f"# ai: {BUILTIN}\n{POD_LIST}\n"


async def test_a_daemon_that_was_busy_itself_does_not_call_a_server_dead() -> None:
    """What it loads holds up its event loop for longer than a server has to take a connection."""
    with Serving() as server:
        knocking = asyncio.ensure_future(knock(server.url, 0.05, Reach.MACHINE))
        for _ in range(3):
            await asyncio.sleep(0)
        time.sleep(0.2)  # noqa: ASYNC251 - this is what is tried
        await knocking


# --- a model that says nothing -------------------------------------------------------------------


async def test_a_hanging_model_is_left_with_escape_and_its_request_is_closed(
    monkeypatch: pytest.MonkeyPatch, runtime_folder: str
) -> None:
    with asking(monkeypatch, HANGING) as server, Tty() as t:
        async with serving(runtime_folder):
            answer = asyncio.ensure_future(pressed(runtime_folder, key(tty=t.path, panel=True)))
            await t.until("asking tiny")
            t.type(b"\x1b")
            said = await asyncio.wait_for(answer, 20)
            assert said == ["left", ""]
            await until(lambda: bool(server.asked()) and server.asked()[0].left)


async def test_who_is_asked_is_shown_also_where_all_is_loaded_and_the_model_says_nothing(
    monkeypatch: pytest.MonkeyPatch, runtime_folder: str
) -> None:
    """The first request loads a library, which takes a while by itself; the second loads nothing."""
    with asking(monkeypatch, HANGING):
        async with serving(runtime_folder):
            for _ in range(2):
                with Tty() as place:
                    request = key(tty=place.path, panel=True)
                    answer = asyncio.ensure_future(pressed(runtime_folder, request))
                    await place.until("asking tiny on this machine")
                    place.type(b"\x1b")
                    assert await asyncio.wait_for(answer, 20) == ["left", ""]


async def test_what_has_come_of_an_answer_is_shown_and_never_put(
    monkeypatch: pytest.MonkeyPatch, runtime_folder: str
) -> None:
    """Neither Enter while it comes nor the end of the connection makes a command of a half."""
    answer = {"play": [{"send": f"{HALF}\n"}, {"hang": True}]}
    with asking(monkeypatch, {"models": [model("tiny")], "answers": [answer]}), Tty() as place:
        async with serving(runtime_folder):
            task = asyncio.ensure_future(pressed(runtime_folder, key(tty=place.path, panel=True)))
            await place.until("kubectl delete")
            place.type(b"\r")
            await asyncio.sleep(0.1)
            assert not task.done()
            place.type(b"\x1b")
            assert (await asyncio.wait_for(task, 20)) == ["left", ""]


async def test_a_shell_that_goes_away_closes_its_request(
    monkeypatch: pytest.MonkeyPatch, runtime_folder: str
) -> None:
    with asking(monkeypatch, HANGING) as server:
        async with serving(runtime_folder):
            asked = asyncio.ensure_future(pressed(runtime_folder, key(panel=True)))
            await until(lambda: bool(server.asked()))
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)
            await until(lambda: server.asked()[0].left)


async def test_a_model_at_work_in_one_shell_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch, runtime_folder: str
) -> None:
    """Neither answers that need no model, nor another request to the model."""
    quick = {"text": "kubectl get gizmos -A", "when": "other words"}
    script = {"models": [model("tiny")], "answers": [quick, HANGS]}
    with asking(monkeypatch, script) as server:
        async with serving(runtime_folder):
            hangs = asyncio.ensure_future(pressed(runtime_folder, key(panel=True)))
            await until(lambda: bool(server.asked()))
            assert (await pressed(runtime_folder, key(BUILTIN)))[:2] == ["put", POD_LIST]
            kind, *_ = await pressed(runtime_folder, key("gizmos in other words"))
            assert kind in ("offer", "none")
            assert len(server.asked()) >= 2
            assert not hangs.done()
            hangs.cancel()
            await asyncio.gather(hangs, return_exceptions=True)


async def test_cancelling_in_the_editor_closes_the_request_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = f"# ai: {WORDS}\n"
    with asking(monkeypatch, HANGING) as server:
        async with editing(home=tmp_path, env={"KAI_LLM_ENABLED": "true"}) as editor:
            uri = editor.open("a.sh", text)
            await editor.choose(await editor.action(uri, "ai:", "ask the model"))
            await until(lambda: bool(server.asked()) and bool(editor.client.progress_reports))
            other = editor.open("b.sh", f"# ai: {BUILTIN}\n")  # it goes on meanwhile
            assert await editor.action(other, "ai:", f"kai: {POD_LIST}")
            cancel(editor)
            await until(lambda: server.asked()[0].left)
            await editor.settled()
            assert (editor.text(uri), editor.edits) == (text, [])


def cancel(editor: Editor) -> None:
    """What an editor sends when its user stops the one progress that is shown."""
    [token] = editor.client.progress_reports
    editor.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token=token))


# --- a model that loads --------------------------------------------------------------------------


async def test_who_waits_for_a_load_is_told_so_and_may_leave_without_aborting_it(
    monkeypatch: pytest.MonkeyPatch, runtime_folder: str
) -> None:
    loading = {"text": "kubectl get gizmos", "loading": 1.0}
    script = {"models": [model("tiny")], "answers": [loading]}
    with asking(monkeypatch, script, KAI_LLM_WARM="auto") as server, Tty() as place:
        async with serving(runtime_folder):
            task = asyncio.ensure_future(pressed(runtime_folder, key(tty=place.path, panel=True)))
            await place.until("loading tiny")
            assert (await said_of_model(runtime_folder))[1] == "loading"
            place.type(b"\x1b")
            assert (await asyncio.wait_for(task, 20)) == ["left", ""]
            await until(lambda: "tiny" in server.server.loaded)
            async with asyncio.timeout(20):
                while (await said_of_model(runtime_folder))[1] != "warm":  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            assert server.server.aborted_loads == 0


async def said_of_model(folder: str) -> list[str]:
    """How the daemon says that the model is."""
    names = [name for name in os.environ if name.startswith(("KAI_LLM_", "OLLAMA_"))]
    env = "\n".join(f"{name}={os.environ[name]}" for name in names)
    return await sent(folder, protocol.encode(["1", "model", "status", env]))


def test_the_clients_deadline_is_no_deadline_of_the_model(
    monkeypatch: pytest.MonkeyPatch, runtime_folder: str
) -> None:
    """A load of seconds is longer than a shell waits for a daemon that says nothing; it says wait."""
    loading = {"text": "kubectl get gizmos -A", "loading": 3.5}
    with asking(monkeypatch, {"models": [model("tiny")], "answers": [loading]}):

        async def answered() -> list[str]:
            async with serving(runtime_folder):
                fields = protocol.decode(key(panel=True))
                return await asyncio.to_thread(client.ask, runtime_folder, fields[1:])

        said = asyncio.run(answered())
    assert said[0] in ("offer", "none"), said
