"""What the real `kai` learns from a real kubectl: its version, its flags, the names of a cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RealKubectl, missing, real_kubectls

KAI = str(Path(sys.executable).with_name("kai"))


def newest() -> RealKubectl:
    """The newest kubectl of this machine."""
    found = real_kubectls()
    if not found:
        missing("no real kubectl was found (tools/install-kubectl.sh installs them)")
    version = list(found)[-1]
    return RealKubectl(version, found[version])


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The newest kubectl as the only one on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    link = folder / "kubectl"
    link.symlink_to(newest().path)
    monkeypatch.setenv("PATH", str(folder))
    return link


def pretend(kubectl: Path, version: str) -> None:
    """Let kai believe that this kubectl is of `version`, so that it takes an older table."""
    about = kubectl.stat()
    folder = Path(os.environ["XDG_CACHE_HOME"]) / "kai"
    folder.mkdir(parents=True, exist_ok=True)
    kept = {str(kubectl): [about.st_mtime_ns, about.st_size, version]}
    (folder / "kubectl.json").write_text(json.dumps(kept))
    (folder / "kubectl.json").chmod(0o600)


def asked(*argv: str) -> dict[str, Any]:
    done = subprocess.run([KAI, *argv], capture_output=True, timeout=60, check=False)
    assert b"Traceback" not in done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_an_old_table_does_not_refuse_a_flag_of_a_newer_kubectl(on_path: Path) -> None:
    if int(newest().version.split(".")[1]) < 31:
        missing("no kubectl from 1.31 on was found, which has logs --all-pods")
    pretend(on_path, "1.27.0")
    right = asked("explain", "--json", "kubectl logs deploy/web --all-pods")
    assert right["findings"] == []
    wrong = asked("explain", "--json", "kubectl logs deploy/web --every-pod")
    assert [finding["code"] for finding in wrong["findings"]] == ["K141"]
    typed = asked("--json", "logs of deployment web --all-pods")
    assert typed["command"] == "kubectl logs deployment/web --all-pods"
    assert typed["kubectl_version"] == "1.27.0"


def test_without_any_kubectl_the_table_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    wrong = asked("explain", "--json", "kubectl logs deploy/web --every-pod")
    assert [finding["code"] for finding in wrong["findings"]] == ["K141"]
    assert asked("--json", "logs of deployment web --every-pod")["command"] is None
