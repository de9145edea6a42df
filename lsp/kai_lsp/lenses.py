"""Code lenses: a request can be answered from its own line, a destructive command says that it is."""

from __future__ import annotations

from collections.abc import Sequence

from kai.model import Tier
from kai_lsp import types
from kai_lsp.answers import requests
from kai_lsp.client import Client
from kai_lsp.documents import Open
from kai_lsp.edits import span
from kai_lsp.names import EXPLAIN, GENERATE
from kai_lsp.regions import Command

MOST = 200


def lenses(document: Open, commands: Sequence[Command], client: Client) -> list[types.CodeLens]:
    """One for each request without a command below it, one for each command that destroys."""
    found = []
    for request in requests(document, 0, len(document.content.text)):
        if request.below is None:
            comment = request.comment
            arguments = {"uri": document.uri, "start": comment.start, "request": comment.request}
            command = types.Command(
                title="\u26a1 generate", command=GENERATE, arguments=[arguments]
            )
            place = span(document, comment.start, comment.start, client)
            found.append(types.CodeLens(range=place, command=command))
    for one in commands:
        tier = one.examined.tier
        if tier in (Tier.DESTRUCTIVE, Tier.FORBIDDEN):
            risk = one.examined.risk
            why = risk.reasons[0] if risk and risk.reasons else ""
            command = types.Command(
                title=f"{tier}: {why}" if why else str(tier),
                command=EXPLAIN,
                arguments=[{"uri": document.uri, "start": one.start}],
            )
            place = span(document, one.start, one.start, client)
            found.append(types.CodeLens(range=place, command=command))
        if len(found) >= MOST:
            break
    return found
