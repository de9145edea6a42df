"""Which model is asked, and why, in words that the user sees.

The fast one for simple requests, a good one for those that are hard (several steps, conditions,
something to be destroyed, kinds that kai does not know). What is in memory already is asked where
it is good enough; what does not fit into memory is not asked at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kai.config import Settings
from kai.errors import ModelBusy, ModelForbidden, ModelMissing
from kai.llm import disk, known, memory
from kai.llm.endpoint import Endpoint, Installed, Loaded, Reach
from kai.llm.inventory import Inventory, Remembered, find
from kai.llm.memory import Memory, text
from kai.llm.reach import without_secrets
from kai.model import Ask

MANAGED = "ollama"
"""The provider whose models kai can pull."""

_DESTROYS = re.compile(
    r"\b(?:delet\w*|del|delte|remov\w*|remvoe|rm|destroy\w*|drain\w*|drian|evict|evicting|wip(?:e|ing)"
    r"|purg(?:e|ing)|prun(?:e|ing)|eras(?:e|ing)|kill|killing|forc(?:e|ed|ibly)|drop|dropping"
    r"|clean|cleaning|uninstall|(?:get|getting) \S+ out|rid|replac(?:e|ing)|overwrit\w*|to zero|to 0"
    r"|taint|untaint|cordon|uncordon|revok(?:e|ing)|reset|bin|trash|nuk(?:e|ing)|throw|tear(?:ing)?"
    r"|teardown|scrap|scratch|scrub|kick|clear|empty|undo|gone|ditch|away|down|off|lose|flush|rip|zap"
    r"|evacuate|burn|axe|swap|recreate|disappear|(?:can|to|must) (?:go|die))\b"
)
_STEPS = re.compile(
    r"\b(?:and then|then|after(?:wards| that)|before that|followed by|finally|first\b.{0,120}?\b(?:second|next)"
    r"|as well as|and (?:scale|restart|delete|create|expose|wait|show|patch|label|apply|check|roll"
    r"|annotate|set|drain|watch|describe|get|list|add|run|copy|edit))\b|;\s*\w"
)
_CONDITIONS = re.compile(
    r"\b(?:except|but not|unless|only if|if (?:it|they|the|any|there)|whose|where the|for (?:each|every)"
    r"|older than|newer than|more than|less than|at least|at most|between|without|neither|either"
    r"|jsonpath|go-template|custom.columns|patch\w*|compare|group(?:ed)? by|per namespace|count"
    r"|average|sum|total|join|affinity|securitycontext|init ?container|tolerations?)\b"
)
_NO_KINDS = re.compile(
    r"LoadBalancer|ClusterIP|NodePort|ExternalName|.*(?:BackOff|Pull|Creating|Initializing|Killed|Error"
    r"|Ready|Schedule|Execute|Scheduling|Mount|Pressure|Unavailable|Disabled|Once|Many|Present|Failure"
    r"|Update|Consumer|Exceeded|ImageName)"
)
"""Words that are written like kinds: types of services, states, reasons, policies."""

_CAMEL = re.compile(r"\b[A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+\b")
_DOTTED = re.compile(
    r"(?<![\w/=:.-])[a-z][a-z0-9-]*s(?:\.[a-z0-9-]+)+\.(?:io|com|dev|sh)(?![\w/.:-])"
)
"""A kind with its group, in the plural; what a slash follows is a label's name or an image."""

LONG = 22
"""Words from which a request counts as hard, whatever it says."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The model to be asked, why (for the user), and who comes next if that leads nowhere."""

    model: str
    why: str
    rest: tuple[str, ...] = ()


def takes_steps(ask: Ask) -> bool:
    """Whether the wording asks for several commands, one after the other."""
    return _STEPS.search(ask.request.lower()) is not None


def difficulty(ask: Ask) -> str:
    """What makes a request hard, in words; "" for a simple one."""
    request = ask.request
    small = request.lower()
    if _DESTROYS.search(small):
        return "it may destroy something"
    if _STEPS.search(small):
        return "it takes several steps"
    if _unfamiliar(request):
        return "it names a kind that kai does not know"
    if _CONDITIONS.search(small):
        return "it has conditions"
    return "it is long" if len(request.split()) >= LONG else ""


def _unfamiliar(request: str) -> bool:
    """Whether a word looks like a kind and is none of the built-in ones."""
    from kai.kubectl.resources import builtin

    kinds = builtin()
    camel = (word for word in _CAMEL.findall(request) if not _NO_KINDS.fullmatch(word))
    if any(kinds.find(word.lower()) is None for word in camel):
        return True
    return any(kinds.find(word) is None for word in _DOTTED.findall(request))


