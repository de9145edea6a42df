"""Every failure a person can meet: its exit status, its one line, and nothing on standard output
that could be taken for a command."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from errno import EBADF, ENOSPC
from pathlib import Path
from typing import NamedTuple

import pytest

from kai_shell.cli import main
from tests.run_kai import kai

PODS = "kubectl get pods --namespace=kube-system\n"


class Failure(NamedTuple):
    """`prepare` gets the home and may change it; `says` stands in what is said."""

    name: str
    argv: list[str]
    status: int
    says: str
    out: str = ""
    stdin: str = ""
    prepare: Callable[[Path], object] = lambda home: None


def config_file(text: str) -> Callable[[Path], object]:
    def write(home: Path) -> None:
        path = home / ".config" / "kai" / "config.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        path.chmod(0o600)

    return write


def kubeconfig(content: bytes) -> Callable[[Path], object]:
    def write(home: Path) -> None:
        path = home / ".kube" / "config"
        path.parent.mkdir()
        path.write_bytes(content)
        path.chmod(0o600)

    return write


def no_cache_folder(home: Path) -> None:
    """A file where the folder should be: no right, not even root's, makes that writable."""
    (home / ".cache").mkdir()
    (home / ".cache" / "kai").write_text("")


WORDS = ["pods in kube-system"]
FAILURES = [
    Failure("no words", [], 2, "say what you want"),
    Failure("an empty request", [""], 2, "say what you want"),
    Failure("blanks alone", [" \t\n "], 2, "say what you want"),
    Failure("no words behind --", ["--"], 2, "say what you want"),
    Failure("an empty standard input", ["-"], 2, "no request on standard input"),
    Failure("blanks on standard input", ["-"], 2, "no request on standard input", stdin=" \n"),
    Failure("3,000 characters", ["x" * 3000], 3, "too long; at most 2000 characters"),
    Failure("3,000 words", ["pods " * 3000], 3, "too long"),
    Failure("100,000 characters on standard input", ["-"], 3, "too long", stdin="x" * 100_000),
    Failure("control characters", ["flurb \x1b[2J\x07\x00 glorp\r\nkai: ok"], 3, "; "),
    Failure("text that turns around", ["flurb \u202e glorp \u2028 x"], 3, "; "),
    Failure("no text", [b"nodes \xff".decode("utf-8", "surrogateescape")], 2, "not valid text"),
    Failure("an unknown option", ["--jsn", "nodes"], 2, "did you mean --json?"),
    Failure("an option without its value", ["-n"], 2, "-n needs a value"),
    Failure("a source that is none", ["--source", "oracle", "nodes"], 2, "any, builtin, model"),
    Failure("no model", ["--source=model", "nodes"], 3, "kai config set llm.enabled true"),
    Failure("a batch file that is not there", ["--batch", "/no/file"], 2, "/no/file cannot be"),
    Failure("a batch file that is a folder", ["--batch", "/"], 2, "/ cannot be read"),
    Failure("a batch and words", ["--batch", "-", "nodes"], 2, "leave the words out"),
    Failure("a bad config key", WORDS, 2, "cache.ttl", prepare=config_file("cache:\n  tll: 1h\n")),
    Failure("a bad value", WORDS, 2, "cache.ttl", prepare=config_file("cache:\n  ttl: soon\n")),
    Failure("no YAML", WORDS, 2, "config.yaml", prepare=config_file("cache: [\n")),
    Failure("a key to set", ["config", "set", "cache.tll", "1h"], 2, "did you mean cache.ttl?"),
    Failure("a key to get", ["config", "get", "cash.ttl"], 2, "did you mean cache.ttl?"),
    Failure("a context that is not there", ["--context=prud", "nodes"], 1, "known contexts: prod",
            prepare=kubeconfig(b'{"contexts": [{"name": "prod", "context": {}}]}')),
    # What is broken, and no reason to give no answer:
    Failure("no cache folder", WORDS, 0, "cache", PODS, prepare=no_cache_folder),
    Failure("a kubeconfig that is no YAML", WORDS, 0, "not a valid kubeconfig (line 2", PODS,
            prepare=kubeconfig(b"a: [\n")),
    Failure("a kubeconfig that is no text", WORDS, 0, "not UTF-8", PODS,
            prepare=kubeconfig(b"\xff\x00")),
    Failure("a kubeconfig that is a folder", WORDS, 0, "not a regular file", PODS,
            prepare=lambda home: (home / ".kube" / "config").mkdir(parents=True)),
    Failure("a current context that is not there", WORDS, 0, "kubectl config use-context", PODS,
            prepare=kubeconfig(b"current-context: dev\n")),
]  # fmt: skip


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
def test_a_failure_has_its_status_and_one_line_that_says_what_to_do(
    failure: Failure, isolated_home: Path
) -> None:
    failure.prepare(isolated_home)
    said = kai(*failure.argv, stdin=failure.stdin)
    assert (said.status, said.out) == (failure.status, failure.out), said.err
    assert failure.says in said.err
    assert said.err.startswith("kai: ")
    assert said.err.endswith("\n")
    assert said.err.count("\n") == 1, "one line"
    assert all(char.isprintable() for char in said.err[:-1])
    assert len(said.err) < 400


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
def test_who_reads_json_gets_the_same_status_and_an_object_where_there_is_an_outcome(
    failure: Failure, isolated_home: Path
) -> None:
    failure.prepare(isolated_home)
    said = kai("--json", *failure.argv, stdin=failure.stdin)
    batch_or_command = failure.argv[:1] in (["config"], ["--batch"])
    assert said.status == failure.status
    if said.status in (0, 3) and not batch_or_command:
        answer = json.loads(said.out)
        assert (answer["command"] is not None) == (said.status == 0)
    else:
        assert said.out == ""


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (b"{", "line 2 is not JSON"),
        (b"\xff", "line 2: byte 0 is not UTF-8"),
        (b"[1]", "line 2 is not a JSON object"),
        (b'{"id": 7}', 'line 2 has no "request"'),
        (b'{"request": 7}', "line 2: request must be text"),
        (b'{"request": "nodes", "namespace": ["a"]}', "line 2: namespace must be text"),
        (b"[" * 100_000, "line 2 is not JSON"),
        (b'{"request": ""}', "empty"),
        (json.dumps({"request": "x" * 3000}).encode(), "too long"),
    ],
)
def test_a_row_that_cannot_be_used_is_answered_in_its_place(
    row: bytes, says: str, tmp_path: Path
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b'{"request": "nodes"}\n' + row + b'\n{"request": "nodes"}\n')
    said = kai("--batch", str(file), "--source=builtin")
    before, answer, after = map(json.loads, said.out.splitlines())
    assert (said.status, said.err) == (0, "")
    assert before["command"] == after["command"] == "kubectl get nodes"
    assert answer["command"] is None
    assert says in answer["reason"]


