"""Many made-up lines of many versions, run a few at a time; what came out is counted."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from kai.kubectl.invocation import Invocation, Pipeline, parse
from kai.kubectl.resources import builtin
from kai.kubectl.spec import CommandSpec, Spec, load
from kai.kubectl.words import quote
from kai.model import Context, Risk, Tier
from kai.safety import judge
from tools.oracle.lines import OracleMaker
from tools.oracle.place import SECRETS
from tools.oracle.world import Seen, Server, World

_THIN = 0.1
"""The share of the rounds in which a command that reads only where it prints help has a turn."""
_OFTEN = frozenset(
    (
        *(("get",), ("describe",), ("logs",), ("diff",), ("kustomize",), ("apply",), ("delete",)),
        *(("cluster-info", "dump"), ("config", "view"), ("set", "env"), ("label",), ("patch",)),
        *(("replace",), ("drain",), ("rollout", "history"), ("create",), ("run",), ("debug",)),
    )
)
"""Commands with many ways to do something by the way: three turns a round."""
_PIPES = 25
"""Every so many lines is a pipeline."""
_TRIES = 12
_NO_EFFECTS = ("K410", "K411", "K420")
"""Codes about who asks and what is printed: nothing a run could show."""
_SERVES = frozenset(("proxy", "port-forward", "attach"))
"""What waits for others: not run where it is not `read`."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line for one version, and the verdict on it."""

    version: str
    pipeline: Pipeline
    risk: Risk

    @property
    def calls(self) -> tuple[Invocation, ...]:
        """Its calls of kubectl."""
        return self.pipeline.invocations

    @property
    def verb(self) -> str:
        """The command of its last call, as people write it."""
        return " ".join(self.calls[-1].path) or "kubectl"


