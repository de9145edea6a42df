"""A line part by part: rows of lines and meanings, and every flag of every command."""

from __future__ import annotations

import json
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kai.explain import patches, paths, selectors
from kai.explain.part import Part
from kai.explain.table import table
from kai.explain.whole import Explanation, explanation
from kai.kubectl.filters import PROGRAMS
from kai.kubectl.invocation import parse
from kai.kubectl.resources import builtin
from kai.kubectl.spec import Spec, load, versions
from kai.model import Context, Tier
from kai.safety import judge

CASES = Path(__file__).parent / "cases"
ROWS = [json.loads(line) for line in (CASES / "explain_parts.jsonl").read_text().splitlines()]
LINES = [json.loads(line)["command"] for line in (CASES / "explain.jsonl").read_text().splitlines()]
HERE = Context(context="kind", namespace="shop")


def explained(line: str, spec: Spec | None = None) -> Explanation:
    pipeline = parse(line, spec)
    return explanation(pipeline, builtin(), risk=judge(pipeline, HERE, builtin()), context=HERE)


def said(line: str) -> dict[str, Part]:
    return {line[part.start : part.end]: part for part in explained(line).parts}


def fits(line: str, parts: tuple[Part, ...]) -> None:
    """Parts stand in order, apart from each other, inside the line, and say something."""
    at = 0
    for part in parts:
        assert at <= part.start < part.end <= len(line), line
        assert part.text and part.text == part.text.strip(), line
        assert "{}" not in part.text or "{}" in line, line
        at = part.end


@pytest.mark.parametrize("row", ROWS, ids=[row["command"] for row in ROWS])
def test_each_part_of_a_line_is_told(row: dict[str, object]) -> None:
    line = str(row["command"])
    parts = explained(line).parts
    fits(line, parts)
    assert [[line[part.start : part.end], part.text, *part.details] for part in parts] == row[
        "parts"
    ]


def test_every_flag_of_every_command_of_every_kubectl_has_a_meaning() -> None:
    seen = set()
    for version in versions():
        spec = load(version)
        for path, command in spec.commands.items():
            for flag in (*command.flags.values(), *spec.global_flags.values()):
                if (path, flag) in seen:
                    continue
                seen.add((path, flag))
                words = ("one", "two") if command.runnable and path else ()
                for value in ("", "=7", "=a=b,c", "=false"):
                    line = " ".join(("kubectl", *path, *words, f"--{flag.name}{value}"))
                    parts = explanation(parse(line, spec), builtin()).parts
                    fits(line, parts)
                    (told,) = (part for part in parts if part.end == len(line))
                    assert told.role == "flag", line
    assert len(seen) > 3000


@pytest.mark.parametrize("version", versions())
def test_every_command_is_told_in_kubectls_own_words(version: str) -> None:
    spec = load(version)
    for path, command in spec.commands.items():
        line = " ".join(("kubectl", *path))
        first = explanation(parse(line, spec), builtin()).parts[0]
        assert (first.start, first.end) == (0, len(line))
        assert first.text == (command.short_help if path and command.short_help else first.text)


def test_every_kind_is_told_with_its_group_and_scope() -> None:
    for kind in builtin().all:
        part = said(f"kubectl get {kind.qualified}")[kind.qualified]
        assert part.role == "kind"
        assert kind.kind in part.text and (kind.group or "the core group") in part.text
        assert ("in a namespace" in part.text) is kind.namespaced


@pytest.mark.parametrize("program", sorted(PROGRAMS | {"xargs"}))
def test_every_option_that_a_filter_may_have_is_told(program: str) -> None:
    """What the grammar lets pass has words; what has no words it does not let pass."""
    known = 0
    behind = " kubectl get pods" if program == "xargs" else ""
    for letter in string.ascii_letters + string.digits:
        for value in ("", " 3", " a", " 3 a", " a a", " p", " 3 p"):
            line = f"kubectl get pods | {program} -{letter}{value}{behind}"
            if parse(line).findings:
                continue
            known += 1
            assert "unknown" not in {part.role for part in explained(line).parts}, line
    assert known


def test_an_unknown_flag_and_kind_are_said_to_be_unknown() -> None:
    parts = said("kubectl get flurbs --frob")
    assert parts["flurbs"].role == parts["--frob"].role == "unknown"
    assert "kai does not know" in parts["flurbs"].text
    assert parts["--frob"].text == "kubectl get has no flag --frob"


def test_a_misspelt_flag_is_not_told_as_the_one_it_resembles() -> None:
    part = said("kubectl get pods --namespce=x")["--namespce=x"]
    assert part.role == "unknown"
    assert "did you mean --namespace" in part.text


@pytest.mark.parametrize("line", ["kubectl frob x -n y", "kubectl rollout frob deploy/web"])
def test_nothing_is_told_of_a_command_that_nobody_knows(line: str) -> None:
    roles = [part.role for part in explained(line).parts]
    assert roles[0] == "command" and set(roles[1:]) == {"unknown"}


@pytest.mark.parametrize(
    ("line", "where"),
    [("kubectl get pods; ls", ";"), ("kubectl get $(id)", "$"), ("kubectl get 'x", "'x")],
)
def test_a_line_that_cannot_be_read_says_where(line: str, where: str) -> None:
    shown = explained(line)
    assert shown.summary == ""
    assert shown.tier == Tier.FORBIDDEN
    assert [part.role for part in shown.parts] == ["error"]
    assert line[shown.parts[0].start :].startswith(where)


