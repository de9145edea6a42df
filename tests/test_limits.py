"""Limits on numbers: how many replicas, how many named objects, and what no setting loosens."""

from __future__ import annotations

import pytest

from kai.kubectl import resources
from kai.kubectl.invocation import parse
from kai.model import Context, Risk, Tier
from kai.safety import DEFAULTS, Limits, judge

KINDS = resources.builtin()
TWENTY = " ".join(f"n{number}" for number in range(20))


def verdict(line: str, limits: Limits = DEFAULTS, *, drafted: bool = True) -> Risk:
    """The judge's verdict on a line."""
    return judge(parse(line), Context(), KINDS, limits=limits, drafted=drafted)


@pytest.mark.parametrize(
    ("line", "drafted", "typed"),
    [
        (f"kubectl get pods {TWENTY} more", "read", "read"),
        (f"kubectl cordon {TWENTY}", "write", "write"),
        (f"kubectl cordon {TWENTY} more", "destructive", "destructive"),
        (f"kubectl label pods {TWENTY} more a=b", "destructive", "destructive"),
        (f"kubectl label pods {TWENTY} n1 a=b", "write", "write"),
        (f"kubectl delete pods {TWENTY}", "destructive", "destructive"),
        (f"kubectl delete pods {TWENTY} more", "forbidden", "destructive"),
        (f"kubectl delete pods {TWENTY} more --dry-run=server", "read", "read"),
        (f"kubectl drain {TWENTY} more", "forbidden", "destructive"),
    ],
)
def test_more_names_than_the_limit_weigh_more(line: str, drafted: str, typed: str) -> None:
    assert verdict(line).tier == drafted
    assert verdict(line, drafted=False).tier == typed


def test_the_limits_are_the_users_own_numbers() -> None:
    limits = Limits(max_replicas=5, max_objects=1)
    assert verdict("kubectl scale deploy web --replicas=5", limits).tier is Tier.WRITE
    assert verdict("kubectl scale deploy web --replicas=6", limits).tier is Tier.FORBIDDEN
    assert verdict("kubectl cordon a b", limits).tier is Tier.DESTRUCTIVE
    assert "K461" in {item.code for item in verdict("kubectl cordon a b", limits).findings}
