"""The route of a request, with fakes that ship with the product."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from kai.cache import Answer, MemoryCache, cache_key
from kai.engine import Check, Engine, Live, Parts, Understand
from kai.errors import ModelMissing, ModelUnreachable, ProviderError
from kai.journal import Journal
from kai.kubectl.invocation import Pipeline
from kai.kubectl.resources import Catalogue, builtin
from kai.kubectl.spec import FlagSpec, Spec, typed_flag
from kai.model import (
    Abstained,
    Answered,
    Ask,
    Author,
    Checked,
    Context,
    Draft,
    Event,
    Failed,
    Finding,
    Level,
    Names,
    Offered,
    Outcome,
    Phase,
    Refused,
    Risk,
    Source,
    SourceFilter,
    Status,
    Suggestion,
    Surroundings,
    Text,
    Tier,
)
from kai.nlu import Reading, understand
from kai.parts import no_checks
from kai.provider import ScriptedProvider
from kai.safety import Limits, judge
from kai.safety.policy import Action, Policies, Policy
from kai.validators.live import ScriptedChecks

PODS = "kubectl get pods"
SECONDS = "kubectl get secrets"


class FakeReader:
    """A built-in understanding that says what it was told to; `calls` holds the requests."""

    def __init__(self, *drafts: Draft, reason: str = "not understood", hint: str = "") -> None:
        self.drafts = drafts
        self.reason, self.hint = reason, hint
        self.calls: list[str] = []

    def __call__(
        self,
        request: str,
        *,
        context: Context,
        surroundings: Surroundings,
        names: Names | None,
        spec: Spec,
    ) -> Reading:
        self.calls.append(request)
        if not self.drafts:
            return Reading(None, reason=self.reason, hint=self.hint)
        return Reading(self.drafts[0], self.drafts[1:])


def builtin_draft(command: str = PODS, confidence: float = 0.95, *assumptions: str) -> Draft:
    return Draft(command, Source.BUILTIN, confidence, assumptions)


def findings_of_the_parser(
    pipeline: Pipeline, spec: Spec, catalogue: Catalogue, /
) -> tuple[Finding, ...]:
    return pipeline.findings


def tiers(tier: str) -> Callable[[Pipeline, Context], Risk]:
    return lambda pipeline, context: Risk(tier, ("because",))


def engine(
    reader: FakeReader,
    *,
    cache: MemoryCache | None = None,
    provider: ScriptedProvider | None = None,
    judge: Callable[[Pipeline, Context], Risk] | None = None,
    journal: Journal | None = None,
    versions: Sequence[str] = (),
    check: Check = findings_of_the_parser,
    live: Live = no_checks,
) -> Engine:
    return Engine(
        Parts(
            understand=reader,
            check=check,
            explain=lambda pipeline, catalogue: f"explains {pipeline.text}",
            catalogue=lambda context: builtin(),
            cache=cache,
            provider=provider,
            judge=judge,
            journal=journal,
            versions=versions,
            live=live,
        )
    )


async def everything(engine: Engine, ask: Ask) -> list[Event]:
    return [event async for event in engine.suggest(ask)]


async def outcome(engine: Engine, ask: Ask) -> Outcome:
    last = (await everything(engine, ask))[-1]
    assert isinstance(last, Outcome)
    return last


async def answer(engine: Engine, ask: Ask) -> Suggestion:
    last = await outcome(engine, ask)
    assert isinstance(last, Answered), last
    return last.suggestion


# --- events --------------------------------------------------------------------------------------


async def test_a_built_in_answer_is_offered_and_then_is_the_one_outcome() -> None:
    events = await everything(engine(FakeReader(builtin_draft())), Ask("pods"))
    assert [type(event) for event in events] == [Offered, Answered]
    offered, answered = events
    assert isinstance(offered, Offered) and isinstance(answered, Answered)
    assert offered.suggestion == answered.suggestion


@pytest.mark.parametrize(
    "reader",
    [FakeReader(builtin_draft()), FakeReader(), FakeReader(builtin_draft("kubectl get pods; ls"))],
)
@pytest.mark.parametrize("source", list(SourceFilter))
@pytest.mark.parametrize("script", [None, [], [""], [PODS], ["rm -rf /", "rm -rf /"]])
async def test_exactly_one_outcome_comes_and_it_comes_last(
    reader: FakeReader, source: SourceFilter, script: list[str] | None
) -> None:
    provider = None if script is None else ScriptedProvider(script)
    events = await everything(engine(reader, provider=provider), Ask("x", source=source))
    assert [isinstance(event, Outcome) for event in events].count(True) == 1
    assert isinstance(events[-1], Outcome)


async def test_an_answer_carries_what_its_draft_said_and_an_explanation() -> None:
    reader = FakeReader(builtin_draft(PODS, 0.8, "pods are meant"))
    suggestion = await answer(engine(reader), Ask("pods"))
    assert suggestion.command == PODS
    assert suggestion.source is Source.BUILTIN
    assert suggestion.confidence == 0.8
    assert suggestion.assumptions == ("pods are meant",)
    assert suggestion.explanation == f"explains {PODS}"
    assert suggestion.risk is None


async def test_the_stages_are_timed() -> None:
    last = await outcome(engine(FakeReader(builtin_draft()), cache=MemoryCache()), Ask("pods"))
    assert {"cache", "nlu", "check", "explain", "total"} <= set(last.timings)
    assert all(value >= 0 for value in last.timings.values())


async def test_no_understanding_is_an_honest_no_with_what_to_try() -> None:
    last = await outcome(engine(FakeReader(reason="no verb", hint="say one")), Ask("x"))
    assert isinstance(last, Abstained)
    assert (last.reason, last.hint) == ("no verb", "say one")


# --- sure ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draft", "sure"),
    [
        (builtin_draft(PODS, 0.95), True),
        (builtin_draft(PODS, 0.9), True),
        (builtin_draft(PODS, 0.89), False),
        (builtin_draft(PODS, 0.95, "web is a deployment"), False),
    ],
)
async def test_sure_needs_confidence_and_no_assumption(draft: Draft, sure: bool) -> None:
    assert (await answer(engine(FakeReader(draft)), Ask("x"))).sure is sure


async def test_a_built_in_draft_with_an_error_is_no_answer() -> None:
    last = await outcome(
        engine(FakeReader(builtin_draft("kubectl get pods --nmespace=x"))), Ask("x")
    )
    assert isinstance(last, Abstained)
    assert "--nmespace" in last.reason


async def test_a_name_that_looks_like_a_gap_is_right_where_the_user_said_it() -> None:
    def gaps(pipeline: Pipeline, spec: Spec, catalogue: Catalogue, /) -> tuple[Finding, ...]:
        start = pipeline.text.index("my-pod")
        return (Finding("K302", Level.WARNING, "a place to fill in", start, start + 6),)

    reader = FakeReader(builtin_draft("kubectl get pod my-pod"))
    tested = engine(reader, check=gaps)
    assert (await answer(tested, Ask("show My-Pod"))).findings == ()
    assert len((await answer(tested, Ask("show the pod"))).findings) == 1


# --- alternatives --------------------------------------------------------------------------------


async def test_alternatives_are_complete_suggestions() -> None:
    reader = FakeReader(builtin_draft(), builtin_draft(SECONDS, 0.7, "secrets are meant"))
    suggestion = await answer(engine(reader, judge=tiers("read")), Ask("x"))
    (other,) = suggestion.alternatives
    assert other.command == SECONDS
    assert other.explanation == f"explains {SECONDS}"
    assert other.risk == Risk("read", ("because",))
    assert other.assumptions == ("secrets are meant",)
    assert other.sure is False


async def test_an_alternative_with_an_error_is_not_shown() -> None:
    reader = FakeReader(builtin_draft(), builtin_draft("kubectl gt pods"))
    assert (await answer(engine(reader), Ask("x"))).alternatives == ()


# --- the cache -----------------------------------------------------------------------------------


async def test_the_second_answer_to_a_request_comes_from_the_cache() -> None:
    reader = FakeReader(builtin_draft(), builtin_draft(SECONDS))
    tested = engine(reader, cache=MemoryCache())
    first = await answer(tested, Ask("pods"))
    second = await answer(tested, Ask("pods"))
    assert (first.cached, second.cached) == (False, True)
    assert second.source is Source.CACHE
    assert second.command == first.command
    assert [item.command for item in second.alternatives] == [SECONDS]
    assert reader.calls == ["pods"]


async def test_a_kept_answer_is_asked_for_without_loading_the_understanding() -> None:
    reader = FakeReader()
    cache = MemoryCache()
    cache.put(cache_key(Ask("pods")), "pods", Answer(builtin_draft()))
    assert (await answer(engine(reader, cache=cache), Ask("pods"))).cached
    assert reader.calls == []


@pytest.mark.parametrize("source", [SourceFilter.BUILTIN, SourceFilter.MODEL])
async def test_a_named_source_never_reads_the_cache(source: SourceFilter) -> None:
    cache = MemoryCache()
    provider = ScriptedProvider([SECONDS])
    key = cache_key(Ask("pods"), model=provider.digest)
    cache.put(key, "pods", Answer(builtin_draft("kubectl get nodes")))
    tested = engine(FakeReader(builtin_draft()), cache=cache, provider=provider)
    suggestion = await answer(tested, Ask("pods", source=source))
    assert str(suggestion.source) == str(source)
    assert not suggestion.cached


async def test_again_passes_the_kept_answer_by_and_replaces_it() -> None:
    cache = MemoryCache()
    cache.put(cache_key(Ask("pods")), "pods", Answer(builtin_draft("kubectl get nodes")))
    tested = engine(FakeReader(builtin_draft()), cache=cache)
    assert (await answer(tested, Ask("pods", again=True))).command == PODS
    assert (await answer(tested, Ask("pods"))).command == PODS


async def test_an_answer_the_user_corrected_survives_again() -> None:
    cache = MemoryCache()
    cache.correct(cache_key(Ask("pods")), "pods", SECONDS)
    tested = engine(FakeReader(builtin_draft()), cache=cache)
    await answer(tested, Ask("pods", again=True))
    assert (await answer(tested, Ask("pods"))).command == SECONDS


def with_names(reader: FakeReader, cache: MemoryCache, since: float) -> Engine:
    return Engine(
        Parts(
            understand=reader,
            check=findings_of_the_parser,
            explain=lambda pipeline, catalogue: "",
            catalogue=lambda context: builtin(),
            names_since=lambda context: since,
            cache=cache,
        )
    )


@pytest.mark.parametrize(
    ("source", "since", "command"),
    [
        (Source.BUILTIN, -3600, "kubectl get nodes"),
        (Source.BUILTIN, -60, PODS),
        (Source.MODEL, -60, "kubectl get nodes"),
    ],
)
async def test_an_answer_from_before_the_names_were_learnt_is_understood_again(
    source: Source, since: float, command: str
) -> None:
    """The kept answer is ten minutes old; what a model said is not thrown away for names."""
    ago = [600.0]
    cache = MemoryCache(clock=lambda: time.time() - ago[0])
    cache.put(cache_key(Ask("pods")), "pods", Answer(Draft("kubectl get nodes", source)))
    ago[0] = 0.0
    tested = with_names(FakeReader(builtin_draft()), cache, time.time() + since)
    assert (await answer(tested, Ask("pods"))).command == command


async def test_a_corrected_answer_stays_when_names_are_learnt() -> None:
    cache = MemoryCache()
    cache.correct(cache_key(Ask("pods")), "pods", SECONDS)
    tested = with_names(FakeReader(builtin_draft()), cache, time.time() + 60)
    assert (await answer(tested, Ask("pods"))).command == SECONDS


@pytest.mark.parametrize("kept", ["kubectl get pods --nmespace=x", "rm -rf /", "kubectl get $(id)"])
async def test_a_kept_answer_that_no_longer_passes_is_passed_by(kept: str) -> None:
    cache = MemoryCache()
    cache.put(cache_key(Ask("pods")), "pods", Answer(builtin_draft(kept)))
    suggestion = await answer(engine(FakeReader(builtin_draft()), cache=cache), Ask("pods"))
    assert (suggestion.command, suggestion.cached) == (PODS, False)


async def test_a_kept_answer_is_judged_again() -> None:
    cache = MemoryCache()
    cache.put(cache_key(Ask("pods")), "pods", Answer(builtin_draft()))
    tested = engine(FakeReader(), cache=cache, judge=tiers("forbidden"))
    assert isinstance(await outcome(tested, Ask("pods")), Refused)


async def test_a_kept_answer_is_refused_once_a_policy_forbids_it() -> None:
    """The same entry of the cache: what was judged when it was kept does not count."""
    cache, denied = MemoryCache(), Policies((Policy("no", Action.DENY, verbs=("get",)),))

    def judged(limits: Limits) -> Callable[[Pipeline, Context], Risk]:
        return lambda pipeline, context: judge(pipeline, context, builtin(), limits=limits)

    before = engine(FakeReader(builtin_draft()), cache=cache, judge=judged(Limits()))
    assert not (await answer(before, Ask("pods"))).cached
    assert (await answer(before, Ask("pods"))).cached
    after = engine(FakeReader(), cache=cache, judge=judged(Limits(policies=denied)))
    last = await outcome(after, Ask("pods"))
    assert isinstance(last, Refused)
    assert [item.code for item in last.findings] == ["K474"]


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        (PODS, 1),
        ("kubectl rollout restart deployment/web", 1),
        ("kubectl delete pod web", 0),
        ("kubectl drain node-1", 0),
        ("kubectl scale deployment/web --replicas=0", 0),
        ("kubectl apply -f x.yaml --prune --all", 0),
        ("kubectl replace -f x.yaml --force", 0),
        ("kubectl get pods -o name | xargs kubectl delete", 0),
    ],
)
async def test_destructive_answers_are_not_kept_while_there_is_no_judge(
    command: str, kept: int
) -> None:
    cache = MemoryCache()
    await outcome(engine(FakeReader(builtin_draft(command)), cache=cache), Ask("x"))
    assert cache.stats().entries == kept


@pytest.mark.parametrize(("tier", "kept"), [("read", 1), ("write", 1), ("destructive", 0)])
async def test_the_judge_decides_what_is_kept(tier: str, kept: int) -> None:
    cache = MemoryCache()
    tested = engine(FakeReader(builtin_draft()), cache=cache, judge=tiers(tier))
    await outcome(tested, Ask("x"))
    assert cache.stats().entries == kept


@pytest.mark.parametrize(
    "other",
    [
        Ask("pods", context=Context(namespace="prod")),
        Ask("pods", context=Context(context="prod")),
        Ask("pods", context=Context(kubectl_version="1.30.1")),
        Ask("pods", surroundings=Surroundings(kind="Deployment")),
        Ask("Pods"),
    ],
)
async def test_an_answer_is_kept_for_its_own_place_and_surroundings_only(other: Ask) -> None:
    reader = FakeReader(builtin_draft())
    tested = engine(reader, cache=MemoryCache())
    await answer(tested, Ask("pods"))
    assert not (await answer(tested, other)).cached


async def test_another_lexicon_does_not_see_old_answers() -> None:
    cache = MemoryCache()
    await answer(engine(FakeReader(builtin_draft()), cache=cache, versions=["1"]), Ask("pods"))
    newer = engine(FakeReader(builtin_draft()), cache=cache, versions=["2"])
    assert not (await answer(newer, Ask("pods"))).cached


# --- the model -----------------------------------------------------------------------------------


async def test_a_model_is_not_asked_where_the_built_in_answer_is_there() -> None:
    provider = ScriptedProvider([SECONDS])
    await answer(engine(FakeReader(builtin_draft()), provider=provider), Ask("pods"))
    assert provider.calls == []


async def test_a_model_answers_what_the_built_in_understanding_does_not() -> None:
    events = await everything(engine(FakeReader(), provider=ScriptedProvider([PODS])), Ask("x"))
    assert events[0] == Status(Phase.ASKING)
    assert "".join(event.chunk for event in events if isinstance(event, Text)).strip() == PODS
    last = events[-1]
    assert isinstance(last, Answered)
    assert (last.suggestion.command, last.suggestion.source) == (PODS, Source.MODEL)
    assert last.timings["model"] >= 0


async def test_a_model_is_told_once_what_is_wrong_and_may_repair_it() -> None:
    provider = ScriptedProvider(["kubectl get pods --nmespace=x", PODS])
    suggestion = await answer(engine(FakeReader(), provider=provider), Ask("x"))
    assert suggestion.command == PODS
    assert suggestion.findings == ()
    _, rejected = provider.calls[1]
    assert rejected is not None
    assert rejected.draft.command == "kubectl get pods --nmespace=x"
    assert [finding.level for finding in rejected.findings] == [Level.ERROR]


async def test_what_kubectl_would_refuse_is_no_answer_of_a_model() -> None:
    wrong = "kubectl get pods --nmespace=x"
    provider = ScriptedProvider([wrong, wrong])
    last = await outcome(engine(FakeReader(), provider=provider), Ask("x"))
    assert isinstance(last, Abstained)
    assert "nmespace" in last.reason


async def test_after_a_repair_that_failed_the_next_model_is_asked() -> None:
    wrong = "kubectl get pods --nmespace=x"
    provider = ScriptedProvider([wrong, wrong, PODS])
    suggestion = await answer(engine(FakeReader(), provider=provider), Ask("x"))
    assert suggestion.command == PODS
    assert [rejected and rejected.times for _, rejected in provider.calls] == [None, 1, 2]


async def test_a_model_is_not_asked_a_fourth_time() -> None:
    wrong = "kubectl get pods --nmespace=x"
    provider = ScriptedProvider([wrong, wrong, wrong, PODS])
    assert isinstance(await outcome(engine(FakeReader(), provider=provider), Ask("x")), Abstained)
    assert len(provider.calls) == 3


@pytest.mark.parametrize("error", [ModelUnreachable, ModelMissing])
async def test_where_there_is_no_model_the_built_in_no_says_how_to_get_one(
    error: type[ModelUnreachable | ModelMissing],
) -> None:
    provider = ScriptedProvider([error("there is none; start it")])
    last = await outcome(engine(FakeReader(), provider=provider), Ask("x"))
    assert isinstance(last, Abstained)
    assert last.reason == "not understood"
    assert last.hint.endswith("there is none; start it")


async def test_where_the_model_alone_is_asked_and_there_is_none_that_is_a_failure() -> None:
    provider = ScriptedProvider([ModelUnreachable("nothing listens; start it")])
    ask = Ask("x", source=SourceFilter.MODEL)
    last = await outcome(engine(FakeReader(), provider=provider), ask)
    assert isinstance(last, Failed)
    assert last.reason == "nothing listens; start it"


async def test_who_asks_again_gets_the_model_and_where_there_is_none_what_kai_knows() -> None:
    asked = Ask("pods", again=True)
    there = engine(FakeReader(builtin_draft()), provider=ScriptedProvider([SECONDS]))
    assert (await answer(there, asked)).command == SECONDS
    gone = ScriptedProvider([ModelUnreachable("nothing listens")])
    none = engine(FakeReader(builtin_draft()), provider=gone)
    assert (await answer(none, asked)).source is Source.BUILTIN


def judged(pipeline: Pipeline, context: Context) -> Risk:
    return judge(pipeline, context, builtin())


async def test_several_steps_are_checked_and_judged_together() -> None:
    steps = f"{PODS}\nkubectl delete deployment web"
    tested = engine(FakeReader(), provider=ScriptedProvider([steps]), judge=judged)
    suggestion = await answer(tested, Ask("x"))
    assert suggestion.steps == ("kubectl delete deployment web",)
    assert suggestion.risk is not None
    assert suggestion.risk.tier == Tier.DESTRUCTIVE


async def test_a_slip_in_a_later_step_is_said_with_that_step() -> None:
    steps = f"{PODS}\nkubectl get pods --nmespace=x"
    provider = ScriptedProvider([steps, steps])
    last = await outcome(engine(FakeReader(), provider=provider), Ask("x"))
    assert isinstance(last, Abstained)
    assert "in `kubectl get pods --nmespace=x`" in last.reason


async def test_a_kept_answer_of_a_model_says_who_wrote_it() -> None:
    author = Author("tiny:1b", "this machine", "the fast one")
    cache = MemoryCache()
    key = cache_key(Ask("x"))
    cache.put(key, "x", Answer(Draft(PODS, Source.MODEL, author=author)))
    kept = cache.get(key)
    assert kept is not None
    assert kept.draft.author == author


@pytest.mark.parametrize("said", ["rm -rf /", "kubectl get pods; rm x", "kubectl get $(id)"])
async def test_what_a_model_says_is_no_answer_where_it_is_no_kubectl_line(said: str) -> None:
    last = await outcome(engine(FakeReader(), provider=ScriptedProvider([said, said])), Ask("x"))
    assert isinstance(last, Abstained)


async def test_a_model_that_has_no_command_leaves_an_honest_no() -> None:
    last = await outcome(engine(FakeReader(), provider=ScriptedProvider([""])), Ask("x"))
    assert isinstance(last, Abstained)


async def test_a_model_that_cannot_be_asked_is_a_failure_that_says_why() -> None:
    provider = ScriptedProvider([ProviderError("nothing listens at 127.0.0.1; start it")])
    last = await outcome(engine(FakeReader(), provider=provider), Ask("x"))
    assert isinstance(last, Failed)
    assert last.reason == "nothing listens at 127.0.0.1; start it"


async def test_asking_for_a_model_where_there_is_none_says_so() -> None:
    reader = FakeReader(builtin_draft())
    last = await outcome(engine(reader), Ask("pods", source=SourceFilter.MODEL))
    assert isinstance(last, Abstained)
    assert "model" in last.reason
    assert reader.calls == []


async def test_another_model_does_not_see_the_answers_of_this_one() -> None:
    cache = MemoryCache()
    one = engine(FakeReader(), cache=cache, provider=ScriptedProvider([PODS], digest="a"))
    two = engine(FakeReader(), cache=cache, provider=ScriptedProvider([SECONDS], digest="b"))
    await answer(one, Ask("x"))
    assert (await answer(two, Ask("x"))).command == SECONDS


# --- the judge -----------------------------------------------------------------------------------


async def test_a_forbidden_draft_is_refused_and_no_model_is_asked_instead() -> None:
    provider = ScriptedProvider([PODS])
    tested = engine(FakeReader(builtin_draft()), provider=provider, judge=tiers("forbidden"))
    last = await outcome(tested, Ask("x"))
    assert isinstance(last, Refused)
    assert last.reason.endswith(f"It explains {PODS}. Stopped: because")
    assert provider.calls == []


async def test_a_flag_kubectl_has_not_is_a_slip_and_no_refusal() -> None:
    """The judge refuses what it cannot read; the user is told to word it differently."""

    def refusing(pipeline: Pipeline, context: Context) -> Risk:
        unknown = Finding("K409", Level.ERROR, "cannot be read", 0, 1)
        return Risk("forbidden", ("cannot be read",), (unknown,))

    reader = FakeReader(builtin_draft("kubectl get pods --nmespace=x"))
    last = await outcome(engine(reader, judge=refusing), Ask("x"))
    assert isinstance(last, Abstained)
    redirected = FakeReader(builtin_draft("kubectl get pods > x"))
    last = await outcome(engine(redirected, judge=refusing), Ask("x"))
    assert isinstance(last, Refused)


# --- the journal ---------------------------------------------------------------------------------


async def test_what_was_asked_and_what_came_of_it_is_recorded(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    where = Context(context="dev", namespace="shop")
    await answer(engine(FakeReader(builtin_draft()), journal=journal), Ask("pods", context=where))
    await outcome(engine(FakeReader(), journal=journal), Ask("gibberish"))
    no, yes = journal.recent()
    assert (yes.request, yes.command, yes.outcome, yes.source) == (
        "pods",
        PODS,
        "answered",
        "builtin",
    )
    assert (yes.context, yes.namespace) == ("dev", "shop")
    assert (no.request, no.command, no.outcome) == ("gibberish", None, "abstained")


async def test_an_answer_is_recorded_after_the_front_has_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    stream = engine(FakeReader(builtin_draft()), journal=journal).suggest(Ask("pods"))
    async for event in stream:
        if isinstance(event, Outcome):
            assert journal.recent() == []
    assert len(journal.recent()) == 1


# --- examining -----------------------------------------------------------------------------------


async def test_a_typed_command_is_examined_without_being_kept_or_refused() -> None:
    cache = MemoryCache()
    tested = engine(FakeReader(), cache=cache, judge=tiers("forbidden"))
    suggestion = await tested.examine("kubectl gt x")
    assert suggestion.risk == Risk("forbidden", ("because",))
    assert suggestion.findings
    assert not suggestion.sure
    assert cache.stats().entries == 0


# --- flags that no table has ---------------------------------------------------------------------


class Installed:
    """An installed kubectl that has `--zone`; `calls` holds what it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[tuple[str, ...], str]] = []

    async def __call__(self, path: tuple[str, ...], name: str) -> FlagSpec | None:
        self.calls.append((path, name))
        return typed_flag("zone", "", "string") if name == "zone" else None


