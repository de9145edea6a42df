"""Coverage-guided fuzzing of what reads untrusted text: grammar, invocation, judge, scripts.

    python tools/fuzz.py [line|script] [-max_total_time=SECONDS] [other options of libFuzzer]

Fails where anything raises, a finding stands outside the text, a verdict is a failure of the judge
itself, or a line that the grammar refuses is not refused. Needs atheris (`uv sync --group fuzz`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import atheris  # type: ignore[import-untyped]  # it has no types

with atheris.instrument_imports(include=["kai"]):
    from kai.kubectl import resources
    from kai.kubectl.invocation import parse
    from kai.kubectl.spec import load
    from kai.model import Context, Level, Tier
    from kai.safety import judge
    from kai.safety.found import find, judge_found

KINDS = resources.builtin()
SPEC = load()
PIECES = [
    *sorted({word for path in SPEC.commands for word in path}),
    *sorted({f"--{name}" for command in SPEC.commands.values() for name in command.flags}),
    *sorted(KINDS.words),
    *("kube-system", "=", "0", "-n", "-A", "|", "xargs", "kubectl", "'", '"', "--", "{", "}"),
]


def _text(data: bytes) -> str:
    """Bytes as a line: some stand for words of the tables, so that depth is reached soon."""
    provider = atheris.FuzzedDataProvider(data)
    parts = ["kubectl"] if provider.ConsumeBool() else []
    while provider.remaining_bytes() > 2:
        if provider.ConsumeBool():
            parts.append(PIECES[provider.ConsumeIntInRange(0, len(PIECES) - 1)])
        else:
            parts.append(provider.ConsumeUnicode(provider.ConsumeIntInRange(1, 12)))
    return " ".join(parts)


def line(data: bytes) -> None:
    """One line, read and judged."""
    text = _text(data)
    pipeline = parse(text, SPEC)
    risk = judge(pipeline, Context(), KINDS)
    places = [(item.start, item.end) for item in (*pipeline.findings, *risk.findings)]
    if any(not 0 <= start <= end <= len(text) for start, end in places):
        raise AssertionError("a finding stands outside the text")
    if any(item.code == "K499" for item in risk.findings):
        raise AssertionError("the judge failed")
    refused = any(item.level is Level.ERROR and item.code != "K130" for item in pipeline.findings)
    if refused and risk.tier != Tier.FORBIDDEN:
        raise AssertionError("unreadable and not refused")


def script(data: bytes) -> None:
    """A shell script, its commands lifted out and judged."""
    text = _text(data).replace("  ", "\n")
    for found in find(text, SPEC):
        if not 0 <= found.start <= found.end <= len(text):
            raise AssertionError("a command stands outside the text")
        verdict = judge_found(found, Context(), KINDS)
        if verdict.risk and any(item.code == "K499" for item in verdict.risk.findings):
            raise AssertionError("the judge failed")


def main() -> None:
    """Pick the target and hand the rest of the options to libFuzzer."""
    targets: dict[str, Callable[[bytes], None]] = {"line": line, "script": script}
    name = sys.argv.pop(1) if sys.argv[1:] and sys.argv[1] in targets else "line"
    atheris.Setup(sys.argv, targets[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
