"""What a model may answer: one language, as a grammar for llama.cpp and as a JSON schema.

It is made of the flag table of the kubectl in use and the kinds of the cluster, so that an answer
cannot have a command, a flag or a kind that does not exist. Names and values are free words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from kai.kubectl.needs import FITTING
from kai.llm.grammar_calls import Call
from kai.llm.grammar_json import Row, document
from kai.llm.grammar_request import plausible
from kai.llm.grammar_shapes import GLOBAL_FLAGS, LEFT_OUT, MORE_FLAGS, NAMED, VALUES, WHOLE, takes
from kai.llm.grammar_words import WORDS

if TYPE_CHECKING:
    from kai.kubectl.resources import Catalogue
    from kai.kubectl.spec import CommandSpec, FlagSpec, Spec
    from kai.llm.endpoint import Grammar
    from kai.model import Names

__all__ = ["MOST_KINDS", "gbnf", "grammar", "plausible", "schema"]

MOST_KINDS = 400
"""Words for kinds in a grammar. Chosen: the built-in ones are some 300 with kinds and groups; a cluster
with hundreds of custom resources shall not make each token slow to choose."""

_MOST_STEPS = 5  # as many as kai.llm.extract takes


def grammar(
    spec: Spec,
    catalogue: Catalogue,
    *,
    prefill: str = "",
    request: str = "",
    names: Names | None = None,
) -> Grammar:
    """Both forms of the language of answers; see `gbnf`."""
    from kai.llm.endpoint import Grammar

    return Grammar(
        gbnf(spec, catalogue, prefill=prefill, request=request, names=names),
        schema(spec, catalogue, request=request),
    )


def gbnf(
    spec: Spec,
    catalogue: Catalogue,
    *,
    prefill: str = "",
    request: str = "",
    names: Names | None = None,
) -> str:
    """A grammar whose sentences are kubectl commands, one a line and at most five, or NONE.

    `prefill` ("kubectl ") is what stands before the answer already. With `request` only commands
    that it may mean are allowed (`plausible`). With `names` the value of --namespace is one that
    exists or stands in the request.
    """
    kinds = _kinds(catalogue)
    body = _language(
        spec,
        tuple(kinds),
        _fitting(kinds),
        tuple(sorted(catalogue.categories)),
        plausible(request),
        _spaces(request, names),
    )
    first = "" if prefill.strip() == "kubectl" else '"kubectl " '
    more = f'("\\nkubectl " line){{0,{_MOST_STEPS - 1}}}'
    return f'root ::= {first}line {more} | "NONE"\n{body}'


def schema(spec: Spec, catalogue: Catalogue, *, request: str = "") -> str:
    """The same commands as a JSON schema; `kai.llm.grammar_json.command_line` reads what follows it."""
    return _schema(spec, kind_words(catalogue), plausible(request))


@lru_cache(maxsize=8)
def _schema(spec: Spec, kinds: tuple[str, ...], verbs: frozenset[str] | None) -> str:
    return document(_rows(spec, verbs), kinds)


def _rows(spec: Spec, verbs: frozenset[str] | None) -> Iterator[Row]:
    for path, command in spec.commands.items():
        if not path or not command.runnable or path[0] in LEFT_OUT:
            continue
        if _allows(verbs, path):
            flags = _allowed(command)
            kind, names, runs = takes(path)
            yield Row(
                path,
                tuple(flag.name for flag in flags if flag.type != "bool"),
                tuple(flag.name for flag in flags if flag.type == "bool"),
                kind=kind,
                names=names,
                runs=runs,
            )


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _either(texts: Iterable[str]) -> str:
    return " | ".join(_literal(text) for text in texts)


def kind_words(catalogue: Catalogue) -> tuple[str, ...]:
    """The words for kinds, each of which kubectl takes for one, those of the server's first."""
    return tuple(_kinds(catalogue))


def _kinds(catalogue: Catalogue) -> dict[str, str]:
    """The words for kinds and the full name of the kind that each is."""
    words: dict[str, str] = {}
    for item in catalogue.all:
        for word in (item.plural, item.singular, *item.short_names, item.kind, item.qualified):
            if word and word.isascii() and (kind := catalogue.find(word)) is not None:
                words.setdefault(word, kind.qualified)
    return dict(islice(words.items(), MOST_KINDS))


@lru_cache(maxsize=1)
def _built_in() -> frozenset[str]:
    from kai.kubectl.resources import builtin

    return frozenset(item.qualified for item in builtin().all)


