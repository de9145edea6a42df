"""Whatever the text: nothing raises, everything found has a place in it, and forms are stable."""

from __future__ import annotations

import string

from hypothesis import given, settings
from hypothesis import strategies as st

from kai.kubectl.canonical import canonical
from kai.kubectl.filter_texts import awk_fault, jq_fault, sed_fault
from kai.kubectl.govalues import go_duration, go_int
from kai.kubectl.grammar import quote, read
from kai.kubectl.invocation import Invocation, parse
from kai.kubectl.resources import builtin
from kai.kubectl.spec import load

SPEC = load()
COMMANDS = sorted({" ".join(path) for path in SPEC.commands})
FLAGS = sorted({name for command in SPEC.commands.values() for name in command.flags})
KINDS = sorted(builtin().words)
PRINTABLE = st.text(alphabet=string.printable[:95], max_size=12)

fragments = st.one_of(
    st.sampled_from(KINDS),
    st.sampled_from(FLAGS).map("--{}".format),
    st.builds("--{}={}".format, st.sampled_from(FLAGS), PRINTABLE),
    st.sampled_from(
        ["-n", "-A", "-it", "-oyaml", "-o", "-l", "-f", "--", "-", "-w=0", "a/b", "a,b"]
    ),
    st.sampled_from(
        ["x=1", "k:NoSchedule", "y-", "'a b'", '"a"', "{.a}", "'{.a}'", "|", "| grep", "| xargs"]
    ),
    st.sampled_from(
        ["kubectl", "| awk", "| jq", "| sed", "'{print $1}'", "s/a/b/", "'.a|.b'", "-I '{}'"]
    ),
    PRINTABLE,
)
lines = st.builds(
    lambda command, parts: " ".join(("kubectl", command, *parts)),
    st.sampled_from(COMMANDS),
    st.lists(fragments, max_size=8),
)
texts = st.one_of(lines, st.text(max_size=60), PRINTABLE)


@given(texts)
@settings(max_examples=600, deadline=None)
def test_any_text_is_read_and_every_part_stands_where_it_says(text: str) -> None:
    pipeline = parse(text, SPEC)

    assert pipeline.text == text
    for finding in pipeline.findings:
        assert 0 <= finding.start <= finding.end <= len(text)
        assert finding.message
        assert finding.code[:2] == "K1"
    for stage in pipeline.stages:
        for word in stage.words:
            assert text[word.start : word.end] == word.raw
        assert 0 <= stage.start < stage.end <= len(text)
        if isinstance(stage, Invocation):
            _check(stage, text)


def _check(call: Invocation, text: str) -> None:
    for flag in call.flags:
        assert call.start <= flag.start < flag.name_end <= flag.end <= call.end
        assert flag.start <= flag.value_start <= flag.value_end <= flag.end
        if flag.value is not None:
            shown = text[flag.value_start : flag.value_end]
            assert flag.value in read_value(shown)
    for arg in call.resources(builtin()):
        assert call.start <= arg.start <= arg.end <= call.end
        assert arg.start <= arg.name_start <= arg.name_end <= call.end
        assert (
            text[arg.name_start : arg.name_end].strip("'\"") == (arg.name or "")
            or "'" in text
            or '"' in text
        )
    assert len(call.args) + len(call.path_words) < len(call.words)


def read_value(shown: str) -> set[str]:
    """What a piece of a line can mean: itself, or what is left when its quotes are gone."""
    return {shown, shown.replace("'", "").replace('"', ""), shown[1:-1]}


@given(texts)
@settings(max_examples=600, deadline=None)
def test_a_line_is_either_read_or_refused_and_never_both(text: str) -> None:
    line = read(text)

    assert bool(line.stages) != bool(line.findings)
    assert all(line.stages)


@given(texts)
@settings(max_examples=400, deadline=None)
def test_a_repair_of_a_refused_line_goes_into_the_line(text: str) -> None:
    line = read(text)

    for finding in line.findings:
        if finding.replacement is not None:
            (stage,) = read(finding.replacement).stages
            assert len(stage) == 1


@given(st.text(alphabet=string.printable[:95], max_size=40))
@settings(max_examples=800, deadline=None)
def test_a_quoted_value_is_read_back(value: str) -> None:
    try:
        spelled = quote(value)
    except ValueError:
        return
    (stage,) = read(spelled).stages

    assert [word.value for word in stage] == [value]


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_every_value_is_quoted_or_refused(value: str) -> None:
    try:
        spelled = quote(value)
    except ValueError:
        assert not (value.isascii() and value.isalnum())
    else:
        assert spelled.isascii()


@given(lines, st.data())
@settings(max_examples=400, deadline=None)
def test_quoting_every_word_changes_nothing_but_the_spelling(
    text: str, data: st.DataObject
) -> None:
    line = read(text)
    if len(line.stages) != 1:
        return
    try:
        spelled = [
            "'" + w.value + "'" if data.draw(st.booleans()) else quote(w.value)
            for w in line.stages[0]
        ]
    except ValueError:
        return
    again = read("  ".join(spelled))
    if again.findings:
        return

    assert [word.value for word in again.stages[0]] == [word.value for word in line.stages[0]]
    if canonical(text, SPEC)[0] == "[" and again.stages[0][0].raw == "kubectl":
        assert canonical("  ".join(spelled), SPEC) == canonical(text, SPEC)


@given(texts)
@settings(max_examples=400, deadline=None)
def test_the_canonical_form_does_not_depend_on_how_often_or_how_it_is_asked_for(text: str) -> None:
    form = canonical(text, SPEC)

    assert canonical(parse(text, SPEC), SPEC) == form
    assert canonical(text, SPEC) == form
    if not form.startswith("["):
        assert canonical(form, SPEC) == form


@given(st.text(alphabet="{}()[];,<>!=+-*/%|&$\"'\\~^?:. ab1#@print", max_size=30))
@settings(max_examples=500, deadline=None)
def test_program_texts_of_filters_are_judged_without_an_exception(text: str) -> None:
    for judge in (awk_fault, sed_fault, jq_fault):
        assert isinstance(judge(text), str)


@given(st.text(max_size=12))
@settings(max_examples=300, deadline=None)
def test_numbers_are_read_or_not_and_nothing_is_raised(text: str) -> None:
    number = go_int(text)

    assert number is None or -(2**63) <= number < 2**63
    assert go_duration(text) is None or text.isascii() or "\u00b5" in text or "\u03bc" in text


@given(st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_every_integer_that_go_can_hold_is_read(number: int) -> None:
    for spelled in (str(number), hex(number), oct(number), bin(number)):
        assert go_int(spelled) == number
