"""The judge: every row of the corpus gets its tier, and what it cannot read it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kai.errors import TableError
from kai.kubectl import resources
from kai.kubectl import spec as spec_tables
from kai.kubectl.invocation import parse
from kai.model import Context, Risk, Tier
from kai.safety import judge, table
from kai.safety.call import DEFAULTS, Limits

CASES = Path(__file__).parent / "cases" / "safety"
KINDS = resources.builtin()


def verdict(
    line: str, context: Context = Context(), limits: Limits = DEFAULTS, *, drafted: bool = True
) -> Risk:
    """The judge's verdict on a line."""
    return judge(parse(line), context, KINDS, limits=limits, drafted=drafted)


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one file of the corpus."""
    return [json.loads(line) for line in (CASES / name).read_text().splitlines() if line.strip()]


@pytest.mark.parametrize("row", rows("anchors.jsonl"), ids=lambda row: row["command"])
def test_an_everyday_line_gets_exactly_its_tier(row: dict[str, str]) -> None:
    assert verdict(row["command"]).tier == row["tier"]


@pytest.mark.parametrize("version", spec_tables.versions())
def test_every_command_of_every_kubectl_has_a_cell(version: str) -> None:
    """The hidden helpers of the shell completion are refused; everything else is in the table."""
    known = set(table.load().commands)
    missing = {
        path
        for path in spec_tables.load(version).commands
        if path and path not in known and not path[0].startswith("__")
    }
    assert missing == set()


def test_the_table_names_no_flag_that_no_kubectl_has() -> None:
    """Flags of all commands that only some versions have are in the table of those versions."""
    every = {name for version in spec_tables.versions() for name in _global_flags(version)}
    assert set(table.load().everywhere) <= every


def _global_flags(version: str) -> set[str]:
    return set(spec_tables.load(version).global_flags)


#: Flags of all commands that neither lead elsewhere nor write anything: read as they stand.
_HARMLESS_EVERYWHERE = frozenset(
    (
        *("context", "namespace", "help", "request-timeout", "match-server-version", "v"),
        *("vmodule", "warnings-as-errors", "disable-compression", "log-flush-frequency"),
    )
)


@pytest.mark.parametrize("version", spec_tables.versions())
def test_every_flag_of_all_commands_has_a_cell_or_is_known_to_be_harmless(version: str) -> None:
    """A kubectl that learns to go elsewhere by a new flag must not pass unseen."""
    known = set(table.load().everywhere) | _HARMLESS_EVERYWHERE
    assert _global_flags(version) - known == set()


@pytest.mark.parametrize(
    "text",
    [
        "[commands]\nget read, K400, x",
        "[commands]\nget: harmless, K400, x",
        "[commands]\nget: read, K400",
        "[commands]\nget: read, K400, x\nget: read, K400, y",
        "get: read, K400, x",
        "[flags]\nget raw given: read, K400, x",
    ],
)
def test_a_damaged_table_names_the_line(text: str) -> None:
    with pytest.raises(TableError, match=r"effects.txt:\d"):
        table.parse(text)


def test_an_exception_inside_means_refuse() -> None:
    """A catalogue that fails stands for any bug in any rule."""

    class Broken(resources.Catalogue):
        def find(self, word: str) -> resources.Resource | None:
            raise RuntimeError(word)

    risk = judge(parse("kubectl get pods"), Context(), Broken(KINDS.all))
    assert (risk.tier, risk.findings[0].code) == ("forbidden", "K499")


def test_writes_in_a_protected_context_are_destructive_and_reads_stay_reads() -> None:
    limits = Limits(protected_contexts=("prod", "prod-*"))
    where = Context(context="prod-eu")
    assert verdict("kubectl scale deploy web --replicas=3", where, limits).tier is Tier.DESTRUCTIVE
    assert verdict("kubectl get pods", where, limits).tier is Tier.READ
    named = "kubectl label pod x a=b --context=prod"
    assert verdict(named, Context(context="dev"), limits).tier is Tier.DESTRUCTIVE
    assert verdict("kubectl label pod x a=b --context=dev", where, limits).tier is Tier.WRITE


def test_the_current_namespace_counts_where_none_is_named() -> None:
    where = Context(namespace="kube-system")
    assert verdict("kubectl delete pod web", where).tier is Tier.FORBIDDEN
    assert verdict("kubectl delete pod web -n shop", where).tier is Tier.DESTRUCTIVE


def test_what_kai_must_not_write_itself_is_confirmed_where_a_person_typed_it() -> None:
    for line in (
        "kubectl get pods --kubeconfig=/tmp/x",
        "kubectl apply -f https://example.com/x.yaml",
        "kubectl apply -f -",
        "kubectl get --raw /api/v1/pods",
    ):
        assert verdict(line).tier is Tier.FORBIDDEN, line
        assert verdict(line, drafted=False).tier is Tier.WRITE, line


def test_immutable_rules_hold_for_typed_text_too() -> None:
    assert verdict("kubectl delete ns kube-system", drafted=False).tier is Tier.FORBIDDEN


def test_every_verdict_says_why_in_one_line_and_where() -> None:
    risk = verdict("kubectl delete pods --all --force -n shop")
    assert risk.reasons
    assert all("\n" not in reason for reason in risk.reasons)
    forced = next(item for item in risk.findings if item.code == "K432")
    assert "kubectl delete pods --all --force -n shop"[forced.start : forced.end] == "--force"


@pytest.mark.parametrize(
    ("line", "reach", "reversible", "data_loss"),
    [
        ("kubectl delete pod web", "one", True, False),
        ("kubectl delete pod web api", "several", True, False),
        ("kubectl delete pods -l app=web", "selector", True, False),
        ("kubectl delete pods --all", "all", True, False),
        ("kubectl delete pods -l app=web -A", "selector", True, False),
        ("kubectl delete deploy web", "one", False, False),
        ("kubectl delete pvc data", "one", False, True),
        ("kubectl delete ns shop", "all", False, True),
        ("kubectl apply -f x.yaml", "file", True, False),
        ("kubectl get pods -o name | xargs kubectl delete", "unknown", True, False),
        ("kubectl cordon node-1", "one", True, False),
    ],
)
def test_the_radius_says_how_much_is_hit(
    line: str, reach: str, reversible: bool, data_loss: bool
) -> None:
    radius = verdict(line).radius
    assert radius is not None
    assert (radius.reach, radius.reversible, radius.data_loss) == (reach, reversible, data_loss)
    assert radius.text


def test_what_only_reads_has_no_radius() -> None:
    assert verdict("kubectl get pods").radius is None
