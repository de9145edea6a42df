"""The calls of kubectl in a shell script: behind wrappers, aliases, variables and functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kai.kubectl.invocation import Filter, Invocation, read_call
from kai.kubectl.spec import Spec
from kai.kubectl.words import Word
from kai.safety import shell_programs as programs
from kai.safety.shell_commands import Commands, Function, Reader, Simple, commands
from kai.safety.shell_text import ShellText
from kai.safety.shell_values import Field, Values, join

_ALL_WORDS = frozenset(('"$@"', "$@", '"${@}"', "${@}", "$*", '"$*"', '"${@:2}"', '"${@:3}"'))
_ALIAS_PLAIN = re.compile(r"[^\s$`;|&()<>\"']+(?:\s+[^\s$`;|&()<>\"']+)*\s*")
_NAMED_KUBECTL = re.compile(
    r"(?:\w*_)?kube_?ctl(?:_(?:bin|binary|cmd|command|path|exe|tool))?", re.IGNORECASE
)
_LOOKED_UP = re.compile(r"(?:which|command -v|type -[pP]|realpath|readlink -f)\s+\S*kubectl\b")
_WRAPPED = 30
"""Wrappers and aliases around one command that are looked behind."""
_ROUNDS = 4
"""How often words that may be flags are taken out and the rest is read again."""
_PICKS = 24
"""Ways to choose among the values of variables that are tried for one command."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a pipeline: kubectl with its words, or another program."""

    fields: tuple[Field, ...]
    """From kubectl, or the other program, on."""

    call: Invocation | Filter
    start: int
    end: int
    before: tuple[Field, ...] = ()
    environment: tuple[tuple[str, str, Field], ...] = ()
    why: str = ""
    """Why the call cannot be analysed."""

    flags: str = ""
    """What may hold flags, as written."""


