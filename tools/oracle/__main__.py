"""Run made-up lines that the judge calls read by the real kubectls; none may do more than read.

    python -m tools.oracle [--seconds 60] [--lines N] [--versions 1.27,1.37] [--seed 1]
                           [--server URL | --kubeconfig FILE]

Without an address the requests go to an API server that is not real. With --server (plain HTTP, as
`kubectl proxy` offers it) or --kubeconfig they go to a real one, by way of a relay that passes on
nothing but reads, dry runs and reviews of one's own access.

Some of the lines are judged higher than read: those that did nothing all the same are listed at the
end, by command and reason, and may be judged too strictly. Exit status 1 if a line judged read did
more.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import SUPPORTED, real_kubectls
from tools.oracle.campaign import Place, Tally, campaign
from tools.oracle.place import made_up
from tools.oracle.relay import Relay

_REVERSE = 6
"""Every so many lines is one that is judged higher than read."""


def main(arguments: list[str]) -> int:
    """See the module."""
    options = _parser().parse_args(arguments)
    wanted = options.versions.split(",") if options.versions else SUPPORTED
    found = {version: path for version, path in real_kubectls().items() if version in wanted}
    if not found:
        print("no real kubectl was found (tools/install-kubectl.sh installs them)")
        return 2
    start = time.monotonic()
    with (
        _place(options, list(found.values())[-1]) as place,
        tempfile.TemporaryDirectory() as folder,
    ):
        tally = campaign(
            found,
            Path(folder),
            place,
            seed=options.seed,
            lines=options.lines,
            seconds=0.0 if options.lines else options.seconds,
            reverse=options.reverse,
            workers=options.workers,
        )
    _by_verb(tally, list(found))
    _by_version(tally, list(found), time.monotonic() - start)
    _strict(tally, options.show)
    for effect in tally.effects:
        print(f"\nSIDE EFFECT, kubectl {effect.version}: {effect.line}")
        for what in effect.did:
            print(f"    {what}")
    print(f"\n{tally.lines.total()} lines judged read, {len(tally.effects)} with side effects")
    return 1 if tally.effects else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tools.oracle",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--lines", type=int, default=0, help="so many lines judged read instead")
    parser.add_argument("--versions", help="1.27,1.37 (default: all that are found)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--reverse", type=int, default=_REVERSE, metavar="N")
    parser.add_argument("--show", type=int, default=20, help="so many reasons that may be strict")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--server", metavar="URL")
    where.add_argument("--kubeconfig", metavar="FILE")
    return parser


@contextmanager
def _place(options: argparse.Namespace, kubectl: Path) -> Iterator[Place]:
    if options.server:
        yield lambda: Relay(options.server)
    elif options.kubeconfig:
        with _proxy(kubectl, options.kubeconfig) as url:
            yield lambda: Relay(url)
    else:
        yield made_up


@contextmanager
def _proxy(kubectl: Path, kubeconfig: str) -> Iterator[str]:
    """A `kubectl proxy`, which knows how to sign in; gives its address."""
    command = [str(kubectl), "--kubeconfig", kubeconfig, "proxy", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline() if process.stdout else ""
            match = re.search(r"127\.0\.0\.1:\d+", said)
            if match is None:
                raise SystemExit(f"kubectl proxy did not start: {said.strip()}")
            yield f"http://{match[0]}"
        finally:
            process.terminate()


def _by_verb(tally: Tally, versions: list[str]) -> None:
    print(f"{'lines judged read':32}" + "".join(f"{version:>6}" for version in versions))
    for verb, counts in sorted(tally.verbs.items()):
        print(f"{verb:32}" + "".join(f"{counts[version]:6}" for version in versions))


def _by_version(tally: Tally, versions: list[str], seconds: float) -> None:
    hit = dict.fromkeys(versions, 0)
    for effect in tally.effects:
        hit[effect.version] += 1
    rows = {
        "all": tally.lines,
        "kubectl succeeded": tally.accepted,
        "asked for objects": tally.asked,
        "sent a dry run": tally.dry,
        "waited, stopped": tally.waited,
        "SIDE EFFECTS": hit,
    }
    print()
    for title, counts in rows.items():
        print(f"{title:32}" + "".join(f"{counts[version]:6}" for version in versions))
    total = tally.lines.total() + tally.higher
    print(f"\n{total} lines in {seconds:.0f} s, {tally.higher} of them judged higher than read")


def _strict(tally: Tally, show: int) -> None:
    ranked = sorted(tally.strict.items(), key=lambda item: -len(item[1]))
    count = sum(map(len, tally.strict.values()))
    print(f"\njudged higher, ended with success, and did nothing: {count} lines")
    for (verb, cell), lines in ranked[:show]:
        print(f"{len(lines):5}  {verb}: {cell}\n           {min(lines, key=len)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
