"""`kai doctor`: what is installed, what works, what to do."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import click

from kai import __version__, config, wiring
from kai.errors import KaiError
from kai.model import Names
from kai_shell.drive import stepped
from kai_shell.lines import hung
from kai_shell.streams import FAILURE, Streams, one_line

_SAMPLE = "pods in kube-system"
_SECONDS = 2.0
"""Deadline of each question to the cluster: a person waits for the report."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report: `warn` is something to know, `fail` something to repair."""

    name: str
    state: Literal["ok", "warn", "fail"]
    detail: str


@click.command()
@click.option("--model", "measure", is_flag=True, help="Ask the model, and say how fast it is.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def command(streams: Streams, measure: bool, as_json: bool) -> int:
    """What is installed, what works, what to do. Status 1 where something has to be repaired."""
    failed = False
    for check in _checks(measure=measure):
        failed = failed or check.state == "fail"
        if as_json:
            streams.stdout.write(json.dumps(asdict(check)) + "\n")
        else:
            head = f"{check.state:4}  {check.name:10}  "
            streams.stdout.write(hung(head, one_line(check.detail), streams.stdout, len(head)))
        streams.stdout.flush()
    return FAILURE if failed else 0


def _checks(*, measure: bool = False) -> Iterator[Check]:
    python = f"Python {platform.python_version()} at {sys.executable}"
    yield Check("kai", "ok", f"{__version__}, {python}")
    try:
        loaded = config.load()
    except KaiError as error:
        yield Check("config", "fail", str(error))
        return
    yield from _config(loaded)
    for name, look in (
        ("kubectl", _kubectl),
        ("kubeconfig", _kubeconfig),
        ("cluster", _cluster),
        ("answers", _answers),
        ("cache", _cache),
        ("journal", _journal),
    ):
        yield from _guarded(name, look, loaded)
    yield from _guarded("model", lambda loaded: _model(loaded, measure=measure), loaded)


def _guarded(
    name: str, look: Callable[[config.Loaded], Iterator[Check]], loaded: config.Loaded
) -> Iterator[Check]:
    """One part that is broken must not hide the others."""
    try:
        yield from look(loaded)
    except KaiError as error:
        yield Check(name, "warn", str(error))
    except Exception as error:  # noqa: BLE001 - a report about faults goes on after one
        yield Check(name, "fail", f"{type(error).__name__}: {error}")


def _config(loaded: config.Loaded) -> Iterator[Check]:
    exists = loaded.paths.file.exists()
    yield Check("config", "ok", f"{loaded.paths.file}{'' if exists else ' (none: defaults)'}")
    for warning in loaded.warnings:
        yield Check("config", "warn", warning)


def _kubectl(loaded: config.Loaded) -> Iterator[Check]:
    from kai.errors import KubectlError, KubectlMissing, KubectlTooOld
    from kai.kubectl.process import require_supported
    from kai.kubectl.spec import load

    try:
        kubectl = wiring.build_kubectl(loaded)
        version = asyncio.run(kubectl.version())
        require_supported(version)
    except KubectlTooOld as error:
        yield Check("kubectl", "warn", f"{error} ({kubectl.path})")
        return
    except KubectlMissing as error:
        # Answers need none; but one that the settings name has to be there.
        named = bool(loaded.settings.kubectl.path)
        yield Check("kubectl", "fail" if named else "warn", str(error))
        return
    except KubectlError as error:
        yield Check("kubectl", "fail", str(error))
        return
    table = load(version).version
    yield Check("kubectl", "ok", f"{version} at {kubectl.path}, checked with the table of {table}")


def _kubeconfig(loaded: config.Loaded) -> Iterator[Check]:
    facts = wiring.build_kubeconfig(loaded)
    if not facts.files:
        yield Check("kubeconfig", "warn", "none found; answers need none, kubectl does")
        return
    where = facts.context()
    files = ", ".join(str(path) for path in facts.files)
    yield Check(
        "kubeconfig",
        "ok" if where.server else "warn",
        f"context {where.context or 'none'}, namespace {where.namespace or 'none'} ({files})",
    )
    for warning in facts.warnings:
        yield Check("kubeconfig", "warn", warning)


def _cluster(loaded: config.Loaded) -> Iterator[Check]:
    """Whether the current context's server answers; the names it tells are kept for answers."""
    from kai.cluster.names import NAMESPACED, age, refresh
    from kai.errors import KubectlMissing

    facts = wiring.build_kubeconfig(loaded)
    where = facts.context()
    if where.context is None or where.server is None:
        return
    store = wiring.build_names(loaded)
    before = store.get(where)
    try:
        kubectl = wiring.build_kubectl(loaded)
    except KubectlMissing:
        yield Check("cluster", "warn", "not asked: there is no kubectl to ask with")
        return
    brought = asyncio.run(
        refresh(kubectl, where, contexts=tuple(facts.contexts), previous=before, seconds=_SECONDS)
    )
    if len(brought.missing) > len(NAMESPACED):  # those, namespaces and nodes: nothing was told
        use = "answers do without its names"
        if before is not None:
            use = f"answers use the {_count(before)} names of {_long(age(before))} ago"
        why = brought.missing[0][1]
        try_ = f"try: kubectl get namespaces --context={where.context}"
        yield Check("cluster", "warn", f"{where.server} tells no names ({why}); {use}; {try_}")
        return
    if not store.put(where, brought.names):
        yield Check("cluster", "warn", f"names cannot be kept below {loaded.paths.cache}")
        return
    yield Check("cluster", "ok", f"{where.server} answers; {_count(brought.names)} names, 0 s old")
    for resource, why in brought.missing:
        yield Check("cluster", "warn", f"no names of {resource}: {why}")


def _count(names: Names) -> int:
    return len(names.objects) + len(names.namespaces) + len(names.nodes)


def _long(seconds: float) -> str:
    """A length of time in its largest unit that gives a whole number."""
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _answers(loaded: config.Loaded) -> Iterator[Check]:
    from kai.model import Answered, Ask, SourceFilter

    engine = wiring.build_engine(loaded, journal=False)
    began = time.perf_counter()
    *_, last = stepped(engine.suggest(Ask(_SAMPLE, source=SourceFilter.BUILTIN)))
    took = (time.perf_counter() - began) * 1000
    right = isinstance(last, Answered)
    said = last.suggestion.command if isinstance(last, Answered) else "no answer"
    yield Check("answers", "ok" if right else "fail", f'"{_SAMPLE}" in {took:.0f} ms: {said}')


def _cache(loaded: config.Loaded) -> Iterator[Check]:
    if not loaded.settings.cache.enabled:
        yield Check("cache", "ok", "switched off")
        return
    cache = wiring.build_cache(loaded)
    figures = cache.stats()
    yield Check("cache", "ok", f"{figures.entries} answers in {cache.path}")
    for warning in cache.warnings:
        yield Check("cache", "warn", warning)


def _journal(loaded: config.Loaded) -> Iterator[Check]:
    if not loaded.settings.journal.enabled:
        yield Check("journal", "ok", "switched off")
        return
    journal = wiring.build_journal(loaded)
    journal.recent(1)
    yield Check("journal", "ok", f"{journal.path}{'' if journal.path.exists() else ' (empty)'}")
    for warning in journal.warnings:
        yield Check("journal", "warn", warning)


def _model(loaded: config.Loaded, *, measure: bool) -> Iterator[Check]:
    """Whether the model's server answers; with `measure` how fast the model is."""
    from kai.llm.doctor import look

    for seen in asyncio.run(look(loaded, os.environ, measure=measure)):
        yield Check("model", seen.state, seen.detail)
