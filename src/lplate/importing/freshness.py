"""Compile a bank only when it has changed: every start asks, and most have nothing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lplate.importing.folder import source_digest
from lplate.importing.stopping import always

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from lplate.importing.bank_writer import BankWriter
    from lplate.importing.findings import Findings


def refresh_bank(
    folder: Path, writer: BankWriter, *, today: date, goes_on: Callable[[], bool] = always
) -> Findings | None:
    """Compile the bank in *folder* unless *writer* holds it already; None says that it does.

    Raises:
        BankError: if the bank has errors, with all of them; what was kept stays.
        StoppedError: as soon as *goes_on* says no; what was kept stays.
    """
    if writer.is_fresh(source_digest(folder), today):
        return None
    from lplate.importing.compiling import compile_bank  # noqa: PLC0415 - YAML and renderer cost 50 ms, 15 MB

    return compile_bank(folder, writer, today=today, goes_on=goes_on)
