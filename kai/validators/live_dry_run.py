"""Would the server take it? The command itself with `--dry-run=server`, built from what was read.

A dry run is authorised, admitted and validated, and then not kept. It is made only of commands that
would change something, stand alone, take nothing from anywhere but their own words and plain files,
and hold no secret: whatever is sent is seen by the server, its admission webhooks and its audit log
before the user has agreed to anything.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from posixpath import normpath

from kai.kubectl.invocation import Flag, Invocation
from kai.model import Finding, Level, Tier
from kai.redact import holds_secret
from kai.validators.faults import is_known, reads_cleanly
from kai.validators.live_access import impersonation, written
from kai.validators.live_answers import judged, objects_hit, some
from kai.validators.live_case import IMPERSONATION, Answer, Case

MAX_FILE = 256 * 1024
"""Bytes of a manifest that is sent."""

_TIERS = (Tier.WRITE, Tier.DESTRUCTIVE)
_UNSUPPORTED = frozenset((("auth", "reconcile"), ("apply", "set-last-applied")))
"""Commands that have the flag, and either refuse `server` or take what they send from files alone."""
_LEFT_OUT = frozenset(
    (
        *("dry-run", "output", "template", "show-managed-fields", "allow-missing-template-keys"),
        *("quiet", "interactive", "context", *IMPERSONATION),
    )
)
"""Flags about printing and asking, and those that are added anew."""
_KEPT_GLOBAL = frozenset(("namespace",))
_WORDS = {
    "stdin": "it reads what is typed",
    "tty": "it opens a terminal",
    "attach": "it joins the program it starts",
    "rm": "it joins the program it starts",
    "edit": "it opens an editor",
    "raw": "it sends a request of its own",
    "kustomize": "what it sends is put together from a folder",
    "from-file": "it sends the content of a file",
    "from-env-file": "it sends the content of a file",
    "cert": "it sends the content of a file",
    "key": "it sends the content of a file",
    "docker-password": "it sends a password",
    "prune": "it reads every object of many kinds",
    "applyset": "it reads every object of many kinds",
    "recursive": "it sends a folder of files",
    "resolve": "it reads secrets",
}
"""Flags of which no dry run is made, and why."""
_FILES = ("filename", "patch-file")


_CONTAIN = frozenset(("namespaces", "customresourcedefinitions"))
"""Kinds whose objects are gone with others that the server does not name."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The words for kubectl, or why there is no dry run; neither: there is nothing to try."""

    words: tuple[str, ...] = ()
    why: str = ""


async def dry_run(case: Case) -> Answer | None:
    """What the server says to the command, without anything being changed."""
    made = plan(case)
    call = next(iter(case.pipeline.invocations))
    if made.why:
        message = f"not tried with the server: {made.why}"
        return Answer((Finding("K522", Level.INFO, message, call.start, call.end),))
    if not made.words:
        return None
    done = await case.run(made.words)
    findings = judged(done, call)
    hit = objects_hit(done) if _counts(case, call) else []
    if not hit:
        return Answer(findings)
    message = f"it is about {len(hit)} {'object' if len(hit) == 1 else 'objects'} now: {some(hit)}"
    told = Finding("K518", Level.INFO, message, call.start, call.end)
    return Answer((told, *findings), len(hit))


def _counts(case: Case, call: Invocation) -> bool:
    """Whether the number of objects says something that the command itself does not."""
    radius = case.risk.radius if case.risk else None
    if call.path != ("delete",) or radius is None or radius.reach in ("one", "several"):
        return False
    return not _CONTAIN & set(radius.kinds)


def plan(case: Case) -> Plan:
    """How the line would be tried."""
    if case.tier not in _TIERS:
        return Plan()
    calls = [call for call in case.pipeline.invocations if "dry-run" in call.command.flags]
    if not any(_can(call) for call in calls):
        return Plan()
    call = case.alone
    if call is None:
        return Plan(why="it stands in a pipe")
    if not (_can(call) and is_known(call) and reads_cleanly(call)):
        return Plan()
    why = next((_WORDS[flag.name] for flag in call.flags if _stops(flag)), "")
    if not why and call.path[:2] == ("create", "secret"):
        why = "it sends a secret"
    if not why and _reads_secrets(case, call):
        why = "it reads a secret whole"
    if not why and any(word.value == "-" for word in call.args):
        why = "it reads what is typed"
    if not why and holds_secret(case.pipeline.text):
        why = "it may hold a secret"
    if why:
        return Plan(why=why)
    return _words(case, call)


def _can(call: Invocation) -> bool:
    return call.path not in _UNSUPPORTED


def _stops(flag: Flag) -> bool:
    """Whether no dry run is made of a command with this flag: one that says `=false` is not on."""
    return flag.name in _WORDS and (flag.meant or "").lower() not in ("false", "f", "0")


def _reads_secrets(case: Case, call: Invocation) -> bool:
    """Whether kubectl would fetch a secret with all it holds: before a change, or to name its keys."""
    if call.path == ("set", "env") and call.values("from"):
        return True
    kinds = {target.resource.plural for target in call.resources(case.catalogue) if target.resource}
    return "secrets" in kinds and call.path != ("delete",)


def _words(case: Case, call: Invocation) -> Plan:
    own = call.command.flags
    words = [*call.path]
    for flag in call.flags:
        if flag.name in _LEFT_OUT or (flag.name not in own and flag.name not in _KEPT_GLOBAL):
            continue
        if flag.name in _FILES:
            files = [_file(part, case.here.folder) for part in _listed(flag)]
            if any(file.why for file in files):
                return next(file for file in files if file.why)
            words.append(f"--{flag.name}={','.join(file.words[0] for file in files)}")
        else:
            words.append(written(flag))
    words.append("--dry-run=server")
    words += [f"--context={case.here.context.context}"]
    rest = [word.value for word in call.args]
    if call.after_dash is not None:
        rest += ["--", *(word.value for word in call.after_dash)]
    made = (*words, *impersonation(call), *rest)
    return Plan(made) if case.harmless(made) else Plan(why="its dry run might do more than read")


def _listed(flag: Flag) -> list[str]:
    """The files of one flag: of -f a list, of --patch-file one."""
    return (flag.value or "").split(",") if flag.name == "filename" else [flag.value or ""]


def _file(name: str, folder: str) -> Plan:
    """A plain, small file that holds no secret, by its absolute path; or why it is not sent."""
    if name == "-":
        return Plan(why="it reads what is typed")
    if "://" in name:
        return Plan(why="it sends what another server gives")
    try:
        path = normpath(os.path.join(folder or os.getcwd(), name))  # noqa: PTH109, PTH118
        special = path.startswith(("/dev/", "/proc/", "/sys/")) or set(path) & set(",*?[\"'\n")
        text = "" if special or not name else _text(path)
    except (OSError, ValueError):
        text = ""
    if not text:
        return Plan(why="it names something else than a small plain file with text in it")
    if "Secret" in text or holds_secret(text):
        return Plan(why="the file may hold a secret")
    return Plan((path,))


def _text(path: str) -> str:
    """What a plain file holds. Raises OSError or ValueError for anything else."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_FILE:
            raise ValueError(path)
        return os.read(handle, MAX_FILE).decode("utf-8")
    finally:
        os.close(handle)
