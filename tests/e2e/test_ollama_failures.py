"""How an Ollama server refuses and fails: what kai has to recognize, from real ones of two versions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.models import servers, talk, weights
from tests.e2e.models.fixtures import StartOllama, need_ollama
from tests.e2e.models.servers import VERSIONS, Ollama, request, until

MESSAGE = {"role": "user", "content": "x"}
TOOL = {"type": "function", "function": {"name": "apply"}}
ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "127.0.0.1:1/library/absent"
"""A model of a registry on a port that nobody listens on."""


# --- requests that are refused -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("generate", {"model": "absent", "prompt": "x"}, 404, "model 'absent' not found"),
        ("chat", {"model": "absent", "messages": [MESSAGE]}, 404, " not found"),  # 0.11: "absent"
        ("show", {"model": "absent"}, 404, "model 'absent' not found"),
        ("generate", {"model": "pods", "keep_alive": "often"}, 400, "invalid duration"),
        (
            "generate",
            {"model": "pods", "prompt": "x", "options": {"num_ctx": "many"}},
            500,
            'option "num_ctx" must be of type integer',
        ),
        ("generate", {"model": "pods", "prompt": "x", "think": True}, 400, "not support thinking"),
        ("chat", {"model": "pods", "messages": [MESSAGE], "think": True}, 400, "support thinking"),
        ("chat", {"model": "pods", "messages": [MESSAGE], "tools": [TOOL]}, 400, "support tools"),
    ],
)
def test_a_refusal_is_a_status_and_an_object_with_an_error(
    ollama: Ollama, path: str, body: talk.Json, status: int, error: str
) -> None:
    """Whether or not a stream was asked for, which is the default."""
    ollama.model("pods")
    reply = ollama.post(f"/api/{path}", body)
    assert (reply.status, list(reply.json)) == (status, ["error"])
    assert error in reply.json["error"]


def test_not_to_think_is_no_error_where_a_model_cannot(ollama: Ollama) -> None:
    assert ollama.generate(ollama.model("pods"), "x", think=False)["response"] == "kubectl get pods"


def test_an_unknown_option_and_an_unknown_field_are_ignored(ollama: Ollama) -> None:
    options = {"num_oxen": 2}
    said = ollama.generate(ollama.model("pods"), "x", options=options, guided_grammar="root")
    assert said["response"] == "kubectl get pods"


def test_a_format_that_is_none_is_refused_in_one_way_or_another(ollama: Ollama) -> None:
    """With a status from some version on; before, as a line of an answer that began well."""
    body = request(ollama.model("pods"), "x", format="nonsense")
    reply = ollama.post("/api/generate", body)
    assert reply.status == (500 if ollama.version == "0.13.5" else 200)
    assert "invalid format" in reply.lines[-1]["error"]


# --- models that cannot be had -----------------------------------------------------------------


def test_a_pull_from_nowhere_fails_in_a_line_of_the_stream(ollama: Ollama) -> None:
    with ollama.stream("/api/pull", {"model": NOWHERE, "insecure": True}) as stream:
        *before, last = list(stream)
    assert stream.status == 200
    assert before == [{"status": "pulling manifest"}]
    assert list(last) == ["error"]
    assert last["error"].startswith("pull model manifest: ")
    assert "connection refused" in last["error"]


def test_a_pull_in_one_answer_fails_with_a_status(ollama: Ollama) -> None:
    reply = ollama.post("/api/pull", {"model": NOWHERE, "insecure": True, "stream": False})
    assert reply.status == 500
    assert "connection refused" in reply.json["error"]


def test_creating_from_a_file_that_is_none_fails_in_a_line_of_the_stream(
    ollama: Ollama, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"GGUF, it says")
    body = {"model": "bad", "files": {bad.name: ollama.upload(bad)}}
    streamed = ollama.post("/api/create", body)
    assert streamed.status == 200
    assert streamed.lines == [{"status": "parsing GGUF"}, {"error": "unexpected EOF"}]
    whole = ollama.post("/api/create", {**body, "stream": False})
    assert (whole.status, whole.json) == (500, {"error": "unexpected EOF"})


def test_half_a_file_is_created_and_cannot_be_loaded(ollama: Ollama, tmp_path: Path) -> None:
    half = tmp_path / "half.gguf"
    half.write_bytes(ollama.files["tiny"].read_bytes()[:300_000])
    ollama.create("half", half)
    reply = ollama.post("/api/generate", request("half", "x"))
    assert reply.status == 500
    assert reply.json["error"].startswith("unable to load model: ")


def test_a_blob_has_to_match_its_digest(ollama: Ollama) -> None:
    reply = talk.call(ollama.url, "POST", f"/api/blobs/sha256:{'0' * 64}", b"x")
    assert reply.status == 400
    assert "digest mismatch" in reply.json["error"]


def test_a_model_too_large_for_the_memory_is_refused_before_it_is_loaded(
    ollama: Ollama, tmp_path: Path
) -> None:
    """What a context of a billion tokens needs is counted from the file; nothing is taken."""
    size = weights.Size(context=2_000_000_000)
    ollama.create("vast", weights.random_model(tmp_path / "vast.gguf", size=size))
    body = request("vast", "x", options={"num_ctx": 1_000_000_000})
    reply = ollama.post("/api/generate", body)
    assert reply.status == 500
    assert reply.json["error"].startswith("model requires more system memory (")
    assert ") than is available (" in reply.json["error"]
    assert "vast" not in ollama.loaded()


# --- servers that die --------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_a_runner_that_is_killed_is_an_error_in_the_stream_and_the_server_goes_on(
    start_ollama: StartOllama, version: str
) -> None:
    """As when the kernel is short of memory: it ends the process that holds the model."""
    server = start_ollama(version)
    body = request(server.model("middle"), "x", options={"num_predict": -1})
    with server.stream("/api/generate", body) as stream:
        pieces = iter(stream)
        assert not next(pieces)["done"]
        (runner,) = server.runners()
        os.kill(runner, signal.SIGKILL)
        *_, last = list(pieces)
    assert list(last) == ["error"]
    assert last["error"].startswith("an error was encountered while running the model: ")
    assert server.generate("middle", "x", options={"num_predict": 1})["done"], "it is loaded again"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_that_is_killed_ends_the_stream_without_a_last_object(
    start_ollama: StartOllama, version: str
) -> None:
    server = start_ollama(version)
    body = request(server.model("middle"), "x", options={"num_predict": -1})
    with server.stream("/api/generate", body) as stream:
        pieces = iter(stream)
        assert not next(pieces)["done"]
        server.kill()
        assert not any(piece["done"] for piece in pieces), "an end without `done` is no answer"
    with pytest.raises(ConnectionRefusedError):
        server.get("/api/version")


# --- the test server itself --------------------------------------------------------------------

STARTS_ONE = """
import sys
from pathlib import Path
from tests.e2e.models import servers

folder, version = Path(sys.argv[1]), sys.argv[2]
with servers.ollama(folder, servers.ModelFiles(folder), version) as server:
    server.generate(server.model("tiny"), "x")
    print(server.pid, *server.runners(), flush=True)
    sys.stdin.read()
"""


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_test_that_is_killed_leaves_no_server_and_no_runner(tmp_path: Path) -> None:
    need_ollama(VERSIONS[0])
    program = servers.installed_ollama(VERSIONS[0])
    assert program is not None
    cache = str(program.parents[3])
    asks = subprocess.Popen(
        [sys.executable, "-c", STARTS_ONE, tmp_path, VERSIONS[0]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": cache, "PYTHONPATH": str(ROOT)},
    )
    assert asks.stdin is not None
    assert asks.stdout is not None
    started = [int(word) for word in asks.stdout.readline().split()]
    assert len(started) == 2, "a server and its runner"
    assert all(map(alive, started))
    asks.kill()
    asks.wait()
    asks.stdin.close()
    asks.stdout.close()
    until(lambda: not any(map(alive, started)), f"one of {started} still runs")
