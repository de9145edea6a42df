"""The grammar of answers: well formed, bounded, and every sentence a command that exists."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from bench._gbnf import (
    Choice,
    Matcher,
    Node,
    Repeat,
    Sequence,
    derive,
    left_recursive,
    parse,
    undefined,
    unused,
)
from kai.kubectl.invocation import parse as read
from kai.kubectl.resources import Catalogue, Resource, builtin
from kai.kubectl.spec import load, versions
from kai.kubectl.words import MAX_LENGTH
from kai.llm.extract import extract
from kai.llm.grammar import MOST_KINDS, gbnf, kind_words
from kai.llm.grammar_request import LOOKS, plausible
from kai.model import Level, Names
from kai.validators import check

INVENTED = re.compile(r"K1(?:[0-1]\d|2[03]|[34]\d)|K20[123]")
"""Findings that a line cannot be read, or has a command, flag or kind that does not exist. What a
filter's own little program says (K122) is free text."""


def rules(**about: Any) -> dict[str, Node]:
    return parse(gbnf(load(), builtin(), **about))


def sentences(count: int, seed: int, **about: Any) -> Iterator[str]:
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    made = rules(**about)
    for _ in range(count):
        yield derive(made, chance)


def invented(line: str, version: str | None = None) -> list[str]:
    spec = load(version)
    found = check(read(line, spec), spec, builtin())
    return [f"{item.code} {item.message}" for item in found if INVENTED.match(item.code)]


# --- the grammar itself ---------------------------------------------------------------------------

NAMES = Names("prod", 0.0, namespaces=("web", "kube-system"))


@pytest.mark.parametrize(
    "about",
    [
        {},
        {"prefill": "kubectl "},
        {"request": "list pods"},
        {"request": "delete the pod web-1 and restart web"},
        {"request": "\u00fcber \" \\ ' ]", "names": NAMES},
    ],
)
def test_a_grammar_is_whole_and_a_parser_can_go_from_left_to_right(about: dict[str, Any]) -> None:
    made = rules(**about)
    assert undefined(made) == set()
    assert unused(made) == set()
    assert left_recursive(made) == set()


@pytest.mark.parametrize("version", versions())
def test_every_version_of_kubectl_has_its_grammar(version: str) -> None:
    made = parse(gbnf(load(version), builtin()))
    assert undefined(made) | unused(made) | left_recursive(made) == set()
    chance = random.Random(7)  # noqa: S311
    for _ in range(100):
        for line in derive(made, chance).split("\n"):
            if line != "NONE" and len(line) <= MAX_LENGTH:
                assert invented(line, version) == [], line


def test_a_grammar_stays_small() -> None:
    text = gbnf(load(), builtin())
    assert len(text) < 80_000
    assert text.count("\n") < 900
    assert len(gbnf(load(), builtin(), request="list pods")) < len(text) * 0.6


def test_many_custom_resources_do_not_make_it_large() -> None:
    more = [
        Resource(f"wibbles{n}", f"wibble{n}", (), f"Wibble{n}", f"g{n}.example.com", *_PLAIN)
        for n in range(2000)
    ]
    catalogue = Catalogue((*builtin().all, *more))
    assert len(kind_words(catalogue)) == MOST_KINDS
    assert "wibbles0" in kind_words(catalogue)
    assert "pods" in kind_words(catalogue)


_PLAIN = ("v1", ("v1",), True, frozenset(("get",)))


def test_a_catalogue_without_kinds_still_gives_a_grammar() -> None:
    made = parse(gbnf(load(), Catalogue(())))
    assert undefined(made) == set()


# --- its sentences --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_no_sentence_has_a_command_a_flag_or_a_kind_that_does_not_exist(seed: int) -> None:
    """2,400 answers in all, most of several lines."""
    lines = 0
    for answer in sentences(600, seed):
        for line in answer.split("\n"):
            if line != "NONE" and len(line) <= MAX_LENGTH:
                lines += 1
                assert invented(line) == [], line
    assert lines > 600


@pytest.mark.parametrize("about", [{}, {"request": "list pods in prod"}])
def test_a_sentence_is_nearly_always_one_that_kai_finds_no_error_in(about: dict[str, Any]) -> None:
    """At most 1 of 100 has an error, of 2,000: what is left are flags that exclude each other."""
    spec = load()
    wrong: list[tuple[str, str]] = []
    for answer in sentences(2000, 23, **about):
        for line in answer.split("\n"):
            if line != "NONE" and len(line) <= MAX_LENGTH:
                found = check(line, spec, builtin())
                wrong.extend((item.message, line) for item in found if item.level == Level.ERROR)
    assert len(wrong) <= 20, wrong[:5]