@dataclass(slots=True)
class Script:
    """A script, read; `pipelines` gives what calls kubectl."""

    text: str
    spec: Spec
    aliases: dict[str, tuple[Field, ...]] = field(default_factory=dict)
    runners: set[str] = field(default_factory=set)
    """Functions that run their arguments."""

    mocked: str = ""
    """A function of the script's own that is called like kubectl and is something else."""

    unread: list[Field] = field(default_factory=list)
    """Texts that a shell runs and that cannot be read, for they are put together."""

    shell: ShellText = field(init=False)
    values: Values = field(init=False)
    reader: Reader = field(init=False)
    found: Commands = field(init=False)

    def __post_init__(self) -> None:
        self.shell, self.found, self.reader = commands(self.text)
        self.values = Values(self.shell, self.text)
        self.values.learn(self.found)
        for pipeline in self.found.pipelines:
            self._learn_aliases(pipeline)
        for function in self.found.functions:
            self._learn_function(function)

    def given(self, aliases: Mapping[str, str]) -> None:
        """Add the aliases of the shell that runs the script, name to text."""
        for name, body in aliases.items():
            self._alias(name, body, 0, 0)

    # ------------------------------------------------------------------ other names of kubectl
    def _alias(self, name: str, body: str, start: int, end: int) -> None:
        if _ALIAS_PLAIN.fullmatch(body):
            self.aliases.setdefault(name, tuple(Field(word, start, end) for word in body.split()))

    def _learn_aliases(self, pipeline: list[Simple]) -> None:
        for command in pipeline:
            if len(command.words) > 1 and self.text[slice(*command.words[0])] == "alias":
                for start, end in command.words[1:]:
                    for item in self.values.fields(start, end):
                        name, equals, body = item.text.partition("=")
                        if equals and name:
                            self._alias(name, body, start, end)

    def _learn_function(self, function: Function) -> None:
        body = self.found.pipelines[function.first : function.last]
        inner = [command for pipeline in body for command in pipeline if command.words]
        if len(inner) == 1 and self.text[slice(*inner[0].words[-1])] in _ALL_WORDS:
            fields = self._fields(inner[0])[:-1]
            at, _ = self._locate(fields, own=False)
            if at is not None:
                self.aliases.setdefault(function.name, tuple(fields))
                return
        if function.name == "kubectl":
            self.mocked = "the script defines a function of its own called kubectl"
        for command in inner:
            raws = [self.text[start:end] for start, end in command.words if end - start < 12]
            if any(raw in _ALL_WORDS for raw in raws) and self._runs(command, raws):
                self.runners.add(function.name)

    def _runs(self, command: Simple, raws: list[str]) -> bool:
        """Whether a command in a function runs the function's arguments."""
        if raws[0] in _ALL_WORDS:
            return True
        fields = self._fields(command)
        behind = programs.command_behind(fields, 0)
        return behind is not None and behind < len(fields) and "$" in self._raw(fields[behind])

    def _raw(self, item: Field) -> str:
        return self.text[item.start : item.end]

    # ------------------------------------------------------------------ where kubectl is
    def _fields(self, command: Simple) -> list[Field]:
        fields: list[Field] = []
        for start, end in command.words:
            fields += self.values.fields(start, end)
        return fields

    def _locate(self, fields: list[Field], *, own: bool = True) -> tuple[int | None, list[Field]]:
        """The index of the word that is kubectl, and the words with aliases put in."""
        at = 0
        for _ in range(_WRAPPED):
            if at >= len(fields):
                return None, fields
            item = fields[at]
            alias = self.aliases.get(item.text) if not item.quoted else None
            if alias is not None and own and not (at and fields[at - 1].text == "command"):
                own = bool(alias) and alias[0].text != item.text
                put = [replace(part, start=item.start, end=item.end) for part in alias]
                fields = [*fields[:at], *put, *fields[at + 1 :]]
                while at < len(fields) and programs.assigned(fields[at : at + 1]):
                    at += 1
                continue
            if programs.is_kubectl(item.text) or self._stands_for_kubectl(item):
                return at, fields
            if self._array(item):
                return at, [*fields[:at], replace(item, text="kubectl"), *fields[at:]]
            if item.text.startswith("kubectl ") and self.text.startswith('"$', item.start):
                put = [replace(item, text=part) for part in item.text.split()]
                return at, [*fields[:at], *put, *fields[at + 1 :]]
            behind = programs.command_behind(fields, at)
            if behind is None and (item.text in self.runners or item.loose):
                behind = programs.kubectl_in(fields, at + 1)
            if behind is None:
                return None, fields
            at = behind
        return None, fields

    def _stands_for_kubectl(self, item: Field) -> bool:
        """`$KUBECTL`, `${KUBECTL:-kubectl}`, `$(command -v kubectl)`."""
        known = self.values.unknown.get(item.text)
        if known is None:
            return False
        if known.default.split()[:1] == ["kubectl"] or _LOOKED_UP.search(known.raw + known.body):
            return True
        return _NAMED_KUBECTL.fullmatch(known.raw.strip('${}"')) is not None

    def _array(self, item: Field) -> bool:
        """Whether it is an array that holds a call of kubectl."""
        known = self.values.unknown.get(item.text)
        return known is not None and known.origin == "list" and "kubectl" in known.body

    def may_call(self, command: Simple) -> bool:
        """A quick look at the first words: whether the rest has to be read."""
        if not command.words:
            return False
        start, end = command.words[0]
        raw = self.text[start:end] if end - start < 200 else ""
        if not raw or not raw.replace("/", "").replace("-", "").replace("_", "").isalnum():
            return True
        name = programs.base(raw)
        return (
            "kubectl" in raw or raw in self.aliases or raw in self.runners or name in programs.KNOWN
        )

    # ------------------------------------------------------------------ one pipeline
    def pipelines(self) -> Iterator[list[list[Stage]]]:
        """Each pipeline that calls kubectl: its stages, once for each value that variables have."""
        done: set[int] = set()
        at = 0
        while at < len(self.found.pipelines):
            pipeline = self.found.pipelines[at]
            at += 1
            if not any(self.may_call(command) for command in pipeline):
                continue
            start = min(command.start for command in pipeline)
            if start in done:
                continue
            done.add(start)
            ways = self._ways(pipeline)
            if ways:
                yield ways
            self._read_code_found()

    def _read_code_found(self) -> None:
        """Read the texts and here-documents that turned out to be code."""
        known, loops = len(self.found.pipelines), len(self.found.loops)
        self.reader.read(0, 0)
        if known < len(self.found.pipelines) or loops < len(self.found.loops):
            self.values.learn(Commands(self.found.pipelines[known:], self.found.loops[loops:]))

    def _ways(self, pipeline: list[Simple]) -> list[list[Stage]]:
        values = self.values
        values.used.clear()
        values.pick = {}
        ways = [self._stages(pipeline)]
        picks = [{name: index} for name, count in values.used.items() for index in range(1, count)][
            :_PICKS
        ]
        for pick in picks:
            values.pick = pick
            ways.append(self._stages(pipeline))
        values.pick = {}
        return [way for way in ways if any(isinstance(s.call, Invocation) for s in way)]

    def _stages(self, pipeline: list[Simple]) -> list[Stage]:
        return [self._stage(command) for command in pipeline if command.words]

    def _stage(self, command: Simple) -> Stage:
        fields = self._fields(command)
        at, fields = self._locate(fields)
        if at is None:
            self._code(command, fields)
            words = tuple(_word(self.text, item) for item in fields)
            first, last = command.words[0][0], command.words[-1][1]
            name = fields[0].text if fields else ""
            return Stage(tuple(fields), Filter(name, words, first, last), first, last)
        environment = [
            item
            for span in command.assignments
            for item in programs.assigned(self.values.fields(*span))
        ]
        environment += programs.assigned(fields[:at])
        stage = self._call(fields, at, tuple(environment))
        return replace(stage, start=command.start, end=command.words[-1][1])

    def _code(self, command: Simple, fields: list[Field]) -> None:
        """Shell code in a word or a here-document is read as well, where its places can be told."""
        at = 0
        for _ in range(_WRAPPED):
            if at >= len(fields):
                return
            item = programs.code(fields, at)
            if item is not None:
                self._read_code(item, command.depth)
            if programs.reads_code(fields, at):
                for document in command.documents:
                    self.reader.later(document.start, document.end, command.depth + 1)
            behind = programs.command_behind(fields, at)
            if behind is None and fields[at].text in self.runners:
                behind = at + 1
                for part in fields[behind:]:
                    if " " in part.text and part.quoted:
                        self._read_code(part, command.depth)
            if behind is None or behind <= at:
                return
            at = behind

    def _read_code(self, item: Field, depth: int) -> None:
        raw = self._raw(item)
        plain = len(raw) > 2 and raw[0] == raw[-1] and raw[0] in "'\"" and raw[0] not in raw[1:-1]
        if plain and (raw[0] == "'" or not ("\\" in raw or "`" in raw)):
            self.reader.later(item.start + 1, item.end - 1, depth + 1)
        elif "kubectl" in item.text:
            self.unread.append(item)

    # ------------------------------------------------------------------ one call
    def _call(
        self, fields: list[Field], at: int, environment: tuple[tuple[str, str, Field], ...]
    ) -> Stage:
        before, own = fields[:at], fields[at:]
        why = ""
        if self.mocked and own[0].text == "kubectl" and not before:
            why = self.mocked
        if base_in(before, "minikube") and len(own) > 1 and own[1].text == "--":
            del own[1]
        if base_in(before, "find"):
            own = programs.of_find(own, lambda: self.values.token("{}", "value"))
        xargs = next((i for i, item in enumerate(before) if item.text.endswith("xargs")), None)
        wrapper = [_word(self.text, item) for item in before[xargs:]] if xargs is not None else []
        call = self._read(own, wrapper)
        if wrapper and any(one.code == "K143" and one.end == own[-1].end for one in call.findings):
            # The value of the last flag is the first of what xargs adds.
            added = self.values.token("what xargs adds", "value")
            own = [*own, Field(added, own[-1].end, own[-1].end)]
            call = self._read(own, wrapper)
        flags = ""
        for _ in range(_ROUNDS):
            places = _Places.of(call)
            bad = [item for item in own[1:] if item.tokens and self._may_be_flags(item, places)]
            if not bad:
                break
            flags = flags or self.values.spoken(bad[0].text)
            gone = {item.start for item in bad}
            own = [own[0], *(item for item in own[1:] if item.start not in gone)]
            call = self._read(own, wrapper)
        if flags and not (call.path and call.command.runnable):
            why = why or f"{flags} may be any command"
        for finding in call.findings:
            hidden = any(
                item.tokens and item.start < finding.end and finding.start < item.end
                for item in own
            )
            if hidden and finding.code in ("K130", "K131"):
                raw = self.text[finding.start : finding.end]
                why = why or f"{raw} may be any command"
        if xargs is not None and self._marks_command(before[xargs:], call):
            why = why or "xargs puts in the command itself"
        return Stage(tuple(own), call, 0, 0, tuple(before), environment, why, flags)

    def _read(self, own: Sequence[Field], wrapper: Sequence[Word]) -> Invocation:
        words = [_word(self.text, item) for item in own]
        words[0] = replace(words[0], value="kubectl")
        return read_call(tuple(words), self.spec, tuple(wrapper))

    def _marks_command(self, xargs: Sequence[Field], call: Invocation) -> bool:
        """Whether the mark of `xargs -I` stands in the words that name the command."""
        text = join(xargs)
        match = re.search(r"(?:-I ?|--replace=)(\S+)", text)
        marks = [match[1]] if match else ["{}"] if " -i" in text else []
        bad = [word for word in call.words[1:2] if any(mark in word.value for mark in marks)]
        return bool(bad) or any(mark in word.value for mark in marks for word in call.path_words)

    def _may_be_flags(self, item: Field, places: _Places) -> bool:
        """Whether an unknown word may be flags; what is decided here stands in docs/why.md."""
        known = self.values.unknown.get(item.text)
        if known is None or item.start in places.behind_dashes:
            return False
        if known.origin == "list":
            return True
        if not places.values.isdisjoint((item.start, item.start + 1)):
            return False
        name = known.raw.strip('${}"')
        if _FLAGS_BY_NAME.search(name):
            return True
        if not item.loose:
            return False
        return not (known.origin or _VALUE_BY_NAME.search(name))


