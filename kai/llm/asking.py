"""A request to a model and back: choose one, prompt, stream, find the command, say how sure it is.

`Model` is the `Provider` of the engine. Nothing heavy is imported, and no server looked at, before
it is asked.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kai.errors import ModelBusy, ModelMissing
from kai.model import (
    Ask,
    Author,
    Context,
    Draft,
    Finding,
    Level,
    Names,
    Phase,
    Source,
    Status,
    Text,
)

if TYPE_CHECKING:
    from kai.config import Loaded
    from kai.llm.cards import Card, Cards
    from kai.llm.endpoint import Done, Generation, Grammar, Prompt, Sampling
    from kai.llm.examples import Example
    from kai.llm.presets import Preset
    from kai.llm.routing import Choice
    from kai.llm.servers import Server, Servers, Told
    from kai.provider import Rejected

Opinion = Callable[[Ask, str], tuple[bool | None, tuple[Finding, ...]]]
"""Whether kai itself reads a request as this command (None: it reads nothing in it), and what is
wrong with the command."""

_ALONE = 0.79
"""How sure a model can be where kai itself reads nothing in the request: small models are sure of
what they invent, so a person looks at it first (`kai.engine.SURE`)."""

_OTHERS = 2
"""How many more commands are asked for where the first one is unsure."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a prompt is made of besides the request; each says what is known now.

    `grammar` is what an answer that begins with the given text may be, for servers that hold a
    model to it; `examples` what the user took for similar requests.
    """

    names: Callable[[Context], Names | None] = lambda context: None
    opinion: Opinion = lambda ask, command: (None, ())
    cards: Callable[[], Cards | None] = lambda: None
    examples: Callable[[Ask], tuple[Example, ...]] = lambda ask: ()
    grammar: Callable[[Ask, str], Grammar | None] = lambda ask, prefill: None


@dataclass(slots=True)
class _Answer:
    """What a model wrote, and the end of it."""

    text: str = ""
    done: Done | None = None


@dataclass(frozen=True, slots=True)
class _Turn:
    """A request to one model: whom it is asked of, how, and what with."""

    ask: Ask
    server: Server
    told: Told
    prompt: Prompt
    author: Author
    grammar: Grammar | None

    def generation(
        self, sampling: Sampling | None = None, *, several: bool | None = None
    ) -> Generation:
        return self.told.generation(
            self.prompt,
            sampling,
            grammar=self.grammar,
            several=_is_several(self.ask) if several is None else several,
        )


class Model:
    """Asks the models of the configured server; `kai.wiring` makes a `kai.provider.Provider` of it."""

    def __init__(
        self,
        loaded: Loaded,
        env: Mapping[str, str],
        servers: Servers,
        knowledge: Knowledge = Knowledge(),
    ) -> None:
        self._loaded, self._env, self._servers, self._knows = loaded, env, servers, knowledge

    async def ask(
        self, ask: Ask, rejected: Rejected | None = None, /
    ) -> AsyncGenerator[Text | Status | Draft]:
        """See `Provider`. What was rejected twice goes to the next model."""
        server = await self._servers.at(self._loaded, self._env)
        try:
            choice = await server.choose(ask, self._env)
            turns, busy = list(_turns(choice, rejected)), False
            while turns:
                model, why = turns.pop(0)
                try:
                    async with aclosing(self._asked(server, model, why, ask, rejected)) as stream:
                        async for said in stream:
                            yield said
                    return
                except ModelBusy:
                    # Once: a server that has too much to do has it for every model.
                    turns = [] if busy else _smaller(server, model, turns)
                    busy = True
                    if not turns:
                        raise
        except ModelMissing:
            server.inventory.forget()
            raise

    async def close(self) -> None:
        """Let go of the servers; who shares them with others leaves that to those."""
        await self._servers.close()

    async def _asked(
        self, server: Server, model: str, why: str, ask: Ask, rejected: Rejected | None
    ) -> AsyncGenerator[Text | Status | Draft]:
        """One model's drafts, best first: where it is unsure, it is asked for others as well."""
        told = await server.told(model)
        author = Author(model, str(server.reach_of(told)), why)
        yield Status(Phase.ASKING, f"asking {model} on {author.reach}")
        server.warm.touch(model)
        turn = await self._turn(ask, server, told, author, rejected)
        mending = rejected is not None and _wrote(rejected, model)
        answer = _Answer()
        async with aclosing(
            _stream(turn, turn.generation(told.preset.repair if mending else None), answer)
        ) as stream:
            async for said in stream:
                yield said
        first = self._draft(turn, answer)
        if first is None and _begun_otherwise(turn, answer):
            # A fence, words or a line break before the command: we asked for the first line alone.
            answer = _Answer()
            async with aclosing(_stream(turn, turn.generation(several=True), answer)) as stream:
                async for said in stream:
                    yield said
            first = self._draft(turn, answer)
        if first is None:
            return
        yield first
        if rejected is None and self._is_unsure(ask, first):
            for draft in await self._others(turn, first):
                yield draft

    async def _turn(
        self, ask: Ask, server: Server, told: Told, author: Author, rejected: Rejected | None
    ) -> _Turn:
        from kai.llm.prompt import build

        preset, settings = told.preset, self._loaded.settings
        found = await self._cards(ask, server, preset)
        prompt = build(
            ask,
            preset,
            cards=found,
            examples=self._knows.examples(ask),
            names=self._knows.names(ask.context),
            rejected=rejected,
            redact=settings.privacy.redact,
        )
        # A schema wraps the command in JSON, which costs tokens: only where nothing else holds.
        can = told.can
        held = settings.llm.grammar != "off" and (can.grammar or (can.schema and not can.raw))
        grammar = self._knows.grammar(ask, prompt.prefill) if held else None
        return _Turn(ask, server, told, prompt, author, grammar)

    async def _cards(self, ask: Ask, server: Server, preset: Preset) -> Sequence[Card]:
        """The cards for a request; by meaning, where the settings name a model for that."""
        cards = self._knows.cards()
        if cards is None:
            return ()
        most, tokens = preset.cards, preset.card_tokens
        model = self._loaded.settings.llm.embed_model
        embed = getattr(server.endpoint, "embed", None)
        if model and embed is not None:
            return await cards.find_by_meaning(ask.request, embed, model, most=most, tokens=tokens)
        return cards.find(ask.request, most=most, tokens=tokens)

    def _is_unsure(self, ask: Ask, first: Draft) -> bool:
        """Whether others are worth asking for; a draft with an error in it comes back to be mended."""
        from kai.llm.confidence import THRESHOLD

        if first.confidence >= THRESHOLD or first.steps:
            return False
        found = self._knows.opinion(ask, first.command)[1]
        return all(each.level is not Level.ERROR for each in found)

    async def _others(self, turn: _Turn, first: Draft) -> list[Draft]:
        """Commands that the model writes when it may say it otherwise, each once."""
        from kai.kubectl.canonical import canonical

        drafts: list[Draft] = []
        told = {canonical(first.command)}
        for seed in range(1, _OTHERS + 1):
            answer = _Answer()
            sampling = replace(turn.told.preset.repair, seed=seed)
            async with aclosing(_stream(turn, turn.generation(sampling), answer)) as stream:
                async for _ in stream:
                    pass
            draft = self._draft(turn, answer)
            if draft is not None and canonical(draft.command) not in told:
                told.add(canonical(draft.command))
                drafts.append(draft)
        return drafts

    def _draft(self, turn: _Turn, answer: _Answer) -> Draft | None:
        """The command in an answer, and how sure it is; None where there is none."""
        from kai.llm.confidence import confidence
        from kai.llm.costs import cost
        from kai.llm.extract import extract

        done = answer.done
        cut = done is not None and done.reason == "length"
        found = extract(answer.text, prefill=turn.prompt.prefill, cut=cut)
        if not found.commands:
            return None
        command, *steps = found.commands
        agrees, findings = self._knows.opinion(turn.ask, command)
        sure = confidence(
            command,
            logprobs=done.logprobs if done else None,
            agrees=agrees,
            findings=findings,
        )
        if not agrees:
            sure = min(sure, _ALONE)
        price = cost(done, self._loaded.settings.llm) if done else None
        author = replace(turn.author, cost=price)
        return Draft(command, Source.MODEL, sure, steps=tuple(steps), author=author)


