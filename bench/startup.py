"""Start-up of the command line as a person feels it: whole processes next to a bare Python."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from bench.harness import processes, report_processes

# Beside the interpreter as it was called: a virtual environment's Python is a link out of it.
KAI = str(Path(sys.executable).with_name("kai"))


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("CONFIG", "CACHE", "DATA", "STATE"):
            os.environ[f"XDG_{name}_HOME"] = str(Path(scratch, name))
        # An installed kai has its bytecode; without it every start compiles all sources anew.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(scratch, "bytecode"))
        report_processes(
            processes(
                {
                    "kai --version": [KAI, "--version"],
                    "kai --help": [KAI, "--help"],
                    "kai WORDS (cached)": [KAI, "pods in kube-system"],
                    "kai WORDS (built-in)": [KAI, "--source", "builtin", "pods in kube-system"],
                    "kai history (click)": [KAI, "history"],
                }
            )
        )


if __name__ == "__main__":
    main()
