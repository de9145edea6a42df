"""A place of its own for one kubectl: what it sends, writes and starts there is seen.

It has a server, a home with a kubeconfig, a working folder with files to name, and a PATH with
nothing on it but stand-ins that write down that they were started. After each run everything is as
it was before. Printing one of the world's secrets counts as an effect too.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from tests.fake_api_server import Sent
from tools.oracle.requests import changes_something, is_dry

PROGRAMS = (
    *("sh", "bash", "zsh", "dash", "env", "xdg-open", "open", "python3", "perl", "docker", "tar"),
    *("vi", "vim", "nvim", "nano", "emacs", "editor", "ed", "notepad", "less", "more", "pager"),
    *("git", "helm", "kustomize", "kubectl", "ssh", "curl", "wget", "gcloud", "aws", "go", "sed"),
    *("kubectl-web", "kubectl-show", "credential-helper", "starlark"),
)
"""Stand-ins on the PATH: editors, pagers, shells, plugins, and what kustomize may call."""

_STUB = '#!/bin/sh\necho "$0 $*" >>"{log}"\n'
_CACHES = (Path("home/.kube/cache"), Path("home/.kube/http-cache"))

_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: nginx}]}
"""
FILES = {
    "web.yaml": _DEPLOYMENT,
    "more/pod.json": '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},'
    '"spec":{"containers":[{"name":"app","image":"nginx"}]}}',
    "role.yaml": "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\n"
    "rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]\n",
    "kustom/kustomization.yaml": "resources: [web.yaml]\nnamePrefix: a-\n",
    "kustom/web.yaml": _DEPLOYMENT,
    "chart/kustomization.yaml": "helmCharts: [{name: web, repo: http://127.0.0.1:9/}]\n",
    "plugin/kustomization.yaml": "generators: [made.yaml]\n",
    "plugin/made.yaml": "apiVersion: x/v1\nkind: Made\nmetadata:\n  name: made\n  annotations:\n"
    "    config.kubernetes.io/function: 'exec: {path: ./run.sh}'\n",
    "plugin/run.sh": "#!/bin/sh\n: >started\n",
    "patch.yaml": "spec: {replicas: 2}\n",
    "data.txt": "key=value\n",
    "template.txt": "{{.kind}}",
    "columns.txt": "NAME\nmetadata.name\n",
    "path.txt": "{.metadata.name}",
    "profiles.json": '{"env":[{"name":"A","value":"1"}]}',
}
"""What the lines may name, relative to the working folder."""


class Server(Protocol):
    """What receives the requests of a world."""

    traffic: list[Sent]

    def write_kubeconfig(self, path: Path) -> Path:
        """Write a kubeconfig that leads to it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run did. `effects` are what only a command that changes something may do."""

    code: int | None
    """Exit status; None where it waited and was stopped."""
    requests: tuple[Sent, ...]
    effects: tuple[str, ...]
    errors: str
    output: bytes

    @property
    def dry_runs(self) -> int:
        """How many requests a real server would have taken for a dry run."""
        return sum(sent.method not in ("GET", "HEAD") and is_dry(sent) for sent in self.requests)


