"""Which model is asked: what is simple, what is hard, what is in memory, what fits, what is there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kai.config import LlmSettings, PrivacySettings, Settings
from kai.errors import ModelBusy, ModelForbidden, ModelMissing
from kai.llm.endpoint import Installed, Loaded, Reach
from kai.llm.inventory import Inventory, Remembered, file
from kai.llm.memory import NOWHERE, Memory
from kai.llm.routing import Choice, choose, difficulty, missing, pick
from kai.model import Ask
from tests.fake_models import GB, FakeModels, model

FAST = model("llama3.2:3b", 2.0, "3.2B")
GOOD = model("qwen2.5-coder:7b", 4.7, "7.6B")
LARGE = model("phi3:14b", 7.9, "14.0B")
TINY = model("llama3.2:1b", 1.3, "1.2B")
VECTORS = replace(model("nomic-embed-text:latest", 0.3), family="nomic-bert")

PLENTY = Memory(64 * GB, 50 * GB)
SMALL = Memory(8 * GB, 6 * GB)  # room for 3 GB

SIMPLE, HARD = Ask("pods in kube-system"), Ask("delete the failed jobs older than 2 days")


def settings(**llm: str) -> Settings:
    return Settings(llm=replace(LlmSettings(), **llm))  # type: ignore[arg-type]


def choice(
    ask: Ask,
    *installed: Installed,
    loaded: tuple[str, ...] = (),
    memory: Memory = PLENTY,
    settings: Settings = Settings(),  # noqa: B008 - a frozen value
    server: Remembered | None = None,
) -> Choice:
    there = tuple(Loaded(name, 3 * GB, 0) for name in loaded)
    return choose(ask, installed, there, memory, settings, server=server)


@pytest.mark.parametrize(
    "request_",
    [
        "pods in kube-system", "logs of api", "nodes",
        "show me the services of the shop", "which pods use most memory", "scale web to 3",
        "events sorted by time", "describe the ingress of web", "port forward 8080 to the db",
        "what is the image of deployment web", "ConfigMap app in prod", "PersistentVolumeClaims",
        "pods with label app.kubernetes.io/name=web", "run docker.io/library/nginx",
        "restart the api deployment", "DaemonSets of kube-system", "hpa in shop",
    ],
)  # fmt: skip
def test_what_reads_or_changes_one_thing_is_simple(request_: str) -> None:
    assert difficulty(Ask(request_)) == ""


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        ("delete pod web", "it may destroy something"),
        ("Remove all evicted pods", "it may destroy something"),
        ("drain node n1", "it may destroy something"),
        ("get rid of the old jobs", "it may destroy something"),
        ("scale web to 0", "it may destroy something"),
        ("force a new rollout of api", "it may destroy something"),
        ("scale web to 3 and then restart api", "it takes several steps"),
        ("create a namespace demo and run nginx in it", "it takes several steps"),
        ("first list the pods, next show their logs", "it takes several steps"),
        ("show the logs; restart api", "it takes several steps"),
        ("VirtualService of the shop", "it names a kind that kai does not know"),
        ("list certificates.cert-manager.io", "it names a kind that kai does not know"),
        ("pods except those of kube-system", "it has conditions"),
        ("restart deployments whose image is latest", "it has conditions"),
        ("the image of each container with jsonpath", "it has conditions"),
        (" ".join(["pods"] * 25), "it is long"),
    ],
)
def test_what_destroys_or_has_steps_or_conditions_is_hard(request_: str, why: str) -> None:
    assert difficulty(Ask(request_)) == why


def test_the_fast_model_answers_simple_requests() -> None:
    found = choice(SIMPLE, GOOD, FAST, LARGE, TINY)
    assert found == Choice(
        "llama3.2:3b",
        "simple request: llama3.2:3b, the fast one",
        ("qwen2.5-coder:7b", "phi3:14b", "llama3.2:1b"),
    )


def test_the_good_model_answers_hard_requests() -> None:
    found = choice(HARD, FAST, TINY, GOOD)
    assert found.model == "qwen2.5-coder:7b"
    assert found.why == (
        "hard request (it may destroy something): qwen2.5-coder:7b, the best one installed"
    )
    assert found.rest == ("llama3.2:3b", "llama3.2:1b")


def test_a_good_model_in_memory_answers_simple_requests_too() -> None:
    found = choice(SIMPLE, GOOD, FAST, loaded=("qwen2.5-coder:7b",))
    assert found.model == "qwen2.5-coder:7b"
    assert found.why == "simple request: qwen2.5-coder:7b is in memory already"


def test_a_fast_model_in_memory_does_not_answer_what_is_hard() -> None:
    assert choice(HARD, GOOD, FAST, loaded=("llama3.2:3b",)).model == "qwen2.5-coder:7b"


def test_another_good_one_in_memory_answers_what_is_hard() -> None:
    assert choice(HARD, GOOD, LARGE, loaded=("phi3:14b",)).model == "phi3:14b"
    unknown = model("mine:latest", 5.0, "8.0B")
    assert choice(HARD, GOOD, unknown, loaded=("mine:latest",)).model == "mine:latest"


def test_a_smaller_one_answers_where_memory_is_short_and_the_user_is_told() -> None:
    found = choice(HARD, GOOD, FAST, memory=SMALL)
    assert found.model == "llama3.2:3b"
    assert found.why == (
        "hard request (it may destroy something): qwen2.5-coder:7b needs about 5.2 GB of memory,"
        " 6.0 GB are free and kai leaves 3.0 GB of that alone, so llama3.2:3b is asked"
    )
    assert found.rest == ()


def test_what_is_in_memory_already_needs_no_more_of_it() -> None:
    tight = Memory(8 * GB, GB)
    assert choice(HARD, GOOD, FAST, loaded=("qwen2.5-coder:7b",), memory=tight).model == GOOD.name


def test_what_the_server_would_let_go_counts_as_free() -> None:
    machine = Memory(16 * GB, 6 * GB)
    assert choice(HARD, GOOD, FAST, memory=machine).model == FAST.name
    assert choice(HARD, GOOD, FAST, loaded=("llama3.2:3b",), memory=machine).model == GOOD.name


def test_what_was_measured_counts_more_than_the_estimate(tmp_path: Path) -> None:
    from kai.llm.inventory import Note

    server = Remembered((GOOD,), notes=((GOOD.digest, Note(memory=2 * GB, context=4096)),))
    assert choice(HARD, GOOD, FAST, memory=SMALL, server=server).model == GOOD.name


def test_a_gpu_that_was_seen_takes_what_memory_cannot() -> None:
    assert choice(HARD, GOOD, FAST, memory=Memory(8 * GB, 4 * GB, 6 * GB)).model == GOOD.name


def test_where_nothing_is_known_of_memory_nothing_is_too_large() -> None:
    assert choice(HARD, GOOD, FAST, memory=NOWHERE).model == GOOD.name


def test_nothing_that_fits_is_said_with_a_way_out() -> None:
    with pytest.raises(ModelBusy) as caught:
        choice(SIMPLE, GOOD, LARGE, memory=SMALL)
    assert str(caught.value).startswith("qwen2.5-coder:7b needs about 5.2 GB of memory")
    assert str(caught.value).endswith("close something, or: kai pull llama3.2:1b (1.3 GB)")


def test_no_model_at_all_is_said_with_what_to_pull() -> None:
    for installed in ((), (VECTORS,)):
        with pytest.raises(ModelMissing) as caught:
            choose(SIMPLE, installed, (), PLENTY, settings(), free_disk=41_200_000_000)
        assert str(caught.value) == (
            "no model is installed; get one with: kai pull llama3.2:3b"
            " (2.0 GB to fetch, 41.2 GB of disk are free)"
        )
        assert caught.value.model == "llama3.2:3b"


def test_models_that_nobody_knows_are_asked_too_large_ones_for_what_is_hard() -> None:
    small, large = model("x:1", 1.0), model("y:1", 5.0)
    assert choice(SIMPLE, small, large).model == "x:1"
    assert choice(HARD, small, large).model == "y:1"


def test_finer_weights_of_the_same_model_come_first() -> None:
    coarse = model("qwen2.5-coder:7b-instruct-q2_K", 3.0, "7.6B", "Q2_K")
    assert choice(HARD, coarse, GOOD).model == GOOD.name


def test_llm_model_fixes_both_and_nobody_comes_after_it() -> None:
    fixed = settings(model="phi3:14b", fast_model="x", quality_model="y")
    for ask in (SIMPLE, HARD):
        found = choice(ask, FAST, GOOD, LARGE, settings=fixed)
        assert found == Choice("phi3:14b", "llm.model names phi3:14b")


def test_a_named_model_that_is_not_there_is_said_with_how_to_get_it() -> None:
    with pytest.raises(
        ModelMissing, match=r"the model glorp:9b is not installed; .*kai pull glorp:9b"
    ):
        choice(SIMPLE, FAST, settings=settings(model="glorp:9b"))


def test_a_named_model_may_take_what_kai_keeps_free_but_not_more() -> None:
    fixed = settings(model="qwen2.5-coder:7b")
    assert choice(SIMPLE, GOOD, memory=SMALL, settings=fixed).model == GOOD.name
    with pytest.raises(ModelBusy, match=r"needs about 5.2 GB .*smaller one in llm\.model"):
        choice(SIMPLE, GOOD, memory=Memory(8 * GB, 4 * GB), settings=fixed)


def test_the_settings_may_name_the_fast_and_the_good_one() -> None:
    ours = settings(fast_model="llama3.2:1b", quality_model="phi3:14b")
    assert choice(SIMPLE, FAST, GOOD, LARGE, TINY, settings=ours) == Choice(
        "llama3.2:1b",
        "llm.fast_model names llama3.2:1b (simple request)",
        ("qwen2.5-coder:7b", "phi3:14b", "llama3.2:3b"),
    )
    assert choice(HARD, FAST, GOOD, LARGE, TINY, settings=ours).model == "phi3:14b"
    assert choice(HARD, FAST, LARGE, memory=SMALL, settings=ours).model == "llama3.2:3b"


def test_a_server_whose_models_are_not_ours_is_asked_for_what_it_has() -> None:
    ours = settings(provider="openai")
    assert choice(HARD, VECTORS, FAST, settings=ours).model == FAST.name
    assert choice(HARD, settings=settings(provider="openai", model="m")).model == "m"
    with pytest.raises(ModelMissing, match=r"kai config set llm\.model"):
        choice(HARD, settings=ours)


def test_the_size_in_the_offer_is_that_of_the_model() -> None:
    assert "(4.7 GB to fetch)" in str(missing("qwen2.5-coder:7b"))
    assert str(missing("mine")) == "the model mine is not installed; get one with: kai pull mine"


async def test_pick_asks_server_and_machine(tmp_path: Path) -> None:
    server = FakeModels(TINY, reach=Reach.OWN)
    found = await pick(SIMPLE, server, Inventory(server, file(tmp_path)), settings())
    assert found.model == "llama3.2:1b"


async def test_what_is_known_to_be_in_memory_is_not_asked_for(tmp_path: Path) -> None:
    """A question to the server with each request would be most of what kai adds to it."""
    server = FakeModels(FAST, GOOD)
    inventory = Inventory(server, file(tmp_path))
    await inventory.models()
    server.error = ModelBusy("it was asked")
    found = await pick(SIMPLE, server, inventory, settings(), there=(Loaded(GOOD.name),))
    assert found.model == GOOD.name
    with pytest.raises(ModelBusy, match="it was asked"):
        await pick(SIMPLE, server, inventory, settings())


def test_of_thousands_of_requests_nearly_all_that_destroy_are_hard_and_few_that_read() -> None:
    """The rows are those that kai's own understanding is developed with: every way to say it."""
    destroy: list[bool] = []
    read: list[bool] = []
    for path in (Path(__file__).parent / "cases" / "nlu").glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            verb = (row.get("command") or "").split()[1:2]
            if verb and verb[0] in ("delete", "drain", "replace"):
                destroy.append(bool(difficulty(Ask(row["request"]))))
            elif verb and verb[0] in ("get", "describe", "logs", "top", "events", "explain"):
                read.append(bool(difficulty(Ask(row["request"]))))
    assert len(destroy) > 500
    assert sum(destroy) / len(destroy) >= 0.96
    assert len(read) > 2000
    assert sum(read) / len(read) <= 0.08


