"""Messages as they come over a pipe, and values of the protocol as they stand in them."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from kai_lsp import types, wire
from kai_lsp.structure import Misfit, decoded, encoded


def read(*parts: bytes) -> list[bytes]:
    """What is read where these parts are written one after the other, and then nothing more."""
    source, target = os.pipe()

    def write() -> None:
        for part in parts:
            os.write(target, part)
        os.close(target)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        return list(wire.messages(source))
    finally:
        os.close(source)
        writer.join()


@contextmanager
def piped() -> Iterator[tuple[int, int]]:
    source, target = os.pipe()
    try:
        yield source, target
    finally:
        os.close(source)
        os.close(target)


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def test_messages_come_whole_however_they_are_cut() -> None:
    text = framed(b"one") + framed("zwei é 🦊".encode()) + framed(b"")
    assert read(text) == [b"one", "zwei é 🦊".encode(), b""]
    assert read(*(text[at : at + 1] for at in range(len(text)))) == read(text)


def test_other_heads_and_the_case_of_their_names_do_not_matter() -> None:
    head = b"Content-Type: x; charset=utf-8\r\ncontent-LENGTH:  2 \r\n\r\n{}"
    assert read(head) == [b"{}"]


@pytest.mark.parametrize(
    "head", [b"Content-Length: many", b"Content-Length: -1", b"X: 1", b"\xff\xfe", b""]
)
def test_a_head_without_a_length_is_passed_over(head: bytes) -> None:
    assert read(head + b"\r\n\r\n" + framed(b"next")) == [b"next"]


@pytest.mark.parametrize(
    "text", [b"", b"Content-Length: 5\r\n\r\nabc", b"Content-", b"x" * (1 << 15)]
)
def test_an_end_in_the_middle_is_the_end(text: bytes) -> None:
    assert read(text) == []


def test_a_length_that_no_message_has_is_not_waited_for() -> None:
    assert read(b"Content-Length: 999999999999\r\n\r\n" + framed(b"next")) == [b"next"]


def test_a_head_that_is_too_long_is_passed_over() -> None:
    assert read(b"x" * (1 << 16), b"\r\n\r\n" + framed(b"next")) == [b"next"]


@pytest.mark.parametrize("wrong", [1, 9, 14, 40])
def test_behind_a_length_that_is_wrong_messages_are_found_again(wrong: int) -> None:
    """Characters are counted for bytes, say; what follows is lost at most to its own end."""
    text = b"Content-Length: %d\r\n\r\n{the first one}" % wrong
    assert read(text + framed(b"second") + framed(b"third"))[-1] == b"third"


def test_what_is_sent_is_read_again_with_names_of_the_protocol() -> None:
    place = types.Position(1, 2)
    hover = types.Hover(
        types.MarkupContent(types.MarkupKind.Markdown, "🦊\ud800"), types.Range(place, place)
    )
    with piped() as (source, target):
        wire.send(target, {"result": hover, "id": 1})
        [body] = [next(wire.messages(source))]
    assert json.loads(body) == {
        "id": 1,
        "result": {
            "contents": {"kind": "markdown", "value": "🦊\ud800"},
            "range": {"start": {"line": 1, "character": 2}, "end": {"line": 1, "character": 2}},
        },
    }


def test_nobody_at_the_other_end_is_an_error_for_who_sends() -> None:
    source, target = os.pipe()
    os.close(source)
    with pytest.raises(OSError, match="pipe"):
        wire.send(target, {})
    os.close(target)


def test_who_has_gone_and_does_not_read_is_not_waited_for() -> None:
    """Somebody else may hold the pipe that an editor read from when it died."""
    with piped() as (_, target):
        source, other = os.pipe()
        os.write(other, b"what was not read yet")
        os.close(other)
        with pytest.raises(OSError, match="nobody reads"):
            wire.send(target, {"result": "x" * (1 << 20)}, source, patience=0.01)
        os.close(source)


def test_who_reads_late_gets_everything() -> None:
    message = {"result": "x" * (1 << 20)}
    with piped() as (source, target):
        os.set_blocking(target, False)
        written, other = os.pipe()
        writer = threading.Thread(target=wire.send, args=(target, message, written, 0.01))
        writer.start()
        [body] = [next(wire.messages(source))]
        writer.join()
        assert json.loads(body) == message
        os.close(written)
        os.close(other)


def test_fields_of_none_are_left_out_and_null_is_none() -> None:
    edit = types.WorkspaceEdit(changes={"file:///a_b": []})
    assert encoded(edit) == {"changes": {"file:///a_b": []}}
    assert decoded(types.WorkspaceEdit, {"changes": None, "unknown": 1}).changes is None


def test_values_are_equal_by_what_they_hold() -> None:
    one = decoded(types.Position, {"line": 3, "character": 4})
    assert one == types.Position(3, 4)
    assert one != types.Position(3, 5)
    assert "line=3" in repr(one)


CHANGE: dict[str, Any] = {
    "textDocument": {"uri": "file:///a", "version": 2},
    "contentChanges": [{"text": "x", "range": {"start": {"line": 0, "character": 0}}}],
}


@pytest.mark.parametrize(
    ("kind", "given", "where"),
    [
        (types.Position, {"line": -1, "character": 0}, "line"),
        (types.Position, {"line": 0, "character": 2**31}, "character"),
        (types.Position, {"line": True, "character": 0}, "line"),
        (types.Position, {"line": 1.5, "character": 0}, "line"),
        (types.Position, {"line": 1}, "character is missing"),
        (types.Position, [], "no dict"),
        (types.Position, None, "no dict"),
        (types.DidChangeTextDocumentParams, CHANGE, "contentChanges: range: end is missing"),
        (types.VersionedTextDocumentIdentifier, {"uri": "a", "version": "b"}, "version: no int"),
        (types.ExecuteCommandParams, {"command": "a", "arguments": {}}, "arguments: no list"),
        (types.CancelParams, {"id": None}, "id"),
        (types.WorkspaceEdit, {"changes": {"a": [{"newText": 1}]}}, "changes: range is missing"),
    ],
)
def test_what_does_not_fit_is_named_by_its_field(
    kind: type[types.Position], given: object, where: str
) -> None:
    with pytest.raises(Misfit) as misfit:
        decoded(kind, given)
    assert str(misfit.value).startswith(where)


def test_an_edit_of_an_annotated_text_is_told_from_a_plain_one() -> None:
    place = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    plain = {"range": place, "newText": "a"}
    given = {
        "textDocument": {"uri": "file:///a", "version": None},
        "edits": [plain, {**plain, "annotationId": "kai"}],
    }
    one, other = decoded(types.TextDocumentEdit, given).edits
    assert isinstance(one, types.TextEdit)
    assert isinstance(other, types.AnnotatedTextEdit)