def choose(
    ask: Ask,
    installed: Sequence[Installed],
    loaded: Sequence[Loaded] | None,
    machine: Memory,
    settings: Settings,
    *,
    hard: bool | None = None,
    server: Remembered | None = None,
    free_disk: int | None = None,
) -> Choice:
    """The model for a request. `hard` is found out where it is None; `server` knows what was measured.

    Raises `ModelMissing` where there is none to ask (with what to pull), `ModelBusy` where none
    fits into memory, `ModelForbidden` where the one that is named runs in the cloud.
    """
    why_hard = difficulty(ask)
    hard = bool(why_hard) if hard is None else hard
    llm = settings.llm
    if llm.provider != MANAGED:
        return _elsewhere(settings, installed, hard=hard)
    named = llm.model or (llm.quality_model if hard else llm.fast_model)
    if not settings.privacy.cloud:
        installed = _here(installed, named, llm.url)
    if not installed:
        raise missing(named or known.FAST, free_disk=free_disk, none=True)
    table = _Table(
        tuple(installed), tuple(loaded or ()), machine, llm.num_ctx, server or Remembered()
    )
    sort = "hard" if hard else "simple"
    about = f"{sort} request" + (f" ({why_hard})" if hard and why_hard else "")
    if named:
        return _named(named, table, about, fixed=bool(llm.model), free_disk=free_disk, hard=hard)
    order = table.order(hard=hard)
    if not order:
        raise missing(known.FAST, free_disk=free_disk, none=True)
    return _best(order, table, about, hard=hard)


def _here(installed: Sequence[Installed], named: str, url: str) -> Sequence[Installed]:
    """The models that their server does not hand on; all, where it has no others: it says why it
    may not be asked. Raises `ModelForbidden` where the settings name such a model."""
    if known.is_elsewhere(named):
        raise ModelForbidden(
            f"{named} does not run on {without_secrets(url)}: Ollama sends what it is asked to"
            " ollama.com; to allow that: kai config set privacy.cloud true"
        )
    return [model for model in installed if not known.is_elsewhere(model.name)] or installed


def _best(order: Sequence[Installed], table: _Table, about: str, *, hard: bool) -> Choice:
    """The first one that fits, or the one in memory where that is good enough."""
    fits = [model for model in order if table.fits(model)]
    if not fits:
        raise table.nothing_fits(order)
    best = fits[0]
    good = [model for model in fits if table.is_loaded(model) and _good_enough(model, hard=hard)]
    if good:
        best, why = good[0], f"{about}: {good[0].name} is in memory already"
    elif best is not order[0]:
        why = f"{about}: {table.too_large(order[0])}, so {best.name} is asked"
    else:
        role = "the best one installed" if hard else "the fast one"
        why = f"{about}: {best.name}, {role}"
    return Choice(best.name, why, table.rest(best))


def _named(
    name: str, table: _Table, about: str, *, fixed: bool, free_disk: int | None, hard: bool
) -> Choice:
    """The model that the settings name: `llm.model` alone, another one with others behind it."""
    model = find(table.installed, name)
    if model is None:
        raise missing(name, free_disk=free_disk)
    setting = "llm.model" if fixed else "llm.quality_model" if hard else "llm.fast_model"
    if table.fits(model, tight=fixed):
        rest = () if fixed else table.rest(model)
        return Choice(
            model.name, f"{setting} names {model.name}" + ("" if fixed else f" ({about})"), rest
        )
    if fixed:
        raise ModelBusy(
            f"{table.too_large(model)}; close something, or name a smaller one in llm.model"
        )
    smaller = [each for each in table.order(hard=hard) if table.fits(each)]
    if not smaller:
        raise table.nothing_fits((model,))
    why = f"{about}: {table.too_large(model)}, so {smaller[0].name} is asked"
    return Choice(smaller[0].name, why, table.rest(smaller[0]))


def _elsewhere(settings: Settings, installed: Sequence[Installed], *, hard: bool) -> Choice:
    """A server whose models are not ours to manage: what the settings name, else its first one."""
    llm = settings.llm
    named = llm.model or (llm.quality_model if hard else llm.fast_model)
    if named:
        return Choice(named, f"the settings name {named}")
    usable = [model for model in installed if not known.is_embedding(model)]
    if not usable:
        raise ModelMissing(
            f"{llm.url} names no models; kai config set llm.model NAME says which to ask"
        )
    first = usable[0].name
    return Choice(first, f"{first} is what the server has", tuple(m.name for m in usable[1:]))