def test_a_sentence_comes_to_an_end() -> None:
    """Nothing is repeated without a bound, so that noise ends before the server's limit does."""

    def bounded(node: Node) -> bool:
        if isinstance(node, Repeat):
            return node.high <= 80 and bounded(node.part)
        return all(map(bounded, node.parts)) if isinstance(node, Sequence | Choice) else True

    assert [name for name, node in rules().items() if not bounded(node)] == []


def test_what_a_sentence_says_is_what_is_taken_from_it() -> None:
    """With the beginning that the grammar leaves out, and without a comment or a sentence in it."""
    for answer in sentences(300, 11, prefill="kubectl "):
        found = extract(answer, prefill="kubectl ")
        if answer == "NONE":
            assert found.none
            continue
        lines = f"kubectl {answer}".split("\n")
        if len(lines) == 1:
            assert found.commands == tuple(lines)


SENTENCES = [
    "NONE",
    "kubectl get pods",
    "kubectl get pods,svc -A -o wide",
    "kubectl get po -n web -l 'app in (a,b)' --sort-by=.metadata.name",
    "kubectl -n web get deployments.apps",
    "kubectl get pods -o jsonpath='{.items[*].metadata.name}'",
    "kubectl get pods '--output=jsonpath={.items[*].spec}' | sort | uniq -c | head -n 3",
    "kubectl get pods -o custom-columns=NAME:.metadata.name,IP:.status.podIP",
    "kubectl logs web-0 -c app --previous --tail=200 --since=1h",
    "kubectl logs deploy/web -f | grep -i error",
    "kubectl exec -it web-0 -n web -- sh -c 'ls /tmp'",
    "kubectl delete pod web-0 --grace-period=0 --force",
    "kubectl rollout restart deployment/web",
    "kubectl set image deployment/web app=nginx:1.27",
    "kubectl scale deploy web --replicas=3",
    "kubectl label pods web-0 a=b c-",
    "kubectl taint nodes n1 key=value:NoSchedule-",
    "kubectl create role r --verb=get,list --resource=pods,pods/log",
    "kubectl create secret generic s --from-literal=a=b",
    'kubectl patch deploy web --type=merge \'--patch={"spec":{"replicas":1}}\'',
    "kubectl port-forward svc/web 8080:80",
    "kubectl auth can-i create deployments --as=dev -n web",
    "kubectl explain pods.spec.containers",
    "kubectl drain n1 --ignore-daemonsets\nkubectl uncordon n1",
    "kubectl get pods -o name | xargs kubectl delete",
    "kubectl delete pods -l app=web --force -n shop",
    "kubectl delete -f a.yaml -n shop",
    "kubectl -n shop delete pods --all",
    "kubectl taint nodes -l pool=gpu gpu:NoSchedule-",
    "kubectl label nodes --all disk=ssd --overwrite",
    "kubectl set env deploy/web --list",
    "kubectl set env deploy/web LOG_LEVEL=debug",
    "kubectl autoscale deploy web --min=2 --max=10 --cpu-percent=80",
    "kubectl expose deploy web --port=80 --target-port=8080 --type=NodePort",
    "kubectl create cronjob c --image=busybox '--schedule=*/5 * * * *' -- date",
    "kubectl run -it --rm tmp --image=busybox --restart=Never -- sh",
    "kubectl debug -it web-0 --image=busybox --target=web",
    "kubectl cp shop/web-0:/tmp/a ./a",
    "kubectl wait --for=condition=Ready pod -l app=web --timeout=60s",
    "kubectl apply --server-side --force-conflicts -f a.yaml",
    "kubectl get pods -A --field-selector=status.phase!=Running",
    "kubectl get nodes --no-headers | awk '{print $1}' | xargs kubectl describe node",
    "kubectl create deploy web --image=nginx --dry-run=client -o yaml | kubectl apply -f -",
]
NO_SENTENCES = [
    "",
    "get pods",
    "kubectl",
    "kubectl list pods",
    "kubectl get podz",
    "kubectl get pods --regretted",
    "kubectl get pods -Z",
    "kubectl get pods; rm -rf x",
    "kubectl get pods > out",
    "kubectl get pods $HOME",
    "kubectl get pods `id`",
    "kubectl get pods | sh",
    "kubectl get pods --kubeconfig=x",
    "kubectl get pods --server=x",
    "kubectl get pods --token=x",
    "kubectl get pods --as=x",
    "kubectl get pods -o yml",
    "kubectl get pods --all-namespaces=maybe",
    "kubectl scale deploy web --replicas=many",
    "kubectl run web --image=x --restart=Sometimes",
    "kubectl get pods # all",
    "kubectl get pods \u2014all",
    'kubectl get pods -l "a=b"',
    "sudo kubectl get pods",
    "kubectl rollout reboot deploy/web",
    "kubectl get",
    "kubectl get -n web",
    "kubectl delete pods",
    "kubectl delete pod web-0 -l app=web",
    "kubectl get pod web-0 -A",
    "kubectl taint key=value:NoSchedule",
    "kubectl taint nodes n1",
    "kubectl taint pods web-0 a=b:NoSchedule",
    "kubectl top node a b",
    "kubectl create namespace",
    "kubectl create deployment web",
    "kubectl create role r --verb=get",
    "kubectl autoscale deploy web",
    "kubectl autoscale deploy web --min=1",
    "kubectl scale deploy web",
    "kubectl scale svc web --replicas=1",
    "kubectl set image deploy web",
    "kubectl label pod web-0",
    "kubectl patch deploy web",
    "kubectl patch deploy web -p '{\"a\":1'",
    "kubectl patch deploy web --type=json -p '{\"a\":1}'",
    "kubectl apply",
    "kubectl exec web-0",
    "kubectl logs",
    "kubectl wait pod web-0",
    "kubectl run -t web --image=nginx",
    "kubectl cp a b",
    "kubectl rollout restart pod/web-0",
    "kubectl get pods -o jsonpath='{.items'",
    "kubectl get pods -l 'app in (a'",
    "kubectl get po " + "a" * 64,
    "kubectl get po a b c d e",
    "kubectl delete pod x --dry-run client\n\n",
    "NONE of these",
    "kubectl get pods\nthat is all",
    "\n".join(["kubectl get pods"] * 6),
]


