"""The language server under clients that are careless, hostile or gone."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.lsp_client import KAI, Editor, editing, scripted, until, within

PODS = "kubectl get pods --namespace=prod"


pytestmark = pytest.mark.asyncio(loop_scope="module")


CLIENTS = ("vscode-11", "neovim-0.12", "plain")
"""They count in UTF-16, UTF-8 and UTF-32."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=CLIENTS)
async def editor(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Editor]:
    """One server for all: whatever a test does to it, the next one finds it alive."""
    async with editing(request.param, home=tmp_path_factory.mktemp("home")) as started:
        yield started


async def spoken(folder: Path, *said: bytes | dict[str, object]) -> tuple[list[Any], int | None]:
    """What a server answers to bytes and messages that it gets all at once, and its exit code."""
    bodies, code = await written(folder, *said)
    return [json.loads(body) for body in bodies], code


async def written(folder: Path, *said: bytes | dict[str, object]) -> tuple[list[bytes], int | None]:
    """The same, as it is written."""
    process = await asyncio.create_subprocess_exec(
        *KAI,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, "HOME": str(folder)},
    )
    text = b""
    for one in said:
        body = one if isinstance(one, bytes) else json.dumps({"jsonrpc": "2.0", **one}).encode()
        text += one if isinstance(one, bytes) else b"Content-Length: %d\r\n\r\n" % len(body) + body
    out, _ = await within(process.communicate(text))
    bodies = [part.partition(b"\r\n\r\n")[2] for part in out.split(b"Content-Length: ")[1:]]
    return bodies, process.returncode


INITIALIZE: dict[str, object] = {
    "id": 1,
    "method": "initialize",
    "params": {"capabilities": {}, "processId": None, "rootUri": None},
}


def hover(uri: str) -> dict[str, object]:
    place = {"line": 0, "character": 9}
    params = {"textDocument": {"uri": uri}, "position": place}
    return {"id": 2, "method": "textDocument/hover", "params": params}


HOVER = hover("file:///a.sh")


def opened(text: str, uri: str = "file:///a.sh") -> dict[str, object]:
    document = {"uri": uri, "languageId": "shellscript", "version": 1, "text": text}
    return {"method": "textDocument/didOpen", "params": {"textDocument": document}}


def changed(text: str, version: int | None) -> dict[str, object]:
    whose = {"uri": "file:///a.sh", "version": version}
    params = {"textDocument": whose, "contentChanges": [{"text": text}]}
    return {"method": "textDocument/didChange", "params": params}


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


async def test_before_initialize_requests_are_refused_and_notifications_dropped(
    tmp_path: Path,
) -> None:
    answers, _ = await spoken(
        tmp_path, HOVER, opened("kubectl get pods"), INITIALIZE, {**HOVER, "id": 3}
    )
    assert answers[0]["error"]["code"] == -32002
    assert answers[1]["result"]["serverInfo"]["name"] == "kai"
    assert (answers[2]["id"], answers[2]["result"]) == (3, None)


async def test_initialize_comes_once(tmp_path: Path) -> None:
    answers, _ = await spoken(tmp_path, INITIALIZE, {**INITIALIZE, "id": 2})
    assert answers[1]["error"]["code"] == -32600


async def test_after_shutdown_requests_are_refused_and_exit_is_a_success(tmp_path: Path) -> None:
    shutdown: dict[str, object] = {"id": 9, "method": "shutdown"}
    answers, code = await spoken(tmp_path, INITIALIZE, shutdown, HOVER, {"method": "exit"})
    assert code == 0
    assert [one["error"]["code"] for one in answers if one["id"] == 2] == [-32600]


async def test_shutdown_is_answered_also_where_exit_comes_right_behind_it(tmp_path: Path) -> None:
    pulled: dict[str, object] = {
        "id": 8,
        "method": "textDocument/diagnostic",
        "params": {"textDocument": {"uri": "file:///a.sh"}},
    }
    shutdown: dict[str, object] = {"id": 9, "method": "shutdown"}
    change = changed("kubectl gte pods", 2)
    document = opened("kubectl get pods")
    answers, code = await spoken(
        tmp_path, INITIALIZE, document, change, pulled, shutdown, {"method": "exit"}
    )
    assert code == 0
    assert {one["id"]: one.get("result", one.get("error")) for one in answers[1:]} == {
        8: {"code": -32800, "message": "the request was cancelled"},
        9: None,
    }


