"""kai as kubectl's own plugin, run by real kubectls of every supported version."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import RealKubectl

PLUGIN = Path(sys.executable).with_name("kubectl-kai")


@pytest.fixture
def path(kubectl_path: RealKubectl, tmp_path: Path) -> str:
    """A PATH on which nothing but this kubectl and kai's plugin comes before the system's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "kubectl").symlink_to(kubectl_path.path)
    # Run by its own path, so that it finds the interpreter it was installed for.
    (folder / "kubectl-kai").symlink_to(PLUGIN)
    return f"{folder}{os.pathsep}{os.defpath}"


def run(path: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [f"{path.partition(os.pathsep)[0]}/kubectl", *arguments],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


def test_kubectl_kai_answers_words_with_the_command_alone(path: str) -> None:
    done = run(path, "kai", "pods in kube-system")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "kubectl get pods --namespace=kube-system\n"


def test_kubectl_lists_kai_among_its_plugins(path: str) -> None:
    done = run(path, "plugin", "list")
    assert "kubectl-kai" in done.stdout
