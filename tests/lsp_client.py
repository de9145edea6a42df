"""An editor for the tests of the language server: it keeps texts, applies edits, counts columns.

    async with editing("vscode-11", home=tmp_path) as editor:
        script = editor.open("deploy.sh", "# ai: pods in prod\n")
        [action, *_] = await editor.actions(script, "# ai")
        await editor.choose(script, action)
        assert editor.text(script) == ...

What a client can do is what the real ones say (tests/cases/lsp, dumped from them). Places are counted
here once more and in another way than in kai.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from cattrs import Converter
from lsprotocol import types
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features

CASES = Path(__file__).parent / "cases" / "lsp"
SECONDS = 60.0
"""How long anything may take before a test fails."""

KAI = (sys.executable, "-m", "kai_lsp.cli", "--stdio")


def scripted(**table: object) -> tuple[str, ...]:
    """The command of a server with a model that says what the table tells (tests/lsp_server.py)."""
    return (sys.executable, str(Path(__file__).with_name("lsp_server.py")), json.dumps(table))


def capabilities(name: str) -> types.ClientCapabilities:
    """Those of a real client, or "plain": one that says next to nothing, with columns of UTF-32."""
    if name == "plain":
        literals = types.ClientCodeActionLiteralOptions(
            code_action_kind=types.ClientCodeActionKindOptions(value_set=[])
        )
        return types.ClientCapabilities(
            general=types.GeneralClientCapabilities(
                position_encodings=[types.PositionEncodingKind.Utf32]
            ),
            workspace=types.WorkspaceClientCapabilities(apply_edit=True),
            text_document=types.TextDocumentClientCapabilities(
                code_action=types.CodeActionClientCapabilities(code_action_literal_support=literals)
            ),
        )
    told = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return _converter().structure(told["capabilities"], types.ClientCapabilities)


def _converter() -> Converter:
    converter: Converter = default_converter()  # type: ignore[no-untyped-call]

    def action(given: Any, _: type) -> types.Command | types.CodeAction:
        # lsprotocol takes every action that has a command for a bare command.
        bare = isinstance(given.get("command"), str)
        return (
            converter.structure(given, types.Command)
            if bare
            else converter.structure(given, types.CodeAction)
        )

    converter.register_structure_hook(types.Command | types.CodeAction, action)
    return converter


class Editor:
    """One running server and the documents that are open in it."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client = client
        self.name = ""
        """Which real client it says to be."""
        self.folder = folder
        self.encoding = "utf-16"
        self.replies: list[str | None] = []
        """What the user answers to the questions to come."""
        self.questions: list[str] = []
        self.edits: list[types.WorkspaceEdit] = []
        self.registered: list[str] = []
        self.watched: list[Any] = []
        self.statuses: list[Any] = []
        """What `kai/statusChanged` has told."""
        self.refuses: list[Callable[[], None] | None] = []
        """For the edits to come: not applied, after that was called."""
        self.stopped = False
        """Whether the scripted model was stopped."""
        self.declines = 0
        """So many edits are declined by the user, and called applied: as Neovim does."""
        self._texts: dict[str, str] = {}
        self._versions: dict[str, int] = {}
        self._asked = 0

    # --- documents
    def open(self, name: str, text: str, language: str = "") -> str:
        uri = (self.folder / name).as_uri()
        self._texts[uri], self._versions[uri] = text, 1
        item = types.TextDocumentItem(uri=uri, language_id=language, version=1, text=text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
        return uri

    def text(self, uri: str) -> str:
        return self._texts[uri]

    def type(self, uri: str, start: int, end: int, new: str) -> None:
        """Change the text as an editor does, by an incremental change."""
        span = types.Range(start=self.position(uri, start), end=self.position(uri, end))
        self._texts[uri] = self.text(uri)[:start] + new + self.text(uri)[end:]
        self._changed(uri, types.TextDocumentContentChangePartial(range=span, text=new))

    def replace(self, uri: str, text: str) -> None:
        self._texts[uri] = text
        self._changed(uri, types.TextDocumentContentChangeWholeDocument(text=text))

    def _changed(self, uri: str, change: types.TextDocumentContentChangeEvent) -> None:
        self._versions[uri] += 1
        whose = types.VersionedTextDocumentIdentifier(uri=uri, version=self._versions[uri])
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(text_document=whose, content_changes=[change])
        )

    def close(self, uri: str) -> None:
        whose = types.TextDocumentIdentifier(uri=uri)
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(text_document=whose))

    # --- places
    def _units(self, text: str) -> int:
        codec = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[self.encoding]
        return len(text.encode(codec)) // {"utf-8": 1, "utf-16": 2, "utf-32": 4}[self.encoding]

    def position(self, uri: str, offset: int) -> types.Position:
        """A place in the client's units; lines end with line feeds, carriage returns or both."""
        before = self.text(uri)[:offset].replace("\r\n", "\n").replace("\r", "\n")
        line = before.count("\n")
        return types.Position(line, self._units(before.rpartition("\n")[2]))

    def offset(self, uri: str, place: types.Position) -> int:
        """The code point of a place; one behind the end of its line is that end."""
        text = self.text(uri)
        at = 0
        for _ in range(place.line):
            ends = [found for sign in "\r\n" if (found := text.find(sign, at)) >= 0]
            if not ends:
                return len(text)
            at = min(ends) + (2 if text.startswith("\r\n", min(ends)) else 1)
        end = min([found for sign in "\r\n" if (found := text.find(sign, at)) >= 0] or [len(text)])
        reached = at
        while reached < end and self._units(text[at : reached + 1]) <= place.character:
            reached += 1
        return reached

    def at(self, uri: str, words: str, *, end: bool = False) -> types.Position:
        """Where those words stand for the first time."""
        offset = self.text(uri).index(words)
        return self.position(uri, offset + len(words) * end)

    def spanned(self, uri: str, span: types.Range) -> str:
        """The text of a range."""
        return self.text(uri)[self.offset(uri, span.start) : self.offset(uri, span.end)]

    # --- edits
    def apply(self, edit: types.WorkspaceEdit) -> None:
        """Apply an edit; versions have to be those that are open."""
        for uri, changes in (edit.changes or {}).items():
            self._apply(uri, changes)
        for one in edit.document_changes or ():
            assert isinstance(one, types.TextDocumentEdit)
            uri = one.text_document.uri
            assert one.text_document.version == self._versions[uri]
            edits = (types.TextEdit, types.AnnotatedTextEdit)
            self._apply(uri, [item for item in one.edits if isinstance(item, edits)])

    def outdated(self, edit: types.WorkspaceEdit) -> bool:
        """Whether an edit is for another text than is open: editors do not take it then."""
        return any(
            isinstance(one, types.TextDocumentEdit)
            and one.text_document.version != self._versions[one.text_document.uri]
            for one in edit.document_changes or ()
        )

    async def settled(self) -> None:
        """Wait until the server has read everything that was sent before."""
        whose = types.TextDocumentIdentifier("file:///nothing")
        params = types.HoverParams(whose, types.Position(0, 0))
        await within(self.client.text_document_hover_async(params))

    def _apply(self, uri: str, changes: Sequence[types.TextEdit | types.AnnotatedTextEdit]) -> None:
        spans = [
            (self.offset(uri, one.range.start), self.offset(uri, one.range.end), one.new_text)
            for one in changes
        ]
        text = self.text(uri)
        for start, end, new in sorted(spans, reverse=True):
            text = text[:start] + new + text[end:]
        self.replace(uri, text)

    # --- requests
    async def actions(
        self,
        uri: str,
        words: str | tuple[str, str],
        only: Sequence[str] | None = None,
        *,
        automatic: bool = False,
    ) -> list[types.CodeAction]:
        """The actions where those words stand (or from the first to the last of two); `automatic`:
        nobody has asked to see them."""
        first, last = words if isinstance(words, tuple) else (words, words)
        context = types.CodeActionContext(
            diagnostics=[],
            only=[cast("types.CodeActionKind", one) for one in only] if only is not None else None,
            trigger_kind=types.CodeActionTriggerKind.Automatic if automatic else None,
        )
        span = types.Range(start=self.at(uri, first), end=self.at(uri, last))
        params = types.CodeActionParams(types.TextDocumentIdentifier(uri), span, context)
        found = await within(self.client.text_document_code_action_async(params))
        assert all(isinstance(one, types.CodeAction) for one in found or ())
        return [one for one in found or () if isinstance(one, types.CodeAction)]

    async def titles(self, uri: str, words: str) -> list[str]:
        return [action.title for action in await self.actions(uri, words)]

    async def action(self, uri: str, words: str, title: str) -> types.CodeAction:
        """The one action with that in its title."""
        offered = await self.actions(uri, words)
        found = [one for one in offered if title in one.title]
        assert len(found) == 1, [one.title for one in offered]
        return found[0]

    async def choose(self, action: types.CodeAction) -> Any:
        """What an editor does with an action that its user chose: its edit, then its command."""
        if action.edit is not None:
            self.apply(action.edit)
        return await self.execute(action.command) if action.command is not None else None

    async def execute(self, command: types.Command) -> Any:
        params = types.ExecuteCommandParams(command.command, arguments=command.arguments)
        return await within(self.client.workspace_execute_command_async(params))

    async def diagnostics(self, uri: str) -> list[types.Diagnostic]:
        """Pulled."""
        params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri))
        found = await within(self.client.text_document_diagnostic_async(params))
        assert isinstance(found, types.RelatedFullDocumentDiagnosticReport)
        return list(found.items)

    async def pushed(self, uri: str) -> list[types.Diagnostic]:
        """Those that the server sends by itself, of the version that is open."""
        await until(lambda: self.client.published.get(uri) == self._versions[uri])  # type: ignore[attr-defined]
        return list(self.client.diagnostics[uri])

    async def hover(self, uri: str, words: str) -> str:
        """What is said of a place, in a form that the editor takes."""
        params = types.HoverParams(types.TextDocumentIdentifier(uri), self.at(uri, words))
        found = await within(self.client.text_document_hover_async(params))
        if found is None:
            return ""
        assert isinstance(found.contents, types.MarkupContent)
        told = capabilities(self.name).text_document
        hover = told.hover if told is not None else None
        formats = hover.content_format if hover is not None else None
        assert found.contents.kind in (formats or [types.MarkupKind.PlainText])
        return found.contents.value

    async def completions(self, uri: str, words: str = "") -> types.CompletionList:
        """What is offered behind those words; without them at the end of the text."""
        place = self.at(uri, words, end=True) if words else self.position(uri, len(self.text(uri)))
        params = types.CompletionParams(types.TextDocumentIdentifier(uri), place)
        found = await within(self.client.text_document_completion_async(params))
        assert isinstance(found, types.CompletionList)
        return found

    async def lenses(self, uri: str) -> list[types.CodeLens]:
        params = types.CodeLensParams(types.TextDocumentIdentifier(uri))
        return list(await within(self.client.text_document_code_lens_async(params)) or ())

    def open_gate(self) -> None:
        """Let the scripted model answer (tests/lsp_server.py)."""
        self.client.protocol.notify("test/open")

    async def status(self) -> Any:
        """The answer of `kai/status`, sent without parameters as editors do."""
        self._asked += 1
        number = f"status-{self._asked}"
        answer = await self.raw({"jsonrpc": "2.0", "id": number, "method": "kai/status"})
        return answer["result"]

    @property
    def messages(self) -> list[str]:
        """What the user was told."""
        return [one.message for one in self.client.messages]

    async def raw(self, message: Mapping[str, Any] | bytes) -> Any:
        """Send something as it is; the answer, where it has a number."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        protocol: Any = self.client.protocol
        answer = asyncio.get_running_loop().create_future()
        if not isinstance(message, bytes) and "id" in message:
            protocol.raw_answers[message["id"]] = answer
        protocol.writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        if not isinstance(message, bytes) and "id" in message:
            return await within(answer)
        return None

    async def changed_to(self, uri: str, text: str) -> None:
        """Wait until the text is that one."""
        await until(lambda: self.text(uri) == text, lambda: repr(self.text(uri)))

    async def asked(self, count: int) -> None:
        """Wait until the user was asked so often."""
        await until(lambda: len(self.questions) >= count)

    async def told(self, count: int) -> None:
        """Wait until the user was told so much."""
        await until(lambda: len(self.messages) >= count)


def _plain(given: Any) -> Any:
    """Untyped parts of a message come as named tuples."""
    return json.loads(json.dumps(_converter().unstructure(given), default=_dict)) or {}


def _dict(given: Any) -> Any:
    return getattr(given, "_asdict", lambda: vars(given))()


async def within(waiting: Any) -> Any:
    """What is awaited, or a failure once it takes too long."""
    async with asyncio.timeout(SECONDS):
        return await waiting


_waiting: set[asyncio.Future[None]] = set()


async def until(ready: Callable[[], bool], said: Callable[[], object] = lambda: "") -> None:
    """Wait until something holds; it is looked at after each message of the server, and for what
    shows in files now and then."""
    end = time.monotonic() + SECONDS
    while not ready():
        assert time.monotonic() < end, said()
        news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        _waiting.add(news)
        try:
            await asyncio.wait((news,), timeout=0.05)
        finally:
            _waiting.discard(news)


def _news() -> None:
    for one in _waiting:
        if not one.done():
            one.set_result(None)


def _client() -> LanguageClient:
    client = LanguageClient(converter_factory=_converter)
    own = types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS
    register_lsp_features(
        client, {name: one for name, one in DEFAULT_CLIENT_FEATURES.items() if name != own}
    )
    client.published = {}  # type: ignore[attr-defined]
    protocol: Any = client.protocol
    protocol.raw_answers = {}
    structure = protocol.structure_message

    def structured(data: dict[str, Any]) -> Any:
        asyncio.get_running_loop().call_soon(_news)  # once it is handled
        if "jsonrpc" in data and data.get("id") in protocol.raw_answers and "method" not in data:
            protocol.raw_answers.pop(data["id"]).set_result(data)
            return types.SetTraceNotification(types.SetTraceParams(types.TraceValue.Off))
        return structure(data)

    protocol.structure_message = structured
    return client


def _wire(editor: Editor) -> None:
    client = editor.client

    @client.feature(types.WORKSPACE_APPLY_EDIT)
    def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        editor.edits.append(params.edit)
        if editor.refuses:
            if (first := editor.refuses.pop(0)) is not None:
                first()
            return types.ApplyWorkspaceEditResult(applied=False)
        if editor.declines:
            editor.declines -= 1
            return types.ApplyWorkspaceEditResult(applied=True)
        if editor.outdated(params.edit):
            return types.ApplyWorkspaceEditResult(applied=False)
        editor.apply(params.edit)
        return types.ApplyWorkspaceEditResult(applied=True)

    @client.feature(types.WINDOW_SHOW_MESSAGE_REQUEST)
    def asked(params: types.ShowMessageRequestParams) -> types.MessageActionItem | None:
        editor.questions.append(params.message)
        wanted = editor.replies.pop(0) if editor.replies else None
        return types.MessageActionItem(title=wanted) if wanted else None

    @client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params: types.RegistrationParams) -> None:
        editor.registered += [one.method for one in params.registrations]
        editor.watched += [
            watcher["globPattern"]
            for one in params.registrations
            for watcher in _plain(one.register_options).get("watchers", ())
        ]

    @client.feature(types.WORKSPACE_CODE_LENS_REFRESH)
    def refresh(params: None) -> None: ...

    @client.feature("test/stopped")
    def stopped(params: Any) -> None:
        editor.stopped = True

    @client.feature("kai/statusChanged")
    def status(params: Any) -> None:
        editor.statuses.append({**params._asdict(), "model": params.model._asdict()})

    @client.feature(types.SET_TRACE)
    def ignored(params: Any) -> None: ...

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def published(params: types.PublishDiagnosticsParams) -> None:
        client.diagnostics[params.uri] = params.diagnostics
        client.published[params.uri] = params.version  # type: ignore[attr-defined]


@asynccontextmanager
async def editing(
    client: str = "vscode-11",
    *,
    home: Path,
    command: Sequence[str] = KAI,
    options: object = None,
    settings: object = None,
    change: Callable[[types.ClientCapabilities], None] = lambda told: None,
    env: Mapping[str, str] | None = None,
) -> AsyncIterator[Editor]:
    """An editor with the capabilities of `client`, connected to a server that `command` starts.

    `options` go into `initialize`, `settings` answer `workspace/configuration` under `kai`.
    """
    editor = Editor(_client(), home)
    editor.name = client
    _wire(editor)
    editor.client.set_configuration({"kai": settings} if settings is not None else {})
    given = {**os.environ, "KAI_LLM_ENABLED": "false", "HOME": str(home), **(env or {})}
    for name in ("CONFIG", "CACHE", "DATA", "STATE"):
        given[f"XDG_{name}_HOME"] = str(home / f".{name.lower()}")
    await editor.client.start_io(*command, env=given)
    try:
        told = capabilities(client)
        change(told)
        params = types.InitializeParams(
            capabilities=told,
            client_info=types.ClientInfo(name=client),
            root_uri=home.as_uri(),
            initialization_options=options,
        )
        answer = await within(editor.client.initialize_session(params))
        told_encoding = answer.capabilities.position_encoding
        editor.encoding = str(types.PositionEncodingKind(told_encoding or "utf-16").value)
        editor.client.server_told = answer  # type: ignore[attr-defined]
        yield editor
        if editor.client._server is not None and editor.client._server.returncode is None:
            await within(editor.client.shutdown_session())
    finally:
        server = editor.client._server
        if server is not None and server.returncode is None:
            server.kill()
            await server.wait()
        await editor.client.stop()  # type: ignore[no-untyped-call]
