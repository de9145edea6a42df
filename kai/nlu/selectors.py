"""Label requirements: `app=web`, `env in (a,b)`, "without the canary label"."""

from __future__ import annotations

from kai.nlu.frame import Frame
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
        elif token.low in ("-l", "--selector") and f.free(index + 1):
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
        if match and (loose or _introduced_at(f, index)):
            f.use(index)
            _introduced(f, index)
            found += [part for part in text.replace("==", "=").split(",") if part]
            follows = index + 2 < len(f.tokens) and f.low(index + 1) == "and" and f.free(index + 1)
            if follows and ASSIGNMENT.fullmatch(f.tokens[index + 2].text):
                f.use(index + 1)
    found += _worded_requirements(f)
    return found


def _introduced_at(f: Frame, index: int) -> bool:
    return f.ending("labelled", index) is not None or f.ending("labelled", index - 1) is not None


def _introduced(f: Frame, index: int) -> None:
    """Consume the "with label" or "where" before a requirement."""
    before = f.ending("labelled", index)
    if before is not None:
        f.use(before.start, before.end)


def _worded_requirements(f: Frame) -> list[str]:
    """`with label app web`, `without the label canary`, `with a gpu label`."""
    found: list[str] = []
    for match in list(f.find_all("labelled")) + list(f.find_all("unlabelled")):
        at = match.end
        if not f.is_open(at):
            continue
        key = f.tokens[at].text
        if match.category == "unlabelled":
            f.use(match.start, at + 1)
            found.append(f"!{key}")
            continue
        step = at + 1
        negative = f.low(step) in ("not", "isnt")
        while f.low(step) in (
            "is",
            "equals",
            "equal",
            "to",
            "set",
            "being",
            "=",
            "value",
            "not",
            "isnt",
        ):
            negative = negative or f.low(step) == "not"
            step += 1
        if step > at + 1 and f.free(step) and not f.at("prep", step):
            f.use(match.start, step + 1)
            found.append(f"{key}{'!=' if negative else '='}{f.tokens[step].text}")
        elif key.endswith("-") is False:
            f.use(match.start, at + 1)
            found.append(key)
    return found
