"""Edits as the editor at the other end takes them: versioned, and with a question, where it can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kai_lsp import types
from kai_lsp.client import Client
from kai_lsp.documents import Open


@dataclass(frozen=True, slots=True)
class TextChange:
    """What stands between two places of a document is to become `new`. `block` are the lines that
    stand there then, with line feeds, where they are kai's own."""

    start: int
    end: int
    new: str
    block: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What the user is asked before an edit is made."""

    label: str
    description: str


_ANNOTATION = "kai"


def workspace_edit(
    client: Client,
    document: Open,
    changes: Sequence[TextChange],
    question: Question | None = None,
) -> types.WorkspaceEdit:
    """One edit of one document, good for the version that is open now.

    Where the editor takes no annotations the question is not in it: ask before (`asked_here`).
    """
    edits = [text_edit(document, change, client) for change in changes]
    if not client.versioned_edits or document.version is None:
        return types.WorkspaceEdit(changes={document.uri: edits})
    annotations = None
    listed: list[types.AnnotatedTextEdit | types.TextEdit] = [*edits]
    if question is not None and client.annotated_edits:
        annotations = {
            _ANNOTATION: types.ChangeAnnotation(
                label=question.label, needs_confirmation=True, description=question.description
            )
        }
        listed = [
            types.AnnotatedTextEdit(
                annotation_id=_ANNOTATION, range=edit.range, new_text=edit.new_text
            )
            for edit in edits
        ]
    whose = types.OptionalVersionedTextDocumentIdentifier(
        uri=document.uri, version=document.version
    )
    return types.WorkspaceEdit(
        document_changes=[types.TextDocumentEdit(text_document=whose, edits=listed)],
        change_annotations=annotations,
    )


def asked_here(client: Client, question: Question | None) -> bool:
    """Whether the server itself has to ask, because the editor will not."""
    return question is not None and not client.annotated_edits


def text_edit(document: Open, change: TextChange, client: Client) -> types.TextEdit:
    """A change in the editor's own units."""
    return types.TextEdit(
        range=span(document, change.start, change.end, client), new_text=change.new
    )


def span(document: Open, start: int, end: int, client: Client) -> types.Range:
    """A range of the document in the editor's own units."""
    lines = document.lines
    first, last = lines.position(start, client.encoding), lines.position(end, client.encoding)
    return types.Range(start=types.Position(*first), end=types.Position(*last))