def _fitting(kinds: Mapping[str, str]) -> tuple[tuple[frozenset[str], tuple[str, ...]], ...]:
    """The words for kinds that some commands work on; any custom resource may be such a kind."""
    known = _built_in()
    return tuple(
        (fits, tuple(word for word, name in kinds.items() if name in fits or name not in known))
        for fits in dict.fromkeys(fits for _, fits in FITTING.values())
    )


def _spaces(request: str, names: Names | None) -> tuple[str, ...]:
    """What --namespace may be; () for any word."""
    if names is None or not names.namespaces or "namespaces" in names.partial:
        return ()
    words = (word.strip(".,;:!?\"'`()").lower() for word in request.split())
    said = (word for word in words if word.replace("-", "").isalnum() and word.isascii())
    return tuple(dict.fromkeys((*names.namespaces, *said)))


@lru_cache(maxsize=8)
def _language(
    spec: Spec,
    kinds: tuple[str, ...],
    fitting: tuple[tuple[frozenset[str], tuple[str, ...]], ...],
    categories: tuple[str, ...],
    verbs: frozenset[str] | None,
    spaces: tuple[str, ...],
) -> str:
    some = {fits: f"kind{number}" for number, (fits, _) in enumerate(fitting)}
    rules = _Rules(spec, some)
    calls = rules.calls((), verbs)
    # -n before the command, but not before config, some of whose commands have no -n.
    usual = " | ".join(name for name in calls if name != "c-config")
    lines = {
        "line": "(place? usual | call) filters",
        "place": '("-n" to | "--namespace" eq) namespace " " | "--context" eq entry " "',
        "usual": usual,
        "call": "usual | c-config" if "c-config" in calls else "usual",
        "via": " | ".join(rules.via) or "usual",
        **rules.rules,
        "namespace": _either(spaces) if spaces else "space",
        "kind": _either(kinds) or "name",
        **{some[fits]: _either(words) or "kind" for fits, words in fitting},
        "nodes": '"nodes" | "node" | "no"',
        "category": _either(categories) or "kind",
        **WORDS,
    }
    needed = _needed(lines)
    return "".join(f"{name} ::= {body}\n" for name, body in lines.items() if name in needed)


_LITERALS = re.compile(r'"(?:[^"\\]|\\.)*+"|\[(?:[^\]\\]|\\.)*+\]')
_REFERENCE = re.compile(r"[a-z][a-z0-9-]*+")


def _needed(lines: Mapping[str, str]) -> set[str]:
    """The rules that a sentence can come to: without some commands others are left over."""
    needed: set[str] = set()
    waiting = ["line"]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(_REFERENCE.findall(_LITERALS.sub(" ", lines[name])))
    return needed


def _allows(verbs: frozenset[str] | None, path: tuple[str, ...]) -> bool:
    """Whether a command, or one below it, is among those that are possible."""
    name = " ".join(path)
    if verbs is None or path[0] in verbs or name in verbs:
        return True
    return any(verb.startswith(f"{name} ") for verb in verbs)


class _Rules:
    """Collects the rules of commands and flags; a flag that several commands share is one rule."""

    def __init__(self, spec: Spec, fitting: Mapping[frozenset[str], str]) -> None:
        self.rules: dict[str, str] = {}
        self.via: list[str] = []
        self._spec = spec
        self._fitting = fitting
        self._flags: dict[str, str] = {}

    def calls(self, path: tuple[str, ...], verbs: frozenset[str] | None) -> list[str]:
        """The names of the rules of all sub-commands."""
        made = []
        for name in self._spec.commands[path].subcommands:
            below = (*path, name)
            if below[0] not in LEFT_OUT and _allows(verbs, below):
                made.append(self._call(self._spec.commands[below], verbs))
        return made

    def _call(self, command: CommandSpec, verbs: frozenset[str] | None) -> str:
        rule = "c-" + "-".join(command.path)
        self.rules[rule] = ""  # its place: before its parts
        words = _either((command.path[-1], *command.aliases))
        ways = []
        if command.runnable:
            flags = {flag.name: self._flag(command, flag) for flag in _allowed(command)}
            if _interactive(command):
                flags["-it"] = '"-it" | "-ti"'
            row = FITTING.get(command.path)
            call = Call(command, flags, self.rules, self._fitting[row[1]] if row else "kind")
            ways.append(call.body())
            self._add_via(call, words)
        below = self.calls(command.path, verbs)
        if below:
            ways.append('" " (' + " | ".join(below) + ")")
        self.rules[rule] = f"({words}) ({' | '.join(ways)})"
        return rule

    def _add_via(self, call: Call, words: str) -> None:
        rest = call.via()
        if rest:
            rule = "v-" + "-".join(call.path)
            before = "".join(f'"{word} " ' for word in call.path[:-1])
            self.rules[rule] = f"{before}({words}) {rest}"
            self.via.append(rule)

    def _flag(self, command: CommandSpec, flag: FlagSpec) -> str:
        body = _flag_body(command, flag)
        known = self._flags.get(body)
        if known is None:
            known = self._flags[body] = f"o{len(self._flags)}"
            self.rules[known] = body
        return known


