"""What the editor at the other end can do, read once from its `initialize`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kai_lsp.positions import Encoding
from kai_lsp.types import InitializeParams, MarkupKind


@dataclass(frozen=True, slots=True)
class Client:
    """What the server has to know of the editor; the defaults are those of an editor that says
    nothing."""

    name: str = ""
    encoding: Encoding = Encoding.UTF16
    action_literals: bool = False
    """Whether it takes code actions, not only commands."""
    versioned_edits: bool = False
    """Whether edits may name the version of the document they were made for."""
    annotated_edits: bool = False
    """Whether an edit may ask for a confirmation."""
    applies_edits: bool = False
    markdown: bool = False
    """Whether it would rather have Markdown than plain text where something is pointed at."""
    progress: bool = False
    pulls_diagnostics: bool = False
    refreshes_diagnostics: bool = False
    refreshes_lenses: bool = False
    related_information: bool = False
    configuration: bool = False
    configuration_events: bool = False
    watches_files: bool = False
    watches_elsewhere: bool = False
    """Whether it watches files outside of the workspace, too."""

    @classmethod
    def of(cls, params: InitializeParams) -> Client:
        """From the parameters of `initialize`."""

        def told(path: str) -> Any:
            """What stands there in the capabilities; None: nothing. An empty table of Lua comes as
            an empty list."""
            found: Any = params.capabilities
            for key in path.split("."):
                found = found.get(key) if isinstance(found, Mapping) else None
            return {} if found == [] else found

        def can(path: str) -> bool:
            return told(path) is True

        annotated = told("workspace.workspaceEdit.changeAnnotationSupport") is not None
        formats = told("textDocument.hover.contentFormat")
        return cls(
            name=params.client_info.name if params.client_info else "",
            encoding=_encoding(told("general.positionEncodings")),
            action_literals=told("textDocument.codeAction.codeActionLiteralSupport") is not None,
            # Neovim takes them and does not say so; from 0.12 on it says that it takes annotations,
            # which only versioned edits can carry.
            versioned_edits=can("workspace.workspaceEdit.documentChanges") or annotated,
            annotated_edits=annotated,
            applies_edits=can("workspace.applyEdit"),
            markdown=isinstance(formats, list) and formats[:1] == [MarkupKind.Markdown],
            progress=can("window.workDoneProgress"),
            pulls_diagnostics=told("textDocument.diagnostic") is not None,
            refreshes_diagnostics=can("workspace.diagnostics.refreshSupport"),
            refreshes_lenses=can("workspace.codeLens.refreshSupport"),
            related_information=can("textDocument.publishDiagnostics.relatedInformation"),
            configuration=can("workspace.configuration"),
            configuration_events=can("workspace.didChangeConfiguration.dynamicRegistration"),
            watches_elsewhere=can("workspace.didChangeWatchedFiles.relativePatternSupport"),
            watches_files=can("workspace.didChangeWatchedFiles.dynamicRegistration"),
        )


def _encoding(offered: object) -> Encoding:
    """The first that the client offers and kai knows; the protocol's default where there is none."""
    known = [one for one in offered if one in list(Encoding)] if isinstance(offered, list) else []
    return Encoding(known[0]) if known else Encoding.UTF16