@pytest.mark.parametrize("number", ["2.0", "1.5", "-3", '"\\ud800"', "1" + 30 * "0"])
async def test_a_request_is_answered_by_the_number_it_has(tmp_path: Path, number: str) -> None:
    body = b'{"jsonrpc": "2.0", "id": %s, "method": "un/known"}' % number.encode()
    answers, _ = await spoken(tmp_path, INITIALIZE, framed(body))
    assert (answers[1]["id"], answers[1]["error"]["code"]) == (json.loads(number), -32601)


@pytest.mark.parametrize("number", ["NaN", "-Infinity"])
async def test_numbers_that_json_does_not_have_are_not_handed_back(
    tmp_path: Path, number: str
) -> None:
    body = b'{"jsonrpc": "2.0", "id": 5, "method": "codeAction/resolve", "params": {"a": %s}}'
    answers, _ = await spoken(tmp_path, INITIALIZE, framed(body % number.encode()))
    assert answers[1]["error"]["code"] == -32700


async def test_what_is_nested_too_deeply_to_be_handed_back_is_answered_all_the_same(
    tmp_path: Path,
) -> None:
    bodies = [
        b'{"jsonrpc": "2.0", "id": 5, "method": "codeAction/resolve", "params": %s0%s}'
        % (b'{"a":' * depth, b"}" * depth)
        for depth in range(900, 1000, 4)
    ]
    answers, _ = await written(tmp_path, INITIALIZE, *map(framed, bodies))
    assert len(answers) == 1 + len(bodies)


async def test_before_initialize_an_unknown_request_is_too_early_as_any_other(
    tmp_path: Path,
) -> None:
    answers, _ = await spoken(tmp_path, {"id": 1, "method": "un/known"})
    assert answers[0]["error"]["code"] == -32002


async def test_a_change_without_a_version_changes_the_text(tmp_path: Path) -> None:
    """It was allowed once, and a change that is left out puts every later place wrong."""
    change = changed("kubectl gte pods", None)
    answers, _ = await spoken(
        tmp_path, INITIALIZE, opened("kubectl get pods"), change, {**HOVER, "id": 3}
    )
    assert answers[-1]["id"] == 3
    assert "gte" in json.dumps(answers[-1]["result"])


@pytest.mark.parametrize("uri", ["file://[bad", "file:///a%00b.sh", "", "::", "file:///%ff.sh"])
async def test_a_workspace_and_a_document_whose_uri_is_none_are_served_as_any_other(
    tmp_path: Path, uri: str
) -> None:
    start = {**INITIALIZE, "params": {"capabilities": {}, "rootUri": uri}}
    answers, _ = await spoken(tmp_path, start, opened("kubectl get pods", uri), hover(uri))
    assert answers[-1]["id"] == 2
    assert "pods" in json.dumps(answers[-1]["result"])


async def test_exit_without_shutdown_is_a_failure(tmp_path: Path) -> None:
    assert (await spoken(tmp_path, INITIALIZE, {"method": "exit"}))[1] == 1


@pytest.mark.parametrize(
    "rubbish",
    [b"\r\n\r\n", b"Content-Length: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"],
)
async def test_rubbish_between_messages_is_passed_over(tmp_path: Path, rubbish: bytes) -> None:
    answers, code = await spoken(tmp_path, rubbish, INITIALIZE, rubbish, HOVER)
    assert [one["id"] for one in answers] == [1, 2]
    assert code == 0


async def test_a_message_that_is_cut_off_ends_the_process(tmp_path: Path) -> None:
    answers, code = await spoken(tmp_path, INITIALIZE, b"Content-Length: 1000\r\n\r\n{")
    assert len(answers) == 1
    assert code == 0


async def test_an_editor_that_reads_no_more_ends_the_process(tmp_path: Path) -> None:
    source, target = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *KAI, stdin=asyncio.subprocess.PIPE, stdout=target, stderr=asyncio.subprocess.DEVNULL
    )
    os.close(target)
    os.close(source)
    assert process.stdin is not None
    body = json.dumps({"jsonrpc": "2.0", **INITIALIZE}).encode()
    process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    assert await within(process.wait()) == 0
    process.stdin.close()


async def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            *KAI, "--tcp", str(port), stderr=asyncio.subprocess.PIPE, cwd=tmp_path
        )
        _, said = await within(process.communicate())
    assert process.returncode == 2
    assert said.decode().startswith(f"kai-lsp: port {port} cannot be used")
    assert "Traceback" not in said.decode()