def with_kubectl(
    asked: Installed, understand: Understand, provider: ScriptedProvider | None = None
) -> Engine:
    return Engine(
        Parts(
            understand=understand,
            check=findings_of_the_parser,
            explain=lambda pipeline, catalogue: "",
            catalogue=lambda context: builtin(),
            provider=provider,
            flag=asked,
        )
    )


async def test_a_flag_of_a_newer_kubectl_is_no_fault_of_a_command_that_is_examined() -> None:
    asked = Installed()
    tested = with_kubectl(asked, FakeReader())
    assert (await tested.examine("kubectl get pods --zone east")).findings == ()
    (wrong,) = (await tested.examine("kubectl get pods --ghost")).findings
    assert (wrong.code, wrong.start, wrong.end) == ("K141", 17, 24)
    assert asked.calls == [(("get",), "zone"), (("get",), "ghost")]


async def test_a_model_that_knows_a_newer_kubectl_is_not_asked_again() -> None:
    provider = ScriptedProvider(["kubectl get pods --zone east"])
    tested = with_kubectl(Installed(), FakeReader(), provider)
    suggestion = await answer(tested, Ask("pods of the east"))
    assert suggestion.findings == ()
    assert len(provider.calls) == 1


@pytest.mark.parametrize(
    ("request_", "command"),
    [
        ("pods in web --zone=east", "kubectl get pods --namespace=web --zone=east"),
        ("kubectl get pods --zone east", "kubectl get pods --zone east"),
        ("pods in web --ghost", None),
        ("flurbs of the glorp --zone=east", None),
    ],
)
async def test_a_flag_typed_in_a_request_is_taken_where_the_installed_kubectl_has_it(
    request_: str, command: str | None
) -> None:
    last = await outcome(with_kubectl(Installed(), understand), Ask(request_))
    assert (last.suggestion.command if isinstance(last, Answered) else None) == command


