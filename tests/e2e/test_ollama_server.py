"""What kai relies on of an Ollama server, held against real ones of two versions.

Nothing of kai runs here: where one of these fails with a newer server, kai needs another look.
What the server refuses and how it fails is in test_ollama_failures.py.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.models import talk, weights
from tests.e2e.models.servers import Ollama, request, until

SCHEMA = {
    "type": "object",
    "properties": {"verb": {"type": "string", "enum": ["get", "describe"]}},
    "required": ["verb"],
}


def at_least(server: Ollama, version: str) -> bool:
    """Was the server built from that release or a later one?"""
    return [*map(int, server.version.split("."))] >= [*map(int, version.split("."))]


def expires_in(server: Ollama, model: str) -> timedelta:
    """How long from now the server says that it keeps the model."""
    # Nanoseconds, of which Python reads microseconds.
    text: str = server.loaded()[model]["expires_at"]
    return datetime.fromisoformat(text[:26].rstrip("Z.") + "+00:00") - datetime.now(UTC)


# --- answers -----------------------------------------------------------------------------------


def test_a_stream_is_a_json_object_a_line_and_only_the_last_is_done(ollama: Ollama) -> None:
    with ollama.stream("/api/generate", request(ollama.model("pods"), "list pods")) as stream:
        *pieces, last = list(stream)
    assert (stream.status, stream.type) == (200, "application/x-ndjson")
    assert [piece["response"] for piece in pieces] == ["kubectl", " get", " pods"]
    assert not any(piece["done"] for piece in pieces)
    assert (last["done"], last["done_reason"], last["response"]) == (True, "stop", "")


def test_the_last_object_has_counts_and_nanoseconds(ollama: Ollama) -> None:
    said = ollama.generate(ollama.model("ascii"), "list pods", options={"num_predict": 7})
    assert said["prompt_eval_count"] == len("list pods") + 1  # the beginning is a token, too
    assert (said["eval_count"], said["done_reason"]) == (7, "length")
    parts = [said[f"{part}_duration"] for part in ("load", "prompt_eval", "eval")]
    assert all(part > 0 for part in parts)
    assert sum(parts) <= said["total_duration"]


def test_whole_and_streamed_answers_are_the_same_at_temperature_0(ollama: Ollama) -> None:
    model = ollama.model("ascii")
    with ollama.stream("/api/generate", request(model, "list pods")) as stream:
        streamed = "".join(piece["response"] for piece in stream)
    assert len(streamed) == 16
    assert streamed == ollama.generate(model, "list pods")["response"]


def test_a_seed_repeats_an_answer_at_a_high_temperature(ollama: Ollama) -> None:
    def said(seed: int) -> str:
        options = {"temperature": 1.5, "seed": seed, "num_predict": 24}
        answer: str = ollama.generate(ollama.model("ascii"), "list pods", options=options)[
            "response"
        ]
        return answer

    assert said(1) == said(1) != said(2)


def test_bytes_that_are_no_text_come_as_valid_json(ollama: Ollama) -> None:
    body = request(ollama.model("tiny"), "x", options={"num_predict": 200})
    with ollama.stream("/api/generate", body) as stream:
        lines = list(stream.lines())
    text = "".join(json.loads(line.decode("utf-8"))["response"] for line in lines)
    assert any(ord(char) < 0x20 for char in text)
    assert not any(0xD800 <= ord(char) < 0xE000 for char in text), "half of a surrogate pair"


@pytest.mark.parametrize(
    ("stop", "rest"),
    [(" pods", "kubectl get"), ("t po", "kubectl ge"), ("\n", "kubectl get pods")],
)
def test_a_stop_ends_the_answer_before_it_also_across_and_within_tokens(
    ollama: Ollama, stop: str, rest: str
) -> None:
    said = ollama.generate(ollama.model("pods"), "x", options={"stop": [stop]})
    assert (said["response"], said["done_reason"]) == (rest, "stop")


def test_raw_sends_the_prompt_as_it_is_and_no_context_back(ollama: Ollama) -> None:
    file = ollama.files["pods"]
    ollama.create("shouting", file, template="SYSTEM {{ .System }} USER {{ .Prompt }} ANSWER")
    assert ollama.generate("shouting", "abc")["prompt_eval_count"] == 4
    assert "context" not in ollama.generate("shouting", "abc")
    cooked = ollama.generate("shouting", "abc", raw=False)
    assert cooked["prompt_eval_count"] == len("SYSTEM  USER abc ANSWER") + 1
    assert len(cooked["context"]) > 4, "all tokens come back, on the line that ends the answer"


def test_chat_answers_in_messages(ollama: Ollama) -> None:
    body = {"model": ollama.model("pods"), "messages": [{"role": "user", "content": "list pods"}]}
    with ollama.stream("/api/chat", body) as stream:
        *pieces, last = list(stream)
    assert "".join(piece["message"]["content"] for piece in pieces) == "kubectl get pods"
    assert {piece["message"]["role"] for piece in pieces} == {"assistant"}
    assert last["done_reason"] == "stop"
    assert last["prompt_eval_count"] == len("list pods") + 1


def test_the_openai_route_answers_too(ollama: Ollama) -> None:
    said = ollama.post("/v1/completions", {"model": ollama.model("pods"), "prompt": "list"}).json
    (choice,) = said["choices"]
    assert (choice["text"], choice["finish_reason"]) == ("kubectl get pods", "stop")


def test_log_probabilities_are_given_from_0_12_11_on_and_ignored_before(ollama: Ollama) -> None:
    said = ollama.generate(ollama.model("pods"), "x", logprobs=True)
    if not at_least(ollama, "0.12.11"):
        assert "logprobs" not in said
        return
    assert [entry["token"] for entry in said["logprobs"]] == ["kubectl", " get", " pods"]
    assert all(-0.01 < entry["logprob"] <= 0 for entry in said["logprobs"])
    with ollama.stream("/api/generate", request("pods", "x", logprobs=True)) as stream:
        counts = [len(piece.get("logprobs", ())) for piece in stream]
    assert counts == [1, 1, 1, 0]


def test_a_schema_holds_even_noise_to_it(ollama: Ollama) -> None:
    options = {"num_predict": 200}
    said = ollama.generate(ollama.model("ascii"), "list pods", format=SCHEMA, options=options)
    assert json.loads(said["response"])["verb"] in ("get", "describe")


def test_a_prompt_too_long_is_cut_without_a_word(ollama: Ollama) -> None:
    """Whoever asks has to count: the beginning, with all instructions, may be what is cut."""
    options = {"num_ctx": 512, "num_predict": 1}
    said = ollama.generate(ollama.model("tiny"), "x" * 3000, options=options)
    assert said["prompt_eval_count"] <= 512
    body = request("tiny", "x" * 3000, truncate=False, stream=False, options=options)
    refused = ollama.post("/api/generate", body)
    if at_least(ollama, "0.13.0"):
        assert refused.status == 400
        assert refused.json["error"] == "the input length exceeds the context length"
    else:
        assert refused.json["prompt_eval_count"] <= 512, "an option that it does not know"


# --- what is installed -------------------------------------------------------------------------


def test_a_build_without_a_version_says_0_0_0(ollama: Ollama) -> None:
    said = ollama.get("/api/version").json
    assert said == {"version": "0.13.5" if ollama.version == "0.13.5" else "0.0.0"}


def test_tags_list_what_is_installed_with_size_and_quantization(ollama: Ollama) -> None:
    ollama.model("middle")
    ollama.create("claims-q2", ollama.files["claims-q2"])
    models = {entry["name"]: entry for entry in ollama.get("/api/tags").json["models"]}
    entry = models["middle:latest"]
    size = ollama.files["middle"].stat().st_size
    assert size <= entry["size"] < size + 1000, "the file and a few lines"
    assert entry["details"]["family"] == "llama"
    assert entry["details"]["format"] == "gguf"
    assert entry["details"]["quantization_level"] == "Q8_0"
    assert entry["details"]["parameter_size"] == "13.90M"
    assert models["claims-q2:latest"]["details"]["quantization_level"] == "Q2_K"


def test_show_tells_capabilities_template_parameters_and_context(ollama: Ollama) -> None:
    parameters = {"temperature": 0.1, "stop": ["\n", "```"]}
    ollama.create("shown", ollama.files["pods"], template="{{ .Prompt }}!", parameters=parameters)
    said = ollama.post("/api/show", {"model": "shown"}).json
    assert said["capabilities"] == ["completion"]
    assert said["template"] == "{{ .Prompt }}!"
    rows = sorted(line.split(maxsplit=1) for line in said["parameters"].splitlines())
    assert rows == [["stop", '"\\n"'], ["stop", '"```"'], ["temperature", "0.1"]]
    assert said["model_info"]["general.architecture"] == "llama"
    assert said["model_info"]["llama.context_length"] == 8192
    assert said["model_info"]["general.parameter_count"] > 1_000_000


def test_a_template_with_thinking_in_it_is_a_capability(ollama: Ollama) -> None:
    thinks = ("<think>", "pods it is", "</think>", "kubectl get pods")
    file = weights.scripted_model(ollama.folder / "thinks.gguf", thinks)
    template = "{{ range .Messages }}{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}"
    ollama.create("thinker", file, template=template + "{{ .Content }}{{ end }}")
    said = ollama.post("/api/show", {"model": "thinker"}).json
    assert sorted(said["capabilities"]) == ["completion", "thinking"]

    apart, inside = ("pods it is", thinks[-1]), (None, "".join(thinks))

    def answers(**fields: object) -> tuple[object, object]:
        said = ollama.generate("thinker", "x", **fields)
        message = {"role": "user", "content": "x"}
        body = {"model": "thinker", "messages": [message], "stream": False, **fields}
        chat = ollama.post("/api/chat", body).json["message"]
        assert (chat.get("thinking"), chat["content"]) == (said.get("thinking"), said["response"])
        return said.get("thinking"), said["response"]

    assert answers(think=True) == apart, "also where the prompt is raw"
    assert answers(think=False) == inside, "it is not taken out: whoever asks has to"
    newer = at_least(ollama, "0.12.0")
    assert answers() == (apart if newer else inside)


def test_a_deleted_model_is_gone_at_once(ollama: Ollama) -> None:
    ollama.create("short-lived", ollama.files["pods"])
    reply = talk.call(ollama.url, "DELETE", "/api/delete", {"model": "short-lived"})
    assert reply.status == 200
    assert ollama.post("/api/show", {"model": "short-lived"}).status == 404


# --- loaded, and for how long ------------------------------------------------------------------


def test_keep_alive_says_when_the_model_goes(ollama: Ollama) -> None:
    ollama.generate(ollama.model("tiny"), "x", keep_alive="10m")
    assert timedelta(minutes=9) < expires_in(ollama, "tiny") <= timedelta(minutes=10)
    ollama.generate("tiny", "x")
    assert expires_in(ollama, "tiny") > timedelta(minutes=9), "without one, the last one counts"
    ollama.generate("tiny", "x", keep_alive=-1)
    assert expires_in(ollama, "tiny") > timedelta(days=36500)
    ollama.generate("tiny", "x", keep_alive="30s")
    assert expires_in(ollama, "tiny") <= timedelta(seconds=30), "a shorter one counts as well"
    ollama.generate("tiny", "x", keep_alive=0)
    until(lambda: "tiny" not in ollama.loaded(), "tiny is still loaded")


def test_a_request_without_a_prompt_loads_and_unloads(ollama: Ollama) -> None:
    model = ollama.model("tiny")
    ollama.unload(model)
    loads = ollama.post("/api/generate", {"model": model, "keep_alive": "10m", "stream": False})
    assert (loads.json["response"], loads.json["done_reason"]) == ("", "load")
    entry = ollama.loaded()[model]
    assert entry["size"] > 0
    assert entry["size_vram"] == 0, "this server computes on the processor"
    assert entry["context_length"] == 4096, "what a request gets that says nothing"
    goes = ollama.post("/api/generate", {"model": model, "keep_alive": 0, "stream": False})
    assert goes.json["done_reason"] == "unload"
    until(lambda: model not in ollama.loaded(), "it is still loaded")


def test_another_num_ctx_loads_the_model_again(ollama: Ollama) -> None:
    model = ollama.model("tiny")
    ollama.unload(model)
    first = ollama.generate(model, "x", options={"num_ctx": 2048})
    same = ollama.generate(model, "x", options={"num_ctx": 2048})
    assert ollama.loaded()[model]["context_length"] == 2048
    other = ollama.generate(model, "x", options={"num_ctx": 1024})
    assert ollama.loaded()[model]["context_length"] == 1024
    assert same["load_duration"] < first["load_duration"] / 5
    assert same["load_duration"] < other["load_duration"] / 5


def test_a_client_that_leaves_during_a_load_ends_the_load(ollama: Ollama) -> None:
    """Whoever loads a model on behalf of others must stay until it is there."""
    model = ollama.model("tiny")
    ollama.unload(model)
    until(lambda: len(ollama.runners()) == len(ollama.loaded()), "a runner without a model")
    before = set(ollama.runners())
    body = request(model, "x")
    talk.leave(ollama.url, "/api/generate", body, lambda: bool({*ollama.runners()} - before))
    until(lambda: {*ollama.runners()} <= before, "its runner was not ended")
    assert model not in ollama.loaded()


# --- what is evaluated only once ---------------------------------------------------------------


def test_the_same_beginning_is_evaluated_once_and_counted_each_time(ollama: Ollama) -> None:
    model = ollama.model("middle")
    ollama.unload(model)
    prefix = "Words in, one line out. " * 12
    first = ollama.generate(model, prefix + "pods", options={"num_predict": 1})
    second = ollama.generate(model, prefix + "jobs", options={"num_predict": 1})
    assert first["prompt_eval_count"] == second["prompt_eval_count"] == len(prefix) + 5
    assert second["prompt_eval_duration"] <= 0.15 * first["prompt_eval_duration"]


def test_one_other_prompt_between_takes_the_beginning_out(ollama: Ollama) -> None:
    """There is one place (OLLAMA_NUM_PARALLEL=1): shell and editor need the same first words."""
    model = ollama.model("middle")
    prefix, other = "Words in, one line out. " * 8, "Quite another task here. " * 8
    options = {"num_predict": 1}
    ollama.generate(model, prefix + "pods", options=options)
    warm = ollama.generate(model, prefix + "jobs", options=options)["prompt_eval_duration"]
    ollama.generate(model, other, options=options)
    cold = ollama.generate(model, prefix + "pods", options=options)["prompt_eval_duration"]
    assert warm < cold / 4


# --- going away --------------------------------------------------------------------------------


def test_closing_a_stream_frees_the_server(ollama: Ollama) -> None:
    """Left to itself the first would write 10 * num_ctx tokens: many minutes."""
    model = ollama.model("big")
    with ollama.stream("/api/generate", request(model, "x", options={"num_predict": -1})) as stream:
        pieces = iter(stream)
        written = [next(pieces)["done"] for _ in range(3)]
    assert written == [False] * 3
    body = request(model, "y", stream=False, options={"num_predict": 1})
    assert ollama.post("/api/generate", body, timeout=30).json["done"]


def test_leaving_while_the_prompt_is_evaluated_frees_nothing(ollama: Ollama) -> None:
    """It is evaluated to its end although nobody waits; the next has to. So prompts stay short."""
    model = ollama.model("middle")
    options = {"num_predict": 1}
    whole = ollama.generate(model, "a" * 400, options=options)["prompt_eval_duration"] / 1e9
    began = datetime.now(UTC)

    def begun() -> bool:
        return datetime.now(UTC) - began > timedelta(seconds=whole / 10)

    talk.leave(ollama.url, "/api/generate", request(model, "b" * 400), begun)
    after = ollama.post("/api/generate", request(model, "c", stream=False, options=options))
    assert after.seconds > whole / 10


def test_the_models_of_chosen_words_can_write_without_end(ollama: Ollama) -> None:
    file = weights.scripted_model(
        ollama.folder / "endless.gguf", (" get", " pods", " -A\n"), endless=True
    )
    ollama.create("endless", file)
    said = ollama.generate("endless", "x", options={"num_predict": 200})
    assert said["done_reason"] == "length"
    assert said["response"].startswith(" get pods -A\n get pods -A\n")
