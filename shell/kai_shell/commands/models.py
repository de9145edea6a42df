"""`kai models`: which models there are, what they need, which of them kai would ask."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kai import config
from kai.config.edit import set_value
from kai.config.kept import write_private
from kai.errors import KaiError, ModelMissing, ModelUnreachable, UsageError
from kai_shell.streams import Streams, one_line

if TYPE_CHECKING:
    from kai.llm.endpoint import Installed, Keeper
    from kai.llm.listing import Listing, Row


@click.group(invoke_without_command=True, no_args_is_help=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """The models that are installed: size against free memory, speed, what kai recommends."""
    if context.invoked_subcommand is not None:
        return
    streams: Streams = context.obj
    from kai.llm.listing import listing

    loaded = config.load(streams.env)
    found = asyncio.run(listing(loaded, streams.env))
    if as_json:
        streams.stdout.write(json.dumps(asdict(found)) + "\n")
        return
    for line in _lines(found):
        streams.stdout.write(one_line(line) + "\n")
    for line in found.remarks:
        streams.remark(line)


def _lines(found: Listing) -> Iterator[str]:
    if found.models:
        yield from _table(found.models)
        yield ""
    yield from found.about


def _table(rows: tuple[Row, ...]) -> Iterator[str]:
    head = ("model", "size", "needs", "memory", "preset", "tokens/s", "")
    cells = [head, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    for line in cells:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield "  ".join(padded).rstrip()


@command.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.pass_obj
def rm(streams: Streams, name: str, yes: bool) -> int:
    """Delete a model from the disk of the server."""
    from kai.llm.memory import text
    from kai_shell.pulling import confirmed, keeper

    loaded = config.load(streams.env)
    server = keeper(loaded, streams)

    async def remove() -> int:
        try:
            model = await _installed(server, loaded, name)
            size = f" ({text(model.size)})" if model.size else ""
            if not yes:
                if not (streams.stdin.isatty() and streams.stderr.isatty()):
                    raise UsageError(f"nobody can be asked here: kai models rm {name} --yes")
                if not confirmed(f"delete {model.name}{size} from {server.url}?", streams):
                    streams.remark("nothing was deleted")
                    return 1
            await server.remove(model.name)
            await _look_again(server, loaded)
            streams.stdout.write(one_line(f"deleted {model.name}{size}") + "\n")
            for key in _naming(loaded, model.name):
                streams.remark(f"{key} still names it: kai models use auto takes that back")
            return 0
        finally:
            await server.close()

    return asyncio.run(remove())


@command.command()
@click.argument("name")
@click.option("--from", "base", required=True, metavar="MODEL", help="The model it is made of.")
@click.option("--print", "only_print", is_flag=True, help="Print the Modelfile, make nothing.")
@click.pass_obj
def create(streams: Streams, name: str, base: str, only_print: bool) -> None:
    """Make a model NAME with kai's parameters for MODEL: a Modelfile, and the model itself.

    It has no system prompt of its own: kai sends what a request needs.
    """
    from kai.llm.modelfile import modelfile, parameters
    from kai_shell.pulling import keeper

    loaded = config.load(streams.env)
    if only_print:
        streams.stdout.write(modelfile(base, parameters(base, loaded.settings)))
        return
    server = keeper(loaded, streams)

    async def make() -> Path:
        try:
            model = await _installed(server, loaded, base)
            given = parameters(model.name, loaded.settings, said=model.parameters)
            path = _write(loaded, name, modelfile(model.name, given))
            async for progress in server.create(name, model.name, given):
                if progress.status and progress.total is None:
                    streams.stderr.write(one_line(progress.status) + "\n")
            await _look_again(server, loaded)
            return path
        finally:
            await server.close()

    path = asyncio.run(make())
    streams.stdout.write(one_line(f"{name} is made of {base}; its Modelfile: {path}") + "\n")
    streams.remark(f"kai models use {name} has kai ask it")


@command.command()
@click.argument("name")
@click.option("--fast", "role", flag_value="fast_model", help="For simple requests only.")
@click.option("--quality", "role", flag_value="quality_model", help="For hard requests only.")
@click.pass_obj
def use(streams: Streams, name: str, role: str | None) -> None:
    """Have kai ask this model, by the setting llm.model; NAME auto lets kai choose again."""
    from kai_shell.pulling import keeper

    loaded = config.load(streams.env)
    if name == "auto":
        for key in (role,) if role else ("model", "fast_model", "quality_model"):
            set_value(loaded.paths, f"llm.{key}", "")
        streams.stdout.write("kai chooses the model\n")
        return
    if loaded.settings.llm.provider == "ollama":
        server = keeper(loaded, streams)
        try:
            name = asyncio.run(_name_of(server, loaded, name))
        except ModelUnreachable as error:
            streams.remark(f"whether it is installed is not known: {error}")
    key = f"llm.{role or 'model'}"
    set_value(loaded.paths, key, name)
    streams.stdout.write(one_line(f"{key} is {name}") + "\n")
    variable = "KAI_" + key.upper().replace(".", "_")
    if streams.env.get(variable):
        streams.remark(f"{variable} is set in this shell and comes before the file")
    if role and loaded.settings.llm.model:
        streams.remark(
            f"llm.model is {loaded.settings.llm.model} and comes before it: kai models use auto"
        )


def _naming(loaded: config.Loaded, name: str) -> list[str]:
    """The settings that name this model."""
    from kai.llm.known import same

    llm = loaded.settings.llm
    keys = ("model", "fast_model", "quality_model", "embed_model")
    return [f"llm.{key}" for key in keys if getattr(llm, key) and same(getattr(llm, key), name)]


async def _name_of(server: Keeper, loaded: config.Loaded, name: str) -> str:
    try:
        return (await _installed(server, loaded, name)).name
    finally:
        await server.close()


async def _installed(server: Keeper, loaded: config.Loaded, name: str) -> Installed:
    """The installed model of that name. Raises `ModelMissing`, saying which there are."""
    from kai.llm.inventory import Inventory, file, find
    from kai.llm.routing import missing

    models = await Inventory(server, file(loaded.paths.cache)).models(again=True)
    found = find(models, name)
    if found is None:
        error = missing(name)
        there = ", ".join(model.name for model in models[:8]) or "none"
        raise ModelMissing(f"{error}; installed: {there}", name)
    return found


async def _look_again(server: Keeper, loaded: config.Loaded) -> None:
    from kai.llm.inventory import Inventory, file

    try:
        await Inventory(server, file(loaded.paths.cache)).models(again=True)
    except KaiError:
        return  # what was asked for is done; the next look tells


def _write(loaded: config.Loaded, name: str, content: str) -> Path:
    safe = "".join(char if char.isalnum() or char in "._-" else "_" for char in name).lstrip(".")
    path = loaded.paths.state / "modelfiles" / f"{safe or 'model'}.Modelfile"
    try:
        write_private(path, content.encode())
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or os.strerror(1)}") from None
    return path
