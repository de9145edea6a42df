"""The settings kai runs with: one frozen value, a default and a meaning for every field.

The name of a setting is `section.field` (`llm.url`); its variable is `KAI_SECTION_FIELD`
(`KAI_LLM_URL`). Durations are seconds here and text such as `720h` where people write them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

Value = bool | int | float | str | tuple[str, ...]
"""What a setting can be, after its check."""

OLLAMA_URL = "http://127.0.0.1:11434"
"""Where Ollama listens unless it is told otherwise (its documentation of OLLAMA_HOST)."""


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """The model that answers what the built-in engine does not."""

    enabled: bool = True
    """Whether a model may be asked at all."""
    provider: str = "ollama"
    """Which kind of endpoint `url` is: ollama, openai (any compatible server) or anthropic."""
    model: str = ""
    """Name of the model; empty means the best installed one that kai knows."""
    fast_model: str = ""
    """The model for simple requests; empty means that kai picks an installed one."""
    quality_model: str = ""
    """The model for complex and destructive requests; empty means that kai picks one."""
    embed_model: str = ""
    """A model whose vectors put examples in order; empty means that words alone do."""
    url: str = OLLAMA_URL
    """Base URL of the endpoint; the default is where Ollama listens. With openai and anthropic
    the default stands for the vendor's own address."""
    timeout: float = 120.0
    """Seconds to wait for the first token: a cold model on a laptop may need two minutes."""
    stall: float = 5.0
    """Seconds to wait between two tokens; then the answer is given up."""
    keep_alive: float = 1800.0
    """Seconds the server keeps the model in memory after a request; 0 unloads it at once."""
    num_ctx: int = 4096
    """Context window in tokens, the same in every request: a change makes Ollama reload."""
    variant: str = "auto"
    """How much a model is told: short, long, or auto for what its preset says."""
    grammar: str = "auto"
    """auto holds a model to kubectl's grammar where the server can do that; off never does."""
    warm: str = "auto"
    """auto lets the daemon load the model and its prompt before they are needed, and keep them
    while the user is active; off loads with the first request."""
    key_file: str = ""
    """Absolute path of a file, readable by nobody else (0600), that holds the server's key."""
    key_command: str = ""
    """Command line of a program that prints the server's key: an absolute path and arguments, run
    without a shell."""
    key_host: str = ""
    """The host (`host`, `host:port`) that the key of `key_file` or `key_command` is for; it is sent
    nowhere else."""
    input_price: float = 0.0
    """What a million tokens of prompt cost, in the currency you think in."""
    output_price: float = 0.0
    """What a million tokens of answer cost."""


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """Answers kept on disk."""

    enabled: bool = True
    """Whether answers are kept and looked up."""
    ttl: float = 720 * 3600.0
    """Seconds an answer is kept: 30 days."""
    max_entries: int = 5000
    """How many answers are kept; the least recently used ones go first."""


@dataclass(frozen=True, slots=True)
class SafetySettings:
    """What kai itself may do. Variables and flags can only tighten these."""

    autonomy: str = "propose"
    """observe < recommend < propose < act < full; see `checks.AUTONOMY`."""
    protected_contexts: tuple[str, ...] = (
        "prod",
        "prod-*",
        "*-prod",
        "*-prod-*",
        "production",
        "production-*",
        "*-production",
    )
    """Context names (shell patterns) in which every write is treated as destructive."""
    policies: tuple[str, ...] = ()
    """Policy files that apply everywhere, in order."""
    max_replicas: int = 100
    """More replicas than this are taken for a slip and refused."""
    max_objects: int = 20
    """How many objects one command may name: more make a write destructive and a draft that deletes
    forbidden."""
    writes_per_minute: int = 10
    """How many writes kai itself may run in a minute. This version runs none: the number is checked
    and kept for the one that does."""


@dataclass(frozen=True, slots=True)
class ShellSettings:
    """The keys that rewrite the line in a shell."""

    key: str = "^K"
    """The key in the notation of bindkey; empty switches it off. Also `KAI_KEY`."""
    second_key: str = "^[k"
    """A second key (Alt-K) for terminals that eat Ctrl-K; empty switches it off."""
    daemon_idle: float = 8 * 3600.0
    """Seconds without a request after which the daemon ends by itself; 0 means never."""
    guard: str = "off"
    """Whether Enter asks before it runs a destructive or forbidden kubectl command, whoever wrote
    it: off or destructive. `kai init` writes the hooks for it; `KAI_GUARD=0` in a shell is off."""
    keep_words: bool = False
    """Whether the words that a key rewrote stay in the shell's history, as a comment."""
    panel: str = "auto"
    """auto draws answers to choose from below the prompt where the terminal can show that; plain
    asks in plain lines, as for a screen reader. Also `KAI_PLAIN=1`."""


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """What may leave this machine. Variables and flags can only tighten these."""

    redact: bool = True
    """Whether secrets are taken out of what is stored and sent."""
    cloud: bool = False
    """Whether a model may be asked that is neither on this machine nor in the user's own network;
    then variables and flags may name such a server, too."""


@dataclass(frozen=True, slots=True)
class JournalSettings:
    """The record of what was asked and offered."""

    enabled: bool = True
    """Whether it is written."""


@dataclass(frozen=True, slots=True)
class KubectlSettings:
    """The kubectl that kai runs."""

    path: str = ""
    """Absolute path of the program; empty means the first one on PATH."""


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """What kai may ask the cluster by itself; it only ever reads."""

    names: str = "auto"
    """auto lets the daemon keep the names of objects (never of secrets) of the context fresh in
    which a shell asks; with off only `kai doctor` reads them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. `Settings()` is what a fresh machine has."""

    llm: LlmSettings = LlmSettings()
    cache: CacheSettings = CacheSettings()
    safety: SafetySettings = SafetySettings()
    shell: ShellSettings = ShellSettings()
    privacy: PrivacySettings = PrivacySettings()
    journal: JournalSettings = JournalSettings()
    kubectl: KubectlSettings = KubectlSettings()
    cluster: ClusterSettings = ClusterSettings()


def flatten(settings: Settings) -> dict[str, Value]:
    """Every setting by its dotted name, in the order of declaration."""
    return {
        f"{section.name}.{item.name}": getattr(getattr(settings, section.name), item.name)
        for section in fields(settings)
        for item in fields(getattr(settings, section.name))
    }


def build(values: dict[str, Value]) -> Settings:
    """`Settings` with the checked `values` (by dotted name) in place of the defaults."""
    sections: dict[str, dict[str, Value]] = {}
    for key, value in values.items():
        section, _, name = key.partition(".")
        sections.setdefault(section, {})[name] = value
    default = Settings()
    return Settings(
        **{name: type(getattr(default, name))(**given) for name, given in sections.items()}
    )
