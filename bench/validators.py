"""Does kai refuse what real kubectls refuse, and nothing else? And how fast.

    python -m bench.validators [--lines 10000] [--versions 1.27 1.37] [--seed 1] [--show 10]

The lines are made up (bench/_lines.py), divided among the real kubectls that are found, and run
against an API server that is not real. Exit status 1 if more than 0.1 % of the unknown verbs, flags
and kinds are missed, or if there is one false alarm.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from bench._differential import Judge, Report, differ, made_lines
from kai.kubectl.resources import builtin
from kai.kubectl.spec import load
from kai.validators import check
from tests.conftest import SUPPORTED, real_kubectls
from tests.fake_api_server import FakeApiServer

_MOST_MISSED = 0.001
_TYPICAL = (
    "kubectl get pods --namespace=kube-system --field-selector=status.phase!=Running",
    "kubectl get pods -A -o jsonpath='{range .items[*]}{.metadata.name}{\"\\n\"}{end}'",
    "kubectl set resources deploy/web --limits=cpu=200m,memory=512Mi -n prod",
    "kubectl delete pod web --dry-run client",
    "kubectl get podz -n prod",
    "kubectl logs deploy/web --since=1d --tail=200 --all-containers",
    "kubectl autoscale deploy web --cpu=50 --max=3 --min=1",
    "kubectl get pods -l 'app in (web,api),tier!=db' --sort-by=.metadata.name | grep web",
)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.validators", description=__doc__)
    parser.add_argument("--lines", type=int, default=1100)
    parser.add_argument("--versions", nargs="*")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=10)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    _speed()
    found = {
        version: path
        for version, path in real_kubectls().items()
        if version in (options.versions or SUPPORTED)
    }
    if not found:
        print("no real kubectl was found (tools/install-kubectl.sh installs them)")
        return 0
    return _differ(found, options)


def _differ(found: dict[str, Path], options: argparse.Namespace) -> int:
    total = Report("all")
    each = -(-options.lines // len(found))
    print("\nversion  lines   verbs  flags  no value  kinds   missed  false alarms  unseen")
    with tempfile.TemporaryDirectory() as folder, FakeApiServer() as server:
        config = server.write_kubeconfig(Path(folder) / "config")
        for index, (version, program) in enumerate(found.items()):
            judge = Judge(version, program, config, Path(folder) / version)
            lines = made_lines(version, each, options.seed * 1000 + index)
            report = differ(judge, lines, options.workers)
            _print(report)
            total.add(report)
    _print(total)
    for title in ("missed", "false_alarms", "unseen"):
        for text in getattr(total, title)[: options.show]:
            print(f"{title}: {text}")
    wrong = total.wrong["verb"] + total.wrong["flag"] + total.wrong["kind"]
    share = len(total.missed) / max(wrong, 1)
    print(f"\nmissed {share:.3%} of {wrong} unknown verbs, flags and kinds", end="; ")
    print(f"{len(total.false_alarms)} false alarms on {total.lines} lines")
    return 1 if share > _MOST_MISSED or total.false_alarms else 0


def _print(report: Report) -> None:
    wrong = report.wrong
    print(
        f"{report.version:7}  {report.lines:5}   {wrong['verb']:5}  {wrong['flag']:5}"
        f"  {wrong['missing']:8}  {wrong['kind']:5}   {len(report.missed):6}"
        f"  {len(report.false_alarms):12}  {len(report.unseen):6}",
        flush=True,
    )


def _speed() -> None:
    spec, catalogue = load(), builtin()
    for line in _TYPICAL:
        check(line, spec, catalogue)
    times = []
    for _ in range(300):
        for line in _TYPICAL:
            start = time.perf_counter()
            check(line, spec, catalogue)
            times.append((time.perf_counter() - start) * 1000)
    times.sort()
    size = len(times)
    p50, p95, p99 = (times[int(size * part)] for part in (0.5, 0.95, 0.99))
    print(f"check, ms a line: p50 {p50:.3f}, p95 {p95:.3f}, p99 {p99:.3f}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
