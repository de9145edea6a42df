"""Running kubectl: found once, without a shell, under our own deadline, in a built environment.

kubectl's `--request-timeout` counts per request and it tries again: a silent server holds
`get pods --request-timeout=2s` for 10 s (measured with 1.32.5). So every call has a deadline of
ours, after which the process group is killed.

Nothing heavy is imported here: asyncio and the child's machinery come with the first `run`.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kai.errors import KubectlError, KubectlMissing, KubectlTimeout, KubectlTooOld
from kai.kubectl.private_file import read_json, write_json

OLDEST = (1, 27)
"""The oldest minor version that kai has a table for."""

OUTPUT_LIMIT = 8 * 1024 * 1024
"""Bytes of output of one call that are kept; a call that says more is ended."""

VERSION_SECONDS = 10.0
"""Deadline of `kubectl version --client`, which takes 35 ms on a quiet machine."""

_KEPT = ("HOME", "KUBECONFIG", "USER", "LOGNAME", "TMPDIR", "KUBECACHEDIR")
_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+.][\w.+-]*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Completed:
    """How one call of kubectl ended.

    `code` is the exit status, negative for a signal. `timed_out`: the deadline came first;
    `truncated`: it said more than `OUTPUT_LIMIT` and was ended.
    """

    code: int
    stdout: bytes = b""
    stderr: bytes = b""
    timed_out: bool = False
    truncated: bool = False

    @property
    def ok(self) -> bool:
        """It ended by itself, with status 0."""
        return self.code == 0 and not self.timed_out and not self.truncated


class Kubectl(Protocol):
    """The seam between kai and a kubectl that can be run."""

    @property
    def path(self) -> str:
        """The absolute path of the program."""
        ...

    async def run(
        self,
        args: Sequence[str],
        *,
        timeout: float,  # noqa: ASYNC109 - a deadline of ours that kills the process group
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        """Run `kubectl ARGS` for at most `timeout` seconds; `env` is added to its environment.

        Raises `KubectlMissing` where the program is gone or cannot be started.
        """
        ...

    async def version(self) -> str:
        """The client's version as "1.32.4"; starts a process where it is not known yet."""
        ...

    def cached_version(self) -> str | None:
        """The version if it is known without starting a process."""
        ...


def find_kubectl(path: str = "", env: Mapping[str, str] | None = None) -> str:
    """The absolute path of the kubectl to run: `path` where the settings name one, else from PATH.

    Folders of PATH that are relative, the current folder, inside `node_modules` or writable by
    everybody are passed over: a file put there must not run as kubectl. Raises `KubectlMissing`.
    """
    env = os.environ if env is None else env
    if path:
        named = Path(path).expanduser()
        if not named.is_absolute():
            raise KubectlMissing(f"kubectl.path must be an absolute path, not {path!r}")
        if not _runnable(named):
            raise KubectlMissing(
                f"kubectl.path names {named}, which is not a program that can be run; correct it "
                "with: kai config set kubectl.path PATH"
            )
        return str(named)
    passed_over = []
    for folder in env.get("PATH", os.defpath).split(os.pathsep):
        # No Path: the daemon looks here on the way of every key.
        program = f"{folder}/kubectl"
        if not folder or not _runnable(program):
            continue
        if _trusted(Path(folder)):
            return str(Path(program))
        passed_over.append(folder)
    why = f" (passed over as not safe: {', '.join(passed_over)})" if passed_over else ""
    raise KubectlMissing(
        f"no kubectl was found on PATH{why}; install it (https://kubernetes.io/docs/tasks/tools/) "
        "or name it with: kai config set kubectl.path PATH"
    )


def _runnable(path: str | Path) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode) and os.access(path, os.X_OK)  # noqa: PTH116
    except (OSError, ValueError):
        return False


def _trusted(folder: Path) -> bool:
    if not folder.is_absolute() or "node_modules" in folder.parts:
        return False
    try:
        return not folder.samefile(Path.cwd()) and not folder.stat().st_mode & stat.S_IWOTH
    except OSError:
        return False


