"""The built-in engine as a whole: rows of operators, what it must not do, and grounding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kai.kubectl.canonical import canonical
from kai.kubectl.invocation import parse
from kai.kubectl.spec import load
from kai.model import Context, Names, ObjectName
from kai.nlu import Reading, understand

CASES = Path(__file__).parent / "cases" / "nlu"
SPEC = load()


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of one file."""
    return [json.loads(line) for line in (CASES / name).read_text().splitlines() if line.strip()]


def ask(request: str, names: Names | None = None, context: Context = Context()) -> Reading:
    """The engine's reading of a request."""
    return understand(request, names=names, context=context, spec=SPEC)


def command(request: str, names: Names | None = None, context: Context = Context()) -> str | None:
    """The command the engine drafts, None where it abstains."""
    draft = ask(request, names, context).draft
    return draft.command if draft else None


# ------------------------------------------------------------------ rows
@pytest.mark.parametrize("row", rows("core.jsonl"), ids=lambda row: row["request"][:60])
def test_a_request_of_the_core_rows_gets_exactly_its_command(row: dict[str, Any]) -> None:
    """The everyday requests nobody may see fail, written out to the letter."""
    assert command(row["request"]) == row["command"]


def test_every_draft_for_a_development_row_is_readable_by_kubectl() -> None:
    """What the engine composes parses without an error against the tables, and no intent fails."""
    unreadable = {}
    for path in sorted(CASES.glob("dev_*.jsonl")):
        for row in rows(path.name):
            reading = ask(row["request"])
            assert reading.faults == (), row["request"]
            text = reading.draft.command if reading.draft else None
            if text is not None and parse(text, SPEC).findings:
                unreadable[row["request"]] = text

    assert unreadable == {}


# ------------------------------------------------------------------ coverage is confidence
QUALIFIERS = (
    "except web",
    "unless it is friday",
    "older than 2 days",
    "but not the database ones",
    "only if they fail",
    "when nobody uses it",
    "instead of the old one",
    "that nobody needs",
    "with the biggest impact",
)
_TAKES_WORDS = ("exec", "run", "create", "explain", "annotate", "debug")
"""Commands whose last words may be anything: a program's arguments, a text, a path of fields."""


def _answered() -> list[tuple[str, str]]:
    found = []
    for name in ("dev_read.jsonl", "dev_change.jsonl"):
        for row in rows(name)[::4]:
            text = command(row["request"])
            if text is not None and text.split()[1] not in _TAKES_WORDS:
                found.append((row["request"].rstrip("?.! "), text))
    return found


@pytest.mark.parametrize("qualifier", QUALIFIERS)
def test_a_qualification_nobody_understands_makes_the_engine_abstain(qualifier: str) -> None:
    """A condition or an exception that is not explained is never dropped."""
    dropped = {
        f"{request} {qualifier}": text
        for request, text in _answered()
        if command(f"{request} {qualifier}") == text
    }

    assert dropped == {}


@pytest.mark.parametrize("row", rows("never.jsonl"), ids=lambda row: row["request"][:60])
def test_a_request_that_is_no_single_command_gets_none(row: dict[str, Any]) -> None:
    """Other tools, concepts, vague wishes, contradictions: an honest no with a hint."""
    reading = ask(row["request"])

    assert reading.draft is None
    assert reading.reason
    assert reading.hint


def test_no_request_to_see_becomes_a_change() -> None:
    """A row that expects a reading command never gets one that deletes, drains or scales."""
    changing = ("delete", "drain", "scale", "patch", "replace", "taint", "cordon", "apply", "set")
    unsafe = {
        row["request"]: text
        for row in rows("dev_read.jsonl")
        if row["command"].split()[1] not in changing
        and (text := command(row["request"])) is not None
        and text.split()[1] in changing
        and "--list" not in text
    }

    assert unsafe == {}


# ------------------------------------------------------------------ grounding
NAMES = Names(
    context="prod-eu",
    taken_at=0.0,
    objects=(
        ObjectName("statefulsets", "checkout", "shop"),
        ObjectName("deployments", "web", "shop"),
        ObjectName("statefulsets", "web", "shop"),
        ObjectName("deployments", "web", "infra"),
        ObjectName("pods", "web-0", "shop"),
    ),
    namespaces=("shop", "infra", "default"),
    nodes=("worker-1",),
    contexts=("prod-eu", "staging"),
)
HERE = Context(context="prod-eu", namespace="shop")


