"""What every command does with an error of ours: say it in a sentence, end with exit code 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from lplate.errors import BankError, LplateError

if TYPE_CHECKING:
    from collections.abc import Callable


def guarded(command: Callable[[], None]) -> None:
    """Run *command*; an error of ours becomes a sentence, not a traceback."""
    try:
        command()
    except BankError as error:
        for issue in error.issues:
            typer.echo(f"error: {issue}", err=True)
        typer.echo(f"lplate: {error}", err=True)
        raise typer.Exit(1) from None
    except LplateError as error:
        typer.echo(f"lplate: {error}", err=True)
        raise typer.Exit(1) from None
