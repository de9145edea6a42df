"""`kai config`: the settings in force, and where each comes from."""

from __future__ import annotations

import click

from kai import config, wiring
from kai.config.edit import dump, get_value, set_value
from kai.errors import ConfigError
from kai_shell.streams import Streams


@click.group(no_args_is_help=False)
def command() -> None:
    """The settings: defaults, then config.yaml, then KAI_* variables."""


@command.command()
@click.pass_obj
def show(streams: Streams) -> None:
    """Every setting, its value and where it comes from."""
    loaded = config.load()
    streams.stdout.write(dump(loaded) + "\n")
    for warning in loaded.warnings:
        streams.remark(warning)
    for fault in wiring.build_policies(loaded).faults:
        streams.remark(fault)


@command.command()
@click.pass_obj
def check(streams: Streams) -> None:
    """Whether config.yaml and every policy file are right; says line and column where not."""
    loaded = config.load()
    found = wiring.build_policies(loaded)
    if found.faults:
        raise ConfigError("; ".join(found.faults))
    there = loaded.paths.file.exists()
    streams.stdout.write(f"{loaded.paths.file}: {'right' if there else 'none, all defaults'}\n")
    for name in found.files:
        count = sum(rule.source.startswith(f"{name}:") for rule in found.rules)
        streams.stdout.write(f"{name}: right, {count} policies\n")
    for warning in loaded.warnings:
        streams.remark(warning)


@command.command()
@click.argument("key")
@click.pass_obj
def get(streams: Streams, key: str) -> None:
    """The value of one setting, such as cache.ttl."""
    streams.stdout.write(get_value(config.load(), key) + "\n")


@command.command("set")
@click.argument("key")
@click.argument("value")
def set_(key: str, value: str) -> None:
    """Write one setting into config.yaml; the rest of the file stays as it is."""
    import os

    set_value(config.Paths.from_environment(os.environ), key, value)


@command.command()
@click.pass_obj
def path(streams: Streams) -> None:
    """Where config.yaml is, whether or not there is one."""
    import os

    streams.stdout.write(f"{config.Paths.from_environment(os.environ).file}\n")