def test_no_request_takes_long_to_be_told_hard_or_simple() -> None:
    """Each of these made an earlier pattern look at every pair of its words."""
    for text in ("first " * 333, "a.b" * 660, "a." * 1000, "and " * 500, "AbAb" * 500):
        assert difficulty(Ask(text)) in DIFFICULTIES


DIFFICULTIES = (
    "", "it may destroy something", "it takes several steps", "it has conditions", "it is long",
    "it names a kind that kai does not know",
)  # fmt: skip


# --- models that a server hands on to the cloud ------------------------------------------------

CLOUD = model("gpt-oss:120b-cloud", 0.000001, "116B")


def test_a_model_in_the_cloud_is_passed_over_where_one_is_here() -> None:
    assert choice(SIMPLE, CLOUD, model("of-a-neighbour:7b", 4.0, "7B")).rest == ()
    assert choice(SIMPLE, CLOUD, GOOD).model == GOOD.name


def test_a_model_in_the_cloud_that_is_named_is_refused_installed_or_not() -> None:
    for installed in ((CLOUD, GOOD), (GOOD,)):
        with pytest.raises(ModelForbidden, match=r"ollama\.com.*privacy\.cloud true"):
            choose(SIMPLE, installed, (), PLENTY, settings(model=CLOUD.name))


def test_one_that_is_allowed_may_be_named() -> None:
    allowed = replace(settings(model=CLOUD.name), privacy=PrivacySettings(cloud=True))
    assert choose(SIMPLE, (CLOUD, GOOD), (), PLENTY, allowed).model == CLOUD.name
