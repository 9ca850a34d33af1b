"""``lplate config``: the settings in force, where each comes from, and a file to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lplate_bot.commands.guard import guarded
from lplate_bot.commands.options import ConfigFile, PresetName  # noqa: TC001 - typer reads the annotations

if TYPE_CHECKING:
    from pathlib import Path

    from lplate.config import Effective, Knob


def show_config(
    key: Annotated[str | None, typer.Argument(help="One setting, as pool_size; none: all.")] = None,
    config: ConfigFile = None,
    preset: PresetName = None,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,  # noqa: FBT002 - a flag of the command line, always named
    example: Annotated[bool, typer.Option("--example", help="A commented lplate.toml with all.")] = False,  # noqa: FBT002 - as above
    markdown: Annotated[bool, typer.Option("--markdown", hidden=True)] = False,  # noqa: FBT002 - as above
) -> None:
    """Show the settings in force and where each comes from; secrets as set or not set."""
    if example or markdown:
        _print_all(as_documentation=markdown)
    else:
        guarded(lambda: _show(key, config, preset, is_json=json))


def _print_all(*, as_documentation: bool) -> None:
    from lplate.config.rendering import as_example, as_markdown  # noqa: PLC0415 - --help must not wait for it

    for line in as_markdown() if as_documentation else as_example():
        typer.echo(line)


def _show(key: str | None, config: Path | None, preset: str | None, *, is_json: bool) -> None:
    from lplate.config import find_knob, knobs, load  # noqa: PLC0415 - --help must not wait for it
    from lplate.config.rendering import as_columns, as_paragraph  # noqa: PLC0415 - as above

    chosen = [find_knob(key)] if key else list(knobs().values())
    effective = load({"config": config, "preset": preset})
    if is_json:
        typer.echo(_json(chosen, effective))
        return
    for line in as_paragraph(chosen[0], effective) if key else as_columns(effective):
        typer.echo(line)


def _json(chosen: list[Knob], effective: Effective) -> str:
    import msgspec  # noqa: PLC0415 - --help must not wait for it

    from lplate.config.rendering import as_json  # noqa: PLC0415 - as above

    table = {knob.name: as_json(knob, effective) for knob in chosen}
    return msgspec.json.format(msgspec.json.encode(table), indent=2).decode()
