"""Label requirements told in a sentence: `app set but version unset`, `env is neither prod nor qa`.

Only for requests to see: a change goes by what `selectors` reads, where a label is called one.
"""

from __future__ import annotations

from kai.nlu.frame import Frame
from kai.nlu.patterns import pattern

_LEADS = frozenset(
    [
        *(
            "whose",
            "where",
            "with",
            "having",
            "and",
            "but",
            "carrying",
            "bearing",
            "wearing",
            "has",
        ),
        *("have", "when", "plus", "label", "labels", "only", "minus", "without"),
    ]
)
_OWNING = frozenset(["with", "having", "carrying", "bearing", "wearing", "has", "have", "own"])
_ARTICLES = frozenset(["a", "an", "the", "any", "some", "their"])
_BEING = frozenset(["is", "are", "being", "equals", "equal", "to", "of", "either", "value", "be"])
_PRESENT = frozenset(["set", "exists", "exist", "present", "defined", "existing"])
_MISSING = frozenset(["unset", "missing", "absent", "undefined", "lacking"])
_NOT = frozenset(["not", "isnt", "arent", "neither", "doesnt", "never", "notin", "dont"])
_KEY = pattern(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?(?:/[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)?")
_VALUE = pattern(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?(?:,[A-Za-z0-9][\w.-]*)*")


def take_conditions(f: Frame) -> list[str]:
    """Every requirement that a sentence tells of a label, consumed, as kubectl writes it."""
    found = _unequal(f)
    for index in list(f.words(1)):
        key = _key_at(f, index) if f.free(index) else None
        if key is None:
            continue
        start, after, called = key
        text = f.tokens[index].text
        told = _existence(f, text, after) or _values(f, text, after, called=called)
        shown = f.low(after) == "as" and "col" in f.low(after + 1) + f.low(after + 2)
        if told is None and called and not shown and _owned(f, start) and _ends(f, after):
            told = (text, after)
        if told is not None:
            f.use(start, told[1])
            _join(f, start)
            found.append(told[0])
    return found


_LABELLED = frozenset(
    [
        *("labelled", "labeled", "label", "labels", "the", "a", "with", "having", "tagged", "ones"),
        *("matching", "carrying", "those", "that", "have", "any", "in", "as"),
    ]
)
_EXCEPT = frozenset(["not", "without", "except", "excluding", "minus", "lacking", "dont", "arent"])


def _unequal(f: Frame) -> list[str]:
    """`not labelled app=web`, `without the label disk=ssd`."""
    found: list[str] = []
    for index in list(f.words(2)):
        key, equals, value = f.tokens[index].text.partition("=")
        if not equals or not _KEY.fullmatch(key) or not _VALUE.fullmatch(value) or "," in value:
            continue
        at = index - 1
        while at > 0 and f.free(at) and f.low(at) in _LABELLED:
            at -= 1
        if at < 1 or not f.free(at) or f.low(at) not in _EXCEPT:
            continue
        if f.low(index + 1) in ("or", "and", "nor") and "=" in f.tokens[index + 2].text:
            continue
        at -= f.low(at - 1) in ("but", "are", "that") and f.free(at - 1)
        f.use(at, index + 1)
        found.append(f"{key}!={value}")
    return found


def _key_at(f: Frame, index: int) -> tuple[int, int, bool] | None:
    """(where its phrase begins, what follows it, whether it is called a label)."""
    text, start = f.tokens[index].text, index
    keys = f.scan.lexicon.lists.get("list-labelkeys", frozenset())
    behind = f.low(index + 1) in ("label", "labels") and f.free(index + 1)
    before = f.low(index - 1) == "label" and f.free(index - 1)
    called = behind or before
    known = f.low(index) in keys or text == "pool"
    if f.scan.text[f.tokens[index].end :].startswith(":"):
        return None  # "the label team: growth"
    if not _KEY.fullmatch(text) or f.tokens[index].quoted or "=" in text:
        return None
    word = f.is_open(index) or f.low(index) == "canary" or (before and f.is_word(index))
    if not known and not (called and word):
        return None
    start -= before
    while start > 1 and f.low(start - 1) in _ARTICLES and f.free(start - 1):
        start -= 1
    lead = f.low(start - 1)
    led = lead in _LEADS or f.tokens[start - 1].comma or before
    led = led or (text == "pool" and lead == "in")
    if not led or lead in ("without", "minus"):
        return None
    return start, index + 1 + behind, called


def _existence(f: Frame, key: str, at: int) -> tuple[str, int] | None:
    """`app set`, `version unset`, `team exists`, `env is not set`."""
    negated, end = False, at
    while f.free(end) and (f.low(end) in _BEING or f.low(end) in _NOT):
        negated = negated or f.low(end) in _NOT
        end += 1
    word = f.low(end) if f.free(end) else ""
    if word in _MISSING and not negated and _ends(f, end + 1):
        return f"!{key}", end + 1
    if word in _PRESENT and _ends(f, end + 1):
        return ("!" if negated else "") + key, end + 1
    return None


def _values(f: Frame, key: str, at: int, *, called: bool) -> tuple[str, int] | None:
    """`is prod or staging`, `neither prod nor staging`, `not stable and not beta`."""
    negated, end = False, at
    while f.free(end) and (f.low(end) in _BEING or f.low(end) in _NOT or _listed(f, end)):
        negated = negated or f.low(end) in _NOT
        end += 1
    if end == at and not called and f.low(at - 1) != "pool":
        return None
    values: list[str] = []
    while _is_value(f, end):
        values += f.tokens[end].text.split(",")
        end += 1
        step = end
        joined = f.low(step) in (("or", "nor", "and") if negated else ("or",))
        listed = f.tokens[end - 1].comma and _is_value(f, step) and _more(f, step)
        if not joined and not listed and not (f.tokens[end - 1].comma and f.low(step) in _NOT):
            break
        step += joined
        if f.low(step - 1) == "and" and f.low(step) not in _NOT:
            break
        step += f.low(step) in _NOT
        if not _is_value(f, step):
            break
        end = step
    if not values or not _ends(f, end) or (end - at == 1 and not negated):
        return None
    if len(values) == 1:
        return f"{key}{'!=' if negated else '='}{values[0]}", end
    return f"{key} {'notin' if negated else 'in'} ({','.join(dict.fromkeys(values))})", end


def _listed(f: Frame, index: int) -> bool:
    """`in prod or qa`, but not the place of "version in prod"."""
    if f.low(index) != "in" or index + 1 >= len(f.tokens):
        return False
    return "," in f.tokens[index + 1].text or _more(f, index + 1)


def _more(f: Frame, index: int) -> bool:
    """Whether a list of values goes on to an "or": `prod, staging or qa`."""
    while _is_value(f, index):
        if f.low(index + 1) in ("or", "nor"):
            return True
        if not f.tokens[index].comma:
            return False
        index += 1
    return f.low(index) in ("or", "nor")


def _is_value(f: Frame, index: int) -> bool:
    """Whether a label's value can stand there."""
    if not f.free(index) or not _VALUE.fullmatch(f.tokens[index].text):
        return False
    lists = f.scan.lexicon.lists
    single = len(f.low(index)) == 1 and f.low(index - 1) in ("pool", "or")
    usual = (
        single
        or f.low(index) in lists.get("list-plainnames", ())
        or f.low(index) in lists.get("list-namespaces", ())
    )
    return (
        usual or f.is_open(index) or f.low(index) in ("stable", "canary", "beta", "true", "false")
    )


def _ends(f: Frame, index: int) -> bool:
    """Whether a phrase may end before the word: a comma, a joint or a place follows."""
    if index >= len(f.tokens) or f.tokens[index - 1].comma or f.used[index]:
        return True
    word = f.low(index)
    return word in (
        "and",
        "but",
        "in",
        "with",
        "sorted",
        "plus",
        "minus",
        "on",
        "as",
        "across",
        "at",
    )


def _owned(f: Frame, start: int) -> bool:
    return f.low(start - 1) in _OWNING and f.ending("neg", start - 1) is None


def _join(f: Frame, start: int) -> None:
    """Consume the words that only lead to the requirement."""
    at = start - 1
    while at > 0 and f.free(at) and f.low(at) in _LEADS:
        f.use(at)
        at -= 1
