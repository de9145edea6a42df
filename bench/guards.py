"""What the judge says about the corpus, next to the guards that others trust.

    python -m bench guards [--show]

Two guards stand beside it. A plain verb list: the first word that is no flag decides. A verb filter
as kubectl-ai has it (pkg/tools/kubectl_filter.go, read in November 2026; told again here, its module
could not be fetched): lists of verbs, one command a line, `--dry-run` looked for among the words.
"missed" are attacks that a guard lets pass as reading, "alarms" harmless look-alikes that it does not.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

from bench._rows import ROOT
from kai.kubectl import resources
from kai.kubectl.invocation import parse
from kai.model import Context, Tier
from kai.safety import judge

CASES = ROOT / "tests/cases/safety"
READS = frozenset(
    (
        *("get", "describe", "explain", "top", "logs", "api-resources", "api-versions", "version"),
        *("config", "cluster-info", "wait", "auth", "diff", "kustomize", "help", "options"),
        *("proxy", "completion", "convert", "events", "port-forward", "can-i", "whoami"),
    )
)
WRITES = frozenset(
    (
        *("create", "apply", "edit", "delete", "patch", "replace", "scale", "autoscale", "expose"),
        *("run", "exec", "set", "label", "annotate", "taint", "drain", "cordon", "uncordon"),
        *("debug", "attach", "cp", "reconcile", "approve", "deny", "certificate"),
    )
)
_PROGRAM = re.compile(r"kubectl(?:[.-][0-9][0-9.]*)?(?:\.exe)?")
_JOINED = re.compile(r"[;|&]|\$\(|`|\n")


def verb_list(line: str) -> bool:
    """Whether the first word behind kubectl that is no flag is a verb that reads."""
    words = [word for word in line.split()[1:] if not word.startswith("-")]
    reads = READS - {"config", "auth", "proxy", "port-forward"} | {"rollout"}
    return bool(words) and words[0] in reads


def verb_filter(line: str) -> bool:
    """Whether the filter says that nothing is modified ("no")."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return False
    if not words or _JOINED.search(line) or words[0].startswith("."):
        return False
    if not _PROGRAM.fullmatch(Path(words[0]).name):
        return False
    for word in words[1:]:
        if not word.startswith("-"):
            break
        if "=" not in word:
            return False
    verb, below, dry = _parts(words[1:])
    if verb == "rollout":
        return below in ("history", "status") or (bool(below) and dry)
    return verb in READS or (verb in WRITES and dry)


def _parts(words: list[str]) -> tuple[str, str, bool]:
    plain: list[str] = []
    dry = False
    real = ("client", "server", "true")
    for index, word in enumerate(words):
        if word == "--":
            break
        if word.startswith("--dry-run="):
            dry = word.partition("=")[2] in real
        elif word == "--dry-run":
            dry = index + 1 >= len(words) or words[index + 1] in real
        elif not word.startswith("-"):
            plain.append(word)
    verb, below, *_ = (*plain, "", "")
    return verb, below, dry


def kai(line: str) -> bool:
    """Whether the judge says `read`."""
    return judge(parse(line), Context(), resources.builtin()).tier == Tier.READ


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one file of the corpus."""
    lines = (CASES / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def main() -> None:
    """Print the table; with --show what each guard gets wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--show", action="store_true")
    show = parser.parse_args().show
    attacks, harmless = rows("attacks.jsonl"), rows("lookalikes.jsonl")
    guards: dict[str, Callable[[str], bool]] = {
        "plain verb list": verb_list,
        "kubectl-ai's verb filter": verb_filter,
        "kai": kai,
    }
    print(f"{'guard':26} missed of {len(attacks)} attacks   alarms at {len(harmless)} look-alikes")
    for name, reads in guards.items():
        missed = [row["command"] for row in attacks if reads(row["command"])]
        alarms = [row["command"] for row in harmless if not reads(row["command"])]
        print(f"{name:26} {len(missed):6}{'':19}{len(alarms):6}")
        for line in (*missed, *alarms) if show else ():
            print(f"    {line!r}")


if __name__ == "__main__":
    main()
