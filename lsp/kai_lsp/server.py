"""The language server: what each request of an editor leads to. `features.py` binds them."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kai import __version__
from kai.errors import KaiError
from kai_lsp import types
from kai_lsp.client import Client
from kai_lsp.markup import unlinked
from kai_lsp.names import KIND, STATUS_CHANGED, TRIGGERS
from kai_lsp.protocol import LanguageServer, Refusal
from kai_lsp.settings import EditorSettings
from kai_lsp.settings import read as read_settings

# Everything else is imported once `initialize` is answered: an editor waits for that.
if TYPE_CHECKING:
    from kai.provider import ModelState, Provider
    from kai_lsp.core import Core, Kept
    from kai_lsp.documents import Documents, Open, Read
    from kai_lsp.regions import Command
    from kai_lsp.status import Status, Watched

    Commands = tuple[Command, ...]

log = logging.getLogger("kai_lsp")

Result = TypeVar("Result")

QUIET = 0.15
"""Seconds without a change after which a document is checked."""

_INCREMENTAL = 2
"""Changes come as what was put where."""


class Server(LanguageServer):
    """One editor, its documents and its settings.

    `provider` is the model, `model` tells how it is; None: the one that the settings name. `read` is
    what looks into a text, None: the usual.
    """

    def __init__(
        self,
        env: Mapping[str, str] | None = None,
        *,
        provider: Provider | None = None,
        model: ModelState | None = None,
        read: Read | None = None,
    ) -> None:
        super().__init__()
        self.client = Client()
        self.settings = EditorSettings()
        self._stopped = False
        self._root_uri: str | None = None
        self._env = os.environ if env is None else env
        self._provider = provider
        self._model = model
        self._read = read
        self._said: set[str] = set()
        self._faulty: set[str] = set()
        self._changed: dict[str, float] = {}
        self._pushing: dict[str, asyncio.Task[None]] = {}
        self._news = asyncio.Event()

    @cached_property
    def documents(self) -> Documents:
        """The open documents."""
        from kai_lsp.documents import Documents
        from kai_lsp.regions import Document

        return Documents(self.client.encoding, self._read or Document)

    @cached_property
    def _core(self) -> Core:
        from kai_lsp.core import Core

        return Core(self._env, provider=self._provider, log=log.info)

    @cached_property
    def _status(self) -> Watched:
        from kai_lsp.status import Watched, status

        def now() -> Status:
            model = self._model or self._core.model
            return status(self._core.where, model, trusted=self.settings.trusted)

        return Watched(now, partial(self.notify, STATUS_CHANGED))

    @property
    def config_folder(self) -> Path:
        """Where the user's own settings of kai are."""
        from kai.config import Paths

        return Paths.from_environment(self._env).config

    def warm(self) -> None:
        """Load what the first answers need, while the editor is busy with its own start."""
        from kai_lsp.warming import load

        threading.Thread(target=load, daemon=True, name="kai-warming").start()

    # --- settings ----------------------------------------------------------------------------

    def meet(self, params: types.InitializeParams) -> Mapping[str, object]:
        """Learn what the editor can do and what it has set, before anything is answered."""
        self.client = Client.of(params)
        folders = params.workspace_folders
        self._root_uri = params.root_uri or (folders[0].uri if folders else None)
        options = params.initialization_options
        if isinstance(options, Mapping):
            options = options.get("kai", options)
        self.settings = read_settings(options, self.settings, self.complain)
        return {
            "capabilities": capabilities(self.client, self.commands),
            "serverInfo": {"name": "kai", "version": __version__},
        }

    def configure(self, given: object) -> None:
        """Take new settings, and tell every document anew what they change."""
        before = self.settings
        self.settings = read_settings(given, before, self.complain)
        if self.settings != before:
            self.refresh()
            self.look()

    def refresh(self) -> None:
        """Diagnostics and lenses may be others now: the editor asks again, or is told."""
        if self.client.pulls_diagnostics and self.client.refreshes_diagnostics:
            self._refreshed("workspace/diagnostic/refresh")
        else:
            for document in self.documents:
                self.publish(document.uri)
        if self.client.refreshes_lenses:
            self._refreshed("workspace/codeLens/refresh")

    def _refreshed(self, method: str) -> None:
        async def wait() -> None:
            try:
                await self.ask(method, None)
            except Refusal:
                log.warning("the editor does not refresh")

        self.background.start(wait())

    def status(self) -> Status:
        """Where the user is and how the model is; from now on the editor is told of changes."""
        first = not self._status.shown
        told = self._status.asked()
        if first:
            self.background.start(self._status.watch())
        return told

    def look(self) -> None:
        """Something has happened that may have changed the status."""
        if "_status" in self.__dict__:
            self._status.look()

    # --- what documents need -----------------------------------------------------------------

    def asked(self) -> None:
        """Somebody looks at a request: the model may be wanted next."""
        if self.settings.trusted:
            self._core.asked()

    def core_for(self, document: Open) -> Kept:
        """What reads and answers for a document. Raises `KaiError`."""
        path = document.path
        folder = path.parent if path is not None else self._root()
        return self._core.at(folder, trusted=self.settings.trusted)

    def folders_for(self, document: Open) -> tuple[Path, ...]:
        """Where the commands of a document may be run: where it is, and where the workspace is."""
        own = document.path.parent if document.path is not None else None
        return tuple(dict.fromkeys(one for one in (own, self._root()) if one is not None))

    def _root(self) -> Path | None:
        from kai_lsp.documents import file_of

        return file_of(self._root_uri) if self._root_uri else None

    def with_document(
        self, uri: str, nothing: Result, answer: Callable[[Open, Kept], Result]
    ) -> Result:
        """`answer` for an open document; `nothing` where it is not open or cannot be read."""
        document = self.documents.get(uri)
        if document is None or document.unread or uri in self._faulty:
            return nothing
        with self.guarded(uri):
            return answer(document, self.core_for(document))
        return nothing

    async def with_commands(
        self, uri: str, nothing: Result, answer: Callable[[Open, Kept, Commands], Result]
    ) -> Result:
        """The same with every command of the document, once the typing has stopped."""
        await self._quiet(uri)
        document = self.documents.get(uri)
        if document is None or document.unread or uri in self._faulty:
            return nothing
        from kai_lsp.examining import whole

        with self.guarded(uri):
            examiner = self.core_for(document).examiner
            commands = await whole(document, examiner)
            if self.documents.get(uri) is document:
                return answer(document, self.core_for(document), commands)
        return nothing

    @contextmanager
    def guarded(self, uri: str) -> Iterator[None]:
        """One document must not end the work on the others: one that makes kai fail is left alone
        until it is changed. The body's failure ends here."""
        try:
            yield
        except KaiError as error:
            self.complain(str(error))
        except Exception:
            self._faulty.add(uri)
            log.exception("a document could not be read")
            self.complain(
                "a document could not be read; kai leaves it alone until it is changed."
                " This is a fault in kai; its log has more"
            )

    async def _quiet(self, uri: str) -> None:
        loop = asyncio.get_running_loop()
        # Each change moves the moment; there is no event to wait for.
        while (left := self._changed.get(uri, 0.0) + QUIET - loop.time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)

    def touched(self, document: Open) -> None:
        """The document was opened or changed: what failed on it before may work now."""
        self._faulty.discard(document.uri)
        if document.unread and not document.too_long:
            self.complain("a document could not be read; this is a fault in kai, its log has more")
        self._changed[document.uri] = asyncio.get_running_loop().time()
        self._news.set()
        self._news.clear()
        self.publish(document.uri)

    async def after_changes(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Whether something holds, now or after changes of documents that come in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not holds():
                    await self._news.wait()
        return holds()

    def untouched(self, document: Open) -> None:
        """The document was just opened: nobody types."""
        self.touched(document)
        self._changed.pop(document.uri, None)

    def closed(self, uri: str) -> None:
        """The document is gone, and what was said of it with it."""
        self.documents.closed(uri)
        self._faulty.discard(uri)
        self._changed.pop(uri, None)
        if (task := self._pushing.pop(uri, None)) is not None:
            task.cancel()
        if not self.client.pulls_diagnostics:
            self.notify("textDocument/publishDiagnostics", {"uri": uri, "diagnostics": []})

    async def diagnose(self, uri: str) -> list[types.Diagnostic]:
        """What is wrong in a document, for push and for pull, once the typing has stopped."""

        from kai_lsp.diagnostics import diagnostics

        def found(document: Open, kept: Kept, commands: Commands) -> list[types.Diagnostic]:
            return diagnostics(document, commands, self.settings, self.client)

        empty: list[types.Diagnostic] = []
        return await self.with_commands(uri, empty, found)

    def publish(self, uri: str) -> None:
        """Tell an editor that does not ask what is wrong in a document, in a moment."""
        if self.client.pulls_diagnostics:
            return
        if (before := self._pushing.pop(uri, None)) is not None:
            before.cancel()

        async def push() -> None:
            found = await self.diagnose(uri)
            document = self.documents.get(uri)
            if document is not None:
                told = {"uri": uri, "version": document.version, "diagnostics": found}
                self.notify("textDocument/publishDiagnostics", told)

        self._pushing[uri] = self.background.start(push())

    # --- what users are told -----------------------------------------------------------------

    def failed(self, error: BaseException) -> None:
        """Tell the user that something failed behind an answered request."""
        known = isinstance(error, KaiError)
        self.say(
            f"kai: {error}" if known else "kai: that did not work; its log has more",
            types.MessageType.Error,
        )

    def say(self, text: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """One message in the editor."""
        self.notify("window/showMessage", {"type": kind, "message": unlinked(text)})

    def complain(self, text: str) -> None:
        """A message about settings or files, once for each text."""
        if text not in self._said:
            self._said.add(text)
            self.say(f"kai: {text}", types.MessageType.Warning)

    async def end(self) -> None:
        """Close the stores."""
        if not self._stopped:
            self._stopped = True
            if "_core" in self.__dict__:
                await self._core.close()


def capabilities(client: Client, commands: list[str]) -> dict[str, object]:
    """What the server can do for such a client."""
    can: dict[str, object] = {
        "positionEncoding": client.encoding,
        "textDocumentSync": {"openClose": True, "change": _INCREMENTAL},
        "hoverProvider": True,
        "completionProvider": {"triggerCharacters": TRIGGERS, "resolveProvider": False},
        "codeLensProvider": {"resolveProvider": False},
        "codeActionProvider": {"codeActionKinds": [KIND], "resolveProvider": True},
        "executeCommandProvider": {"commands": commands},
    }
    if client.pulls_diagnostics:
        can["diagnosticProvider"] = {
            "identifier": "kai",
            "interFileDependencies": False,
            "workspaceDiagnostics": False,
        }
    return can
