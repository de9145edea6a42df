"""Requests that make, set up, allow and wait: rows of kai's own in tests/cases/nlu."""

from __future__ import annotations

from kai.kubectl import spec
from kai.model import Context
from kai.nlu import understand


def test_autoscale_says_the_cpu_target_as_the_users_kubectl_does() -> None:
    request = "autoscale web between 2 and 5 at 70% cpu"
    older = understand(request, context=Context(kubectl_version="1.33")).draft
    newer = understand(request, context=Context(kubectl_version="v1.34.2")).draft
    assert older is not None and "--cpu-percent=70" in older.command
    assert newer is not None and "--cpu=70%" in newer.command
    assert spec.load("1.34").commands["autoscale",].flag("cpu") is not None


def test_a_binding_of_a_bare_service_account_takes_the_current_namespace() -> None:
    request = "rolebinding ci-view with clusterrole view for sa builder"
    assert understand(request).draft is None
    draft = understand(request, context=Context(namespace="ci")).draft
    assert draft is not None and "--serviceaccount=ci:builder" in draft.command


def test_a_keyword_of_making_stays_a_name_elsewhere() -> None:
    draft = understand("restart deployment proxy").draft
    assert draft is not None and draft.command.endswith("deployment/proxy")
