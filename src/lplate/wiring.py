"""The one place that knows use cases and adapters both, and joins them."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final

from lplate.adapters.bank_file import BankFile, BankFileWriter
from lplate.adapters.sqlite import SqliteOptions, SqliteStore
from lplate.adapters.sqlite import take_over as take_over_lock
from lplate.commit import GroupCommit, Pace
from lplate.config import make_data_folder
from lplate.domain.picking import mistakes_first
from lplate.errors import ConfigError
from lplate.importing import always, refresh_bank
from lplate.trainer.library import Library
from lplate.trainer.trainer import Trainer
from lplate.trainer.views import Viewer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lplate.config import Settings
    from lplate.ports import Store

_log = logging.getLogger(__name__)

MANIFEST: Final = "bank.yaml"
STARTER: Final = "core"
_MS_PER_S: Final = 1000
_KIB_PER_MIB: Final = 1024
_PAGES_PER_MIB: Final = 256


@dataclass(frozen=True, slots=True)
class House:
    """Hold what one running bot works with; close() lets go of it."""

    store: Store
    library: Library
    banks: tuple[BankFile, ...]
    commit: GroupCommit
    trainer: Trainer
    viewer: Viewer

    def retune(self, settings: Settings) -> None:
        """Take in what of changed settings concerns commits and statements."""
        self.commit.pace = _commit_pace(settings)
        if isinstance(self.store, SqliteStore):
            self.store.log_slow_queries(settings.slow_query_ms)

    async def close(self) -> None:
        """Commit what waits and close all files."""
        await self.commit.close()
        await self.store.close()
        for bank in self.banks:
            bank.close()


async def open_house(
    settings: Settings, bot_id: int, *, take_over: bool = False, goes_on: Callable[[], bool] = always
) -> House:
    """Open the learners of one bot and all banks, compiling those that changed.

    With *take_over* another process that holds the learners is asked to stop, once the banks are ready.

    Raises:
        StoppedError: as soon as *goes_on* says no.
        BankError: if a bank has errors.
        ConfigError: if there is no bank at all, or the data folder cannot be used.
        StoreError: if the learners' database cannot be opened or is in use.
    """
    make_data_folder(settings.data)
    banks = await asyncio.to_thread(open_banks, settings, goes_on)
    path = learners_path(settings, bot_id)
    lock = await take_over_lock(path, goes_on) if take_over else None
    store = SqliteStore.open(path, _sqlite_options(settings), lock=lock)
    store.log_slow_queries(settings.slow_query_ms)
    library = Library(banks)
    up_since_ms = round(time.time() * _MS_PER_S)
    return House(
        store=store,
        library=library,
        banks=banks,
        commit=GroupCommit(store, _commit_pace(settings)),
        trainer=Trainer(store, library, mistakes_first, up_since_ms),
        viewer=Viewer(store, library),
    )


def _commit_pace(settings: Settings) -> Pace:
    """Return how commits are to be paced."""
    return Pace(settings.commit_window_ms / _MS_PER_S, settings.confirm_delay_s, settings.commit_group)


def _sqlite_options(settings: Settings) -> SqliteOptions:
    return SqliteOptions(
        readers=settings.pool_size,
        cache_kib=settings.sqlite_cache_mb * _KIB_PER_MIB,
        map_bytes=settings.sqlite_mmap_mb * _KIB_PER_MIB * 1024,
        log_pages=settings.wal_mb * _PAGES_PER_MIB,
        busy_ms=settings.busy_timeout_ms,
        read_timeout_s=settings.read_timeout_s,
        learners=settings.learner_cache,
    )


def learners_path(settings: Settings, bot_id: int) -> Path:
    """Return where the learners of one bot are kept."""
    return settings.data / f"learners-{bot_id}.db"


def open_banks(settings: Settings, goes_on: Callable[[], bool] = always) -> tuple[BankFile, ...]:
    """Return all banks, the operator's own first; each is compiled anew if its source changed."""
    compiled = settings.data / "banks"
    banks: dict[str, BankFile] = {}
    for folder in _own_bank_folders(settings):
        bank = _open_bank(folder, compiled / f"{folder.name}.bank", settings.question_cache, goes_on)
        if bank.info.id in banks:
            raise ConfigError(f"{folder}: bank id {bank.info.id!r} is taken by another folder; rename one")
        banks[bank.info.id] = bank
    if settings.starter_bank and "core" not in banks:
        with as_file(files("lplate") / "data" / "banks" / "core") as folder:
            banks["core"] = _open_bank(folder, compiled / "core.bank", settings.question_cache, goes_on)
    if not banks:
        raise ConfigError(
            "there is no bank: set LPLATE_BANKS to a folder with banks, or LPLATE_STARTER_BANK=1"
        )
    return tuple(banks.values())


def bank_sources(settings: Settings) -> Iterator[tuple[Path, Path]]:
    """Return the folder of every bank, the operator's own first, each with where it is compiled to.

    Raises:
        ConfigError: if the operator's folder is not there or holds no bank.
    """
    compiled = settings.data / "banks"
    names = set[str]()
    for folder in _own_bank_folders(settings):
        names.add(folder.name)
        yield folder, compiled / f"{folder.name}.bank"
    if settings.starter_bank and STARTER not in names:
        with as_file(files("lplate") / "data" / "banks" / STARTER) as folder:
            yield folder, compiled / f"{STARTER}.bank"


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


def _open_bank(folder: Path, compiled: Path, cache_size: int, goes_on: Callable[[], bool]) -> BankFile:
    began_s = time.perf_counter()
    if not compiled.exists():
        _log.info("bank_compiling folder=%s (once, and again when its source changes)", folder)
    today = datetime.now(UTC).date()
    findings = refresh_bank(folder, BankFileWriter(compiled), today=today, goes_on=goes_on)
    bank = BankFile.open(compiled, cache_size=cache_size)
    if findings is not None:
        elapsed_s = time.perf_counter() - began_s
        _log.info("bank_compiled bank=%s questions=%d in_s=%.1f", bank.info.id, bank.info.size, elapsed_s)
        if findings.warnings:
            count, first = len(findings.warnings), findings.warnings[0]
            _log.warning("bank_warnings bank=%s count=%d first=%s", bank.info.id, count, first)
    return bank
