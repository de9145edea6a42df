"""The text is sacred: random lines, every fault, real shells.

    python -m tools.soak [--shell zsh] [--lines 300] [--each] [--fault NAME] [--seed N] [--seconds S]

Each line is put on the prompt of a real shell, the key is pressed while something is wrong (the
daemon is gone, hangs, is killed, talks nonsense; the disk is full; ...), and the line has to come
back as it was, within `--seconds`, and nothing may have been run. Where an answer may rewrite the
line, one undo has to bring it back. The lines are spread over the faults; `--each` tries every line
with every fault. The exit status is 1 where one line was lost.

Disks are made full and read-only in a mount namespace of our own, where the system has such.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.e2e.shells import Place
from tests.shell_pty import ShellPty
from tools.soak_faults import FAULTS, REWRITTEN, Fault, World
from tools.soak_shells import KEY, KINDS, UNDO

SEED, LINES, SECONDS = 5, 300, 2.0

_INSIDE = "KAI_SOAK_INSIDE"

_PIECES = (
    *("pods", "in", "web", "kubectl", "rm -rf /", "x=y", "--all", "-n", "größe", "日本", "🚢", "👩‍👩‍👧"),
    *("e\u0301", "\u202e", "\u200b", "\u00a0", "'", '"', "`", "\\", "$(", ")", "$HOME", "${x:-y}"),
    *("!!", "!", "!$", "~", "*", "?", "[a", "{b,c}", "#", ";", "&", "&&", "|", "||", ">", ">>", "<"),
    *("<<EOF", "%", "%n", "^", "^a^b", "=", "-", "@", "\\e[31m", "\\x1b]0;t\\a", "$'\\n'", "\\n", "\\t"),
    *(" ", "  ", "   ", "\t", "\n", "\n\n", "\n  ", "\\", "\\\\", "%F{red}", "\\[", "(", "[[ -z", "))"),
)  # fmt: skip


def random_lines(count: int, seed: int) -> Iterator[str]:
    """Lines of everything that means something to a shell, now and then a long one."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(count):
        length = chance.randint(300, 700) if chance.random() < 0.02 else chance.randint(1, 30)
        text = "w" + "".join(chance.choices(_PIECES, k=length))
        yield text if chance.random() < 0.3 else text.rstrip("\n")


def turns(lines: list[str], faults: list[Fault], *, each: bool) -> Iterator[tuple[str, Fault]]:
    """Which line meets which fault; those that last long get fewer lines, but some."""
    if each:
        yield from ((line, fault) for fault in faults for line in lines)
        return
    often = [fault for fault in faults for _ in range(1 if fault.lasts else 6)]
    random.Random(len(often)).shuffle(often)  # noqa: S311 - no secret
    yield from ((line, often[number % len(often)]) for number, line in enumerate(lines))


class Lost(AssertionError):
    """A line is not as it was, or something was run."""


def one(shell: ShellPty, world: World, fault: Fault, text: str) -> float:
    """Try one line; the seconds from the key until the prompt answers. Raises `Lost`."""
    fault.before(world)
    shell.paste(text)
    before = shell.line()
    if before[0] != text and not (world.changes_pasted and before[0] == text.replace("\t", "")):
        raise Lost(f"it arrives as {before!r}")
    if not before[0].strip():
        raise Lost("nothing arrives")
    shell.forget()
    start = time.monotonic()
    shell.keys(KEY)
    fault.during(world, shell)
    after = shell.line()
    seconds = time.monotonic() - start
    if fault.rewrites and after[0] == REWRITTEN:
        world.rewritten += 1
        shell.keys(UNDO)
        after = shell.line()
    if after != before:
        raise Lost(f"{before!r} became {after!r}; on the screen: {shell.seen()[-300:]!r}")
    if world.canary.exists():
        raise Lost(f"something was run: {world.canary.read_text()!r}")
    fault.after(world)
    return seconds


def soak(
    name: str, lines: list[str], faults: list[Fault], scratch: Path, *, each: bool, limit: float
) -> int:
    """Drive one shell; how many lines were lost or came late."""
    kind = KINDS[name]
    world = World(scratch, can_mount=os.environ.get(_INSIDE) == "mounts")
    world.changes_pasted = kind.changes_pasted
    usable = [fault for fault in faults if fault.possible(world)]
    for fault in faults:
        if fault not in usable:
            print(f"{name}: not here: {fault.name}")
    taken: dict[str, list[float]] = {}
    bad = Counter[str]()
    place = Place(world.home, world.runtime, world.probe, world.disk / f"kai.{name}")
    before = kind.before(world.canary)
    with world, kind.start(place, before=before, python=str(world.client)) as shell:
        for text, fault in turns(lines, usable, each=each):
            try:
                seconds = one(shell, world, fault, text)
            except AssertionError as error:
                bad["lost"] += 1
                print(f"{name}: LOST with {fault.name}: {text!r}: {error}", flush=True)
                if bad["lost"] >= 5 or shell.process.poll() is not None:
                    break
                world.canary.unlink(missing_ok=True)
                fault.after(world)
                shell.keys(kind.clear)
                continue
            shell.keys(kind.clear)
            taken.setdefault(fault.name, []).append(seconds)
            if seconds > limit + fault.patience:
                bad["late"] += 1
                print(f"{name}: LATE with {fault.name}: {seconds:.2f} s: {text!r}", flush=True)
        if not bad["lost"]:
            shell.run("true")
            if not world.canary.exists():
                bad["lost"] += 1
                print(f"{name}: the canary does not notice what is run")
    _report(name, taken, world, bad)
    return bad.total()


def _report(name: str, taken: dict[str, list[float]], world: World, bad: Counter[str]) -> None:
    count = sum(map(len, taken.values()))
    worst = max((max(values), fault) for fault, values in taken.items()) if taken else (0.0, "")
    print(
        f"{name}: {count} lines, {len(taken)} faults, {bad['lost']} lost, {bad['late']} late;"
        f" {world.rewritten} rewritten and undone; slowest {worst[0]:.2f} s ({worst[1]})"
    )


def _into_namespace(argv: list[str]) -> None:
    """Go on where disks can be mounted, if the system has such a place."""
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    unshare = shutil.which("unshare")
    probe = "mount -t tmpfs -o size=64k none /mnt"
    if unshare is None:
        return
    start = [unshare, *user, "--mount", "--"]
    if subprocess.run([*start, "sh", "-c", probe], capture_output=True, check=False).returncode:
        return
    env = os.environ | {_INSIDE: "mounts"}
    command = [*start, sys.executable, "-m", "tools.soak", *argv]
    os.execve(unshare, command, env)  # noqa: S606 - no shell


def main(argv: list[str]) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--shell", choices=sorted(KINDS), action="append", default=[])
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--fault", choices=[fault.name for fault in FAULTS], action="append")
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    given = parser.parse_args(argv)
    if _INSIDE not in os.environ:
        _into_namespace(argv)
        os.environ[_INSIDE] = "no"
    lines = list(random_lines(given.lines, given.seed))
    faults = [fault for fault in FAULTS if not given.fault or fault.name in given.fault]
    bad = 0
    for name in given.shell or KINDS:
        # A short name: a socket's path has 103 bytes.
        with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp") as scratch:
            place = Path(scratch).resolve()
            bad += soak(name, lines, faults, place, each=given.each, limit=given.seconds)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
