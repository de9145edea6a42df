"""Flags that the installed kubectl has and no table: who is asked, how often, and what follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from kai.errors import KubectlTimeout
from kai.kubectl import help_lookup
from kai.kubectl.invocation import parse
from kai.kubectl.learnt import MAX_ASKED, LearntFlags
from kai.kubectl.process import FakeKubectl
from kai.kubectl.spec import FlagSpec, load, typed_flag

ZONE = typed_flag("zone", "Z", "string")


class Asked:
    """Knows `zone` of every command; `calls` holds the questions."""

    def __init__(self, error: KubectlTimeout | None = None) -> None:
        self.error = error
        self.calls: list[tuple[tuple[str, ...], str]] = []

    async def __call__(self, path: tuple[str, ...], name: str) -> FlagSpec | None:
        self.calls.append((path, name))
        if self.error:
            raise self.error
        return ZONE if name == "zone" else None


# --- the table -----------------------------------------------------------------------------------


def test_a_table_with_further_flags_is_a_new_one_and_the_old_one_stays() -> None:
    table = load("1.30")
    more = table.with_flags([(("get",), ZONE)])
    assert more.commands[("get",)].flag("zone") == ZONE
    assert more.commands[("get",)].shorthand("Z") == ZONE
    assert more.commands[("get",)].flag("output") == table.commands[("get",)].flag("output")
    assert table.commands[("get",)].flag("zone") is None
    assert more.commands[("describe",)].flag("zone") is None
    assert (more.version, list(more.commands)) == (table.version, list(table.commands))
    assert more.child((), "get") is more.commands[("get",)]
    assert not parse("kubectl get pods --zone east", more).findings


def test_a_flag_that_the_command_has_stays_as_it_is() -> None:
    output = typed_flag("output", "o", "bool")
    more = load().with_flags([(("get",), output), (("no", "such"), ZONE)])
    assert more.commands[("get",)].flag("output") == load().commands[("get",)].flag("output")
    assert ("no", "such") not in more.commands


# --- who is asked --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("kubectl get pods --zone=east", [(("get",), "zone")]),
        ("kubectl rollout status deploy/x --zone --zone", [(("rollout", "status"), "zone")]),
        ("kubectl get pods --zo_ne", [(("get",), "zo-ne")]),
        ("kubectl get pods --nmespace x", [(("get",), "nmespace")]),
        (
            "kubectl get po -o name --a | xargs kubectl delete --b",
            [(("get",), "a"), (("delete",), "b")],
        ),
        ("kubectl get pods -A -o wide", []),
        ("kubectl get pods -Z", []),
        ("kubectl get pods -- --zone", []),
        ("kubectl frobnicate --zone", []),
        ("kubectl get pods --zone; ls", []),
    ],
)
async def test_kubectl_is_asked_about_unknown_long_flags_alone(
    line: str, asked: list[tuple[tuple[str, ...], str]]
) -> None:
    ask = Asked()
    assert await LearntFlags(ask).learn(parse(line)) is any(name == "zone" for _, name in asked)
    assert ask.calls == asked


async def test_each_flag_is_asked_for_once() -> None:
    ask = Asked()
    flags = LearntFlags(ask)
    for _ in range(2):
        await flags.learn(parse("kubectl get pods --zone=x --ghost", flags.spec(None)))
    assert ask.calls == [(("get",), "zone"), (("get",), "ghost")]


async def test_garbage_does_not_start_a_process_for_each_word() -> None:
    ask = Asked()
    line = " ".join(["kubectl get pods", *(f"--x{number}" for number in range(50))])
    assert not await LearntFlags(ask).learn(parse(line))
    assert len(ask.calls) == MAX_ASKED


async def test_after_a_failure_nobody_is_asked_any_more() -> None:
    ask = Asked(KubectlTimeout("slow"))
    flags = LearntFlags(ask)
    assert not await flags.learn(parse("kubectl get pods --zone=x --ghost"))
    assert not await flags.learn(parse("kubectl get nodes --zone=x"))
    assert len(ask.calls) == 1
    assert flags.spec("1.30") is load("1.30")


async def test_what_was_learnt_counts_for_every_table() -> None:
    flags = LearntFlags(Asked())
    assert flags.spec("1.30") is load("1.30")
    assert await flags.learn(parse("kubectl get pods --zone=x"))
    for version in ("1.27", "1.30", None):
        assert flags.spec(version).commands[("get",)].flag("zone") == ZONE
        assert flags.spec(version) is flags.spec(version)


async def test_what_the_help_of_kubectl_lists_is_learnt(tmp_path: Path) -> None:
    kubectl = FakeKubectl(
        {("options",): b"", ("get", "--help"): b"Options:\n    --zone='':\n\tWhere.\n"},
        version="1.40.0",
    )

    async def ask(path: tuple[str, ...], name: str) -> FlagSpec | None:
        return await help_lookup.lookup_unknown_flag(kubectl, path, name, tmp_path)

    flags = LearntFlags(ask)
    assert await flags.learn(parse("kubectl get pods --zone east"))
    assert not parse("kubectl get pods --zone east", flags.spec(None)).findings
    assert kubectl.calls == [("options",), ("get", "--help")]
