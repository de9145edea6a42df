"""The parts of an engine by themselves: each from the settings, each built when it is first needed.

Nothing starts a process but `learn_version`, and the look-up of a flag that no table has.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kai.engine import Judge, Live
from kai.model import Checked, Context, Finding, Names, Risk, Surroundings

if TYPE_CHECKING:
    from kai.cache import SqliteCache
    from kai.cluster.kubeconfig import KubeConfig
    from kai.cluster.names import NameStore
    from kai.config import Loaded
    from kai.examine import Examiner
    from kai.journal import Journal
    from kai.kubectl.invocation import Pipeline
    from kai.kubectl.learnt import AskFlag
    from kai.kubectl.process import Kubectl
    from kai.kubectl.resources import Catalogue
    from kai.kubectl.spec import FlagSpec, Spec
    from kai.nlu import Reading
    from kai.safety import Limits
    from kai.safety.policy import Policies


def build_cache(loaded: Loaded) -> SqliteCache:
    """The kept answers; the file is opened by the first look-up."""
    from kai.cache import SqliteCache

    settings = loaded.settings.cache
    return SqliteCache(
        loaded.paths.cache / "answers.sqlite", ttl=settings.ttl, max_entries=settings.max_entries
    )


def build_journal(loaded: Loaded) -> Journal:
    """The record of what was asked; the file is opened by the first record."""
    from kai.journal import Journal

    return Journal(loaded.paths.state / "journal.sqlite", enabled=loaded.settings.journal.enabled)


def build_kubectl(
    loaded: Loaded, env: Mapping[str, str] | None = None, *, version_seconds: float | None = None
) -> Kubectl:
    """The kubectl of this machine; `version_seconds` is the deadline of asking for its version.

    Raises `KubectlMissing` where there is none.
    """
    from kai.kubectl.process import VERSION_SECONDS, RealKubectl, find_kubectl

    env = os.environ if env is None else env
    return RealKubectl(
        find_kubectl(loaded.settings.kubectl.path, env),
        env=env,
        version_file=loaded.paths.cache / "kubectl.json",
        version_seconds=VERSION_SECONDS if version_seconds is None else version_seconds,
    )


def build_judge(
    loaded: Loaded,
    env: Mapping[str, str] | None = None,
    *,
    drafted: bool = True,
    policies: Policies | None = None,
) -> Judge:
    """The judge with the user's own limits, read once. `drafted=False`: for text that a person
    wrote."""
    known: dict[str | None, Limits] = {}

    def judged(pipeline: Pipeline, context: Context) -> Risk:
        from kai.safety import judge

        version = context.kubectl_version
        if version not in known:
            known[version] = build_limits(loaded, env, version=version, policies=policies)
        kinds = catalogue(context, env)
        return judge(pipeline, context, kinds, limits=known[version], drafted=drafted)

    return judged


def build_examiner(
    loaded: Loaded,
    context: Context,
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Examiner:
    """Reads commands that somebody wrote in `folder` (None: the current one), with the table of the
    user's kubectl."""
    from kai.examine import Examiner
    from kai.kubectl.spec import load

    version = context.kubectl_version
    policies = build_policies(loaded, env, folder)
    limits = build_limits(loaded, env, version=version, policies=policies)
    return Examiner(load(version), catalogue(context, env), check, context, limits)


def build_policies(
    loaded: Loaded, env: Mapping[str, str] | None = None, folder: Path | None = None
) -> Policies:
    """The policies that the settings name, and those of the workspace around `folder` (None: the
    current folder). What is wrong with their files stands in `faults`."""
    from kai.safety import policy

    home = _home(os.environ if env is None else env)
    if folder is None:
        try:
            folder = Path.cwd()
        except OSError:  # the folder is gone
            folder = home
    files = loaded.settings.safety.policies
    return policy.load(files, home=home, folder=folder, cache=loaded.paths.cache)


def build_limits(
    loaded: Loaded,
    env: Mapping[str, str] | None = None,
    *,
    version: str | None = None,
    policies: Policies | None = None,
) -> Limits:
    """What the judge takes from the settings, the policies, and the preferences that the user's
    kubectl, of this `version`, reads."""
    from kai.safety import Limits, kuberc

    safety = loaded.settings.safety
    env = os.environ if env is None else env
    return Limits(
        protected_contexts=safety.protected_contexts,
        max_replicas=safety.max_replicas,
        max_objects=safety.max_objects,
        policies=build_policies(loaded, env) if policies is None else policies,
        kuberc=kuberc.load(env, _home(env), version, loaded.paths.cache),
    )


def build_flag_lookup(loaded: Loaded, env: Mapping[str, str] | None = None) -> AskFlag:
    """Asks the installed kubectl about a flag that no table has; what it says is kept on disk.

    The kubectl is looked for when the first flag is asked for. Without a running event loop a loop
    of its own is run, so that who steps the engine by hand need not know.
    """

    async def ask(path: tuple[str, ...], name: str) -> FlagSpec | None:
        import asyncio

        from kai.kubectl.help_lookup import lookup_unknown_flag

        kubectl = build_kubectl(loaded, env)
        answer = lookup_unknown_flag(kubectl, path, name, loaded.paths.cache / "flags")
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(answer)
        return await answer

    return ask


