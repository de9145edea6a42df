"""Cards: every one works, every command path has one, and the right ones come back, whatever the disk."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from kai.errors import ModelUnreachable
from kai.journal import Journal, Record
from kai.kubectl import spec
from kai.kubectl.invocation import parse
from kai.kubectl.resources import builtin
from kai.llm.cards import Card, Cards, at, shipped, vocabulary
from kai.llm.examples import Example, similar
from kai.llm.tokens import estimate
from kai.llm.words import STOP, SYNONYMS, alikeness, content, stem, stems
from kai.model import Ask, Context, Level, Tier
from kai.safety import judge
from kai.validators import check

CASES = Path(__file__).parent / "cases" / "llm"
SPEC = spec.load(spec.versions()[-1])


# --- what the cards say ------------------------------------------------------------------------


def test_there_are_at_least_250_cards_each_task_once() -> None:
    assert len(shipped()) >= 250
    assert len({card.task for card in shipped()}) == len(shipped())


def test_every_command_path_of_the_newest_kubectl_has_a_card() -> None:
    runnable = {
        path for path, command in SPEC.commands.items() if command.runnable and not command.hidden
    }
    shown = {call.path for card in shipped() for call in parse(card.example, SPEC).invocations}
    assert len(runnable) >= 90
    assert runnable <= shown


@pytest.mark.parametrize("card", shipped(), ids=lambda card: card.task)
def test_the_example_of_a_card_is_a_command_that_kai_would_offer(card: Card) -> None:
    errors = [
        finding for finding in check(card.example, SPEC, builtin()) if finding.level is Level.ERROR
    ]
    assert not errors
    assert judge(parse(card.example, SPEC), Context(), builtin()).tier != Tier.FORBIDDEN


@pytest.mark.parametrize("card", shipped(), ids=lambda card: card.task)
def test_a_card_is_one_short_line_that_shows_its_pattern_and_an_example(card: Card) -> None:
    assert card.pattern.startswith("kubectl ")
    assert card.example.startswith("kubectl ")
    assert card.pattern.split()[1] == card.example.split()[1]
    assert card.text.isprintable()
    assert estimate(card.text) <= 120
    assert card.example in card.text


def test_a_pattern_that_is_its_own_example_is_told_once() -> None:
    assert Card("pods", "kubectl get pods", "kubectl get pods").text == "pods: kubectl get pods"
    card = Card("scale", "kubectl scale KIND/NAME", "kubectl scale deployment/a")
    assert card.text == "scale: kubectl scale KIND/NAME for example kubectl scale deployment/a"


# --- what comes back ---------------------------------------------------------------------------


WANTED = [
    json.loads(line) for line in (CASES / "cards.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("row", WANTED, ids=lambda row: row["request"])
def test_the_card_for_a_request_is_among_those_that_come_back(
    row: dict[str, str], tmp_path: Path
) -> None:
    cards = Cards(tmp_path)
    found = cards.find(row["request"])
    cards.close()
    assert any(row["pattern"] in card.pattern for card in found), [card.task for card in found]


def test_no_more_cards_come_back_than_asked_for_and_no_more_tokens(tmp_path: Path) -> None:
    cards = Cards(tmp_path)
    request = "logs of the container of the pod on the node"
    assert len(cards.find(request)) == 4
    assert len(cards.find(request, most=2)) == 2
    few = cards.find(request, tokens=60)
    assert few
    assert sum(estimate(card.text) for card in few) <= 60
    assert cards.find(request, most=0) == cards.find(request, tokens=0) == ()
    cards.close()


@pytest.mark.parametrize(
    "request_", ["", "   ", "the of and", "123 4", "?!", "\u202e", "ありがとう"]
)
def test_a_request_without_words_has_no_cards(request_: str, tmp_path: Path) -> None:
    cards = Cards(tmp_path)
    assert cards.find(request_) == ()
    cards.close()


@pytest.mark.parametrize(
    "request_",
    [
        'pods" OR task:*',
        "pods'); DROP TABLE cards;--",
        "NEAR(pods logs) NOT nodes ^a",
        "pods " * 5000,
    ],
)
def test_the_language_of_the_search_engine_is_only_words(request_: str, tmp_path: Path) -> None:
    cards = Cards(tmp_path)
    assert cards.find(request_)
    assert cards.find("logs of a pod")
    cards.close()


def test_among_very_many_cards_the_rare_words_decide(tmp_path: Path) -> None:
    many = [
        Card(f"restart app{n} in team shop of region eu", "kubectl p", "kubectl e")
        for n in range(3000)
    ]
    cards = Cards(tmp_path, [*many, Card("restart the gateway quickly", "kubectl p", "kubectl e")])
    asked = (
        "please restart app in team shop of region eu and then the old gateway for payments today"
    )
    assert cards.find(asked)[0].task == "restart the gateway quickly"
    assert cards.find("app2999 restart")[0].task.startswith("restart app2999 ")
    cards.close()


# --- the file ----------------------------------------------------------------------------------


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("cards-*.db"))


def test_nothing_is_written_before_cards_are_asked_for(tmp_path: Path) -> None:
    cards = Cards(tmp_path / "cache")
    cards.close()
    assert not (tmp_path / "cache").exists()


def test_the_index_is_made_once_and_is_for_its_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    for _ in range(2):
        cards = Cards(folder)
        assert cards.find("pods")
        assert cards.warnings == ()
        cards.close()
    (name,) = files(folder)
    assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_another_set_of_cards_makes_another_index_and_removes_the_old_one(tmp_path: Path) -> None:
    one, other = (
        Cards(tmp_path, [Card(task, "kubectl p", "kubectl e")]) for task in ("pods", "nodes")
    )
    assert one.find("pods")
    one.close()
    before = files(tmp_path)
    assert [card.task for card in other.find("nodes")] == ["nodes"]
    other.close()
    assert len(files(tmp_path)) == 1
    assert files(tmp_path) != before


def test_where_the_disk_may_not_be_written_the_index_is_in_memory(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        place = tmp_path / "file"  # root may write everywhere, but not below a file
        place.write_text("")
    else:
        place = tmp_path / "closed"
        place.mkdir(mode=0o500)
    cards = Cards(place / "cache")
    assert cards.find("pods crashlooping")
    assert cards.warnings
    cards.close()


@pytest.mark.parametrize("damage", ["cut", "garbage", "empty", "folder", "other"])
def test_a_damaged_index_costs_nothing_but_time(damage: str, tmp_path: Path) -> None:
    cards = Cards(tmp_path)
    wanted = cards.find("pods crashlooping")
    cards.close()
    path = tmp_path / files(tmp_path)[0]
    content = path.read_bytes()
    path.unlink()
    match damage:
        case "cut":
            path.write_bytes(content[:5000])
        case "garbage":
            path.write_bytes(os.urandom(8192))
        case "empty":
            path.write_bytes(b"")
        case "folder":
            path.mkdir()
        case _:
            connection = sqlite3.connect(path)
            connection.execute("CREATE TABLE other (x)")
            connection.close()
    path.chmod(0o700 if damage == "folder" else 0o600)
    again = Cards(tmp_path)
    assert again.find("pods crashlooping") == wanted
    again.close()


def test_where_sqlite_cannot_search_text_the_words_are_compared(tmp_path: Path) -> None:
    cards = Cards(tmp_path, module="nonesuch")
    found = cards.find("bounce the checkout deployment", most=3)
    assert any("rollout restart" in card.pattern for card in found)
    (warning,) = cards.warnings
    assert "nonesuch" in warning
    cards.close()
    assert files(tmp_path) == []


def test_threads_and_first_uses_at_once_get_the_same_answer(tmp_path: Path) -> None:
    shared, found = Cards(tmp_path), []

    def ask(cards: Cards) -> None:
        found.append(cards.find("pods crashlooping"))

    own = [Cards(tmp_path) for _ in range(4)]
    threads = [threading.Thread(target=ask, args=(cards,)) for cards in (*own, shared, shared)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for cards in (*own, shared):
        assert cards.warnings == ()
        cards.close()
    assert len(found) == 6
    assert len(set(found)) == 1
    assert len(files(tmp_path)) == 1


def test_one_process_opens_the_index_once(tmp_path: Path) -> None:
    assert at(tmp_path) is at(tmp_path)


# --- by meaning --------------------------------------------------------------------------------


class Embedder:
    """Vectors in which a text is near the request if it has `word`."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.asked: list[int] = []

    async def embed(self, model: str, texts: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
        self.asked.append(len(texts))
        rest = texts[1:]
        return ((1.0, 0.0), *((1.0, 0.1) if self.word in text else (0.1, 1.0) for text in rest))


def test_vectors_put_the_cards_in_order_and_are_kept(tmp_path: Path) -> None:
    cards, embedder = Cards(tmp_path), Embedder("previous run")
    request = "log of a pod container"
    assert cards.find(request)[0].task != "log of the container before it crashed, previous run"
    for _ in range(2):
        found = asyncio.run(cards.find_by_meaning(request, embedder.embed, "m:1"))
        assert found[0].task == "log of the container before it crashed, previous run"
        assert len(found) == 4
    cards.close()
    again = Cards(tmp_path)
    asyncio.run(again.find_by_meaning(request, embedder.embed, "m:1"))
    asyncio.run(again.find_by_meaning(request, embedder.embed, "m:2"))
    again.close()
    assert embedder.asked == [25, 1, 1, 25]


async def unreachable(model: str, texts: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
    raise ModelUnreachable("nothing listens")


async def too_few(model: str, texts: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
    return ((1.0,),)


@pytest.mark.parametrize("embed", [unreachable, too_few])
def test_without_vectors_the_words_decide(embed: object, tmp_path: Path) -> None:
    cards = Cards(tmp_path)
    found = asyncio.run(cards.find_by_meaning("pods crashlooping", embed, "m"))  # type: ignore[arg-type]
    assert found == cards.find("pods crashlooping")
    cards.close()


def test_vectors_of_another_length_are_no_nearer_than_nothing(tmp_path: Path) -> None:
    cards = Cards(tmp_path)

    async def odd(model: str, texts: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
        return tuple((1.0,) * (1 + len(text) % 3) for text in texts)

    assert len(asyncio.run(cards.find_by_meaning("pods crashlooping", odd, "m"))) == 4
    cards.close()


# --- words -------------------------------------------------------------------------------------


def test_words_that_say_nothing_are_left_out_and_each_stands_once() -> None:
    assert content("Show me the logs of the Logs pod 3 x-ray") == ("logs", "pod", "ray")
    assert content("restart api-7d9c5b-x2 on node-3") == ("restart", "node")
    assert not STOP & set(SYNONYMS)


@pytest.mark.parametrize(
    ("one", "other"), [("restarting", "restarts"), ("pods", "pod"), ("scaled", "scaling")]
)
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_alikeness_is_the_share_of_common_words() -> None:
    none: frozenset[str] = frozenset()
    assert alikeness(stems("bounce cart"), stems("restart cart"), none) > 0.5
    assert alikeness(stems("pods"), stems("nodes"), none) == 0.0
    assert alikeness(none, none, none) == 0.0


def test_the_same_done_to_something_else_is_nearer_than_something_else_done_to_the_same() -> None:
    asked = stems("scale checkout to 5")
    same, other = stems("scale search to 2"), stems("pods in checkout")
    assert alikeness(asked, same, vocabulary()) > alikeness(asked, other, vocabulary())


# --- what the user took ------------------------------------------------------------------------


def tier(command: str) -> str:
    return judge(parse(command, SPEC), Context(), builtin()).tier


SCALED = Record("scale cart to 3", "kubectl scale deployment/cart --replicas=3", taken=True)


def recorded(tmp_path: Path, *records: Record, enabled: bool = True) -> Journal:
    journal = Journal(tmp_path / "journal.db", enabled=enabled)
    for record in records:
        journal.add(record)
    return journal


def asked(journal: Journal, request: str, context: str | None = None) -> list[str]:
    found = similar(Ask(request, Context(context)), journal, tier)
    journal.close()
    return [one.command for one in found]


def changed(record: Record, **fields: object) -> Record:
    return replace(record, **fields)  # type: ignore[arg-type]


def test_what_was_taken_for_a_similar_request_is_an_example(tmp_path: Path) -> None:
    journal = recorded(tmp_path, SCALED, Record("nodes", "kubectl get nodes", taken=True))
    assert similar(Ask("scale search to 5"), journal, tier) == (
        Example("scale cart to 3", "kubectl scale deployment/cart --replicas=3"),
    )
    assert asked(journal, "who am i") == []


def test_what_was_edited_counts_as_it_was_run(tmp_path: Path) -> None:
    edited = changed(SCALED, edited="kubectl scale statefulset/cart --replicas=3", run_at=1.0)
    assert asked(recorded(tmp_path, edited), "scale cart to 5") == [edited.edited]


@pytest.mark.parametrize(
    "fields",
    [
        {"taken": False},
        {"taken": None},
        {"run_at": 1.0, "exit_status": 1},
        {"command": None},
        {"command": "rm -rf /"},
        {"command": "kubectl get pods\nkubectl get nodes"},
        {"command": "kubectl delete deployment cart"},
        {"command": "kubectl scale deployment/cart --replicas=0 --token=[redacted]"},
        {"request": "scale cart with password hunter2!"},
        {"context": "prod-eu"},
    ],
    ids=str,
)
def test_what_teaches_nothing_good_is_no_example(fields: dict[str, object], tmp_path: Path) -> None:
    assert asked(recorded(tmp_path, changed(SCALED, **fields)), "scale cart to 5", "lab") == []


@pytest.mark.parametrize(
    ("then", "now", "told"),
    [
        ("prod-eu", "prod-us", True),
        ("gke_acme_eu_prod", "live.example.com", True),
        ("prod-eu", "staging-eu", False),
        ("kind-one", "minikube", True),
        ("alpha", "alpha", True),
        ("alpha", "beta", False),
        (None, None, True),
        (None, "alpha", False),
    ],
)
def test_examples_are_from_the_same_kind_of_context(
    then: str | None, now: str | None, told: bool, tmp_path: Path
) -> None:
    journal = recorded(tmp_path, changed(SCALED, context=then))
    assert bool(asked(journal, "scale cart to 5", now)) == told


def test_the_two_nearest_are_told_each_request_once(tmp_path: Path) -> None:
    journal = recorded(
        tmp_path,
        changed(SCALED, request="scale web to 4"),
        *(changed(SCALED, request=f"scale cart to {n}") for n in (1, 2, 2, 3)),
        changed(
            SCALED, request="Scale cart to 3", command="kubectl scale deploy/cart --replicas=3"
        ),
    )
    found = similar(Ask("scale cart to 9"), journal, tier)
    journal.close()
    assert len(found) == 2
    assert len({one.request.lower() for one in found}) == 2
    assert all("cart" in one.command for one in found)


def test_without_a_journal_there_are_no_examples(tmp_path: Path) -> None:
    assert asked(recorded(tmp_path, SCALED, enabled=False), "scale cart to 5") == []
    assert asked(Journal(tmp_path / "none.db"), "scale cart to 5") == []
