"""What every test shares: a home of its own, and the real kubectls of this machine.

Fixtures for tests that need a real kubectl::

    def test_x(kubectl): ...        # path of the newest supported one found
    def test_x(kubectl_path): ...   # once for each supported version: (minor version, path)
    def test_x(kubectls): ...       # all that were found: {"1.32": path}, oldest first

What is missing is skipped with a reason; with KAI_REQUIRE_REAL=1 it fails instead. Where to look
besides the defaults is said with KAI_KUBECTLS, a list of folders separated as in PATH.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytest

SUPPORTED = tuple(f"1.{minor}" for minor in range(27, 38))
"""The minor versions of kubectl that kai has a table for."""

# Read before any test gets a home of its own.
_HOME = Path.home()
_FOLDERS = os.environ.get("KAI_KUBECTLS", "")
_REQUIRED = os.environ.get("KAI_REQUIRE_REAL", "") == "1"

_NAME = re.compile(r"kubectl(?:[.-]v?(1\.\d+)(?:\.\d+)?)?")
_CLIENT = re.compile(r"(?:Client Version: |GitVersion:\")v(\d+\.\d+)")


class RealKubectl(NamedTuple):
    """One real kubectl: its minor version ("1.32") and where it is."""

    version: str
    path: Path


def _folders() -> Iterator[Path]:
    for folder in _FOLDERS.split(os.pathsep):
        if folder:
            yield Path(folder).expanduser()
    yield Path(os.environ.get("XDG_CACHE_HOME") or _HOME / ".cache") / "kai" / "kubectl"
    yield _HOME / ".cache" / "kai" / "kubectl"
    found = shutil.which("kubectl")
    if found:
        # Installers often put several versions beside the one on PATH, which is a link.
        yield Path(found).resolve().parent


def _asked_version(path: Path) -> str:
    """What the program itself says; "" where it does not answer like a kubectl."""
    try:
        done = subprocess.run(
            [path, "version", "--client"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env={"HOME": "/nonexistent", "PATH": os.defpath},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = _CLIENT.search(done.stdout)
    return match[1] if match else ""


@functools.cache
def real_kubectls() -> dict[str, Path]:
    """Minor version -> path of every real kubectl of this machine, oldest first.

    A name that bears a version (kubectl.1.27, kubectl-1.34) is believed; a bare `kubectl` is asked
    for its own, and counts only where no name claims that version.
    """
    named: dict[str, Path] = {}
    bare: list[Path] = []
    for folder in dict.fromkeys(_folders()):
        for path in sorted(folder.glob("kubectl*")):
            match = _NAME.fullmatch(path.name)
            if match is None or not path.is_file() or not os.access(path, os.X_OK):
                continue
            if match[1]:
                named.setdefault(match[1], path)
            else:
                bare.append(path)
    for path in bare:
        version = _asked_version(path)
        if version:
            named.setdefault(version, path)
    return dict(sorted(named.items(), key=lambda item: _sort_key(item[0])))


def _sort_key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in tests/e2e drives something real: `make e2e` runs it, `make test` does not."""
    folder = Path(__file__).parent / "e2e"
    for item in items:
        if folder in item.path.parents:
            item.add_marker(pytest.mark.e2e)


def missing(what: str) -> NoReturn:
    """Skip the running test because `what` is not here, or fail it where all must be here."""
    if _REQUIRED:
        pytest.fail(f"KAI_REQUIRE_REAL=1 and {what}", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def kubectls() -> dict[str, Path]:
    """Every supported real kubectl found, oldest first; skips where there is none."""
    found = {version: path for version, path in real_kubectls().items() if version in SUPPORTED}
    if not found:
        missing("no real kubectl was found (tools/install-kubectl.sh installs them)")
    return found


@pytest.fixture(scope="session")
def kubectl(kubectls: dict[str, Path]) -> Path:
    """The newest supported kubectl of this machine."""
    return list(kubectls.values())[-1]


@pytest.fixture(scope="session", params=SUPPORTED)
def kubectl_path(request: pytest.FixtureRequest) -> RealKubectl:
    """Each supported kubectl in turn; the test runs once for each version."""
    version: str = request.param
    path = real_kubectls().get(version)
    if path is None:
        missing(f"no real kubectl {version} was found (tools/install-kubectl.sh installs it)")
    return RealKubectl(version, path)


@pytest.fixture(autouse=True)
def isolated_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own: nothing of the person who runs the tests is read or written."""
    home = tmp_path / "home"
    home.mkdir()
    for name in list(os.environ):
        if name.startswith(("KAI_", "KUBE", "OLLAMA_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    for name, folder in (
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_CACHE_HOME", ".cache"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_RUNTIME_DIR", ".run"),
    ):
        monkeypatch.setenv(name, str(home / folder))
    # Nor is their model asked: a test that wants one says where.
    monkeypatch.setenv("KAI_LLM_ENABLED", "false")
    return home
