"""fish with kai's own daemon: started by the key, killed, stopped, and installed by the printed line."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from kai_shell.daemon import client
from tests.e2e.shells import KEY, KILL_WHOLE, PYTHON, Place
from tests.e2e.shells_fish import FishPty, fish, prepared, written
from tests.e2e.test_zsh_daemon import answered


def test_without_a_daemon_the_client_starts_one_and_the_key_is_answered(
    place: Place, real: dict[str, str]
) -> None:
    with fish(place, python=PYTHON) as shell:
        assert answered(shell, "pods in kube-system") == "kubectl get pods --namespace=kube-system"
        shell.keys(KILL_WHOLE)
        kind, *_ = client.ask(str(place.runtime), ["hello"])
        assert kind == "hello"
        assert answered(shell, "nodes") == "kubectl get nodes"
        shell.keys(KILL_WHOLE)
        assert "no jobs" in shell.run("jobs")
        assert shell.run("test -n $_kai_way; and echo asked") == "asked", "not through the client"


def test_when_the_daemon_was_killed_the_shell_recovers_by_itself(
    place: Place, real: dict[str, str]
) -> None:
    with fish(place, python=PYTHON) as shell:
        answered(shell, "nodes")
        pid = int(client.ask(str(place.runtime), ["hello"])[2])
        os.kill(pid, signal.SIGKILL)
        shell.keys(KILL_WHOLE)
        assert answered(shell, "pods in kube-system") == "kubectl get pods --namespace=kube-system"


def test_a_daemon_that_stopped_and_goes_on_answers_again(place: Place, warm: int) -> None:
    with fish(place, python=PYTHON) as shell:
        assert answered(shell, "nodes") == "kubectl get nodes"
        shell.keys(KILL_WHOLE)
        os.kill(warm, signal.SIGSTOP)
        try:
            shell.keys(b"pods in kube-system" + KEY)
            shell.until("no answer in time", 10)
            assert shell.line()[0] == "pods in kube-system"
        finally:
            os.kill(warm, signal.SIGCONT)
        shell.keys(KILL_WHOLE)
        assert answered(shell, "nodes") == "kubectl get nodes"


def test_the_line_that_kai_init_prints_is_all_a_new_shell_needs(
    place: Place, real: dict[str, str]
) -> None:
    kai = Path(PYTHON).with_name("kai")
    line = subprocess.run([kai, "init", "fish"], env=real, capture_output=True, check=True).stdout
    argv = prepared(place)
    rc = place.home / ".config" / "fish" / "config.fish"
    rc.write_text(rc.read_text().replace(f"source {written(place)}", line.decode()))
    written(place).unlink()
    with FishPty(argv, real, place.probe) as shell:
        assert answered(shell, "nodes") == "kubectl get nodes"
    subprocess.run([kai, "init", "fish", "--uninstall"], env=real, capture_output=True, check=True)
    with FishPty(argv, real, place.probe) as shell:
        shell.keys(b"nodes" + KEY)
        assert shell.line()[0] == "nodes", "a start-up file may outlive what it loads"