_FLAGS_BY_NAME = re.compile(
    r"(?:^|_)(?:args?|opts?|options?|flags?|extras?|params?|dry|dryrun|force|verbose|quiet|debug)"
    r"(?:_|\d|$)|Args|Flags|Opts",
    re.IGNORECASE,
)
_VALUE_BY_NAME = re.compile(
    r"(?:^|_|(?<=[a-z]))(?:pods?|nodes?|names?|deploy(?:ments?)?|ns|namespaces?|svcs?|services?|apps?"
    r"|jobs?|cronjobs?|releases?|secrets?|cm|configmaps?|sts|statefulsets?|ds|daemonsets?|pvcs?|pvs?"
    r"|volumes?|resources?|kinds?|types?|objs?|objects?|containers?|clusters?|crds?|labels?|ids?"
    r"|keys?|tags?|ingress(?:es)?|hosts?|components?|modules?|targets?|workloads?|items?|users?|roles?"
    r"|instances?|replicas?|versions?|images?|files?|manifests?|paths?|dir|[a-z])(?:_|\d|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the values of flags begin, and the words behind `--`."""

    values: frozenset[int]
    behind_dashes: frozenset[int]

    @classmethod
    def of(cls, call: Invocation) -> _Places:
        return cls(
            frozenset(flag.value_start for flag in call.flags if flag.value is not None),
            frozenset(word.start for word in call.after_dash or ()),
        )


def base_in(fields: Sequence[Field], name: str) -> bool:
    """Whether one of the programs is called so."""
    return any(programs.base(item.text) == name for item in fields)


def _word(text: str, item: Field) -> Word:
    return Word(text[item.start : item.end], item.text, item.start, item.end, item.quoted)
