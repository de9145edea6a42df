"""The language server: what each request of an editor leads to. `features.py` binds them."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types

from kai import __version__
from kai.errors import KaiError
from kai_lsp.client import Client
from kai_lsp.core import Core, Kept
from kai_lsp.diagnostics import diagnostics
from kai_lsp.documents import Documents, Open
from kai_lsp.generate import Background
from kai_lsp.positions import Encoding
from kai_lsp.protocol import KaiLanguageServer, KaiProtocol
from kai_lsp.settings import EditorSettings, read

if TYPE_CHECKING:
    from kai.provider import Provider

log = logging.getLogger("kai_lsp")

Result = TypeVar("Result")

_WORKERS = 8
"""Threads of pygls: it reads its input through them, so that a busy one must not be the last."""


class Server(KaiLanguageServer):
    """One editor, its documents and its settings. `provider` is the model; None: there is none."""

    def __init__(
        self, env: Mapping[str, str] | None = None, *, provider: Provider | None = None
    ) -> None:
        super().__init__(
            "kai",
            __version__,
            protocol_cls=KaiProtocol,
            text_document_sync_kind=types.TextDocumentSyncKind.Incremental,
            max_workers=_WORKERS,
        )
        self.client = Client()
        self.settings = EditorSettings()
        self.documents = Documents()
        self.background = Background()
        self.stopped = False
        self._core = Core(os.environ if env is None else env, provider=provider)
        self._said: set[str] = set()
        self._faulty: set[str] = set()

    # --- settings ----------------------------------------------------------------------------

    def meet(self, params: types.InitializeParams) -> None:
        """Learn what the editor can do and what it has set, before anything is answered."""
        encoding = Encoding(
            str(types.PositionEncodingKind(self.workspace.position_encoding or "utf-16").value)
        )
        self.client = Client.of(params, encoding)
        self.documents = Documents(encoding)
        options = params.initialization_options
        if isinstance(options, Mapping):
            options = options.get("kai", options)
        self.settings = read(options, self.settings, self.complain)

    def configure(self, given: object) -> None:
        """Take new settings, and tell every document anew what they change."""
        before = self.settings
        self.settings = read(given, before, self.complain)
        if self.settings != before:
            self.refresh()

    def refresh(self) -> None:
        """Diagnostics and lenses may be others now: the editor asks again, or is told."""
        if self.client.pulls_diagnostics and self.client.refreshes_diagnostics:
            self._quietly(self.workspace_diagnostic_refresh_async(None))
        else:
            for document in self.documents:
                self.publish(document)
        if self.client.refreshes_lenses:
            self._quietly(self.workspace_code_lens_refresh_async(None))

    def _quietly(self, request: Any) -> None:
        async def wait() -> None:
            try:
                await request
            except Exception as error:  # noqa: BLE001 - an editor may refuse to ask again
                log.warning("the editor does not refresh: %s", type(error).__name__)

        self.background.start(wait())

    # --- what documents need -----------------------------------------------------------------

    def core_for(self, document: Open) -> Kept:
        """What reads and answers for a document. Raises `KaiError`."""
        path = document.path
        folder = path.parent if path is not None else self._root()
        return self._core.at(folder, trusted=self.settings.trusted)

    def _root(self) -> Path | None:
        root = self.workspace.root_path
        return Path(root) if root else None

    def with_document(
        self, uri: str, nothing: Result, answer: Callable[[Open, Kept], Result]
    ) -> Result:
        """`answer` for an open document; `nothing` where it is not open or cannot be read."""
        document = self.documents.get(uri)
        if document is None or document.too_long or uri in self._faulty:
            return nothing
        try:
            return answer(document, self.core_for(document))
        except KaiError as error:
            self.complain(str(error))
        except Exception:
            # One document must not end the work on the others: it is left alone until it changes.
            self._faulty.add(uri)
            log.exception("a document could not be read")
            self.complain(
                "a document could not be read; kai leaves it alone until it is opened again."
                " This is a fault in kai; its log has more"
            )
        return nothing

    def forgive(self, uri: str) -> None:
        """The document was opened anew: try it again."""
        self._faulty.discard(uri)

    def diagnose(self, uri: str) -> list[types.Diagnostic]:
        """What is wrong in a document, for push and for pull."""

        def found(document: Open, kept: Kept) -> list[types.Diagnostic]:
            return diagnostics(document, kept.examiner, self.settings, self.client)

        empty: list[types.Diagnostic] = []
        return self.with_document(uri, empty, found)

    def publish(self, document: Open) -> None:
        """Tell an editor that does not ask what is wrong in a document."""
        if self.client.pulls_diagnostics:
            return
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(
                uri=document.uri, version=document.version, diagnostics=self.diagnose(document.uri)
            )
        )

    # --- what users are told -----------------------------------------------------------------

    def say(self, text: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """One message in the editor."""
        self.window_show_message(types.ShowMessageParams(type=kind, message=text))

    def complain(self, text: str) -> None:
        """A message about settings or files, once for each text."""
        if text not in self._said:
            self._said.add(text)
            self.say(f"kai: {text}", types.MessageType.Warning)

    async def end(self) -> None:
        """Stop what is under way and close the stores."""
        if not self.stopped:
            self.stopped = True
            await self.background.end()
            self._core.close()
