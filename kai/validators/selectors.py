"""Label and field selectors, read as the API machinery reads them.

Sources: k8s.io/apimachinery/pkg/labels/selector.go (Lexer, Parser) and pkg/fields/selector.go.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from kai.validators.faults import Fault
from kai.validators.names import label_key, label_value

_SPECIAL = frozenset("=!(),<>")
_OPERATORS = frozenset((")", ",", "!", "==", "=", ">", "<", "!=", "("))
_COMPARING = frozenset(("=", "==", "!=", ">", "<"))
_INT = re.compile(r"[+-]?[0-9]+")
_BLANK = frozenset(" \t\r\n")


class _Token(NamedTuple):
    kind: str  # an operator, "id", "in", "notin", "end" or "bad"
    text: str
    start: int
    end: int


class _Refused(Exception):
    """Carries the fault out of the parser; never leaves this module."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault


def label_selector(text: str) -> Fault | None:
    """Read `app=web,tier!=db,env in (a, b),!canary`; None: it is one."""
    try:
        _Labels(text).parse()
    except _Refused as refused:
        return refused.fault
    return None


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    index, size = 0, len(text)
    while index < size:
        char = text[index]
        if char in _BLANK:
            index += 1
        elif char in _SPECIAL:
            end = index + 1
            # The longest operator wins: "!=" before "!".
            while end < size and text[end] in _SPECIAL and text[index : end + 1] in _OPERATORS:
                end += 1
            found.append(_Token(text[index:end], text[index:end], index, end))
            index = end
        else:
            end = index
            while end < size and text[end] not in _SPECIAL and text[end] not in _BLANK:
                end += 1
            word = text[index:end]
            kind = word if word in ("in", "notin") else "id"
            found.append(_Token(kind, word, index, end))
            index = end
    found.append(_Token("end", "", size, size))
    return found


class _Labels:
    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0

    def look(self) -> _Token:
        """The next token where `in` and `notin` are plain words."""
        token = self.tokens[self.at]
        return token._replace(kind="id") if token.kind in ("in", "notin") else token

    def take(self) -> _Token:
        token = self.look()
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def parse(self) -> None:
        while True:
            token = self.look()
            if token.kind == "end":
                return
            if token.kind not in ("id", "!"):
                self.refuse(token, "a label's key")
            self.requirement()
            token = self.take()
            if token.kind == "end":
                return
            if token.kind != ",":
                self.refuse(token, "a comma or the end")
            token = self.look()
            if token.kind not in ("id", "!"):
                self.refuse(token, "a label's key behind the comma")

    def requirement(self) -> None:
        token = self.take()
        absent = token.kind == "!"
        if absent:
            token = self.take()
        if token.kind != "id":
            self.refuse(token, "a label's key")
        self.accept(label_key(token.text), token)
        if absent or self.look().kind in ("end", ","):
            return
        operator = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        if operator.kind in ("in", "notin"):
            self.values(operator)
        elif operator.kind in _COMPARING:
            self.exact(operator)
        else:
            self.refuse(operator, "=, !=, in, notin, < or >")

    def exact(self, operator: _Token) -> None:
        token = self.look()
        if token.kind in ("end", ","):
            if operator.kind in "<>":
                self.refuse(token, "a number")
            return
        self.take()
        if token.kind != "id":
            self.refuse(token, "a value")
        self.accept(label_value(token.text), token)
        if operator.kind in "<>" and not _INT.fullmatch(token.text):
            self.refuse(token, "a number")

    def values(self, operator: _Token) -> None:
        token = self.take()
        if token.kind != "(":
            self.refuse(token, f"values in brackets: {operator.text} (a, b)")
        if self.look().kind == ")":
            self.refuse(self.look(), "at least one value")
        wants_value = True
        while True:
            token = self.take()
            if token.kind == "id" and wants_value:
                self.accept(label_value(token.text), token)
                wants_value = False
            elif token.kind == ",":
                wants_value = True
            elif token.kind == ")":
                return
            else:
                self.refuse(token, "a comma or ')'" if not wants_value else "a value or ')'")

    def accept(self, fault: Fault | None, token: _Token) -> None:
        if fault is not None:
            end = len(token.text) if fault.end is None else fault.end
            start = token.start + fault.start
            raise _Refused(Fault(fault.message, start, token.start + end))

    def refuse(self, token: _Token, wanted: str) -> None:
        what = f"'{token.text}'" if token.text else "the end"
        start, end = token.start, token.end
        if start == end and start:
            start -= 1
        message = f"this selector needs {wanted} where {what} stands"
        raise _Refused(Fault(message, start, end))


#: Fields that servers can select by, of kinds whose list is known (source: the conversion functions
#: AddFieldLabelConversionFuncs in k8s.io/kubernetes/pkg/apis); all have metadata.name and .namespace.
_FIELDS: dict[str, frozenset[str]] = {
    "pods": frozenset(
        (
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        )
    ),
    "nodes": frozenset(("spec.unschedulable",)),
    "namespaces": frozenset(("status.phase",)),
    "secrets": frozenset(("type",)),
    "services": frozenset(("spec.clusterIP", "spec.type")),
    "replicasets.apps": frozenset(("status.replicas",)),
    "jobs.batch": frozenset(("status.successful",)),
    "configmaps": frozenset(),
    "serviceaccounts": frozenset(),
    "persistentvolumeclaims": frozenset(),
    "deployments.apps": frozenset(),
    "statefulsets.apps": frozenset(),
    "daemonsets.apps": frozenset(),
    "cronjobs.batch": frozenset(),
    "ingresses.networking.k8s.io": frozenset(),
}
_COMMON = frozenset(("metadata.name", "metadata.namespace"))


def field_selector(text: str, kind: str = "") -> Fault | None:
    """Read `status.phase!=Running,spec.nodeName=n1`; `kind` ("pods") says which fields there are."""
    start = 0
    for term in _terms(text):
        fault = _field_term(term, kind) if term else None
        if fault is not None:
            end = len(term) if fault.end is None else fault.end
            new = fault.new
            return Fault(fault.message, start + fault.start, start + end, new, fault.level)
        start += len(term) + 1
    return None


def _terms(text: str) -> list[str]:
    terms, start, escaped = [], 0, False
    for index, char in enumerate(text):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == ",":
            terms.append(text[start:index])
            start = index + 1
    terms.append(text[start:])
    return terms


def _field_term(term: str, kind: str) -> Fault | None:
    match = re.search(r"!=|==|=", term)
    if match is None:
        return Fault(f"'{term}' is no field selector; write FIELD=VALUE or FIELD!=VALUE")
    field, value = term[: match.start()], term[match.end() :]
    body = re.sub(r"\\[\\,=]", "", value)
    if "\\" in body or "=" in body:
        message = "a value with '=' or a backslash needs a backslash before it"
        return Fault(message, match.end(), len(term))
    known = _FIELDS.get(kind)
    if known is None or field in known or field in _COMMON:
        return None
    shown = ", ".join(sorted(known | {"metadata.name"}))
    message = f"{kind} cannot be selected by '{field}'; there are {shown}"
    return Fault(message, 0, match.start())
