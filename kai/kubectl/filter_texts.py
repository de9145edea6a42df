"""Program texts of awk, sed and jq that can neither write, run nor read anything but their input.

The texts are cut into tokens and every token must be on a list; nothing is searched for. Where two
implementations cut a text differently (a slash inside brackets, a slash behind a parenthesis) the
text is refused. Each function returns why the text is refused, or "".
"""

from __future__ import annotations

import re

_BLANKS = re.compile(r" *+")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"')
_NUMBER = re.compile(r"[0-9]++(?:\.[0-9]*+)?(?:[eE][+-]?[0-9]++)?|\.[0-9]++")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*+")
# A bracket expression that every implementation ends at the same place.
_BRACKET = re.compile(r"\[\^?(?:\[:[a-z]++:\]|\\[^\]]|[^\[\]\\])++\]")


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_AWK_FUNCTIONS = _names(
    "length substr index split sub gsub match tolower toupper sprintf int sqrt exp log sin cos atan2"
    " if while for print printf in"
)
_AWK_KEYWORDS = _names(
    "BEGIN END if else while for do in next exit break continue print printf delete length"
)
_AWK_VARIABLES = _names("NR NF FNR FS OFS RS ORS RSTART RLENGTH SUBSEP OFMT")
_AWK_REFUSED = _names("getline system close fflush nextfile function func return switch")
_AWK_OPERATOR = re.compile(
    r"&&|\|\||==|!=|<=|>=|!~|\+\+|--|\+=|-=|\*=|%=|\^=|[{}()\[\];,<>~!=+*%^?:$-]"
)
# Behind these a slash is the start of a regular expression in every awk.
_AWK_BEFORE_REGEX = frozenset(("", "{", "}", ";", ",", "(", "~", "!~", "!", "&&", "||", "print"))


def awk_fault(text: str) -> str:
    """Check an awk program."""
    position, before, braces, parens = 0, "", 0, 0
    while True:
        position = _end(_BLANKS, text, position)
        if position == len(text):
            return "" if braces == parens == 0 else "unbalanced awk program"
        char = text[position]
        if char == "/":
            if before not in _AWK_BEFORE_REGEX:
                if before not in ("operand", "]"):
                    return "a '/' that can be read in two ways"
                position, before = position + 1, "/"
                continue
            end = _regex_end(text, position + 1, "/")
            if end < 0:
                return "a regular expression that is read in two ways"
            position, before = end + 1, "regex"
        elif match := _STRING.match(text, position) or _NUMBER.match(text, position):
            position, before = match.end(), "operand"
        elif match := _IDENTIFIER.match(text, position):
            name, position = match.group(), match.end()
            fault, before = _awk_name(name, text[_end(_BLANKS, text, position) :][:1])
            if fault or (parens and name in ("print", "printf")):
                return fault or "a print inside parentheses"
        elif match := _AWK_OPERATOR.match(text, position):
            before, position = match.group(), match.end()
            braces += (before == "{") - (before == "}")
            parens += (before == "(") - (before == ")")
            if min(braces, parens) < 0 or (before in ("{", "}") and parens):
                return "unbalanced awk program"
            if before in (">", ">=") and braces and not parens:
                return "'>' in an action writes a file"
        else:
            return f"'{char}' in an awk program"


def _awk_name(name: str, following: str) -> tuple[str, str]:
    """Judge a name in an awk program: (fault, what it is for the next token)."""
    if name in _AWK_REFUSED:
        return f"'{name}' in an awk program", ""
    if following == "(" and name not in _AWK_FUNCTIONS:
        return f"the function '{name}' in an awk program", ""
    if name in _AWK_KEYWORDS:
        return "", "print" if name == "print" else "keyword"
    if name in _AWK_FUNCTIONS or name in _AWK_VARIABLES or not name.isupper():
        return "", "operand"
    return f"the variable '{name}' in an awk program", ""


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return position if match is None else match.end()


def _regex_end(text: str, position: int, mark: str) -> int:
    """Index of the `mark` that ends a regular expression, or -1 where that is not sure."""
    while position < len(text):
        char = text[position]
        if char == mark:
            return position
        if char == "\\":
            position += 2
        elif char == "[":
            match = _BRACKET.match(text, position)
            if match is None or mark in match.group():
                return -1
            position = match.end()
        else:
            position += 1
    return -1


_SED_ADDRESS = re.compile(r"[0-9]++|\$")
_SED_MARKS = frozenset("/|#,:@%_+!")
_SED_FLAGS = re.compile(r"[gpIi0-9]*+")
_SED_QUIT = re.compile(r" *+[0-9]*+")


def sed_fault(text: str) -> str:
    """Check a sed script: addresses, `s`, `y`, `p`, `d`, `q`, `=`, `n` and nothing else."""
    position = 0
    while True:
        position = _end(_BLANKS, text, position)
        if position == len(text):
            return ""
        if text[position] == ";":
            position += 1
            continue
        position = _sed_addresses(text, position)
        if position < 0 or position >= len(text):
            return "an address of the sed script"
        command = text[position]
        position += 1
        if command in "sy":
            position = _sed_substitution(text, position, flags=command == "s")
            if position < 0:
                return "a substitution of the sed script"
        elif command == "q":
            position = _end(_SED_QUIT, text, position)
        elif command not in "pd=n":
            return f"the command '{command}' in a sed script"
        position = _end(_BLANKS, text, position)
        if position < len(text) and text[position] != ";":
            return f"'{text[position]}' behind a command of the sed script"