def test_what_is_wrong_with_the_kubeconfig_is_said_once_in_a_batch(isolated_home: Path) -> None:
    kubeconfig(b"a: [\n")(isolated_home)
    rows = '{"request": "nodes"}\n{"request": "nodes", "namespace": "web"}\n'
    said = kai("--batch", "-", stdin=rows)
    assert (said.status, said.out.count("\n"), said.err.count("\n")) == (0, 2, 1)


def test_no_kubeconfig_is_no_reason_for_a_remark(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("", os.devnull, "/no/such/file", "/no/such/file:/no/other"):
        monkeypatch.setenv("KUBECONFIG", value)
        assert kai(*WORDS) == (0, PODS, "")


class Closed(io.StringIO):
    """A standard output that cannot be written to, as by `1</dev/null`."""

    def write(self, text: str, /) -> int:
        raise OSError(EBADF, "Bad file descriptor")


class Full(io.StringIO):
    """A disk that is full."""

    def write(self, text: str, /) -> int:
        raise OSError(ENOSPC, "No space left on device")


@pytest.mark.parametrize("argv", [WORDS, ["--json", *WORDS], ["config", "show"], ["doctor"]])
@pytest.mark.parametrize("stdout", [Closed, Full])
def test_an_answer_that_cannot_be_written_is_a_failure_in_one_line(
    argv: list[str], stdout: type[io.StringIO]
) -> None:
    err = io.StringIO()
    assert main(argv, stdin=io.StringIO(), stdout=stdout(), stderr=err) == 1
    assert err.getvalue().startswith("kai: the answer cannot be written: ")
    assert err.getvalue().count("\n") == 1
