"""`kai models`, `kai pull`, `kai doctor` and `kai warmup` about models, before a scripted server."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kai import config
from kai.llm.endpoint import Installed
from kai.llm.inventory import file, remembered
from kai.llm.memory import GB
from kai.llm.scripted_server import ScriptedServer
from kai_shell import pulling
from kai_shell.cli import main
from kai_shell.streams import Streams
from tests.run_kai import HEARS_INTERRUPTS, Said, Terminal, kai
from tests.scripted import scripted

FAST: dict[str, Any] = {
    "name": "llama3.2:3b",
    "size": 2_000_000_000,
    "parameters": "3.2B",
    "digest": "a" * 64,
}
COARSE: dict[str, Any] = {
    "name": "qwen2.5-coder:7b-instruct-q2_K", "size": 3_000_000_000, "parameters": "7.6B",
    "quantisation": "Q2_K", "digest": "b" * 64,
}  # fmt: skip
VECTORS = {"name": "nomic-embed-text:latest", "size": 270_000_000, "family": "nomic-bert"}


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`place(script)`: a server with that script, which kai asks."""

    @contextmanager
    def at(**script: Any) -> Iterator[ScriptedServer]:
        with scripted(script) as server:
            monkeypatch.setenv("KAI_LLM_ENABLED", "true")
            monkeypatch.setenv("OLLAMA_HOST", server.url)
            monkeypatch.setenv("COLUMNS", "200")
            yield server

    return at


# --- kai models ---------------------------------------------------------------------------------


def test_the_table_says_size_need_preset_and_what_is_recommended(place: Any) -> None:
    with place(models=[FAST, COARSE, VECTORS], loaded=["llama3.2:3b"]):
        said = kai("models")
    assert said.status == 0
    head, *lines = said.out.splitlines()
    assert head.split() == ["model", "size", "needs", "memory", "preset", "tokens/s"]
    rows = {line.split()[0]: line for line in lines[:3]}
    assert "2.0 GB" in rows["llama3.2:3b"]
    assert "recommended (fast), in memory" in rows["llama3.2:3b"]
    assert "coarse (Q2_K)" in rows[COARSE["name"]]
    assert "vectors only" in rows["nomic-embed-text:latest"]
    assert "simple requests: llama3.2:3b" in lines
    assert "recommended: kai pull llama3.2:3b" not in said.out
    assert "keeps its weights in Q2_K: a smaller model at Q4_K_M" in said.err


def test_the_same_as_json(place: Any) -> None:
    with place(models=[FAST]) as server:
        said = kai("models", "--json")
    found = json.loads(said.out)
    assert found["url"] == server.url
    assert found["reach"] == "this machine"
    (row,) = found["models"]
    assert (row["name"], row["size"], row["digest"]) == ("llama3.2:3b", 2_000_000_000, "a" * 64)
    assert row["needs"] > row["size"]
    assert set(found["memory"]) == {"total", "available", "gpus", "accelerated"}


def test_a_server_without_models_is_no_failure_and_says_what_to_fetch(place: Any) -> None:
    with place(models=[]):
        said = kai("models")
    assert said.status == 0
    assert said.out.splitlines()[0].startswith(("memory:", "no model is installed"))
    assert "kai pull llama3.2:3b (2.0 GB" in said.out


def test_what_the_server_has_is_known_afterwards_without_asking_it(
    place: Any, isolated_home: Path
) -> None:
    with place(models=[FAST]) as server:
        kai("models")
        url = server.url
    kept = remembered(file(isolated_home / ".cache" / "kai"), url)
    assert [model.digest for model in kept.models] == ["a" * 64]


# --- rm, create, use ----------------------------------------------------------------------------


def test_a_model_is_deleted_only_after_a_yes(place: Any) -> None:
    with place(models=[FAST]) as server:
        piped = kai("models", "rm", "llama3.2:3b")
        assert (piped.status, server.models) == (2, [FAST])
        assert "--yes" in piped.err
        no = on_terminal("models", "rm", "llama3.2:3b", stdin="n\n")
        assert (no.status, server.models) == (1, [FAST])
        assert "delete llama3.2:3b (2.0 GB)" in no.err
        yes = on_terminal("models", "rm", "llama3.2:3b", stdin="y\n")
        assert (yes.status, server.models) == (0, [])
        assert yes.out == "deleted llama3.2:3b (2.0 GB)\n"


def test_yes_can_be_said_before(place: Any) -> None:
    with place(models=[FAST]) as server:
        assert kai("models", "rm", "llama3.2:3b", "--yes").status == 0
        assert server.models == []