def _sed_addresses(text: str, position: int) -> int:
    """Skip `ADDRESS[,ADDRESS][!]`; -1: it cannot be read for sure."""
    for first in (True, False):
        if text[position : position + 1] == "/":
            position = _regex_end(text, position + 1, "/") + 1
            if position == 0:
                return -1
        else:
            match = _SED_ADDRESS.match(text, position)
            if match is None:
                return position if first else -1
            position = match.end()
        position = _end(_BLANKS, text, position)
        if not first or text[position : position + 1] != ",":
            break
        position = _end(_BLANKS, text, position + 1)
    if text[position : position + 1] == "!":
        position += 1
    return _end(_BLANKS, text, position)


def _sed_substitution(text: str, position: int, *, flags: bool) -> int:
    mark = text[position : position + 1]
    if mark not in _SED_MARKS or not mark:
        return -1
    middle = _regex_end(text, position + 1, mark)
    if middle < 0:
        return -1
    end = middle + 1
    while end < len(text) and text[end] != mark:
        end += 2 if text[end] == "\\" else 1
    if end >= len(text):
        return -1
    return _end(_SED_FLAGS, text, end + 1) if flags else end + 1


_JQ_NAMES = _names(
    "and or not if then elif else end as reduce foreach try catch label break empty error null true"
    " false length utf8bytelength keys keys_unsorted values has in map map_values path paths"
    " leaf_paths del delpaths getpath setpath to_entries from_entries with_entries select recurse"
    " add any all flatten range floor ceil round sqrt pow log log10 exp abs min max min_by max_by"
    " unique unique_by group_by sort sort_by reverse contains inside index rindex indices startswith"
    " endswith combinations ascii_downcase ascii_upcase ltrimstr rtrimstr trim ltrim rtrim explode"
    " implode split join splits ascii tojson fromjson tonumber tostring toarray type infinite nan"
    " isinfinite isnan isnormal isvalid isempty test match capture scan sub gsub first last nth"
    " limit until repeat while transpose bsearch tostream fromstream truncate_stream todate fromdate"
    " now date dateadd datesub strptime strftime strflocaltime mktime gmtime localtime"
    " fromdateiso8601 todateiso8601 arrays objects iterables booleans numbers strings nulls scalars"
    " walk pick"
)
_JQ_FORMATS = _names("text json csv tsv html uri sh base64 base64d")
_JQ_FIELD = re.compile(r"\.[A-Za-z_][A-Za-z0-9_]*+")
_JQ_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*+)")
_JQ_FORMAT = re.compile(r"@([a-z0-9]++)")
_JQ_OPERATOR = re.compile(
    r"\?//|//=|\|=|\+=|-=|\*=|/=|%=|==|!=|<=|>=|//|\.\.|[|,.:;=<>+*/%?()\[\]{}-]"
)
_JQ_STRING_PIECE = re.compile(r'(?:[^"\\]|\\[^(])*+')


def jq_fault(text: str) -> str:
    """Check a jq filter: no input but the piped one, no environment, no modules, no own functions."""
    position, fault = _jq(text, 0, depth=0)
    if fault:
        return fault
    return "" if position == len(text) else "unbalanced jq filter"


def _jq(text: str, position: int, depth: int) -> tuple[int, str]:
    """Read until the end, or inside a string's `\\( )` until its closing parenthesis."""
    parens = 0
    if depth > 8:
        return position, "a jq filter nested too deep"
    while True:
        position = _end(_BLANKS, text, position)
        if position == len(text):
            return position, "unbalanced jq filter" if depth or parens else ""
        char = text[position]
        if char == '"':
            position, fault = _jq_string(text, position + 1, depth)
            if fault:
                return position, fault
        elif match := _JQ_FIELD.match(text, position) or _NUMBER.match(text, position):
            position = match.end()
        elif match := _IDENTIFIER.match(text, position):
            position = match.end()
            # {name: value} and {name}: a bare word in an object is a key, never a call.
            key = text[_end(_BLANKS, text, position) :][:1] == ":"
            if match.group() not in _JQ_NAMES and not key:
                return position, f"'{match.group()}' in a jq filter"
        elif match := _JQ_VARIABLE.match(text, position) or _JQ_FORMAT.match(text, position):
            position, name = match.end(), match.group(1)
            if char == "@" and name not in _JQ_FORMATS:
                return position, f"'@{name}' in a jq filter"
            if char == "$" and (name == "ENV" or name.startswith("__")):
                return position, f"'${name}' in a jq filter"
        elif match := _JQ_OPERATOR.match(text, position):
            position = match.end()
            parens += (char == "(") - (char == ")")
            if parens < 0:
                return position, "" if depth else "unbalanced jq filter"
        else:
            return position, f"'{char}' in a jq filter"


def _jq_string(text: str, position: int, depth: int) -> tuple[int, str]:
    while True:
        position = _end(_JQ_STRING_PIECE, text, position)
        if text.startswith("\\(", position):
            position, fault = _jq(text, position + 2, depth + 1)
            if fault:
                return position, fault
        elif text.startswith('"', position):
            return position + 1, ""
        else:
            return position, "a string of the jq filter is not closed"
