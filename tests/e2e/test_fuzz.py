"""Coverage-guided fuzzing, the same inputs in each run: `make fuzz` tries others, for as long as
wanted, and what it finds becomes a row of the tests."""

from __future__ import annotations

import importlib.util
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("target", ["line", "script"])
def test_coverage_guided_fuzzing_finds_nothing(target: str, tmp_path: Path) -> None:
    if importlib.util.find_spec("atheris") is None:
        built = sys.platform == "linux" and platform.machine() == "x86_64"
        if os.environ.get("KAI_REQUIRE_REAL") == "1" and built and sys.version_info < (3, 15):
            pytest.fail("atheris is not installed")
        pytest.skip("atheris is not installed")
    seconds = os.environ.get("KAI_FUZZ_SECONDS")
    bound = [f"-max_total_time={seconds}"] if seconds else ["-seed=1", "-runs=15000"]
    command = [sys.executable, str(ROOT / "tools/fuzz.py"), target, *bound]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
