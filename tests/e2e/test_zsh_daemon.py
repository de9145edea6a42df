"""zsh with kai's own daemon: started by the key, killed, and installed by the printed line."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from kai_shell.daemon import client
from tests.conftest import missing
from tests.e2e.shells import KEY, KILL_WHOLE, PYTHON, Place, zsh
from tests.shell_pty import ShellPty


def test_without_a_daemon_the_client_starts_one_and_the_key_is_answered(
    place: Place, real: dict[str, str]
) -> None:
    with zsh(place, python=PYTHON) as shell:
        assert answered(shell, "pods in kube-system") == "kubectl get pods --namespace=kube-system"
        shell.keys(KILL_WHOLE)
        kind, *_ = client.ask(str(place.runtime), ["hello"])
        assert kind == "hello"
        assert answered(shell, "nodes") == "kubectl get nodes"
        shell.keys(KILL_WHOLE)
        assert shell.run("jobs") == ""


def test_when_the_daemon_was_killed_the_shell_recovers_by_itself(
    place: Place, real: dict[str, str]
) -> None:
    with zsh(place, python=PYTHON) as shell:
        answered(shell, "nodes")
        pid = int(client.ask(str(place.runtime), ["hello"])[2])
        os.kill(pid, 9)
        shell.keys(KILL_WHOLE)
        assert answered(shell, "pods in kube-system") == "kubectl get pods --namespace=kube-system"


def test_the_line_that_kai_init_prints_is_all_a_new_shell_needs(
    place: Place, real: dict[str, str]
) -> None:
    program = shutil.which("zsh") or missing("there is no zsh")
    kai = Path(PYTHON).with_name("kai")
    line = subprocess.run([kai, "init", "zsh"], env=real, capture_output=True, check=True).stdout
    with zsh(place):
        pass  # writes a start-up file, which then gets the printed line in place of its own
    rc = place.home / ".zshrc"
    rc.write_text(rc.read_text().replace(f"source {place.script}", line.decode()))
    place.script.unlink()
    with ShellPty([program, "-d", "-i"], real, place.probe) as shell:
        assert answered(shell, "nodes") == "kubectl get nodes"
    subprocess.run([kai, "init", "zsh", "--uninstall"], env=real, capture_output=True, check=True)
    with ShellPty([program, "-d", "-i"], real, place.probe) as shell:
        shell.keys(b"nodes" + KEY)
        assert shell.line()[0] == "nodes", "a start-up file may outlive what it loads"


def answered(shell: ShellPty, words: str) -> str:
    """The line after the key; a busy machine may need it again, as the message says."""
    shell.keys(words)
    for _ in range(10):
        shell.keys(KEY)
        line = shell.line()[0]
        if line != words:
            return line
        time.sleep(0.5)
    raise AssertionError(f"no answer: {shell.seen()!r}")
