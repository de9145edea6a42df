"""What kai asks of a server that runs models, and what comes back: one Protocol, plain values.

`kai.llm.endpoints` has the real ones. A stream is closed (`aclose`) or cancelled to stop: then the
request itself is closed, so that the server stops working for it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Reach(StrEnum):
    """How far a request travels."""

    MACHINE = "this machine"
    OWN = "own server"
    CLOUD = "cloud"


class Role(StrEnum):
    """Who speaks in a turn."""

    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is told: the part that never changes first, what changes most last.

    `system` and the first `fixed` turns are the same in every request with this preset, so that a
    server has them read already. `prefill` is how the answer must begin; who renders the prompt
    appends it, and it is no part of what the model writes.
    """

    system: str
    turns: tuple[Turn, ...]
    fixed: int = 0
    prefill: str = ""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen; None leaves it to the server."""

    temperature: float = 0.0
    top_p: float | None = None
    top_k: int | None = None
    repeat_penalty: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Grammar:
    """What an answer may be: the same language as GBNF (llama.cpp) and as JSON schema; "" for none."""

    gbnf: str = ""
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Generation:
    """One request to a model.

    `raw` is the whole prompt as the model's own template renders it, prefill included; "" where the
    template is the server's business: then `prompt` goes as messages. `keep_alive` is in seconds.
    `thinking` is False where the model shall not think aloud, None where it cannot.
    """

    model: str
    prompt: Prompt
    raw: str = ""
    sampling: Sampling = Sampling()
    num_predict: int = 160
    num_ctx: int = 4096
    stop: tuple[str, ...] = ()
    keep_alive: float = 1800.0
    grammar: Grammar | None = None
    thinking: bool | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Text as it comes; `thinking` is what a model says to itself."""

    text: str
    thinking: bool = False


@dataclass(frozen=True, slots=True)
class Loading:
    """The server has taken the request and has the model not in memory yet."""


@dataclass(frozen=True, slots=True)
class Done:
    """The end of an answer: why it ended and what it took. None: the server does not say.

    `reason` is "stop", "length" or what the server says. Times are seconds. `logprobs` are natural
    logarithms of the probability of each token that was written.
    """

    reason: str = "stop"
    prompt_tokens: int | None = None
    prompt_seconds: float | None = None
    tokens: int | None = None
    seconds: float | None = None
    load_seconds: float | None = None
    logprobs: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What can be asked of a server (and a model): found out, never taken from a version."""

    raw: bool = False
    grammar: bool = False
    schema: bool = False
    logprobs: bool = False
    keep_alive: bool = False
    thinking: bool = False
    elsewhere: bool = False
    """Whether the server hands requests for this model on to somebody else's."""
    context: int | None = None
    """Tokens that the model can read at most, where it is known."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A model that a server has. `size` is in bytes; `digest` tells its weights from others'."""

    name: str
    size: int | None = None
    digest: str = ""
    family: str = ""
    parameters: str = ""
    """As the server writes it: "7.6B"."""
    quantisation: str = ""
    """As the server writes it: "Q4_K_M"."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in a server's memory. Sizes are bytes; `expires_at` is Unix time in seconds."""

    name: str
    size: int | None = None
    size_vram: int | None = None
    expires_at: float | None = None
    context: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pull or a creation is: what it does, bytes so far and in all where known."""

    status: str
    completed: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds that kai waits at most: for a connection, the first token, between two tokens."""

    connect: float = 0.4
    first: float = 120.0
    between: float = 5.0


class Endpoint(Protocol):
    """A server that runs models. Every method raises `ProviderError` and its kinds."""

    @property
    def kind(self) -> str:
        """Which API it speaks: ollama, openai, anthropic, scripted."""
        ...

    @property
    def url(self) -> str:
        """Where it is, without any secret."""
        ...

    @property
    def reach(self) -> Reach:
        """How far what is sent there travels."""
        ...

    def stream(self, generation: Generation, /) -> AsyncGenerator[Loading | Chunk | Done]:
        """The answer as it comes; `Done` is last. Closing it closes the request."""
        ...

    async def capabilities(self, model: str, /) -> Capabilities:
        """What can be asked of this server with this model; asked once and remembered."""
        ...

    async def installed(self) -> tuple[Installed, ...]:
        """The models there are."""
        ...

    async def loaded(self) -> tuple[Loaded, ...] | None:
        """The models in memory; None where the server does not tell."""
        ...

    async def version(self) -> str:
        """What the server says of its version; "" where it says nothing."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Keeper(Endpoint, Protocol):
    """An endpoint whose models kai can manage: Ollama."""

    def pull(self, model: str, /) -> AsyncGenerator[Progress]:
        """Fetch a model; a pull that was broken off goes on where it stood."""
        ...

    def create(
        self, model: str, base: str, parameters: dict[str, object], /
    ) -> AsyncGenerator[Progress]:
        """Make a model of another one's weights, with parameters of its own."""
        ...

    async def remove(self, model: str, /) -> None:
        """Delete a model from the server's disk."""
        ...

    async def embed(self, model: str, texts: tuple[str, ...], /) -> tuple[tuple[float, ...], ...]:
        """A vector for each text."""
        ...