async def _stream(
    turn: _Turn, generation: Generation, answer: _Answer
) -> AsyncGenerator[Text | Status]:
    """What the model writes, as it comes, and all of it in `answer`."""
    from kai.llm.endpoint import Chunk, Done, Loading
    from kai.llm.endpoints.outliving import outliving
    from kai.llm.extract import displayable

    begun = False
    endpoint, warm = turn.server.endpoint, turn.server.warm
    answered = endpoint.stream(generation)
    if not warm.is_warm(generation.model):
        answered = outliving(answered)  # who leaves while it is loaded does not end that
    with warm.asking(generation.model):
        async with aclosing(answered) as stream:
            async for said in stream:
                match said:
                    case Loading():
                        yield Status(Phase.LOADING, f"loading {generation.model}")
                    case Chunk(thinking=True):
                        yield Status(Phase.ASKING, f"{generation.model} is thinking")
                    case Chunk(text=text):
                        answer.text += text
                        shown = displayable(text if begun else turn.prompt.prefill + text)
                        begun = True
                        if shown:
                            yield Text(shown)
                    case Done():
                        answer.done = said
    warm.answered(generation.model, generation.keep_alive)
    if answer.done is not None:
        turn.server.inventory.measured(generation.model, answer.done)


def _turns(choice: Choice, rejected: Rejected | None) -> Iterator[tuple[str, str]]:
    """Whom to ask, one after the other while they are too large for the memory, and why.

    A draft is mended once by the model that wrote it; then the next one is asked.
    """
    every = [(choice.model, choice.why)]
    every += [(model, f"{choice.model} could not answer") for model in choice.rest]
    if rejected is None:
        yield from every
        return
    wrote = rejected.draft.author.model if rejected.draft.author else choice.model
    if rejected.times == 1:
        why = rejected.draft.author.why if rejected.draft.author else choice.why
        yield wrote, why
        return
    names = [model for model, _ in every]
    after = every[names.index(wrote) + 1 :] if wrote in names else every
    why = f"the command of {wrote} did not pass the checks"
    yield from ((model, why) for model, _ in after if model != wrote)


def _smaller(server: Server, model: str, turns: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The turns of models that take less memory than one that did not get it."""
    from kai.llm.inventory import find

    models = server.inventory.known().models

    def size(name: str) -> int:
        installed = find(models, name)
        return (installed.size if installed else None) or 0

    most = size(model)
    return [turn for turn in turns if not most or size(turn[0]) < most]


def _begun_otherwise(turn: _Turn, answer: _Answer) -> bool:
    """Whether an answer of one line was ended where it had only begun."""
    from kai.llm.extract import extract

    ended = any(stop == "\n" for stop in turn.generation().stop)
    return ended and not extract(answer.text).none


def _wrote(rejected: Rejected, model: str) -> bool:
    return rejected.draft.author is not None and rejected.draft.author.model == model


def _is_several(ask: Ask) -> bool:
    """Whether the request may take several commands."""
    from kai.llm.routing import takes_steps

    return takes_steps(ask)