def test_create_makes_a_model_with_parameters_and_no_system_prompt(
    place: Any, isolated_home: Path
) -> None:
    with place(models=[FAST]) as server:
        said = kai("models", "create", "mine", "--from", "llama3.2:3b")
        (request,) = server.asked("/api/create")
    assert said.status == 0, said.err
    assert request.body["model"] == "mine"
    assert request.body["from"] == "llama3.2:3b"
    assert request.body["parameters"]["num_ctx"] == 4096
    assert not request.body.get("system")
    path = isolated_home / ".local/state/kai/modelfiles/mine.Modelfile"
    lines = path.read_text().splitlines()
    assert lines[0] == "FROM llama3.2:3b"
    assert "PARAMETER num_ctx 4096" in lines
    assert not any(line.startswith("SYSTEM") for line in lines)
    assert str(path) in said.out


def test_a_modelfile_can_be_had_without_a_server() -> None:
    said = kai("models", "create", "mine", "--from", "qwen2.5-coder:7b", "--print")
    assert said.status == 0
    assert said.out.startswith("FROM qwen2.5-coder:7b\nPARAMETER temperature 0.0\n")
    assert 'PARAMETER stop "<|im_end|>"' in said.out


def test_a_name_with_slashes_makes_no_folders(place: Any, isolated_home: Path) -> None:
    with place(models=[FAST]):
        kai("models", "create", "../../mine", "--from", "llama3.2:3b")
    folder = isolated_home / ".local/state/kai/modelfiles"
    assert [path.name for path in folder.iterdir()] == ["_.._mine.Modelfile"]


def test_use_writes_the_setting_and_auto_takes_it_back(place: Any) -> None:
    with place(models=[FAST, COARSE]):
        assert kai("models", "use", "llama3.2:3b").out == "llm.model is llama3.2:3b\n"
        assert config.load().settings.llm.model == "llama3.2:3b"
        fast = kai("models", "use", "llama3.2:3b", "--fast")
        assert "llm.model is llama3.2:3b and comes before it" in fast.err
        assert kai("models", "use", "auto").out == "kai chooses the model\n"
        llm = config.load().settings.llm
        assert (llm.model, llm.fast_model, llm.quality_model) == ("", "", "")


def test_use_without_a_server_writes_the_setting_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:1")
    said = kai("models", "use", "llama3.2:3b")
    assert said.out == "llm.model is llama3.2:3b\n"
    assert "whether it is installed is not known" in said.err


