"""Which request of the protocol is answered by what."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kai_lsp import names, types
from kai_lsp.protocol import Code, Refusal
from kai_lsp.server import Server
from kai_lsp.structure import Misfit, decoded

if TYPE_CHECKING:
    from kai.provider import ModelState, Provider
    from kai_lsp.actions import Asking
    from kai_lsp.core import Kept
    from kai_lsp.documents import Open, Read
    from kai_lsp.status import Status

log = logging.getLogger("kai_lsp")


def build(
    env: Mapping[str, str] | None = None,
    *,
    provider: Provider | None = None,
    model: ModelState | None = None,
    read: Read | None = None,
) -> Server:
    """A server with everything bound to it; see `Server`."""
    server = Server(env, provider=provider, model=model, read=read)
    _lifecycle(server)
    _documents(server)
    _reading(server)
    _acting(server)
    _telling(server)
    return server


def _lifecycle(server: Server) -> None:
    @server.feature("initialized")
    async def initialized(params: Any) -> None:
        if server.client.configuration_events:  # nothing waits for its answer
            server.background.start(_register(server))
        await _configuration(server)
        server.warm()

    @server.feature("workspace/didChangeConfiguration", types.DidChangeConfigurationParams)
    async def configured(params: types.DidChangeConfigurationParams) -> None:
        if server.client.configuration:
            await _configuration(server)
        elif isinstance(params.settings, Mapping):
            server.configure(params.settings.get("kai", params.settings))

    @server.feature("workspace/didChangeWatchedFiles")
    def watched(params: Any) -> None:
        server.refresh()  # a policy, or kai's own settings
        server.look()

    @server.feature(names.STATUS)
    def status(params: Any) -> Status:
        return server.status()


async def _register(ls: Server) -> None:
    """Ask to be told of new settings and of changed policy files."""
    wanted: list[dict[str, object]] = [
        {"id": "kai-configuration", "method": "workspace/didChangeConfiguration"}
    ]
    if ls.client.watches_files:
        patterns: list[object] = ["**/.kai/**", "**/kuberc"]
        if ls.client.watches_elsewhere:
            patterns.append({"baseUri": ls.config_folder.as_uri(), "pattern": "**"})
        watchers = [{"globPattern": pattern} for pattern in patterns]
        wanted.append(
            {
                "id": "kai-files",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": {"watchers": watchers},
            }
        )
    try:
        await ls.ask("client/registerCapability", {"registrations": wanted})
    except Refusal:  # then the settings of the start stay
        log.warning("the editor registers nothing")


async def _configuration(ls: Server) -> None:
    if not ls.client.configuration:
        return
    try:
        answer = await ls.ask("workspace/configuration", {"items": [{"section": "kai"}]})
    except Refusal:  # then the settings of the start stay
        log.warning("the editor tells no settings")
        return
    ls.configure(answer[0] if isinstance(answer, list) and answer else None)


def _documents(server: Server) -> None:
    @server.feature("textDocument/didOpen", types.DidOpenTextDocumentParams)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        server.untouched(server.documents.opened(params.text_document))

    @server.feature("textDocument/didChange", types.DidChangeTextDocumentParams)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        document = server.documents.changed(params.text_document, params.content_changes)
        if document is not None:
            server.touched(document)

    @server.feature("textDocument/didClose", types.DidCloseTextDocumentParams)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.closed(params.text_document.uri)


def _reading(server: Server) -> None:
    @server.feature("textDocument/hover", types.TextDocumentPositionParams)
    def hover(params: types.TextDocumentPositionParams) -> types.Hover | None:
        from kai_lsp.hover import hover

        def told(document: Open, kept: Kept) -> types.Hover | None:
            offset = document.offset(params.position, server.client.encoding)
            return hover(document, offset, kept, server.client)

        return server.with_document(params.text_document.uri, None, told)

    @server.feature("textDocument/completion", types.TextDocumentPositionParams)
    def complete(params: types.TextDocumentPositionParams) -> types.CompletionList:
        from kai_lsp.completion import completion

        def told(document: Open, kept: Kept) -> types.CompletionList | None:
            offset = document.offset(params.position, server.client.encoding)
            folders = server.folders_for(document)
            return completion(document, offset, kept, server.client, folders)

        found = server.with_document(params.text_document.uri, None, told)
        return found or types.CompletionList(is_incomplete=False, items=[])

    @server.feature("textDocument/codeLens", types.TextDocumentParams)
    async def lenses(params: types.TextDocumentParams) -> list[types.CodeLens]:
        from kai_lsp.lenses import lenses

        empty: list[types.CodeLens] = []
        if not server.settings.code_lens:
            return empty
        return await server.with_commands(
            params.text_document.uri,
            empty,
            lambda document, kept, commands: lenses(document, commands, server.client),
        )

    @server.feature("textDocument/diagnostic", types.DocumentDiagnosticParams)
    async def pull(params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
        from kai_lsp.diagnostics import report

        return report(await server.diagnose(params.text_document.uri), params.previous_result_id)


def _acting(server: Server) -> None:
    @server.feature("textDocument/codeAction", types.CodeActionParams)
    async def offered(params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
        if not _wanted(params.context.only) or _on_save(params.context):
            return []
        uri = params.text_document.uri

        from kai_lsp.actions import Asking, actions, asks_model

        def asking(document: Open, kept: Kept) -> Asking:
            start, end = document.offsets(params.range, server.client.encoding)
            return Asking(document, start, end, kept, server.client, server.settings)

        with server.guarded(uri):
            asked = server.with_document(uri, None, asking)
            if asked is not None:
                found = await actions(asked)
                if asks_model(found):
                    server.asked()
                return found
        return []

    @server.feature("codeAction/resolve")
    def resolve(action: Any) -> Any:
        """Complete when it was offered; an unknown one is handed back as it came."""
        if not isinstance(action, Mapping):
            raise Refusal(Code.INVALID_PARAMS, "this is no code action")
        return action

    @server.command(names.GENERATE, dict)
    def generate_one(given: dict[str, Any]) -> None:
        uri, start, words = given.get("uri"), given.get("start"), given.get("request")
        if isinstance(uri, str) and isinstance(start, int) and isinstance(words, str):
            from kai_lsp.generate import generate

            server.background.start(generate(server, uri, start, words))

    @server.command(names.GENERATE_ALL, str)
    def generate_every(uri: str) -> None:
        from kai_lsp.generate import generate_all

        server.background.start(generate_all(server, uri))

    @server.command(names.APPLY, dict)
    def apply(given: dict[str, Any]) -> None:
        from kai_lsp.generate import apply_prepared

        server.background.start(apply_prepared(server, given))

    @server.command(names.EDIT, dict)
    def edit(given: dict[str, Any]) -> None:
        """For an editor that takes commands only: the edit of an action, handed back."""
        try:
            decoded(types.WorkspaceEdit, given)
        except Misfit:
            raise Refusal(Code.INVALID_PARAMS, "this is no edit") from None
        from kai_lsp.generate import apply_as_it_is

        server.background.start(apply_as_it_is(server, given))


def _telling(server: Server) -> None:
    @server.command(names.TAKEN, dict)
    def taken(given: dict[str, Any]) -> None:
        """What an action has put there is a part of the user's history."""
        from kai_lsp import generate

        server.background.start(generate.taken(server, given))

    @server.command(names.SAY, str)
    def say(text: str) -> None:
        server.say(text)

    @server.command(names.EXPLAIN, dict)
    def explain(given: dict[str, Any]) -> str:
        """The command in words; shown as a message, and handed back for an editor's own window."""
        from kai_lsp.hover import command_at, explained

        uri, start = given.get("uri"), given.get("start")

        def told(document: Open, kept: Kept) -> str:
            command = command_at(document, start if isinstance(start, int) else 0, kept)
            if command is None:
                return "there is no command any more"
            found = explained(command, kept)
            lines = [found.summary, found.place, found.hits and f"hits {found.hits}"]
            if found.tier:
                lines.append(f"{found.tier}: {'; '.join(found.reasons) or found.verdict}")
            return "\n".join(line for line in lines if line)

        text = server.with_document(str(uri), "the document is not open", told)
        server.say(text)
        return text


def _on_save(context: types.CodeActionContext) -> bool:
    """Whether nobody looks at the menu: VS Code runs the kinds of `codeActionsOnSave` so. The light
    bulb asks for no kind."""
    automatic = context.trigger_kind == types.CodeActionTriggerKind.Automatic
    return automatic and bool(context.only)


def _wanted(only: list[str] | None) -> bool:
    """Whether an editor that asks for certain kinds asks for ours; kinds are hierarchical."""
    if not only:
        return True
    return any(
        kind == names.KIND or names.KIND.startswith(f"{kind}.") or kind == "" for kind in only
    )
