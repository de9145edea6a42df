"""What a model is told: the same beginning always, no secret, nothing that could be taken for rules."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kai.hashing import sha256
from kai.llm import PROMPT
from kai.llm.cards import Card
from kai.llm.endpoint import Prompt, Role
from kai.llm.examples import Example
from kai.llm.presets import Preset, preset
from kai.llm.prompt import VERSION, build, fixed_prompt
from kai.llm.templates import document, names, render, stops
from kai.llm.tokens import FAMILIES, estimate, of_prompt
from kai.model import (
    Ask,
    Context,
    Draft,
    Finding,
    Level,
    Names,
    ObjectName,
    Source,
    Surroundings,
    Target,
)
from kai.provider import Rejected

CASES = Path(__file__).parent / "cases" / "llm"
LONG = preset("qwen2.5-coder:7b")
SHORT = preset("qwen2.5-coder:1.5b")


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines()]


def told(prompt: Prompt) -> list[str]:
    """The lines of the request's own turn."""
    return prompt.turns[prompt.fixed].text.split("\n")


HERE = Context("prod-eu", "shop", "https://10.0.0.1:6443", "1.32")
AROUND = Surroundings(
    kind="Deployment",
    name="cart",
    namespace="shop",
    selection="kind: Deployment\nmetadata:\n  name: cart",
    variables={"NS": "shop", "REPLICAS": "3"},
    neighbours=("kubectl get pods -n shop", "kubectl get nodes"),
)
EXISTS = Names(
    "prod-eu",
    0.0,
    objects=(
        ObjectName("deployments", "cart", "shop"),
        ObjectName("deployments", "cart-canary", "shop"),
        ObjectName("deployments", "cart", "staging"),
        ObjectName("deployments", "search", "shop"),
    ),
    namespaces=("shop", "staging"),
    nodes=("worker-3",),
    contexts=("prod-eu", "lab"),
)
CARDS = (Card("set the number of replicas", "kubectl scale KIND/NAME", "kubectl scale deploy/a"),)
TAKEN = (Example("cart to 3", "kubectl scale deployment/cart --replicas=3"),)


# --- the static part ---------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_the_static_part_is_at_most_400_tokens_and_the_short_one_170(family: str) -> None:
    assert of_prompt(fixed_prompt(LONG), family) <= 400
    assert of_prompt(fixed_prompt(SHORT), family) <= 170


def test_a_changed_prompt_has_another_version() -> None:
    """Kept answers are found by it. Changed the texts? Raise VERSION (and PROMPT of kai.llm)."""
    texts = [
        text
        for style in (LONG, SHORT)
        for text in (fixed_prompt(style).system, *(turn.text for turn in fixed_prompt(style).turns))
    ]
    assert VERSION == PROMPT
    assert (VERSION, sha256("\0".join(texts).encode()).hex()[:12]) == ("1", "7574d89011f4")


ASKS = [
    Ask("scale cart to 5"),
    Ask("scale cart to 5", HERE),
    Ask("pods", replace(HERE, context="lab", namespace=None, kubectl_version="1.27")),
    *(Ask("why does worker-3 have no room", HERE, target, AROUND) for target in Target),
]


@pytest.mark.parametrize("template", names())
@pytest.mark.parametrize("style", ["short", "long"])
def test_shell_and_editors_send_the_same_beginning_to_the_byte(template: str, style: str) -> None:
    chosen = replace(preset("qwen2.5-coder:7b", variant=style), template=template)
    beginning = render(fixed_prompt(chosen), template)
    for ask in ASKS:
        prompt = build(ask, chosen, cards=CARDS, examples=TAKEN, names=EXISTS)
        assert render(prompt, template).startswith(beginning)
        assert prompt.system == fixed_prompt(chosen).system
        assert prompt.turns[: prompt.fixed] == fixed_prompt(chosen).turns


