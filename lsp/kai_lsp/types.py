"""What of the language server protocol (3.17, 3.18) kai says and reads; names are the protocol's."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any

from kai_lsp.structure import Structure, Uint

# --- numbers and words ------------------------------------------------------------------------


class MessageType(IntEnum):
    """How serious a message to the user is."""

    Error = 1
    Warning = 2
    Info = 3


class DiagnosticSeverity(IntEnum):
    """How loudly a diagnostic is shown."""

    Error = 1
    Warning = 2
    Information = 3
    Hint = 4


class DiagnosticTag(IntEnum):
    """How a diagnostic is drawn."""

    Unnecessary = 1
    Deprecated = 2


class CompletionItemKind(IntEnum):
    """The icon of something to complete."""

    Text = 1
    Function = 3
    Class = 7
    Property = 10
    Value = 12
    File = 17
    Reference = 18
    Folder = 19


class CodeActionTriggerKind(IntEnum):
    """Whether the user has asked for actions."""

    Invoked = 1
    Automatic = 2


class MarkupKind(StrEnum):
    """What a text for the user is written in."""

    PlainText = "plaintext"
    Markdown = "markdown"


# --- places and documents ---------------------------------------------------------------------


class Position(Structure):
    """A place; `character` counts in the units that were agreed on."""

    line: Uint
    character: Uint


class Range(Structure):
    """From a place to another one."""

    start: Position
    end: Position


class Location(Structure):
    """A range of a document."""

    uri: str
    range: Range


class TextDocumentIdentifier(Structure):
    """Which document."""

    uri: str


class VersionedTextDocumentIdentifier(Structure):
    """Which document after which change; before 3.16 the version could be null."""

    uri: str
    version: int | None = None


class OptionalVersionedTextDocumentIdentifier(Structure):
    """The same for edits."""

    uri: str
    version: int | None = None


class TextDocumentItem(Structure):
    """A document that is being opened."""

    uri: str
    language_id: str
    version: int
    text: str


class TextDocumentContentChangeEvent(Structure):
    """A new text for a range, or without one for the document."""

    text: str
    range: Range | None = None


# --- edits ------------------------------------------------------------------------------------


class TextEdit(Structure):
    """What stands in a range is to become another text."""

    range: Range
    new_text: str


class AnnotatedTextEdit(Structure):
    """The same with what the editor asks before."""

    range: Range
    new_text: str
    annotation_id: str


class TextDocumentEdit(Structure):
    """Edits of one document as it is at a version."""

    text_document: OptionalVersionedTextDocumentIdentifier
    edits: list[AnnotatedTextEdit | TextEdit]


class ChangeAnnotation(Structure):
    """What the editor asks before an edit."""

    label: str
    needs_confirmation: bool | None = None
    description: str | None = None


class WorkspaceEdit(Structure):
    """Edits of documents, in one of two ways."""

    changes: dict[str, list[TextEdit]] | None = None
    document_changes: list[TextDocumentEdit] | None = None
    change_annotations: dict[str, ChangeAnnotation] | None = None


# --- what the editor is told ------------------------------------------------------------------


class Command(Structure):
    """A command of the server, with a title for people."""

    title: str
    command: str
    arguments: list[Any] | None = None


class DiagnosticRelatedInformation(Structure):
    """More about a diagnostic."""

    location: Location
    message: str


class Diagnostic(Structure):
    """Something that is wrong with a range."""

    range: Range
    message: str
    severity: DiagnosticSeverity | None = None
    code: str | None = None
    source: str | None = None
    tags: list[DiagnosticTag] | None = None
    related_information: list[DiagnosticRelatedInformation] | None = None
    data: Any = None


class CodeAction(Structure):
    """Something that can be done at a range: an edit, a command, or both in that order."""

    title: str
    kind: str | None = None
    diagnostics: list[Diagnostic] | None = None
    edit: WorkspaceEdit | None = None
    command: Command | None = None


class MarkupContent(Structure):
    """Text for people."""

    kind: MarkupKind
    value: str


class Hover(Structure):
    """What is said of the place under the pointer."""

    contents: MarkupContent
    range: Range | None = None


class CompletionItem(Structure):
    """One thing that may stand at a place."""

    label: str
    kind: CompletionItemKind | None = None
    detail: str | None = None
    filter_text: str | None = None
    sort_text: str | None = None
    text_edit: TextEdit | None = None


class CompletionList(Structure):
    """Everything that may; `is_incomplete`: the editor asks again with the next letter."""

    is_incomplete: bool
    items: list[CompletionItem]


class CodeLens(Structure):
    """A command that is shown above a line."""

    range: Range
    command: Command | None = None


class DocumentDiagnosticReport(Structure):
    """The answer of a pull for diagnostics: `kind` "full" with items, or "unchanged"."""

    kind: str
    result_id: str | None = None
    items: list[Diagnostic] | None = None


# --- what the editor asks and tells -----------------------------------------------------------


class ClientInfo(Structure):
    """The editor's name."""

    name: str


class WorkspaceFolder(Structure):
    """A folder that is open."""

    uri: str


class InitializeParams(Structure):
    """The first message. `capabilities` stay JSON: they are many and kai reads few (`client.py`)."""

    capabilities: dict[str, Any]
    client_info: ClientInfo | None = None
    root_uri: str | None = None
    workspace_folders: list[WorkspaceFolder] | None = None
    initialization_options: Any = None


class DidOpenTextDocumentParams(Structure):
    """A document was opened."""

    text_document: TextDocumentItem


class DidChangeTextDocumentParams(Structure):
    """A document was changed; the changes one after the other."""

    text_document: VersionedTextDocumentIdentifier
    content_changes: list[TextDocumentContentChangeEvent]


class DidCloseTextDocumentParams(Structure):
    """A document was closed."""

    text_document: TextDocumentIdentifier


class DidChangeConfigurationParams(Structure):
    """Settings have changed."""

    settings: Any = None


class TextDocumentParams(Structure):
    """A question about a document: its lenses."""

    text_document: TextDocumentIdentifier


class TextDocumentPositionParams(Structure):
    """A question about a place: hover and completion."""

    text_document: TextDocumentIdentifier
    position: Position


class DocumentDiagnosticParams(Structure):
    """What is wrong; `previous_result_id` names the report that the editor has."""

    text_document: TextDocumentIdentifier
    previous_result_id: str | None = None


class CodeActionContext(Structure):
    """Why actions are asked for, and of which kinds."""

    only: list[str] | None = None
    trigger_kind: int | None = None


class CodeActionParams(Structure):
    """What can be done at a range."""

    text_document: TextDocumentIdentifier
    range: Range
    context: CodeActionContext


class ExecuteCommandParams(Structure):
    """Run a command."""

    command: str
    arguments: list[Any] | None = None


class CancelParams(Structure):
    """Nobody waits for a request any more."""

    id: int | float | str


class WorkDoneProgressCancelParams(Structure):
    """The user stops what a progress shows."""

    token: int | str
