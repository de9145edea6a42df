"""Asking the installed kubectl about a flag that the tables do not know.

A kubectl newer than the tables may have flags they lack; it must not be called wrong for that. Its
own help is asked once for each command and kept on disk. `--help` ends cobra's work right after
the flags are parsed, so nothing is done and no server is asked.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from kai.errors import KubectlError, KubectlTimeout
from kai.kubectl import helptext
from kai.kubectl.private_file import read_json, write_json
from kai.kubectl.process import Completed, Kubectl
from kai.kubectl.spec import FlagSpec, typed_flag

#: Seconds for one call of `kubectl COMMAND --help` (measured: 0.04).
DEADLINE = 5.0

# What kubectl says to a flag that stands without a value: unknown, a value is missing, fine.
_REFUSED, _VALUE, _BARE = "refused", "value", "bare"

_FLAG_NAME = re.compile(r"[A-Za-z0-9][\w-]*")


async def lookup_unknown_flag(
    kubectl: Kubectl, path: tuple[str, ...], name: str, cache_dir: Path
) -> FlagSpec | None:
    """Ask the installed kubectl for a long flag of the command `path`; None: it refuses the flag.

    First its help texts (the command's and `kubectl options`), then, because kubectl accepts flags
    it does not list, the flag itself with `--help`. What was learnt is kept below `cache_dir` by
    kubectl's version and command, so the next question starts no process. A cache that cannot be
    read or written is passed by. Raises `KubectlTimeout` where kubectl does not answer in time,
    `KubectlError` where it gives no help for the command (nothing is kept then), and what
    `kubectl.run` and `version` raise.
    """
    name = name.replace("_", "-")
    if not _FLAG_NAME.fullmatch(name):
        return None
    file = cache_dir / _file_name(await kubectl.version(), path)
    kept = _read(file)
    if kept is None:
        kept = {"flags": await _help_texts(kubectl, path), "asked": {}}
        write_json(file, kept)
    if name in kept["flags"]:
        return _listed_flag(helptext.FlagText(name, *kept["flags"][name]))
    if name not in kept["asked"]:
        kept["asked"][name] = await _ask(kubectl, path, name)
        write_json(file, kept)
    return _flag(name, kept["asked"][name])


def _listed_flag(text: helptext.FlagText) -> FlagSpec:
    """Build a flag from its help alone; a list is taken for one that splits at commas."""
    return typed_flag(
        text.name,
        text.short,
        helptext.type_from_default(text.default),
        bare=helptext.BARE_VALUES.get(text.name),
        default=helptext.plain_default(text.default),
        text=helptext.first_sentence(text.help),
        choices=helptext.choices(text.help),
    )


def _flag(name: str, answer: str) -> FlagSpec | None:
    """Build a flag of which only kubectl's answer to the bare flag is known."""
    if answer == _REFUSED:
        return None
    return typed_flag(name, "", "bool" if answer == _BARE else "string", hidden=True)


async def _run(kubectl: Kubectl, *args: str) -> Completed:
    done = await kubectl.run(args, timeout=DEADLINE)
    if done.timed_out:
        raise KubectlTimeout(f"{kubectl.path} gave no help in {DEADLINE:g} s; run it by hand")
    return done


async def _help_texts(kubectl: Kubectl, path: tuple[str, ...]) -> dict[str, list[str]]:
    flags: dict[str, list[str]] = {}
    for args in (["options"], [*path, "--help"]):
        done = await _run(kubectl, *args)
        if not done.ok:
            raise KubectlError(f"{kubectl.path} gives no help; try: kubectl {' '.join(args)}")
        found = helptext.read_flags(done.stdout.decode(errors="replace"))
        flags.update((flag.name, [flag.short, flag.default, flag.help]) for flag in found)
    return flags


async def _ask(kubectl: Kubectl, path: tuple[str, ...], name: str) -> str:
    """Try the flag without a value."""
    done = await _run(kubectl, *path, "--help", f"--{name}")
    if b"unknown flag: --" in done.stderr:
        return _REFUSED
    return _VALUE if b"flag needs an argument" in done.stderr else _BARE


def _file_name(version: str, path: tuple[str, ...]) -> str:
    words = [re.sub(r"[^\w.+-]", "_", word) for word in (version, *path)]
    return "flags-" + "-".join(words).lstrip(".") + ".json"


def _read(file: Path) -> dict[str, Any] | None:
    """Read what was kept; None where there is nothing of the form we write."""
    match read_json(file):
        case {"flags": dict(flags), "asked": dict(asked)}:
            rows = {name: [*map(str, row)] for name, row in flags.items() if _is_row(row)}
            return {"flags": rows, "asked": asked}
        case _:
            return None


def _is_row(row: object) -> bool:
    return isinstance(row, list) and len(row) == 3
