"""Found text: every kubectl command of a script is found where it stands, and gets its tier."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter_bash
from tree_sitter import Language, Parser

from kai.examine import Examined, Examiner
from kai.kubectl import resources, spec
from kai.safety import Limits
from kai.validators import check

CASES = Path(__file__).parent / "cases" / "safety" / "scripts"
EXAMINER = Examiner(spec.load(), resources.builtin(), check)


def cases(name: str) -> Iterator[tuple[str, str, list[str]]]:
    """Title, script and tiers of each case of a file: `## title`, lines, `#= tier tier ...`."""
    for part in re.split(r"^## ", (CASES / name).read_text(encoding="utf-8"), flags=re.M)[1:]:
        title, _, rest = part.partition("\n")
        script, _, tiers = rest.rpartition("#=")
        yield title, script, tiers.split()


def tiers(script: str, aliases: dict[str, str] | None = None) -> list[str]:
    """The tier of each command found; "unclear" where it was not analysed."""
    return [item.tier or "unclear" for item in EXAMINER.script(script, aliases)]


def told(item: Examined) -> list[str]:
    """Every text about a command that a person may read."""
    texts = [finding.message for finding in item.findings]
    texts += [finding.replacement or "" for finding in item.findings]
    texts += [item.why, repr(item.pipeline), repr(item.risk)]
    return texts


EVERY = [case for path in sorted(CASES.glob("*.sh")) for case in cases(path.name)]


@pytest.mark.parametrize(
    ("script", "expected"), [case[1:] for case in EVERY], ids=[case[0] for case in EVERY]
)
def test_each_command_of_a_script_gets_its_tier(script: str, expected: list[str]) -> None:
    examined = EXAMINER.script(script)
    shown = [(item.tier or "unclear", item.command, item.why) for item in examined]
    assert [row[0] for row in shown] == expected, shown
    for item in examined:
        assert script[item.start : item.end] == item.command
        assert "kai-unknown" not in "".join(told(item))


@pytest.mark.parametrize("flags", ['"-""Z${X"', "-Z$X", '"-A$X"', "-nA$X", "$'-\\x6eprod'"])
def test_short_flags_whose_letters_come_from_the_shell_are_placed_in_the_word(flags: str) -> None:
    script = f"kubectl {flags} get pods"
    for item in EXAMINER.script(script):
        for finding in item.findings:
            assert 0 <= finding.start <= finding.end <= len(script)


def test_everyday_scripts_bring_no_findings_that_are_errors() -> None:
    for title, script, _ in cases("everyday.sh"):
        wrong = [
            finding
            for item in EXAMINER.script(script)
            for finding in item.findings
            if finding.level == "error"
        ]
        assert wrong == [], title


def test_there_are_enough_everyday_scripts() -> None:
    assert len(list(cases("everyday.sh"))) >= 60


@pytest.mark.parametrize(
    ("script", "commands"),
    [
        ("kubectl get pods\r\nkubectl top nodes\r\n", ["kubectl get pods", "kubectl top nodes"]),
        (
            "kubectl get pods \\\r\n  -n web\r\necho \U0001f600",
            ["kubectl get pods \\\r\n  -n web"],
        ),
        ("\tkubectl\tget\tpods\t# x", ["kubectl\tget\tpods"]),
        ("echo '\U0001f600é' && kubectl get pod é", ["kubectl get pod é"]),
        ("X=1 kubectl get pods >out -n web 2>&1", ["X=1 kubectl get pods >out -n web"]),
        (
            "x | kubectl get pods | grep a |\n  sort; y",
            ["x | kubectl get pods | grep a |\n  sort"],
        ),
        ("kubectl get ns | while read n; do kubectl top pod -n $n; done", None),
        ("ssh h 'sudo kubectl get pods'", ["sudo kubectl get pods"]),
        ("\ufeffkubectl get pods", []),
        ("kubectl get a\x0bb\x85c\u2028d e", ["kubectl get a\x0bb\x85c\u2028d e"]),
    ],
)
def test_places_are_code_points_of_the_text(script: str, commands: list[str] | None) -> None:
    wanted = commands or ["kubectl get ns", "kubectl top pod -n $n"]
    if commands == []:  # a byte order mark is a part of the first word
        wanted = []
    assert [script[item.start : item.end] for item in EXAMINER.script(script)] == wanted


def test_findings_stand_where_they_belong() -> None:
    script = "# é\r\nkubectl get pods -o wide \\\r\n --namspace web && kubectl gett pods\r\n"
    wrong = [finding for item in EXAMINER.script(script) for finding in item.findings]
    places = [(item.code, script[item.start : item.end]) for item in wrong if item.level == "error"]
    assert places == [("K141", "--namspace"), ("K130", "gett")]


def test_the_findings_of_what_is_not_analysed_are_told() -> None:
    (item,) = EXAMINER.script("kubectl get pods --namspace web")
    assert (item.tier, item.why) == (
        None,
        "kubectl get has no flag --namspace; did you mean --namespace?",
    )
    assert [(one.code, one.replacement) for one in item.findings] == [("K141", "--namespace")]


@pytest.mark.parametrize(("name", "levels"), [("frobnicate", ["warning"]), ("krew", [])])
def test_a_plugin_in_a_script_is_no_error(name: str, levels: list[str]) -> None:
    (item,) = EXAMINER.script(f"kubectl {name} install neat")
    assert (item.tier, [one.level for one in item.findings if one.code == "K130"]) == (
        "write",
        levels,
    )


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("ls | xargs kubectl apply -f", ("write", [])),
        ("ls | xargs -n1 kubectl delete -f", ("destructive", [])),
        ("ls | xargs kubectl get --namspace web -f", (None, ["K141"])),
        ("find . -exec kubectl apply -f {} \\;", ("write", [])),
        ("find . -exec kubectl delete -f '{}' ';' -print", ("destructive", [])),
        ("find . -exec kubectl delete pod {} +", ("destructive", [])),
        ("find . -exec kubectl get -f {} \\; -namspace", ("read", [])),
        ('kubectl --context "${CTX[$c]}" get pods', ("read", [])),
        ("kubectl get ${ARGS[0]} pods", (None, [])),
        ("kubectl delete pod ${PODS[1]}", ("destructive", [])),
        ("ls | xargs -I % sh -c 'kubectl get pods -n %'", ("read", [])),
    ],
)
def test_what_other_programs_put_in_is_not_missing(
    script: str, expected: tuple[str | None, list[str]]
) -> None:
    (item,) = EXAMINER.script(script)
    told = [one.code for one in item.findings if not one.code.startswith("K4")]
    assert (item.tier, told) == expected


@pytest.mark.parametrize(
    ("script", "commands"),
    [
        ("f() { kubectl get pods }\nkubectl get ns }", ["kubectl get pods", "kubectl get ns }"]),
        ("f() { g; kubectl get po $1 } && f", ["kubectl get po $1"]),
        ("{ kubectl get a } ; kubectl delete ns x", ["kubectl get a", "kubectl delete ns x"]),
        ("(kubectl get a } ; kubectl delete ns x)", ["kubectl get a }", "kubectl delete ns x"]),
        ("{ (kubectl get a }; kubectl delete ns x) }", ["kubectl get a }", "kubectl delete ns x"]),
        ("{ kubectl get a '}'; }", ["kubectl get a '}'"]),
    ],
)
def test_a_brace_behind_words_ends_a_block_as_in_zsh(script: str, commands: list[str]) -> None:
    assert [script[one.start : one.end] for one in EXAMINER.script(script)] == commands


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("kubectl get certificates", []),
        ("kubectl get gateway,httproutes -A", []),
        ("kubectl get virtualservices/web", []),
        ("kubectl get frobnicators", [("K202", "info")]),
        ("kubectl get applications.argoproj.io", []),
        ("kubectl get frobs.example.com", [("K203", "info")]),
        ("kubectl get podz", [("K201", "error")]),
        ("kubectl rollout status deploy/my-app", [("K302", "info")]),
        ("kubectl get pod POD_NAME", [("K301", "error")]),
    ],
)
def test_what_a_cluster_may_add_is_at_most_a_remark(
    script: str, told: list[tuple[str, str]]
) -> None:
    (item,) = EXAMINER.script(script)
    assert [(one.code, str(one.level)) for one in item.findings] == told


@pytest.mark.parametrize(
    ("script", "aliases", "expected"),
    [
        ("k delete pod x", {"k": "kubectl"}, ["destructive"]),
        ("k delete pod x", {"k": "kubectl -n kube-system"}, ["forbidden"]),
        ("kd pod x; kg", {"kd": "k delete", "k": "kubectl", "kg": "kubectl get pods"}, None),
        ("k get pods", {"k": "git"}, []),
        ("k get pods", {"k": "kubectl get | sort"}, []),
        ("k get pods", {"k": "k"}, []),
        ("kubectl get pods", {"kubectl": "kubectl --context dev"}, ["read"]),
        ("s delete ns x", {"s": "sudo -u x kubectl"}, ["destructive"]),
        ("c get pods", {"c": "KUBECONFIG=x kubectl"}, ["write"]),
    ],
)
def test_the_callers_aliases_count(
    script: str, aliases: dict[str, str], expected: list[str] | None
) -> None:
    assert tiers(script, aliases) == (["destructive", "read"] if expected is None else expected)


def test_an_unknown_context_may_be_a_protected_one() -> None:
    limits = Limits(protected_contexts=("prod-*",))
    careful = Examiner(spec.load(), resources.builtin(), check, limits=limits)
    script = 'kubectl label pod web a=b --context "$CTX"; kubectl get pods --context "$CTX"'
    assert [item.tier for item in careful.script(script)] == ["destructive", "read"]
    assert tiers(script) == ["write", "read"]


def test_people_read_what_was_written_and_never_a_token() -> None:
    (item,) = EXAMINER.script('kubectl delete pod "web-$ID" -n ${NS:-shop}')
    assert item.risk is not None
    assert item.risk.radius is not None
    assert item.risk.radius.text == "the pod web-$ID in ${NS:-shop}"
    assert item.pipeline.invocations[0].value("namespace") == "${NS:-shop}"


def test_the_worst_value_is_named_with_its_place() -> None:
    script = 'kubectl taint nodes "$NODE" "$TAINT"'
    (item,) = EXAMINER.script(script)
    (finding,) = [one for one in item.findings if one.code == "K408"]
    assert script[finding.start : finding.end] == '"$TAINT"'
    assert finding.message == (
        'only the running shell knows what "$TAINT" is: at worst it is destructive'
    )


@pytest.mark.parametrize(
    "part",
    [
        *("(", "{ ", "$(", "${a:-", '"$(', "`", "'", '"', "<(", "$((", "[[ ", "<<A ", "\\\n", ">"),
        *("a|", "a&&", "f(){ ", "case x in ", "if x; then ", "cat <<A\n", "sh -c '", "eval "),
        *("$FLAGS ", "kubectl get )) a\n", "alias a=b\n", "sudo ", "kubectl ", "${a[", "x=$x$x;"),
        *("\x00", "\ud800", "\r", "#", "=", "for x in "),
    ],
)
def test_text_of_any_depth_is_read(part: str) -> None:
    for text in (part * 3000, "kubectl get pods\n" + part * 3000, f"kubectl get {part * 300}"):
        assert all(text[item.start : item.end] == item.command for item in EXAMINER.script(text))


def test_long_nests_are_closed() -> None:
    inner = "kubectl delete pod x"
    script = "$(a; " * 15 + inner + ")" * 15
    assert tiers(script) == ["destructive"]
    assert tiers("$(a; " * 5000 + inner + ")" * 5000 + "\nkubectl get pods") == ["read"]


def other_reader(text: str) -> Iterator[int]:
    """Where tree-sitter's grammar of bash sees a command whose first word is kubectl."""
    parser = Parser(Language(tree_sitter_bash.language()))
    todo = [parser.parse(text.encode()).root_node]
    while todo:
        node = todo.pop()
        todo.extend(node.children)
        name = node.child_by_field_name("name") if node.type == "command" else None
        if name is not None and name.text == b"kubectl":
            yield len(text.encode()[: name.start_byte].decode())


