"""The same lines to kai and to real kubectls, and where the two disagree.

kubectl stops at its first complaint, in a fixed order: the command, the flags, other things, the
kinds. So a kind is only judged where kubectl got that far. A kubectl that waits is stopped and
counts as one that accepted the line.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bench._lines import Made, Maker
from kai.kubectl.resources import builtin
from kai.kubectl.spec import load
from kai.kubectl.words import quote
from kai.model import Finding, Level
from kai.validators import check
from tests.fake_api_server import an_object

#: What kubectl says, and which kind of mistake that is; the first that is found counts.
_SAYS = (
    ("unknown command", "verb"),
    ("Unexpected args", "verb"),
    ("unknown flag:", "flag"),
    ("unknown shorthand flag:", "flag"),
    ("bad flag syntax", "flag"),
    ("flag needs an argument", "missing"),
    ("invalid argument", "value"),
    ("the server doesn't have a resource type", "kind"),
    ("couldn't find resource for", "kind"),
    ("no matches for kind", "kind"),
)
_CODES = {
    "verb": ("K130", "K131"),
    "flag": ("K141", "K142", "K144"),
    "missing": ("K143",),
    "value": ("K220", "K221", "K222", "K223", "K238", "K244"),
    "kind": ("K201", "K202", "K203"),
}
#: What makes kubectl's answer worth nothing: this server serves no OpenAPI, the kubeconfig has one
#: context only.
_NO_ANSWER = ("the server could not find the requested resource", "Error in configuration")
_ACCEPTED = ("(NotFound)", "not found", "NotFound", "No resources found", "no matching resources")
#: Refused by a real server alone, which this one is not.
_SERVERS = frozenset(("K220", "K225", "K226", "K231", "K236", "K240", "K242", "K301"))
_CONTAINERS = {"containers": [{"name": "app", "image": "nginx"}]}
_TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": _CONTAINERS}
#: What the server has, so that commands that change something get to look at their changes.
OBJECTS = (
    an_object("pods", "web", "default", spec=_CONTAINERS),
    an_object("pods", "api", "default", spec=_CONTAINERS),
    an_object(
        "deployments",
        "web",
        "default",
        spec={"template": _TEMPLATE, "selector": {"matchLabels": {"app": "web"}}},
    ),
    an_object("statefulsets", "web", "default", spec={"template": _TEMPLATE}),
    an_object("daemonsets", "web", "default", spec={"template": _TEMPLATE}),
    an_object("jobs", "web", "default", spec={"template": _TEMPLATE}),
    an_object("configmaps", "web", "default"),
    an_object("roles", "r", "default"),
    an_object("rolebindings", "r", "default"),
    an_object("services", "web", "default", spec={"selector": {"app": "web"}}),
    an_object("nodes", "n1", spec={}),
    an_object("nodes", "node-1", spec={}),
)
_DEADLINE = 3.0


@dataclass(slots=True)
class Report:
    """What came out for one version: counts, and the lines to look at."""

    version: str
    lines: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    false_alarms: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    def add(self, other: Report) -> None:
        """Count another report's lines in."""
        self.lines += other.lines
        self.wrong += other.wrong
        self.missed += other.missed
        self.false_alarms += other.false_alarms
        self.unseen += other.unseen


@dataclass(frozen=True, slots=True)
class Answer:
    """What a real kubectl did: `said` is the kind of mistake, "" for none of those known here."""

    code: int
    said: str
    text: str

    @property
    def accepted(self) -> bool:
        """Whether it took the line as it stands, whatever the server then said."""
        if self.code == 0:
            return True
        if self.said or any(mark in self.text for mark in _NO_ANSWER):
            return False
        return any(mark in self.text for mark in _ACCEPTED)


