"""Real model servers of a test's own: Ollama and llama.cpp's, on free ports of this machine."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.models import talk, weights
from tests.e2e.models.talk import Json, Reply, Stream

# Read before any test gets a home of its own.
_CACHES = tuple(
    dict.fromkeys(
        folder
        for folder in (
            Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kai",
            Path.home() / ".cache" / "kai",
        )
    )
)

VERSIONS = ("0.13.5", "0.11.4")
"""The versions of Ollama that are tested, the one that most tests use first."""

_GUARDIAN = Path(__file__).with_name("guardian.py")
_READY = 60.0  # seconds until a started server must answer; a free machine needs one or two

MAKERS: Mapping[str, Callable[[Path], Path]] = {
    "tiny": weights.random_model,
    "ascii": functools.partial(weights.random_model, seed=2, printable=True),
    "chat": functools.partial(
        weights.random_model, seed=3, printable=True, template=weights.CHAT_TEMPLATE
    ),
    "pods": functools.partial(weights.scripted_model, says=("kubectl", " get", " pods")),
    "claims-q2": functools.partial(
        weights.scripted_model, says=("kubectl", " get", " pods"), file_type=10
    ),
    "middle": functools.partial(weights.random_model, seed=5, size=weights.MIDDLE, printable=True),
    "big": functools.partial(weights.random_model, seed=4, size=weights.BIG, printable=True),
}
"""The models that are made by name; see the package's docstring for what each is for."""


def installed_ollama(version: str) -> Path | None:
    """Where tools/install-ollama.sh has put that version."""
    return _first_program(f"ollama/{version}/ollama")


def installed_llama_cpp() -> Path | None:
    """The newest Python that tools/install-llama-cpp.sh has put llama.cpp's server into."""
    return _first_program("llama-cpp/*/venv/bin/python")


def _first_program(pattern: str) -> Path | None:
    for cache in _CACHES:
        for path in sorted(cache.glob(pattern), reverse=True):
            if os.access(path, os.X_OK):
                return path
    return None


@dataclass(slots=True)
class ModelFiles:
    """GGUF files, each made when it is first asked for."""

    folder: Path

    def __getitem__(self, name: str) -> Path:
        """The file of one of `MAKERS`."""
        path = self.folder / f"{name}.gguf"
        return path if path.exists() else MAKERS[name](path)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs; `url` has no slash at its end."""

    url: str
    pid: int
    folder: Path
    log: Path

    @property
    def host(self) -> str:
        """As OLLAMA_HOST takes it: `127.0.0.1:PORT`."""
        return self.url.removeprefix("http://")

    def get(self, path: str) -> Reply:
        """GET `path`."""
        return talk.call(self.url, "GET", path)

    def post(self, path: str, body: Json, timeout: float = talk.TIMEOUT) -> Reply:
        """POST `body` as JSON to `path`, and wait for the whole answer."""
        return talk.call(self.url, "POST", path, body, timeout)

    def stream(self, path: str, body: Json) -> Stream:
        """POST `body`, and read the answer as it comes."""
        return Stream(self.url, path, {"stream": True, **body})

    def kill(self) -> None:
        """End it and all its processes as the kernel does when memory runs out."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        until(lambda: not self.answers(), f"{self.url} still answers after it was killed")

    def answers(self) -> bool:
        """Does anybody listen there?"""
        host, _, port = self.host.partition(":")
        try:
            socket.create_connection((host, int(port)), 5).close()
        except OSError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Ollama(Server):
    """A real `ollama serve` with models of its own."""

    version: str
    """Of the release it was built from; what it says of itself may be 0.0.0."""

    files: ModelFiles
    made: set[str] = field(default_factory=set)

    def model(self, name: str) -> str:
        """Have one of `MAKERS` created (once) with the template `{{ .Prompt }}`; its name."""
        if name not in self.made:
            self.create(name, self.files[name])
            self.made.add(name)
        return name

    def create(
        self, name: str, file: Path, template: str | None = "{{ .Prompt }}", **fields: object
    ) -> Reply:
        """Create a model from a GGUF file over the API, as `ollama create` does."""
        digest = self.upload(file)
        body: Json = {"model": name, "files": {file.name: digest}, "stream": False}
        # Two threads that wait for each other by spinning take seconds on a busy machine.
        body |= {"parameters": {"num_thread": 1}, **fields}
        if template is not None:
            body["template"] = template
        reply = self.post("/api/create", body)
        assert reply.status == 200, reply.text
        return reply

    def upload(self, file: Path) -> str:
        """Put a file among the server's blobs; its digest."""
        raw = file.read_bytes()
        digest = "sha256:" + hashlib.sha256(raw).hexdigest()
        path = f"/api/blobs/{digest}"
        # Where it has the blob, it answers without reading it: asked first, as its own client does.
        if talk.call(self.url, "HEAD", path).status != 200:
            reply = talk.call(self.url, "POST", path, raw)
            assert reply.status == 201, reply.text
        return digest

    def generate(self, model: str, prompt: str, **fields: object) -> Json:
        """Answer `prompt` as it is (raw), whole, at temperature 0; `options` may say otherwise."""
        reply = self.post("/api/generate", request(model, prompt, stream=False, **fields))
        assert reply.status == 200, reply.text
        return reply.json

    def loaded(self) -> dict[str, Json]:
        """What /api/ps says, by the model's name without `:latest`."""
        models: list[Json] = self.get("/api/ps").json["models"]
        return {entry["name"].removesuffix(":latest"): entry for entry in models}

    def runners(self) -> list[int]:
        """The processes that hold the loaded models, one for each."""
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,stat="],  # noqa: S607 - every system has one
            capture_output=True,
            text=True,
            check=True,
        )
        rows = [line.split() for line in listed.stdout.splitlines()]
        return [int(row[0]) for row in rows if int(row[1]) == self.pid and "Z" not in row[2]]

    def unload(self, model: str) -> None:
        """Take `model` out of memory, and wait until it is."""
        self.post("/api/generate", {"model": model, "keep_alive": 0, "stream": False})
        until(lambda: model not in self.loaded(), f"{model} is still loaded")