class World:
    """One such place; a context manager that removes it. Not for two runs at once."""

    def __init__(
        self, folder: Path, server: Server, *, deadline: float = 3.0, secrets: Sequence[str] = ()
    ) -> None:
        self.folder = folder
        self.secrets = [secret.encode() for secret in secrets]
        self.server = server
        self.deadline = deadline
        self.log = folder / "started.log"
        self._set_up()
        self._kept = {
            path: (folder / path).read_bytes()
            for path, state in self._files().items()
            if state is not None
        }
        self._before = self._files()

    def __enter__(self) -> World:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _set_up(self) -> None:
        for name in ("home/.kube", "work", "tmp", "bin"):
            (self.folder / name).mkdir(parents=True)
        self.server.write_kubeconfig(self.folder / "home/.kube/config").chmod(0o600)
        for name, text in FILES.items():
            path = self.folder / "work" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        (self.folder / "work/plugin/run.sh").chmod(0o755)
        real = shutil.which("diff")
        for name in (*PROGRAMS, "diff"):
            stub = self.folder / "bin" / name
            tail = f'exec {real} "$@"\n' if name == "diff" and real else ""
            stub.write_text(_STUB.format(log=self.log) + tail)
            stub.chmod(0o755)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every run; it sets no variable of kubectl's own."""
        programs = self.folder / "bin"
        return {
            "HOME": str(self.folder / "home"),
            "PATH": str(programs),
            "SHELL": str(programs / "sh"),
            "EDITOR": "editor",
            "PAGER": "pager",
            "TMPDIR": str(self.folder / "tmp"),
        }

    def run(
        self, program: Path, words: Sequence[str], stdin: bytes = b"", may_start: str = ""
    ) -> Seen:
        """Run one call of kubectl, say what it did, and undo what it did to the files.

        Starting the program `may_start` is no effect.
        """
        first = len(self.server.traffic)
        code, output, errors = self._process([str(program), *words], stdin)
        requests = tuple(self.server.traffic[first:])
        effects = [
            f"sent {sent.method} {sent.path}" for sent in requests if changes_something(sent)
        ]
        effects += self._started(may_start)
        effects += self._changed(stopped=code is None)
        if any(secret in output or secret in errors.encode() for secret in self.secrets):
            effects.append("printed a secret")
        return Seen(code, requests, tuple(effects), errors, output)

    def _process(self, command: list[str], stdin: bytes) -> tuple[int | None, bytes, str]:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder / "work",
            env=self.environment,
            start_new_session=True,
        )
        code: int | None
        try:
            output, errors = process.communicate(stdin, timeout=self.deadline)
            code = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, errors = process.communicate()
            code = None
        return code, output, errors.decode("utf-8", "replace")

    def _started(self, allowed: str) -> list[str]:
        if not self.log.exists():
            return []
        lines = self.log.read_text(errors="replace").splitlines()
        self.log.unlink()
        started = {Path(line.partition(" ")[0]).name for line in lines}
        return [f"started {name}" for name in sorted(started - {allowed})]

    def _files(self) -> dict[Path, tuple[int, ...] | None]:
        """Every file with what changes when it is written (None: a folder), but for the caches."""
        found: dict[Path, tuple[int, ...] | None] = {}
        waiting = ["home", "work", "tmp"]
        while waiting:
            with os.scandir(self.folder / waiting.pop()) as entries:
                for entry in entries:
                    path = Path(entry.path).relative_to(self.folder)
                    if path in _CACHES:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        found[path] = None
                        waiting.append(str(path))
                    else:
                        about = entry.stat(follow_symlinks=False)
                        state = (about.st_size, about.st_mtime_ns, about.st_mode, about.st_ino)
                        found[path] = state
        return found

    def _changed(self, *, stopped: bool) -> list[str]:
        """Name what differs from before, and set it right; a stopped diff leaves its folders."""
        after = self._files()
        if after == self._before:
            return []
        differing = [
            path
            for path in sorted({*after, *self._before})
            if path not in after or path not in self._before or after[path] != self._before[path]
        ]
        for path in differing:
            self._restore(path, missing=path not in self._before)
        self._before = self._files()
        return [
            f"{'wrote' if path in after else 'removed'} {path}"
            for path in differing
            if not (stopped and path.parts[1].startswith(("LIVE-", "MERGED-")))
        ]

    def _restore(self, path: Path, *, missing: bool) -> None:
        place = self.folder / path
        if missing:
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place, ignore_errors=True)
            else:
                place.unlink(missing_ok=True)
        elif path in self._kept:
            place.parent.mkdir(parents=True, exist_ok=True)
            mode = self._before[path]
            place.write_bytes(self._kept[path])
            place.chmod(mode[2] & 0o777 if mode else 0o600)
        else:
            place.mkdir(parents=True, exist_ok=True)
