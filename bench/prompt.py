"""The prompt for a model: tokens of its static part and in all, building it, finding its cards.

    python -m bench prompt [--cards N]

Goals: static part 400 tokens, cards among 10,000 p95 5 ms. Tokens are estimates (within 15 %).
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench._rows import files, read, requests
from bench.harness import LOOP, calls, loop_floor, report
from kai.kubectl.invocation import parse
from kai.kubectl.spec import load
from kai.llm.cards import Card, Cards, shipped
from kai.llm.presets import Preset, preset
from kai.llm.prompt import build, fixed_prompt
from kai.llm.templates import render
from kai.llm.tokens import of_prompt
from kai.model import Ask, Context, Names, ObjectName, Surroundings

MODELS = (
    "llama3.2:1b",
    "llama3.2:3b",
    "qwen2.5-coder:1.5b",
    "qwen2.5-coder:7b",
    "llama3.1:8b",
    "phi3:14b",
    "phi4:14b",
    "codellama:7b-instruct",
    "granite3.3:8b",
    "gemma3:12b",
    "mistral:7b",
    "deepseek-coder-v2:16b",
    "qwen3:8b",
)
CONTEXT = Context("gke_acme_europe-west1_prod", "payments", "https://10.0.0.1:6443", "1.32")
AROUND = Surroundings(
    kind="Deployment",
    name="checkout",
    namespace="payments",
    variables={"NS": "payments", "RELEASE": "2.4.1"},
    neighbours=("kubectl get pods -n payments", "kubectl rollout status deployment/checkout"),
)
_WORDS = ("gateway", "ledger", "catalog", "search", "mailer", "billing", "stock", "report", "audit")
_WHEN = ("at night", "on call", "for the customers", "after a release", "in the lab", "quickly")


def asks() -> list[Ask]:
    """The requests of tests/cases/nlu, half of them from a file."""
    return [
        Ask(request, CONTEXT, surroundings=AROUND if number % 2 else Surroundings())
        for number, request in enumerate(requests())
    ]


def names(count: int) -> Names:
    """As many names as a busy cluster has."""
    objects = (
        ObjectName("pods", f"{_WORDS[n % len(_WORDS)]}-{n:05}", "payments") for n in range(count)
    )
    return Names("prod", 0.0, tuple(objects), ("payments", "staging"), ("worker-1", "worker-3"))


def many(count: int) -> list[Card]:
    """Cards made of those that come with kai: other words, other names."""
    dice = random.Random(1)  # noqa: S311 - reproducible, no secret
    made = []
    for number in range(count):
        card, word = shipped()[number % len(shipped())], dice.choice(_WORDS)
        task = f"{card.task} of {word} {dice.choice(_WHEN)}"
        made.append(Card(task, card.pattern, card.example.replace("cart", f"{word}-{number}")))
    return made


def tokens(cards: Cards) -> None:
    """What each model is told, in tokens of its own vocabulary."""
    print(f"{'tokens':<24} {'style':<6} static   median      p95      max   cards of it, median")
    some = asks()[::40]
    for model in MODELS:
        told = preset(model)
        static = of_prompt(fixed_prompt(told), told.tokens)
        whole, bare = [], []
        for ask in some:
            found = cards.find(ask.request, most=told.cards, tokens=told.card_tokens)
            whole.append(of_prompt(build(ask, told, cards=found), told.tokens))
            bare.append(of_prompt(build(ask, told), told.tokens))
        whole.sort()
        of_cards = statistics.median(whole) - statistics.median(bare)
        print(
            f"  {model:<22} {told.style:<6} {static:>6} {statistics.median(whole):>8.0f}"
            f" {whole[int(len(whole) * 0.95)]:>8} {whole[-1]:>8} {of_cards:>10.0f}"
        )


def hits(cards: Cards) -> None:
    """For how many requests a card of the very command comes back."""
    spec = load()
    paths = {card: parse(card.example, spec).invocations[0].path for card in shipped()}
    right = total = 0
    for row in read(files())[::4]:
        calls_of = parse(str(row.get("command") or ""), spec).invocations
        if calls_of:
            total += 1
            right += calls_of[0].path in {paths[card] for card in cards.find(str(row["request"]))}
    print(f"{'requests with a fitting card':<34} {right} of {total}, {right / total:.1%}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cards", type=int, default=10_000)
    count = parser.parse_args().cards
    floor = loop_floor()
    report(LOOP, floor, unit="us")
    some = asks()[::40]
    with tempfile.TemporaryDirectory() as scratch:
        cards = Cards(Path(scratch, "own"))
        tokens(cards)
        hits(cards)
        wanted = [ask.request for ask in some]
        report(f"cards among {len(shipped())}", calls(cards.find, wanted, best=True), floor=floor)
        first = calls(lambda _: Cards(Path(scratch, "own")).find("pods"), [0] * 21, rounds=1)
        report("first cards, index there", first, floor=floor)
        large = Cards(Path(scratch, "large"), many(count))
        report(f"cards among {count:,}", calls(large.find, wanted, best=True), floor=floor)
        exists, told = names(10_000), preset("qwen2.5-coder:7b")
        found = cards.find("scale checkout to 5")
        report(
            "prompt, 10,000 names",
            calls(_builder(told, exists, found), some, best=True),
            floor=floor,
        )
        report("prompt, no names", calls(_builder(told, None, found), some, best=True), floor=floor)


def _builder(told: Preset, exists: Names | None, found: tuple[Card, ...]) -> Callable[[Ask], str]:
    def made(ask: Ask) -> str:
        return render(build(ask, told, cards=found, names=exists), told.template)

    return made


if __name__ == "__main__":
    main()
