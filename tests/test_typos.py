"""Repairing slips of the keyboard: what is repaired, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kai.nlu.typos import Speller, distance

SPELLER = Speller(
    [
        "get",
        "pods",
        "pod",
        "deployment",
        "deployments",
        "namespace",
        "restart",
        "delete",
        "delet",
        "port",
        "ports",
        "node",
        "nodes",
        "zero",
        "logs",
        "ingress",
        "ingresses",
        "configmap",
        "describe",
    ],
    alike=lambda left, right: {left, right} == {"delete", "delet"},
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("deploymnet", "deployment"),
        ("namepsace", "namespace"),
        ("gte", "get"),
        ("ndoe", "node"),
        ("prot", "port"),
        ("zreo", "zero"),
        ("restrat", "restart"),
        ("ingres", "ingress"),
        ("podss", "pods"),
        ("deleet", "delet"),
        ("confgimap", "configmap"),
        ("decsribe", "describe"),
    ],
)
def test_a_slip_is_read_as_the_word_it_is_nearest_to(typed: str, meant: str) -> None:
    """Swaps from three letters on, one more or less from four, two edits from eight."""
    assert SPELLER.nearest(typed) == meant


@pytest.mark.parametrize(
    "name", ["web", "api", "cart", "lods", "bode", "x", "", "pod-1", "p0ds", "\u00fcber"]
)
def test_a_word_that_may_be_a_name_is_left_alone(name: str) -> None:
    """Short words with a replaced letter, digits, dashes and other scripts are names."""
    assert SPELLER.nearest(name) == ""


def test_where_a_name_is_expected_only_swaps_are_repaired() -> None:
    """Behind "on" or "deployment", `ports` stays a name's neighbour, `prot` is a swap."""
    assert SPELLER.nearest("nodess", swaps_only=True) == ""
    assert SPELLER.nearest("ndoe", swaps_only=True) == "node"


@given(st.text("abcd", max_size=8), st.text("abcd", max_size=8))
def test_the_distance_is_symmetric_and_bounded(left: str, right: str) -> None:
    """The same either way, zero only for equal words, cut off above the limit."""
    edits = distance(left, right, 3)

    assert edits == distance(right, left, 3)
    assert (edits == 0) == (left == right)
    assert edits <= 4
