"""Commands as JSON: what follows the schema becomes a line, or nothing."""

from __future__ import annotations

import json
import random
from typing import Any

import fastjsonschema
import pytest

from kai.kubectl.resources import builtin
from kai.kubectl.spec import load
from kai.llm.extract import extract
from kai.llm.grammar import grammar, schema
from kai.llm.grammar_json import command_line
from tests.test_llm_grammar import invented


def made_up(node: dict[str, Any], document: dict[str, Any], chance: random.Random) -> Any:
    """Some value that follows a schema of the kind that kai writes."""
    if "$ref" in node:
        return made_up(document["$defs"][node["$ref"].rpartition("/")[2]], document, chance)
    if "anyOf" in node:
        return made_up(chance.choice(node["anyOf"]), document, chance)
    if "enum" in node:
        return chance.choice(node["enum"])
    if node["type"] == "string":
        return chance.choice(["web", "a b", "{.items}", "app in (a)", "x=y", "1", "\u00e4"])
    if node["type"] == "array":
        count = chance.randint(0, min(3, node["maxItems"]))
        return [made_up(node["items"], document, chance) for _ in range(count)]
    return {key: made_up(value, document, chance) for key, value in node["properties"].items()}


def test_what_follows_the_schema_becomes_a_line_of_commands_and_flags_that_exist() -> None:
    text = schema(load(), builtin())
    document = json.loads(text)
    valid = fastjsonschema.compile(document)
    chance = random.Random(5)  # noqa: S311
    lines = 0
    for _ in range(600):
        value = made_up(document, document, chance)
        valid(value)
        line = command_line(value)
        if line is None:
            assert "\u00e4" in json.dumps(value, ensure_ascii=False)
        elif value["verb"] != "none":
            lines += 1
            unknown = [text for text in invented(line) if not text.startswith("K20")]
            assert unknown == [], line
            assert extract(json.dumps(value)).commands == (line,)
    assert lines > 300
    assert len(text) < 80_000


def test_a_schema_is_narrowed_by_the_request_as_the_grammar_is() -> None:
    both = grammar(load(), builtin(), prefill="kubectl ", request="list pods")
    assert '"drain"' not in both.schema
    assert '"get"' in both.schema
    assert both.gbnf.startswith("root ::= line ")
    assert "c-drain" not in both.gbnf


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ({"verb": "get", "kind": "pods"}, "kubectl get pods"),
        ({"verb": "none"}, ""),
        (
            {"verb": "rollout undo", "names": ["deploy/web"], "flags": []},
            "kubectl rollout undo deploy/web",
        ),
        (
            {"verb": "get", "kind": "pods", "flags": [{"name": "selector", "value": "a in (b)"}]},
            "kubectl get pods '--selector=a in (b)'",
        ),
        (
            {"verb": "exec", "names": ["web"], "switches": ["stdin"], "command": ["ls", "-l"]},
            "kubectl exec web --stdin -- ls -l",
        ),
        ({"verb": "get", "kind": "pods", "namespace": "web"}, None),
        ({"verb": "get", "flags": [{"name": "n"}]}, None),
        ({"verb": "get", "flags": ["n"]}, None),
        ({"verb": "get", "flags": "n"}, None),
        ({"verb": "get", "names": [1]}, None),
        ({"verb": "get", "names": "web"}, None),
        ({"verb": 1}, None),
        ({"verb": "get", "names": ["a\nb"]}, None),
    ],
)
def test_an_object_becomes_the_line_it_stands_for_or_none(
    value: dict[str, Any], line: str | None
) -> None:
    """What is not understood is not left out: without it the line might do more."""
    assert command_line(value) == line