async def pick(
    ask: Ask,
    endpoint: Endpoint,
    inventory: Inventory,
    settings: Settings,
    *,
    env: Mapping[str, str] | None = None,
    hard: bool | None = None,
    there: Sequence[Loaded] = (),
) -> Choice:
    """`choose` with what the server and this machine say now. Where it is known that models are in
    memory (`there`), the server is not asked for that: it would cost each request a question.

    Raises as `choose` does, and `ProviderError` where the server cannot be asked.
    """
    installed = await inventory.models()
    if not there and settings.llm.provider == MANAGED:
        told = await endpoint.loaded()
        there = told or ()
        inventory.loaded(tuple(there))
    server = inventory.known()
    machine = memory.now(reach=endpoint.reach, loaded=there, seen=server.vram)
    free = disk.free(env) if endpoint.reach is Reach.MACHINE else None
    return choose(
        ask, installed, there, machine, settings, hard=hard, server=server, free_disk=free
    )


def missing(
    model: str, *, free_disk: int | None = None, none: bool = False, size: int | None = None
) -> ModelMissing:
    """The error that says how to get a model: its name, its size, and what the disk has left."""
    about = known.find(model)
    size = about.size if size is None and about is not None else size
    parts = [f"{text(size)} to fetch"] if size else []
    if free_disk is not None:
        parts.append(f"{text(free_disk)} of disk are free")
    brackets = f" ({', '.join(parts)})" if parts else ""
    what = "no model is installed" if none else f"the model {model} is not installed"
    return ModelMissing(f"{what}; get one with: kai pull {model}{brackets}", model)


def _good_enough(model: Installed, *, hard: bool) -> bool:
    """Whether this model may answer just because it is in memory."""
    if not hard:
        return True
    about = known.find(model.name, model.parameters)
    if about is not None:
        return known.KNOWN.index(about) < known.GOOD
    return (known.parameters(model.parameters) or 0.0) >= 6.5e9


@dataclass(frozen=True, slots=True)
class _Table:
    """What there is to choose from, and what it takes."""

    installed: tuple[Installed, ...]
    loaded: tuple[Loaded, ...]
    memory: Memory
    num_ctx: int
    server: Remembered

    def order(self, *, hard: bool) -> list[Installed]:
        """The models that can answer, from the one to ask first; those that nobody knows behind."""
        usable = [model for model in self.installed if not known.is_embedding(model)]
        names = [each.name for each in known.KNOWN]
        if not hard:
            names = [*known.FAST_ONES, *(name for name in names if name not in known.FAST_ONES)]

        def place(model: Installed) -> tuple[int, int, float, str]:
            about = known.find(model.name, model.parameters)
            at = names.index(about.name) if about else len(names)
            size = float(model.size or 0)
            coarse = known.is_coarse(model.quantisation)
            return at, coarse, -size if hard else size, model.name

        return sorted(usable, key=place)

    def is_loaded(self, model: Installed) -> bool:
        return any(known.same(there.name, model.name) for there in self.loaded)

    def needs(self, model: Installed) -> int | None:
        return self.server.needs(model, self.num_ctx)

    def fits(self, model: Installed, *, tight: bool = False) -> bool:
        """Whether it can be loaded with as much memory left as kai keeps free; `tight`: with any."""
        if self.is_loaded(model):
            return True
        need = self.needs(model)
        # A server lets go of idle models for a new one.
        freed = sum((there.size or 0) - (there.size_vram or 0) for there in self.loaded)
        room = self.memory.room(freed)
        if need is None or room is None:
            return True
        return need <= room + (self.memory.kept_free if tight else 0)

    def too_large(self, model: Installed) -> str:
        """Why a model is not asked."""
        return shortage(model.name, self.needs(model) or 0, self.memory)

    def rest(self, chosen: Installed) -> tuple[str, ...]:
        """Who is asked after it: the better ones first, as far as they fit."""
        others = (model for model in self.order(hard=True) if model != chosen)
        return tuple(model.name for model in others if self.fits(model))

    def nothing_fits(self, order: Sequence[Installed]) -> ModelBusy:
        smallest = min(order, key=lambda model: self.needs(model) or 0)
        less = known.find(known.SMALLEST)
        hint = ""
        if find(self.installed, known.SMALLEST) is None and less is not None:
            hint = f", or: kai pull {less.name} ({text(less.size)})"
        return ModelBusy(f"{self.too_large(smallest)}; close something{hint}")


def shortage(name: str, need: int, memory: Memory) -> str:
    """Why a model does not fit: what it needs, what is free, what kai leaves free."""
    available = text(memory.available or 0)
    return (
        f"{name} needs about {text(need)} of memory, {available} are free"
        f" and kai leaves {text(memory.kept_free)} of that alone"
    )
