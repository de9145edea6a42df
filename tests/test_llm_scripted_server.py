"""The scripted model server runs by itself too, and tells what it was asked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from kai.config.settings import LlmSettings
from kai.llm.costs import cost
from kai.llm.endpoint import Done

_OPENER = build_opener(ProxyHandler({}))


def call(url: str, body: object = None) -> bytes:
    content = None if body is None else json.dumps(body).encode()
    with _OPENER.open(Request(url, content), timeout=20) as answer:  # noqa: S310 - of this test
        return bytes(answer.read())


@pytest.fixture(name="url")
def _url(tmp_path: Path) -> Iterator[str]:
    script = tmp_path / "script.json"
    answers: list[object] = ["get pods", {"text": "delete it", "when": "drop"}]
    script.write_text(json.dumps({"models": [{"name": "tiny", "context": 77}], "answers": answers}))
    command = [sys.executable, "-m", "kai.llm.scripted_server", str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


def test_a_script_is_served_to_anybody_who_speaks_one_of_the_apis(url: str) -> None:
    whole = {"model": "tiny", "prompt": "x", "stream": False}
    assert json.loads(call(url + "/api/generate", whole))["response"] == "get pods"
    chosen = {**whole, "prompt": "drop it"}
    assert json.loads(call(url + "/api/generate", chosen))["response"] == "delete it"
    said = {"model": "tiny", "messages": [{"role": "user", "content": "x"}], "stream": False}
    assert json.loads(call(url + "/api/chat", said))["message"]["content"] == "get pods"
    lines = call(url + "/api/generate", {"model": "tiny", "prompt": "x"}).splitlines()
    assert [json.loads(line)["response"] for line in lines] == ["get", " pods", ""]
    events = call(url + "/v1/completions", {"model": "tiny", "prompt": "x", "stream": True})
    assert events.endswith(b"data: [DONE]\n\n")
    (model,) = json.loads(call(url + "/v1/models"))["data"]
    assert (model["id"], model["max_model_len"]) == ("tiny", 77)


def test_it_tells_what_it_was_asked_and_who_left(url: str) -> None:
    call(url + "/api/generate", {"model": "tiny", "prompt": "x"})
    first, second = json.loads(call(url + "/_requests"))
    assert (first["path"], first["body"]["prompt"], first["left"]) == ("/api/generate", "x", False)
    assert second["path"] == "/_requests"


def test_loading_an_empty_prompt_fills_the_memory_and_no_keep_alive_empties_it(url: str) -> None:
    call(url + "/api/generate", {"model": "tiny"})
    assert [m["name"] for m in json.loads(call(url + "/api/ps"))["models"]] == ["tiny"]
    call(url + "/api/generate", {"model": "tiny", "keep_alive": 0})
    assert json.loads(call(url + "/api/ps"))["models"] == []


@pytest.mark.parametrize(
    ("done", "prices", "price"),
    [
        (Done(prompt_tokens=1000, tokens=100), (0.0, 0.0), None),
        (Done(prompt_tokens=1000, tokens=100), (3.0, 15.0), 0.0045),
        (Done(prompt_tokens=1000, tokens=100), (3.0, 0.0), 0.003),
        (Done(prompt_tokens=None, tokens=100), (3.0, 15.0), None),
        (Done(prompt_tokens=1000), (3.0, 15.0), None),
    ],
)
def test_an_answer_costs_what_the_settings_say_of_a_million_tokens(
    done: Done, prices: tuple[float, float], price: float | None
) -> None:
    settings = LlmSettings(input_price=prices[0], output_price=prices[1])
    assert cost(done, settings) == (None if price is None else pytest.approx(price))