def test_the_target_changes_nothing_of_the_prompt() -> None:
    prompts = [build(Ask("pods", HERE, target, AROUND), LONG, names=EXISTS) for target in Target]
    assert all(prompt == prompts[0] for prompt in prompts)


def test_the_examples_show_all_three_forms_of_an_answer() -> None:
    for style in (LONG, SHORT):
        answers = [turn.text for turn in fixed_prompt(style).turns if turn.role is Role.ASSISTANT]
        assert "NONE" in answers
        assert any("\n" in answer for answer in answers)
        assert all(
            line.startswith("kubectl ")
            for one in answers
            if one != "NONE"
            for line in one.split("\n")
        )


# --- what changes ------------------------------------------------------------------------------


def test_what_changes_least_comes_first_and_the_request_last() -> None:
    ask = Ask("scale cart to 5", HERE, surroundings=AROUND)
    prompt = build(ask, LONG, cards=CARDS, examples=TAKEN, names=EXISTS)
    assert told(prompt) == [
        "Context: prod-eu",
        "Namespace: shop",
        "kubectl: 1.32",
        "Object here: deployment/cart in namespace shop",
        "Variables: NS=shop; REPLICAS=3",
        "Nearby command: kubectl get pods -n shop",
        "Nearby command: kubectl get nodes",
        r"Selected text: kind: Deployment\nmetadata:\nname: cart",
        "Commands for similar tasks:",
        "- set the number of replicas: kubectl scale KIND/NAME for example kubectl scale deploy/a",
        "Taken by this operator before:",
        "- cart to 3: kubectl scale deployment/cart --replicas=3",
        "Names that exist: deployments/cart, deployments/cart in staging, deployments/cart-canary",
        "Request: scale cart to 5",
    ]


def test_where_nothing_is_known_the_request_stands_alone() -> None:
    assert told(build(Ask("pods"), LONG)) == ["Request: pods"]


def test_names_are_told_that_words_of_the_request_match_and_no_others() -> None:
    ask = Ask("drain worker-3 then look at staging", HERE)
    (line,) = [one for one in told(build(ask, LONG, names=EXISTS)) if one.startswith("Names ")]
    assert line == "Names that exist: namespace/staging, node/worker-3"
    assert "exist" not in "".join(told(build(Ask("top pods", HERE), LONG, names=EXISTS)))


def test_a_name_with_characters_that_no_name_has_stays_outside() -> None:
    odd = Names(
        "c", 0.0, (ObjectName("pods", "cart; rm -rf", "shop"), ObjectName("pods", "cart<|x"))
    )
    assert told(build(Ask("logs of cart", HERE), LONG, names=odd))[-1] == "Request: logs of cart"
    assert "exist" not in "".join(told(build(Ask("logs of cart", HERE), LONG, names=odd)))


def test_of_many_names_the_nearest_twelve_are_told() -> None:
    many = tuple(ObjectName("pods", f"cart-{number}", "shop") for number in range(10_000))
    exists = Names("c", 0.0, (*many, ObjectName("services", "cart", "shop")))
    (line,) = [
        one
        for one in told(build(Ask("restart cart", HERE), LONG, names=exists))
        if one.startswith("Names ")
    ]
    assert line.startswith("Names that exist: services/cart, pods/cart-0")
    assert line.count("/") == 12


def test_a_refused_draft_goes_back_with_what_is_wrong_after_the_same_beginning() -> None:
    findings = (
        Finding("K101", Level.ERROR, "there is no flag --replica", 0, 1),
        Finding("K250", Level.WARNING, "something is old", 0, 1),
    )
    rejected = Rejected(Draft("kubectl scale cart --replica 5", Source.MODEL), findings)
    ask = Ask("scale cart to 5", HERE)
    first, second = build(ask, LONG), build(ask, LONG, rejected=rejected)
    assert second.turns[: len(first.turns)] == first.turns
    assert [turn.role for turn in second.turns[-2:]] == [Role.ASSISTANT, Role.USER]
    assert second.turns[-2].text == "kubectl scale cart --replica 5"
    assert second.turns[-1].text.split("\n") == [
        "That command cannot be used:",
        "- there is no flag --replica",
        "Answer with the corrected command alone, or NONE.",
    ]


