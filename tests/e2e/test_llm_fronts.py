"""A model behind every front, with processes that are real: kai, its daemon, a zsh, an Ollama.

What needs a model that misbehaves has the scripted server instead of Ollama.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from kai import config, wiring
from kai.errors import ProviderError
from kai.model import Ask, Draft, Text
from kai_shell.daemon import client, lifecycle, protocol, runtime
from tests.e2e.models import weights
from tests.e2e.models.fixtures import StartOllama
from tests.e2e.models.servers import Ollama, until
from tests.e2e.shells import KEY, KILL_WHOLE, PYTHON, Place, zsh
from tests.model_rows import Serving, model
from tests.panels import Tty
from tests.run_kai import HEARS_INTERRUPTS

KAI = str(Path(sys.executable).with_name("kai"))
WORDS = "gizmos that hum"
BUILTIN, POD_LIST = "pods in kube-system", "kubectl get pods --namespace=kube-system"
HALF = json.dumps({"message": {"role": "assistant", "content": "kubectl delete "}, "done": False})


@contextmanager
def daemon_of(
    place: Place, monkeypatch: pytest.MonkeyPatch, url: str, **more: str
) -> Iterator[dict[str, str]]:
    """The variables of a user whose model is at this address; their daemon runs and is loaded."""
    env = place.environment(KAI_LLM_ENABLED="true", KAI_LLM_URL=url, **more)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    lifecycle.start(env)
    try:
        until(lambda: "state=warm" in status(place), "the daemon does not load")
        yield env
    finally:
        lifecycle.stop(env)


def status(place: Place) -> list[str]:
    return client.ask(str(place.runtime), ["status"])


def memory(place: Place) -> int:
    """MB that the daemon has in memory."""
    [said] = [field for field in status(place) if field.startswith("memory=")]
    return int(said.partition("=")[2])


def told(env: Mapping[str, str]) -> Any:
    """The variables about models that a shell exports."""
    return {name: value for name, value in env.items() if name.startswith("KAI_LLM_")}


def fields(env: Mapping[str, str], words: str, tty: str = "", *, panel: bool = False) -> list[str]:
    """What a shell sends when the key is pressed."""
    lines = [f"{name}={value}" for name, value in told(env).items()]
    lines += ["TERM=xterm-256color", "LANG=C.UTF-8", "PANEL=1"] if panel else []
    return ["ask", "zsh", tty, "80", "/", "", "\n".join(lines), words]


def process(env: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [KAI, *words], env=env, capture_output=True, text=True, timeout=90, check=False
    )


# --- a real Ollama -------------------------------------------------------------------------------


def test_after_the_warm_up_the_key_puts_what_a_real_model_writes(
    place: Place, newest_ollama: Ollama, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest_ollama.model("pods")
    newest_ollama.unload("pods")
    with daemon_of(place, monkeypatch, newest_ollama.url, KAI_LLM_MODEL="pods") as env:
        warmed = process(env, "warmup", "--wait")
        assert "model warm: pods:latest" in warmed.stdout, warmed
        with zsh(place, python=PYTHON, **told(env)) as shell:
            shell.keys(WORDS.encode() + KEY)
            seen = shell.until("Enter takes")
            assert "pods" in seen
            shell.keys(b"\r")
            until(lambda: shell.line()[0] == "kubectl get pods", "the command is not on the line")
            shell.keys(KILL_WHOLE + WORDS.encode() + b" loudly" + KEY)
            shell.until("Enter takes")
            shell.forget()
            shell.keys(b"\x1b")
            shell.until("\x1b8")  # the panel is gone
            assert shell.seen() is not None
            assert shell.line()[0] == f"{WORDS} loudly"


def test_words_are_answered_by_the_model_that_is_named(
    place: Place, newest_ollama: Ollama, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By way of the daemon and without one."""
    newest_ollama.model("pods")
    newest_ollama.model("ascii")
    with daemon_of(place, monkeypatch, newest_ollama.url, KAI_LLM_WARM="off") as env:
        for _ in range(2):
            said = process(env, "--json", "--source", "model", "--model", "pods", *BUILTIN.split())
            answer = json.loads(said.stdout)
            assert answer["command"] == "kubectl get pods", said
            author = answer["author"]
            assert (author["model"], author["reach"]) == ("pods:latest", "this machine")
            assert "llm.model names pods" in author["why"]
            assert process(env, *BUILTIN.split()).stdout == f"{POD_LIST}\n"
            lifecycle.stop(env)