def test_an_explanation_ends_with_tier_reasons_and_what_is_hit() -> None:
    shown = explained("kubectl delete pods -l app=web -n dev")
    assert (shown.tier, shown.verdict) == ("destructive", table()["tiers"]["destructive"])
    assert shown.reasons == ("deletes objects [K402]",)
    assert "app=web" in shown.hits


def test_every_tier_has_its_words() -> None:
    assert set(table()["tiers"]) == {str(tier) for tier in Tier}


def test_without_a_judge_nothing_is_said_of_danger() -> None:
    shown = explanation(parse("kubectl delete ns x"), builtin())
    assert (shown.tier, shown.verdict, shown.reasons, shown.hits) == (None, "", (), "")


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("kubectl get pods", "in the current context kind and the current namespace shop"),
        ("kubectl get nodes", "in the current context kind"),
        ("kubectl get pods -n x", "in the current context kind"),
        ("kubectl get pods -A", "in the current context kind"),
        ("kubectl get pods -n x --context=y", ""),
        ("kubectl create deployment w --image=i", "in the current context kind and the current namespace shop"),
        ("kubectl create namespace w", "in the current context kind"),
        ("kubectl config view", ""),
        ("kubectl get pods --help", ""),
        ("kubectl rollout", ""),
    ],
)  # fmt: skip
def test_the_current_context_and_namespace_are_named_where_the_line_leaves_them_open(
    line: str, place: str
) -> None:
    assert explained(line).place == place


@pytest.mark.parametrize("flag", ["docker-password", "password", "token"])
def test_a_password_is_not_repeated(flag: str) -> None:
    path = "create secret docker-registry s" if "docker" in flag else "config set-credentials u"
    assert "hunter2" not in repr(explained(f"kubectl {path} --{flag}=hunter2").parts)


def test_the_value_of_a_secret_is_not_repeated() -> None:
    shown = explained("kubectl create secret generic s --from-literal=key=hunter2")
    assert "hunter2" not in repr(shown.parts)


_PIECES = st.sampled_from(
    [
        *("get", "pods", "deploy/web", "svc", "-n", "prod", "-A", "-l", "'a=b,c!=d'", "a in (b)"),
        *("--all", "-o", "json", "'-o=jsonpath={.a[?(@.b==1)]}'", "-it", "-f", "-", "x.yaml", "--"),
        *("exec", "sh", "patch", "-p", '\'{"a":null}\'', "'a: 1'", "--type=json", "'[1]'", "rollout"),
        *("status", "delete", "--frob", "-z", "---", "|", "grep", "-v", "jq", "'.a | .b'", "xargs"),
        *("kubectl", "awk", "'{print $1}'", "set", "image", "c=i", "a-", "taint", "k=v:NoExecute"),
        *("auth", "can-i", "/healthz", "explain", "pods.spec", "cp", "a:b", "create", "token", "s"),
        *("-ojsonpath={", "-o=go-template={{", "--for=condition=x", "wait", "8080:80", "''", "head"),
        *("-5", "--since=1h", "--selector", "config", "set", "logs", "top", "pod", "-h", "é", ";"),
    ]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=12))
def test_every_word_of_a_readable_line_is_in_a_part(pieces: list[str]) -> None:
    line = " ".join(("kubectl", *pieces))
    pipeline = parse(line)
    parts = explained(line).parts
    fits(line, tuple(part for part in parts if part.role != "error"))
    for stage in pipeline.stages:
        for word in (*stage.words, *getattr(stage, "xargs", ())):
            assert any(part.start < word.end and word.start < part.end for part in parts), line


@given(st.text(max_size=40))
def test_no_value_is_too_strange_to_be_told(text: str) -> None:
    for tell in (selectors.labels, selectors.fields, selectors.duration, paths.told):
        assert isinstance(tell(text), str)
    for steps in (paths.template, paths.columns, paths.go_template):
        assert isinstance(steps(text), list)
    for kind in ("strategic", "merge", "json", "override"):
        assert isinstance(patches.changes(text, kind), tuple | None)


@given(st.text(alphabet="{}[]().@$'\"?*=<>!,: \\ab1-\n", max_size=30))
def test_no_path_is_too_strange_to_be_told(text: str) -> None:
    assert isinstance(paths.told(text), str)
    assert isinstance(paths.template(text), list)
    assert isinstance(paths.go_template(text), list)


@pytest.mark.parametrize("line", LINES)
def test_the_summary_is_the_sentence_that_the_panel_shows(line: str) -> None:
    from kai.explain import explain

    assert explained(line).summary == explain(parse(line), builtin())


def test_a_long_patch_is_told_up_to_a_dozen_changes() -> None:
    patch = json.dumps({"data": {f"k{number}": number for number in range(20)}})
    steps = patches.changes(patch, "merge")
    assert steps is not None
    assert len(steps) == patches.MOST + 1
    assert steps[-1] == "and 8 more changes"


def test_a_patch_in_yaml_is_read_and_one_with_aliases_is_not() -> None:
    assert patches.changes("spec: {replicas: 2}", "merge") == ("sets spec.replicas to 2",)
    assert patches.changes("a: &x [1]\nb: *x", "merge") is None


def test_a_patch_is_told_from_the_reading_that_the_judge_has() -> None:
    """A key given twice has no one meaning; a star in a schedule is no alias."""
    assert patches.changes('{"spec":{"replicas":3,"replicas":0}}', "merge") is None
    told = patches.changes('spec: {schedule: "*/5 * * * *"}', "merge")
    assert told == ("sets spec.schedule to */5 * * * *",)
