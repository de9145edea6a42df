"""Lines as kubectl reads them: command, flags, arguments, objects, and the filters behind a pipe."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kai.kubectl.distance import distance, nearest
from kai.kubectl.govalues import go_bool, go_duration, go_int
from kai.kubectl.invocation import Filter, Invocation, parse
from kai.kubectl.resources import builtin
from kai.kubectl.spec import load

CASES = Path(__file__).parent / "cases"


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CASES / name).read_text().splitlines()]


LINES = _rows("invocation.jsonl")
OBJECTS = _rows("invocation_objects.jsonl")
FILTERS = _rows("invocation_filters.jsonl")


def _call(text: str, version: str | None = None) -> Invocation:
    (stage,) = parse(text, load(version)).stages
    assert isinstance(stage, Invocation)
    return stage


@pytest.mark.parametrize("row", LINES, ids=lambda row: row["line"])
def test_a_call_is_read_as_kubectl_reads_it(row: dict[str, Any]) -> None:
    call = _call(row["line"], row.get("version"))

    assert " ".join(call.path) == row["path"]
    assert [word.value for word in call.args] == row["args"]
    assert {flag.name: call.value(flag.name) for flag in call.flags} == row["flags"]
    after = None if call.after_dash is None else [word.value for word in call.after_dash]
    assert after == row["after_dash"]


@pytest.mark.parametrize("row", LINES, ids=lambda row: row["line"])
def test_what_kubectl_does_not_know_is_found_where_it_stands(row: dict[str, Any]) -> None:
    text = row["line"]
    pipeline = parse(text, load(row.get("version")))

    found = [[f.code, text[f.start : f.end], f.replacement] for f in pipeline.findings]

    assert found == row["findings"]
    assert pipeline.findings == pipeline.invocations[0].findings


@pytest.mark.parametrize("row", LINES, ids=lambda row: row["line"])
def test_every_part_stands_where_it_says(row: dict[str, Any]) -> None:
    text = row["line"]
    call = _call(text, row.get("version"))

    assert parse(text).text == text
    assert text[call.start : call.end] == text
    for flag in call.flags:
        assert text[flag.start : flag.end].startswith((flag.spelled, "'"))
        if flag.value is not None:
            assert flag.value in text[flag.value_start : flag.value_end]


@pytest.mark.parametrize("row", OBJECTS, ids=lambda row: row["line"])
def test_the_objects_of_a_call_are_those_of_kubectls_resource_builder(row: dict[str, Any]) -> None:
    text = row["line"]

    found = _call(text).resources(builtin())

    assert [
        [arg.type_word, arg.name, arg.resource.plural if arg.resource else None] for arg in found
    ] == row["objects"]
    for arg in found:
        assert text[arg.start : arg.end].replace("'", "") == (arg.type_word or arg.name)
        assert text[arg.name_start : arg.name_end] == (arg.name or "")


@pytest.mark.parametrize("row", FILTERS, ids=lambda row: row["filter"])
def test_a_filter_is_allowed_only_where_it_can_neither_write_nor_run(row: dict[str, Any]) -> None:
    text = f"kubectl get pods | {row['filter']}"
    pipeline = parse(text)

    assert (pipeline.findings == ()) == row["allowed"], pipeline.findings
    if not row["allowed"]:
        assert {finding.code[:3] for finding in pipeline.findings} <= {"K12", "K10", "K11"}
        assert all(finding.start >= 19 for finding in pipeline.findings)


def test_a_program_outside_the_list_is_still_a_stage() -> None:
    pipeline = parse("kubectl get pods | tee out")

    assert isinstance(pipeline.stages[1], Filter)
    assert pipeline.stages[1].program == "tee"
    assert [finding.code for finding in pipeline.findings] == ["K121"]


@pytest.mark.parametrize(
    ("text", "replacement"),
    [
        ("k get pods", "kubectl"),
        ("kubctl get pods", "kubectl"),
        ("sudo kubectl get pods", None),
        ("KUBECONFIG=x kubectl get pods", None),
        ("./kubectl get pods", None),
        ("'kubectl' get pods", "kubectl"),
        ("grep web", None),
        ("xargs kubectl get", None),
        ("watch kubectl get pods", None),
        ("helm list", None),
    ],
)
def test_a_line_begins_with_kubectl_itself(text: str, replacement: str | None) -> None:
    (finding,) = parse(text).findings

    assert (finding.code, finding.start, finding.replacement) == ("K120", 0, replacement)


def test_the_users_own_kubectl_is_named_by_its_path() -> None:
    text = "/opt/bin/kubectl get pods"

    assert parse(text).findings[0].code == "K120"
    assert parse(text, program="/opt/bin/kubectl").findings == ()


def test_a_flag_that_swallows_the_command_is_named() -> None:
    """kubectl's library does not know -A before the command, and gives it the next word."""
    (finding,) = parse("kubectl -A get pods").findings

    assert "-A takes the word behind it" in finding.message


def test_arguments_that_xargs_adds_are_marked() -> None:
    _, call = parse("kubectl get pods -o name | xargs -n 1 kubectl delete -n web").stages

    assert isinstance(call, Invocation)
    assert call.via == "xargs"
    assert [word.value for word in call.xargs] == ["xargs", "-n", "1"]
    assert call.words[0].value == "kubectl"
    assert call.path == ("delete",)


