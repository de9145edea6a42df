"""What `kai models` says: each model against this machine, and whom kai would ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kai.config import Loaded as Configured
from kai.errors import ProviderError
from kai.llm import known, memory
from kai.llm.endpoint import Installed, Loaded
from kai.llm.inventory import Inventory, Remembered, file, find
from kai.llm.memory import Memory, text
from kai.llm.presets import preset
from kai.llm.routing import choose
from kai.model import Ask


@dataclass(frozen=True, slots=True)
class Row:
    """One installed model; sizes are bytes."""

    name: str
    size: int | None
    needs: int | None
    fits: bool | None
    quantisation: str
    preset: str
    tokens_per_second: float | None
    digest: str
    marks: tuple[str, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """The same as a line of a table."""
        fits = "not known" if self.fits is None else "fits" if self.fits else "too large"
        rate = "" if self.tokens_per_second is None else f"{self.tokens_per_second:.1f}"
        size, needs = (text(each) if each else "" for each in (self.size, self.needs))
        return self.name, size, needs, fits, self.preset, rate, ", ".join(self.marks)


@dataclass(frozen=True, slots=True)
class Listing:
    """All of it. `about` are lines that belong below the table, `remarks` what to be wary of."""

    url: str
    reach: str
    models: tuple[Row, ...]
    memory: Memory
    about: tuple[str, ...]
    remarks: tuple[str, ...]


async def listing(loaded: Configured, env: Mapping[str, str]) -> Listing:
    """What the configured server has. Raises `ProviderError` where it cannot be asked."""
    from kai.llm.endpoints import open_endpoint

    endpoint = open_endpoint(loaded.settings, env)
    try:
        inventory = Inventory(endpoint, file(loaded.paths.cache))
        models = await inventory.models(again=True)
        there = await endpoint.loaded()
        if there:
            inventory.loaded(there)
        server = inventory.known()
        machine = memory.now(reach=endpoint.reach, loaded=there or (), seen=server.vram)
        rows = tuple(
            _row(model, there, machine, loaded, server)
            for model in sorted(models, key=lambda model: model.name)
        )
        about = (
            *_memory(machine),
            *_asked(models, there, machine, loaded, server),
            *_recommended(models, machine, loaded),
        )
        return Listing(
            endpoint.url, str(endpoint.reach), rows, machine, about, tuple(_remarks(models))
        )
    finally:
        await endpoint.close()


def _row(
    model: Installed,
    there: tuple[Loaded, ...] | None,
    machine: Memory,
    loaded: Configured,
    server: Remembered,
) -> Row:
    llm = loaded.settings.llm
    here = next((each for each in there or () if known.same(each.name, model.name)), None)
    needs = server.needs(model, llm.num_ctx)
    freed = sum((each.size or 0) - (each.size_vram or 0) for each in there or ())
    room = machine.room(freed)
    fits = None if needs is None or room is None else here is not None or needs <= room
    marks = []
    if known.is_embedding(model):
        marks.append("vectors only")
    about = known.find(model.name, model.parameters)
    roles = {known.DEFAULT: "recommended", known.FAST: "recommended (fast)"}
    roles[known.QUALITY] = "recommended (hard requests)"
    if about is not None and about.name in roles:
        marks.append(roles[about.name])
    if here is not None:
        marks.append("in memory")
    if known.is_coarse(model.quantisation):
        marks.append(f"coarse ({model.quantisation})")
    for key in ("model", "fast_model", "quality_model"):
        if getattr(llm, key) and known.same(getattr(llm, key), model.name):
            marks.append(f"llm.{key}")
    found = preset(model.name, parameters=model.parameters, variant=llm.variant)
    family = "" if known.is_embedding(model) else f"{found.family or 'general'} ({found.style})"
    return Row(
        model.name, model.size, needs, fits, model.quantisation, family,
        server.note(model).tokens_per_second, model.digest, tuple(marks),
    )  # fmt: skip


def _memory(machine: Memory) -> tuple[str, ...]:
    if machine.available is None or machine.total is None:
        return ()
    if machine.accelerated:
        return (
            f"memory: {text(machine.available)} of {text(machine.total)} are free, and there is a"
            " GPU: what fits into its memory the server decides",
        )
    gpus = f", and {text(machine.gpus)} of GPU memory seen in use" if machine.gpus else ""
    return (
        f"memory: {text(machine.available)} of {text(machine.total)} are free, kai leaves"
        f" {text(machine.kept_free)} of that alone{gpus}",
    )


def _asked(
    models: tuple[Installed, ...],
    there: tuple[Loaded, ...] | None,
    machine: Memory,
    loaded: Configured,
    server: Remembered,
) -> tuple[str, ...]:
    """Whom kai would ask now; why it would ask nobody."""
    lines = []
    for words, hard in (("simple requests", False), ("hard requests", True)):
        try:
            found = choose(
                Ask(""), models, there, machine, loaded.settings, hard=hard, server=server
            )
        except ProviderError as error:
            return (str(error),)
        lines.append(f"{words}: {found.model}")
    return tuple(lines)


def _recommended(
    models: tuple[Installed, ...], machine: Memory, loaded: Configured
) -> tuple[str, ...]:
    """What to fetch of what kai recommends, as far as this machine could ever hold it."""
    if loaded.settings.llm.provider != "ollama":
        return ()
    most = None
    if machine.total is not None and not machine.accelerated:
        most = machine.total - machine.kept_free + machine.gpus
    lines = []
    for name, use in (
        (known.FAST, "fast, for simple requests"),
        (known.DEFAULT, "for everything"),
        (known.QUALITY, "for hard requests"),
    ):
        about = known.find(name)
        if about is None or any(known.find(each.name, each.parameters) == about for each in models):
            continue
        needs = known.needs(Installed(name, about.size), loaded.settings.llm.num_ctx) or 0
        if most is None or needs <= most:
            lines.append(f"recommended: kai pull {name} ({text(about.size)}, {use})")
    return tuple(lines)


def _remarks(models: tuple[Installed, ...]) -> list[str]:
    return [
        f"{model.name} keeps its weights in {model.quantisation}: a smaller model at Q4_K_M or"
        " Q5_K_M does better in the same memory"
        for model in models
        if known.is_coarse(model.quantisation) and find(models, model.name) is model
    ]
