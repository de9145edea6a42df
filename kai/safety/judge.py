"""The judge: one command in, its tier and the reasons out. It fails closed.

It decides from the bytes of the line and from tables, never from a model: every stage of the
pipeline is looked up in the table of effects, every rule of `RULES` may raise the tier, none may
lower it. What cannot be read, what stands in no cell of the table, and any exception is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase

from kai.kubectl.invocation import Invocation, Pipeline
from kai.kubectl.resources import Catalogue
from kai.model import Context, Finding, Level, Risk, Tier
from kai.safety import counts, credentials, nodes, programs, rbac, scaling, sources, system
from kai.safety.call import DEFAULTS, Call, Limits, Ruling, named, with_arguments
from kai.safety.contents import contents
from kai.safety.policy_match import policies
from kai.safety.preferences import preferences
from kai.safety.radius import radius
from kai.safety.table import Cell, load

Rule = Callable[[Call], Iterable[Ruling]]

RULES: tuple[Rule, ...] = (
    system.system_namespaces,
    system.all_of_a_kind,
    scaling.replicas,
    nodes.nodes,
    nodes.node_shell,
    rbac.rights,
    contents,
    programs.programs,
    counts.objects,
)
"""Rules about what a call does to the cluster: a dry run does none of it."""

ALWAYS: tuple[Rule, ...] = (
    sources.sources,
    sources.raw,
    sources.subresource,
    sources.piped_arguments,
    sources.decoded,
    credentials.secrets,
    credentials.pruned,
    credentials.kubeconfig,
)
"""Rules about this machine and about what is printed: they hold for a dry run too."""

_LEVELS = {
    Tier.READ: Level.INFO,
    Tier.WRITE: Level.INFO,
    Tier.DESTRUCTIVE: Level.WARNING,
    Tier.FORBIDDEN: Level.ERROR,
}
_LOCAL = frozenset(("K410", "K411", "K412", "K416", "K417"))
"""Codes of flags that matter in a dry run too."""


def judge(
    pipeline: Pipeline,
    context: Context,
    catalogue: Catalogue,
    *,
    limits: Limits = DEFAULTS,
    drafted: bool = True,
) -> Risk:
    """The verdict on one line; never raises, and any failure inside is a refusal.

    `drafted` False is for text that a person wrote: what kai must not write itself, such as another
    kubeconfig, is then a matter of confirming.
    """
    try:
        return _judged(pipeline, context, catalogue, limits, drafted)
    except Exception as error:  # noqa: BLE001 - whatever failed, an unjudged command is refused
        message = f"kai could not judge it ({type(error).__name__}); please report this command"
        finding = Finding("K499", Level.ERROR, message, 0, len(pipeline.text))
        return Risk(Tier.FORBIDDEN, (message,), (finding,))


def _judged(
    pipeline: Pipeline, context: Context, catalogue: Catalogue, limits: Limits, drafted: bool
) -> Risk:
    pipeline = with_arguments(pipeline)
    rulings = list(_unreadable(pipeline))
    calls = [
        Call(
            stage,
            pipeline,
            index,
            catalogue,
            context,
            limits,
            drafted,
            named(stage, pipeline, catalogue),
        )
        for index, stage in enumerate(pipeline.stages)
        if isinstance(stage, Invocation)
    ]
    if not calls and not rulings:
        message = "there is no call of kubectl in it"
        rulings.append(Ruling("K404", Tier.FORBIDDEN, message, 0, len(pipeline.text)))
    hit = None
    for call in calls:
        found = list(_of_call(call))
        found += preferences(call, _highest(found))
        found += policies(call, _highest(found))
        rulings += found
        tier = _highest(found)
        if hit is None or tier.rank > hit[0].rank:
            hit = (tier, radius(call, tier))
    tier = _highest(rulings)
    rulings.sort(key=lambda ruling: -ruling.tier.rank)
    shown = [ruling for ruling in rulings if ruling.tier is tier] or rulings
    return Risk(
        tier,
        tuple(dict.fromkeys(ruling.message for ruling in shown)),
        tuple(dict.fromkeys(_finding(ruling) for ruling in rulings if ruling.code != "K400")),
        hit[1] if hit else None,
    )


def _highest(rulings: Iterable[Ruling]) -> Tier:
    return max((ruling.tier for ruling in rulings), key=lambda tier: tier.rank, default=Tier.READ)


def _finding(ruling: Ruling) -> Finding:
    level = ruling.level or _LEVELS[ruling.tier]
    return Finding(ruling.code, level, ruling.message, ruling.start, ruling.end)


def _unreadable(pipeline: Pipeline) -> Iterator[Ruling]:
    """What the grammar or the flag table refuses: nobody knows what it would do.

    A command kubectl does not have may be a plugin: that is said where the command is looked up.
    """
    for finding in pipeline.findings:
        if finding.level is Level.ERROR and finding.code != "K130":
            message = f"cannot be read: {finding.message}"
            yield Ruling("K409", Tier.FORBIDDEN, message, finding.start, finding.end)


def _of_call(call: Call) -> Iterator[Ruling]:
    invocation = call.invocation
    if any(finding.code == "K130" for finding in invocation.findings):
        message = "a plugin: what it does is not judged"
        yield call.ruling("K407", Tier.WRITE, message)
        return
    if invocation.boolean("help"):
        yield call.ruling("K400", Tier.READ, "prints help")
        return
    for flag, cell in load().of_flags(invocation):
        if _counts(call, cell):
            yield Ruling(cell.code, _softened(call, cell), cell.reason, flag.start, flag.end)
    yield from _of_command(call)
    for rule in ALWAYS:
        yield from rule(call)
    if not (call.dry or _changes_nothing(call)):
        for rule in RULES:
            yield from rule(call)


def _counts(call: Call, cell: Cell) -> bool:
    if call.path == ("auth", "can-i") and cell.code == "K411":
        return False  # asking what somebody else may do changes nothing
    return not call.dry or cell.code in _LOCAL


def _softened(call: Call, cell: Cell) -> Tier:
    """A redirection that a person typed is a matter of confirming, for kai's own drafts it is none."""
    if cell.tier is Tier.FORBIDDEN and not call.drafted:
        return Tier.WRITE
    return cell.tier


def _of_command(call: Call) -> Iterator[Ruling]:
    cell = load().commands.get(call.path)
    if cell is None and not call.path:
        cell = Cell(Tier.READ, "K400", "prints help")
    if cell is None:
        message = f"kai does not know what kubectl {' '.join(call.path)} does"
        yield call.ruling("K404", Tier.FORBIDDEN, message)
    elif call.dry or _changes_nothing(call):
        yield call.ruling("K400", Tier.READ, "changes nothing")
    else:
        yield call.ruling(cell.code, cell.tier, cell.reason)
        protected = _protected(call) if cell.tier is Tier.WRITE else ""
        if protected:
            message = f"changes something in {protected}, a protected context"
            yield call.ruling("K460", Tier.DESTRUCTIVE, message, "context")


def _changes_nothing(call: Call) -> bool:
    """A command that only lists, or that kubectl refuses because it says no change."""
    if call.path in (("label",), ("annotate",), ("set", "env")):
        pairs = any("=" in word.value or word.value.endswith("-") for word in call.invocation.args)
        return not pairs and not any(call.invocation.values(flag) for flag in ("env", "from"))
    return False


def _protected(call: Call) -> str:
    name = call.invocation.value("context") or call.context.context or ""
    return name if any(fnmatchcase(name, each) for each in call.limits.protected_contexts) else ""
