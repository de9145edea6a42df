"""What a request points at: variables of the script, the object of the manifest."""

from __future__ import annotations

import pytest

from kai import config
from kai.model import Context, Risk, Source, Suggestion, Surroundings, Target, Tier
from kai.wiring import build_examiner
from kai_lsp.wording import with_variables, worded

WEB = Surroundings(kind="Deployment", name="web", namespace="prod")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("restart this deployment", "restart deployment web in namespace prod"),
        ("restart this", "restart deployment web in namespace prod"),
        ("restart the deployment", "restart deployment web in namespace prod"),
        ("scale this object to 3", "scale deployment web to 3 in namespace prod"),
        ("restart this deployment in test", "restart deployment web in test"),
        ("restart the deployment api", "restart the deployment api"),
        ("restart this statefulset", "restart this statefulset"),
        ("pods in prod", "pods in prod"),
        ("why is this deployment-controller slow", "why is this deployment-controller slow"),
    ],
)
def test_this_is_the_object_around(request_: str, expected: str) -> None:
    assert worded(request_, WEB, Target.YAML).request == expected


def test_without_an_object_around_this_stays_as_it_is() -> None:
    request = "restart this deployment"
    assert worded(request, Surroundings(), Target.YAML).request == request


@pytest.mark.parametrize("written", ["$NS", "${NS}", '"$NS"', "`$NS`"])
def test_a_variable_gets_a_stand_in_however_it_is_written(written: str) -> None:
    wording = worded(f"pods in {written}", Surroundings(), Target.SCRIPT)
    [stand_in] = wording.variables
    assert wording.request == f"pods in {stand_in}"
    assert wording.spoken(f"about {stand_in}") == "about $NS"


def test_one_variable_has_one_stand_in_and_numbers_get_numbers() -> None:
    around = Surroundings(variables={"N": "3"})
    wording = worded("$A and $A, $N times, not 37", around, Target.SCRIPT)
    assert len(wording.variables) == 2
    [number] = [one for one, name in wording.variables.items() if name == "N"]
    assert number.isdigit()
    assert number != "37"


def test_where_the_dollar_means_something_else_the_value_is_taken() -> None:
    around = Surroundings(variables={"NS": "prod"})
    wording = worded("pods in $NS", around, Target.MAKEFILE)
    assert wording.request == "pods in prod"
    assert not wording.variables


@pytest.mark.parametrize(
    ("draft", "written"),
    [
        ("kubectl get pods --namespace=kaivar0z", 'kubectl get pods --namespace="$NS"'),
        ("kubectl get deployment/kaivar0z", 'kubectl get "deployment/$NS"'),
        ("kubectl get pods -l 'a in (kaivar0z)'", "kubectl get pods -l 'a in ('\"${NS}\"')'"),
        ("kubectl get pods kaivar0z2", 'kubectl get pods "${NS}2"'),
        ("kubectl get pods", None),
        ('kubectl get pods -l "a=kaivar0z"', None),
    ],
)
def test_the_variable_stands_in_the_command_quoted_or_not_at_all(
    draft: str, written: str | None
) -> None:
    wording = worded("x $NS", Surroundings(), Target.SCRIPT)
    examiner = build_examiner(config.load({}), Context())
    found = with_variables(Suggestion(draft, Source.BUILTIN), wording, Surroundings(), examiner)
    assert (found.command if found else None) == written


@pytest.mark.parametrize(
    ("value", "tier"), [("web", "destructive"), ("kube-system", None), (None, "destructive")]
)
def test_the_value_that_the_script_gives_counts_for_the_judge(
    value: str | None, tier: str | None
) -> None:
    around = Surroundings(variables={} if value is None else {"NS": value})
    wording = worded("delete all pods in $NS", around, Target.SCRIPT)
    draft = Suggestion(
        "kubectl delete pods --all --namespace=kaivar0z",
        Source.BUILTIN,
        risk=Risk(Tier.DESTRUCTIVE),
    )
    examiner = build_examiner(config.load({}), Context())
    found = with_variables(draft, wording, around, examiner)
    assert (found.risk.tier if found and found.risk else None) == tier
