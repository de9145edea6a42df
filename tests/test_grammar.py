"""The strict line grammar: what is read, what is refused and what is offered instead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kai.kubectl.grammar import MAX_LENGTH, quote, read

ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "grammar.jsonl").read_text().splitlines()
]
ACCEPTED = [row for row in ROWS if "words" in row]
REFUSED = [row for row in ROWS if "codes" in row]


@pytest.mark.parametrize("row", ACCEPTED, ids=lambda row: row["line"])
def test_an_accepted_line_gives_its_words(row: dict[str, Any]) -> None:
    line = read(row["line"])

    assert line.findings == ()
    assert [[word.value for word in stage] for stage in line.stages] == row["words"]


@pytest.mark.parametrize("row", ACCEPTED, ids=lambda row: row["line"])
def test_every_word_stands_where_it_says(row: dict[str, Any]) -> None:
    text = row["line"]

    for stage in read(text).stages:
        for word in stage:
            assert text[word.start : word.end] == word.raw
            assert word.quoted == ("'" in word.raw or '"' in word.raw)


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: repr(row["line"]))
def test_a_refused_line_says_why_and_gives_no_words(row: dict[str, Any]) -> None:
    line = read(row["line"])

    assert [finding.code for finding in line.findings] == row["codes"]
    assert line.stages == ()
    assert line.text == row["line"]


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: repr(row["line"]))
def test_a_repair_is_offered_only_where_it_is_sure(row: dict[str, Any]) -> None:
    text = row["line"]
    finding = read(text).findings[0]

    assert finding.replacement == row["replacement"]
    assert 0 <= finding.start <= finding.end <= len(text)
    if finding.replacement is not None:
        repaired = text[: finding.start] + finding.replacement + text[finding.end :]
        assert read(repaired).findings == ()


def test_two_thousand_characters_are_read_and_one_more_is_not() -> None:
    longest = "kubectl " + "a" * (MAX_LENGTH - 8)

    assert read(longest).findings == ()
    assert [finding.code for finding in read(longest + "a").findings] == ["K102"]


def test_a_line_break_is_named() -> None:
    (finding,) = read("kubectl get pods\nreboot").findings

    assert finding.message.startswith("a line break")
    assert (finding.start, finding.end) == (16, 17)


def test_endless_garbage_gives_a_bounded_number_of_findings() -> None:
    assert len(read("\x07" * 1900).findings) == 20
    assert len(read("* " * 900).findings) == 20


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ("pods", "pods"),
        ("status.phase!=Running", "status.phase!=Running"),
        ("", "''"),
        ("a b", "'a b'"),
        ("app==web", "'app==web'"),
        ("=x", "'=x'"),
        ("%self", "'%self'"),
        ("80%", "80%"),
        ("--for=jsonpath={.status.phase}=Running", "'--for=jsonpath={.status.phase}=Running'"),
        ('{"a":"\\n"}', '\'{"a":"\\n"}\''),
        ("it's", '"it\'s"'),
        ("$HOME", "'$HOME'"),
    ],
)
def test_a_value_is_quoted_as_a_whole_and_only_where_it_must_be(value: str, spelled: str) -> None:
    assert quote(value) == spelled
    assert read(spelled).stages[0][0].value == value


@pytest.mark.parametrize(
    "value",
    ["a\nb", "\u00e9", "it's $5", "a\\\\b", "a\\", "it's \\", " " * 9, "a" * 2001, " a" * 1000],
)
def test_a_value_that_no_quoting_carries_is_an_error(value: str) -> None:
    with pytest.raises(ValueError):
        quote(value)


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        ("--selector=web", 11, "web"),
        ("--selector='a b'", 11, "'a b'"),
        ("'--selector=a b'", 11, "a b"),
        ('"--selector=a b"', 11, "a b"),
        ("--selector='a b'c", 11, "'a b'c"),
        ("'--selector='", 11, ""),
        ("''", 0, "''"),
        ("-l=''", 3, "''"),
        ("--selector=", 11, ""),
    ],
)
def test_a_part_of_a_word_is_found_in_the_line(text: str, index: int, expected: str) -> None:
    (word,) = read(text).stages[0]

    start, end = word.span(index)

    assert text[start:end] == expected


@pytest.mark.parametrize(
    ("text", "first", "last", "expected"),
    [
        ("po/web", 0, 2, "po"),
        ("'po'/web", 0, 2, "'po'"),
        ("'po/web'", 0, 2, "po"),
        ("'po/web'", 3, 6, "web"),
        ("'po/web'", 0, 6, "'po/web'"),
        ("'p'o/web", 0, 2, "'p'o"),
        ("po/web", 2, 2, ""),
        ("'po/web'", 2, 2, ""),
    ],
)
def test_the_middle_of_a_word_is_found_in_the_line(
    text: str, first: int, last: int, expected: str
) -> None:
    (word,) = read(text).stages[0]

    start, end = word.span(first, last)

    assert text[start:end] == expected
