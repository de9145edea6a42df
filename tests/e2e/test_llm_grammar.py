"""The grammar of answers in a real llama.cpp: a model of noise, held to it, writes commands."""

from __future__ import annotations

import json

import pytest

from kai.kubectl.invocation import parse
from kai.kubectl.resources import builtin
from kai.kubectl.spec import load
from kai.llm.extract import extract
from kai.llm.grammar import gbnf, schema
from kai.validators import check
from tests.e2e.models.servers import Ollama, Server

INVENTED = {"K130", "K131", "K141", "K142", "K201", "K202", "K203"}
ANSWERS = 6


def answers(server: Server, grammar: str) -> list[tuple[str, bool]]:
    """What the model writes behind "kubectl ", and whether it was cut off."""
    found = []
    for seed in range(ANSWERS):
        reply = server.post(
            "/v1/completions",
            {
                "prompt": "list pods\nkubectl ",
                "max_tokens": 160,
                "temperature": 1.0,
                "seed": seed,
                "grammar": grammar,
            },
        )
        assert reply.status == 200, reply.text
        (choice,) = reply.json["choices"]
        found.append((choice["text"], choice["finish_reason"] == "length"))
    return found


@pytest.mark.xdist_group("llama-cpp")
@pytest.mark.parametrize("request_", ["", "list pods"])
def test_noise_that_is_held_to_the_grammar_names_only_what_exists(
    llama_cpp: Server, request_: str
) -> None:
    grammar = gbnf(load(), builtin(), prefill="kubectl ", request=request_)
    said = answers(llama_cpp, grammar)
    assert len({text for text, _ in said}) > 1, "the answers differ, or nothing was tried"
    for text, cut in said:
        found = extract(text, prefill="kubectl ", cut=cut)
        assert found.commands or cut or found.none, text
        for command in found.commands:
            codes = {item.code for item in check(parse(command), load(), builtin())}
            assert not codes & INVENTED, command


@pytest.mark.xdist_group("llama-cpp")
def test_what_the_grammar_does_not_allow_is_not_written_even_by_request(llama_cpp: Server) -> None:
    grammar = gbnf(load(), builtin(), prefill="kubectl ", request="list pods")
    for text, _ in answers(llama_cpp, grammar):
        assert not text.startswith(("delete", "drain", "apply", "scale"))


@pytest.mark.xdist_group("ollama-0.13.5")
@pytest.mark.parametrize("request_", ["", "list pods"])
def test_noise_that_is_held_to_the_schema_names_only_commands_and_flags_that_exist(
    newest_ollama: Ollama, request_: str
) -> None:
    document = json.loads(schema(load(), builtin(), request=request_))
    commands = 0
    for seed in range(ANSWERS):
        said = newest_ollama.generate(
            newest_ollama.model("ascii"),
            "list pods",
            format=document,
            options={"temperature": 1.0, "seed": seed, "num_predict": 1200, "num_ctx": 4096},
        )
        # Ollama ends a model that repeats itself without a reason.
        found = extract(said["response"], cut=said.get("done_reason") != "stop")
        for command in found.commands:
            commands += 1
            codes = {item.code for item in parse(command).findings}
            assert not codes & INVENTED, command
        assert found.commands or found.why
    assert commands, "every answer was cut off: nothing was tried"
