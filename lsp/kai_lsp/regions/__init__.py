"""Where in a document requests and kubectl commands stand, and what is around them.

Pure: text in, values out. No editor, no protocol, no model, no process.
"""

from __future__ import annotations

from kai_lsp.regions.command import Command
from kai_lsp.regions.document import Document
from kai_lsp.regions.languages import Language, language_of
from kai_lsp.regions.surroundings import surroundings
from kai_lsp.regions.values import AiComment, Place, PlaceKind, Setting, ShellRegion, Spelling

__all__ = [
    "AiComment",
    "Command",
    "Document",
    "Language",
    "Place",
    "PlaceKind",
    "Setting",
    "ShellRegion",
    "Spelling",
    "language_of",
    "surroundings",
]