def test_a_bare_name_means_the_kind_that_exists() -> None:
    """`scale checkout to 5` where checkout is a stateful set."""
    assert (
        command("scale checkout to 5", NAMES, HERE)
        == "kubectl scale statefulset/checkout --replicas=5"
    )


def test_a_name_of_two_kinds_offers_both() -> None:
    """The second kind is a complete alternative, and neither is sure."""
    reading = ask("restart web", NAMES, HERE)

    assert reading.draft is not None
    assert reading.draft.command == "kubectl rollout restart deployment/web"
    assert [item.command for item in reading.alternatives] == [
        "kubectl rollout restart statefulset/web"
    ]
    assert reading.draft.confidence < 0.9


def test_the_namespace_asked_for_decides_which_kind_exists() -> None:
    """In infra, web is a deployment only."""
    reading = ask("restart web in infra", NAMES, HERE)

    assert reading.draft is not None
    assert reading.draft.command == "kubectl rollout restart deployment/web --namespace=infra"
    assert reading.alternatives == ()


def test_a_name_that_exists_nowhere_is_flagged() -> None:
    """The draft comes with a remark, so that the user sees the slip."""
    reading = ask("restart chekout", NAMES, HERE)

    assert reading.draft is not None
    assert any("nothing named chekout" in item for item in reading.draft.assumptions)


def test_in_a_context_that_is_no_namespace_offers_both_places() -> None:
    """`in staging` where staging is a context and no namespace."""
    reading = ask("pods in staging", NAMES, HERE)

    assert reading.draft is not None
    assert reading.draft.command == "kubectl get pods --context=staging"
    assert [item.command for item in reading.alternatives] == [
        "kubectl get pods --namespace=staging"
    ]


def test_without_a_cluster_an_assumed_kind_is_said() -> None:
    """The kind operators mean most, named as an assumption."""
    reading = ask("restart checkout")

    assert reading.draft is not None
    assert reading.draft.command == "kubectl rollout restart deployment/checkout"
    assert reading.draft.assumptions == ("checkout is taken to be a deployment",)


def test_a_repaired_slip_is_said() -> None:
    """`deploymnet` is read as deployment, and the user is told."""
    reading = ask("restart deploymnet web")

    assert reading.draft is not None
    assert '"deploymnet" is read as "deployment"' in reading.draft.assumptions


# ------------------------------------------------------------------ any text
WORDS = st.sampled_from(
    [
        "pods",
        "pod",
        "delete",
        "all",
        "in",
        "prod",
        "not",
        "the",
        "of",
        "deployment",
        "web",
        "api",
        "scale",
        "to",
        "5",
        "restart",
        "logs",
        "get",
        "show",
        "--all",
        "-n",
        "'x",
        "y'",
        "app=web",
        "except",
        "every",
        "namespace",
        "node",
        "drain",
        "yaml",
        "wide",
        "by",
        "age",
        "oldest",
        "create",
        "configmap",
        "from",
        "file",
        "secret",
        "run",
        "image",
        "nginx:1.27",
        "exec",
        "into",
        "sh",
        "--",
        "ls",
        "|",
        ";",
        "&&",
        "$(x)",
        "`",
        "é",
        "\u202e",
    ]
)


@given(st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=25).map(" ".join)))
@settings(max_examples=400, deadline=None)
def test_no_text_makes_the_engine_fail(text: str) -> None:
    """A draft or an abstention; a draft is one readable line that starts with kubectl."""
    reading = ask(text)

    assert reading.faults == ()
    if reading.draft is None:
        assert reading.reason
    else:
        assert reading.draft.command.startswith("kubectl ")
        assert reading.draft.command.isascii()
        assert "\n" not in reading.draft.command
        assert canonical(reading.draft.command, SPEC)


@pytest.mark.parametrize(
    "text",
    ["a" * 2000, "a " * 1000, "'" * 2000, "pods " * 400, "=" * 2000, "\u202e" * 2000, "x" * 3000],
)
def test_garbage_is_turned_down_with_a_reason(text: str) -> None:
    """Long nonsense is no request; the reason says what is wrong with it."""
    reading = ask(text)

    assert reading.draft is None
    assert reading.reason


def test_the_same_request_gets_the_same_reading() -> None:
    """The engine is deterministic."""
    assert ask("pods crashlooping in prod?") == ask("pods crashlooping in prod?")