def _allowed(command: CommandSpec) -> list[FlagSpec]:
    own = [flag for flag in command.flags.values() if not flag.hidden and not flag.deprecated]
    names = (*GLOBAL_FLAGS, *MORE_FLAGS.get(" ".join(command.path), ()))
    more = (command.global_flags.get(name) for name in names)
    return [*own, *(flag for flag in more if flag and flag.name not in command.flags)]


def _interactive(command: CommandSpec) -> bool:
    """Whether -it may be written."""
    stdin, tty = command.shorthand("i"), command.shorthand("t")
    return stdin is not None and tty is not None and stdin.type == tty.type == "bool"


def _flag_body(command: CommandSpec, flag: FlagSpec) -> str:
    # A flag of the command's own has its shorthand; a global one only if no own flag took it.
    short = flag.short if flag.short and command.shorthand(flag.short) is flag else ""
    long = _literal(f"--{flag.name}")
    whole = WHOLE.get((" ".join(command.path), flag.name))
    if whole is not None:
        return whole
    if flag.type == "bool":
        return f"{long} bool?" + (f' | "-{short}"' if short else "")
    value = _value(command, flag)
    if flag.bare is not None:
        return f'{long} "=" {value}'
    body = f"{long} eq {value}" + (f' | "-{short}" to {value}' if short else "")
    free = _frees(_free_formats(flag))
    if free:
        inner = " | ".join(_FREE_RULES[name] for name in free)
        return f'{body} | "\'" ("--{flag.name}=" | "-o" "="?) ({inner}) "\'"'
    whole = _QUOTED.get(value)
    if whole is None:
        return body
    # The whole word quoted, as kai writes it: '--patch={"spec":{}}'.
    starts = f'("--{flag.name}=" | "-{short}" "="?)' if short else f'"--{flag.name}="'
    return f'{body} | "\'" {starts} {whole} "\'"'


_QUOTED = {
    "value": "qtext",
    "schedule": "cron",
    "ingress": "ingressrule",
    "selector": 'qmatch ("," " "? qmatch){0,3}',
    '"\'" gotemplate "\'"': "gotemplate",
    '"\'" jobj8 "\'"': "jobj8",
}
"""What stands inside the quotes of a value."""

_FREE_OUTPUTS = ("go-template", "template", "jsonpath", "custom-columns")


def _free_formats(flag: FlagSpec) -> list[str]:
    """The output formats that need a text of their own."""
    if flag.name != "output":
        return []
    return [word for word in flag.choices if word.startswith(_FREE_OUTPUTS)]


_FREE_RULES = {"free": "format", "freecolumns": "columnsformat"}
"""The formats with a text of their own, and what stands inside the quotes of the whole word."""


def _frees(formats: list[str]) -> list[str]:
    found = ["free"] if "jsonpath" in formats else []
    return [*found, "freecolumns"] if "custom-columns" in formats else found


def _value(command: CommandSpec, flag: FlagSpec) -> str:
    special = VALUES.get((" ".join(command.path), flag.name))
    if special is None and flag.type not in ("int", "bool"):
        special = NAMED.get(flag.name)
    if special is not None:
        return special
    if flag.name == "output" and flag.choices:
        plain = [word for word in flag.choices if not word.startswith(_FREE_OUTPUTS)]
        free = _free_formats(flag)
        return f"({' | '.join([_either(plain), *_frees(free)])})"
    if flag.choices and (flag.name != "sort-by" or command.path[0] != "get"):
        return f"({_either(flag.choices)})"
    return {"int": "int", "duration": "duration"}.get(flag.type, "value")
