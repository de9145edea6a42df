"""The command line: what goes to which stream, with which exit status, and the sub-commands."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pytest

from kai_shell.arguments import COMMANDS, RESERVED
from kai_shell.cli import main
from kai_shell.usage import TEXT
from tests.run_kai import kai

PODS = "kubectl get pods --namespace=kube-system"

# --- streams and exit status ---------------------------------------------------------------------


def test_standard_output_is_the_command_alone() -> None:
    assert kai("pods in kube-system") == (0, PODS + "\n", "")


def test_words_need_no_quotes() -> None:
    assert kai("pods", "in", "kube-system").out == PODS + "\n"


def test_a_request_can_come_from_standard_input() -> None:
    assert kai("-", stdin="pods in kube-system\n").out == PODS + "\n"


def test_an_empty_standard_input_is_a_usage_error() -> None:
    assert kai("-").status == 2


def test_what_is_not_understood_ends_with_3_and_says_what_to_try() -> None:
    said = kai("flurbs of the glorp zanting")
    assert said.status == 3
    assert said.out == ""
    assert said.err.startswith("kai: ")
    assert said.err.count("\n") == 1


def test_an_assumption_is_a_remark_on_standard_error() -> None:
    said = kai("logs of api in prod")
    assert said.out.startswith("kubectl logs ")
    assert "assumed: " in said.err


def test_a_model_is_not_there_yet_and_kai_says_so() -> None:
    said = kai("--source", "model", "pods in kube-system")
    assert said.status == 3
    assert "model" in said.err


@pytest.mark.parametrize("name", RESERVED)
def test_a_name_of_a_later_version_says_so_and_how_to_ask_with_it(name: str) -> None:
    said = kai(name, "--x") if name in ("check",) else kai(name, "some", "words")
    assert said.status == 2
    assert "later version" in said.err
    assert f"kai -- {name} " in said.err
    assert said.out == ""


def test_a_request_may_begin_with_a_reserved_name() -> None:
    said = kai("--", "run", "a", "busybox", "shell")
    assert said.status in (0, 3)
    assert "later version" not in said.err


def test_help_names_every_command_and_option() -> None:
    said = kai("--help")
    assert (said.status, said.out) == (0, TEXT)
    for name in (*COMMANDS, "--json", "--again", "--source", "--namespace", "--context", "--batch"):
        assert name in TEXT
    assert max(map(len, TEXT.splitlines())) <= 80


def test_the_version_is_said() -> None:
    from kai import __version__

    assert kai("--version") == (0, f"kai {__version__}\n", "")


# --- where the user is ---------------------------------------------------------------------------

KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "dev",
    "contexts": [
        {"name": "dev", "context": {"cluster": "c", "namespace": "shop"}},
        {"name": "prod", "context": {"cluster": "c"}},
    ],
    "clusters": [{"name": "c", "cluster": {"server": "https://10.0.0.1:6443"}}],
}


@pytest.fixture
def kubeconfig(isolated_home: Path) -> Path:
    path = isolated_home / ".kube" / "config"
    path.parent.mkdir()
    path.write_text(json.dumps(KUBECONFIG))
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    return path


@pytest.mark.usefixtures("kubeconfig")
def test_the_answer_says_where_it_would_act() -> None:
    answer = json.loads(kai("--json", "pods in kube-system").out)
    assert (answer["context"], answer["namespace"]) == ("dev", "shop")
    other = json.loads(kai("--json", "--context=prod", "-n", "web", "pods in kube-system").out)
    assert (other["context"], other["namespace"]) == ("prod", "web")


@pytest.mark.usefixtures("kubeconfig")
def test_a_context_that_is_in_no_kubeconfig_is_an_error() -> None:
    said = kai("--context", "prud", "pods")
    assert said.status == 1
    assert "dev, prod" in said.err


@pytest.mark.usefixtures("kubeconfig")
def test_a_namespace_that_is_not_the_current_one_is_remarked_on() -> None:
    assert "not current now" in kai("-n", "web", "pods in kube-system").err
    assert kai("-n", "shop", "pods in kube-system").err == ""


# --- sub-commands --------------------------------------------------------------------------------


def test_the_cache_can_be_counted_forgotten_and_cleared() -> None:
    kai("pods in kube-system")
    kai("nodes")
    assert json.loads(kai("cache", "stats", "--json").out)["entries"] == 2
    assert kai("cache", "forget", "pods", "in", "kube-system").out == "dropped 1\n"
    assert kai("cache", "forget", "pods in kube-system").out == "dropped 0\n"
    assert kai("cache", "clear").out == "dropped 1\n"


def test_history_shows_what_was_asked_newest_last() -> None:
    kai("nodes")
    kai("flurbs of the glorp zanting")
    rows = [json.loads(line) for line in kai("history", "--json").out.splitlines()]
    assert [row["request"] for row in rows] == ["nodes", "flurbs of the glorp zanting"]
    assert [row["outcome"] for row in rows] == ["answered", "abstained"]
    text = kai("history", "-n", "1").out
    assert "flurbs" in text and "kubectl get nodes" not in text
    assert "kubectl get nodes" in kai("history", "nodes").out


def test_an_empty_history_says_so() -> None:
    assert kai("history") == (0, "", "kai: nothing is recorded\n")


def test_the_journal_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAI_JOURNAL_ENABLED", "false")
    kai("nodes")
    assert kai("history", "--json").out == ""


def test_the_cache_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAI_CACHE_ENABLED", "false")
    kai("nodes")
    assert json.loads(kai("--json", "nodes").out)["cached"] is False


def test_a_setting_is_written_and_read_back() -> None:
    path = Path(kai("config", "path").out.strip())
    assert not path.exists()
    assert kai("config", "set", "cache.ttl", "48h").status == 0
    assert path.read_text() == 'cache:\n  ttl: "48h"\n'
    assert kai("config", "get", "cache.ttl").out == "48h\n"
    assert "cache.ttl" in kai("config", "show").out


@pytest.mark.parametrize(
    "argv",
    [
        ["config", "get", "cache.tll"],
        ["config", "set", "cache.ttl", "soon"],
        ["config"],
        ["config", "frob"],
        ["cache"],
        ["completion", "tcsh"],
        ["history", "-n", "0"],
        ["doctor", "who"],
    ],
)
def test_a_wrong_sub_command_is_one_line_and_status_2(argv: list[str]) -> None:
    said = kai(*argv)
    assert said.status == 2
    assert said.err.startswith("kai: ")
    assert said.err.count("\n") == 1


def test_a_broken_config_file_stops_a_request_and_names_itself(isolated_home: Path) -> None:
    path = isolated_home / ".config" / "kai" / "config.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("cache:\n  tll: 1h\n")
    path.chmod(0o600)
    said = kai("nodes")
    assert said.status == 2
    assert str(path) in said.err and "cache.ttl" in said.err
    assert kai("doctor").status == 1


def test_a_command_is_explained() -> None:
    said = kai("explain", "kubectl get pods -A")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("Lists pods in all namespaces.\nkubectl get: ")
    assert said.out.endswith("\n-A: in all namespaces\nread: it only reads\nwhy: reads objects\n")
    assert kai("explain", "kubectl", "get", "pods", "-A") == said
    wrong = kai("explain", "kubectl get pods --frob")
    assert "frob" in wrong.err
    assert kai("explain", "kubectl get pods; ls").status == 3
    assert json.loads(kai("explain", "--json", "kubectl get pods -A").out)["findings"] == []


def test_doctor_reports_on_every_part_without_any_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    said = kai("doctor", "--json")
    checks = {row["name"]: row for row in map(json.loads, said.out.splitlines())}
    assert said.status == 0, said.out
    assert checks["kubectl"]["state"] == "warn"
    assert checks["kubeconfig"]["state"] == "warn"
    assert checks["answers"]["state"] == "ok"
    assert {"kai", "config", "cache", "journal", "model"} <= set(checks)


@pytest.mark.parametrize(
    ("script", "setting", "state", "says"),
    [
        (None, "", "warn", "install it (https://kubernetes.io/"),
        (None, "/nonexistent/kubectl", "fail", "kai config set kubectl.path"),
        ('{"clientVersion": {"gitVersion": "v1.24.17"}}', "", "warn", "update kubectl"),
        ('{"clientVersion": {"gitVersion": "v1.31.2"}}', "", "ok", "with the table of 1.31"),
        ("hello", "", "fail", "does not answer like a kubectl"),
    ],
)
def test_doctor_says_what_to_do_about_kubectl(
    script: str | None,
    setting: str,
    state: str,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    if script is not None:
        (folder / "kubectl").write_text(f"#!/bin/sh\necho '{script}'\n")
        (folder / "kubectl").chmod(0o700)
    monkeypatch.setenv("PATH", str(folder))
    if setting:
        monkeypatch.setenv("KAI_KUBECTL_PATH", setting)
    said = kai("doctor", "--json")
    rows = map(json.loads, said.out.splitlines())
    (check,) = [row for row in rows if row["name"] == "kubectl"]
    assert (check["state"], says in check["detail"]) == (state, True), check
    assert said.status == (1 if state == "fail" else 0)


@pytest.mark.usefixtures("kubeconfig")
def test_doctor_without_kubectl_asks_no_cluster_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    rows = map(json.loads, kai("doctor", "--json").out.splitlines())
    (check,) = [row for row in rows if row["name"] == "cluster"]
    assert (check["state"], "no kubectl" in check["detail"]) == ("warn", True)


def test_doctor_learns_the_version_that_answers_are_then_checked_with(
    kubectl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "kubectl").symlink_to(kubectl)
    monkeypatch.setenv("PATH", str(folder))
    assert json.loads(kai("--json", "nodes").out)["kubectl_version"] is None
    kai("doctor")
    assert json.loads(kai("--json", "nodes").out)["kubectl_version"].startswith("1.")


# --- errors --------------------------------------------------------------------------------------


class _Leaving(io.StringIO):
    """A reader that has gone."""

    def write(self, text: str, /) -> int:
        raise BrokenPipeError


class _Interrupting(io.StringIO):
    """A person who presses Ctrl-C."""

    def write(self, text: str, /) -> int:
        raise KeyboardInterrupt


class _Broken(io.StringIO):
    """Something kai did not think of."""

    def write(self, text: str, /) -> int:
        raise ZeroDivisionError("of course")


def test_a_reader_that_has_gone_is_no_reason_to_complain() -> None:
    err = io.StringIO()
    assert main(["nodes"], stdout=_Leaving(), stderr=err) == 1
    assert err.getvalue() == ""


def test_ctrl_c_ends_with_130() -> None:
    err = io.StringIO()
    assert main(["nodes"], stdout=_Interrupting(), stderr=err) == 130
    assert err.getvalue() == ""


def test_a_fault_of_kai_is_one_line_and_a_traceback_only_when_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    err = io.StringIO()
    assert main(["nodes"], stdout=_Broken(), stderr=err) == 1
    assert err.getvalue().count("\n") == 1
    assert "ZeroDivisionError: of course" in err.getvalue()
    monkeypatch.setenv("KAI_DEBUG", "1")
    main(["nodes"], stdout=_Broken(), stderr=err)
    assert "Traceback" in err.getvalue()


def test_a_cache_that_cannot_be_used_costs_a_warning_and_no_answer(isolated_home: Path) -> None:
    folder = isolated_home / ".cache" / "kai"
    folder.parent.mkdir()
    folder.write_text("not a folder")
    said = kai("pods in kube-system")
    assert (said.status, said.out) == (0, PODS + "\n")
    assert said.err.startswith("kai: ")


def test_nothing_is_written_outside_kais_own_folders(isolated_home: Path) -> None:
    kai("nodes")
    kai("history")
    top = {str(path.relative_to(isolated_home)) for path in isolated_home.rglob("*")}
    assert {name for name in top if not name.startswith((".cache", ".local"))} == set()
    for path in isolated_home.rglob("*.sqlite"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [path.name for path in (isolated_home / ".cache").iterdir()] == ["kai"]
