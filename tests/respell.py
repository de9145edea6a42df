"""Other spellings of a line that kubectl reads alike, for tests: what a change of spelling hides.

Every respelling takes a pipeline and gives lines. It works on what `kai.kubectl.invocation` read, so
that a mistake there shows as a spelling with another verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from kai.kubectl import resources
from kai.kubectl.invocation import Flag, Invocation, Pipeline
from kai.kubectl.words import Word, quote

KINDS = resources.builtin()
_PROGRAM = frozenset(
    (("exec",), ("run",), ("debug",), ("create", "deployment"), ("create", "job"))
) | {("create", "cronjob")}
"""Commands that take words behind `--` for a program."""

Respelling = Callable[[Pipeline], Iterator[str]]


def _texts(values: Sequence[str]) -> list[str]:
    return [quote(value) for value in values]


def _path(call: Invocation) -> list[str]:
    return [word.raw for word in call.path_words]


def _args(call: Invocation) -> list[str]:
    return [word.value for word in call.args]


def _behind(call: Invocation) -> list[str]:
    if call.after_dash is None:
        return []
    return ["--", *_texts([word.value for word in call.after_dash])]


def _long(flag: Flag) -> list[str]:
    """A flag by its long name, the value joined; a bare one stays bare."""
    value = f"--{flag.name}" if flag.value is None else f"--{flag.name}={flag.value}"
    return [quote(value)]


def _apart(flag: Flag) -> list[str]:
    takes = flag.spec is not None and flag.spec.takes_value
    if flag.value is None or not takes:
        return _long(flag)
    return [f"--{flag.name}", *_texts([flag.value])]


def _short(flag: Flag) -> str:
    return flag.spec.short if flag.spec is not None else ""


def _letter(flag: Flag, form: str) -> list[str]:
    """A flag by its letter, where it has one; `form` puts letter and value together."""
    letter = _short(flag)
    takes = flag.spec is not None and flag.spec.takes_value
    if not letter or flag.value == "" or (flag.value is not None and not takes):
        return _long(flag)
    if flag.value is None:
        return [f"-{letter}"]
    if form == " ":
        return [f"-{letter}", *_texts([flag.value])]
    return [quote(f"-{letter}{form}{flag.value}")]


def _underscored(flag: Flag) -> list[str]:
    name = flag.name.replace("-", "_")
    return [quote(f"--{name}" if flag.value is None else f"--{name}={flag.value}")]


def _spelled_out(flag: Flag, true: str) -> list[str]:
    """A bare boolean with its value."""
    boolean = flag.spec is not None and flag.spec.type == "bool"
    return [f"--{flag.name}={true}"] if boolean and flag.value is None else _long(flag)


def _twice(flag: Flag) -> list[str]:
    return _long(flag) * 2


def _after_another(flag: Flag) -> list[str]:
    """The flag behind itself with another value: the last one counts."""
    others = {"namespace": "other", "replicas": "5", "grace-period": "30", "dry-run": "client"}
    other = others.get(flag.name)
    before = [f"--{flag.name}={other}"] if other else []
    if flag.spec is not None and flag.spec.type == "bool" and flag.value is None:
        before = [f"--{flag.name}=false"]
    return [*before, *_long(flag)]


def _in_lines(
    pipeline: Pipeline, render: Callable[[Invocation], Sequence[str] | None]
) -> Iterator[str]:
    """The line with one of its calls rendered anew, for each call."""
    for call in pipeline.invocations:
        if call.findings or not call.path_words:
            continue  # kubectl refuses it
        words = render(call)
        if words is None:
            continue
        text = " ".join([*(word.raw for word in call.xargs), "kubectl", *words])
        yield pipeline.text[: call.start] + text + pipeline.text[call.end :]


def _with_flags(spell: Callable[[Flag], list[str]]) -> Respelling:
    """The flags, in their order, behind the arguments and spelled by `spell`."""

    def respell(pipeline: Pipeline) -> Iterator[str]:
        def render(call: Invocation) -> list[str] | None:
            flags = [word for flag in call.flags for word in spell(flag)]
            return [*_path(call), *_texts(_args(call)), *flags, *_behind(call)]

        return _in_lines(pipeline, render)

    return respell


def flags_in_front(pipeline: Pipeline) -> Iterator[str]:
    """All flags between the verb and its arguments."""

    def render(call: Invocation) -> list[str]:
        flags = [word for flag in call.flags for word in _long(flag)]
        return [*_path(call), *flags, *_texts(_args(call)), *_behind(call)]

    return _in_lines(pipeline, render)


def flags_before_the_verb(pipeline: Pipeline) -> Iterator[str]:
    """All flags before the verb: cobra passes over those with `=`."""

    def render(call: Invocation) -> list[str] | None:
        if any(flag.value is None for flag in call.flags) or not call.flags:
            return None
        flags = [word for flag in call.flags for word in _long(flag)]
        return [*flags, *_path(call), *_texts(_args(call)), *_behind(call)]

    return _in_lines(pipeline, render)


def arguments_behind_a_dash(pipeline: Pipeline) -> Iterator[str]:
    """The arguments behind `--`, all or all but the first."""
    for kept in (0, 1):

        def render(call: Invocation, kept: int = kept) -> list[str] | None:
            if call.after_dash is not None or not call.args or call.path in _PROGRAM:
                return None
            flags = [word for flag in call.flags for word in _long(flag)]
            args = _texts(_args(call))
            return [*_path(call), *args[:kept], *flags, "--", *args[kept:]]

        yield from _in_lines(pipeline, render)


def letters_together(pipeline: Pipeline) -> Iterator[str]:
    """Bare letters in one word, the last with its value: `-Al app=web`."""

    def render(call: Invocation) -> list[str] | None:
        bare = [_short(flag) for flag in call.flags if flag.value is None and _short(flag)]
        rest = [flag for flag in call.flags if flag.value is not None or not _short(flag)]
        names = [flag.name for flag in call.flags]
        if not bare or len(set(names)) < len(names):
            return None  # the order of a flag given twice counts
        valued = next((flag for flag in rest if flag.value is not None and _short(flag)), None)
        cluster = "-" + "".join(bare)
        words = [cluster]
        if valued is not None and valued.spec is not None and valued.spec.takes_value:
            rest.remove(valued)
            words = [quote(f"{cluster}{_short(valued)}{valued.value}")]
        others = [word for flag in rest for word in _long(flag)]
        return [*_path(call), *_texts(_args(call)), *others, *words, *_behind(call)]

    return _in_lines(pipeline, render)


def _quoted(mark: str) -> Respelling:
    def respell(pipeline: Pipeline) -> Iterator[str]:
        def one(word: Word) -> str:
            plain = word.raw == word.value and not set(word.value) & set("'\"!\\$`")
            return f"{mark}{word.value}{mark}" if plain else word.raw

        return _in_lines(pipeline, lambda call: [one(word) for word in call.words[1:]])

    return respell


def quotes_inside_words(pipeline: Pipeline) -> Iterator[str]:
    """Half of every plain word of letters in quotes: `'del'ete`."""

    def one(word: Word) -> str:
        text = word.value
        plain = word.raw == text and text.replace("-", "").isalnum() and len(text) > 3
        return f"'{text[:3]}'{text[3:]}" if plain and text[0] != "-" else word.raw

    return _in_lines(pipeline, lambda call: [one(word) for word in call.words[1:]])


def other_kinds(pipeline: Pipeline) -> Iterator[str]:
    """Every other name of every kind that is named, the full ones with group and version too."""
    for call in pipeline.invocations:
        for target in call.resources(KINDS):
            kind = target.resource
            if kind is None or not target.type_word:
                continue
            if pipeline.text[target.start : target.end] != target.type_word:
                continue
            full = f"{kind.plural}.{kind.version}.{kind.group}"
            names = {kind.plural, kind.singular, kind.kind, *kind.short_names, full}
            names |= {kind.kind.lower(), kind.kind.upper(), kind.plural.capitalize()}
            if kind.group:
                names.add(f"{kind.plural}.{kind.group}")
            for name in sorted(names):
                yield pipeline.text[: target.start] + name + pipeline.text[target.end :]


def kind_and_name_joined(pipeline: Pipeline) -> Iterator[str]:
    """`pod web api` as `pod/web pod/api`, and `pod/web` as `pod web`."""

    def render(call: Invocation) -> list[str] | None:
        targets = call.resources(KINDS)
        kinds = {target.type_word for target in targets}
        if not all(target.name and target.type_word for target in targets) or not targets:
            return None
        raw = _args(call)
        joined = [f"{target.type_word}/{target.name}" for target in targets]
        if raw[: len(targets)] == joined:
            if len(kinds) != 1 or call.path[0] in ("logs", "exec", "attach", "debug", "top"):
                return None
            head = [targets[0].type_word, *(target.name or "" for target in targets)]
            rest = raw[len(targets) :]
        else:
            parts = raw[0].split(",")
            count = 1 + len(targets) // max(len(parts), 1)
            head, rest = joined, raw[count:]
        flags = [word for flag in call.flags for word in _long(flag)]
        return [*_path(call), *_texts([*head, *rest]), *flags, *_behind(call)]

    return _in_lines(pipeline, render)


def harmless_flags_added(pipeline: Pipeline) -> Iterator[str]:
    """Flags that change nothing, in front of and behind everything else."""
    for added in ("-v=1", "--request-timeout=5s", "--warnings-as-errors"):

        def front(call: Invocation, added: str = added) -> list[str]:
            return [added, *(word.raw for word in call.words[1:])]

        yield from _in_lines(pipeline, front)


RESPELLINGS: dict[str, Respelling] = {
    "flags_with_equals": _with_flags(_long),
    "flags_apart": _with_flags(_apart),
    "letters_apart": _with_flags(lambda flag: _letter(flag, " ")),
    "letters_joined": _with_flags(lambda flag: _letter(flag, "")),
    "letters_with_equals": _with_flags(lambda flag: _letter(flag, "=")),
    "underscores": _with_flags(_underscored),
    "booleans_true": _with_flags(lambda flag: _spelled_out(flag, "true")),
    "booleans_1": _with_flags(lambda flag: _spelled_out(flag, "1")),
    "booleans_T": _with_flags(lambda flag: _spelled_out(flag, "T")),
    "flags_twice": _with_flags(_twice),
    "flags_after_another_value": _with_flags(_after_another),
    "flags_in_front": flags_in_front,
    "flags_before_the_verb": flags_before_the_verb,
    "arguments_behind_a_dash": arguments_behind_a_dash,
    "letters_together": letters_together,
    "single_quotes": _quoted("'"),
    "double_quotes": _quoted('"'),
    "quotes_inside_words": quotes_inside_words,
    "other_kinds": other_kinds,
    "kind_and_name_joined": kind_and_name_joined,
    "harmless_flags_added": harmless_flags_added,
}


def _whole(line: str) -> str:
    """The line as one word of a shell."""
    return "'" + line.replace("'", "'\\''") + "'"


SHELLS: dict[str, Callable[[str], str]] = {
    "behind another": lambda line: f"echo a; {line}; echo b",
    "behind and": lambda line: f"true && {line} || exit 1",
    "redirected": lambda line: f"{line} >/dev/null 2>&1",
    "in the background": lambda line: f"{line} &",
    "in a subshell": lambda line: f"({line})",
    "in a group": lambda line: f"{{ {line}; }}",
    "as a condition": lambda line: f"if {line}; then echo; fi",
    "in a branch": lambda line: f"if true; then\n  {line}\nelse\n  :\nfi",
    "in a loop": lambda line: f"for i in 1 2; do {line}; done",
    "in a case": lambda line: f"case $1 in\n  a) {line} ;;\nesac",
    "in a function": lambda line: f"f() {{\n  {line}\n}}\nf",
    "in a substitution": lambda line: f'echo "$({line})"',
    "assigned": lambda line: f"x=$({line})",
    "behind sudo": lambda line: f"sudo -n {line}",
    "behind env": lambda line: f"env A=b {line}",
    "behind an assignment": lambda line: f"A=b {line}",
    "behind timeout": lambda line: f"timeout -k 5 10 {line}",
    "negated": lambda line: f"! {line}",
    "continued": lambda line: line.replace(" ", " \\\n  ", 1),
    "before a comment": lambda line: f"{line} # --dry-run=client",
    "as text for sh": lambda line: f"sh -c {_whole(line)}",
    "as text for eval": lambda line: f"eval {_whole(line)}",
    "as text for ssh": lambda line: f"ssh host {_whole(line)}",
    "in a here-document": lambda line: f"bash <<'EOF'\n{line}\nEOF",
    "behind a here-document": lambda line: f"cat <<EOF\nhello\nEOF\n{line}",
    "in a trap": lambda line: f"trap {_whole(line)} EXIT",
    "by a path": lambda line: line.replace("kubectl", "/usr/local/bin/kubectl", 1),
    "by a variable": lambda line: "K=kubectl; " + line.replace("kubectl", "$K", 1),
    "by an alias": lambda line: "alias k='kubectl'\n" + line.replace("kubectl", "k", 1),
}
"""Shell text around a line that runs it all the same."""
