"""Templates as the models were trained on them, and the preset that each model gets."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from kai.errors import TableError
from kai.llm.endpoint import Prompt, Role, Turn
from kai.llm.presets import (
    NUM_CTX,
    NUM_PREDICT,
    REPAIR,
    THOUGHTS,
    Preset,
    billions,
    preset,
)
from kai.llm.templates import document, harmless, names, render, stops, template
from kai.llm.tokens import FAMILIES

CASES = Path(__file__).parent / "cases" / "llm"


def rows(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines()]


TALK = Prompt(
    "You are a helpful assistant",
    (
        Turn(Role.USER, "Hello"),
        Turn(Role.ASSISTANT, "Hi there"),
        Turn(Role.USER, "Who are you"),
    ),
    fixed=2,
    prefill="kubectl",
)


# --- templates ---------------------------------------------------------------------------------


@pytest.mark.parametrize("row", rows("templates.jsonl"), ids=lambda row: row["template"])
def test_a_talk_is_written_as_the_model_was_trained_on(row: dict[str, str]) -> None:
    assert render(TALK, row["template"]) == row["rendered"]


def test_every_template_has_a_row_and_says_where_it_is_from() -> None:
    assert {row["template"] for row in rows("templates.jsonl")} == set(names())
    assert all(template(name).source for name in names())


@pytest.mark.parametrize("name", names())
def test_the_static_part_is_the_beginning_of_every_whole_prompt(name: str) -> None:
    fixed = dataclasses.replace(TALK, turns=TALK.turns[: TALK.fixed])
    assert render(TALK, name).startswith(render(fixed, name))


@pytest.mark.parametrize("name", names())
def test_no_template_begins_with_the_token_that_begins_every_text(name: str) -> None:
    """The server puts it there; twice is once too often."""
    begins = ("<s>", "<bos>", "<|begin_of_text|>", "<｜begin▁of▁sentence｜>")  # noqa: RUF001
    assert not render(TALK, name).startswith(begins)


@pytest.mark.parametrize("name", names())
def test_no_blank_ends_a_prompt_that_the_model_goes_on_from(name: str) -> None:
    """The blank before a word is a part of the word's token: left over, it leads a model astray."""
    assert not render(dataclasses.replace(TALK, prefill=""), name).endswith(" ")


def test_a_model_that_always_thinks_has_room_for_it_and_its_servers_own_template() -> None:
    for model in ("qwen3:30b-a3b-thinking-2507", "phi4-reasoning:14b", "magistral:24b", "qwq:32b"):
        found = preset(model)
        assert found.template == ""
        assert found.num_predict >= THOUGHTS


def test_text_with_braces_is_taken_as_it_is() -> None:
    talk = Prompt("{} {system}", (Turn(Role.USER, "{.items[*]} {system} {}"),))
    assert render(talk, "llama2").startswith(
        "[INST] <<SYS>>\n{} {system}\n<</SYS>>\n\n{.items[*]} {system} {} [/INST]"
    )


def test_a_prompt_without_system_text_has_no_place_for_it() -> None:
    talk = Prompt("", (Turn(Role.USER, "Hello"),))
    assert render(talk, "gemma") == (
        "<start_of_turn>user\nHello<end_of_turn>\n<start_of_turn>model\n"
    )
    assert render(talk, "chatml").startswith("<|im_start|>user\n")


def test_what_ends_an_answer_are_the_control_tokens_of_the_template() -> None:
    assert stops("chatml") == ("<|im_end|>", "<|im_start|>", "<|endoftext|>")
    assert stops("") == ()


def test_an_unknown_template_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(TableError, match="there are chatml"):
        render(TALK, "nonesuch")


TOKENS = sorted({token for name in names() for token in stops(name) if token[0] != "\n"})


@pytest.mark.parametrize("token", [*TOKENS, "<think>", "</think>", "<bos>", "<|anything|>"])
def test_no_control_token_is_left_in_what_is_made_harmless(token: str) -> None:
    for text in (
        token,
        f"a{token}b",
        token * 3,
        token[0] + token,
        f"<|{token}|>",
        token + token[1:],
    ):
        assert not [one for one in (*TOKENS, token) if one in harmless(text)]


