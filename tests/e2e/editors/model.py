"""What tests say to the model behind `model_server.py`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

SERVER = Path(__file__).with_name("model_server.py")
CONTEXTS = """\
apiVersion: v1
kind: Config
current-context: {current}
contexts:
- name: prod-eu
  context: {{cluster: c, user: u, namespace: shop}}
- name: play
  context: {{cluster: c, user: u}}
clusters:
- name: c
  cluster: {{server: "https://127.0.0.1:1"}}
users:
- name: u
  user: {{}}
"""


@dataclass(frozen=True, slots=True)
class Model:
    """A model that answers when the test wants it to."""

    folder: Path

    @property
    def command(self) -> list[str]:
        """Starts the language server that has it."""
        return [sys.executable, str(SERVER), str(self.folder)]

    def answers(self, command: str) -> None:
        """It has thought."""
        _whole(self.folder / "answer", command)

    def thinks(self) -> None:
        """It has no answer any more, and nobody has asked it."""
        (self.folder / "answer").unlink(missing_ok=True)
        (self.folder / "log").unlink(missing_ok=True)

    def state(self, state: str) -> None:
        """From now on it is cold, loading or warm."""
        _whole(self.folder / "model", state)

    @property
    def log(self) -> list[str]:
        """What it was asked, and whether it was stopped."""
        path = self.folder / "log"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def switch(kubeconfig: Path, context: str) -> None:
    """Make a context of `CONTEXTS` the current one."""
    _whole(kubeconfig, CONTEXTS.format(current=context))


def _whole(path: Path, text: str) -> None:
    """Write a file that is never read half."""
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.rename(path)
