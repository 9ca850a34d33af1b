"""The one place that knows use cases and adapters both, and joins them."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final

from lplate.adapters.bank_file import BankFile, BankFileWriter
from lplate.adapters.sqlite import SqliteStore
from lplate.commit import GroupCommit
from lplate.config import make_data_folder
from lplate.domain.picking import mistakes_first
from lplate.errors import ConfigError
from lplate.importing import refresh_bank
from lplate.trainer.library import Library
from lplate.trainer.trainer import Trainer
from lplate.trainer.views import Viewer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lplate.config import Settings
    from lplate.ports import Store

_log = logging.getLogger(__name__)

MANIFEST: Final = "bank.yaml"
_MS_PER_S: Final = 1000


@dataclass(frozen=True, slots=True)
class House:
    """Hold what one running bot works with; close() lets go of it."""

    store: Store
    library: Library
    banks: tuple[BankFile, ...]
    commit: GroupCommit
    trainer: Trainer
    viewer: Viewer

    async def close(self) -> None:
        """Commit what waits and close all files."""
        await self.commit.close()
        await self.store.close()
        for bank in self.banks:
            bank.close()


async def open_house(settings: Settings, bot_id: int) -> House:
    """Open the learners of one bot and all banks, compiling those that changed.

    Raises:
        BankError: if a bank has errors.
        ConfigError: if there is no bank at all, or the data folder cannot be used.
        StoreError: if the learners' database cannot be opened or is in use.
    """
    make_data_folder(settings.data)
    banks = open_banks(settings)
    store = SqliteStore.open(settings.data / f"learners-{bot_id}.db", pool_size=settings.pool_size)
    library = Library(banks)
    up_since_ms = round(time.time() * _MS_PER_S)
    return House(
        store=store,
        library=library,
        banks=banks,
        commit=GroupCommit(store, window_s=settings.commit_window_ms / _MS_PER_S),
        trainer=Trainer(store, library, mistakes_first, up_since_ms),
        viewer=Viewer(store, library),
    )


def open_banks(settings: Settings) -> tuple[BankFile, ...]:
    """Return all banks, the operator's own first; each is compiled anew if its source changed."""
    compiled = settings.data / "banks"
    banks: dict[str, BankFile] = {}
    for folder in _own_bank_folders(settings):
        bank = _open_bank(folder, compiled / f"{folder.name}.bank")
        if bank.info.id in banks:
            raise ConfigError(f"{folder}: bank id {bank.info.id!r} is taken by another folder; rename one")
        banks[bank.info.id] = bank
    if settings.starter_bank and "core" not in banks:
        with as_file(files("lplate") / "data" / "banks" / "core") as folder:
            banks["core"] = _open_bank(folder, compiled / "core.bank")
    if not banks:
        raise ConfigError(
            "there is no bank: set LPLATE_BANKS to a folder with banks, or LPLATE_STARTER_BANK=1"
        )
    return tuple(banks.values())


def _own_bank_folders(settings: Settings) -> Iterator[Path]:
    if settings.banks is None:
        return
    if not settings.banks.is_dir():
        raise ConfigError(f"LPLATE_BANKS: {settings.banks} is no folder")
    if (settings.banks / MANIFEST).is_file():
        yield settings.banks
        return
    found = sorted(folder for folder in settings.banks.iterdir() if (folder / MANIFEST).is_file())
    if not found:
        raise ConfigError(f"LPLATE_BANKS: no folder in {settings.banks} holds a {MANIFEST}")
    yield from found


def _open_bank(folder: Path, compiled: Path) -> BankFile:
    began_s = time.perf_counter()
    if not compiled.exists():
        _log.info("bank_compiling folder=%s (once, and again when its source changes)", folder)
    findings = refresh_bank(folder, BankFileWriter(compiled), today=datetime.now(UTC).date())
    bank = BankFile.open(compiled)
    if findings is not None:
        elapsed_s = time.perf_counter() - began_s
        _log.info("bank_compiled bank=%s questions=%d in_s=%.1f", bank.info.id, bank.info.size, elapsed_s)
        for warning in findings.warnings:
            _log.warning("bank_warning bank=%s %s", bank.info.id, warning)
    return bank
