"""Sample commands for policies: what `kai policy test` reads. Imports pydantic and YAML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr

from kai.config.places import read
from kai.model import Context, Finding, Risk

ACTIONS = {"K471": "audit", "K472": "warn", "K473": "confirm", "K474": "deny"}
"""The action that stands behind each code, from the weakest to the strongest."""

_STRICT = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Sample:
    """A command, where and when it would be run, and what is expected of the judge.

    `line` is where it stands in its file. An expectation that is None is not made; the action
    "none" says that no policy is met. `at` is Unix time in seconds.
    """

    command: str
    context: Context
    at: float | None
    line: int
    tier: str | None = None
    action: str | None = None
    policy: str | None = None

    def missed(self, risk: Risk) -> tuple[str, ...]:
        """What is not as expected, each as "tier destructive"."""
        said = (
            ("tier", self.tier, str(risk.tier)),
            ("action", self.action, action(risk)),
        )
        wrong = [f"{name} {wanted}" for name, wanted, got in said if wanted not in (None, got)]
        if self.policy is not None and self.policy not in met(risk):
            wrong.append(f"policy {self.policy}")
        return tuple(wrong)


def _said(risk: Risk) -> list[Finding]:
    return [finding for finding in risk.findings if finding.code in ACTIONS]


def action(risk: Risk) -> str:
    """The strongest action that a policy took, or "none"."""
    found = {ACTIONS[finding.code] for finding in _said(risk)}
    return max(found, key=list(ACTIONS.values()).index, default="none")


def met(risk: Risk) -> tuple[str, ...]:
    """The names of the policies that had something to say."""
    names = (finding.message.removeprefix("policy ").partition(":")[0] for finding in _said(risk))
    return tuple(dict.fromkeys(names))


def _moment(value: str) -> str:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("a time such as 2026-11-20T18:30 or 2026-11-20T18:30+01:00") from None
    return value


class _Expected(BaseModel):
    model_config = _STRICT
    tier: Literal["read", "write", "destructive", "forbidden"] | None = None
    action: Literal["none", "audit", "warn", "confirm", "deny"] | None = None
    policy: StrictStr | None = None


class _Sample(BaseModel):
    model_config = _STRICT
    command: StrictStr
    context: StrictStr | None = None
    namespace: StrictStr | None = None
    at: Annotated[StrictStr, AfterValidator(_moment)] | None = None
    expect: _Expected


class _File(BaseModel):
    model_config = _STRICT
    tests: Annotated[tuple[_Sample, ...], Field(min_length=1)]


def parse(content: bytes, file: str) -> tuple[Sample, ...]:
    """The samples of a file. Raises ConfigError: `file:line:column: what is wrong`."""
    checked, places = read(content, file, _File)
    samples: list[Sample] = []
    for index, row in enumerate(checked.tests):
        if row.expect == _Expected():
            raise places.error(("tests", index, "expect"), "expect one of tier, action, policy")
        samples.append(
            Sample(
                row.command,
                Context(context=row.context, namespace=row.namespace),
                datetime.fromisoformat(row.at).timestamp() if row.at else None,
                places.at(("tests", index))[0],
                row.expect.tier,
                row.expect.action,
                row.expect.policy,
            )
        )
    return tuple(samples)
