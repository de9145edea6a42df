"""From a request to drafts: tokenise, tag, try every intent that is called for, keep the readings
that explain every word."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from kai.kubectl.spec import Spec
from kai.model import Context, Draft, Names, Source, Surroundings
from kai.nlu import lexicon, slots
from kai.nlu.asides import without_asides
from kai.nlu.barring import barred, intents_for
from kai.nlu.compose import Command
from kai.nlu.finish import finish, take_flags
from kai.nlu.frame import Frame, Scan, scan
from kai.nlu.guards import is_command, take_asks, take_connectives
from kai.nlu.intents import Intent, looking
from kai.nlu.meant import senseless
from kai.nlu.patterns import pattern
from kai.nlu.telling import is_told, told_change
from kai.nlu.telling_clauses import told_field
from kai.nlu.tokens import MAX_REQUEST, tokenise
from kai.nlu.typos import Speller
from kai.nlu.wordings import reworded

VERSION = "1"
"""Changes whenever lexicon or intents change their answers; part of the cache key."""

_MAX_TOKENS = 60
"""A request for one command is shorter: the longest published one has 40 words."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the engine made of a request: a draft, or why there is none and what to try.

    `unread` holds the words that no reading explained.
    """

    draft: Draft | None
    alternatives: tuple[Draft, ...] = ()
    reason: str = ""
    unread: tuple[str, ...] = ()
    hint: str = ""
    intent: str = ""
    faults: tuple[str, ...] = ()
    """Intents that failed on this request, with their error: none, or there is a bug to report."""


@lru_cache(maxsize=1)
def _speller() -> Speller:
    words = lexicon.load()

    def alike(left: str, right: str) -> bool:
        other = words.meanings(right)
        return any(entry in other for entry in words.meanings(left))

    return Speller(words.words, alike)


def _said(tagged: Scan) -> set[str]:
    """What can call an intent, as `Intent.acts` has it."""
    said = {match.value for match in tagged.matches.get("act", ())}
    said.update([f"word:{token.fixed or token.low}" for token in tagged.tokens])
    for category, found in tagged.matches.items():
        if found:
            said.add(f"{category}:")
            said.update([f"{category}:{match.value}" for match in found])
    return said


@dataclass(slots=True)
class _Candidate:
    intent: Intent
    command: Command
    text: str
    frame: Frame
    others: list[_Candidate] = field(default_factory=list)
    """The same intent with the other readings of an ambiguous name."""


def _attempt(intent: Intent, frame: Frame) -> tuple[Command | None, list[str]]:
    """The intent's command and the words it left unexplained."""
    command = intent.compose(frame)
    if command is None or senseless(frame, command):
        return None, []
    if intent.reads:
        take_asks(frame)
        take_connectives(frame)
    return command, frame.leftover()


def understand(
    request: str,
    *,
    context: Context = Context(),
    surroundings: Surroundings = Surroundings(),
    names: Names | None = None,
    spec: Spec | None = None,
) -> Reading:
    """The built-in reading of `request`; deterministic, never raises on any text.

    A draft comes only where every word that could change the meaning is explained. A request that
    is not understood is read once more in plainer words, and without its asides: the reason given,
    an error pasted.
    """
    change = told_field(request) or told_change(request)
    if change:
        reading = _understand(change, context, surroundings, names, spec)
        if reading.draft is not None and is_told(reading.draft.command, change):
            return reading
    reading = _understand(request, context, surroundings, names, spec)
    if reading.draft is not None or not reading.unread:
        return reading
    plain = reworded(request)
    if plain != request:
        again = _understand(plain, context, surroundings, names, spec)
        if again.draft is not None and not _forbidden_by(request, again.draft.command):
            return again
    core, asides = without_asides(request)
    if not asides:
        return reading
    again = _understand(told_change(core) or reworded(core), context, surroundings, names, spec)
    if again.draft is None or _WIDE.search(again.draft.command):
        return reading
    if _forbidden_by(request, again.draft.command):
        return reading
    told = tuple(f'"{aside}" is taken as the reason only' for aside in asides)
    return replace(
        again,
        draft=replace(
            again.draft,
            assumptions=again.draft.assumptions + told,
            confidence=max(0.5, round(again.draft.confidence - 0.05, 2)),
        ),
    )


_REFUSING = pattern(r"\b(?:do not|don'?t|never|not|no|nicht|kein)\b", re.IGNORECASE)
_DESTROYS = pattern(
    r"^kubectl (?:delete|drain)\b|--replicas=0\b|:NoExecute\b|--force\b|--prune\b|--all\b"
)


def _forbidden_by(request: str, command: str) -> bool:
    """Whether a request that says "don't" somewhere would destroy something once a part is dropped.

    "stop it, don't delete it": nobody can tell which half of it was the remark.
    """
    return bool(_DESTROYS.search(command) and _REFUSING.search(request))