def build_live(
    loaded: Loaded, env: Mapping[str, str] | None = None, folder: Path | None = None
) -> Live:
    """Asks the cluster that the user is on about a command; `folder` as for `build_engine`.

    The kubeconfig is read anew for each command: contexts are switched.
    """

    def checks(
        pipeline: Pipeline, risk: Risk | None, context: Context, catalogue: Catalogue, /
    ) -> AsyncGenerator[Checked]:
        from kai.safety import judge
        from kai.validators.live import LiveChecks
        from kai.validators.live_case import Here

        facts = build_kubeconfig(loaded, env)
        entry = facts.contexts.get(facts.current_context or "")
        here = Here(facts.context(), entry.user if entry else "", str(folder or ""))

        def names(name: str) -> Names | None:
            return build_names(loaded).get(facts.context(name)) if name in facts.contexts else None

        checks = LiveChecks(here, names, lambda: build_kubectl(loaded, env), judge)
        return checks(pipeline, risk, context, catalogue)

    return checks


def build_kubeconfig(loaded: Loaded, env: Mapping[str, str] | None = None) -> KubeConfig:
    """The facts of the kubeconfig files; what is broken becomes a warning in them."""
    from kai.cluster.kubeconfig import load

    env = os.environ if env is None else env
    return load(env, _home(env), cache_file=loaded.paths.cache / "kubeconfig.json")


def build_context(
    loaded: Loaded,
    env: Mapping[str, str] | None = None,
    *,
    context: str | None = None,
    namespace: str | None = None,
    strict: bool = True,
    warn: Callable[[str], None] = lambda text: None,
) -> Context:
    """Where the user is, as far as that is known without starting a process.

    `context` and `namespace` stand in for the current ones; `warn` is told what is wrong with the
    kubeconfig. Raises `KubeconfigError` for a context
    that the kubeconfig has not, unless there is no kubeconfig at all or not `strict`.
    """
    facts = build_kubeconfig(loaded, env)
    for warning in facts.warnings:
        warn(warning)
    if context and context not in facts.contexts and (not strict or not facts.files):
        where = Context(context=context)
    else:
        where = facts.context(context)
    version = _kubectl_version(loaded, env)
    return replace(where, namespace=namespace or where.namespace, kubectl_version=version)


async def learn_version(loaded: Loaded, env: Mapping[str, str] | None = None) -> str | None:
    """Ask the user's kubectl for its version, so that later answers are checked with its table.

    This starts a process where the version is not known yet: not for the way of a single request.
    """
    from kai.errors import KubectlError

    try:
        return await build_kubectl(loaded, env).version()
    except KubectlError:
        return None


def _kubectl_version(loaded: Loaded, env: Mapping[str, str] | None) -> str | None:
    """The user's kubectl, if its version was asked before (`kai doctor` does)."""
    from kai.errors import KubectlError

    try:
        return build_kubectl(loaded, env).cached_version()
    except KubectlError:
        return None


def build_names(loaded: Loaded) -> NameStore:
    """The snapshots of the names that exist in each cluster."""
    from kai.cluster.names import NameStore

    return NameStore(loaded.paths.cache / "names")


def names_since(loaded: Loaded, context: Context) -> float:
    """Since when (Unix time) the snapshot of a context is the same; 0: there is none."""
    return build_names(loaded).written_at(context) if context.context else 0.0


def _names(loaded: Loaded, facts: KubeConfig, context: Context) -> Names | None:
    """The snapshot on disk, as it is, and the names of the kubeconfig's contexts."""
    contexts = tuple(facts.contexts)
    kept = build_names(loaded).get(context)
    if kept is not None:
        return replace(kept, contexts=contexts)
    return Names(context.context or "", 0.0, contexts=contexts) if contexts else None


def names_of(loaded: Loaded, env: Mapping[str, str]) -> Callable[[Context], Names | None]:
    """Gives the names that are known of a context; the kubeconfig is read by the first call."""
    kubeconfig: list[KubeConfig] = []

    def names(context: Context) -> Names | None:
        if not kubeconfig:
            kubeconfig.append(build_kubeconfig(loaded, env))
        return _names(loaded, kubeconfig[0], context)

    return names


def understand(
    request: str,
    *,
    context: Context,
    surroundings: Surroundings,
    names: Names | None,
    spec: Spec,
) -> Reading:
    """`kai.nlu.understand`, loaded when it is called."""
    from kai.nlu import understand

    return understand(request, context=context, surroundings=surroundings, names=names, spec=spec)


def check(pipeline: Pipeline, spec: Spec, catalogue: Catalogue, /) -> tuple[Finding, ...]:
    """`kai.validators.check`, loaded when it is called."""
    from kai.validators import check

    return check(pipeline, spec, catalogue)


def explain(pipeline: Pipeline, catalogue: Catalogue) -> str:
    """`kai.explain.explain`, loaded when it is called."""
    from kai.explain import explain

    return explain(pipeline, catalogue)


def catalogue(context: Context, env: Mapping[str, str] | None) -> Catalogue:
    """The built-in kinds, and what kubectl itself has found on this server before."""
    from kai.kubectl.resources import builtin, kubectl_cache, with_discovery

    if context.server is None:
        return builtin()
    env = os.environ if env is None else env
    return with_discovery(kubectl_cache(env, _home(env)), context.server)


def _home(env: Mapping[str, str]) -> Path:
    return Path(env.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111 - reads passwd