async def alive(editor: Editor, name: str = "alive.sh") -> bool:
    """Whether the server still does its work."""
    uri = editor.open(name, "# ai: pods in prod\n")
    return (await editor.titles(uri, "ai:"))[0] == f"kai: {PODS}"


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("textDocument/codeAction", {"textDocument": 3}),
        ("textDocument/codeAction", None),
        ("textDocument/codeAction", []),
        ("textDocument/hover", {}),
        ("textDocument/hover", {"textDocument": {"uri": "x"}, "position": {"line": "one"}}),
        ("workspace/executeCommand", {"command": 7}),
        ("codeAction/resolve", "no"),
        ("textDocument/diagnostic", {"textDocument": None}),
    ],
)
async def test_parameters_that_do_not_fit_are_answered_as_invalid(
    editor: Editor, method: str, params: object
) -> None:
    answer = await editor.raw({"jsonrpc": "2.0", "id": 901, "method": method, "params": params})
    assert answer["error"]["code"] == -32602
    assert "Traceback" not in json.dumps(answer)
    assert await alive(editor)


@pytest.mark.parametrize(
    "message",
    [
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"jsonrpc": "2.0", "id": true, "method": "shutdown"}',
        b'{"jsonrpc": "2.0", "id": null, "method": "shutdown"}',
        b'{"jsonrpc": "2.0", "id": {}, "method": "shutdown"}',
        b'{"jsonrpc": "2.0", "id": 3, "method": ["shutdown"]}',
        b"[]",
        b"3",
        b"null",
        b'"words"',
        b'{"jsonrpc": "2.0"}',
        b'{"jsonrpc": "1.0", "id": 1, "method": "shutdown"}',
        b'{"jsonrpc": "2.0", "id": 77, "result": 1}',
        b'{"jsonrpc": "2.0", "id": "never asked", "error": {"code": 1, "message": "no"}}',
        b'{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": 3}',
        b'{"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {"textDocument": {}}}',
        b'{"jsonrpc": "2.0", "method": "$/unheardOf", "params": {}}',
        b'{"jsonrpc": "2.0", "method": "unheard/of", "params": {}}',
        b'{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 4711}}',
        b'{"jsonrpc": "2.0", "method": "$/setTrace", "params": {"value": "loud"}}',
        b'{"jsonrpc":"2.0","method":"window/workDoneProgress/cancel","params":{"token":"no"}}',
        b'[{"jsonrpc": "2.0", "id": 5, "method": "shutdown"}]',
    ],
)
async def test_a_message_that_makes_no_sense_stops_nothing(editor: Editor, message: bytes) -> None:
    before = len(editor.messages)
    await editor.raw(message)
    assert await alive(editor)
    assert len(editor.messages) == before


async def test_an_unknown_request_is_answered_as_such(editor: Editor) -> None:
    answer = await editor.raw({"jsonrpc": "2.0", "id": 902, "method": "un/known", "params": {}})
    assert answer["error"]["code"] == -32601


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("kai.generate", []),
        ("kai.generate", ["words"]),
        ("kai.generate", [{"uri": 3}]),
        ("kai.generateAll", [{}]),
        ("kai.generateAll", ["file:///nowhere"]),
        ("kai.apply", [{"uri": "file:///nowhere", "start": 1, "request": "a", "command": "b"}]),
        ("kai.explain", [{"uri": "file:///nowhere", "start": -4}]),
        ("kai.edit", [{"changes": 3}]),
        ("kai.taken", [{}]),
        ("kai.say", [[]]),
        ("kai.unheardOf", []),
    ],
)
async def test_commands_with_senseless_arguments_are_answered_and_change_nothing(
    editor: Editor, command: str, arguments: list[object]
) -> None:
    params = {"command": command, "arguments": arguments}
    message = {"jsonrpc": "2.0", "id": 903, "method": "workspace/executeCommand", "params": params}
    answer = await editor.raw(message)
    assert "result" in answer or answer["error"]["code"] in (-32602, -32603, -32601)
    assert "Traceback" not in json.dumps(answer)
    assert await alive(editor)
    assert editor.edits == []


async def test_requests_about_documents_that_are_not_open_are_answered_with_nothing(
    editor: Editor,
) -> None:
    whose = types.TextDocumentIdentifier(uri="file:///never/opened.sh")
    place = types.Position(10_000, 10_000)
    client = editor.client
    assert await client.text_document_hover_async(types.HoverParams(whose, place)) is None
    actions = types.CodeActionParams(
        whose, types.Range(place, place), types.CodeActionContext(diagnostics=[])
    )
    assert list(await client.text_document_code_action_async(actions) or ()) == []
    assert await editor.diagnostics("file:///never/opened.sh") == []
    change = types.TextDocumentContentChangeWholeDocument(text="x")
    versioned = types.VersionedTextDocumentIdentifier(uri="file:///never/opened.sh", version=2)
    client.text_document_did_change(types.DidChangeTextDocumentParams(versioned, [change]))
    editor.close("file:///never/opened.sh")
    assert await alive(editor)