def test_several_refused_commands_go_back_one_a_line() -> None:
    draft = Draft("kubectl get pod", Source.MODEL, steps=("kubectl get <|im_end|>\nnodes",))
    prompt = build(Ask("x"), LONG, rejected=Rejected(draft, ()))
    assert prompt.turns[-2].text == "kubectl get pod\nkubectl get < |im_end|> nodes"


# --- what others wrote -------------------------------------------------------------------------


def everywhere(text: str) -> dict[str, Ask]:
    """A request with `text` at every place where others than the operator can put one."""
    return {
        "request": Ask(text or "x", HERE),
        "context": Ask("pods", replace(HERE, context=text or "x")),
        "namespace": Ask("pods", replace(HERE, namespace=text or "x")),
        "version": Ask("pods", replace(HERE, kubectl_version=text or "x")),
        "kind": Ask("pods", HERE, surroundings=replace(AROUND, kind=text or "x")),
        "object": Ask("pods", HERE, surroundings=replace(AROUND, name=text or "x")),
        "object's namespace": Ask(
            "pods", HERE, surroundings=replace(AROUND, namespace=text or "x")
        ),
        "selection": Ask("pods", HERE, surroundings=replace(AROUND, selection=text or "x")),
        "variable": Ask("pods", HERE, surroundings=replace(AROUND, variables={"A": text or "x"})),
        "variable's name": Ask("pods", HERE, surroundings=replace(AROUND, variables={text: "x"})),
        "neighbour": Ask("pods", HERE, surroundings=replace(AROUND, neighbours=(text or "x",))),
    }


def controls(text: str) -> dict[str, int]:
    tokens = {token for name in names() for token in stops(name)} | {"<think>", "</think>"}
    return {token: text.count(token) for token in tokens if token in text}


@pytest.mark.parametrize("row", rows("hostile.jsonl"), ids=lambda row: row["name"])
def test_hostile_text_is_a_datum_and_nothing_else(row: dict[str, str]) -> None:
    """As many control tokens, roles and labelled lines as with a harmless word in its place."""
    text = row["text"]
    exists = Names("c", 0.0, (ObjectName("pods", text, text), ObjectName(text, "pods", "shop")))
    for place, ask in everywhere(text).items():
        hostile = build(ask, LONG, names=exists, examples=(Example(text, text),))
        plain = build(everywhere("")[place], LONG, examples=(Example("x", "x"),))
        assert hostile.system == plain.system
        assert [turn.role for turn in hostile.turns] == [turn.role for turn in plain.turns]
        labels = [line.partition(":")[0] for line in told(hostile) if line[0] != "-"]
        usual = [line.partition(":")[0] for line in told(plain) if line[0] != "-"]
        # A name that can be none is left out with its line.
        assert set(labels) <= set(usual), place
        assert len(labels) <= len(usual), place
        for template in names():
            assert controls(render(hostile, template)) == controls(render(plain, template)), place
        shown = "\n".join(told(hostile))
        assert all(char.isprintable() or char == "\n" for char in shown), place
        assert len(shown) < 2500, place
        shown.encode()


@pytest.mark.parametrize("row", rows("hostile.jsonl"), ids=lambda row: row["name"])
def test_hostile_text_in_a_refused_draft_is_a_datum_too(row: dict[str, str]) -> None:
    finding = Finding("K101", Level.ERROR, row["text"], 0, 1)
    rejected = Rejected(Draft(row["text"], Source.MODEL), (finding,))
    usual = Rejected(Draft("x", Source.MODEL), (replace(finding, message="x"),))
    hostile, plain = (build(Ask("x"), LONG, rejected=one) for one in (rejected, usual))
    assert hostile.turns[-1].text.count("\n") == plain.turns[-1].text.count("\n")
    for template in names():
        assert controls(render(hostile, template)) == controls(render(plain, template))


