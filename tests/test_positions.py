"""Places: lines as the protocol breaks them, characters in each of its three encodings."""

from __future__ import annotations

import random

import pytest

from kai_lsp.positions import Encoding, Lines

UTF8, UTF16, UTF32 = Encoding.UTF8, Encoding.UTF16, Encoding.UTF32


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("", [0]),
        ("a", [0]),
        ("a\n", [0, 2]),
        ("a\r\nb\rc\nd", [0, 3, 5, 7]),
        ("\r\r\n\n", [0, 1, 3, 4]),
        ("a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g", [0]),
    ],
)
def test_lines_break_at_line_feeds_and_carriage_returns_and_nowhere_else(
    text: str, starts: list[int]
) -> None:
    assert Lines(text).starts == starts


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("é\U0001f600x", 2, {UTF8: 6, UTF16: 3, UTF32: 2}),
        ("\tkubectl", 1, {UTF8: 1, UTF16: 1, UTF32: 1}),
        ("a\x0cb\u2028c", 4, {UTF8: 6, UTF16: 4, UTF32: 4}),
        ("e\u0301", 2, {UTF8: 3, UTF16: 2, UTF32: 2}),
        ("\ud800x", 1, {UTF8: 3, UTF16: 1, UTF32: 1}),
        ("\ufeffkubectl", 1, {UTF8: 3, UTF16: 1, UTF32: 1}),
    ],
)
def test_a_character_is_counted_in_the_units_agreed_on(
    text: str, offset: int, expected: dict[Encoding, int]
) -> None:
    lines = Lines("first\r\n" + text)
    for encoding, character in expected.items():
        assert lines.position(7 + offset, encoding) == (1, character)
        assert lines.offset(1, character, encoding) == 7 + offset


def test_a_place_inside_a_character_is_its_beginning() -> None:
    lines = Lines("\U0001f600x")
    assert [lines.offset(0, unit, UTF16) for unit in range(4)] == [0, 0, 1, 2]
    assert [lines.offset(0, unit, UTF8) for unit in range(6)] == [0, 0, 0, 0, 1, 2]


def test_a_place_behind_the_end_of_a_line_is_that_end() -> None:
    lines = Lines("ab\r\ncd")
    for encoding in Encoding:
        assert lines.offset(0, 99, encoding) == 2
        assert lines.offset(1, 99, encoding) == 6
        assert lines.offset(99, 0, encoding) == 6
    assert lines.position(3) == (0, 2)
    assert lines.position(99) == (1, 2)


def test_every_place_of_any_text_is_found_again() -> None:
    chance = random.Random(7)  # noqa: S311 - texts, no secrets
    parts = ["a", "é", "\U0001f600", "\r\n", "\n", "\r", "\t", "\x0c", "\u2028", "\u0301", "\ud83d"]
    for _ in range(300):
        text = "".join(chance.choices(parts, k=chance.randint(0, 30)))
        lines = Lines(text)
        for offset in range(len(text) + 1):
            if text[offset - 1 : offset + 1] == "\r\n":
                continue  # between the two there is no place
            for encoding in Encoding:
                assert lines.offset(*lines.position(offset, encoding), encoding) == offset


def test_changed_lines_are_those_of_the_changed_text() -> None:
    chance = random.Random(8)  # noqa: S311 - texts, no secrets
    parts = ["a", "\r\n", "\n", "\r", "bc", "\u2028"]
    lines = Lines("")
    for _ in range(4000):
        start = chance.randint(0, len(lines.text))
        end = min(len(lines.text), start + chance.choice([0, 0, 1, 2, 9]))
        new = "".join(chance.choices(parts, k=chance.choice([0, 1, 1, 2, 5])))
        lines = lines.changed(start, end, new)
        assert lines.starts == Lines(lines.text).starts, (lines.text, start, end, new)
        if len(lines.text) > 60:
            lines = Lines(lines.text[:20])


def test_a_line_that_is_not_there_is_empty_and_at_the_end() -> None:
    lines = Lines("ab\nc")
    assert (lines.span(0), lines.span(1), lines.span(2), lines.span(-1)) == (
        (0, 2),
        (3, 4),
        (4, 4),
        (4, 4),
    )
    assert (len(lines), lines.line(0), lines.line(3), lines.line(4)) == (2, 0, 1, 1)
