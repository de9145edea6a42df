"""Surroundings: what stands around a request is told as a request needs it."""

from __future__ import annotations

import pytest

from kai.model import Surroundings
from kai_lsp.regions import Document, surroundings

MARK = "# ai: here"


def around(text: str, path: str, mark: str = MARK) -> Surroundings:
    document = Document(text, "", path)
    return surroundings(document, text.index(mark))


# ---------------------------------------------------------------------- the object of a manifest
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    name: not-this
  name: web
  namespace: shop  # the shop
spec:
  template:
    metadata:
      name: inner
    spec: {}
"""


@pytest.mark.parametrize("line", range(len(DEPLOYMENT.splitlines()) + 1))
def test_this_object_is_the_one_around_the_request_wherever_in_it(line: int) -> None:
    lines = DEPLOYMENT.splitlines()
    text = "\n".join((*lines[:line], MARK, *lines[line:]))
    found = around(text, "x.yaml")
    assert (found.kind, found.name, found.namespace) == ("Deployment", "web", "shop")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "kind: A\nmetadata: {}\n---\n# ai: here\nkind: B\nmetadata:\n  name: b\n",
            ("B", "b", None),
        ),
        ("kind: A\nmetadata:\n  name: a\n# ai: here\n---\nkind: B\n", ("A", "a", None)),
        ("# ai: here\n---\nkind: B\nmetadata:\n  name: b\n", ("B", "b", None)),
        ("---\n# ai: here\nkind: B\n", ("B", None, None)),
        ("kind: A\n---\nkind: B\n---\nkind: C\n# ai: here\n", ("C", None, None)),
        (
            "kind: List\nitems:\n- kind: A\n  metadata:\n    name: a\n- kind: B\n  metadata:\n"
            "    # ai: here\n    name: b\n",
            ("B", "b", None),
        ),
        (
            "items:\n  - apiVersion: v1\n    kind: A\n    metadata:\n      name: a\n      # ai: here\n"
            "  - apiVersion: v1\n    kind: B\n",
            ("A", "a", None),
        ),
        (
            "kind: A\nmetadata:\n  name: {{ .Values.x }}\n  namespace: 'y'\n# ai: here\n",
            ("A", None, "y"),
        ),
        ('"kind": A\n# ai: here\n', (None, None, None)),
        ("a: b\n# ai: here\n", (None, None, None)),
        ("# ai: here", (None, None, None)),
        ("kind: A\r\nmetadata:\r\n  name: a\r\n# ai: here\r\n", ("A", "a", None)),
    ],
)
def test_the_object_is_told_by_kind_name_and_namespace(
    text: str, expected: tuple[str | None, ...]
) -> None:
    found = around(text, "x.yaml")
    assert (found.kind, found.name, found.namespace) == expected


def test_a_request_in_a_script_of_a_manifest_is_about_the_object_too() -> None:
    text = (
        DEPLOYMENT
        + "data:\n  command: [sh, -c, x]\n  run.sh: |\n    #!/bin/sh\n    A=b\n    # ai: here\n"
    )
    found = around(text, "x.yaml")
    assert (found.kind, found.name, found.variables) == ("Deployment", "web", {"A": "b"})


# ---------------------------------------------------------------------- variables
@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("NS=prod\nexport APP='web'\n# ai: here\nLATER=x\n", "x.sh", {"NS": "prod", "APP": "web"}),
        ("NS=a\nNS=b\n# ai: here\n", "x.sh", {"NS": "b"}),
        ('local -r X=1; readonly Y="2"\n# ai: here\n', "x.sh", {"X": "1", "Y": "2"}),
        ("for ns in a b; do\n  # ai: here\ndone\n", "x.sh", {"ns": "a b"}),
        ("P=$(kubectl get pods)\n# ai: here\n", "x.sh", {"P": "$(kubectl get pods)"}),
        ("x --namespace=a\nA==b\n# ai: here\n", "x.sh", {"A": "=b"}),
        ("NS ?= a\nK := kubectl\nup:\n\t# ai: here\n", "Makefile", {"NS": "a", "K": "kubectl"}),
        (
            "ARG V=1\nENV NS=a X=b\nRUN a && \\\n  # ai: here\n  b\n",
            "Dockerfile",
            {"V": "1", "NS": "a", "X": "b"},
        ),
        ("ns := 'a'\nup:\n  # ai: here\n", "justfile", {"ns": "a"}),
        (
            "env:\n  A: x\n  NS: top\njobs:\n  a:\n    env:\n      NS: job\n    steps:\n      - env:\n          B: 'y'\n"
            "        run: |\n          C=z\n          # ai: here\n      - env:\n          D: other\n"
            "        run: x\n  b:\n    env:\n      E: other\n",
            ".github/workflows/x.yml",
            {"A": "x", "NS": "job", "B": "y", "C": "z"},
        ),
        (
            "variables:\n  NS: a\nx:\n  variables: {B: c}\n  script:\n    - X=1\n    # ai: here\n    - Y=2\n",
            ".gitlab-ci.yml",
            {"NS": "a", "X": "1"},
        ),
        ("```sh\nNS=a\n# ai: here\n```\n", "x.md", {"NS": "a"}),
    ],
)
def test_variables_are_those_set_before_the_request(
    text: str, path: str, expected: dict[str, str]
) -> None:
    assert dict(around(text, path).variables) == expected


def test_a_variable_with_a_very_long_value_is_not_told() -> None:
    assert around(f"A={'x' * 5000}\nB=c\n# ai: here\n", "x.sh").variables == {"B": "c"}


# ---------------------------------------------------------------------- namespace, neighbours
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("kubectl config set-context --current --namespace=web", "web"),
        ("kubectl config set-context --current --namespace 'web'", "web"),
        ('kubectl config set-context x --namespace="$NS"', "$NS"),
        ("kubens web", "web"),
        ("kubectl get pods --namespace=web", None),
        ("echo kubens", None),
    ],
)
def test_the_namespace_is_the_one_that_the_script_made_the_current_one(
    line: str, expected: str | None
) -> None:
    assert around(f"{line}\n# ai: here\n", "x.sh").namespace == expected


def test_neighbours_are_the_nearest_commands_in_their_order() -> None:
    lines = [f"kubectl get pods -n {name}" for name in "abcde"]
    text = "\n".join((*lines[:4], "echo x", MARK, lines[4], "kubectl get ns", "kubectl get svc"))
    found = around(text, "x.sh").neighbours
    assert found == (*lines[1:4], lines[4], "kubectl get ns")


def test_neighbours_over_several_lines_are_on_one() -> None:
    text = "kubectl get pods \\\n  -n web\n# ai: here\n# kubectl get ns\n"
    assert around(text, "x.sh").neighbours == ("kubectl get pods -n web",)


def test_neighbours_of_a_step_are_those_of_the_steps_before() -> None:
    text = "steps:\n  - run: kubectl get pods\n  - run: |\n      # ai: here\n      kubectl get ns\n"
    assert around(text, ".github/workflows/x.yml").neighbours == (
        "kubectl get pods",
        "kubectl get ns",
    )


def test_what_is_selected_is_handed_on() -> None:
    assert surroundings(Document("a", "", "x.sh"), 0, "a").selection == "a"
