"""Defaults < config.yaml < KAI_* variables < flags.

The file is the user's own word and may set anything. Variables and flags can come from somewhere
else (a project's .envrc, an editor's workspace, a CI job): they may tighten `safety.*` and
`privacy.*`, never loosen them, and name a model endpoint on this machine only, unless the file
says `privacy.cloud: true` or names the same host. Where the key of an endpoint comes from, and whom
it is for, only the file can say.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from kai.config.checks import AUTONOMY, CHECKS, nearest, shown
from kai.config.file import read_file
from kai.config.paths import Paths
from kai.config.settings import Settings, Value, build, flatten
from kai.errors import ConfigError

VARIABLES: Mapping[str, str] = {
    **{"KAI_" + key.upper().replace(".", "_"): key for key in CHECKS},
    "KAI_KEY": "shell.key",
}
"""Each variable and the setting it sets; `KAI_KEY` is the short name people know."""

_EMPTY_MEANS_OFF = frozenset({"shell.key", "shell.second_key"})
_SECTIONS = tuple("KAI_" + name.upper() + "_" for name in {key.split(".")[0] for key in CHECKS})
_NOT_SETTINGS = frozenset({"KAI_CACHE_DIR"})


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, where each value came from (default, file, env NAME, flag), and remarks."""

    settings: Settings
    origins: Mapping[str, str]
    warnings: tuple[str, ...]
    paths: Paths


def load(
    env: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
    paths: Paths | None = None,
) -> Loaded:
    """The settings in force. `flags` maps dotted names to values; None means not given.

    Raises ConfigError, naming the file, variable or flag, the key and what is allowed. While the
    variables and the file are the same, the same value comes back: the daemon asks with every key.
    """
    env = os.environ if env is None else env
    if flags is not None or paths is not None:
        return _load(env, flags, paths or Paths.from_environment(env))
    variables = frozenset(env.items())
    known = _known.get(variables)
    if known is not None and known[0] == _state(known[1].paths.file):
        return known[1]
    # Before it is read: what is kept must not be older than the state it is kept by.
    paths = Paths.from_environment(env)
    state = _state(paths.file)
    loaded = _load(env, None, paths)
    # A file that was changed just now can change again without a trace in a coarse clock.
    settled = state == () or (state and time.time() - max(state[:2]) / 1e9 > _SETTLED_SECONDS)
    if state is not None and settled and state == _state(paths.file):
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[variables] = (state, loaded)
    return loaded


_SETTLED_SECONDS = 2.0
_MOST_KNOWN = 32
_known: dict[frozenset[tuple[str, str]], tuple[tuple[int, ...], Loaded]] = {}


def _state(file: Path) -> tuple[int, ...] | None:
    """What changes when the file does; () where there is none, None where nobody can tell."""
    try:
        about = os.stat(file)  # noqa: PTH116 - a third of the time of Path's
    except FileNotFoundError:
        return ()
    except (OSError, ValueError):
        return None
    times = about.st_mtime_ns, about.st_ctime_ns
    return *times, about.st_size, about.st_ino, about.st_dev, about.st_uid, about.st_mode


def _load(env: Mapping[str, str], flags: Mapping[str, object] | None, paths: Paths) -> Loaded:
    from_file, warnings = read_file(paths)
    values = flatten(Settings()) | from_file
    origins = dict.fromkeys(values, "default") | dict.fromkeys(from_file, "file")
    given = from_file.get("llm.url")
    endpoints = _Endpoints(
        cloud=from_file.get("privacy.cloud") is True,
        host=_host(given) if isinstance(given, str) else "",
    )
    for key, name, text in _from_variables(env, warnings):
        values[key] = _layered(key, name, text, values[key], endpoints)
        origins[key] = f"env {name}"
    if origins["llm.url"] != "env KAI_LLM_URL" and "llm.url" not in from_file:
        url = _ollama_host(env.get("OLLAMA_HOST", ""), endpoints, warnings)
        if url:
            values["llm.url"], origins["llm.url"] = url, "env OLLAMA_HOST"
    for key, raw in (flags or {}).items():
        if raw is not None:
            if key not in CHECKS:
                raise ConfigError(f"unknown setting {key}{nearest(key, list(CHECKS))}")
            values[key] = _layered(key, f"the flag for {key}", raw, values[key], endpoints)
            origins[key] = "flag"
    return Loaded(build(values), origins, tuple(warnings), paths)


def _from_variables(env: Mapping[str, str], warnings: list[str]) -> list[tuple[str, str, str]]:
    """(setting, variable, text) for every variable that is set, the short names first."""
    found: list[tuple[str, str, str]] = []
    for name in sorted((name for name in env if name.startswith("KAI_")), key=len):
        key = VARIABLES.get(name)
        if key and (env[name] or key in _EMPTY_MEANS_OFF):
            found.append((key, name, env[name]))
        elif key is None and name.startswith(_SECTIONS) and name not in _NOT_SETTINGS:
            warnings.append(f"{name} is no setting{nearest(name, list(VARIABLES))}; it is ignored")
    return found


