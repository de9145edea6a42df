"""What argv means: a request, an option, a sub-command, or a mistake."""

from __future__ import annotations

import pytest

from kai.errors import UsageError
from kai.model import SourceFilter
from kai_shell.arguments import Action, Batch, Command, Help, Options, Request, Version, parse
from tests.run_kai import kai

ASKED: list[tuple[list[str], str]] = [
    (["pods in kube-system"], "pods in kube-system"),
    (["pods", "in", "kube-system"], "pods in kube-system"),
    (["pods"], "pods"),
    # An argument that contains a blank is a request, whatever word it begins with.
    (["run a busybox shell"], "run a busybox shell"),
    (["history of deployment web"], "history of deployment web"),
    (["cache stats"], "cache stats"),
    (["--help me find the pods"], "--help me find the pods"),
    # Everything behind -- is a request.
    (["--", "run", "a", "busybox", "shell"], "run a busybox shell"),
    (["--", "history"], "history"),
    (["--", "--version"], "--version"),
    (["--json", "--", "-n", "x"], "-n x"),
    # explain and check take over only where kubectl or an option follows.
    (["explain", "pods"], "explain pods"),
    (["explain", "what", "a", "pod", "is"], "explain what a pod is"),
    (["check", "the", "rollout", "of", "web"], "check the rollout of web"),
    (["explain", "--", "pods"], "explain pods"),
    (["explain", "kubectl-like things"], "explain kubectl-like things"),
    # A sub-command's word that is not the first one.
    (["show", "history"], "show history"),
    (["-"], "-"),
]


@pytest.mark.parametrize(("argv", "words"), ASKED, ids=[repr(row[0]) for row in ASKED])
def test_these_words_are_a_request(argv: list[str], words: str) -> None:
    action = parse(argv)
    assert isinstance(action, Request)
    assert action.words == words


TAKEN: list[tuple[list[str], Action]] = [
    (["doctor"], Command("doctor")),
    (["history", "-n", "3"], Command("history", ("-n", "3"))),
    (["--json", "history"], Command("history", ("--json",))),
    (["cache", "forget", "pods in x"], Command("cache", ("forget", "pods in x"))),
    (["explain", "kubectl get pods"], Command("explain", ("kubectl get pods",))),
    (["explain", "kubectl", "get"], Command("explain", ("kubectl", "get"))),
    (["explain", "--help"], Command("explain", ("--help",))),
    (["explain"], Command("explain")),
    (["check", "kubectl get pods"], Command("check", ("kubectl get pods",))),
    (["run", "a", "busybox", "shell"], Command("run", ("a", "busybox", "shell"))),
    (["why", "payments keeps crashing"], Command("why", ("payments keeps crashing",))),
    (["--help"], Help()),
    (["-h"], Help()),
    (["help"], Help()),
    (["pods", "--help"], Help()),
    (["--json", "--version"], Version()),
    (["--batch", "x"], Batch(Options(batch="x"))),
    (["--batch=x", "--source=model"], Batch(Options(batch="x", source=SourceFilter.MODEL))),
]


@pytest.mark.parametrize(("argv", "action"), TAKEN, ids=[repr(row[0]) for row in TAKEN])
def test_these_words_are_something_else(argv: list[str], action: Action) -> None:
    assert parse(argv) == action


@pytest.mark.parametrize(
    ("argv", "options"),
    [
        (["--json"], Options(json=True)),
        (["--again"], Options(again=True)),
        (["--source", "builtin"], Options(source=SourceFilter.BUILTIN)),
        (["--source=any"], Options()),
        (["-n", "prod"], Options(namespace="prod")),
        (["-nprod"], Options(namespace="prod")),
        (["-n=prod"], Options(namespace="prod")),
        (["--namespace=prod"], Options(namespace="prod")),
        (["--context", "dev", "--json"], Options(context="dev", json=True)),
    ],
)
def test_options_stand_before_or_behind_the_words(argv: list[str], options: Options) -> None:
    assert parse([*argv, "pods", "please"]) == Request("pods please", options)
    assert parse(["pods", "please", *argv]) == Request("pods please", options)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ([], "kai --help"),
        ([""], "kai --help"),
        (["--"], "kai --help"),
        (["--jsn", "pods"], "did you mean --json?"),
        (["get", "pods", "-o", "yaml"], "in quotes or behind --"),
        (["--source", "claude", "pods"], "any, builtin, model"),
        (["--source"], "needs a value"),
        (["--namespace=", "pods"], "must not be empty"),
        (["--batch", "x", "pods"], "leave the words out"),
        (["--again", "history"], "kai history --help"),
    ],
)
def test_a_wrong_command_line_says_how_to_write_it(argv: list[str], says: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(argv)
    assert says in str(raised.value)
    assert kai(*argv).status == 2