@dataclass(frozen=True, slots=True)
class Effect:
    """A line that was judged `read` and did more."""

    version: str
    line: str
    did: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What came out, by version where it says so."""

    lines: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    """Lines that kubectl ended with success."""
    asked: Counter[str] = field(default_factory=Counter)
    """Lines that sent a request to the server, discovery apart."""
    dry: Counter[str] = field(default_factory=Counter)
    """Lines that sent a dry run to the server."""
    waited: Counter[str] = field(default_factory=Counter)
    verbs: dict[str, Counter[str]] = field(default_factory=dict)
    """Command -> version -> lines judged `read`."""
    effects: list[Effect] = field(default_factory=list)
    strict: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """(command, code and reason) -> lines judged higher, which kubectl ended with success and
    without any effect."""
    higher: int = 0
    """Lines judged higher than `read` that were run."""

    def add(self, line: Line, seen: list[Seen]) -> None:
        """Count one line in."""
        did = tuple(effect for each in seen for effect in each.effects)
        succeeded = all(each.code == 0 for each in seen)
        if line.risk.tier != Tier.READ:
            self.higher += 1
            key = (line.verb, _cell(line.risk))
            if succeeded and not did and not key[1].startswith(_NO_EFFECTS):
                self.strict.setdefault(key, []).append(line.pipeline.text)
            return
        version = line.version
        self.lines[version] += 1
        self.accepted[version] += succeeded
        self.asked[version] += any(_objects(each) for each in seen)
        self.dry[version] += any(each.dry_runs for each in seen)
        self.waited[version] += any(each.code is None for each in seen)
        self.verbs.setdefault(line.verb, Counter())[version] += 1
        if did:
            self.effects.append(Effect(version, line.pipeline.text, did))


def _cell(risk: Risk) -> str:
    """The code and the reason behind a verdict."""
    codes = [found.code for found in risk.findings if found.message == risk.reasons[0]]
    return f"{codes[0] if codes else 'K400'} {risk.reasons[0]}"


def _objects(seen: Seen) -> bool:
    return any(sent.path.count("/") > 3 or sent.method == "POST" for sent in seen.requests)


class Lines:
    """Lines of one version without end, each once; the same ones for the same seed.

    Every `reverse`-th line is one that is judged `write` or `destructive` (0: none is).
    """

    def __init__(self, version: str, seed: int, reverse: int = 0) -> None:
        self.spec: Spec = load(version)
        self.maker = OracleMaker(self.spec, builtin(), seed)
        self.reverse = reverse
        self._made: set[str] = set()

    def __iter__(self) -> Iterator[Line]:
        turn = 0
        while True:
            for chosen in self._round():
                command, turn = chosen, turn + 1
                high = bool(self.reverse) and turn % self.reverse == 0
                if high:
                    command = self.maker.dice.choice(self.maker.commands)
                line = self._line(command, turn, high=high)
                if line is not None:
                    yield line

    def _round(self) -> list[CommandSpec]:
        dice = self.maker.dice
        chosen: list[CommandSpec] = []
        for command in self.maker.commands:
            if not _is_thin(command) or dice.random() < _THIN:
                chosen += [command] * (3 if command.path in _OFTEN else 1)
        dice.shuffle(chosen)
        return chosen

    def _line(self, command: CommandSpec, turn: int, *, high: bool) -> Line | None:
        for _ in range(_TRIES):
            stages = [self.maker.line(command)]
            if turn % _PIPES == 0:
                stages = list(self.maker.piped())
            try:
                text = _text(stages)
            except ValueError:
                continue  # a word that no shell-proof spelling exists for
            if text in self._made:
                continue
            line = self.judged(text)
            if line.risk.tier == Tier.READ and not high:
                self._made.add(text)
                return line
            if high and line.risk.tier in (Tier.WRITE, Tier.DESTRUCTIVE) and line.calls:
                if line.calls[-1].path[:1] and line.calls[-1].path[0] in _SERVES:
                    continue
                return line
        return None

    def judged(self, text: str) -> Line:
        """A line with its verdict."""
        pipeline = parse(text, self.spec)
        here = Context(context="fake", namespace="default", kubectl_version=self.spec.version)
        return Line(self.spec.version, pipeline, judge(pipeline, here, builtin()))


def _is_thin(command: CommandSpec) -> bool:
    """Whether it reads only as help: it is a group, or changes something and has no dry run."""
    if not command.runnable:
        return True
    if {"dry-run", "local", "list"} & set(command.flags):
        return False
    from kai.safety.table import load as effects

    cell = effects().commands.get(command.path)
    return cell is None or cell.tier is not Tier.READ


def _text(stages: list[tuple[str, ...]]) -> str:
    first, *rest = stages
    parts = [("kubectl", *first)]
    parts += [stage if stage[0] == "xargs" else ("kubectl", *stage) for stage in rest]
    return " | ".join(" ".join(map(quote, words)) for words in parts)


def run(world: World, program: Path, line: Line) -> list[Seen]:
    """Run a line's calls one after another, each fed with what the one before printed."""
    seen: list[Seen] = []
    output = b""
    for call in line.calls:
        words = [word.value for word in call.words[1:]]
        if call.via == "xargs":
            words += output.decode("utf-8", "replace").split()
        stdin = b"" if call.via else output
        may_start = "diff" if call.path == ("diff",) else ""
        seen.append(world.run(program, words, stdin, may_start))
        output = seen[-1].output
    return seen


Place = Callable[[], AbstractContextManager[Server]]
"""Makes the server that one world's requests go to."""


def campaign(
    kubectls: Mapping[str, Path],
    folder: Path,
    place: Place,
    *,
    seed: int = 1,
    lines: int = 0,
    seconds: float = 0.0,
    reverse: int = 0,
    workers: int = 2,
) -> Tally:
    """Run made-up lines until there are `lines` judged `read` or `seconds` have passed (0: no end).

    Every worker has a world of its own; all go through the versions in turn.
    """
    tally, lock = Tally(), threading.Lock()
    end = time.monotonic() + seconds if seconds else None
    source = _in_turn(kubectls, seed, reverse)
    failures: list[BaseException] = []

    def work(home: Path) -> None:
        try:
            with place() as server, World(home, server, secrets=SECRETS) as world:
                while not failures and (end is None or time.monotonic() < end):
                    with lock:
                        if lines and tally.lines.total() >= lines:
                            return
                        line = next(source)
                    seen = run(world, kubectls[line.version], line)
                    with lock:
                        tally.add(line, seen)
        except BaseException as error:  # noqa: BLE001 - told to whoever started the workers
            failures.append(error)

    threads = [
        threading.Thread(target=work, args=(folder / f"world-{number}",))
        for number in range(workers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise next((e for e in failures if not isinstance(e, StopIteration)), failures[0])
    return tally


def _in_turn(kubectls: Mapping[str, Path], seed: int, reverse: int) -> Iterator[Line]:
    sources = [
        iter(Lines(version, seed * 1000 + place, reverse)) for place, version in enumerate(kubectls)
    ]
    while True:
        for source in sources:
            yield next(source)