@pytest.mark.parametrize("line", [0, 1, 99, 2**31 - 1])
async def test_places_outside_of_the_text_are_those_nearest_to_them(
    editor: Editor, line: int
) -> None:
    uri = editor.open("a.sh", "# ai: pods in prod")
    place = types.Position(line, 2**31 - 1)
    whose = types.TextDocumentIdentifier(uri)
    await editor.client.text_document_hover_async(types.HoverParams(whose, place))
    back = types.Range(place, types.Position(0, 0))  # the wrong way round
    params = types.CodeActionParams(whose, back, types.CodeActionContext(diagnostics=[]))
    assert await within(editor.client.text_document_code_action_async(params))


async def test_a_cancelled_request_is_answered_as_cancelled(editor: Editor) -> None:
    uri = editor.open("a.sh", "kubectl gte pods\n")
    editor.type(uri, 0, 0, "\n")  # so that the answer waits for the typing to end
    protocol: Any = editor.client.protocol
    params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri))
    asked = asyncio.wrap_future(
        protocol.send_request("textDocument/diagnostic", params, msg_id="mine")
    )
    editor.client.cancel_request(types.CancelParams(id="mine"))
    with pytest.raises(JsonRpcException) as refused:
        await within(asked)
    assert refused.value.code == types.LSPErrorCodes.RequestCancelled
    assert len(await editor.diagnostics(uri)) == 1


async def test_every_request_of_a_flood_is_answered_once_also_those_that_are_cancelled(
    editor: Editor,
) -> None:
    uri = editor.open("flood.sh", "# ai: pods in prod\nkubectl gte pods\n" * 50)
    protocol: Any = editor.client.protocol
    whose = types.TextDocumentIdentifier(uri)
    asked = []
    for number in range(300):
        if number % 3:
            params: Any = types.DocumentDiagnosticParams(whose)
            method = "textDocument/diagnostic"
        else:
            place = types.Position(number % 100, 0)
            context = types.CodeActionContext(diagnostics=[])
            params = types.CodeActionParams(whose, types.Range(place, place), context)
            method = "textDocument/codeAction"
        asked.append(
            asyncio.wrap_future(protocol.send_request(method, params, msg_id=f"f{number}"))
        )
        if number % 10 == 0:
            editor.type(uri, 0, 0, "\n")
        if number % 2:
            editor.client.cancel_request(types.CancelParams(id=f"f{number}"))
    found = await within(asyncio.gather(*asked, return_exceptions=True))
    refused = [one for one in found if isinstance(one, JsonRpcException)]
    assert {one.code for one in refused} <= {types.LSPErrorCodes.RequestCancelled}
    assert len(refused) > 50
    assert not any(isinstance(one, BaseException) for one in found[::2])
    assert await alive(editor)


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_flood_of_changes_is_taken_in_order_and_checked_once_at_its_end(
    tmp_path: Path, client: str
) -> None:
    def push(told: types.ClientCapabilities) -> None:
        assert told.text_document is not None
        told.text_document.diagnostic = None

    async with editing(client, home=tmp_path, change=push) as editor:
        uri = editor.open("a.sh", "")
        line = "kubectl gte pods # 🦊\n"
        for number in range(2_000):
            at = number * 7 % (len(editor.text(uri)) + 1)
            editor.type(uri, at, at, line[number % len(line)])
        editor.type(uri, 0, len(editor.text(uri)), line)
        [found] = await editor.pushed(uri)
        assert editor.spanned(uri, found.range) == "gte"


async def test_a_document_of_ten_megabytes_is_kept_and_left_alone(tmp_path: Path) -> None:
    async with editing("neovim-0.12", home=tmp_path) as editor:
        uri = editor.open("big.sh", "kubectl gte pods # é\n" * 500_000)
        assert await editor.diagnostics(uri) == []
        assert await editor.actions(uri, "kubectl") == []
        editor.type(uri, 8, 11, "get")
        assert await alive(editor)
        editor.replace(uri, "# ai: pods in prod\n")
        assert (await editor.titles(uri, "ai:"))[0] == f"kai: {PODS}"


async def test_one_line_of_megabytes_is_kept_and_left_alone(editor: Editor) -> None:
    size = 2_100_000
    uri = editor.open("line.sh", "x" * size + "🦊")
    editor.type(uri, size + 1, size + 1, "\n# ai: pods in prod")
    assert await editor.actions(uri, "ai:") == []
    editor.close(uri)
    assert await alive(editor)


