"""Label requirements: `app=web`, `env in (a,b)`, "without the canary label"."""

from __future__ import annotations

from kai.nlu.frame import Frame
from kai.nlu.patterns import pattern
from kai.nlu.tokens import ASSIGNMENT


def take_selector(f: Frame, *, loose: bool = True) -> list[str]:
    """Label requirements, consumed, each as kubectl writes it (`app=web`, `!canary`).

    `loose`: an assignment anywhere counts, for intents where `k=v` can mean nothing else.
    """
    found: list[str] = []
    for index in f.words():
        token = f.tokens[index]
        if token.selector:
            f.use(index)
            found.append(token.selector)
            _introduced(f, index)
        elif f.free(index + 1) and (
            token.low in ("-l", "--selector")
            or (token.low == "l" and ASSIGNMENT.fullmatch(f.tokens[index + 1].text))
        ):
            found.append(f.tokens[index + 1].text)
            f.use(index, index + 2)
        elif token.low.startswith(("--selector=", "-l=")):
            found.append(token.text.partition("=")[2])
            f.use(index)
    for index in f.words():
        if not f.free(index) or f.tokens[index].text.startswith("-"):
            continue
        text = f.tokens[index].text
        match = ASSIGNMENT.fullmatch(text)
        if match and (_introduced_at(f, index) or (loose and may_be_label(text))):
            f.use(index)
            _introduced(f, index)
            negation = f.ending("neg", index)
            if negation is not None and "!=" not in text:
                f.use(negation.start, negation.end)
                found.append(text.replace("==", "=").replace("=", "!=", 1))
                continue
            found += _alternatives(f, index, text.replace("==", "="))
            follows = index + 2 < len(f.tokens) and f.low(index + 1) == "and" and f.free(index + 1)
            if follows and ASSIGNMENT.fullmatch(f.tokens[index + 2].text):
                f.use(index + 1)
    found += _worded_requirements(f)
    return found + _known_keys(f)


_LABEL_VALUE = pattern(r"(?:[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)?")
_VARIABLE = pattern(r"[A-Z][A-Z0-9]*_[A-Z0-9_]*|[A-Z][A-Z0-9]{3,}")


def may_be_label(text: str) -> bool:
    """Whether an assignment nobody called a label can be one: no image, no variable, no URL.

    The values are as in the API's validation of labels; a key in capitals is an environment
    variable to everyone who writes one.
    """
    for part in text.split(","):
        match = ASSIGNMENT.fullmatch(part)
        if match is None:
            continue
        if match[1].lower() in _PLACES:
            return False
        if _VARIABLE.fullmatch(match[1]) or not _LABEL_VALUE.fullmatch(match[3]):
            return False
    return True


_PLACES = frozenset(["ns", "namespace", "ctx", "context"])
"""What `ns=web` means is the place, unless the word "label" stands before it."""


_LEADING_IN = frozenset(["with", "where", "and", "but", "not", "having", "whose", "only"])


def _known_keys(f: Frame) -> list[str]:
    """`with tier frontend but not env dev`: a usual label key and its value."""
    found: list[str] = []
    keys = f.scan.lexicon.lists.get("list-labelkeys", frozenset())
    for index in list(f.words(1)):
        if f.low(index) not in keys or not f.free(index) or not f.free(index + 1):
            continue
        before = index - 1
        if found_apart := _key_not_value(f, index):
            found.append(found_apart)
            continue
        if not f.is_open(index + 1):
            continue
        negation = f.ending("neg", index)
        if negation is None and not (f.low(before) in _LEADING_IN and f.free(before)):
            continue
        start = negation.start if negation is not None else before
        if negation is not None and f.low(start - 1) in ("but", "and") and f.free(start - 1):
            start -= 1
        values = _values(f, index + 1)
        f.use(start, values[-1] + 1)
        texts = [f.tokens[value].text for value in values]
        found.append(_requirement(f.tokens[index].text, texts, negation is not None))
    return found


def _key_not_value(f: Frame, index: int) -> str:
    """`release not canary` behind a comma, an "and" or another requirement."""
    before = f.tokens[index - 1]
    joined = before.comma or f.used[index - 1] or f.low(index - 1) in _LEADING_IN
    after = index + 1 + (f.low(index + 1) in ("is", "isnt"))
    at = after + (f.low(after) in _NOT)
    known = f.is_open(at) or f.low(at) in f.scan.lexicon.lists.get("list-namespaces", frozenset())
    if at == index + 1 or f.low(at - 1) not in _NOT or not joined or not known or not f.free(at):
        return ""
    f.use(index, at + 1)
    if f.low(index - 1) in ("and", "but", "with", "where") and f.free(index - 1):
        f.use(index - 1)
    return f"{f.tokens[index].text}!={f.tokens[at].text}"


def _alternatives(f: Frame, index: int, text: str) -> list[str]:
    """The requirements of one word, with `app=v1 or app=v2` and `app=v1 or v2` as a set."""
    key, equals, first = text.partition("=")
    if "," in text or not equals or key.endswith("!"):
        return [part for part in text.split(",") if part]
    values, at = [first], index + 1
    while f.low(at) == "or" and f.free(at) and f.free(at + 1):
        other = f.tokens[at + 1].text.replace("==", "=")
        if "=" in other and not other.startswith(f"{key}="):
            break
        if "=" not in other and not f.is_open(at + 1):
            break
        values.append(other.removeprefix(f"{key}="))
        f.use(at, at + 2)
        at += 2
    return [_requirement(key, values, False)] if len(values) > 1 else [text]


