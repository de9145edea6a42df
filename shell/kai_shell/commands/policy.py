"""`kai policy`: the user's policies, and what they make of sample commands."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import click

from kai import config, wiring
from kai.config.kept import read_regular
from kai.errors import ConfigError
from kai.kubectl.invocation import parse
from kai.kubectl.resources import builtin
from kai.model import Risk
from kai.safety import Limits, judge, policy
from kai.safety.policy import Policies
from kai_shell.streams import Streams, one_line

PASSED, FAILED = 0, 1


@click.group(no_args_is_help=False)
def command() -> None:
    """Rules of your own: audit, warn, confirm or deny (docs/policies.md)."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def show(streams: Streams, as_json: bool) -> None:
    """The policies in force here, and the file of each."""
    found = wiring.build_policies(config.load())
    for rule in found.rules:
        if as_json:
            streams.stdout.write(json.dumps(asdict(rule)) + "\n")
            continue
        match = "; ".join(policy.described(rule)) or "everything"
        said = f": {rule.message}" if rule.message else ""
        streams.stdout.write(one_line(f"{rule.action:7}  {rule.name}{said}") + "\n")
        streams.stdout.write(one_line(f"         {match}  ({rule.source})") + "\n")
    if not found.rules and not found.faults:
        streams.remark("no policies: name files in safety.policies, or write .kai/policies.yaml")
    _sound(found)


@command.command()
@click.option(
    "--policies",
    "files",
    multiple=True,
    metavar="FILE",
    help="Try this policy file in place of those in force. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.argument("file")
@click.pass_obj
def test(streams: Streams, files: tuple[str, ...], as_json: bool, file: str) -> int:
    """Judge the sample commands of FILE, and say which come out as expected.

    Exit status: 0 all do, 1 some do not, 2 a file that cannot be read.
    """
    from kai.safety.policy_samples import Sample, action, met
    from kai.safety.policy_samples import parse as parse_samples

    samples: tuple[Sample, ...] = parse_samples(_content(file), file)
    limits = _limits(files)
    failed = 0
    for sample in samples:
        risk = _judged(sample.command, sample, limits)
        missed = sample.missed(risk)
        failed += bool(missed)
        got = {"tier": str(risk.tier), "action": action(risk), "policies": met(risk)}
        if as_json:
            row = {"line": sample.line, "command": sample.command, "passed": not missed, **got}
            streams.stdout.write(json.dumps({**row, "missed": missed}) + "\n")
            continue
        state = "FAIL" if missed else "pass"
        by = f"  by {', '.join(met(risk))}" if met(risk) else ""
        head = f"{state}  {got['tier']:11}  {got['action']:7}  {sample.command}{by}"
        streams.stdout.write(one_line(head) + "\n")
        if missed:
            wanted = f"      {file}:{sample.line}: expected {', '.join(missed)}"
            streams.stdout.write(one_line(wanted) + "\n")
    if not as_json:
        streams.stdout.write(f"{len(samples) - failed} of {len(samples)} as expected\n")
    return FAILED if failed else PASSED


def _judged(line: str, sample: object, limits: Limits) -> Risk:
    from kai.safety.policy_samples import Sample

    assert isinstance(sample, Sample)  # noqa: S101 - imported late, so typed late
    return judge(parse(line), sample.context, builtin(), limits=replace(limits, now=sample.at))


def _content(file: str) -> bytes:
    try:
        content, _, problem = read_regular(Path(file))
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from None
    if problem:
        raise ConfigError(f"{file} {problem}")
    return content


def _limits(files: tuple[str, ...]) -> Limits:
    """The limits of the settings with the policies to be tried. kubectl's own preferences are left
    out, so that a file of samples says the same on every machine."""
    loaded = config.load()
    if files:
        read = [policy.read_policies(Path(name))[1] for name in files]
        found = Policies(tuple(rule for rules in read for rule in rules))
    else:
        found = wiring.build_policies(loaded)
    _sound(found)
    return replace(wiring.build_limits(loaded, policies=found), kuberc=())


def _sound(found: Policies) -> None:
    """Raise ConfigError where a policy file is broken."""
    if found.faults:
        raise ConfigError("; ".join(found.faults))
