"""What is said about files as people have them is held to an exact list, each line with its defence."""

from __future__ import annotations

import csv
from collections import defaultdict

import pytest

from kai_lsp.client import Client
from kai_lsp.diagnostics import diagnostics
from kai_lsp.documents import Open
from kai_lsp.settings import EditorSettings
from tests.region_cases import EXAMINER, FOLDER, Case, every, shown

LIST = FOLDER / "realworld" / "alarms.tsv"
REAL = every(FOLDER / "realworld")
IDS = [case.title for case in REAL]
Alarm = tuple[str, str, str]


def expected() -> dict[str, list[tuple[Alarm, str]]]:
    """By the title of a document: severity, code and text of what is said, and the defence."""
    found: dict[str, list[tuple[Alarm, str]]] = defaultdict(list)
    with LIST.open(encoding="utf-8", newline="") as rows:
        for row in csv.reader(rows, delimiter="\t", quoting=csv.QUOTE_NONE):
            title, severity, code, text, defence = row
            found[title].append(((severity, code, text), defence))
    return found


EXPECTED = expected()


def alarms(case: Case) -> list[Alarm]:
    """What an editor shows for a document with nobody's settings."""
    document = case.document()
    one = Open(f"file:///{case.path}", 1, document, case.language)
    client = Client()
    told = []
    for item in diagnostics(one, document.commands(EXAMINER), EditorSettings(), client):
        start, end = one.offsets(item.range, client.encoding)
        assert item.severity is not None
        told.append((item.severity.name.lower(), str(item.code), shown(document.text[start:end])))
    return sorted(told)


@pytest.mark.parametrize("case", REAL, ids=IDS)
def test_nothing_is_said_of_a_real_file_that_is_not_defended(case: Case) -> None:
    assert alarms(case) == sorted(alarm for alarm, _ in EXPECTED.get(case.title, ()))


def test_every_line_of_the_list_is_about_a_document_and_has_a_defence() -> None:
    assert set(EXPECTED) <= set(IDS)
    assert all(len(defence) > 10 for rows in EXPECTED.values() for _, defence in rows)


def test_there_are_enough_files_as_people_have_them() -> None:
    assert len(REAL) >= 200
    assert len(set(IDS)) == len(REAL)


def test_what_destroys_is_at_most_a_remark_until_somebody_wants_more() -> None:
    """A teardown script deletes on purpose."""
    case = next(one for one in REAL if one.title == "teardown of a test environment")
    assert {severity for severity, _, _ in alarms(case)} == {"information"}
    document = case.document()
    commands = document.commands(EXAMINER)
    one = Open("file:///x.sh", 1, document, "")
    for wanted, shown_as in (("off", set()), ("hint", {4}), ("error", {1})):
        settings = EditorSettings(severity={**EditorSettings().severity, "destructive": wanted})
        told = diagnostics(one, commands, settings, Client())
        assert {int(item.severity or 0) for item in told} == shown_as