def _introduced_at(f: Frame, index: int) -> bool:
    return f.ending("labelled", index) is not None or f.ending("labelled", index - 1) is not None


def _introduced(f: Frame, index: int) -> None:
    """Consume the "with label" before a requirement and the "label" behind it."""
    before = f.ending("labelled", index)
    if before is not None and (before.value == "label" or before.end - before.start > 0):
        f.use(before.start, before.end)
    if f.low(index + 1) in ("label", "labels", "selector") and f.free(index + 1):
        f.use(index + 1)


_EQUALS = frozenset(["either"]) | frozenset(
    ["is", "are", "equals", "equal", "to", "set", "being", "=", "==", "value", "has"]
)
_LACKING = frozenset(["missing", "lacking", "lack", "lacks", "misses", "miss", "sans"])
_NOT = frozenset(["not", "isnt", "arent", "!=", "doesnt"])


_NO_KEYS = frozenset(
    ["column", "columns", "field", "fields", "header", "headers", "stuff", "things", "info", "too"]
)
"""What "with the selector" and "with labels" go on to without naming a key."""


def _worded_requirements(f: Frame) -> list[str]:
    """`with label app web`, `without the label canary`, `where tier is web or api`."""
    found = _absent(f)
    for match in list(f.find_all("labelled")):
        at = match.end
        if f.low(at) == "the" and f.low(at + 2) == "label" and f.low(at + 3) in _EQUALS:
            at += 1
        told = f.is_word(at) or _told_key(f, at)
        if any(f.used[match.start : match.end]) or not told:
            if match.value != "label" or f.at("filler", at) or f.at("prep", at) or not f.free(at):
                continue
            if f.cover[at] or f.tokens[at].low not in f.everyday:
                continue
        key = f.tokens[at].text
        if key.startswith("-") or f.tokens[at].low in _NO_KEYS:
            continue
        step, negative = at + 1, False
        apart = f.low(step) in ("label", "labels", "tag") and f.low(step + 1) in _EQUALS | _NOT
        step += apart and f.free(step)  # "whose env label is staging"
        while f.free(step) and f.low(step) in _EQUALS | _NOT:
            negative = negative or f.low(step) in _NOT
            step += 1
        if step == at + 1 and f"{key}:" in f.scan.text and f.free(step):
            f.use(match.start, step + 1)  # "the label team: growth"
            found.append(f"{key.rstrip(':')}={f.tokens[step].text}")
            continue
        listed = f.low(step) in ("in", "notin", "among") and f.free(step) and f.is_open(step + 1)
        if listed and ("," in f.tokens[step + 1].text or f.low(step + 2) == "or"):
            negative, step = negative or f.low(step) == "notin", step + 1
        values = _values(f, step) if step > at + 1 else []
        if values:
            f.use(match.start, values[-1] + 1)
            found.append(_requirement(key, [f.tokens[index].text for index in values], negative))
        elif match.value == "label" and step == at + 1:
            f.use(match.start, at + 1)
            found.append(key)
    return found


def _told_key(f: Frame, index: int) -> bool:
    """Whether a usual label key is told from the verb it also is: "where release is canary"."""
    keys = f.scan.lexicon.lists.get("list-labelkeys", frozenset())
    return f.free(index) and f.low(index) in keys and f.low(index + 1) in ("is", "=", "equals")


def _requirement(key: str, values: list[str], negative: bool) -> str:
    values = [part for value in values for part in value.strip("()").split(",") if part]
    if len(values) == 1:
        return f"{key}{'!=' if negative else '='}{values[0]}"
    return f"{key} {'notin' if negative else 'in'} ({','.join(values)})"


def _values(f: Frame, index: int) -> list[int]:
    """Indexes of the values `web or api` from `index` on."""
    found: list[int] = []
    at = index
    while f.free(at) and (f.is_open(at) or not found) and not f.at("prep", at):
        found.append(at)
        if f.low(at + 1) in ("or", "nor") and f.free(at + 1):
            at += 2
        else:
            break
    return found


def _absent(f: Frame) -> list[str]:
    """`without the label canary`, `that have no app label`."""
    found: list[str] = []
    for match in list(f.find_all("unlabelled")):
        keys = f.scan.lexicon.lists.get("list-labelkeys", frozenset())
        plain = f.free(match.end) and (not f.cover[match.end] or f.low(match.end) in keys)
        if f.low(match.end - 1) == "label" and f.name_at(match.end, any_word=True):
            plain = True  # "without the label keep": whatever the word
        if plain and not any(f.used[match.start : match.end]):
            found.append(f"!{f.tokens[match.end].text}")
            f.use(match.start, match.end + 1)
    for index in list(f.words()):
        after = f.low(index + 1) in ("label", "labels") and f.free(index + 1)
        keys = f.scan.lexicon.lists.get("list-labelkeys", frozenset())
        if not after or not (f.is_word(index) or (f.free(index) and f.low(index) in keys)):
            continue
        start = index
        while f.low(start - 1) in ("the", "a", "an", "any") and f.free(start - 1):
            start -= 1
        negation = f.ending("neg", start)
        lacking = f.low(start - 1) in _LACKING and f.free(start - 1)
        if negation is not None or lacking:
            begin = negation.start if negation is not None else start - 1
            begin -= f.low(begin - 1) in ("that", "which", "are") and f.free(begin - 1)
            found.append(f"!{f.tokens[index].text}")
            f.use(begin, index + 2)
    return found