class _Endpoints(NamedTuple):
    """Which endpoints off this machine the file allows: all (`cloud`), or its own host's."""

    cloud: bool
    host: str

    def allow(self, url: str) -> bool:
        host = _host(url)
        return self.cloud or _is_local(host) or (bool(host) and host == self.host)


def _layered(key: str, name: str, raw: object, current: Value, endpoints: _Endpoints) -> Value:
    """The value of `key` after the layer that says `raw`; ConfigError where it may not say so."""
    try:
        value = CHECKS[key](raw)
    except ValueError as error:
        from kai.redact import redact

        raise ConfigError(f"{name}={redact(str(raw))}: {key} must be {error}") from None
    if key == "llm.url" and isinstance(value, str):
        value = _reachable(value)
        if not endpoints.allow(value):
            raise ConfigError(
                f"{name}: {key} must be on this machine (such as http://127.0.0.1:11434);"
                f" only config.yaml can name another one: kai config set {key} URL"
            )
    if key in _FILE_ONLY and value != current:
        raise ConfigError(f"{name}: {key} can only be set in config.yaml: kai config set {key}")
    tighten = _TIGHTEN.get(key)
    if tighten is None:
        return value
    tightened = tighten(current, value)
    if tightened is None:
        raise ConfigError(
            f"{name}={shown(key, value)}: {key} is {shown(key, current)} and may only be made"
            " stricter there; change it in config.yaml"
        )
    return tightened


def _lower_level(current: Value, value: Value) -> Value | None:
    tighter = AUTONOMY.index(str(value)) <= AUTONOMY.index(str(current))
    return value if tighter else None


def _union(current: Value, value: Value) -> Value | None:
    """Lists of protected things only grow."""
    assert isinstance(current, tuple) and isinstance(value, tuple)  # noqa: S101 - CHECKS says so
    return tuple(dict.fromkeys(current + value))


def _fewer(current: Value, value: Value) -> Value | None:
    """Numbers of things that may be done only shrink."""
    assert isinstance(current, int) and isinstance(value, int)  # noqa: S101 - CHECKS says so
    return value if value <= current else None


_TIGHTEN: Mapping[str, Callable[[Value, Value], Value | None]] = {
    "safety.autonomy": _lower_level,
    "safety.protected_contexts": _union,
    "safety.policies": _union,
    "safety.max_replicas": _fewer,
    "safety.max_objects": _fewer,
    "safety.writes_per_minute": _fewer,
    "privacy.redact": lambda current, value: value if value or not current else None,
    "privacy.cloud": lambda current, value: value if current or not value else None,
}
"""What a variable or flag makes of the current value; None: it would loosen it."""


_FILE_ONLY = frozenset({"llm.key_file", "llm.key_command", "llm.key_host"})
"""Which program runs and which server gets a secret: never a matter of a project's variables."""


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_local(host: str) -> bool:
    """Whether a host is this machine by its very spelling; no name is looked up."""
    if host == "localhost":
        return True
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _reachable(url: str) -> str:
    """`0.0.0.0` and `::` mean "all interfaces" to a server; a client asks the loopback one."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    loopback = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(parts.hostname or "")  # noqa: S104 - read, not bound
    if loopback is None:
        return url
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=loopback + port).geturl()


def _ollama_host(text: str, endpoints: _Endpoints, warnings: list[str]) -> str:
    """The URL that Ollama's own variable names (`host`, `:port`, `host:port`, a URL), or "".

    It belongs to another program (often its server), so what kai cannot use is only remarked on.
    Default ports are Ollama's: 11434 without a scheme, 80 and 443 with one (its envconfig.Host).
    """
    text = text.strip().strip("\"'")
    if not text:
        return ""
    from kai.redact import redact

    shown_text = redact(text)
    if "://" in text:
        url = text
    else:
        host, _, path = text.partition("/")
        if host.count(":") > 1 and not host.startswith("["):  # an IPv6 address alone
            host = f"[{host}]"
        if ":" not in host.rpartition("]")[2]:
            host += ":11434"
        url = "http://" + ("127.0.0.1" + host if host.startswith(":") else host)
        url += "/" + path if path else ""
    try:
        url = _reachable(str(CHECKS["llm.url"](url)))
    except ValueError:
        warnings.append(f"OLLAMA_HOST={shown_text} is no address; it is ignored")
        return ""
    if not endpoints.allow(url):
        warnings.append(
            f"OLLAMA_HOST={shown_text} is not on this machine and is ignored;"
            " set llm.url in config.yaml to use it"
        )
        return ""
    return url
