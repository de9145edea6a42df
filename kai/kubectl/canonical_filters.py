"""Pipeline filters that are written differently and do the same, brought into one form."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Form = list[str]

_GREP_LONG = {
    "--ignore-case": "i",
    "--invert-match": "v",
    "--extended-regexp": "E",
    "--word-regexp": "w",
    "--count": "c",
    "--only-matching": "o",
    "--perl-regexp": "P",
    "--fixed-strings": "F",
    "--line-number": "n",
    "--quiet": "q",
}
_GREP_CLUSTER = re.compile(r"-([A-Za-z]*?)([ABCm]?)([0-9]*)")
_ALTERNATION = re.compile(r"[|+?(){}]")
_BLANKS = re.compile(r"\s+")
_JQ_MARKS = re.compile(r"\s*([|,:=!<>+()\[\]{}])\s*")
_AWK_MARKS = re.compile(r"\s*([{}();,=<>!|&])\s*")


def filter_form(words: Sequence[str]) -> Form:
    """One form for equal filters: program, options, arguments."""
    program = {"egrep": "grep", "fgrep": "grep"}.get(words[0], words[0])
    form = _FORMS.get(program)
    return list(words) if form is None else form(words)


def _grep(words: Sequence[str]) -> Form:
    letters = {"egrep": {"E"}, "fgrep": {"F"}}.get(words[0], set())
    patterns: list[str] = []
    index = 1
    while index < len(words):
        word = words[index]
        index += 1
        match = _GREP_CLUSTER.fullmatch(word)
        if word in ("-e", "--regexp") and index < len(words):
            patterns.append(words[index])
            index += 1
        elif word.startswith("--regexp="):
            patterns.append(word.partition("=")[2])
        elif word in _GREP_LONG:
            letters.add(_GREP_LONG[word])
        elif word.startswith(("--color", "--colour")):
            continue
        elif len(word) > 1 and match:
            letters.update(match[1])
            if match[2] and not match[3] and index < len(words):
                letters.add(match[2] + words[index])
                index += 1
            elif match[2] or match[3]:
                letters.add(match[2] + match[3])
        else:
            patterns.append(word)
    patterns = [pattern.replace("\\|", "|") for pattern in patterns]
    if any("|" in pattern for pattern in patterns) and "F" not in letters:
        letters.add("E")
    elif not any(_ALTERNATION.search(pattern) for pattern in patterns):
        letters.discard("E")
    if len(patterns) == 1 and "(" not in patterns[0]:
        patterns = ["|".join(sorted(patterns[0].split("|")))]
    return ["grep", "".join(sorted(letters)), *patterns]


def _head_or_tail(words: Sequence[str]) -> Form:
    program, count, follow = words[0], "10", ""
    index = 1
    rest: list[str] = []
    while index < len(words):
        word = words[index]
        index += 1
        if word in ("-n", "--lines") and index < len(words):
            count = words[index].lstrip("-") if program == "tail" else words[index]
            index += 1
        elif word.startswith("--lines="):
            count = word.partition("=")[2]
        elif re.fullmatch(r"-n[+-]?[0-9]+", word):
            count = word[2:]
        elif re.fullmatch(r"-[0-9]+", word):
            count = word[1:]
        elif word == "-f":
            follow = "f"
        else:
            rest.append(word)
    return [program, count, follow, *rest]


def _wc(words: Sequence[str]) -> Form:
    long = {"--lines": "l", "--words": "w", "--bytes": "c", "--chars": "m"}
    return ["wc", "".join(sorted(long.get(word, word.lstrip("-")) for word in words[1:]))]


def _base64(words: Sequence[str]) -> Form:
    decodes = any(word in ("-d", "-D", "--decode") for word in words[1:])
    return ["base64", "d" if decodes else "", *(w for w in words[1:] if w.startswith("-w"))]


def _sort(words: Sequence[str]) -> Form:
    options: list[str] = []
    for word in words[1:]:
        options.extend(word[1:] if re.fullmatch(r"-[a-z]+", word) else [word])
    return ["sort", *sorted(options)]


def _jq(words: Sequence[str]) -> Form:
    letters: set[str] = set()
    rest: list[str] = []
    for word in words[1:]:
        if len(word) > 1 and word[0] == "-":
            letters.update(
                {"--raw-output": "r", "--compact-output": "c"}.get(word, word.lstrip("-"))
            )
        else:
            rest.append(_JQ_MARKS.sub(r"\1", _BLANKS.sub(" ", word.strip())))
    return ["jq", "".join(sorted(letters)), *rest]


def _awk(words: Sequence[str]) -> Form:
    texts = (_AWK_MARKS.sub(r"\1", _BLANKS.sub(" ", word.strip())) for word in words[1:])
    return ["awk", *(text.replace(";}", "}") for text in texts)]


_FORMS: dict[str, Callable[[Sequence[str]], Form]] = {
    "grep": _grep,
    "head": _head_or_tail,
    "tail": _head_or_tail,
    "wc": _wc,
    "base64": _base64,
    "sort": _sort,
    "jq": _jq,
    "awk": _awk,
}


def xargs_options(words: Sequence[str], *, strict: bool = False) -> Form:
    """The options of xargs that change what is run; how many at once only where `strict`."""
    options: list[str] = []
    index = 1
    while index < len(words):
        word = words[index]
        index += 1
        if word in ("-n", "-I", "-P", "-L", "-d") and index < len(words):
            word += words[index]
            index += 1
        if word in ("-r", "--no-run-if-empty", "-t"):
            continue
        if strict or not re.match(r"-[nLP][0-9]", word):
            options.append(word)
    return sorted(options)
