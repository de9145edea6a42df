"""Which models there are, what they need, and what is remembered of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kai.errors import ModelUnreachable
from kai.llm import known
from kai.llm.endpoint import Done, Installed, Loaded
from kai.llm.inventory import Inventory, Note, Remembered, file, find, remembered
from tests.fake_models import GB, FakeModels, model

URL = "http://127.0.0.1:11434"


async def test_what_a_server_has_is_known_later_without_asking_it(tmp_path: Path) -> None:
    server = FakeModels(model("a:1b"))
    assert remembered(file(tmp_path), URL) == Remembered()
    await Inventory(server, file(tmp_path), clock=lambda: 100.0).models()
    kept = remembered(file(tmp_path), URL)
    assert kept.models == server.models
    other = Inventory(FakeModels(), file(tmp_path))
    assert [model.digest for model in other.known().models] == ["sha256:a:1b"]


async def test_a_look_is_good_for_a_minute(tmp_path: Path) -> None:
    now = [100.0]
    server = FakeModels(model("a:1b"))
    inventory = Inventory(server, file(tmp_path), clock=lambda: now[0])
    await inventory.models()
    await inventory.models()
    assert server.looks == 1
    await inventory.models(again=True)
    now[0] += 61
    await inventory.models()
    inventory.forget()
    await inventory.models()
    assert server.looks == 4


async def test_that_there_is_none_is_looked_at_each_time(tmp_path: Path) -> None:
    """Somebody fetches one in another window."""
    server = FakeModels()
    inventory = Inventory(server, file(tmp_path))
    await inventory.models()
    server.models = (model("a:1b"),)
    assert await inventory.models() == server.models


async def test_what_another_process_learnt_is_known_here_too(tmp_path: Path) -> None:
    """`kai pull` in a shell, while the daemon goes on."""
    server = FakeModels(model("a:1b"))
    daemon, shell = Inventory(server, file(tmp_path)), Inventory(server, file(tmp_path))
    await daemon.models()
    server.models = (model("a:1b"), model("b:1b"))
    await shell.models(again=True)
    assert await daemon.models() == server.models
    daemon.measured("a:1b", Done(tokens=20, seconds=2.0))
    assert shell.known().models == server.models
    assert shell.known().note(server.models[0]).tokens_per_second == 10.0


async def test_a_clock_that_was_put_back_makes_a_look_old(tmp_path: Path) -> None:
    now = [1_000_000.0]
    server = FakeModels(model("a:1b"))
    inventory = Inventory(server, file(tmp_path), clock=lambda: now[0])
    await inventory.models()
    now[0] = 5.0
    await inventory.models()
    assert server.looks == 2


async def test_a_server_that_does_not_answer_is_an_error_and_what_was_known_stays(
    tmp_path: Path,
) -> None:
    server = FakeModels(model("a:1b"))
    inventory = Inventory(server, file(tmp_path))
    await inventory.models()
    server.error = ModelUnreachable("nothing listens")
    with pytest.raises(ModelUnreachable):
        await inventory.models(again=True)
    assert [model.digest for model in inventory.known().models] == ["sha256:a:1b"]


@pytest.mark.parametrize(
    "content",
    [
        "", "null", "[]", "{", '{"version": 1}', '{"version": 99, "servers": {}}',
        '{"version": 1, "servers": []}',
        '{"version": 1, "servers": {"http://127.0.0.1:11434": 5}}',
        '{"version": 1, "servers": {"http://127.0.0.1:11434": {"models": [{"nome": "x"}]}}}',
        '{"version": 1, "servers": {"http://127.0.0.1:11434": {"models": [{"name": ["x"]}]}}}',
        '{"version": 1, "servers": {"http://127.0.0.1:11434": {"models": [1], "at": "x"}}}',
        "[" * 100_000,
    ],
)  # fmt: skip
async def test_a_damaged_file_counts_as_none_and_is_replaced(tmp_path: Path, content: str) -> None:
    path = file(tmp_path)
    path.write_text(content)
    path.chmod(0o600)
    assert remembered(path, URL) == Remembered()
    server = FakeModels(model("a:1b"))
    assert await Inventory(server, path).models() == server.models
    assert remembered(path, URL).models == server.models


async def test_a_file_that_others_can_write_is_not_believed(tmp_path: Path) -> None:
    await Inventory(FakeModels(model("a:1b")), file(tmp_path)).models()
    file(tmp_path).chmod(0o666)
    assert remembered(file(tmp_path), URL) == Remembered()


async def test_a_folder_that_cannot_be_written_costs_nothing_but_memory(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    server = FakeModels(model("a:1b"))
    inventory = Inventory(server, file(tmp_path / "cache"))
    assert await inventory.models() == server.models


async def test_the_rate_of_a_model_is_kept_with_its_digest(tmp_path: Path) -> None:
    server = FakeModels(model("a:1b"))
    inventory = Inventory(server, file(tmp_path))
    await inventory.models()
    inventory.measured("a:1b", Done(tokens=20, seconds=2.0, load_seconds=1.5))
    assert inventory.known().note(server.models[0]) == Note(10.0, 1.5)
    inventory.measured("a:1b", Done(tokens=1, seconds=2.0))
    inventory.measured("a:1b", Done(prompt_tokens=300, prompt_seconds=0.01, load_seconds=0.002))
    inventory.measured("unknown", Done(tokens=20, seconds=1.0))
    assert remembered(file(tmp_path), URL).note(server.models[0]).tokens_per_second == 10.0
    inventory.measured("a:1b", Done(prompt_tokens=300, prompt_seconds=2.0, load_seconds=1.0))
    assert inventory.known().note(server.models[0]) == Note(10.0, 1.0, 150.0)
    server.models = (replace(server.models[0], digest="sha256:other"),)
    await inventory.models(again=True)
    assert inventory.known().note(server.models[0]) == Note()


async def test_what_a_model_was_seen_to_take_stands_in_for_the_estimate(tmp_path: Path) -> None:
    server = FakeModels(model("llama3.2:3b", 2.0))
    inventory = Inventory(server, file(tmp_path))
    await inventory.models()
    estimate = inventory.known().needs(server.models[0], 4096)
    inventory.loaded((Loaded("llama3.2:3b", 3 * GB, 2 * GB, 0.0, 4096),))
    assert inventory.known().needs(server.models[0], 4096) == 3 * GB
    assert inventory.known().needs(server.models[0], 8192) != 3 * GB
    assert inventory.known().vram == 2 * GB
    assert estimate == known.needs(server.models[0], 4096)


async def test_several_servers_are_remembered_side_by_side_but_not_without_end(
    tmp_path: Path,
) -> None:
    class Elsewhere(FakeModels):
        port = 0

        @property
        def url(self) -> str:
            return f"http://10.0.0.1:{self.port}"

    for port in range(1, 21):
        server = Elsewhere(model("a:1b"))
        server.port = port
        await Inventory(server, file(tmp_path)).models()
    record = json.loads(file(tmp_path).read_text())
    assert len(record["servers"]) == 16
    assert remembered(file(tmp_path), "http://10.0.0.1:20").models


def test_a_name_without_a_tag_is_the_latest() -> None:
    models = (model("Llama3.2:latest"), model("a:1b"))
    assert find(models, "llama3.2") == models[0]
    assert find(models, "a") is None
    assert known.same("registry.local:5000/team/m", "registry.local:5000/team/m:latest")


@pytest.mark.parametrize(
    ("name", "said", "means"),
    [
        ("qwen2.5-coder:7b", "7.6B", "qwen2.5-coder:7b"),
        ("qwen2.5-coder:latest", "7.6B", "qwen2.5-coder:7b"),
        ("qwen2.5-coder:7b-instruct-q5_K_M", "", "qwen2.5-coder:7b"),
        ("somebody/qwen2.5-coder:1.5b", "1.5B", "qwen2.5-coder:1.5b"),
        ("llama3.2:latest", "3.2B", "llama3.2:3b"),
        ("llama3.2:1b", "1.2B", "llama3.2:1b"),
        ("phi3:latest", "3.8B", "phi3:3.8b"),
        ("phi3:14b", "14.0B", "phi3:14b"),
        ("codellama:7b", "7B", "codellama:7b-instruct"),
        ("llama3.1:70b", "70.6B", None),
        ("mine", "3.2B", None),
        ("llama3.2:latest", "", None),
    ],
)
def test_a_known_model_is_known_by_other_tags_too(name: str, said: str, means: str | None) -> None:
    found = known.find(name, said)
    assert (found.name if found else None) == means


def test_need_is_weights_and_cache_and_buffers() -> None:
    fast = model("llama3.2:3b", 2.0, "3.2B")
    cache = 112 * 1024 * 4096
    assert known.needs(fast, 4096) == 2 * GB + cache + 300_000_000
    assert known.needs(Installed("x"), 4096) is None


def test_the_need_of_a_model_nobody_knows_grows_with_size_and_context() -> None:
    small, large = model("x", 1.0, "1B"), model("y", 20.0, "34B")
    needs = [known.needs(each, context) or 0 for each in (small, large) for context in (2048, 8192)]
    assert needs == sorted(needs)
    assert needs[0] > GB


def test_a_tiny_model_needs_next_to_nothing() -> None:
    assert (known.needs(Installed("tiny", 477_000), 4096) or 0) < 400_000_000


@pytest.mark.parametrize(
    ("quantisation", "coarse"),
    [("Q2_K", True), ("Q3_K_M", True), ("IQ2_XXS", True), ("IQ3_S", True), ("Q4_K_M", False),
     ("Q5_K_M", False), ("Q8_0", False), ("F16", False), ("", False), ("MXFP4", False)],
)  # fmt: skip
def test_two_and_three_bits_are_warned_of(quantisation: str, coarse: bool) -> None:
    assert known.is_coarse(quantisation) is coarse


def test_models_that_only_make_vectors_are_none_to_ask() -> None:
    assert known.is_embedding(replace(model("nomic-embed-text"), family="nomic-bert"))
    assert not known.is_embedding(model("llama3.2:3b"))


def test_what_kai_recommends_is_what_it_knows() -> None:
    names = [each.name for each in known.KNOWN]
    assert {known.FAST, known.DEFAULT, known.QUALITY, known.SMALLEST} <= set(names)
    assert set(known.FAST_ONES) <= set(names)
    assert known.DEFAULT in names[: known.GOOD]
