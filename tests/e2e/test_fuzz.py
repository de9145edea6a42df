"""Coverage-guided fuzzing, for some seconds: `make fuzz` goes on for as long as wanted."""

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
    seconds = os.environ.get("KAI_FUZZ_SECONDS", "15")
    command = [sys.executable, str(ROOT / "tools/fuzz.py"), target, f"-max_total_time={seconds}"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