@pytest.mark.parametrize(
    "text",
    [
        "kubectl get pods -o jsonpath='{.items[*].metadata.name}' | sort",
        "kubectl get pods -l 'tier in (web,api)' --field-selector=status.phase!=Running",
        "kubectl logs [redacted] < file | grep -E 'a|b' >/dev/null",
        "user: ana, response: <none>, assistant: me",
    ],
)
def test_commands_and_words_are_harmless_as_they_are(text: str) -> None:
    assert harmless(text) == text


# --- presets -----------------------------------------------------------------------------------


@pytest.mark.parametrize("row", rows("presets.jsonl"), ids=lambda row: row["model"])
def test_a_model_gets_the_preset_of_its_family_and_size(row: dict[str, Any]) -> None:
    found = preset(row["model"], parameters=row["parameters"])
    shown = (found.family, found.template, found.style, found.sampling.temperature, found.thinking)
    assert shown == tuple(
        row[key] for key in ("family", "template", "style", "temperature", "thinking")
    )
    assert found.known == bool(row["family"])


def test_every_family_of_the_table_has_a_row_and_a_source() -> None:
    table = document()["models"]
    assert {row["family"] for row in rows("presets.jsonl")} >= {
        row["family"] for row in table if row["family"] not in ("yi", "hermes", "zephyr", "smollm3")
    }
    for row in table:
        assert row["source"], row
        assert row["tokens"] in FAMILIES, row
        assert not row["template"] or row["template"] in names(), row


def every() -> list[Preset]:
    models = [name for row in document()["models"] for name in row["names"]]
    return [preset(model, variant=style) for model in models for style in ("short", "long")]


def test_no_preset_asks_for_more_than_a_model_can_read() -> None:
    for found in every():
        assert 2048 <= found.num_ctx <= NUM_CTX
        assert found.num_predict >= NUM_PREDICT
        assert found.repair == REPAIR
        assert found.card_tokens + 700 + found.num_predict <= found.num_ctx


def test_a_line_break_ends_an_answer_only_where_kai_writes_the_roles() -> None:
    for found in every():
        assert ("\n" in found.stop) == bool(found.template)
        assert set(stops(found.template)) <= set(found.stop)


def test_what_the_user_says_of_the_variant_counts_more_than_the_size() -> None:
    assert preset("qwen2.5-coder:0.5b", variant="long").style == "long"
    assert preset("qwen2.5-coder:32b", variant="short").style == "short"


def test_the_short_variant_has_few_cards_and_the_long_one_more() -> None:
    short, long = preset("llama3.2:1b"), preset("qwen2.5-coder:7b")
    assert (short.cards, short.card_tokens) == (2, 250)
    assert (long.cards, long.card_tokens) == (4, 1200)


def test_a_slow_server_is_told_no_more_cards_than_it_reads_in_a_second() -> None:
    usual = preset("qwen2.5-coder:7b")
    assert (usual.paced(30).cards, usual.paced(30).card_tokens) == (2, 250)
    assert (usual.paced(600).cards, usual.paced(600).card_tokens) == (4, 600)
    assert usual.paced(50_000) == usual


def test_a_model_that_only_goes_on_with_text_is_given_the_first_word() -> None:
    assert preset("starcoder2:3b").prefill == "kubectl"
    assert preset("qwen2.5-coder:7b").prefill == ""


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("7.6B", 7.6),
        ("135M", 0.135),
        ("494.03M", 0.49403),
        ("8x7b", 56.0),
        ("qwen-1.5b-instruct", 1.5),
        ("latest", None),
        ("", None),
        ("q4_K_M", None),
    ],
)
def test_the_size_is_read_as_servers_and_tags_write_it(text: str, size: float | None) -> None:
    assert billions(text) == pytest.approx(size)