def test_findings_of_all_stages_come_in_order_of_place() -> None:
    text = "kubectl get pods --nope | sort -o x | kubectl frob"

    assert [f.code for f in parse(text).findings] == ["K141", "K122", "K130"]


def test_every_value_of_a_flag_is_kept_and_the_last_counts() -> None:
    call = _call("kubectl create role r --verb=get,list --verb watch --resource=pods")

    assert call.values("verb") == ["get,list", "watch"]
    assert call.value("verb") == "watch"
    assert call.value("resource-name") is None
    assert call.flag("resource-name") is None


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("", False),
        ("-w", True),
        ("-w=T", True),
        ("-w=0", False),
        ("-w -w=false", False),
        ("-w=x", False),
    ],
)
def test_a_boolean_flag_follows_gos_spelling(flags: str, expected: bool) -> None:
    assert _call(f"kubectl get pods {flags}").boolean("watch") is expected


def test_a_boolean_flag_that_is_absent_has_its_default() -> None:
    assert _call("kubectl rollout status deploy/web").boolean("watch") is True
    assert _call("kubectl rollout status deploy/web").boolean("no-such-flag") is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0), ("00", 0), ("0x0", 0), ("0b0", 0), ("0o0", 0), ("0_0", 0), ("-0", 0), ("+0", 0),
        ("3", 3), ("+3", 3), ("-3", -3), ("017", 15), ("0x1F", 31), ("1_000", 1000), ("0x_1", 1),
        ("08", None), ("1_", None), ("_1", None), ("1__0", None), ("", None), ("1.0", None),
        ("1e3", None), (" 1", None), ("0x", None), ("9223372036854775808", None),
        ("-9223372036854775808", -(2**63)), ("\u0661", None),
    ],
)  # fmt: skip
def test_integers_are_read_as_go_reads_them(text: str, expected: int | None) -> None:
    assert go_int(text) == expected


def test_booleans_are_read_as_go_reads_them() -> None:
    assert [go_bool(text) for text in ("1", "t", "TRUE", "0", "F", "False")] == [True] * 3 + [
        False
    ] * 3
    assert [go_bool(text) for text in ("yes", "tRue", "", "on")] == [None] * 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0.0), ("30s", 30.0), ("1h30m", 5400.0), ("1.5m", 90.0), ("-1s", -1.0), ("500ms", 0.5),
        ("30", None), ("", None), ("s", None), ("1d", None), ("1h 3m", None), ("1.s", 1.0), (".5s", 0.5),
    ],
)  # fmt: skip
def test_durations_are_read_as_go_reads_them(text: str, expected: float | None) -> None:
    assert go_duration(text) == expected


def test_the_nearest_word_is_offered_only_where_one_comes_near() -> None:
    assert nearest("namspace", ("namespace", "name")) == "namespace"
    assert nearest("watch", ("watch",)) == "watch"
    assert nearest("lst", ("list", "last")) is None
    assert nearest("ab", ("abc",)) is None
    assert nearest("frobnicate", ("rollout",)) is None
    assert nearest("selectro", ("selector",)) == "selector"


def test_the_distance_counts_a_swap_once_and_stops_at_its_limit() -> None:
    assert distance("ab", "ba", 2) == 1
    assert distance("kitten", "sitting", 3) == 3
    assert distance("kitten", "sitting", 2) == 3
    assert distance("a", "abcdef", 2) == 3


#: Lines with what kubectl itself says of them, none of which needs a server.
REFUSED_BY_KUBECTL = [
    ("kubectl get pods --frob", "unknown flag: --frob", "K141"),
    ("kubectl get pods -Z", "unknown shorthand flag: 'Z' in -Z", "K142"),
    ("kubectl get pods -wZ", "unknown shorthand flag: 'Z' in -Z", "K142"),
    ("kubectl get pods -A=", "unknown shorthand flag: '=' in -=", "K142"),
    ("kubectl get pods -n", "flag needs an argument: 'n' in -n", "K143"),
    ("kubectl get pods --output", "flag needs an argument: --output", "K143"),
    ("kubectl get pods ---all", "bad flag syntax: ---all", "K144"),
    ("kubectl get pods --=x", "bad flag syntax: --=x", "K144"),
    ("kubectl frobnicate pods", 'unknown command "frobnicate"', "K130"),
    ("kubectl rollout frob", 'unknown command "frob"', "K131"),
    ("kubectl config frob", 'unknown command "frob"', "K131"),
    ("kubectl create frob", "Unexpected args: [frob]", "K131"),
    ("kubectl create secret frob x", 'unknown command "frob x"', "K131"),
    ("kubectl apply frob", "Unexpected args: [frob]", "K131"),
    ("kubectl rollout restart deploy/web --dry-run=client", "unknown flag: --dry-run", "K141"),
]


@pytest.mark.e2e
@pytest.mark.parametrize(("text", "says", "code"), REFUSED_BY_KUBECTL, ids=str)
def test_kubectl_refuses_what_is_found_here(
    kubectl: os.PathLike[str], tmp_path: Path, text: str, says: str, code: str
) -> None:
    done = subprocess.run(
        [kubectl, *text.split()[1:]],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"HOME": str(tmp_path), "KUBECONFIG": os.devnull, "PATH": os.defpath},
    )

    assert says in done.stderr
    assert [finding.code for finding in parse(text).findings] == [code]
