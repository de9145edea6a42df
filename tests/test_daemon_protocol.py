"""The lines that shells and the daemon exchange."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kai_shell.daemon import protocol

FIELDS = st.lists(
    st.text(st.characters(blacklist_characters="\x1e\x1f", blacklist_categories=["Cs"]))
)


@given(FIELDS.filter(bool))
def test_what_was_encoded_is_decoded_as_it_was(fields: list[str]) -> None:
    line = protocol.encode(fields)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert protocol.decode(line) == fields


@given(st.binary(max_size=200))
def test_any_bytes_are_fields_or_malformed(data: bytes) -> None:
    try:
        fields = protocol.decode(data)
    except protocol.Malformed as error:
        assert str(error)
    else:
        assert fields


@given(st.text(), st.text())
def test_no_answer_holds_a_control_character(first: str, second: str) -> None:
    line = protocol.answer("none", first, second)
    assert len(line) <= protocol.MAX_FRAME
    kind, *said = protocol.decode(line)
    assert kind == "none"
    assert all(char == "\n" or char.isprintable() for field in said for char in field)


@given(st.text())
def test_a_command_is_sent_as_it_is_or_not_at_all(command: str) -> None:
    kind, said, *_ = protocol.decode(protocol.command_answer("put", command, "remark"))
    assert (kind, said) == ("put", command) if command and command.isprintable() else kind == "fail"


@pytest.mark.parametrize(
    "command", ["", "kubectl get pods\n", "a\x1bb", "a\rb", "a\u202eb", "a\0b"]
)
def test_a_command_that_could_do_more_than_stand_there_is_not_sent(command: str) -> None:
    assert protocol.decode(protocol.command_answer("put", command, ""))[0] == "fail"


def test_a_command_is_never_cut() -> None:
    kind, *_ = protocol.decode(protocol.command_answer("put", "k" * 10_000, "x"))
    assert kind == "fail"
    long = protocol.command_answer("offer", "k" * 8_000, "é" * 90_000, "write", "y" * 90_000)
    assert len(long) <= protocol.MAX_FRAME
    assert protocol.decode(long)[:2] == ["offer", "k" * 8_000]


def test_a_frame_has_a_limit() -> None:
    with pytest.raises(protocol.Malformed, match="64 KiB"):
        protocol.encode(["x" * protocol.MAX_FRAME])
    with pytest.raises(protocol.Malformed, match="64 KiB"):
        protocol.decode(b"x" * (protocol.MAX_FRAME + 1))


def test_separators_inside_a_field_are_refused() -> None:
    with pytest.raises(protocol.Malformed, match="separator"):
        protocol.encode(["a\x1fb"])
