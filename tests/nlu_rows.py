"""Rows of tests/cases/nlu, and what the built-in engine answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kai.kubectl.spec import load
from kai.nlu import understand

CASES = Path(__file__).parent / "cases/nlu"


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of one file."""
    lines = (CASES / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def answer(request: str) -> str | None:
    """The command that the engine drafts, None where it abstains."""
    draft = understand(request, spec=load()).draft
    return None if draft is None else draft.command
