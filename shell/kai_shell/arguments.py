"""argv becomes a value before anything happens.

What is a request and what a sub-command: an argument that contains a blank, and everything behind
`--`, is a request. Of several words the first is a sub-command only if it is one of `COMMANDS` or
`RESERVED`; `explain` and `check` only where `kubectl` or an option follows, because people also
ask kai to explain a kind or to check a rollout, and `policy` only before `test`, `show` or an option.
"""

from __future__ import annotations

from kai.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (
    *("cache", "check", "completion", "config", "daemon", "doctor", "explain", "history"),
    *("init", "models", "policy", "pull", "warmup"),
)
"""The sub-commands there are; each is a module of `kai_shell.commands`."""

RESERVED = ("bench", "eval", "mcp", "run", "stats", "undo", "why")
"""Names that later versions use: taken now, so that a request never changes its meaning then."""

_FOLLOWED_BY = {
    "check": ("kubectl",),
    "daemon": ("start", "stop", "status", "logs"),
    "explain": ("kubectl",),
    "init": ("zsh", "bash", "fish"),
    "models": ("rm", "create", "use"),
    "policy": ("test", "show"),
}
"""Sub-commands that are also how a request may begin, and what makes them a sub-command."""


SOURCES = ("any", "builtin", "model")
"""What `--source` may say: the values of `kai.model.SourceFilter`."""


class _Value:
    """Equal where all fields are. A dataclass would cost every call 10 ms to import."""

    __slots__: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment] # some of them change

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({fields})"


class Options(_Value):
    """What the options say; None means not given."""

    __slots__ = ("again", "batch", "context", "json", "model", "namespace", "source")

    def __init__(
        self,
        *,
        json: bool = False,
        again: bool = False,
        source: str = "any",
        context: str | None = None,
        namespace: str | None = None,
        batch: str | None = None,
        model: str | None = None,
    ) -> None:
        self.json, self.again, self.source, self.model = json, again, source, model
        self.context, self.namespace, self.batch = context, namespace, batch

    @property
    def settings(self) -> dict[str, object] | None:
        """The settings that the options say for this one call; None: they say nothing."""
        return {"llm.model": self.model} if self.model else None


class Help(_Value):
    """`kai --help`."""

    __slots__ = ()


class Version(_Value):
    """`kai --version`."""

    __slots__ = ()


class Request(_Value):
    """Words to be answered; `words` is "-" where they are still to be read from standard input."""

    __slots__ = ("options", "read", "words")

    def __init__(self, words: str, options: Options | None = None, *, read: bool = False) -> None:
        self.words, self.options, self.read = words, options or Options(), read


class Batch(_Value):
    """`kai --batch FILE`; the file is `options.batch`."""

    __slots__ = ("options",)

    def __init__(self, options: Options) -> None:
        self.options = options


class Command(_Value):
    """A sub-command and its own arguments."""

    __slots__ = ("arguments", "name")

    def __init__(self, name: str, arguments: tuple[str, ...] = ()) -> None:
        self.name, self.arguments = name, arguments


Action = Help | Version | Request | Batch | Command

_SWITCHES = ("--json", "--again", "--help", "-h", "--version")
_VALUED = {"-n": "namespace", "--namespace": "namespace", "--context": "context",
           "--source": "source", "--batch": "batch", "--model": "model"}  # fmt: skip


def parse(argv: Sequence[str]) -> Action:
    """What the user wants. Raises `UsageError`, whose text says how to write it."""
    options = Options()
    words: list[str] = []
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            words += rest
            break
        if word.startswith("-") and word != "-" and not _has_blank(word):
            action = _option(word, rest, options)
            if action is not None:
                return action
        elif not words and _is_command(word, rest):
            return _command(word, rest, options)
        else:
            words.append(word)
    if options.batch is not None:
        if words:
            raise UsageError("--batch takes its requests from the file; leave the words out")
        return Batch(options)
    request = " ".join(words)
    if not request.strip():
        raise UsageError('say what you want, as in: kai "pods in kube-system" (kai --help)')
    return Help() if words == ["help"] else Request(request, options)


def _has_blank(word: str) -> bool:
    return any(char.isspace() for char in word)


def _is_command(word: str, rest: Sequence[str]) -> bool:
    if word not in COMMANDS and word not in RESERVED:
        return False
    if word not in _FOLLOWED_BY or not rest:
        return True
    following = rest[0]
    is_option = following.startswith("-") and following != "--"
    return is_option or following.split(maxsplit=1)[:1] in [[each] for each in _FOLLOWED_BY[word]]


def _command(word: str, rest: Sequence[str], options: Options) -> Command:
    given = ("--json",) if options.json else ()
    if options != Options(json=options.json):
        raise UsageError(f"options of `kai {word}` stand behind it: kai {word} --help")
    return Command(word, (*given, *rest))


def _option(word: str, rest: list[str], options: Options) -> Action | None:
    """Put one option into `options`; an action where the option is all there is to do."""
    name, equals, value = word.partition("=")
    if name.startswith("-n") and not name.startswith("--") and len(word) > 2:
        name, equals, value = "-n", "=", word[2:].removeprefix("=")
    if name in _VALUED:
        if not equals:
            if not rest:
                raise UsageError(f"{name} needs a value: {name} VALUE (kai --help)")
            value = rest.pop(0)
        _set(_VALUED[name], name, value, options)
        return None
    if word not in _SWITCHES:
        raise UsageError(_unknown(word))
    if word in ("--help", "-h"):
        return Help()
    if word == "--version":
        return Version()
    setattr(options, word.removeprefix("--"), True)
    return None


def _set(field_name: str, option: str, value: str, options: Options) -> None:
    if not value:
        raise UsageError(f"{option} must not be empty")
    if field_name == "source" and value not in SOURCES:
        known = ", ".join(SOURCES)
        raise UsageError(f"--source must be one of {known}, not {value!r}")
    setattr(options, field_name, value)


def _unknown(word: str) -> str:
    from difflib import get_close_matches

    known = [*_SWITCHES, *_VALUED]
    near = get_close_matches(word.partition("=")[0], known, n=1)
    meant = f" (did you mean {near[0]}?)" if near else ""
    return f"there is no option {word}{meant}; a request that holds it goes in quotes or behind --"
