"""Equal commands have one form, and different commands have different ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kai.kubectl import canonical_values as values
from kai.kubectl.canonical import canonical, same
from kai.kubectl.invocation import parse
from kai.kubectl.spec import load

ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "canonical.jsonl").read_text().splitlines()
]
STRICTLY_DIFFERENT = [
    ("kubectl get pods -n default", "kubectl get pods"),
    ("kubectl exec web -- /bin/sh", "kubectl exec web -- sh"),
    ("kubectl get po -o custom-columns=A:.a", "kubectl get po -o custom-columns=B:.a"),
    ("kubectl get po -o jsonpath='{.a}{\"\\n\"}'", "kubectl get po -o jsonpath='{.a}'"),
    ("kubectl get po -o go-template='{{.a}}\\n'", "kubectl get po -o go-template='{{.a}}'"),
    (
        "kubectl get po -o name | xargs -n 1 kubectl delete",
        "kubectl get po -o name | xargs kubectl delete",
    ),
    ("kubectl get po --no-headers | grep a", "kubectl get po | grep a"),
    ("kubectl cp default/web:/a b", "kubectl cp web:/a b"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['left']} ~ {row['right']}")
def test_two_lines_are_the_same_exactly_where_they_do_the_same(row: dict[str, Any]) -> None:
    assert same(row["left"], row["right"]) is row["same"]
    assert same(row["right"], row["left"]) is row["same"]


@pytest.mark.parametrize("text", sorted({row["left"] for row in ROWS}))
def test_a_line_is_the_same_as_itself_however_it_is_handed_over(text: str) -> None:
    assert canonical(text) == canonical(parse(text)) == canonical(f"  {text} ")


@pytest.mark.parametrize(("left", "right"), STRICTLY_DIFFERENT)
def test_what_differs_in_print_only_counts_where_that_is_asked(left: str, right: str) -> None:
    assert canonical(left) == canonical(right)
    assert canonical(left, strict=True) != canonical(right, strict=True)


@pytest.mark.parametrize(
    "text",
    [
        "kubectl get pods > a",
        "k get pods",
        "kubectl  frob",
        "kubectl get pods -n",
        "kubectl get pods ; ls",
        "",
        "kubectl get pods | tee a",
    ],
)
def test_a_line_that_cannot_be_read_is_its_own_text(text: str) -> None:
    assert canonical(text) == " ".join(text.split())


def test_the_table_of_the_version_is_used() -> None:
    text, other = "kubectl explain pods", "kubectl explain pods --output=plaintext"

    assert canonical(text, load("1.32")) == canonical(other, load("1.32"))


@pytest.mark.parametrize(
    ("function", "left", "right"),
    [
        (values.duration, "60", "1m"),
        (values.quantity, "1.5Gi", "1536Mi"),
        (values.quantity, "2k", "2000"),
        (values.selector, "b=1,a=2", "a==2, b = 1"),
        (values.selector, "a in ( x )", "a=x"),
        (values.field_path, "{.a['b.c']}", r".a.b\.c"),
        (values.field_path, "$.a[]", "a[*]"),
        (values.json_text, '{"a": [1, 2]}', '{"a":[1,2]}'),
        (values.jsonpath, ".a", "{.a}"),
        (values.file_name, "./a/", "a"),
    ],
)
def test_notations_of_one_value_have_one_form(function: Any, left: str, right: str) -> None:
    assert function(left) == function(right)


@pytest.mark.parametrize(
    ("function", "value"),
    [
        (values.duration, "soon"),
        (values.quantity, "1 Gi"),
        (values.json_text, "spec: x"),
        (values.file_name, "."),
        (values.file_name, "./"),
        (values.field_path, ""),
    ],
)
def test_a_value_of_unknown_notation_stays_as_it_is(function: Any, value: str) -> None:
    assert function(value).rstrip("/") == value.rstrip("/")
