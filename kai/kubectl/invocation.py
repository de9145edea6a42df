"""A line of text as what kubectl makes of it: commands, flags, arguments, and the filters behind.

`parse` never raises for any text. What kubectl would refuse while reading its command line is a
`Finding` in the result (docs/rules.md, K101 to K144), and reading goes on where kubectl's own would
tell more. Whether a value is a good one is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from kai.kubectl.cobra import find_command
from kai.kubectl.distance import nearest
from kai.kubectl.govalues import go_bool
from kai.kubectl.grammar import Word, read
from kai.kubectl.pflag import Flag, parse_flags
from kai.kubectl.resources import Catalogue
from kai.kubectl.spec import CommandSpec, Spec, load
from kai.kubectl.targets import ResourceArg, resource_args
from kai.model import Finding, Level

__all__ = ["Filter", "Flag", "Invocation", "Pipeline", "ResourceArg", "parse", "read_call"]

#: Commands that run and have sub-commands, and take no arguments of their own: a word behind them
#: that is no sub-command is refused by kubectl ("Unexpected args").
_NO_ARGUMENTS = frozenset((("create",), ("apply",)))
_XARGS_PLAIN = frozenset(("-r", "-t", "-0", "-x", "--no-run-if-empty", "--verbose", "--null"))
_XARGS_VALUED = "nLPIds"
_XARGS_LONG = frozenset(("--max-args", "--max-lines", "--max-procs", "--delimiter"))
# What may stand for the argument in `xargs -I`: nothing that could be a part of a word by chance.
_MARK = re.compile(r"\{[A-Za-z0-9_]*\}|[%@]{1,3}|[A-Z_]{2,}")


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of kubectl.

    `words` are all words of the stage from `kubectl` on; `path_words` the ones that name the
    command, as written (aliases are not resolved there; `path` is). `args` are the arguments before
    `--`, `after_dash` the words behind it (None: there is no `--`). `via` is "xargs" where xargs adds
    arguments that are not on the line; `xargs` then holds its own words. `findings` are this call's
    own; they are in `Pipeline.findings` too.
    """

    command: CommandSpec
    words: tuple[Word, ...]
    path_words: tuple[Word, ...]
    args: tuple[Word, ...]
    flags: tuple[Flag, ...]
    after_dash: tuple[Word, ...] | None
    via: Literal["", "xargs"]
    findings: tuple[Finding, ...]
    start: int
    end: int
    xargs: tuple[Word, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """The command path without `kubectl`, aliases resolved: ("rollout", "status")."""
        return self.command.path

    def flag(self, name: str) -> Flag | None:
        """The last flag of that long name, which is the one that counts."""
        for flag in reversed(self.flags):
            if flag.name == name:
                return flag
        return None

    def value(self, name: str) -> str | None:
        """What the flag says: its last value, a bare flag's meaning, None where it is absent."""
        flag = self.flag(name)
        return None if flag is None else flag.meant

    def values(self, name: str) -> list[str]:
        """Every value of a flag, in order, not split at commas."""
        return [flag.meant for flag in self.flags if flag.name == name and flag.meant is not None]

    def boolean(self, name: str) -> bool:
        """Whether a boolean flag is on: by its last value, else by its default."""
        value = self.value(name)
        if value is None:
            spec = self.command.flag(name)
            value = spec.default if spec is not None else ""
        return go_bool(value) is True

    def resources(self, catalogue: Catalogue) -> tuple[ResourceArg, ...]:
        """The resource types and names this call is about, as kubectl's resource builder reads them.

        Commands that take none give an empty tuple. A type that `catalogue` does not know has
        `resource` None.
        """
        return resource_args(self, catalogue)


@dataclass(frozen=True, slots=True)
class Filter:
    """A pipeline stage that is not kubectl; `words` begin with the program."""

    program: str
    words: tuple[Word, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A whole line. `findings` hold everything found, the stages' own included, in order of place.

    Where the grammar refuses the line there are no stages.
    """

    text: str
    stages: tuple[Invocation | Filter, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def invocations(self) -> tuple[Invocation, ...]:
        """The stages that call kubectl."""
        return tuple(stage for stage in self.stages if isinstance(stage, Invocation))


def parse(text: str, spec: Spec | None = None, *, program: str = "kubectl") -> Pipeline:
    """Read one line with the flag table of `spec` (None: the default version's).

    A stage calls kubectl if its first word is exactly `kubectl`, unquoted, or `program` (the absolute
    path of the user's kubectl).
    """
    line = read(text)
    if line.findings:
        return Pipeline(text, (), line.findings)
    table = spec if spec is not None else load()
    findings: list[Finding] = []
    stages: list[Invocation | Filter] = []
    for index, words in enumerate(line.stages):
        first = words[0]
        if _is_kubectl(first, program):
            stages.append(read_call(words, table))
        elif index == 0:
            stages.append(_filter(words))
            findings.append(_not_kubectl(words))
        elif first.raw == "xargs":
            stages.append(_xargs(words, table, program, findings))
        else:
            stages.append(_filter(words))
            findings.extend(_check_filter(words))
        stage = stages[-1]
        if isinstance(stage, Invocation):
            findings.extend(stage.findings)
    findings.sort(key=lambda finding: finding.start)
    return Pipeline(text, tuple(stages), tuple(findings))


def _is_kubectl(word: Word, program: str) -> bool:
    return not word.quoted and word.value in ("kubectl", program)


def _filter(words: tuple[Word, ...]) -> Filter:
    return Filter(words[0].value, words, words[0].start, words[-1].end)


def _check_filter(words: tuple[Word, ...]) -> list[Finding]:
    from kai.kubectl.filters import check_filter  # late: most lines have no filter

    return check_filter(words)


def _not_kubectl(words: tuple[Word, ...]) -> Finding:
    from kai.kubectl.filters import PROGRAMS  # late: only for the message

    first = words[0]
    new = None
    if first.value in PROGRAMS or first.value == "xargs":
        message = f"the line must begin with kubectl; '{first.value}' can only stand behind a pipe"
    elif any(word.raw == "kubectl" for word in words[1:]):
        message = f"the line must begin with kubectl itself, not with '{first.value}'"
    else:
        message = f"the line must begin with kubectl, not with '{first.value}'"
        near = first.value == "k" or nearest(first.value, ("kubectl",))
        if near and "/" not in first.value:
            new = "kubectl"
    return Finding("K120", Level.ERROR, message, first.start, first.end, new)


def read_call(words: tuple[Word, ...], spec: Spec, xargs: tuple[Word, ...] = ()) -> Invocation:
    """One call from its words, the first of which stands for kubectl; `xargs` are those before it."""
    command, named, rest, stray = find_command(spec, words[1:])
    unknown = None
    parsed = parse_flags(rest, command)
    if command.path in _NO_ARGUMENTS and stray not in parsed.args:
        stray = None  # the value of a flag: cobra cannot tell in `apply -Rf FOLDER`, pflag can
    if not command.runnable or command.path in _NO_ARGUMENTS:
        unknown = _unknown_command(spec, command, stray, rest)
    findings = parsed.findings
    if unknown is not None:
        # The flags of a command that does not exist cannot be judged.
        findings = (unknown,)
    return Invocation(
        command=command,
        words=words,
        path_words=named,
        args=parsed.args,
        flags=parsed.flags,
        after_dash=parsed.after_dash,
        via="xargs" if xargs else "",
        findings=findings,
        start=xargs[0].start if xargs else words[0].start,
        end=words[-1].end,
        xargs=xargs,
    )


def _swallowed(spec: Spec, command: CommandSpec, word: Word, rest: Sequence[Word]) -> Word | None:
    """The flag that took a command for its value, as -A does in `kubectl -A get pods`."""
    for flag, taken in pairwise(rest):
        if taken.start >= word.start:
            break
        if flag.value[:1] == "-" and spec.child(command.path, taken.value) is not None:
            return flag
    return None


def _unknown_command(
    spec: Spec, command: CommandSpec, word: Word | None, rest: Sequence[Word]
) -> Finding | None:
    if word is None:
        return None
    known = [name for name in command.subcommands if not name.startswith("__")]
    for name in command.subcommands:
        known.extend(spec.commands[(*command.path, name)].aliases)
    guess = nearest(word.value, known)
    path = " ".join(("kubectl", *command.path))
    hint = f"; did you mean {guess}?" if guess else ""
    swallowed = _swallowed(spec, command, word, rest)
    if swallowed:
        hint = f"; here {swallowed.value} takes the word behind it, so put it after the command"
    code = "K131" if command.path else "K130"
    message = f"{path} has no command '{word.value}'{hint}"
    return Finding(code, Level.ERROR, message, word.start, word.end, guess)


def _xargs(
    words: tuple[Word, ...], spec: Spec, program: str, findings: list[Finding]
) -> Invocation | Filter:
    """Read `xargs OPTIONS kubectl ...`; any other use of xargs is a finding."""
    index = 1
    mark: str | None = None
    while index < len(words):
        value = words[index].value
        letter = value[1:2] if value[:1] == "-" else ""
        if letter and letter in _XARGS_VALUED:
            given = value[2:] if len(value) > 2 else ""
            index += 1 if given else 2
            if letter == "I":
                mark = given or (words[index - 1].value if index <= len(words) else "")
        elif value.startswith("--replace="):
            mark = value.partition("=")[2]
            index += 1
        elif value in _XARGS_PLAIN or value.partition("=")[0] in _XARGS_LONG:
            index += 1
        else:
            break
    at = words[min(index, len(words) - 1)]
    if index >= len(words) or not _is_kubectl(words[index], program):
        message = f"kai reads xargs only in front of kubectl, not '{at.value}'"
    else:
        invocation = read_call(words[index:], spec, words[:index])
        # The mark is replaced wherever it stands, so it must not be able to change what is called.
        if mark is None or (
            _MARK.fullmatch(mark) and not any(mark in w.value for w in invocation.path_words)
        ):
            return invocation
        at = words[index - 1]
        message = f"xargs would replace '{mark}' in the command itself; use '{{}}'"
    findings.append(Finding("K123", Level.ERROR, message, at.start, at.end))
    return _filter(words)