_WIDE = pattern(r"^kubectl (?:delete|drain|scale|taint) .*--all\b")
"""What reaches so far that even a reason might have been meant to narrow it."""


def _understand(
    request: str,
    context: Context,
    surroundings: Surroundings,
    names: Names | None,
    spec: Spec | None,
) -> Reading:
    if len(request) > MAX_REQUEST:
        return Reading(
            None, reason="the request is too long", hint=f"at most {MAX_REQUEST} characters"
        )
    if request.startswith("kubectl ") and spec is not None and is_command(request, spec):
        return Reading(Draft(request, Source.BUILTIN), intent="typed")
    words = lexicon.load()
    tokens = tokenise(request)
    if not tokens:
        return Reading(None, reason="the request is empty", hint="say what you want to see or do")
    if len(tokens) > _MAX_TOKENS:
        return Reading(
            None, reason="the request has too many words", hint="ask one thing at a time"
        )
    tagged = scan(tokens, words, _speller(), _known_names(names))
    tagged.text = request
    candidates: list[_Candidate] = []
    best_left: list[str] | None = None
    faults: list[str] = []
    asked = Frame(tagged, context, surroundings, names)
    slots.prepare(asked)
    looking.prepare(asked)
    said = _said(tagged)
    for intent, guards in intents_for(asked):
        if candidates and intent.rank < candidates[0].intent.rank:
            break
        if intent.acts and said.isdisjoint(intent.acts):
            continue
        try:
            if barred(guards, asked):
                continue
            frame = Frame(tagged, context, surroundings, names)
            command, left = _attempt(intent, frame)
        except Exception as error:  # noqa: BLE001 - one intent's bug must not take the others along
            faults.append(f"{intent.name}: {type(error).__name__}: {error}")
            continue
        if command is None:
            continue
        if left and not take_flags(command, left, spec):
            if best_left is None or len(left) < len(best_left):
                best_left = left
            continue
        text = finish(command, frame)
        if text is not None and all(text != other.text for other in candidates):
            candidates.append(
                _Candidate(intent, command, text, frame, _others(intent, frame, text))
            )
    reading = _choose(tagged, candidates, best_left)
    return replace(reading, faults=tuple(faults)) if faults else reading


def _others(intent: Intent, frame: Frame, text: str) -> list[_Candidate]:
    """The readings that remain where a name is ambiguous (`Frame.choose`)."""
    found: list[_Candidate] = []
    for what, options in frame.choices.items():
        for option in options[1:]:
            again = Frame(
                frame.scan, frame.context, frame.surroundings, frame.names, {what: option}
            )
            command, left = _attempt(intent, again)
            other = finish(command, again) if command is not None and not left else None
            if command is not None and other is not None and other != text:
                found.append(_Candidate(intent, command, other, again))
    return found


@lru_cache(maxsize=1)
def _usual_names() -> frozenset[str]:
    lists = lexicon.load().lists
    return frozenset().union(
        *(lists.get(f"list-{what}", ()) for what in ("names", "namespaces", "labelkeys"))
    )


def _known_names(names: Names | None) -> frozenset[str]:
    if names is None:
        return _usual_names()
    return _usual_names().union(
        (item.name for item in names.objects), names.namespaces, names.nodes, names.contexts
    )


def _choose(tagged: Scan, candidates: list[_Candidate], left: list[str] | None) -> Reading:
    if not candidates:
        if left:
            quoted = ", ".join(f'"{word}"' for word in left[:4])
            return Reading(
                None,
                reason=f"not sure what {quoted} changes about it",
                unread=tuple(left),
                hint="say it in other words, or one step at a time",
            )
        return Reading(
            None,
            reason="no kubectl command recognised in it",
            unread=tuple(token.text for token in tagged.tokens[:8]),
            hint='name what to do and to what, as in "restart deployment web in prod"',
        )
    if len(candidates) > 1 and not all(item.intent.reads for item in candidates):
        texts = " or ".join(item.text for item in candidates[:3])
        return Reading(None, reason=f"it can mean {texts}", hint="say which one you mean")
    drafts = [_draft(item, tagged) for item in candidates]
    drafts += [_draft(other, tagged) for item in candidates for other in item.others]
    return Reading(drafts[0], tuple(drafts[1:]), intent=candidates[0].intent.name)


def _draft(item: _Candidate, tagged: Scan) -> Draft:
    kept = set(re.split(r"[^a-z0-9.-]+", item.text.lower()))
    fixes = [(typed, read) for typed, read in tagged.fixes if typed.lower() not in kept]
    assumptions = [f'"{typed}" is read as "{read}"' for typed, read in fixes]
    assumptions += dict.fromkeys(item.frame.assumptions)
    penalty = 0.05 * len(fixes) + 0.03 * len(item.frame.assumptions)
    penalty += 0.3 if item.frame.choices else 0.0
    confidence = max(0.5, item.intent.confidence - penalty)
    return Draft(item.text, Source.BUILTIN, round(confidence, 2), tuple(assumptions))