def test_a_variable_that_comes_before_the_file_is_told(
    place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAI_LLM_MODEL", "other")
    with place(models=[FAST]):
        assert "KAI_LLM_MODEL is set in this shell" in kai("models", "use", "llama3.2:3b").err


# --- kai pull -----------------------------------------------------------------------------------

LAYER = "pulling dde5aa3fc5ff"


def pulling_script(*steps: dict[str, Any]) -> dict[str, Any]:
    lines = "".join(json.dumps(step) + "\n" for step in steps)
    head = {"Content-Type": "application/x-ndjson"}
    return {"routes": {"POST /api/pull": {"status": 200, "body": lines, "headers": head}}}


def test_a_pull_ends_with_size_and_digest(place: Any) -> None:
    with place(models=[]):
        said = kai("pull", "llama3.2:3b")
    assert said.status == 0, said.err
    assert said.out == "llama3.2:3b is here, 0.0 kB, digest 000000000000\n".replace(
        "0.0 kB", "1 kB"
    )


def test_where_no_terminal_is_progress_is_plain_lines(place: Any) -> None:
    steps: list[dict[str, Any]] = [{"status": "pulling manifest"}]
    steps += [{"status": LAYER, "total": 1000, "completed": 100 * part} for part in range(11)]
    steps += [{"status": "verifying sha256 digest"}, {"status": "success"}]
    with place(models=[FAST], **pulling_script(*steps)):
        said = kai("pull", "llama3.2:3b")
    lines = said.err.splitlines()
    assert lines[0] == "pulling manifest"
    assert lines[1].startswith("pulling: 0 %")
    assert "pulling: 100 %, 1 kB of 1 kB" in lines
    assert lines[-2:] == ["verifying sha256 digest", "success"]
    assert "\x1b" not in said.err


def test_ctrl_c_says_that_the_same_command_goes_on(place: Any) -> None:
    steps = [{"send": json.dumps({"status": "pulling manifest"}) + "\n"}, {"hang": True}]
    head = {"send": "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n"}
    play = {"play": [head, *steps], "head": False}
    with place(models=[], routes={"POST /api/pull": play}):
        program = Path(sys.executable).with_name("kai")
        pull = [*HEARS_INTERRUPTS, str(program), "pull", "mine"]
        with subprocess.Popen(pull, stderr=subprocess.PIPE, text=True) as kai_:
            assert kai_.stderr is not None
            assert kai_.stderr.readline() == "pulling manifest\n"
            kai_.send_signal(signal.SIGINT)
            said = kai_.stderr.read()
            status = kai_.wait(30)
    assert (status, said) == (130, "kai: stopped; kai pull mine goes on where it stood\n")


def test_on_a_terminal_progress_is_a_bar(place: Any) -> None:
    with place(models=[]):
        said = kai("pull", "llama3.2:3b", terminal=True)
    assert said.status == 0
    assert "━" in said.err or "100/100" in said.err
    assert said.out == "llama3.2:3b is here, 1 kB, digest 000000000000\n"


def test_a_plain_terminal_gets_plain_lines(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAI_PLAIN", "1")
    with place(models=[]):
        assert "\x1b" not in kai("pull", "llama3.2:3b", terminal=True).err


def test_a_disk_without_room_is_told_before_anything_is_fetched(
    place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    huge = {"status": LAYER, "total": 10**18, "completed": 0}
    with place(models=[], **pulling_script(huge, {"status": "success"})):
        said = kai("pull", "mine")
    assert said.status == 1
    assert "mine takes 1000000000.0 GB and " in said.err
    assert "--force tries it all the same" in said.err


def test_force_does_not_look_at_the_disk(place: Any) -> None:
    huge = {"status": LAYER, "total": 10**18, "completed": 0}
    with place(models=[{"name": "mine"}], **pulling_script(huge, {"status": "success"})):
        assert kai("pull", "mine", "--force").status == 0


def test_the_offer_to_fetch_asks_on_a_terminal_alone(place: Any) -> None:
    with place(models=[]) as server:
        loaded = config.load()
        piped = Streams.of(io.StringIO("y\n"), io.StringIO(), io.StringIO())
        assert not pulling.offer("llama3.2:3b", loaded, piped)
        no = Streams.of(typed("\n"), io.StringIO(), Terminal())
        assert not pulling.offer("llama3.2:3b", loaded, no)
        assert server.asked("/api/pull") == []
        err = Terminal()
        yes = Streams.of(typed("y\n"), io.StringIO(), err)
        assert pulling.offer("llama3.2:3b", loaded, yes)
        assert err.getvalue().startswith("kai: fetch llama3.2:3b (2.0 GB) now? [y/N] ")
        assert len(server.asked("/api/pull")) == 1


NO_COMMAND = ("flurb", "the", "glorps", "of", "web")


def before_a_person(*argv: str, stdin: str) -> Said:
    """`kai ARGV` with a terminal on all three streams."""
    out, err = Terminal(), Terminal()
    status = main(argv, stdin=typed(stdin), stdout=out, stderr=err)
    return Said(status, out.getvalue(), err.getvalue())


def test_the_first_request_without_a_model_offers_to_fetch_one_and_answers_then(
    place: Any,
) -> None:
    with place(models=[], answers=["kubectl get pods -A"]) as server:
        said = before_a_person(*NO_COMMAND, stdin="y\n")
        assert "no model is installed; get one with: kai pull llama3.2:3b" in said.err
        assert "fetch llama3.2:3b (2.0 GB) now? [y/N]" in said.err
        assert said.status == 0
        assert "kubectl get pods -A" in said.out
        assert len(server.asked("/api/pull")) == 1


def test_a_no_to_the_first_model_counts_for_a_week(place: Any) -> None:
    with place(models=[]) as server:
        assert "[y/N]" in before_a_person(*NO_COMMAND, stdin="n\n").err
        again = before_a_person(*NO_COMMAND, stdin="y\n")
        assert (again.status, "[y/N]" in again.err) == (3, False)
        assert "kai pull llama3.2:3b" in again.err
        assert server.asked("/api/pull") == []


@pytest.mark.parametrize("argv", [NO_COMMAND, ("--json", *NO_COMMAND)], ids=["words", "json"])
def test_nobody_is_asked_in_a_pipe(place: Any, argv: tuple[str, ...]) -> None:
    with place(models=[]):
        assert "[y/N]" not in kai(*argv, stdin="y\n").err
        assert "[y/N]" not in before_a_person("--json", *argv, stdin="y\n").err


def test_nobody_is_asked_where_a_model_is_there_or_no_server_is(place: Any) -> None:
    with place(models=[FAST], answers=["NONE"]):
        assert "[y/N]" not in before_a_person(*NO_COMMAND, stdin="y\n").err
    with place(refuse=True):
        assert "[y/N]" not in before_a_person(*NO_COMMAND, stdin="y\n").err


# --- every failure ------------------------------------------------------------------------------


class Failure(NamedTuple):
    """`says` stands in what is said; nothing stands on standard output."""

    name: str
    argv: list[str]
    says: str
    script: dict[str, Any]
    status: int = 1


def refused(path: str, message: str, status: int = 500) -> dict[str, Any]:
    return {"models": [FAST], "routes": {path: {"status": status, "json": {"error": message}}}}


def broken_off(message: str) -> dict[str, Any]:
    return {"models": [FAST], **pulling_script({"status": "pulling manifest"}, {"error": message})}


NO_MODEL = "pull model manifest: file does not exist"
NO_HOST = "Get https://registry.example/v2/: dial tcp: lookup registry.example: no such host"
FULL = "write /models/blobs/sha256-dd-partial: no space left on device"
FAILURES = [
    Failure("models, no server", ["models"], "ollama serve", {"refuse": True}),
    Failure("pull, no server", ["pull", "llama3.2:3b"], "ollama serve", {"refuse": True}),
    Failure("rm, no server", ["models", "rm", "a", "--yes"], "ollama serve", {"refuse": True}),
    Failure("create, no server", ["models", "create", "a", "--from", "b"], "ollama serve",
            {"refuse": True}),
    Failure("models, a failing server", ["models"], "status 500", refused("GET /api/tags", "boom")),
    Failure("models, no Ollama", ["models"], "llm.provider", refused("GET /api/tags", "", 404)),
    Failure("rm, no such model", ["models", "rm", "glorp", "--yes"],
            "the model glorp is not installed", {"models": [FAST]}),
    Failure("rm, which there are", ["models", "rm", "glorp", "--yes"], "installed: llama3.2:3b",
            {"models": [FAST]}),
    Failure("use, no such model", ["models", "use", "glorp"], "kai pull glorp", {"models": [FAST]}),
    Failure("create, no such base", ["models", "create", "a", "--from", "glorp"], "kai pull glorp",
            {"models": [FAST]}),
    Failure("pull, unknown", ["pull", "lama3.2:3b"], "did you mean llama3.2:3b?",
            broken_off(NO_MODEL)),
    Failure("pull, unknown at once", ["pull", "glorp"], "there is no model glorp to fetch",
            refused("POST /api/pull", NO_MODEL)),
    Failure("pull, no network", ["pull", "glorp"], "is there a network", broken_off(NO_HOST)),
    Failure("pull, a full disk", ["pull", "glorp"], "is full; make room", broken_off(FULL)),
    Failure("pull, broken off", ["pull", "glorp"], "goes on where it stood",
            {"models": [FAST], **pulling_script({"status": "pulling manifest"})}),
    Failure("pull, no name", ["pull"], "Missing argument", {}, 2),
    Failure("pull, words", ["pull", "the", "logs"], "kai -- pull the logs", {}, 2),
    Failure("pull, no model's name", ["pull", "two words"], "is no name of a model", {}, 2),
    Failure("create, no base", ["models", "create", "a"], "--from", {}, 2),
]  # fmt: skip


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
def test_a_failure_has_its_status_and_one_line_that_says_what_to_do(
    failure: Failure, place: Any
) -> None:
    with place(**failure.script):
        said = kai(*failure.argv)
    assert (said.status, said.out) == (failure.status, ""), said.err
    assert failure.says in said.err
    assert "Traceback" not in said.err
    lines = [line for line in said.err.splitlines() if line.startswith("kai: ")]
    assert len(lines) == 1


def test_other_servers_models_are_not_kais_to_manage(
    place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with place(models=[FAST]) as server:
        monkeypatch.setenv("KAI_LLM_PROVIDER", "openai")
        monkeypatch.setenv("KAI_LLM_URL", server.url)
        assert kai("models").out.startswith("model")
        for argv in (("pull", "x"), ("models", "rm", "x", "--yes")):
            said = kai(*argv)
            assert said.status == 2
            assert "llm.provider is openai: only Ollama's models are kai's to manage" in said.err
        assert kai("models", "use", "x").out == "llm.model is x\n"


# --- kai doctor ---------------------------------------------------------------------------------


def about_models(*argv: str) -> list[tuple[str, str]]:
    said = kai("doctor", "--json", *argv)
    checks = [json.loads(line) for line in said.out.splitlines()]
    return [(check["state"], check["detail"]) for check in checks if check["name"] == "model"]


def test_the_doctor_says_what_answers_where_and_who_is_asked(place: Any) -> None:
    with place(models=[FAST], loaded=["llama3.2:3b"]) as server:
        seen = about_models()
    assert {state for state, _ in seen} == {"ok"}
    told = [detail for _, detail in seen]
    assert told[0].startswith(f"ollama 0.13.5 at {server.url} (this machine), answers in ")
    assert told[1] == "1 installed; asked is llama3.2:3b for everything"
    assert told[2].startswith("llama3.2:3b is in memory (2.0 GB, on the CPU) for ")
    assert told[3] == "kai doctor --model measures it"


def test_the_doctor_asks_no_model_unless_it_is_told_to(place: Any) -> None:
    with place(models=[FAST], answers=["kubectl get pods"]) as server:
        about_models()
        assert server.asked() == []
        seen = about_models("--model")
        assert len(server.asked()) == 3
    assert any("tokens/s" in detail for _, detail in seen)


def test_the_doctor_measures_with_a_beginning_that_was_never_read(place: Any) -> None:
    with place(models=[FAST], answers=["kubectl get pods -n shop"]) as server:
        about_models("--model")
        prompts = [
            request.body.get("prompt") or request.body["messages"][0]["content"]
            for request in server.asked()
        ]
    first, again, usual = prompts
    assert first[:12] == again[:12] != usual[:12]
    assert usual[:100] in first


@pytest.mark.parametrize(
    ("script", "state", "says"),
    [
        ({"refuse": True}, "warn", "ollama serve"),
        ({"models": []}, "warn", "kai pull llama3.2:3b (2.0 GB to fetch"),
        ({"models": [COARSE]}, "warn", "keeps its weights in Q2_K"),
        ({"models": [FAST | {"context": 2048}], "loaded": ["llama3.2:3b"]}, "warn",
         "loaded with 2048 tokens of context and kai asks for 4096"),
        ({"models": [FAST]}, "ok", "is not in memory; kai warmup loads it"),
        (refused("GET /api/tags", "boom"), "warn", "built-in answers go on without it"),
    ],
    ids=["no server", "no model", "coarse", "another context", "cold", "failing"],
)  # fmt: skip
def test_the_doctor_says_what_to_do(
    place: Any, script: dict[str, Any], state: str, says: str
) -> None:
    with place(**script):
        seen = about_models()
    assert any(found == state and says in detail for found, detail in seen), seen


def test_without_a_model_nothing_has_failed(place: Any) -> None:
    with place(refuse=True):
        assert "fail" not in {state for state, _ in about_models()}


def test_a_model_that_is_switched_off_is_not_looked_at() -> None:
    assert about_models() == [("ok", "switched off (llm.enabled); built-in answers go on")]


def test_a_named_model_that_is_not_there_is_said(
    place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAI_LLM_MODEL", "glorp:1b")
    with place(models=[FAST]):
        assert ("warn", "the model glorp:1b is not installed; get one with: kai pull glorp:1b") in [
            (state, detail.partition(" (")[0]) for state, detail in about_models()
        ]


# --- help ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "argv",
    [["models"], ["models", "rm"], ["models", "create"], ["models", "use"], ["pull"], ["doctor"]],
    ids=" ".join,
)
def test_every_new_command_has_a_help_text(argv: list[str]) -> None:
    said = kai(*argv, "--help")
    assert said.status == 0
    assert said.out.startswith(f"Usage: kai {argv[0]}")
    assert said.err == ""


@pytest.mark.parametrize("words", ["models of the shop", "models in prod"])
def test_words_about_models_are_a_request_all_the_same(words: str) -> None:
    assert kai(*words.split()).status == 3


def on_terminal(*argv: str, stdin: str) -> Said:
    """`kai ARGV` before a person who types."""
    out, err = io.StringIO(), Terminal()
    status = main(argv, stdin=typed(stdin), stdout=out, stderr=err)
    return Said(status, out.getvalue(), err.getvalue())


def typed(text: str) -> Terminal:
    stream = Terminal(text)
    stream.seek(0)
    return stream


def test_sizes_that_are_told_are_those_of_the_library() -> None:
    """The offer names 2.0 GB before anything is asked of a network."""
    from kai.llm import known

    about = known.find("llama3.2:3b")
    assert about is not None
    assert about.size == 2 * GB
    assert (known.needs(Installed(about.name, about.size), 4096) or 0) > about.size
    assert os.environ["KAI_LLM_ENABLED"] == "false"