def test_a_model_that_is_not_there_is_told_with_how_to_get_it(
    place: Place, newest_ollama: Ollama, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest_ollama.model("pods")
    with daemon_of(place, monkeypatch, newest_ollama.url, KAI_LLM_WARM="off") as env:
        said = process(env, "--model", "absent", "--source", "model", *WORDS.split())
        assert (said.stdout, said.returncode) == ("", 1)
        assert "kai pull absent" in said.stderr


async def test_a_server_that_is_killed_while_it_writes_gives_an_error_and_no_draft(
    start_ollama: StartOllama, monkeypatch: pytest.MonkeyPatch
) -> None:
    ollama = start_ollama()
    ollama.model("big")
    monkeypatch.setenv("KAI_LLM_ENABLED", "true")
    monkeypatch.setenv("KAI_LLM_URL", ollama.url)
    monkeypatch.setenv("KAI_LLM_MODEL", "big")
    provider = wiring.build_model(config.load())
    assert provider is not None
    said: list[object] = []
    with pytest.raises(ProviderError) as caught:
        async with aclosing(provider.ask(Ask(WORDS))) as stream:
            async for event in stream:
                if isinstance(event, Text) and not any(isinstance(one, Text) for one in said):
                    ollama.kill()
                said.append(event)
    await provider.close()
    assert not any(isinstance(event, Draft) for event in said)
    assert len(str(caught.value).splitlines()) == 1


def test_a_server_that_is_killed_meanwhile_leaves_the_line_of_a_shell(
    place: Place, start_ollama: StartOllama, monkeypatch: pytest.MonkeyPatch
) -> None:
    ollama = start_ollama()
    ollama.model("big")
    with (
        daemon_of(place, monkeypatch, ollama.url, KAI_LLM_MODEL="big") as env,
        zsh(place, python=PYTHON, **told(env)) as shell,
    ):
        shell.keys(WORDS.encode() + KEY)
        until(lambda: "big" in ollama.loaded(), "the model is not loaded")
        ollama.kill()
        shell.until("kai:")
        until(lambda: shell.line()[0] == WORDS, "the line is another one")
        shell.keys(KILL_WHOLE + BUILTIN.encode() + KEY)
        until(lambda: shell.line()[0] == POD_LIST, "what needs no model is not answered")


def test_a_model_of_several_steps_gives_them_in_order(
    place: Place, start_ollama: StartOllama, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ollama = start_ollama()
    says = ("kubectl", " cordon n1", "\nkubectl ", "uncordon n1")
    ollama.create("steps", weights.scripted_model(tmp_path / "steps.gguf", says=says))
    with daemon_of(place, monkeypatch, ollama.url, KAI_LLM_WARM="off") as env:
        said = process(env, "first cordon the gizmo and then let it go on humming")
        assert said.stdout.splitlines() == ["kubectl cordon n1", "kubectl uncordon n1"], said


# --- a server that misbehaves --------------------------------------------------------------------


def hanging() -> dict[str, Any]:
    hangs = {"head": False, "play": [{"hang": True}]}
    return {"models": [model("tiny")], "loaded": ["tiny"], "answers": [hangs]}


def test_without_a_server_the_message_is_there_within_half_a_second(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best of some tries: the machine does other things as well."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with daemon_of(place, monkeypatch, url) as env:
        took: dict[str, list[float]] = {"key": [], "words": []}
        for number in range(5):
            began = time.monotonic()
            said = client.ask(str(place.runtime), fields(env, f"{WORDS} {number}"))
            took["key"].append(time.monotonic() - began)
            assert said[0] == "none"
            began = time.monotonic()
            words = process(env, *WORDS.split(), str(number))
            took["words"].append(time.monotonic() - began)
            for text in (said[1], words.stderr):
                assert url.removeprefix("http://") in text
                assert "ollama serve" in text
        assert max(min(times) for times in took.values()) < 0.5, took


async def test_escape_leaves_a_model_that_says_nothing_within_50_ms(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the key to the answer that the shell waits for; the best of some tries."""
    with Serving(hanging()) as server, daemon_of(place, monkeypatch, server.url) as env:
        took = []
        for number in range(7):
            with Tty() as terminal:
                request = fields(env, f"{WORDS} {number}", terminal.path, panel=True)
                asked = asyncio.ensure_future(
                    asyncio.to_thread(client.ask, str(place.runtime), request)
                )
                await terminal.until("asking tiny")
                began = time.monotonic()
                terminal.type(b"\x1b")
                assert (await asyncio.wait_for(asked, 20))[0] == "left"
                took.append(time.monotonic() - began)
        assert min(took) < 0.05, took


@pytest.mark.parametrize(
    "steps",
    [
        [{"send": "x", "copies": 100_000, "times": 500}],
        [{"send": f"{HALF}\n", "times": None}],
    ],
    ids=["50 MB on one line", "endless"],
)
def test_an_answer_without_end_costs_the_daemon_no_memory(
    place: Place, monkeypatch: pytest.MonkeyPatch, steps: list[dict[str, Any]]
) -> None:
    script = {"models": [model("tiny")], "loaded": ["tiny"], "answers": [{"play": steps}]}
    with (
        Serving(script) as server,
        daemon_of(place, monkeypatch, server.url, KAI_LLM_WARM="off") as env,
    ):
        # The client library itself is loaded by the first request.
        assert client.ask(str(place.runtime), fields(env, f"{WORDS} at first"))[0] == "fail"
        before = memory(place)
        for number in range(4):
            said = client.ask(str(place.runtime), fields(env, f"{WORDS} {number}"))
            assert said[0] == "fail"
            assert "delete" not in said[1]
        assert memory(place) - before < 20
        assert client.ask(str(place.runtime), fields(env, BUILTIN))[:2] == ["put", POD_LIST]


def test_a_model_at_work_holds_up_no_answer_that_needs_none(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Serving(hanging()) as server, daemon_of(place, monkeypatch, server.url) as env:
        line = protocol.encode(["1", *fields(env, WORDS, panel=True)])
        with socket.socket(socket.AF_UNIX) as other:
            other.connect(runtime.socket_path(str(place.runtime)))
            other.sendall(line)
            until(lambda: bool(server.asked()), "nobody asks")
            took = []
            for _ in range(9):
                began = time.monotonic()
                said = client.ask(str(place.runtime), fields(env, BUILTIN))
                took.append(time.monotonic() - began)
                assert said[:2] == ["put", POD_LIST]
            assert min(took) < 0.05, took


def test_no_process_of_a_front_outlives_a_hanging_model(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`kai WORDS` that is interrupted ends at once."""
    with Serving(hanging()) as server:
        env = place.environment(KAI_LLM_ENABLED="true", KAI_LLM_URL=server.url)
        with subprocess.Popen(
            [*HEARS_INTERRUPTS, KAI, *WORDS.split()],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as asking:
            until(lambda: bool(server.asked()), "nobody asks")
            asking.send_signal(2)
            out, err = asking.communicate(timeout=10)
            assert (asking.returncode, out) == (130, b""), err
        until(lambda: server.asked()[0].left, "the request goes on")
        assert asking.poll() is not None
