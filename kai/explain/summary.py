"""A command in words, from what its parts say of themselves; no model is asked.

The phrases are data (`data/explain.json`): `commands` holds one for each command path (`PATH NAME`
where objects are named, `PATH --FLAG` where that flag makes it another command), `flags` one for each flag, with `{}` where its value goes. `PATH/FLAG` is
a phrase for that command only, and "" leaves the flag to the command's own phrase; `off` holds what
a switched-off switch says, `values` what one value of a flag says (`FLAG=VALUE`,
`PATH/FLAG=VALUE`). A slot of a command's phrase, `{objects}` or `{objects|default}`, is
filled by `_Slots`; one that bears a flag's name holds that flag's value.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kai.errors import TableError
from kai.explain_parts import filtered, listed, objects, output, selected, until
from kai.kubectl.govalues import go_bool
from kai.kubectl.grammar import quote

if TYPE_CHECKING:
    from kai.kubectl.invocation import Flag, Invocation, Pipeline
    from kai.kubectl.resources import Catalogue

DATA = Path(__file__).parent.parent / "data" / "explain.json"

_PLACES = frozenset({"namespace", "all-namespaces", "context"})
_IN_OBJECTS = frozenset({"selector", "field-selector", "filename", "kustomize"})
_SLOT = re.compile(r"\{([\w-]+)(?:\|([^}]*))?\}")


@cache
def phrases() -> dict[str, dict[str, str]]:
    """The phrases by kind. Raises TableError where the package's table is damaged."""
    try:
        table: dict[str, dict[str, str]] = json.loads(DATA.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TableError(f"{DATA} cannot be read; install kai again ({error})") from error
    return table


def explain(pipeline: Pipeline, catalogue: Catalogue) -> str:
    """One plain sentence for each stage: what it does, to what, where. "" for what is no kubectl
    command line at all."""
    from kai.kubectl.invocation import Invocation

    sentences: list[str] = []
    if not pipeline.stages or not isinstance(pipeline.stages[0], Invocation):
        return ""
    for stage in pipeline.stages:
        if isinstance(stage, Invocation):
            text, *others = _sentences(stage, catalogue)
            sentences += [f"Then {text[:1].lower()}{text[1:]}" if sentences else text, *others]
        else:
            sentences.append(filtered(stage.words))
    return " ".join(sentences)


def _sentences(call: Invocation, catalogue: Catalogue) -> list[str]:
    """What one call does, and whether it does it really."""
    if not call.command.runnable and call.args:
        return [f"kubectl has no command `{' '.join((*call.path, call.args[0].value))}`."]
    if call.boolean("help"):
        return [f"Shows the help of kubectl {' '.join(call.path)}.".replace(" .", ".")]
    slots = _Slots(call, catalogue)
    text = slots.filled(_lead(call, slots))
    if (where := _where(call)) and not text.endswith(where):
        text += f" {where}"
    for flag in call.flags:
        if flag.name not in slots.used:
            clause = _clause(flag, " ".join(call.path))
            text += f" {clause}" if clause.startswith("and ") else f", {clause}" if clause else ""
    if "command" not in slots.used and call.after_dash:
        text += f", running `{' '.join(word.raw for word in call.after_dash)}`"
    sentences = [text + "."]
    dry = call.value("dry-run")
    if dry is not None and dry != "none":
        checks = "the server checks it but keeps nothing" if dry == "server" else "nothing is sent"
        sentences.append(f"It is a dry run: {checks}.")
    return sentences


def _lead(call: Invocation, slots: _Slots) -> str:
    """The command's phrase: that of one of its flags, which then says no more, or its own."""
    table = phrases()["commands"]
    path = " ".join(call.path)
    for flag in call.flags:
        key = f"{path} --{flag.name}"
        if key not in table or go_bool(flag.meant or "") is False:
            continue
        if flag.name == "list" and slots.changing:
            continue
        slots.used.add(flag.name)
        return table[key]
    found = table.get(f"{path} NAME") if slots.named else None
    return found or table.get(path) or f"Runs kubectl {path}"


def _where(call: Invocation) -> str:
    places = []
    if call.boolean("all-namespaces"):
        places.append("in all namespaces")
    elif (namespace := call.value("namespace")) and call.path[:1] != ("config",):
        places.append(f"in the namespace {namespace}")
    if context := call.value("context"):
        places.append(f"in the context {context}")
    return " ".join(places)


def _clause(flag: Flag, path: str) -> str:
    """What a flag adds, in words; "" where the rest of the sentence says it already."""
    meant = flag.meant
    if flag.spec is None or meant is None:
        return f"with the unknown flag {flag.spelled}"
    if flag.name == "output" and f"{path}/output" not in phrases()["flags"]:
        return output(meant)
    if flag.name in _PLACES | {"dry-run"} and f"{path}/{flag.name}" not in phrases()["flags"]:
        return ""
    if flag.spec.type == "bool" and meant.lower() in ("false", "f", "0"):
        return phrases()["off"].get(flag.name, f"with {flag.name} switched off")
    if fixed := phrases()["values"].get(f"{path}/{flag.name}={meant}", by_value(flag.name, meant)):
        return fixed
    table = phrases()["flags"]
    phrase = table.get(f"{path}/{flag.name}", table.get(flag.name))
    if phrase is None:
        return f"with --{flag.name}={meant}"
    return phrase.replace("{}", quote(meant) if meant == "" else meant)


def by_value(name: str, value: str) -> str:
    """The phrase for one value of a flag of any command; "" where there is none."""
    return phrases()["values"].get(f"{name}={value}", "")


class _Slots:
    """What the slots of a command's phrase are filled with; `used` are the flags that are said."""

    def __init__(self, call: Invocation, catalogue: Catalogue) -> None:
        self._call = call
        self._resources = call.resources(catalogue)
        self._args = [word.value for word in call.args]
        self.named = bool(call.args) and call.path[:1] == ("config",)
        self.named = self.named or any(item.name for item in self._resources)
        self.used: set[str] = set(_IN_OBJECTS)
        # `expose --selector` is a property of the new service.
        self._own_selector = f"{' '.join(call.path)}/selector" in phrases()["flags"]
        if self._own_selector:
            self.used.discard("selector")

    def filled(self, phrase: str) -> str:
        """The phrase with every slot filled, or its default, or a plain "it"."""
        text = _SLOT.sub(lambda match: self._slot(match[1]) or match[2] or "it", phrase)
        return text.removesuffix(": it")

    def _slot(self, name: str) -> str:
        own = getattr(self, f"_{name}", None)
        if own is not None:
            return str(own())
        self.used.add(name)
        return self._call.value(name) or ""

    def _objects(self) -> str:
        files = self._call.values("filename") + self._call.values("kustomize")
        if files == ["-"]:
            return "what comes in"
        if files:
            return f"what {listed(files)} describe{'s' if len(files) == 1 else ''}"
        if self._call.via and not self._resources:
            return "what comes in"
        text = objects(self._resources, every=self._call.boolean("all"))
        labels = None if self._own_selector else self._call.value("selector")
        chosen = selected(labels, self._call.value("field-selector"))
        return (text or "objects") + chosen if chosen else text

    def _first(self) -> str:
        return self._args[0] if self._args else ""

    def _second(self) -> str:
        return self._args[1] if len(self._args) > 1 else ""

    def _last(self) -> str:
        return self._args[-1] if self._args else ""

    def _args_all(self) -> str:
        return listed(self._args)

    @property
    def changing(self) -> bool:
        """Whether a command that can list changes something."""
        given = any(self._call.values(name) for name in ("env", "from"))
        return given or bool(self._pairs())

    def _pairs(self) -> str:
        """The arguments behind the resources: KEY=VALUE, KEY-."""
        pairs = [arg for arg in self._args if "=" in arg or arg.endswith("-") or ":" in arg]
        return ", ".join(f"without {arg[:-1]}" if arg.endswith("-") else arg for arg in pairs)

    def _ports(self) -> str:
        pairs = [arg.partition(":") for arg in self._args[1:] if arg[:1].isdigit()]
        ports = [f"{there} (as {here})" if there else here for here, _, there in pairs]
        return f"port{'s' if len(ports) > 1 else ''} {listed(ports)}" if ports else ""

    def _command(self) -> str:
        self.used.add("command")
        words = self._call.after_dash or ()
        return f"`{' '.join(word.raw for word in words)}`" if words else ""

    def _verb(self) -> str:
        return self._first()

    def _what(self) -> str:
        kind, slash, name = " ".join(self._args[1:3]).partition("/")
        return f"{kind} {name}" if kind and slash else f"the path {slash}{name}" if slash else kind

    def _context(self) -> str:
        return "the current context" if self._call.boolean("current") else self._first()

    def _until(self) -> str:
        self.used.add("for")
        one = len(self._resources) == 1 and self._resources[0].name is not None
        return until(self._call.value("for") or "", plural=not one)