async def test_nobody_asks_kubectl_where_every_flag_is_known() -> None:
    asked = Installed()
    tested = with_kubectl(asked, understand)
    for words in ("pods in web", "pods in web --show-labels", "flurbs of the glorp"):
        await outcome(tested, Ask(words))
    await tested.examine("kubectl get pods -A -o wide")
    assert asked.calls == []


# --- slow checks ---------------------------------------------------------------------------------


async def test_slow_checks_come_when_they_are_asked_for_and_with_the_answers_verdict() -> None:
    wrong = Finding("K511", Level.ERROR, "there is no pod x", 0, 5)
    scripted = ScriptedChecks({PODS: [Checked((), check="names"), Checked((wrong,))]})
    made = engine(FakeReader(builtin_draft()), judge=tiers("write"), live=scripted)
    ask = Ask("pods")
    suggestion = await answer(made, ask)
    assert scripted.asked == []
    checked = [item async for item in made.checks(suggestion, ask)]
    assert checked == [Checked((), check="names"), Checked((wrong,))]
    assert scripted.asked == [PODS]
    assert scripted.risks == [Risk("write", ("because",))]


async def test_an_engine_without_slow_checks_has_nothing_to_say() -> None:
    made = engine(FakeReader(builtin_draft()))
    ask = Ask("pods")
    suggestion = await answer(made, ask)
    assert [item async for item in made.checks(suggestion, ask)] == []