def request(model: str, prompt: str, **fields: object) -> Json:
    """The body of a raw /api/generate at temperature 0, with `options` beside it."""
    options = {"temperature": 0, "num_predict": 16}
    given = fields.pop("options", {})
    assert isinstance(given, dict)
    return {"model": model, "prompt": prompt, "raw": True, "options": options | given, **fields}


def until(holds: Callable[[], bool], complaint: str, seconds: float = _READY) -> None:
    """Wait until `holds()`, and fail with `complaint` after `seconds`."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, complaint
        time.sleep(0.02)


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _running(
    command: list[str], env: Mapping[str, str], log: Path
) -> Iterator[tuple[int, Callable[[], bool]]]:
    """The process id of `command` while it runs under the guardian, and whether it has ended."""
    guardian = subprocess.Popen(
        [sys.executable, "-S", "-E", _GUARDIAN, log, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(env),
        start_new_session=True,  # Ctrl-C is for the tests: it comes to the server through them
    )
    assert guardian.stdin is not None
    assert guardian.stdout is not None
    try:
        line = guardian.stdout.readline()
        assert line, f"{command[0]} was not started"
        yield int(line), lambda: guardian.poll() is not None
    finally:
        guardian.stdin.close()
        guardian.wait(30)
        guardian.stdout.close()


def _environment(folder: Path, **more: str) -> dict[str, str]:
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": path, "HOME": str(home), "TMPDIR": str(home), **more}


@contextlib.contextmanager
def ollama(folder: Path, files: ModelFiles, version: str, **env: str) -> Iterator[Ollama]:
    """Run a server of that version, which must be installed, with everything it keeps in `folder`.

    `env` is for the server: OLLAMA_KEEP_ALIVE, OLLAMA_NUM_PARALLEL ... `folder` is emptied in the end.
    """
    program = installed_ollama(version)
    assert program is not None, f"Ollama {version} is not installed"
    url = f"http://127.0.0.1:{free_port()}"
    settings = _environment(
        folder,
        OLLAMA_HOST=url.removeprefix("http://"),
        OLLAMA_MODELS=str(folder / "models"),
        **env,
    )
    log = folder / "log"
    try:
        with _running([str(program), "serve"], settings, log) as (pid, ended):
            server = Ollama(url, pid, folder, log, version, files)
            _wait_for(server, ended)
            yield server
    finally:
        shutil.rmtree(folder / "models", ignore_errors=True)


@contextlib.contextmanager
def llama_cpp(folder: Path, model: Path, *arguments: str) -> Iterator[Server]:
    """Run llama.cpp's server, which must be installed, with this model file, named as the file.

    `arguments` are the server's own, as in `--n_ctx 4096` (2048 where nothing is said).
    """
    program = installed_llama_cpp()
    assert program is not None, "llama.cpp's server is not installed"
    port = free_port()
    log = folder / "log"
    settings = _environment(folder)
    command = [str(program), "-m", "llama_cpp.server", "--model", str(model), "--port", str(port)]
    command += ["--model_alias", model.stem, "--n_threads", "1", "--n_threads_batch", "1"]
    with _running([*command, *arguments], settings, log) as (pid, ended):
        server = Server(f"http://127.0.0.1:{port}", pid, folder, log)
        _wait_for(server, ended)
        yield server


def _wait_for(server: Server, ended: Callable[[], bool]) -> None:
    def ready() -> bool:
        assert not ended(), f"the server ended:\n{server.log.read_text(errors='replace')[-2000:]}"
        return server.answers()

    until(ready, f"{server.url} does not answer; see {server.log}")
