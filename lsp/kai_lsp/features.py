"""Which request of the protocol is answered by what."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from kai_lsp import names
from kai_lsp.server import Server

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
    return server


def _lifecycle(server: Server) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(ls: Server, params: types.InitializeParams) -> None:
        ls.meet(params)
        if ls.client.pulls_diagnostics:
            _pulled(ls)

    @server.feature(types.INITIALIZED)
    async def initialized(ls: Server, params: types.InitializedParams) -> None:
        if ls.client.configuration_events:
            await _register(ls)
        await _configuration(ls)
        ls.warm()

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configured(ls: Server, params: types.DidChangeConfigurationParams) -> None:
        if ls.client.configuration:
            await _configuration(ls)
        elif isinstance(params.settings, Mapping):
            ls.configure(params.settings.get("kai", params.settings))

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(ls: Server, params: types.DidChangeWatchedFilesParams) -> None:
        ls.refresh()  # a policy, or kai's own settings
        ls.look()

    @server.feature(names.STATUS)
    def status(ls: Server, params: Any) -> Status:
        return ls.status()

    @server.feature(types.SHUTDOWN)
    async def shutdown(ls: Server, params: Any) -> None:
        await ls.end()


def _pulled(server: Server) -> None:
    options = types.DiagnosticOptions(
        inter_file_dependencies=False, workspace_diagnostics=False, identifier="kai"
    )

    @server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, options)
    async def pull(
        ls: Server, params: types.DocumentDiagnosticParams
    ) -> types.DocumentDiagnosticReport:
        items = await ls.diagnose(params.text_document.uri)
        return types.RelatedFullDocumentDiagnosticReport(items=items)


async def _register(ls: Server) -> None:
    """Ask to be told of new settings and of changed policy files."""
    wanted = [
        types.Registration(id="kai-configuration", method=types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    ]
    if ls.client.watches_files:
        patterns: list[types.GlobPattern] = ["**/.kai/**", "**/kuberc"]
        if ls.client.watches_elsewhere:
            folder = ls.config_folder.as_uri()
            patterns.append(types.RelativePattern(base_uri=folder, pattern="**"))
        watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in patterns]
        wanted.append(
            types.Registration(
                id="kai-files",
                method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                register_options=types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers),
            )
        )
    try:
        await ls.client_register_capability_async(types.RegistrationParams(registrations=wanted))
    except Exception as error:  # noqa: BLE001 - then the settings of the start stay
        log.warning("the editor registers nothing: %s", type(error).__name__)


async def _configuration(ls: Server) -> None:
    if not ls.client.configuration:
        return
    try:
        answer = await ls.workspace_configuration_async(
            types.ConfigurationParams(items=[types.ConfigurationItem(section="kai")])
        )
    except Exception as error:  # noqa: BLE001 - then the settings of the start stay
        log.warning("the editor tells no settings: %s", type(error).__name__)
        return
    ls.configure(answer[0] if answer else None)


def _documents(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
        ls.untouched(ls.documents.opened(params.text_document))

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
        document = ls.documents.changed(params.text_document, params.content_changes)
        if document is not None:
            ls.touched(document)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
        ls.closed(params.text_document.uri)


def _reading(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
        from kai_lsp.hover import hover

        def told(document: Open, kept: Kept) -> types.Hover | None:
            place = params.position
            offset = document.lines.offset(place.line, place.character, ls.client.encoding)
            return hover(document, offset, kept, ls.client)

        return ls.with_document(params.text_document.uri, None, told)

    options = types.CompletionOptions(
        trigger_characters=list(names.TRIGGERS), resolve_provider=False
    )

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, options)
    def complete(ls: Server, params: types.CompletionParams) -> types.CompletionList:
        from kai_lsp.completion import completion

        def told(document: Open, kept: Kept) -> types.CompletionList | None:
            place = params.position
            offset = document.lines.offset(place.line, place.character, ls.client.encoding)
            return completion(document, offset, kept, ls.client)

        found = ls.with_document(params.text_document.uri, None, told)
        return found or types.CompletionList(is_incomplete=False, items=[])

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=False))
    async def lenses(ls: Server, params: types.CodeLensParams) -> list[types.CodeLens]:
        from kai_lsp.lenses import lenses

        empty: list[types.CodeLens] = []
        if not ls.settings.code_lens:
            return empty
        return await ls.with_commands(
            params.text_document.uri,
            empty,
            lambda document, kept, commands: lenses(document, commands, ls.client),
        )


def _acting(server: Server) -> None:
    options = types.CodeActionOptions(code_action_kinds=[names.KIND], resolve_provider=True)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    async def offered(
        ls: Server, params: types.CodeActionParams
    ) -> list[types.CodeAction | types.Command]:
        if not _wanted(params.context.only) or _on_save(params.context):
            return []
        uri = params.text_document.uri

        from kai_lsp.actions import Asking, actions

        def asking(document: Open, kept: Kept) -> Asking:
            start, end = document.offsets(params.range, ls.client.encoding)
            return Asking(document, start, end, kept, ls.client, ls.settings)

        with ls.guarded(uri):
            asked = ls.with_document(uri, None, asking)
            if asked is not None:
                return await actions(asked)
        return []

    @server.feature(types.CODE_ACTION_RESOLVE)
    def resolve(ls: Server, action: types.CodeAction) -> types.CodeAction:
        return action  # complete when it was offered; an unknown one is handed back as it came

    @server.command(names.GENERATE)
    def generate_one(ls: Server, given: dict[str, Any]) -> None:
        uri, start, words = given.get("uri"), given.get("start"), given.get("request")
        if isinstance(uri, str) and isinstance(start, int) and isinstance(words, str):
            from kai_lsp.generate import generate

            ls.background.start(generate(ls, uri, start, words))

    @server.command(names.GENERATE_ALL)
    def generate_every(ls: Server, uri: str) -> None:
        from kai_lsp.generate import generate_all

        ls.background.start(generate_all(ls, uri))

    @server.command(names.APPLY)
    def apply(ls: Server, given: dict[str, Any]) -> None:
        from kai_lsp.generate import apply_prepared

        ls.background.start(apply_prepared(ls, given))

    @server.command(names.EDIT)
    async def edit(ls: Server, given: dict[str, Any]) -> None:
        """For an editor that takes commands only: the edit of an action, handed back."""
        whole = ls.protocol._converter.structure(given, types.WorkspaceEdit)
        await ls.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit=whole, label="kai"))

    @server.command(names.TAKEN)
    def taken(ls: Server, given: dict[str, Any]) -> None:
        """What an action has put there is a part of the user's history."""
        from kai_lsp.generate import record

        words, command, source = given.get("request"), given.get("command"), given.get("source")
        if isinstance(words, str) and isinstance(command, str):
            ls.with_document(
                str(given.get("uri")),
                None,
                lambda document, kept: record(kept, words, command, str(source)),
            )

    @server.command(names.SAY)
    def say(ls: Server, text: str) -> None:
        ls.say(text)

    @server.command(names.EXPLAIN)
    def explain(ls: Server, given: dict[str, Any]) -> str:
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

        text = ls.with_document(str(uri), "the document is not open", told)
        ls.say(text)
        return text


def _on_save(context: types.CodeActionContext) -> bool:
    """Whether nobody looks at the menu: VS Code runs the kinds of `codeActionsOnSave` so. The light
    bulb asks for no kind."""
    automatic = context.trigger_kind == types.CodeActionTriggerKind.Automatic
    return automatic and bool(context.only)


def _wanted(only: Any) -> bool:
    """Whether an editor that asks for certain kinds asks for ours; kinds are hierarchical."""
    if not only:
        return True
    return any(
        kind == names.KIND or names.KIND.startswith(f"{kind}.") or kind == ""
        for kind in (str(getattr(item, "value", item)) for item in only)
    )