def test_another_reader_of_bash_sees_no_command_that_is_not_found() -> None:
    seen = 0
    for title, script, _ in EVERY:
        if "never" in title or "error" in title:  # what the other reader does not get over
            continue
        spans = [(item.start, item.end) for item in EXAMINER.script(script)]
        for place in other_reader(script):
            seen += 1
            assert any(start <= place < end for start, end in spans), (title, script[place:][:60])
    assert seen >= 150


def test_random_text_never_raises() -> None:
    parts = [
        "kubectl ",
        "get ",
        "delete ",
        "pods ",
        "-n ",
        "$NS ",
        '"',
        "'",
        "`",
        "$(",
        ")",
        "(",
        "{",
    ]
    parts += [
        "}",
        "${",
        "\\",
        "\n",
        "\r\n",
        ";",
        "|",
        "&&",
        "<<EOF",
        "EOF\n",
        "sh -c ",
        "eval ",
        "é",
    ]
    parts += [
        '"$@"',
        "${a[@]}",
        "for x in ",
        "; do ",
        "done ",
        "case ",
        " in ",
        "#",
        "<",
        ">",
        "a=b ",
    ]
    parts += [
        "xargs ",
        "sudo ",
        "--",
        "*",
        "$((",
        "\x00",
        "k() ",
        "alias k=kubectl\n",
        "-I{} ",
        "{} ",
    ]
    chance = random.Random(4)  # noqa: S311 - texts to read, no secrets
    for _ in range(1500):
        text = "".join(chance.choice(parts) for _ in range(chance.randint(1, 60)))
        for item in EXAMINER.script(text):
            assert text[item.start : item.end] == item.command
            assert "kai-unknown" not in repr(item), text