def environment(env: Mapping[str, str], keep: Sequence[str] = ()) -> dict[str, str]:
    """The environment in which kai runs kubectl, built from the user's `env`.

    It holds where the user and the kubeconfig are, the absolute folders of PATH (credential
    plugins are looked up there) and a fixed locale; kuberc is off, since an alias there can turn a
    reading word into a deletion. Everything else is left out (KUBECTL_*, KUBE_EDITOR, LD_*,
    *_PROXY, cloud credentials) but for the names in `keep`.
    """
    built = {name: env[name] for name in (*_KEPT, *keep) if name in env}
    folders = [f for f in env.get("PATH", "").split(os.pathsep) if f.startswith("/")]
    built["PATH"] = os.pathsep.join(folders) or os.defpath
    built |= {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    return built | {"KUBECTL_KUBERC": "false", "KUBERC": "off"}


def version_of(text: str) -> str:
    """ "v1.32.4-dispatcher" → "1.32.4". Raises `KubectlError` where it is no version."""
    match = _VERSION.fullmatch(text.strip())
    if match is None:
        raise KubectlError(f"kubectl gave a version that is none: {text[:40]!r}")
    return ".".join(part for part in match.groups() if part)


def require_supported(version: str) -> None:
    """Raise `KubectlTooOld` for a kubectl older than 1.27.

    An old kubectl stops nothing by itself: suggestions go on from the oldest table, with a
    warning. Who needs more than that (`kai doctor`, `kai run`) calls this.
    """
    numbers = tuple(int(part) for part in version_of(version).split(".")[:2])
    if numbers < OLDEST:
        raise KubectlTooOld(
            f"kubectl {version} is older than {OLDEST[0]}.{OLDEST[1]}, the oldest kai knows; "
            "answers follow the table of that version; update kubectl"
        )


class RealKubectl:
    """A kubectl of this machine.

    `path` is absolute (`find_kubectl`), `env` the user's environment from which the child's is
    built, `version_file` where versions are kept between runs (None: not kept).
    """

    def __init__(
        self,
        path: str,
        *,
        env: Mapping[str, str] | None = None,
        keep: Sequence[str] = (),
        version_file: Path | None = None,
        output_limit: int = OUTPUT_LIMIT,
        version_seconds: float = VERSION_SECONDS,
    ) -> None:
        if not Path(path).is_absolute():
            raise KubectlMissing(f"kubectl must be named by an absolute path, not {path!r}")
        self._path = path
        self._env = environment(os.environ if env is None else env, keep)
        self._version_file = version_file
        self._output_limit = output_limit
        self._version_seconds = version_seconds
        self._version: str | None = None

    @property
    def path(self) -> str:
        """See `Kubectl`."""
        return self._path

    async def run(
        self,
        args: Sequence[str],
        *,
        timeout: float,  # noqa: ASYNC109 - see the protocol
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        """See `Kubectl`."""
        from kai.kubectl import child  # it brings asyncio and subprocess

        try:
            return await child.run(
                (self._path, *args),
                env={**self._env, **(env or {})},
                stdin=stdin,
                timeout=timeout,
                limit=self._output_limit,
            )
        except (OSError, ValueError) as error:
            raise KubectlMissing(
                f"{self._path} cannot be started ({error}); install kubectl again or name another "
                "with: kai config set kubectl.path PATH"
            ) from error

    async def version(self) -> str:
        """See `Kubectl`. Raises `KubectlTimeout`, or `KubectlError` where it answers nonsense."""
        known = self.cached_version()
        if known is not None:
            return known
        stamp = self._stamp()
        done = await self.run(("version", "--client", "-o", "json"), timeout=self._version_seconds)
        if done.timed_out:
            raise KubectlTimeout(
                f"{self._path} version did not answer in {self._version_seconds:g} s; run it by hand "
                "to see why"
            )
        self._version = _reported(self._path, done)
        self._remember(stamp, self._version)
        return self._version

    def cached_version(self) -> str | None:
        """See `Kubectl`. A version counts while the file's time and size stay the same."""
        if self._version is None and self._version_file is not None:
            stamp = self._stamp()
            kept = read_json(self._version_file)
            row = kept.get(self._path) if isinstance(kept, dict) else None
            if stamp and isinstance(row, list) and row[:2] == stamp and len(row) == 3:
                self._version = row[2] if _VERSION.fullmatch(str(row[2])) else None
        return self._version

    def _stamp(self) -> list[int]:
        try:
            about = Path(self._path).stat()
        except OSError:
            return []
        return [about.st_mtime_ns, about.st_size]

    def _remember(self, stamp: list[int], version: str) -> None:
        if self._version_file is None or not stamp:
            return
        kept = read_json(self._version_file)
        rows = kept if isinstance(kept, dict) and len(kept) < 50 else {}
        write_json(self._version_file, {**rows, self._path: [*stamp, version]})


def _reported(path: str, done: Completed) -> str:
    try:
        return version_of(json.loads(done.stdout)["clientVersion"]["gitVersion"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        said = done.stderr or done.stdout
        line = next(iter(said.decode("utf-8", "replace").strip().splitlines()), "nothing")
        raise KubectlError(
            f"{path} does not answer like a kubectl (status {done.code}): {line[:200]!r}"
        ) from error


class FakeKubectl:
    """A kubectl that runs nothing: `answers` maps the first words of a call to its result.

    The longest matching beginning counts; a call that matches none ends with status 1. `calls`
    holds the arguments of every call, in order.
    """

    def __init__(
        self,
        answers: Mapping[tuple[str, ...], Completed | bytes] | None = None,
        *,
        version: str = "1.32.4",
        path: str = "/usr/bin/kubectl",
    ) -> None:
        self._answers = dict(answers or {})
        self._version = version
        self._path = path
        self.calls: list[tuple[str, ...]] = []

    @property
    def path(self) -> str:
        """See `Kubectl`."""
        return self._path

    async def run(
        self,
        args: Sequence[str],
        *,
        timeout: float,  # noqa: ASYNC109 - see the protocol
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        """See `Kubectl`."""
        call = tuple(args)
        self.calls.append(call)
        for length in range(len(call), -1, -1):
            answer = self._answers.get(call[:length])
            if isinstance(answer, bytes):
                return Completed(0, answer)
            if answer is not None:
                return answer
        return Completed(1, stderr=b"error: not in the script of this fake kubectl\n")

    async def version(self) -> str:
        """See `Kubectl`."""
        return self._version

    def cached_version(self) -> str | None:
        """See `Kubectl`."""
        return self._version
