"""A command in words, from what its parts say of themselves; no model is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kai.kubectl.invocation import Pipeline
    from kai.kubectl.resources import Catalogue


def explain(pipeline: Pipeline, catalogue: Catalogue) -> str:
    """One or two plain sentences: what the command does, to what, where."""
    return " ".join(call.command.short_help for call in pipeline.invocations)
