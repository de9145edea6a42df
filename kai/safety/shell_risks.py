"""What only matters in a script: the environment of a call, shells it feeds, values nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from kai.kubectl.invocation import Filter, Invocation, Pipeline, read_call
from kai.kubectl.spec import Spec
from kai.kubectl.words import Word
from kai.model import Tier
from kai.safety import shell_programs as programs
from kai.safety.call import Ruling
from kai.safety.shell_calls import Stage
from kai.safety.shell_values import Values, tokens

_ENVIRONMENT = {
    "KUBECONFIG": ("K410", "talks to the cluster of another file"),
    "HOME": ("K410", "talks to the cluster of another home directory's file"),
    "KUBERNETES_MASTER": ("K410", "talks to another server"),
    "KUBERNETES_SERVICE_HOST": ("K410", "talks to another server"),
    "HTTPS_PROXY": ("K410", "talks to the cluster through a proxy"),
    "HTTP_PROXY": ("K410", "talks to the cluster through a proxy"),
    "ALL_PROXY": ("K410", "talks to the cluster through a proxy"),
    "KUBERC": ("K410", "takes its defaults from another file"),
    "KUBECTL_KUBERC": ("K410", "takes its defaults from kubectl's preferences"),
    "KUBECACHEDIR": ("K412", "writes files on this machine"),
    "PATH": ("K417", "decides which program kubectl is"),
    "LD_PRELOAD": ("K417", "runs code inside kubectl"),
    "LD_LIBRARY_PATH": ("K417", "runs code inside kubectl"),
    "KUBE_EDITOR": ("K417", "runs a program on this machine"),
}
_OFF = frozenset(("off", "false", "0", "f", "F", "False", "FALSE"))
_DIFFS = frozenset(("diff", "colordiff", "dyff", "delta", "icdiff", "difft", "gdiff"))
_WORST = {
    "selector": "!a",
    "profile": "sysadmin",
    "replicas": "0",
    "max": "0",
    "clusterrole": "cluster-admin",
    "role": "cluster-admin",
    "verb": "*",
    "resource": "*",
    "cascade": "orphan",
}
"""The worst value of a flag, where the judge would not see it in an unknown one."""

_PAIRS = frozenset((("label",), ("annotate",), ("set", "env")))
"""Commands that change nothing where no `key=value` is given."""


def surroundings(stages: Sequence[Stage], values: Values) -> Iterator[Ruling]:
    """Rulings about what stands around the calls of a pipeline."""
    seen = False
    for stage in stages:
        if isinstance(stage.call, Invocation):
            seen = True
            yield from _environment(stage)
            yield from _all_of_them(stage, values)
        elif seen and _is_shell(stage):
            message = "hands what it prints to a shell, which runs it"
            start, end = stage.fields[0].start, stage.fields[-1].end
            yield Ruling("K417", Tier.DESTRUCTIVE, message, start, end)


def _is_shell(stage: Stage) -> bool:
    fields = stage.fields
    at: int | None = 0
    while at is not None and at < len(fields):
        if programs.reads_code(fields, at):
            return programs.base(fields[at].text) != "ssh"
        if fields[at].text.endswith("xargs"):
            return False
        behind = programs.command_behind(fields, at)
        at = behind if behind is None or behind > at else None
    return False


def _environment(stage: Stage) -> Iterator[Ruling]:
    for name, value, item in stage.environment:
        if name == "KUBECTL_EXTERNAL_DIFF":
            if value.split(" ")[0] not in _DIFFS:
                message = "runs a program on this machine"
                yield Ruling("K417", Tier.DESTRUCTIVE, message, item.start, item.end)
            continue
        if name in ("KUBERC", "KUBECTL_KUBERC") and value in _OFF:
            continue
        known = _ENVIRONMENT.get(name.upper() if name.endswith("_proxy") else name)
        if known is not None:
            yield Ruling(known[0], Tier.WRITE, known[1], item.start, item.end)


def _all_of_them(stage: Stage, values: Values) -> Iterator[Ruling]:
    """A loop over all nodes or all namespaces reaches those that the cluster runs on."""
    call = stage.call
    if not isinstance(call, Invocation) or not call.path:
        return
    for item in stage.fields[1:]:
        for token in item.tokens:
            origin = values.unknown[token].origin if token in values.unknown else ""
            if origin == "nodes" and call.path[0] in ("cordon", "drain", "taint"):
                message = "every node in turn: nothing would be left to run on"
                yield Ruling("K437", Tier.DESTRUCTIVE, message, item.start, item.end)


# ---------------------------------------------------------------------- the worst value
def with_words(pipeline: Pipeline, change: Callable[[Word], Word], spec: Spec) -> Pipeline:
    """The pipeline with every word of its calls changed."""
    stages: list[Invocation | Filter] = []
    for call in pipeline.stages:
        if isinstance(call, Invocation):
            words = tuple(change(word) for word in call.words)
            xargs = tuple(change(word) for word in call.xargs)
            same = words == call.words and xargs == call.xargs
            stages.append(call if same else read_call(words, spec, xargs))
        else:
            words = tuple(change(word) for word in call.words)
            program = words[0].value if words else call.program
            stages.append(replace(call, program=program, words=words))
    findings = [item for call in stages if isinstance(call, Invocation) for item in call.findings]
    return Pipeline(pipeline.text, tuple(stages), tuple(findings))


def worst(pipeline: Pipeline, values: Values, spec: Spec) -> Pipeline | None:
    """The pipeline with the worst value in each unknown place; None: no place matters."""
    instead: dict[tuple[int, int], Word] = {}
    for call in pipeline.invocations:
        for word, text in _replacements(call, values):
            instead[word.start, word.end] = replace(word, value=text)
    if not instead:
        return None

    def change(word: Word) -> Word:
        new = instead.get((word.start, word.end))
        return new if new is not None and tokens(word.value) else word

    return with_words(pipeline, change, spec)


def _replacements(call: Invocation, values: Values) -> Iterator[tuple[Word, str]]:
    for flag in call.flags:
        if flag.value is None or not tokens(flag.value):
            continue
        new = _WORST.get(flag.name)
        if flag.name == "namespace" and _from_all(flag.value, values):
            new = "kube-system"
        if new is None:
            continue
        for word in call.words:
            if word.start <= flag.value_start < word.end or word.start == flag.value_start:
                yield word, word.value.replace(flag.value, new)
    yield from _arguments(call)
    yield from _programs(call)


def _from_all(value: str, values: Values) -> bool:
    return any(
        values.unknown[token].origin == "namespaces"
        for token in tokens(value)
        if token in values.unknown
    )


def _arguments(call: Invocation) -> Iterator[tuple[Word, str]]:
    """Kinds that may be secrets, taints that may evict, labels that may be set."""
    if call.path in _PAIRS and call.args:
        chosen = call.flag("selector") or call.flag("all")
        first = call.args[0].value
        for word in call.args[1 if chosen or "/" in first or tokens(first) else 2 :]:
            if tokens(word.value):
                yield word, "a=b"
    if call.path == ("get",) and call.args and not call.values("filename"):
        word = call.args[0]
        kind, slash, _ = word.value.partition("/")
        if tokens(kind):
            yield word, "secrets/x" if slash else "secrets"
    if call.path == ("taint",):
        for word in call.args[2:]:
            if tokens(word.value) and not word.value.endswith("-"):
                key, colon, effect = word.value.rpartition(":")
                if not colon or tokens(effect):
                    yield word, f"{key or 'a=b'}:NoExecute"


def _programs(call: Invocation) -> Iterator[tuple[Word, str]]:
    """A program in a container that nobody knows."""
    words = call.after_dash or ()
    if call.path != ("exec",) or not words:
        return
    if tokens(words[0].value) == [words[0].value]:
        yield words[0], "rm"
    elif programs.base(words[0].value) in programs.SHELLS:
        for word in words[1:]:
            if tokens(word.value) == [word.value]:
                yield word, "rm"
