"""The fixtures that the package's docstring describes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.conftest import missing
from tests.e2e.models import servers
from tests.e2e.models.servers import VERSIONS, ModelFiles, Ollama, Server

StartOllama: TypeAlias = Callable[..., Ollama]
"""`(version=VERSIONS[0], **environment)`: a server of the test's own."""

StartLlamaCpp: TypeAlias = Callable[..., Server]
"""`(model, *arguments)`: a server of the test's own."""


def need_ollama(version: str) -> None:
    """Skip or fail the running test where that version is not installed."""
    if servers.installed_ollama(version) is None:
        missing(f"Ollama {version} was not found (sh tools/install-ollama.sh {version})")


def need_llama_cpp() -> None:
    """Skip or fail the running test where llama.cpp's server is not installed."""
    if servers.installed_llama_cpp() is None:
        missing("llama.cpp's server was not found (sh tools/install-llama-cpp.sh)")


@pytest.fixture(scope="session")
def model_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelFiles]:
    """Model files by name, made when they are first asked for."""
    folder = tmp_path_factory.mktemp("models")
    yield ModelFiles(folder)
    # pytest keeps the folders of several runs: a hundred megabytes are too much for that.
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def ollamas(
    tmp_path_factory: pytest.TempPathFactory, model_files: ModelFiles
) -> Iterator[Callable[[str], Ollama]]:
    """The session's server of a version, started when it is first asked for."""
    running: dict[str, Ollama] = {}
    with ExitStack() as stack:

        def started(version: str) -> Ollama:
            if version not in running:
                need_ollama(version)
                folder = tmp_path_factory.mktemp(f"ollama-{version}")
                server = servers.ollama(folder, model_files, version)
                running[version] = stack.enter_context(server)
            return running[version]

        yield started


@pytest.fixture(
    scope="session",
    # One worker for each version: its server is started once, and no other test loads its models.
    params=[
        pytest.param(version, marks=pytest.mark.xdist_group(f"ollama-{version}"))
        for version in VERSIONS
    ],
)
def ollama(request: pytest.FixtureRequest, ollamas: Callable[[str], Ollama]) -> Ollama:
    """Each version in turn; the test runs once for each."""
    return ollamas(request.param)


@pytest.fixture(scope="session")
def newest_ollama(ollamas: Callable[[str], Ollama]) -> Ollama:
    """The version that most tests use."""
    return ollamas(VERSIONS[0])


@pytest.fixture
def start_ollama(tmp_path: Path, model_files: ModelFiles) -> Iterator[StartOllama]:
    """Start servers that end with the test."""
    with ExitStack() as stack:

        def start(version: str = VERSIONS[0], **env: str) -> Ollama:
            need_ollama(version)
            # Under a name that is free: a test may start several.
            folder = tmp_path / f"ollama-{len(list(tmp_path.glob('ollama-*')))}"
            return stack.enter_context(servers.ollama(folder, model_files, version, **env))

        yield start


@pytest.fixture(scope="session")
def llama_cpp(
    tmp_path_factory: pytest.TempPathFactory, model_files: ModelFiles
) -> Iterator[Server]:
    """llama.cpp's server with the model "ascii"."""
    need_llama_cpp()
    folder = tmp_path_factory.mktemp("llama-cpp")
    with servers.llama_cpp(folder, model_files["ascii"], "--n_ctx", "4096") as server:
        yield server


@pytest.fixture
def start_llama_cpp(tmp_path: Path) -> Iterator[StartLlamaCpp]:
    """Start servers that end with the test."""
    with ExitStack() as stack:

        def start(model: Path, *arguments: str) -> Server:
            need_llama_cpp()
            folder = tmp_path / f"llama-cpp-{len(list(tmp_path.glob('llama-cpp-*')))}"
            return stack.enter_context(servers.llama_cpp(folder, model, *arguments))

        yield start
