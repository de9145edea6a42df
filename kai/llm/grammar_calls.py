"""One kubectl command as rules of a grammar: what it cannot do without, in any order, and flags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from kai.kubectl.needs import BUILT, COUNTS, FILES, FITTING, REQUIRED
from kai.llm.grammar_shapes import (
    ATTACHED,
    CHANGES,
    EXCLUSIVE,
    LISTS,
    PATCHES,
    RUNS,
    TOGETHER,
    UNUSED,
    arguments,
)

if TYPE_CHECKING:
    from kai.kubectl.spec import CommandSpec

_SELECTORS = ("selector", "field-selector", "all")
_BUILT = {**BUILT, ("apply", "edit-last-applied"): True}
_ALONE_TOO = frozenset(("set resources", "set subject", "debug"))
"""Commands that take several of the flags of which they need one."""


class _Part(NamedTuple):
    """Something that must stand in a command: the objects, or what stands behind them."""

    text: str
    objects: bool = False
    behind: bool = False


_LIST = _Part('" --list"')


class Call:
    """The rule of one command. `flags` are the rules of its flags by name; new rules go to `rules`;
    `kinds` is the rule of the kinds that it works on."""

    def __init__(
        self, command: CommandSpec, flags: Mapping[str, str], rules: dict[str, str], kinds: str
    ) -> None:
        self.path = command.path
        self.name = " ".join(command.path)
        self.rules = rules
        self.kinds = kinds
        self._groups: dict[tuple[str, ...], str] = {}
        left_out = UNUSED.get(self.name, frozenset())
        self.flags = {name: rule for name, rule in flags.items() if name not in left_out}
        self.required = list(self._required(command))
        self.plain = self._plain(command)

    def _required(self, command: CommandSpec) -> Iterator[tuple[tuple[str, ...], ...]]:
        """What must be given: each time one of several flags, or of several groups of flags."""
        for flag in command.flags.values():
            if flag.required:
                yield ((flag.name,),)
        for path, ways, _ in REQUIRED:
            there = tuple(
                way
                for way in ways
                if all("=" in name or name in self.flags for name in way) and way != ("raw",)
            )
            if path == self.path and there:
                yield there

    def _plain(self, command: CommandSpec) -> list[str]:
        """The flags that may stand everywhere."""
        special = set(FILES)
        if self.name in ("get", "delete", "create", "replace"):
            special.add("raw")
        if self.path in _BUILT or self.name == "top pod":
            special.add("all-namespaces")
        if self.path in _BUILT or self.path in COUNTS or self.name == "taint":
            special.update(_SELECTORS if self.name != "expose" else ())
        if self.name in ("apply", "diff"):
            special -= {"selector"}
        if self.name == "apply":
            special.update(("prune", "all"))
        if self.name not in _ALONE_TOO:
            needed = {name for ways in self.required for way in ways for name in way}
            special.update(n for n in needed if n in FILES or not _repeatable(command, n))
        special.update((*LISTS.get(self.name, ()), *(("keys",) if self.name == "set env" else ())))
        special.update(("current",) if self.name == "config set-context" else ())
        special.update(("no-headers",) if self.name == "auth can-i" else ())
        special.update(("type",) if self.name == "patch" else ())
        return [name for name in self.flags if name not in special]

    def body(self) -> str:
        """What follows the words of the command."""
        if self.path in _BUILT or self.name == "taint":
            ways = list(self._about_objects())
        else:
            ways = list(self._about_words())
        if "raw" in self.flags and self.name in ("get", "delete"):
            ways.append(f'" " {self.flags["raw"]}')
        return " | ".join(ways)

    def via(self) -> str:
        """The same where names are put behind it; "" for a command that takes none."""
        if self.path in _BUILT and self.name not in CHANGES:
            first = f'(" " {self.kinds})?'
        elif arguments(self.path) and COUNTS.get(self.path) and self.path[0] != "config":
            if self.name not in ("logs", "drain", "cordon", "uncordon", "top pod", "top node"):
                return ""
            first = ""
        else:
            return ""
        needed = [self._one_of(ways) for ways in self.required]
        flags = self._group(self.plain)
        return f"{flags}{{0,2}} {first} {' '.join(needed)} {flags}{{0,3}}"

    def _about_objects(self) -> Iterator[str]:
        files, path = self._files(), self.path
        kind = self.kinds
        more = f'("," {kind}){{0,3}}'
        named = f'" " {kind} ("/" name (" " {kind} "/" name){{0,3}} | {more} (" " name){{1,4}})'
        alone = f'" " ({kind} {more}' + (" | category)" if path not in FITTING else ")")
        if self.name == "taint":
            named, alone = '" " nodes (" " name){1,3}', '" " nodes'
        choices = EXCLUSIVE.get(self.name, (frozenset(),))
        for change, dropped in ((c, d) for c in self._changes() for d in choices):
            without = {*dropped, *(("output",) if change == [_LIST] else ())}
            plain = [name for name in self.plain if name not in without]
            yield self._way([_Part(self._rule("n", named), objects=True), *change], plain)
            wide = [*plain, *_with(self.flags, "all-namespaces")]
            if _BUILT.get(path, False):
                selects = [n for n in _SELECTORS[:2] if n in self.flags]
                yield self._way(
                    [_Part(self._rule("k", alone), objects=True), *change], [*wide, *selects]
                )
            elif select := self._selection():
                yield self._way(
                    [_Part(self._rule("k", alone), objects=True), _Part(select), *change], wide
                )
            if files:
                yield self._way([_Part(files), *change], plain)

    def _changes(self) -> Iterator[list[_Part]]:
        """What must stand beside the objects: the flags, and what is changed on them."""
        if self.name == "patch":
            yield from ([_Part(text) for text in texts] for texts in PATCHES)
            return
        needed = [_Part(self._one_of(ways)) for ways in self.required]
        change = CHANGES.get(self.name)
        yield [*needed, *([_Part(self._rule("x", change), behind=True)] if change else [])]
        for name in LISTS.get(self.name, ()):
            if name == "from":
                keys = f'(" " {self.flags["keys"]})?'
                yield [_Part(f'{keys} " " {self.flags[name]} {keys}')]
            else:
                yield [_LIST]

    def _about_words(self) -> Iterator[str]:
        given = arguments(self.path).replace("ONE", f'({self.kinds} "/" name | name)')
        if self.name == "debug" and "filename" in self.flags:
            given = f'{given} | " " {self.flags["filename"]}'
        given = self._rule("n", given) if given else ""
        needed = [_Part(self._one_of(ways)) for ways in self.required]
        runs = RUNS.get(self.name, "")
        first = [_Part(given)] if given else []
        count = COUNTS.get(self.path)
        choices = EXCLUSIVE.get(self.name, (frozenset(),))
        for index, dropped in enumerate(choices):
            plain = [name for name in self.plain if name not in dropped]
            if self.name == "debug":
                needed = [_Part(self._one_of(ways[index : index + 1])) for ways in self.required]
            yield from self._attached([*first, *needed], plain, runs)
        if self.name == "apply" and "prune" in self.flags:
            chosen = f'" " ("--all" | {self.flags["selector"]})'
            parts = [*needed, _Part('" --prune"'), _Part(chosen)]
            yield self._way(parts, [n for n in self.plain if n not in ("selector", "force")])
        if self.name == "logs":
            plain = [n for n in self.plain if n not in ("container", "all-containers")]
            yield self._way([_Part(f'{given} " " name')], plain)
        if (
            count is not None
            and (count.instead or count.least == 0)
            and self.name not in ("exec", "debug")
        ):
            for dropped in choices:
                yield from self._instead(count.instead, needed, runs, dropped)
        if self.name == "auth can-i" and "list" in self.flags:
            yield self._way([_LIST], [*self.plain, *_with(self.flags, "no-headers")])

    def _instead(
        self, names: Iterable[str], needed: list[_Part], runs: str, dropped: frozenset[str]
    ) -> Iterator[str]:
        """Without arguments: what may stand in their place."""
        plain = {*self.plain, "all-namespaces"} - dropped
        wide = [name for name in self.flags if name in plain]
        if not names and "selector" in self.flags and not self.required:
            selects = [n for n in _SELECTORS[:2] if n in self.flags]
            yield self._way(needed, [*wide, *selects])
        for name in names:
            if name in self.flags:
                rule = self.flags[name] if name != "current" else '"--current"'
                yield self._way([_Part(f'" " {rule}'), *needed], wide, runs)

    def _attached(self, parts: list[_Part], plain: list[str], runs: str) -> Iterator[str]:
        if self.name not in ATTACHED:
            yield self._way(parts, plain, runs)
            return
        held = ("stdin", "tty", "rm", "-it", "leave-stdin-open")
        yield self._way(parts, [n for n in plain if n not in held], runs)
        free = [n for n in plain if n not in ("stdin", "-it", "dry-run", "attach")]
        terminal = '" " ("-i" | "-it" | "-ti" | "--stdin")'
        yield self._way([*parts, _Part(terminal)], free, runs)

    def _files(self) -> str:
        names = [self.flags[name] for name in FILES if name in self.flags]
        return f'(" " ({" | ".join(names)})){{1,3}}' if names else ""

    def _selection(self) -> str:
        """One way to choose objects without naming them."""
        if self.name in ("expose", "autoscale"):
            return ""
        rules = [self.flags[name] for name in _SELECTORS[:2] if name in self.flags]
        rules.extend(['"--all"'] if "all" in self.flags else [])
        return self._rule("s", f'" " ({" | ".join(rules)})') if rules else ""

    def _one_of(self, ways: Iterable[tuple[str, ...]]) -> str:
        ways = tuple(ways)
        if any(name in FILES for way in ways for name in way):
            return self._files()
        texts = []
        for way in ways:
            rules = [self._flag(name) for name in way]
            texts.append(' " " '.join(rules))
            if len(way) == 2:
                texts.append(' " " '.join(reversed(rules)))
        return f'" " {texts[0]}' if len(texts) == 1 else f'" " ({" | ".join(texts)})'

    def _flag(self, name: str) -> str:
        if "=" in name:
            key, _, value = name.partition("=")
            return f'"--{key}" eq "{value}"'
        return self.flags[name]

    def _rule(self, letter: str, body: str) -> str:
        rule = f"{letter}{len(self.rules)}"
        self.rules[rule] = body
        return rule

    def _group(self, names: Sequence[str]) -> str:
        """The rule of one flag out of some."""
        key = tuple(names)
        if key not in self._groups:
            rule = f"f{len(self.rules)}"
            self._groups[key] = rule
            self.rules[rule] = f'" " ({" | ".join(self._beside(name) for name in names)})'
        return self._groups[key]

    def _beside(self, name: str) -> str:
        rule = self.flags[name]
        needed = TOGETHER.get((self.name, name))
        if needed is None:
            return rule
        bare = self.name != "run"
        others = " | ".join(
            f'"--{other}"' if bare else self.flags[other] for other in needed if other in self.flags
        )
        if not others:
            return rule
        return f'{rule} " " ({others}) | ({others}) " " {rule}'

    def _way(self, parts: list[_Part], names: Sequence[str], runs: str = "") -> str:
        """The parts in any order with flags before, between and behind them."""
        if not names:
            return _orders(parts, "") + runs
        flag = self._group(names)
        if not parts:
            return f"{flag}{{0,6}}{runs}"
        last = 4 if len(parts) == 1 else 3
        first = 2 if len(parts) == 1 else 1
        return f"{flag}{{0,{first}}} {_orders(parts, f'{flag}?')} {flag}{{0,{last}}}{runs}"


def _with(flags: Mapping[str, str], *names: str) -> list[str]:
    return [name for name in names if name in flags]


def _repeatable(command: CommandSpec, name: str) -> bool:
    flag = command.flags.get(name)
    return flag is not None and flag.repeatable


def _orders(parts: Sequence[_Part], gap: str) -> str:
    """Every order of the parts; the objects come before what is changed on them."""
    if len(parts) == 1:
        return parts[0].text
    ways = []
    for index, part in enumerate(parts):
        rest = [*parts[:index], *parts[index + 1 :]]
        if part.behind and any(other.objects for other in rest):
            continue
        ways.append(f"{part.text} {gap} {_orders(rest, gap)}")
    return f"({' | '.join(ways)})" if len(ways) > 1 else ways[0]
