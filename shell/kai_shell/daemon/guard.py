"""The guard of the Enter key: what a line would do, and whether somebody should look at it first.

The line is found text: whoever wrote it, and whatever shell stands around its kubectl, it is judged
as a script is, with the aliases of the shell that runs it. Forbidden and destructive commands are
asked about once; what reads or writes runs. So does what cannot be analysed: a person typed it, and
a guard that stops them for its own lack of understanding is switched off the same day.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from kai import config, wiring
from kai.errors import KaiError
from kai.kubectl.invocation import Invocation
from kai.kubectl.resources import Catalogue
from kai.model import Risk, Tier
from kai.safety import Limits
from kai.safety.found import Found, find, judge_found
from kai_shell.daemon import panel, protocol
from kai_shell.daemon.typed import readable
from kai_shell.daemon.whereabouts import whereabouts
from kai_shell.daemon.work import Line, as_set
from kai_shell.panel import verdict

if TYPE_CHECKING:
    from kai.config import Loaded
    from kai.examine import Examiner
    from kai_shell.daemon.work import Worker

RUN = protocol.answer("run")
"""The answer for a line that nobody has to look at."""

SHOWN = 3
"""How many commands of one line are told about, the most dangerous first."""

LONG = 4096
"""Characters from which on a line is judged beside the event loop: 64 KiB take up to a second."""

_WIDEST = 200
_MAKES = frozenset(("create", "run", "expose"))
_ELSEWHERE = ("kubeconfig", "server", "cluster")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]{0,79}", re.ASCII)
"""What somebody can be asked to type: the name of an object, a namespace or a context."""

_ELSE = re.compile(r"\b(sudo|doas|su|runuser|ssh|docker|podman|nerdctl|vagrant|multipass|lxc)\b")
"""Programs behind which kubectl runs as somebody else or on another machine."""

_MOVES = re.compile(r"\b(KUBECONFIG=|KUBECONFIG |use-context|set-context|kubectx|kubens|kubie)")
"""What in a line changes the context for what comes behind it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody has to confirm. `word` is what they type; "" is the key y."""

    tier: Tier
    word: str
    details: tuple[str, ...]


async def answer(worker: Worker, line: Line) -> bytes:
    """The answer to a `guard` request: `run`, `confirm`, `left`, or `fail` (and the line runs)."""
    aliases = protocol.pairs(line.aliases)
    env = worker.environment(line)
    try:
        if len(line.text) <= LONG:
            found = _looked_at(line, aliases, env)
        else:  # other shells need not wait for it
            found = await asyncio.to_thread(_looked_at, line, aliases, env)
    except KaiError as error:
        return protocol.answer("fail", f"not guarded: {error}")
    if found is None:
        return RUN
    asked, loaded = found
    tier = str(asked.tier)
    line = as_set(line, loaded.settings.shell)
    yes = await panel.confirm(line, tier=tier, word=asked.word, details=asked.details)
    if yes is None:
        return protocol.answer("confirm", tier, asked.word, "\n".join(asked.details))
    return RUN if yes else protocol.answer("left", "not run")


def _looked_at(
    line: Line, aliases: Mapping[str, str], env: Mapping[str, str]
) -> tuple[Asked, Loaded] | None:
    text = readable(line.text, aliases, line.shell)
    if "kube" not in text.lower():
        return None
    loaded = config.load(env)
    asked = judged(text, aliases, located(loaded, env, line.folder))
    return None if asked is None else (asked, loaded)


def located(loaded: Loaded, env: Mapping[str, str], folder: str) -> Examiner:
    """What judges the lines of a shell with these settings, this environment and current folder,
    for the context that it is in. Raises `KaiError`."""
    where = whereabouts(loaded, env, wiring.build_kubeconfig(loaded, env))
    return wiring.build_examiner(
        loaded, where, env, Path(folder if folder.startswith("/") else "/")
    )


def judged(text: str, aliases: Mapping[str, str], by: Examiner, shell: str = "") -> Asked | None:
    """What has to be confirmed before `text` runs in a shell with these aliases; None: nothing."""
    text = readable(text, aliases, shell)
    # Behind a wrapper the finder puts them in itself; what names itself was put in above.
    others = {name: body for name, body in aliases.items() if name not in body.split()}
    others.pop("kubectl", None)
    asking: list[tuple[Found, Risk]] = []
    for found in find(text, by.spec, others):
        risk = judge_found(found, by.context, by.catalogue, limits=by.limits).risk
        if risk is not None and Tier(risk.tier).rank >= Tier.DESTRUCTIVE.rank:
            asking.append((found, risk))
    if not asking:
        return None
    asking.sort(key=lambda each: -Tier(each[1].tier).rank)
    words = {_word(found, risk, by) for found, risk in asking}
    moves = _MOVES.search(text)
    return Asked(
        Tier(asking[0][1].tier),
        words.pop() if len(words) == 1 else "",
        tuple(_details(asking, by, moved=moves is not None)),
    )


# --- what is said ------------------------------------------------------------------------------


def _details(asking: list[tuple[Found, Risk]], by: Examiner, *, moved: bool) -> Iterator[str]:
    for found, risk in asking[:SHOWN]:
        if len(asking) > 1:
            yield _cut(" ".join(found.pipeline.text.split()))
        yield from (line for _, line in verdict(risk))
        if len(found.ways) > 1:
            yield "and so for each value of its variables"
        yield from _goes_to(found, risk, by, moved=moved)
    if len(asking) > SHOWN:
        yield f"and {len(asking) - SHOWN} more"


def _goes_to(found: Found, risk: Risk, by: Examiner, *, moved: bool) -> Iterator[str]:
    """Which cluster it reaches, and whether that one is protected."""
    calls = [call for call in found.pipeline.invocations if call.path]
    other = [item.message for item in risk.findings if item.code == "K410"]
    before = found.pipeline.text[: calls[0].start - found.start] if calls else ""
    behind = _ELSE.search(before)
    if other:
        yield f"where: not the current context ({other[0]})"
    elif behind:
        yield f"where: not known (behind {behind[1]})"
    elif moved:
        yield "where: not known (the line itself changes it)"
    else:
        yield from dict.fromkeys(_where(call, risk, by) for call in calls)


def _where(call: Invocation, risk: Risk, by: Examiner) -> str:
    context = call.value("context") or by.context.context
    if any(call.value(flag) for flag in _ELSEWHERE):
        return "where: not the current context (the line names another)"
    if context is None:
        return "where: no current context"
    said = f"where: context {context}"
    if protected(context, by.limits):
        said += " (protected)"
    namespace = risk.radius.namespace if risk.radius else None
    return f"{said}, namespace {namespace}" if namespace else said


def protected(context: str, limits: Limits) -> bool:
    """Whether the settings protect the context of this name."""
    return any(fnmatchcase(context, pattern) for pattern in limits.protected_contexts)


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


# --- what is typed -----------------------------------------------------------------------------


def _word(found: Found, risk: Risk, by: Examiner) -> str:
    """The one name that says what is hit: of an object, a namespace, a context; else "".

    A change that only the protected context makes dangerous asks for the context: that is what
    somebody may be wrong about.
    """
    calls = [call for call in found.pipeline.invocations if call.path]
    if len(calls) != 1 or len(found.ways) > 1 or calls[0].via:
        return ""
    call = calls[0]
    if any(item.code == "K460" for item in risk.findings):
        return _typed([call.value("context") or by.context.context or ""])
    radius = risk.radius
    if radius is None:
        return ""
    names = _names(call, by.catalogue)
    if radius.reach == "one" or (radius.reach == "all" and names):
        return _typed(names)
    if radius.reach in ("all", "everywhere"):
        return _typed([radius.namespace or "all"])
    return ""


def _names(call: Invocation, catalogue: Catalogue) -> list[str]:
    """The names of the objects that a call names; of what it makes, the name it gives."""
    if call.path[0] in _MAKES:
        return [word.value for word in call.args[:1]]
    return [target.name for target in call.resources(catalogue) if target.name]


def _typed(names: Iterable[str]) -> str:
    """The name, if it is one and somebody can type it."""
    distinct = list(dict.fromkeys(names))
    return distinct[0] if len(distinct) == 1 and _WORD.fullmatch(distinct[0]) else ""