class Judge:
    """Runs one real kubectl in a home of its own, against a server that is not real."""

    def __init__(self, version: str, program: Path, kubeconfig: Path, folder: Path) -> None:
        self.version = version
        self.program = program
        self.kubeconfig = kubeconfig
        self.folder = folder
        self.spec = load(version)
        folder.mkdir(parents=True, exist_ok=True)
        self.environment = {
            "HOME": str(folder),
            "PATH": str(folder / "nothing"),
            "EDITOR": "true",
            "KUBE_EDITOR": "true",
            "KUBECTL_KUBERC": "false",
        }

    def ask(self, words: Sequence[str]) -> Answer:
        """Run the words; each run has a kubeconfig of its own, as some commands write it."""
        folder = self.folder / f"run-{os.getpid()}-{id(words)}"
        folder.mkdir()
        copy = folder / "config"
        shutil.copy(self.kubeconfig, copy)
        try:
            done = subprocess.run(
                [str(self.program), *words],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_DEADLINE,
                check=False,
                stdin=subprocess.DEVNULL,
                cwd=folder,
                env={**self.environment, "KUBECONFIG": str(copy)},
            )
        except subprocess.TimeoutExpired:
            return Answer(0, "", "(waited)")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        text = done.stderr
        said = next((kind for mark, kind in _SAYS if mark in text), "")
        if "Unexpected args" in text and words[0] == "config":
            said = ""  # an argument too much, not an unknown sub-command
        if done.returncode == 0 and said != "kind":
            said = ""
        if list(words[:2]) == ["auth", "can-i"] and done.stdout[:3] in ("yes", "no\n", "no "):
            return Answer(0, said, text)
        # Some commands answer a wrong call with their help, and with success.
        if "\nUsage:\n" in done.stdout and done.returncode == 0 and words[0] != "help":
            return Answer(1, "verb", "(only its help)")
        return Answer(done.returncode, said, text)

    def compare(self, made: Made) -> Report:
        """One line to both."""
        line = " ".join(("kubectl", *map(quote, made.words)))
        findings = check(line, self.spec, builtin())
        answer = self.ask(made.words)
        report = Report(self.version, 1)
        codes = {finding.code for finding in findings}
        if answer.said:
            report.wrong[answer.said] += 1
            # Of an unknown sub-command kubectl may say only that its flags are unknown, and it
            # calls an argument too much by the same words as an unknown sub-command.
            if not codes & {*_CODES[answer.said], *_CODES["verb"], "K210", "K211"}:
                report.missed.append(f"{line}\n    kubectl: {_last(answer.text)}")
        for finding in findings:
            if is_false(finding, answer):
                report.false_alarms.append(
                    f"{line}\n    kai: {finding.code} {finding.message}"
                    f"\n    kubectl: {answer.code} {_last(answer.text)}"
                )
        errors = any(finding.level is Level.ERROR for finding in findings)
        if not answer.accepted and not errors and not answer.said:
            report.unseen.append(f"{line}\n    kubectl: {_last(answer.text)}")
        return report


def is_false(finding: Finding, answer: Answer) -> bool:
    """Whether kubectl saw what kai complains about and had nothing to say to it."""
    kinds = [kind for kind, codes in _CODES.items() if finding.code in codes]
    if not kinds or kinds[0] == "value":
        # Values are looked at when the object was found, some of them by the server alone.
        if finding.code in _SERVERS or answer.code != 0:
            return False
        return finding.level is Level.ERROR
    kind = kinds[0]
    if kind == "kind":
        return answer.accepted and answer.said != "kind"
    return answer.said not in ("verb", "flag", "missing", "value")


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "warning: the server"))]
    return (errors or lines or ["(nothing)"])[0][:200]


def made_lines(version: str, count: int, seed: int) -> Iterator[Made]:
    """The lines for one version; the same ones for the same seed."""
    maker = Maker(load(version), builtin(), seed)
    for _ in range(count):
        made = maker.make()
        try:
            " ".join(map(quote, made.words))
        except ValueError:
            continue
        yield made


def differ(judge: Judge, lines: Iterable[Made], workers: int = 2) -> Report:
    """Compare all lines, a few at a time."""
    total = Report(judge.version)
    with ThreadPoolExecutor(workers) as pool:
        for report in pool.map(judge.compare, lines):
            total.add(report)
    return total
