"""What kai says about commands, row by row, and for any text at all."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kai.kubectl.invocation import parse
from kai.kubectl.resources import Catalogue, Resource, builtin
from kai.kubectl.spec import load
from kai.model import Finding, Level
from kai.validators import CHECKS, check

ROOT = Path(__file__).parent.parent
CASES = Path(__file__).parent / "cases"
ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in (CASES / "validators.jsonl").read_text().splitlines()
]
_CODE = re.compile(r"K[23]\d\d")
#: Findings that hide others: what stands behind a misread word or kind is not judged.
_HIDING = ("K1", "K201")

#: Rows of the development data that are refused, and why that is right.
_ELSEWHERE = ("crontab", "--cpu=")
"""A kind that only some clusters have, and a flag of newer kubectls: right there, errors here."""
_DEFENDED = {
    "K120": "a variable in front of kubectl is for people to set",
    "K121": "a pipe into a program that may write or run something",
    "K123": "xargs without kubectl",
    "K227": "kubectl: invalid array index, for a key in double quotes",
    "K218": "kubectl: cannot expose a StatefulSet.apps",
    "K236": "the server: end of range (7) above maximum (6)",
}


def found(line: str, version: str | None = None) -> tuple[Finding, ...]:
    return check(line, load(version), builtin())


def plain(line: str, findings: tuple[Finding, ...]) -> list[list[str | None]]:
    return [
        [one.code, one.level.value, line[one.start : one.end], one.replacement] for one in findings
    ]


def errors(line: str) -> int:
    return sum(finding.level is Level.ERROR for finding in found(line))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["line"])
def test_a_line_brings_exactly_these_findings(row: dict[str, Any]) -> None:
    line = row["line"]
    assert plain(line, found(line, row.get("version"))) == row["findings"]


def test_every_code_is_found_by_a_row_and_explained() -> None:
    """A code that the source can give has a row and a place in docs/rules.md, and no other has."""
    source = "".join(path.read_text() for path in (ROOT / "kai" / "validators").glob("*.py"))
    given_out = set(re.findall(r'"(K[23]\d\d)"', source))
    in_rows = {code for row in ROWS for code, *_ in row["findings"] if _CODE.fullmatch(code)}
    explained = set(re.findall(r"^\| (K[23]\d\d) ", (ROOT / "docs" / "rules.md").read_text(), re.M))
    assert given_out == in_rows == explained


def test_every_checker_says_what_it_looks_for() -> None:
    assert all(rule.__doc__ for rule in CHECKS)


def test_messages_are_one_line_and_say_something() -> None:
    for row in ROWS:
        for finding in found(row["line"], row.get("version")):
            assert finding.message.isprintable()
            assert 10 < len(finding.message) < 300


def test_a_pipeline_is_judged_like_its_text() -> None:
    line = "kubectl get podz | grep web"
    assert check(parse(line, load()), load(), builtin()) == found(line)


def test_findings_stand_in_order_of_place() -> None:
    line = "kubectl get podz -A --sort-by='{.a' -o jsn -l 'a in' --request-timeout=1d"
    starts = [finding.start for finding in found(line)]
    assert len(starts) == 5
    assert starts == sorted(starts)


def certificates() -> Catalogue:
    custom = Resource(
        plural="certificates",
        singular="certificate",
        short_names=("cert",),
        kind="Certificate",
        group="cert-manager.io",
        version="v1",
        versions=("v1",),
        namespaced=True,
        verbs=frozenset(("get", "list")),
    )
    return Catalogue((*builtin().all, custom))


@pytest.mark.parametrize(
    ("word", "codes"),
    [
        ("certificates", []),
        ("cert", []),
        ("certificates.cert-manager.io", []),
        ("certificats", ["K201"]),
        ("frobs", ["K201"]),
        ("frobs.example.com", ["K203"]),
    ],
)
def test_what_the_cluster_adds_is_known_and_the_rest_is_not(word: str, codes: list[str]) -> None:
    """With custom resources discovered, a plain unknown word is an error."""
    findings = check(f"kubectl get {word}", load(), certificates())
    assert [finding.code for finding in findings] == codes


@pytest.mark.parametrize(
    ("line", "version", "codes"),
    [
        ("kubectl autoscale deploy web --max=3 --cpu=50%", "1.34", []),
        ("kubectl autoscale deploy web --max=3 --cpu=50%", "1.33", ["K141", "K251"]),
        ("kubectl autoscale deploy web --max=3 --cpu-percent=50", "1.33", []),
        ("kubectl autoscale deploy web --max=3 --cpu-percent=50", "1.34", ["K250"]),
        ("kubectl explain pods -o plaintext-openapiv2", "1.32", []),
        ("kubectl exec web ls", "1.30", ["K215"]),
        ("kubectl exec web ls", "1.31", ["K215"]),
    ],
)
def test_findings_depend_on_the_version_of_kubectl(
    line: str, version: str, codes: list[str]
) -> None:
    assert [finding.code for finding in found(line, version)] == codes


def test_exec_without_dashes_is_an_error_from_1_31_on() -> None:
    levels = [found("kubectl exec web ls", version)[0].level for version in ("1.30", "1.31")]
    assert levels == [Level.WARNING, Level.ERROR]


def test_development_commands_bring_no_error_that_kubectl_would_not() -> None:
    wrong = []
    for path in sorted((CASES / "nlu").glob("dev_*.jsonl")):
        for text in path.read_text().splitlines():
            row = json.loads(text)
            for line in [row.get("command"), *(row.get("alternatives") or [])]:
                if not line or line.startswith("re:") or not parse(line).stages:
                    continue
                if any(word in line for word in _ELSEWHERE):
                    continue
                wrong += [
                    (line, finding.code)
                    for finding in found(line)
                    if finding.level is Level.ERROR and finding.code not in _DEFENDED
                ]
    assert wrong == []


_WORDS = sorted({word for row in ROWS for word in row["line"].split(" ")})
_LINES = st.one_of(
    st.text(max_size=80),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80).map(
        "kubectl ".__add__
    ),
    st.lists(st.sampled_from(_WORDS), max_size=9).map(lambda words: " ".join(["kubectl", *words])),
)


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """A row's line with one character taken out, put in or changed."""
    line: str = draw(st.sampled_from(ROWS))["line"]
    at = draw(st.integers(0, len(line)))
    char = draw(st.sampled_from("abz09-=/.,:'\"{}[]()!<>@* "))
    return line[:at] + char + line[at + draw(st.integers(0, 1)) :]


@settings(max_examples=300, deadline=None)
@given(st.one_of(_LINES, spoilt()))
def test_any_text_is_judged_without_an_exception_and_with_true_places(line: str) -> None:
    for finding in found(line):
        assert 0 <= finding.start <= finding.end <= len(line)
        assert finding.code
        assert finding.message


@settings(max_examples=300, deadline=None)
@given(st.one_of(_LINES, spoilt(), st.sampled_from(ROWS).map(lambda row: str(row["line"]))))
def test_a_replacement_mends_and_makes_nothing_worse(line: str) -> None:
    """One repair at a time: no more errors than before, or the one it hid others behind is gone."""
    before = errors(line)
    for finding in found(line):
        if finding.replacement is None:
            continue
        mended = line[: finding.start] + finding.replacement + line[finding.end :]
        if finding.code.startswith(_HIDING):
            left = [(one.code, one.start) for one in found(mended)]
            assert (finding.code, finding.start) not in left, mended
        else:
            assert errors(mended) <= before, mended
