"""Found text: every kubectl command of a script is found where it stands, and gets its tier."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kai.examine import Examined, Examiner
from kai.kubectl import resources, spec
from kai.safety.found import find
from kai.validators import check

CASES = Path(__file__).parent / "cases" / "safety" / "scripts"
SPEC = spec.load()
EXAMINER = Examiner(SPEC, resources.builtin(), check)


def cases(name: str) -> Iterator[tuple[str, str, list[str]]]:
    """Title, script and tiers of each case of a file: `## title`, lines, `#= tier tier ...`."""
    for part in re.split(r"^## ", (CASES / name).read_text(encoding="utf-8"), flags=re.M)[1:]:
        title, _, rest = part.partition("\n")
        script, _, tiers = rest.rpartition("#=")
        yield title, script, tiers.split()


def tiers(script: str, aliases: dict[str, str] | None = None) -> list[str]:
    """The tier of each command found; "unclear" where it was not analysed."""
    return [item.tier or "unclear" for item in EXAMINER.script(script, aliases)]


def told(item: Examined) -> list[str]:
    """Every text about a command that a person may read."""
    texts = [finding.message for finding in item.findings]
    texts += [finding.replacement or "" for finding in item.findings]
    texts += [item.why, repr(item.pipeline), repr(item.risk)]
    return texts


EVERY = [case for path in sorted(CASES.glob("*.sh")) for case in cases(path.name)]


@pytest.mark.parametrize(
    ("script", "expected"), [case[1:] for case in EVERY], ids=[case[0] for case in EVERY]
)
def test_each_command_of_a_script_gets_its_tier(script: str, expected: list[str]) -> None:
    examined = EXAMINER.script(script)
    shown = [(item.tier or "unclear", item.command, item.why) for item in examined]
    assert [row[0] for row in shown] == expected, shown
    for item in examined:
        assert script[item.start : item.end] == item.command
        assert "kai-unknown" not in "".join(told(item))


def test_everyday_scripts_bring_no_findings_that_are_errors() -> None:
    for title, script, _ in cases("everyday.sh"):
        wrong = [
            finding
            for item in EXAMINER.script(script)
            for finding in item.findings
            if finding.level == "error"
        ]
        assert wrong == [], title


def test_there_are_enough_everyday_scripts() -> None:
    assert len(list(cases("everyday.sh"))) >= 60
    assert len(find("kubectl get pods", SPEC)) == 1
