"""`kai check`: what it reads, what it tells and in which form, and how it ends."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from kai import rules
from kai.examine import Examiner
from kai.kubectl.invocation import Pipeline
from kai.kubectl.resources import Catalogue, builtin
from kai.kubectl.spec import Spec, load
from kai.model import Finding
from kai_shell.cli import main
from kai_shell.commands.check import answered, checked
from kai_shell.reports import Wanted
from kai_shell.streams import Streams
from tests.run_kai import Said, kai

CASES = Path(__file__).parent / "cases"

GET = "kubectl get pods"
DELETE = "kubectl delete pod x -n web"
SYSTEM = "kubectl -n kube-system delete pod x"
WRONG = "kubectl get pods -o yamll"
APPLY = "kubectl apply -f web.yaml"
UNKNOWN = "kubectl $VERB pods"


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test stands in a folder of its own, with no kubectl on PATH."""
    monkeypatch.setenv("PATH", "/nonexistent")
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def write(name: str, *lines: str) -> str:
    """A script of these lines, by its name."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8", errors="replace")
    return name


# --- the exit status -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "status"),
    [
        ([GET], 0),
        ([APPLY], 0),
        ([DELETE], 1),
        ([SYSTEM], 1),
        ([WRONG], 1),
        (["--fail-on=write", APPLY], 1),
        (["--fail-on=write", GET], 0),
        (["--fail-on=read", GET], 1),
        (["--fail-on=forbidden", DELETE], 0),
        (["--fail-on=forbidden", SYSTEM], 1),
        (["--fail-on=forbidden", WRONG], 1),
        (["kubectl", "get", "pods"], 0),
        (["kubectl", "delete", "pod", "x", "--file=y", "--all"], 1),
        (["kubectl get pods; rm -rf /"], 1),
    ],
)
def test_the_exit_status_follows_tier_and_errors(argv: list[str], status: int) -> None:
    assert kai("check", *argv).status == status


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_the_form_changes_no_exit_status(form: str) -> None:
    clean, bad = write("clean.sh", GET), write("bad.sh", DELETE)
    assert kai("check", f"--format={form}", "--file", clean).status == 0
    assert kai("check", f"--format={form}", "--file", clean, bad).status == 1
    assert kai("check", f"--format={form}", "--file", bad, "none.sh").status == 2


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--fail-onn=read", GET], "no option --fail-onn"),
        ([], "command in quotes"),
        (["--json"], "command in quotes"),
        (["--file"], "--file needs the name"),
        (["--file="], "no name of a file"),
        (["--file", "a.sh", "--frob"], "--frob"),
        (["--file", "--batch=x", "a.sh"], "--batch takes"),
        (["--batch", "-", "kubectl get pods"], "--batch takes"),
        (["--batch", "-", "--format=sarif"], "answers in JSON"),
        (["--batch", "none.jsonl"], "none.jsonl cannot be read"),
        (["-"], "--file - (a script)"),
        (["--format=xml", GET], "xml"),
        (["--fail-on=never", GET], "never"),
    ],
)
def test_wrong_usage_ends_with_2_and_one_line_that_says_what_is_wrong(
    argv: list[str], says: str
) -> None:
    said = kai("check", *argv)
    assert said.status == 2
    assert says in said.err
    assert said.out == ""


def test_what_is_not_analysed_is_at_least_read() -> None:
    script = write("a.sh", UNKNOWN)
    assert kai("check", "--file", script).status == 0
    assert kai("check", "--fail-on=read", "--file", script).status == 1


# --- which files ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "argv",
    [
        ["--file", "a.sh", "b.sh"],
        ["--file", "a.sh", "--file", "b.sh"],
        ["--file=a.sh", "--file=b.sh"],
        ["--file", "--fail-on=write", "a.sh", "b.sh"],
        ["--fail-on=write", "--file", "a.sh", "b.sh"],
        ["--file", "a.sh", "b.sh", "--fail-on", "write"],
        ["--file", "--", "a.sh", "b.sh"],
    ],
)
def test_every_word_is_a_script_wherever_the_options_stand(argv: list[str]) -> None:
    write("a.sh", GET)
    write("b.sh", DELETE)
    said = kai("check", "--json", *argv)
    assert [row["file"] for row in rows(said)] == ["a.sh", "b.sh"]
    assert said.status == 1


def test_a_script_can_come_from_standard_input() -> None:
    said = kai("check", "--file", "-", stdin=f"{GET}\n{DELETE}\n")
    assert said.out.startswith(f"stdin:2:1: destructive: {DELETE}\n")
    assert said.status == 1


def test_a_name_may_begin_with_a_dash_behind_two_dashes() -> None:
    write("-x.sh", DELETE)
    assert kai("check", "--file", "--", "-x.sh").out.startswith("-x.sh:1:1: destructive")


UNREADABLE = [
    ("not there", None, "cannot be read: No such file"),
    ("a folder", b"folder", "is a folder"),
    ("a circle of links", b"link", "cannot be read: Too many levels"),
    ("a binary file", b"\x7fELF\x00\x01kubectl delete pod x\n", "is a binary file"),
    ("UTF-16", "kubectl get pods".encode("utf-16"), "is UTF-16"),
    ("not UTF-8", b"kubectl get pods\n# caf\xe9\n", "is not UTF-8: byte 0xe9 in line 2"),
]


@pytest.mark.parametrize(("what", "data", "says"), UNREADABLE, ids=[row[0] for row in UNREADABLE])
def test_an_input_that_cannot_be_read_is_named_and_the_others_are_checked(
    what: str, data: bytes | None, says: str
) -> None:
    bad = Path("bad.sh")
    if what == "a folder":
        bad.mkdir()
    elif what == "a circle of links":
        bad.symlink_to(bad.name)
    elif data is not None:
        bad.write_bytes(data)
    said = kai("check", "--file", "bad.sh", write("good.sh", DELETE))
    assert said.status == 2
    assert f"kai: bad.sh {says}" in said.err
    assert said.out.startswith("good.sh:1:1: destructive")
    assert "1 file not read" in said.err


def test_every_form_says_which_file_could_not_be_read() -> None:
    assert rows(kai("check", "--json", "--file", "none.sh")) == [
        {"file": "none.sh", "error": "none.sh cannot be read: No such file or directory"}
    ]
    github = kai("check", "--format=github", "--file", "none.sh").out
    assert github.startswith("::error file=none.sh,title=kai::none.sh cannot be read")
    (run,) = sarif("--file", "none.sh")["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "none.sh cannot" in invocation["toolExecutionNotifications"][0]["message"]["text"]


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"# nothing here\n", b"\xef\xbb\xbf", b"echo kubectl\n"]
)
def test_a_script_without_kubectl_is_clean(data: bytes) -> None:
    Path("a.sh").write_bytes(data)
    assert kai("check", "--file", "a.sh") == (0, "", "kai: 1 file, 0 commands\n")


def test_a_byte_order_mark_moves_no_column() -> None:
    Path("a.sh").write_bytes(b"\xef\xbb\xbf" + f"{DELETE}\n".encode())
    assert kai("check", "--file", "a.sh").out.startswith("a.sh:1:1: destructive")


def test_windows_line_ends_are_read_as_line_ends_and_remarked_on_once() -> None:
    text = "kubectl delete pod x \\\r\n  --namespace=web\r\nkubectl get pods -o yamll\r\n"
    Path("a.sh").write_bytes(text.encode())
    said = kai("check", "--file", "a.sh")
    assert said.out.splitlines()[0] == "a.sh:1:1: destructive: kubectl delete pod x --namespace=web"
    assert "a.sh:3:21: error" in said.out
    assert said.err.count("CRLF") == 1


# --- text ----------------------------------------------------------------------------------------


def test_the_text_names_place_tier_command_reason_and_what_is_hit() -> None:
    write("ops/deploy.sh", "set -e", GET, f"  {SYSTEM}", WRONG, UNKNOWN, APPLY)
    write("second.sh", DELETE)
    said = kai("check", "--file", "ops/deploy.sh", "second.sh")
    assert said.out == (
        "ops/deploy.sh:3:3: forbidden: kubectl -n kube-system delete pod x\n"
        "    ops/deploy.sh:3:11: nothing is deleted in kube-system: the cluster runs on it [K450]\n"
        "    hits the pod x in kube-system\n"
        "ops/deploy.sh:4:1: read: kubectl get pods -o yamll\n"
        "    ops/deploy.sh:4:21: error: kubectl has no output 'yamll' here; did you mean yaml?"
        " [K230] (better: yaml)\n"
        "ops/deploy.sh:5:1: not analysed: kubectl $VERB pods\n"
        "    $VERB may be any command\n"
        "ops/deploy.sh:6:1: write: kubectl apply -f web.yaml\n"
        "    creates or changes objects [K401]\n"
        "    the file's content is not read here [K415]\n"
        "    hits whatever the files hold in default\n"
        "\n"
        "second.sh:1:1: destructive: kubectl delete pod x -n web\n"
        "    deletes objects [K402]\n"
        "    hits the pod x in web\n"
    )
    assert said.err == (
        "kai: 2 files, 6 commands: 2 read, 1 write, 1 destructive, 1 forbidden, 1 not analysed;"
        " 1 with an error\n"
    )


def test_reading_commands_are_told_only_when_asked_for() -> None:
    script = write("a.sh", GET, GET)
    assert kai("check", "--file", script).out == ""
    assert kai("check", "--all", "--file", script).out.count(f"read: {GET}\n") == 2
    assert kai("check", "--fail-on=read", "--file", script).out.count(f"read: {GET}\n") == 2
    assert kai("check", GET) == (0, f"read: {GET}\n", "")


def test_a_command_over_several_lines_is_shown_as_one_and_a_long_one_is_cut() -> None:
    patch = '\'{"spec": {"replicas": 2, "x": "' + "y" * 500 + "\"}}'"
    write("a.sh", "kubectl patch deploy web \\", f"  -p {patch}")
    head = kai("check", "--file", "a.sh").out.splitlines()[0]
    assert head.startswith("a.sh:1:1: ")
    assert 'kubectl patch deploy web -p \'{"spec": {"replicas": 2' in head
    assert head.endswith("yyy ...")
    assert len(head) < 200


def test_the_tier_is_coloured_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert kai("check", DELETE, terminal=True).out.startswith("\x1b[31mdestructive\x1b[0m: ")
    assert "\x1b" not in kai("check", DELETE).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in kai("check", DELETE, terminal=True).out


@pytest.mark.parametrize("form", ["text", "github"])
def test_nothing_in_a_script_can_forge_a_line_of_the_report(form: str) -> None:
    name = write("a\n::error::b.sh", "kubectl delete pod 'x\n::error::y\x1b[2J' -n web")
    said = kai("check", f"--format={form}", "--file", name)
    assert "\x1b" not in said.out
    assert "\n::error::" not in "\n" + said.out
    assert "\n::error::" not in "\n" + said.err


# --- protected contexts --------------------------------------------------------------------------


def test_a_write_in_a_protected_context_is_destructive(isolated_home: Path) -> None:
    path = isolated_home / ".config" / "kai" / "config.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("safety:\n  protected_contexts: ['prod*']\n")
    path.chmod(0o600)
    assert kai("check", APPLY).status == 0
    said = kai("check", "--context=prod-eu", APPLY)
    assert said.status == 1
    assert "protected context" in said.out


def test_flags_are_those_of_the_kubectl_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kai("check", "kubectl version --short").status == 1
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text('#!/bin/sh\necho \'{"clientVersion": {"gitVersion": "v1.27.3"}}\'\n')
    kubectl.chmod(0o700)
    monkeypatch.setenv("PATH", str(kubectl.parent))
    assert kai("check", "kubectl version --short").status == 0


# --- a batch -------------------------------------------------------------------------------------


def rows(said: Said) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.out.splitlines()]


def batch(*lines: str, argv: tuple[str, ...] = ()) -> Said:
    return kai("check", *argv, "--batch", "-", stdin="\n".join(lines))


def row(command: Any, id_: Any) -> str:
    return json.dumps({"id": id_, "command": command})


def test_a_batch_answers_every_row_in_order() -> None:
    said = batch(row(GET, 1), "", row(DELETE, "two"), row(SYSTEM, [3]))
    answers = rows(said)
    assert [answer["id"] for answer in answers] == [1, "two", [3]]
    assert [answer["tier"] for answer in answers] == ["read", "destructive", "forbidden"]
    assert [finding["code"] for finding in answers[1]["findings"]] == ["K402"]
    assert set(answers[0]) == {"id", "tier", "findings", "reasons", "radius"}
    assert said.status == 1


@pytest.mark.parametrize(
    ("bad", "id_", "says"),
    [
        ("kubectl get pods", None, "line 2 is not JSON"),
        ('"kubectl get pods"', None, "line 2 is not a JSON object"),
        ("[" * 100_000, None, "line 2 is not JSON"),
        ('{"id": 2}', 2, 'line 2 has no text as its "command"'),
        ('{"id": 2, "command": 3}', 2, 'line 2 has no text as its "command"'),
        ('{"command": null}', None, 'line 2 has no text as its "command"'),
    ],
)
def test_a_bad_row_has_an_answer_of_its_own_and_the_others_are_answered(
    bad: str, id_: int | None, says: str
) -> None:
    said = batch(row(DELETE, 1), bad, row(GET, 3))
    first, second, third = rows(said)
    assert (first["tier"], third["tier"]) == ("destructive", "read")
    assert says in second["error"]
    assert second.get("id") == id_
    assert "tier" not in second
    assert said.status == 2
    assert "1 row could not be read" in said.err


def test_a_row_that_is_no_text_and_a_byte_order_mark_stop_nothing() -> None:
    data = b"\xef\xbb\xbf" + row(GET, 1).encode() + b"\r\n\xff\xfe\n" + row(GET, 3).encode()
    Path("rows.jsonl").write_bytes(data)
    first, second, third = rows(kai("check", "--batch", "rows.jsonl"))
    assert (first["tier"], third["tier"]) == ("read", "read")
    assert second["error"] == "line 2 is not UTF-8: byte 1"


@pytest.mark.parametrize("text", ["", " ", "kubectl get pods\nkubectl delete pod x", "ls", "é\x00"])
def test_a_command_that_cannot_be_read_is_forbidden_not_an_error_of_the_row(text: str) -> None:
    said = batch(row(text, 1))
    assert rows(said)[0]["tier"] == "forbidden"
    assert said.status == 1


def test_the_tier_that_fails_counts_for_a_batch_too() -> None:
    assert batch(row(APPLY, 1)).status == 0
    assert batch(row(APPLY, 1), argv=("--fail-on=write",)).status == 1
    assert batch(row(WRONG, 1)).status == 1
    assert batch().status == 0


# --- JSON ----------------------------------------------------------------------------------------


def test_json_gives_offsets_of_the_command_and_places_of_the_file() -> None:
    write("a.sh", GET, f"é; {WRONG}")
    first, second = rows(kai("check", "--json", "--file", "a.sh"))
    assert (first["tier"], first["line"], first["column"]) == ("read", 1, 1)
    assert (second["line"], second["column"]) == (2, 4)
    (finding,) = second["findings"]
    assert second["command"][finding["start"] : finding["end"]] == "yamll"
    assert finding["replacement"] == "yaml"


def test_json_says_why_a_command_is_not_analysed() -> None:
    (answer,) = rows(kai("check", "--json", "--file", write("a.sh", UNKNOWN)))
    assert (answer["tier"], answer["why"]) == (None, "$VERB may be any command")


def test_what_a_finding_says_is_not_said_again_as_the_reason() -> None:
    script = write("a.sh", "kubectl get pods --frob")
    for form in ("text", "github", "sarif"):
        said = kai("check", f"--format={form}", "--file", script)
        assert said.out.count("has no flag --frob") == 1
        assert said.status == 1
    assert "a.sh:1:1: not analysed: " in kai("check", "--file", script).out


# --- GitHub --------------------------------------------------------------------------------------


def test_an_annotation_has_columns_only_within_one_line() -> None:
    write("a.sh", DELETE, "kubectl delete pod x \\", "  -n web")
    one, two = kai("check", "--format=github", "--file", "a.sh").out.splitlines()
    hits = "deletes objects (hits the pod x in web)"
    assert one == (
        "::warning file=a.sh,line=1,endLine=1,col=1,endColumn=28,"
        f"title=kai%3A destructive (K402)::{hits}"
    )
    assert two == f"::warning file=a.sh,line=2,endLine=3,title=kai%3A destructive (K402)::{hits}"


def test_an_annotation_escapes_what_the_runner_would_read() -> None:
    name = write("50%,a:b.sh", "kubectl get pods -o 'a%0Ab'")
    said = kai("check", "--format=github", "--file", name).out
    assert said.startswith("::error file=50%25%2Ca%3Ab.sh,line=1,")
    assert "a%250Ab" in said
    assert said.count("\n") == 1


def test_an_annotation_is_relative_to_the_checkout(workspace: Path) -> None:
    write("ops/a.sh", DELETE)
    said = kai("check", "--format=github", "--file", str(workspace / "ops" / "a.sh"))
    assert said.out.startswith("::warning file=ops/a.sh,")


def test_what_is_not_analysed_is_a_notice() -> None:
    said = kai("check", "--format=github", "--file", write("a.sh", UNKNOWN))
    assert said.out == (
        "::notice file=a.sh,line=1,endLine=1,col=1,endColumn=19,"
        "title=kai%3A not analysed::$VERB may be any command\n"
    )


# --- SARIF ---------------------------------------------------------------------------------------

VALID = fastjsonschema.compile(
    json.loads((CASES / "sarif/sarif-2.1.0.json").read_text(encoding="utf-8")), use_default=False
)


def sarif(*argv: str) -> Any:
    """The log, which the official schema holds for valid."""
    log = json.loads(kai("check", "--format=sarif", *argv).out)
    VALID(log)
    return log


@pytest.mark.parametrize("argv", [[GET], [DELETE], [WRONG], ["--file", "none.sh"], ["--file", "-"]])
def test_every_log_is_valid(argv: list[str]) -> None:
    assert sarif(*argv)["version"] == "2.1.0"


def test_the_schema_refuses_a_log_that_is_wrong() -> None:
    """Else the tests of validity would say nothing."""
    log = sarif(DELETE)
    log["runs"][0]["results"][0]["level"] = "bad"
    with pytest.raises(fastjsonschema.JsonSchemaException):
        VALID(log)


def test_every_line_of_the_corpus_gives_a_valid_log() -> None:
    corpus = [
        json.loads(line)["command"]
        for path in sorted((CASES / "safety").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and "command" in json.loads(line)
    ]
    names = [write(f"{number}.sh", command) for number, command in enumerate(corpus)]
    (run,) = sarif("--all", "--file", *names)["runs"]
    assert len(run["results"]) > len(corpus) / 2
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(ids[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    prints = [result["partialFingerprints"]["kaiCommand/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)


def test_a_result_names_its_region_its_rule_and_its_repair() -> None:
    write("a b/ö#1.sh", GET, WRONG)
    (run,) = sarif("--file", "a b/ö#1.sh")["runs"]
    (result,) = run["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "a%20b/%C3%B6%231.sh", "uriBaseId": "%SRCROOT%"}
    assert physical["region"] == {"startLine": 2, "startColumn": 21, "endLine": 2, "endColumn": 26}
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": "yaml"}
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["id"] == "K230"
    assert rule["shortDescription"]["text"] == rules.load()["K230"].meaning
    assert run["columnKind"] == "unicodeCodePoints"


def test_an_absolute_path_below_the_checkout_becomes_relative(
    workspace: Path, tmp_path: Path
) -> None:
    write("ops/a.sh", DELETE)
    outside = write(str(tmp_path / "outside.sh"), DELETE)
    (run,) = sarif("--file", str(workspace / "ops/a.sh"), outside)["runs"]
    places = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in run["results"]
    ]
    assert places == ["ops/a.sh", (tmp_path / "outside.sh").as_uri()]


def test_a_fingerprint_stays_when_lines_come_above_it() -> None:
    def prints() -> list[str]:
        (run,) = sarif("--file", "a.sh")["runs"]
        return [result["partialFingerprints"]["kaiCommand/v1"] for result in run["results"]]

    write("a.sh", DELETE, DELETE)
    before = prints()
    write("a.sh", "# a comment", "", DELETE, GET, f"  {DELETE}")
    assert prints() == before
    assert len(set(before)) == 2


def test_what_is_not_analysed_is_a_notification() -> None:
    (run,) = sarif("--file", write("a.sh", UNKNOWN))["runs"]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert (note["level"], run["results"]) == ("note", [])
    assert note["message"]["text"] == "not analysed: $VERB may be any command"
    assert run["invocations"][0]["executionSuccessful"] is True


# --- what goes wrong on the way ------------------------------------------------------------------


class Interrupted(io.StringIO):
    """Ctrl-C while standard input is read."""

    def read(self, size: int | None = -1, /) -> str:
        raise KeyboardInterrupt


@pytest.mark.parametrize("argv", [["--batch", "-"], ["--file", "-"]])
def test_ctrl_c_ends_with_130(argv: list[str]) -> None:
    out = io.StringIO()
    assert main(["check", *argv], stdin=Interrupted(), stdout=out, stderr=io.StringIO()) == 130
    assert out.getvalue() == ""


def broken() -> Examiner:
    """One whose checks fail: it stands for any bug in any of them."""

    def check(pipeline: Pipeline, spec: Spec, catalogue: Catalogue) -> tuple[Finding, ...]:
        raise LookupError(pipeline.text)

    return Examiner(load(), builtin(), check)


def test_a_fault_in_one_file_is_said_and_the_others_are_checked() -> None:
    streams = Streams(io.StringIO(), io.StringIO(), io.StringIO())
    first, second = checked((write("a.sh", GET), write("b.sh", "ls")), broken(), streams)
    assert first.problem.startswith(
        "a.sh could not be checked: this is a fault in kai: LookupError"
    )
    assert (second.problem, second.examined) == ("", ())


def test_a_fault_in_one_row_is_its_answer_and_makes_the_status_2() -> None:
    answer = answered(row(GET, 1).encode(), "line 7", broken(), Wanted())
    assert answer["id"] == 1
    assert answer["error"].startswith("line 7 could not be checked: this is a fault in kai")
    assert "status" not in answer


HOSTILE = [
    "(" * 10_000,
    "$(" * 5_000 + GET,
    "if true; then " * 2_000 + GET,
    "kubectl " * 20_000,
    "kubectl get pods | " * 2_000 + "cat",
    GET + " '" + "x\n" * 20_000,
    "kubectl get pods <<E\n" * 2_000,
    "kubectl get pods -o \u202e\ud7ff\U0001f600 \x0b\x0c\x1b[2J",
    "$@$*${!x}`kubectl`" * 2_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("form", ["text", "sarif"])
def test_a_hostile_script_is_read_without_a_fault(text: str, form: str) -> None:
    Path("a.sh").write_text(text, encoding="utf-8")
    said = kai("check", f"--format={form}", "--file", "a.sh")
    assert said.status in (0, 1)
    assert "fault" not in said.err