@pytest.fixture(scope="module")
def whole() -> Matcher:
    return Matcher(rules())


@pytest.mark.parametrize("text", SENTENCES)
def test_what_operators_write_is_in_it(whole: Matcher, text: str) -> None:
    assert whole.accepts(text)


@pytest.mark.parametrize("text", NO_SENTENCES)
def test_what_kubectl_or_kai_would_refuse_is_not_in_it(whole: Matcher, text: str) -> None:
    assert not whole.accepts(text)


def test_what_stands_before_the_answer_is_no_part_of_it() -> None:
    after = Matcher(rules(prefill="kubectl "))
    assert after.accepts("get pods")
    assert after.accepts("get pods\nkubectl get svc")
    assert after.accepts("NONE")
    assert not after.accepts("kubectl get pods")


def test_a_namespace_is_one_that_exists_or_was_named() -> None:
    held = Matcher(rules(names=NAMES, request="pods in shop, please"))
    assert held.accepts("kubectl get pods -n web")
    assert held.accepts("kubectl get pods --namespace=shop")
    assert not held.accepts("kubectl get pods -n nowhere")
    unsure = Names("prod", 0.0, namespaces=("web",), partial=("namespaces",))
    assert Matcher(rules(names=unsure)).accepts("kubectl get pods -n nowhere")


# --- what a request rules out ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        "list pods in prod",
        "which pods are crashing",
        "Show me what runs on node-3",
        "please tell me who may read secrets",
        "how many restarts has web-0",
        "is anything running in the shop",
    ],
)
def test_a_question_cannot_be_answered_by_a_change(request_: str) -> None:
    assert plausible(request_) == LOOKS
    held = Matcher(rules(request=request_, prefill="kubectl "))
    for line in ("get pods", "logs web", "rollout status deploy/web", "config view", "NONE"):
        assert held.accepts(line), line
    for line in (
        *("delete pod web-1", "scale deploy web --replicas=0", "drain n1", "apply -f a.yaml"),
        *("rollout restart deploy/web", "config use-context prod", "create ns a"),
        "get pods -o name | xargs kubectl delete",
    ):
        assert not held.accepts(line), line


@pytest.mark.parametrize(
    "text",
    [
        "",
        "node-3, out of the way",
        "\u00e4",
        "delete the pod web-1",
        "show the pods and restart those of web",
        "can you bounce web",
        "get rid of the old jobs",
        "what is web; scale it to 3",
        "list the env of web",
    ],
)
def test_what_is_no_plain_question_may_mean_any_command(text: str) -> None:
    assert plausible(text) is None