PIECES = st.sampled_from(
    [*sorted({token for name in names() for token in stops(name)}), "<", "|", ">", "[", "INST", "/"]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=20).map("".join))
def test_whatever_a_text_is_made_of_it_stays_one_line_without_a_control_token(text: str) -> None:
    around = replace(AROUND, selection=text or "x", neighbours=(text,), variables={"A": text})
    prompt = build(Ask(text, HERE, surroundings=around), LONG, examples=(Example(text, text),))
    assert len(told(prompt)) <= 10
    assert told(prompt)[-1].startswith("Request: ")
    plain = controls(render(build(Ask("x"), LONG), "chatml"))
    assert controls(render(prompt, "chatml")) == plain


@pytest.mark.parametrize("row", rows("secrets.jsonl"), ids=lambda row: row["name"])
def test_no_secret_leaves_in_any_place(row: dict[str, str]) -> None:
    for place, ask in everywhere(row["text"]).items():
        prompt = build(ask, LONG, examples=(Example(row["text"], row["text"]),))
        assert row["secret"] not in "\n".join(told(prompt)), place
    assert "[redacted]" in told(build(Ask(row["text"]), LONG))[-1]


def test_a_variable_whose_name_says_secret_is_told_without_its_value() -> None:
    around = Surroundings(variables={"DB_PASSWORD": "hunter2", "NS": "shop"})
    (line, _) = told(build(Ask("x", surroundings=around), LONG))
    assert line == "Variables: DB_PASSWORD=[redacted]; NS=shop"


def test_secrets_stay_only_where_the_caller_says_so() -> None:
    ask = Ask("set the password hunter2! on db")
    assert told(build(ask, LONG, redact=False)) == ["Request: set the password hunter2! on db"]


# --- size --------------------------------------------------------------------------------------


def largest(chosen: Preset) -> Prompt:
    text = "kubectl get pods --namespace=payments-0815 | grep -v Running " * 100
    card = Card("t" * 200, "kubectl " + "p" * 300, "kubectl " + "e" * 300)
    around = Surroundings(
        "Deployment", "a" * 200, "b" * 200, text, {f"V{n}": text for n in range(50)}, (text,) * 50
    )
    finding = Finding("K101", Level.ERROR, text, 0, 1)
    exists = Names(
        "c", 0.0, tuple(ObjectName("pods", f"kubectl-{n}-{'n' * 80}") for n in range(99))
    )
    return build(
        Ask(text, Context(text, "n" * 63, None, "1.32"), surroundings=around),
        chosen,
        cards=(card,) * 4,
        examples=(Example(text, text),) * 2,
        names=exists,
        rejected=Rejected(Draft(text, Source.MODEL), (finding,) * 9),
    )


@pytest.mark.parametrize("model", sorted({row["names"][0] for row in document()["models"]}))
@pytest.mark.parametrize("style", ["short", "long"])
def test_the_largest_prompt_and_its_answer_fit_the_window(model: str, style: str) -> None:
    chosen = preset(model, variant=style)
    prompt = largest(chosen)
    assert of_prompt(prompt, chosen.tokens) + chosen.num_predict <= chosen.num_ctx
    assert told(prompt)[-1].startswith("Request: kubectl get pods")


@pytest.mark.parametrize("row", rows("tokens.jsonl"), ids=lambda row: row["text"][:20])
def test_tokens_are_estimated_within_15_percent_of_the_real_tokenizers(row: dict[str, Any]) -> None:
    for family, real in row["tokens"].items():
        assert estimate(row["text"], family) == pytest.approx(real, rel=0.15), family


def test_the_estimate_of_an_unknown_vocabulary_is_the_most_cautious() -> None:
    text = rows("tokens.jsonl")[0]["text"]
    assert estimate(text, "nonesuch") >= max(estimate(text, one) for one in ("qwen", "llama3"))
    assert estimate("") == 0
