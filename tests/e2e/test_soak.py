"""300 random lines spread over every fault, in each shell: what was typed comes back, nothing runs.

`make soak` tries every line with every fault, and holds the prompt to two seconds.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import missing
from tools.soak_shells import KINDS

ROOT = Path(__file__).resolve().parents[2]
ENOUGH = "10"
"""Seconds until the prompt has to answer, on a machine that does something else as well."""


@pytest.mark.parametrize("shell", KINDS)
def test_the_text_on_the_line_is_sacred(shell: str) -> None:
    if shutil.which(shell) is None:
        missing(f"there is no {shell}")
    done = subprocess.run(
        [sys.executable, "-m", "tools.soak", "--shell", shell, "--seconds", ENOUGH],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
