"""What the editor at the other end can do, read once from its `initialize`."""

from __future__ import annotations

from dataclasses import dataclass

from lsprotocol import types
from pygls.capabilities import get_capability

from kai_lsp.positions import Encoding


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
    def of(cls, params: types.InitializeParams, encoding: Encoding) -> Client:
        """From the parameters of `initialize`, and the encoding that was agreed on."""
        asked = params.capabilities

        def can(path: str) -> bool:
            return bool(get_capability(asked, path, False))

        formats = get_capability(asked, "text_document.hover.content_format") or ()
        annotated = get_capability(asked, "workspace.workspace_edit.change_annotation_support")
        return cls(
            name=params.client_info.name if params.client_info else "",
            encoding=encoding,
            action_literals=bool(
                get_capability(asked, "text_document.code_action.code_action_literal_support")
            ),
            # Neovim takes them and does not say so; from 0.12 on it says that it takes annotations,
            # which only versioned edits can carry.
            versioned_edits=can("workspace.workspace_edit.document_changes")
            or annotated is not None,
            annotated_edits=annotated is not None,
            applies_edits=can("workspace.apply_edit"),
            markdown=next(iter(formats), None) == types.MarkupKind.Markdown,
            progress=can("window.work_done_progress"),
            pulls_diagnostics=get_capability(asked, "text_document.diagnostic") is not None,
            refreshes_diagnostics=can("workspace.diagnostics.refresh_support"),
            refreshes_lenses=can("workspace.code_lens.refresh_support"),
            related_information=can("text_document.publish_diagnostics.related_information"),
            configuration=can("workspace.configuration"),
            configuration_events=can("workspace.did_change_configuration.dynamic_registration"),
            watches_elsewhere=can("workspace.did_change_watched_files.relative_pattern_support"),
            watches_files=can("workspace.did_change_watched_files.dynamic_registration"),
        )
