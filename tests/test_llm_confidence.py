"""How sure a model's command is: what it grows with, what it falls with, how people read it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kai.engine import SURE
from kai.llm.confidence import THRESHOLD, confidence, in_words, written_by
from kai.model import Author, Finding, Level, Source, Suggestion

COMMAND = "kubectl get pods"
PROBABILITIES = st.lists(st.floats(0.001, 1.0).map(math.log), min_size=1, max_size=40)
LEVELS = st.lists(st.sampled_from(list(Level)), max_size=6)
AGREEMENT = st.sampled_from([None, True, False])


def findings(levels: list[Level]) -> list[Finding]:
    return [Finding("K301", level, "", 0, 1) for level in levels]


@given(st.one_of(st.none(), PROBABILITIES), AGREEMENT, LEVELS)
def test_it_is_between_0_and_1(
    logprobs: list[float] | None, agrees: bool | None, levels: list[Level]
) -> None:
    value = confidence(COMMAND, logprobs=logprobs, agrees=agrees, findings=findings(levels))
    assert 0 <= value <= 1
    assert in_words(value) in ("sure", "likely", "unsure")


@given(PROBABILITIES, AGREEMENT, LEVELS, st.data())
def test_a_less_probable_token_never_makes_it_surer(
    logprobs: list[float], agrees: bool | None, levels: list[Level], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(logprobs) - 1))
    worse = list(logprobs)
    worse[place] -= data.draw(st.floats(0, 5))
    one, other = (
        confidence(COMMAND, logprobs=tokens, agrees=agrees, findings=findings(levels))
        for tokens in (logprobs, worse)
    )
    assert other <= one


@given(st.one_of(st.none(), PROBABILITIES), AGREEMENT, LEVELS, st.sampled_from(list(Level)))
def test_a_finding_always_makes_it_less_sure(
    logprobs: list[float] | None, agrees: bool | None, levels: list[Level], more: Level
) -> None:
    one, other = (
        confidence(COMMAND, logprobs=logprobs, agrees=agrees, findings=findings(found))
        for found in (levels, [*levels, more])
    )
    assert other < one


@given(st.one_of(st.none(), PROBABILITIES), LEVELS)
def test_who_agrees_makes_it_surer_and_who_does_not_less_sure(
    logprobs: list[float] | None, levels: list[Level]
) -> None:
    no, unknown, yes = (
        confidence(COMMAND, logprobs=logprobs, agrees=agrees, findings=findings(levels))
        for agrees in (False, None, True)
    )
    assert no < unknown <= yes


@pytest.mark.parametrize(
    ("logprobs", "agrees", "levels", "words"),
    [
        (None, None, [], "likely"),
        (None, True, [], "sure"),
        (None, False, [], "unsure"),
        (None, True, [Level.ERROR], "unsure"),
        (None, None, [Level.WARNING], "likely"),
        ([math.log(0.99)] * 10, None, [], "sure"),
        ([math.log(0.99)] * 9 + [math.log(0.2)], None, [], "unsure"),
        ([math.log(0.3)] * 10, None, [], "unsure"),
        ([math.log(0.3)] * 10, True, [], "likely"),
        ([math.log(0.6)] * 10, True, [], "sure"),
        ([-math.inf, 0.0], None, [], "unsure"),
        ([math.nan], None, [], "likely"),
        ([], None, [], "likely"),
        ([0.1], None, [], "sure"),
    ],
)
def test_people_read_it_as_words(
    logprobs: list[float] | None, agrees: bool | None, levels: list[Level], words: str
) -> None:
    value = confidence(COMMAND, logprobs=logprobs, agrees=agrees, findings=findings(levels))
    assert in_words(value) == words


def test_below_the_threshold_it_is_unsure_and_from_there_on_it_is_not() -> None:
    assert in_words(math.nextafter(THRESHOLD, 0)) == "unsure"
    assert in_words(THRESHOLD) == "likely"


def test_what_people_read_as_sure_is_what_the_engine_takes_for_sure() -> None:
    assert in_words(SURE) == "sure"
    assert in_words(math.nextafter(SURE, 0)) == "likely"


def test_no_command_is_not_sure_at_all() -> None:
    assert confidence("", logprobs=[0.0], agrees=True) == 0


@pytest.mark.parametrize(
    ("cost", "told"), [(None, ""), (0.0011, ", cost 0.0011"), (2.0, ", cost 2")]
)
def test_who_wrote_a_command_comes_with_its_price(cost: float | None, told: str) -> None:
    author = Author("tiny:1b", "cloud", cost=cost)
    suggestion = Suggestion("kubectl get pods", Source.MODEL, confidence=0.7, author=author)
    assert written_by(suggestion) == f"tiny:1b on a server in the cloud, likely{told}"