async def test_a_closed_pipe_ends_the_process(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *KAI,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=tmp_path,
    )
    assert process.stdin is not None
    process.stdin.close()
    assert await within(process.wait()) == 0


async def test_an_editor_that_dies_in_the_middle_of_work_ends_the_process(tmp_path: Path) -> None:
    stopped = tmp_path / "stopped"
    command = scripted(script=["kubectl get pods"], gated=True, stopped=str(stopped))
    async with editing(home=tmp_path, command=command) as editor:
        uri = editor.open("a.sh", "# ai: something only a model knows\n")
        await editor.choose(await editor.action(uri, "ai:", "ask the model"))
        server = editor.client._server
        assert server is not None
        assert server.stdin is not None
        await until(lambda: bool(editor.client.progress_reports))
        server.stdin.close()
        await within(server.wait())
        assert stopped.exists()


async def test_a_document_on_which_the_reader_fails_does_not_stop_the_others(
    tmp_path: Path,
) -> None:
    async with editing(home=tmp_path, command=scripted(faulty="BOOM")) as editor:
        faulty = editor.open("bad.sh", "# ai: pods in prod\nBOOM\n")
        assert await alive(editor)
        assert await editor.actions(faulty, "ai:") == []
        assert await editor.diagnostics(faulty) == []
        assert len(editor.messages) == 1
        editor.replace(faulty, "# ai: pods in prod\n")
        assert (await editor.titles(faulty, "ai:"))[0] == f"kai: {PODS}"
        assert len(editor.messages) == 1


async def test_an_answer_that_comes_after_nobody_waits_any_more_is_dropped(tmp_path: Path) -> None:
    async with editing(home=tmp_path, command=scripted(script=["kubectl get pods"])) as editor:
        late: list[Any] = []

        def slow(params: types.WorkDoneProgressCreateParams) -> None:
            late.append(params)
            time.sleep(2.5)  # longer than the server waits for a place for its progress

        editor.client.protocol.fm.features[types.WINDOW_WORK_DONE_PROGRESS_CREATE] = slow
        uri = editor.open("a.sh", "# ai: something only a model knows\n")
        await editor.choose(await editor.action(uri, "ai:", "ask the model"))
        await until(lambda: "kubectl get pods" in editor.text(uri))
        assert late
        assert await alive(editor)
        assert editor.messages == []


async def test_exit_without_shutdown_ends_the_process_too(tmp_path: Path) -> None:
    async with editing(home=tmp_path) as editor:
        editor.client.exit(None)
        assert editor.client._server is not None
        await within(editor.client._server.wait())


async def test_after_shutdown_the_process_ends_with_success_and_a_silent_stderr(
    tmp_path: Path,
) -> None:
    log = tmp_path / "log"
    command = (*KAI, "--log", str(log))
    async with editing(home=tmp_path, command=command) as editor:
        assert await alive(editor)
        await within(editor.client.shutdown_session())
        assert editor.client._server is not None
        assert editor.client._server.returncode == 0
    assert log.read_text() == ""


async def test_the_log_never_holds_the_text_of_a_document(tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with editing(home=tmp_path, command=(*KAI, "--log", str(log))) as editor:
        uri = editor.open("a.sh", "# ai: pods of hunter2\nkubectl get pods --token hunter2\n")
        await editor.actions(uri, "ai:")
        await editor.raw(b'{"jsonrpc": "2.0", "id": 3, "method": "x", "params": "hunter2"}')
        await editor.raw(b'{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params":"hunter2"')
        params = {"jsonrpc": "2.0", "id": 9, "method": "textDocument/hover", "params": "hunter2"}
        await editor.raw(params)
        assert await alive(editor)
    assert "hunter2" not in log.read_text()


async def test_over_tcp_it_serves_one_editor(tmp_path: Path) -> None:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "kai_lsp.cli", "--tcp", str(port)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=tmp_path,
    )
    try:
        for _ in range(400):
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                break
            except OSError:
                await asyncio.sleep(0.05)
        params: dict[str, object] = {"capabilities": {}, "processId": None, "rootUri": None}
        body = json.dumps(
            {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
        ).encode()
        writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        answer = await within(reader.readuntil(b'"kai"'))
        assert b"codeActionProvider" in answer
        writer.close()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize(
    "words", [["--unheard-of"], ["--tcp", "many"], ["--tcp", "0"], ["--log", "/nowhere/x"]]
)
async def test_a_wrong_call_says_what_is_wrong(words: list[str], tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "kai_lsp.cli", *words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=tmp_path,
    )
    out, told = await within(process.communicate())
    assert process.returncode == 2
    assert out == b""
    assert told.startswith(b"kai-lsp: ")
    assert b"Traceback" not in told
