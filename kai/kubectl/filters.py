"""The programs a kubectl command may be piped into, in forms that neither write nor run anything.

Each program has an allow-list of options; an option, an argument or a piece of program text that is
not listed is refused, harmless or not. Files are no arguments of a filter: it reads its input. Long
options must be spelled out (getopt would accept `--out` for `--output`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from kai.kubectl.filter_texts import awk_fault, jq_fault, sed_fault
from kai.kubectl.words import Word
from kai.model import Finding, Level


class _Form(NamedTuple):
    """What may follow a program: letters and names of options with and without a value."""

    plain: str = ""
    valued: str = ""
    plain_long: frozenset[str] = frozenset()
    valued_long: frozenset[str] = frozenset()
    fewest: int = 0
    most: int = 0
    dash_number: bool = False
    text: Callable[[str], str] | None = None
    text_letters: str = ""
    text_long: frozenset[str] = frozenset()
    two_values: frozenset[str] = frozenset()


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GREP = _Form(
    plain="ivEFGPwxconlLhHsqay",
    valued="ABCm",
    plain_long=_names(
        "ignore-case invert-match extended-regexp fixed-strings basic-regexp perl-regexp"
        " word-regexp line-regexp count only-matching line-number quiet silent no-messages text"
        " line-buffered color colour no-filename"
    ),
    valued_long=_names("after-context before-context context max-count color colour"),
    most=1,
    fewest=1,
    dash_number=True,
    text=lambda _: "",
    text_letters="e",
    text_long=_names("regexp"),
)
_HEAD = _Form("qvz", "nc", _names("quiet silent verbose"), _names("lines bytes"), dash_number=True)
_JQ = _Form(
    plain="rcnsSejaMCR",
    plain_long=_names(
        "raw-output compact-output null-input slurp sort-keys exit-status join-output ascii-output"
        " monochrome-output color-output raw-input tab"
    ),
    valued_long=_names("indent"),
    two_values=_names("arg argjson"),
    most=1,
    text=jq_fault,
)
_FORMS = {
    "grep": _GREP,
    "egrep": _GREP,
    "fgrep": _GREP,
    "head": _HEAD,
    "tail": _Form(
        "fFqrvz",
        "nc",
        _names("quiet silent verbose follow"),
        _names("lines bytes"),
        dash_number=True,
    ),
    "wc": _Form("lwcmL", plain_long=_names("lines words bytes chars max-line-length")),
    "sort": _Form(
        "rnhVufbdgiMsz",
        "kt",
        _names(
            "reverse numeric-sort human-numeric-sort version-sort unique ignore-case stable"
            " ignore-leading-blanks dictionary-order general-numeric-sort month-sort"
        ),
        _names("key field-separator"),
    ),
    "uniq": _Form(
        "cdDuiz",
        "fsw",
        _names("count repeated unique ignore-case all-repeated"),
        _names("skip-fields skip-chars check-chars"),
    ),
    "cut": _Form(
        "snz",
        "dfcb",
        _names("only-delimited complement"),
        _names("delimiter fields characters bytes output-delimiter"),
    ),
    "column": _Form(
        "txn", "scoN", _names("table"), _names("separator output-separator table-columns")
    ),
    "tr": _Form("dscCt", "", _names("delete squeeze-repeats complement"), fewest=1, most=2),
    "jq": _JQ,
    "awk": _Form(valued="Fv", fewest=1, most=1, text=awk_fault),
    "sed": _Form(
        "nErsu",
        plain_long=_names("quiet silent regexp-extended"),
        fewest=1,
        most=1,
        text=sed_fault,
        text_letters="e",
        text_long=_names("expression"),
    ),
    "base64": _Form("dD", "w", _names("decode"), _names("wrap")),
}

#: The programs that may stand behind a pipe, besides kubectl and xargs.
PROGRAMS = frozenset(_FORMS)


def check_filter(words: Sequence[Word]) -> list[Finding]:
    """Say why a stage is no filter that kai vouches for (K121, K122); nothing: it is one."""
    program = words[0]
    form = _FORMS.get(program.value)
    if form is None or program.quoted:
        message = f"kai does not pipe into '{program.value}'; it may write or run something"
        return [Finding("K121", Level.ERROR, message, program.start, program.end)]
    reading = _Reading(form, program.value, words)
    reading.run()
    return reading.findings


class _Reading:
    def __init__(self, form: _Form, program: str, words: Sequence[Word]) -> None:
        self.form = form
        self.program = program
        self.words = words
        self.position = 1
        self.given_text = False
        self.arguments: list[Word] = []
        self.findings: list[Finding] = []

    def run(self) -> None:
        while self.position < len(self.words) and not self.findings:
            word = self.words[self.position]
            self.position += 1
            value = word.value
            # Not every jq and awk ends its options there.
            if value == "--" and self.program not in ("awk", "jq"):
                self.arguments.extend(self.words[self.position :])
                break
            if value.startswith("--"):
                self._long(word)
            elif value[:1] == "-" and len(value) > 1:
                self._letters(word)
            else:
                self.arguments.append(word)
        if not self.findings:
            self._arguments()

    def _refuse(self, word: Word, why: str) -> None:
        message = f"kai does not vouch for this use of {self.program}: {why}"
        self.findings.append(Finding("K122", Level.ERROR, message, word.start, word.end))

    def _next(self, word: Word) -> Word | None:
        if self.position == len(self.words):
            self._refuse(word, f"{word.value} needs a value")
            return None
        self.position += 1
        return self.words[self.position - 1]

    def _text(self, word: Word, text: str) -> None:
        fault = self.form.text(text) if self.form.text else ""
        if fault:
            self._refuse(word, fault)

    def _long(self, word: Word) -> None:
        form = self.form
        name, equals, value = word.value[2:].partition("=")
        if name in form.text_long:
            self.given_text = True
            if equals:
                self._text(word, value)
            elif following := self._next(word):
                self._text(following, following.value)
        elif name in form.two_values and not equals:
            if self._next(word):
                self._next(word)
        elif name in form.valued_long and (equals or name not in form.plain_long):
            if not equals:
                self._next(word)
        elif equals or name not in form.plain_long:
            self._refuse(word, f"--{name}")

    def _letters(self, word: Word) -> None:
        form, value = self.form, word.value
        if form.dash_number and value[1:].isdigit():
            return
        for index, letter in enumerate(value[1:], 2):
            if letter in form.plain:
                continue
            rest = value[index:]
            if letter in form.text_letters:
                self.given_text = True
                if rest:
                    self._text(word, rest)
                elif following := self._next(word):
                    self._text(following, following.value)
            elif letter in form.valued:
                if not rest:
                    self._next(word)
            else:
                self._refuse(word, f"-{letter}")
            return

    def _arguments(self) -> None:
        form, arguments = self.form, self.arguments
        most = 0 if self.given_text else form.most
        fewest = 0 if self.given_text else form.fewest
        if len(arguments) > most:
            self._refuse(arguments[most], "it reads or writes the file named here")
        elif len(arguments) < fewest:
            self._refuse(self.words[0], "it lacks an argument")
        elif form.text and arguments:
            self._text(arguments[0], arguments[0].value)
