"""What kai relies on of llama.cpp's server (the one of llama-cpp-python), held against a real one."""

from __future__ import annotations

import http.client
import math

import pytest

from tests.e2e.models import talk
from tests.e2e.models.fixtures import StartLlamaCpp
from tests.e2e.models.servers import ModelFiles, Server, until

pytestmark = pytest.mark.xdist_group("llama-cpp")

COMMAND = """
root ::= "kubectl " verb " pods" flag?
verb ::= "get" | "describe"
flag ::= " -n " [a-z]+
"""


def completion(prompt: str, **fields: object) -> talk.Json:
    return {"prompt": prompt, "max_tokens": 16, "temperature": 0, **fields}


def answer(server: Server, prompt: str, **fields: object) -> talk.Json:
    reply = server.post("/v1/completions", completion(prompt, **fields))
    assert reply.status == 200, reply.text
    return reply.json


def test_models_lists_the_one_that_is_loaded(llama_cpp: Server) -> None:
    listed = llama_cpp.get("/v1/models").json
    assert listed["object"] == "list"
    assert [entry["id"] for entry in listed["data"]] == ["ascii"]


def test_any_model_name_is_answered_by_the_one_that_is_loaded(llama_cpp: Server) -> None:
    said = answer(llama_cpp, "list pods", model="qwen2.5-coder")
    assert said["model"] == "qwen2.5-coder", "the name comes back: it proves nothing"


def test_an_answer_has_text_a_reason_and_counts(llama_cpp: Server) -> None:
    said = answer(llama_cpp, "list pods", max_tokens=5)
    (choice,) = said["choices"]
    assert len(choice["text"]) == 5
    assert choice["finish_reason"] == "length"
    tokens = {"prompt_tokens": len("list pods") + 1, "completion_tokens": 5}
    assert said["usage"] == tokens | {"total_tokens": sum(tokens.values())}


def test_a_stream_is_events_whose_last_but_one_has_the_reason(llama_cpp: Server) -> None:
    with llama_cpp.stream("/v1/completions", completion("list pods")) as stream:
        lines = list(stream.lines())
    assert (stream.status, stream.type) == (200, "text/event-stream")
    assert all(line.startswith(b"data: ") for line in lines)
    assert lines[-1] == b"data: [DONE]"
    with llama_cpp.stream("/v1/completions", completion("list pods")) as stream:
        choices = [event["choices"][0] for event in stream]
    assert [choice["finish_reason"] for choice in choices[:-1]] == [None] * (len(choices) - 1)
    assert choices[-1]["finish_reason"] == "length"
    whole = answer(llama_cpp, "list pods")["choices"][0]["text"]
    assert "".join(choice["text"] for choice in choices) == whole


def test_a_grammar_holds_even_noise_to_it(llama_cpp: Server) -> None:
    free = answer(llama_cpp, "list pods", max_tokens=40)["choices"][0]["text"]
    assert not free.startswith("kubectl")
    held = answer(llama_cpp, "list pods", max_tokens=40, grammar=COMMAND)["choices"][0]
    assert held["text"].startswith(("kubectl get pods", "kubectl describe pods"))


def test_a_grammar_that_is_complete_ends_the_answer(llama_cpp: Server) -> None:
    grammar = 'root ::= "kubectl get pods"'
    (choice,) = answer(llama_cpp, "list pods", max_tokens=100, grammar=grammar)["choices"]
    assert (choice["text"], choice["finish_reason"]) == ("kubectl get pods", "stop")


def test_a_grammar_does_not_mend_an_answer_that_is_cut_short(llama_cpp: Server) -> None:
    grammar = 'root ::= "kubectl get pods"'
    (choice,) = answer(llama_cpp, "list pods", max_tokens=7, grammar=grammar)["choices"]
    assert (choice["text"], choice["finish_reason"]) == ("kubectl", "length")


def test_a_grammar_holds_a_stream_too(llama_cpp: Server) -> None:
    body = completion("list pods", max_tokens=100, grammar='root ::= "kubectl " "get" " pods"')
    with llama_cpp.stream("/v1/completions", body) as stream:
        text = "".join(event["choices"][0]["text"] for event in stream)
    assert text == "kubectl get pods"


def test_a_grammar_with_an_error_ends_the_whole_server(
    start_llama_cpp: StartLlamaCpp, model_files: ModelFiles
) -> None:
    """Not the request alone: what is sent must have been generated, never typed by a user."""
    server = start_llama_cpp(model_files["ascii"])
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        server.post("/v1/completions", completion("x", grammar="root ::= nonsense("))
    until(lambda: not server.answers(), "it still answers")


def test_log_probabilities_come_with_each_token(llama_cpp: Server) -> None:
    (choice,) = answer(llama_cpp, "list pods", max_tokens=3, logprobs=2)["choices"]
    given = choice["logprobs"]
    assert "".join(given["tokens"]) == choice["text"]
    assert all(0 < math.exp(value) <= 1 for value in given["token_logprobs"])
    assert all(len(top) == 2 for top in given["top_logprobs"])


def test_a_stop_ends_the_answer_before_it(
    start_llama_cpp: StartLlamaCpp, model_files: ModelFiles
) -> None:
    server = start_llama_cpp(model_files["pods"])
    (choice,) = answer(server, "x", stop=["t po"])["choices"]
    assert (choice["text"], choice["finish_reason"]) == ("kubectl ge", "stop")
    (choice,) = answer(server, "x", stop=["\n"])["choices"]
    assert (choice["text"], choice["finish_reason"]) == ("kubectl get pods", "stop")


def test_a_prompt_too_long_is_refused_with_its_length(llama_cpp: Server) -> None:
    reply = llama_cpp.post("/v1/completions", completion("x" * 5000))
    assert reply.status == 400
    assert reply.json["error"]["code"] == "context_length_exceeded"
    assert "maximum context length is 4096 tokens" in reply.json["error"]["message"]


def test_closing_a_stream_frees_the_server(
    start_llama_cpp: StartLlamaCpp, model_files: ModelFiles
) -> None:
    """Left to itself the first would write until the window is full: minutes."""
    server = start_llama_cpp(model_files["big"], "--interrupt_requests", "false", "--n_ctx", "8192")
    with server.stream("/v1/completions", completion("x", max_tokens=8000)) as stream:
        written = [event["choices"][0]["text"] for event, _ in zip(stream, range(3), strict=False)]
    assert len(written) == 3
    reply = server.post("/v1/completions", completion("y", max_tokens=1), timeout=30)
    assert reply.json["usage"]["completion_tokens"] == 1


def test_the_next_request_cuts_a_stream_short_without_a_reason(llama_cpp: Server) -> None:
    """`[DONE]` comes all the same: an answer without `finish_reason` is not whole."""
    body = completion("list pods", max_tokens=4000)
    with llama_cpp.stream("/v1/completions", body) as stream:
        events = iter(stream)
        assert next(events)["choices"][0]["finish_reason"] is None
        assert answer(llama_cpp, "y", max_tokens=1)["choices"][0]["finish_reason"] == "length"
        reasons = [event["choices"][0]["finish_reason"] for event in events]
    assert set(reasons) <= {None}


def test_the_same_beginning_is_evaluated_once(
    start_llama_cpp: StartLlamaCpp, model_files: ModelFiles
) -> None:
    server = start_llama_cpp(model_files["middle"])
    prefix = "Words in, one line out. " * 24

    def seconds(last: str) -> float:
        body = completion(prefix + last, max_tokens=1)
        return server.post("/v1/completions", body).seconds

    first, second = seconds("pods"), seconds("jobs")
    assert second < first / 3
