"""From a request to drafts: who is asked, with what, who comes after, and what is made of answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kai import config, wiring
from kai.errors import ModelBroken, ModelBusy, ModelMissing, ProviderError
from kai.llm import PROMPT, inventory, prompt
from kai.llm.asking import Knowledge, Model
from kai.llm.confidence import THRESHOLD
from kai.llm.endpoint import Capabilities, Chunk, Done, Grammar, Installed, Loading
from kai.llm.endpoints.scripted import Answer, ScriptedEndpoint, Wait
from kai.llm.servers import Servers
from kai.model import Ask, Author, Draft, Finding, Level, Phase, Source, Status, Surroundings, Text
from kai.provider import Rejected

FAST = Installed("llama3.2:3b", 2000, "d-fast", parameters="3.2B")
GOOD = Installed("qwen2.5-coder:7b", 4000, "d-good", parameters="7.6B")
SMALL = Installed("llama3.2:1b", 1000, "d-small", parameters="1.2B")
ASK = Ask("gizmos that hum")
HARD = Ask("delete the gizmos that hum")
WRONG = Finding("K131", Level.ERROR, "there is no flag --humming", 17, 26)
PODS = "kubectl get pods"


class Place:
    """A model of a scripted endpoint, and what is asked of both."""

    def __init__(
        self,
        *script: Answer,
        models: Sequence[Installed] = (FAST,),
        can: Capabilities | None = None,
        knowledge: Knowledge | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.endpoint = ScriptedEndpoint(script or (PODS,), tuple(models))
        self.endpoint.kind = "ollama"
        if can is not None:
            self.endpoint.what = can
        self.loaded = config.load(
            {"HOME": str(Path.home()), "KAI_LLM_ENABLED": "true", **(env or {})}
        )
        self.endpoint.url = self.loaded.settings.llm.url
        servers = Servers(endpoint=lambda loaded, env: self.endpoint)
        self.servers = servers
        self.model = Model(self.loaded, {}, servers, knowledge or Knowledge())

    async def said(
        self, ask: Ask = ASK, rejected: Rejected | None = None
    ) -> list[Text | Status | Draft]:
        """All that comes of a request."""
        async with aclosing(self.model.ask(ask, rejected)) as stream:
            return [said async for said in stream]

    async def drafts(self, ask: Ask = ASK, rejected: Rejected | None = None) -> list[Draft]:
        return [said for said in await self.said(ask, rejected) if isinstance(said, Draft)]

    @property
    def asked(self) -> list[str]:
        """The models that were asked, in order."""
        return [generation.model for generation in self.endpoint.asked]


def rejected(model: str = FAST.name, times: int = 1) -> Rejected:
    draft = Draft(
        "kubectl get pods --humming", Source.MODEL, author=Author(model, "this machine", "chosen")
    )
    return Rejected(draft, (WRONG,), times)


def opinion(
    agrees: bool | None, *found: Finding, wrong: Mapping[str, Finding] | None = None
) -> Knowledge:
    def said(ask: Ask, command: str) -> tuple[bool | None, tuple[Finding, ...]]:
        more = tuple(one for text, one in (wrong or {}).items() if text in command)
        return agrees, (*found, *more)

    return Knowledge(opinion=said)


# --- who is asked --------------------------------------------------------------------------------


async def test_a_simple_request_goes_to_the_fast_model_and_the_draft_says_why() -> None:
    place = Place(models=(GOOD, FAST))
    [draft] = await place.drafts()
    assert (draft.command, draft.source) == (PODS, Source.MODEL)
    assert draft.author is not None
    assert (draft.author.model, draft.author.reach) == (FAST.name, "this machine")
    assert "simple request" in draft.author.why


async def test_a_hard_request_goes_to_the_better_model_and_the_draft_says_why() -> None:
    place = Place(models=(GOOD, FAST))
    [draft] = await place.drafts(HARD)
    assert draft.author is not None
    assert draft.author.model == GOOD.name
    assert "it may destroy something" in draft.author.why


async def test_a_model_that_its_server_hands_on_is_shown_as_one_in_the_cloud() -> None:
    place = Place(can=Capabilities(elsewhere=True))
    said = await place.said()
    status = next(each for each in said if isinstance(each, Status))
    assert status.detail.endswith(" on cloud")
    draft = said[-1]
    assert isinstance(draft, Draft)
    assert draft.author is not None
    assert draft.author.reach == "cloud"


async def test_a_rejected_draft_goes_back_to_its_author_with_what_is_wrong() -> None:
    place = Place(models=(GOOD, FAST))
    [draft] = await place.drafts(ASK, rejected())
    [asked] = place.endpoint.asked
    assert asked.model == FAST.name
    assert draft.author is not None
    assert draft.author.why == "chosen"
    told = [turn.text for turn in asked.prompt.turns[-2:]]
    assert told[0] == "kubectl get pods --humming"
    assert "there is no flag --humming" in told[1]
    assert asked.sampling.temperature > 0  # or it would say the same once more


async def test_a_draft_that_was_rejected_twice_goes_to_the_next_model() -> None:
    place = Place(models=(GOOD, FAST))
    [draft] = await place.drafts(ASK, rejected(times=2))
    assert place.asked == [GOOD.name]
    assert draft.author is not None
    assert draft.author.why == f"the command of {FAST.name} did not pass the checks"
    assert place.endpoint.asked[0].sampling.temperature == 0  # it has not said anything yet


async def test_where_there_is_no_next_model_nobody_is_asked() -> None:
    place = Place()
    assert await place.said(ASK, rejected(times=2)) == []
    assert place.asked == []


async def test_a_model_that_gets_no_memory_is_followed_by_a_smaller_one() -> None:
    place = Place(ModelBusy("no room"), PODS, models=(FAST, GOOD, SMALL))
    [draft] = await place.drafts()
    assert place.asked == [FAST.name, SMALL.name]  # the better one is larger
    assert draft.author is not None
    assert draft.author.why == f"{FAST.name} could not answer"


async def test_a_server_that_is_too_busy_is_asked_no_more_than_twice() -> None:
    place = Place(ModelBusy("too much to do"), models=(GOOD, FAST, SMALL))
    with pytest.raises(ModelBusy, match="too much to do"):
        await place.said(HARD)
    assert place.asked == [GOOD.name, FAST.name]


async def test_a_model_that_is_gone_is_looked_for_again_the_next_time() -> None:
    place = Place(models=(FAST,))
    await place.drafts()
    place.endpoint.models = (SMALL,)
    with pytest.raises(ModelMissing, match=f"kai pull {FAST.name}"):
        await place.said()
    [draft] = await place.drafts()
    assert draft.author is not None
    assert draft.author.model == SMALL.name


async def test_a_server_without_models_is_told_with_what_to_pull() -> None:
    with pytest.raises(ModelMissing, match="no model is installed; get one with: kai pull"):
        await Place(models=()).said()


@pytest.mark.parametrize("error", [ModelBroken("it broke"), ProviderError("it failed")])
async def test_what_breaks_an_answer_is_raised_and_not_asked_again(error: ProviderError) -> None:
    place = Place([Chunk("kubectl delete"), error], models=(GOOD, FAST))
    with pytest.raises(type(error)):
        await place.drafts()
    assert len(place.asked) == 1


# --- with what -----------------------------------------------------------------------------------


async def test_shell_and_editor_send_the_same_beginning() -> None:
    place = Place()
    await place.said()
    await place.said(
        Ask("gizmos that buzz", surroundings=Surroundings(kind="Deployment", name="web"))
    )
    shell, editor = (generation.raw for generation in place.endpoint.asked)
    beginning = shell[: shell.index("Request: gizmos")]
    assert len(beginning) > 500
    assert editor.startswith(beginning)
    server = place.servers.known(place.loaded, {})
    assert server is not None
    warmed = server.beginning(FAST.name)  # what is loaded before anybody asks
    same = [one for one, other in zip(warmed.raw, shell, strict=False) if one == other]
    assert len(same) > 0.9 * len(warmed.raw)
    assert {g.num_ctx for g in (*place.endpoint.asked, warmed)} == {warmed.num_ctx}


def test_the_version_of_the_prompt_is_the_one_that_kept_answers_are_found_by() -> None:
    assert prompt.VERSION == PROMPT


@pytest.mark.parametrize(
    ("can", "env", "held"),
    [
        (Capabilities(raw=True), {}, False),
        (Capabilities(raw=True, grammar=True), {}, True),
        (Capabilities(schema=True), {}, True),
        (Capabilities(raw=True, schema=True), {}, False),  # costs tokens, and a line has an end
        (Capabilities(raw=True, grammar=True), {"KAI_LLM_GRAMMAR": "off"}, False),
    ],
)
async def test_a_model_is_held_to_the_grammar_only_where_its_server_can(
    can: Capabilities, env: dict[str, str], held: bool
) -> None:
    grammar = Grammar('root ::= "kubectl"', "{}")
    knowledge = Knowledge(grammar=lambda ask, prefill: grammar)
    place = Place(can=can, env=env, knowledge=knowledge)
    await place.said()
    [generation] = place.endpoint.asked
    assert generation.grammar == (grammar if held else None)


async def test_one_command_ends_with_its_line_and_several_do_not() -> None:
    steps = "kubectl cordon n1\nkubectl drain n1"
    place = Place(PODS, steps)
    await place.said()
    [draft] = await place.drafts(Ask("cordon the gizmo and then drain it"))
    one, several = place.endpoint.asked
    assert "\n" in one.stop
    assert "\n" not in several.stop
    assert (draft.command, draft.steps) == ("kubectl cordon n1", ("kubectl drain n1",))


async def test_an_answer_that_begins_with_something_else_is_read_on() -> None:
    """Its first line is all that was asked for: a fence, words, or nothing but a line break."""
    for begun in ("```bash", "Here you are:", ""):
        place = Place(begun, f"{begun}\n{PODS}")
        [draft] = await place.drafts()
        assert draft.command == PODS
        assert "\n" not in place.endpoint.asked[1].stop


async def test_a_model_that_knows_no_command_is_not_asked_on() -> None:
    place = Place("NONE")
    assert await place.drafts() == []
    assert len(place.asked) == 1


# --- how sure it is, and what else it could be ---------------------------------------------------


async def test_who_reads_nothing_in_a_request_is_never_sure_of_it() -> None:
    done = Done(logprobs=(-0.001, -0.001))
    certain: Answer = [Chunk(PODS), done]
    for agrees in (None, False):
        [first, *_] = await Place(certain, knowledge=opinion(agrees)).drafts()
        assert first.confidence <= 0.79
    [first] = await Place(certain, knowledge=opinion(True)).drafts()
    assert first.confidence >= 0.9


async def test_others_are_asked_for_only_below_the_threshold() -> None:
    unsure: Answer = [Chunk(PODS), Done(logprobs=(-2.0, -3.0))]
    other, again = "kubectl get services", "kubectl  get pods"
    place = Place(unsure, other, again)
    first, *others = await place.drafts()
    assert first.confidence < THRESHOLD
    assert [draft.command for draft in others] == [other]  # the same in other words is no other
    assert len({generation.sampling.seed for generation in place.endpoint.asked}) == 3
    place = Place([Chunk(PODS), Done(logprobs=(-0.1, -0.2))], other)
    assert len(await place.drafts()) == 1
    assert len(place.asked) == 1


async def test_a_draft_with_an_error_in_it_waits_for_no_others() -> None:
    """It is sent back to be mended, and what others there were would be lost."""
    place = Place("kubectl get pods --humming", knowledge=opinion(None, WRONG))
    [draft] = await place.drafts()
    assert draft.confidence < THRESHOLD
    assert len(place.asked) == 1


async def test_an_answer_in_several_steps_has_no_others() -> None:
    steps: Answer = [Chunk("kubectl cordon n1\nkubectl drain n1"), Done(logprobs=(-3.0,))]
    place = Place(steps)
    [draft] = await place.drafts(Ask("cordon the gizmo and then drain it"))
    assert draft.confidence < THRESHOLD
    assert len(place.asked) == 1


# --- what comes while it writes ------------------------------------------------------------------


async def test_who_waits_is_told_who_is_asked_and_that_it_loads() -> None:
    thinks: Answer = [
        Loading(),
        Chunk("hm", thinking=True),
        Chunk("kubectl get"),
        Chunk(" pods"),
        Done(),
    ]
    said = await Place(thinks).said()
    assert said[:3] == [
        Status(Phase.ASKING, f"asking {FAST.name} on this machine"),
        Status(Phase.LOADING, f"loading {FAST.name}"),
        Status(Phase.ASKING, f"{FAST.name} is thinking"),
    ]
    assert said[3:5] == [Text("kubectl get"), Text(" pods")]
    assert isinstance(said[5], Draft)
    assert len(said) == 6


async def test_what_is_shown_while_it_comes_holds_nothing_that_moves_a_cursor() -> None:
    answer: Answer = [Chunk("kubectl\x1b[2J get"), Chunk("\x07\u202e pods"), Done()]
    shown = "".join(said.chunk for said in await Place(answer).said() if isinstance(said, Text))
    assert shown.startswith("kubectl")
    assert not any(sign in shown for sign in "\x1b\x07\u202e")


@pytest.mark.parametrize("way", ["closed", "cancelled"])
async def test_who_stops_closes_the_request(way: str) -> None:
    place = Place([Chunk("kubectl"), Wait(), Done()])
    stream = place.model.ask(ASK)
    async for said in stream:
        if isinstance(said, Text):
            break
    if way == "closed":
        await stream.aclose()
    else:
        task = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert place.endpoint.closed == place.endpoint.asked


async def test_closing_it_while_others_are_asked_for_closes_that_request() -> None:
    place = Place([Chunk(PODS), Done(logprobs=(-3.0,))], [Chunk("kubectl"), Wait()])
    stream = place.model.ask(ASK)
    async for said in stream:
        if isinstance(said, Draft):
            break
    task = asyncio.ensure_future(anext(stream))
    while len(place.asked) < 2:  # noqa: ASYNC110 - what is waited for is no event
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len(place.endpoint.closed) == 1


# --- what kept answers are found by --------------------------------------------------------------


def digest_of(place: Place) -> str:
    model = wiring.build_model(place.loaded, {})
    assert model is not None
    return model.digest


def digest(env: Mapping[str, str] | None = None) -> str:
    return digest_of(Place(env=env))


@pytest.mark.parametrize(
    "env",
    [
        {"KAI_LLM_MODEL": "another"},
        {"KAI_LLM_FAST_MODEL": "another"},
        {"KAI_LLM_URL": "http://127.0.0.1:1"},
        {"KAI_LLM_VARIANT": "short"},
    ],
)
def test_another_model_or_server_has_another_digest(env: dict[str, str]) -> None:
    assert digest(env) != digest()
    assert digest(env) == digest(env)


async def test_other_weights_of_the_same_name_have_another_digest() -> None:
    place = Place()
    before = digest_of(place)
    await place.said()
    first = digest_of(place)
    assert place.endpoint.asked
    assert first == digest_of(Place())  # also in another process
    place.endpoint.models = (replace(FAST, digest="d-other"),)
    server = place.servers.known(place.loaded, {})
    assert server is not None
    await server.inventory.models(again=True)
    assert len({before, first, digest_of(place)}) == 3


def test_a_digest_asks_nobody_and_takes_no_library() -> None:
    place = Place()
    assert len(digest_of(place)) == 64
    assert place.servers.known(place.loaded, {}) is None
    assert (
        inventory.remembered(inventory.file(place.loaded.paths.cache), place.endpoint.url).at == 0
    )


async def test_what_several_engines_share_is_one_server(tmp_path: Path) -> None:
    made: list[Any] = []

    def opened(loaded: config.Loaded, env: Mapping[str, str]) -> ScriptedEndpoint:
        made.append(loaded)
        return ScriptedEndpoint((PODS,), (FAST,))

    servers = Servers(endpoint=opened)
    loaded = config.load({"HOME": str(tmp_path), "KAI_LLM_ENABLED": "true"})
    models = [Model(loaded, {}, servers), Model(loaded, {}, servers)]

    async def asked(model: Model) -> int:
        async with aclosing(model.ask(ASK)) as stream:
            return len([said async for said in stream if isinstance(said, Draft)])

    assert await asyncio.gather(*map(asked, models)) == [1, 1]
    assert len(made) == 1
    await servers.close()


async def test_an_answer_says_what_it_cost_where_prices_are_set() -> None:
    answer = (Chunk(PODS), Done(prompt_tokens=400, tokens=10))
    prices = {"KAI_LLM_INPUT_PRICE": "2.5", "KAI_LLM_OUTPUT_PRICE": "10"}
    (priced,) = await Place(answer, env=prices).drafts()
    (free,) = await Place(answer).drafts()
    assert priced.author is not None
    assert priced.author.cost == pytest.approx(0.0011)
    assert free.author is not None
    assert free.author.cost is None
