"""One load test from beginning to end."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lplate.config import Settings
from lplate.wiring import open_banks
from lplate_bot.loadtest import scrape, stored
from lplate_bot.loadtest.api import ApiFace
from lplate_bot.loadtest.crowd import Crowd
from lplate_bot.loadtest.deck import Deck
from lplate_bot.loadtest.dialect import LplateDialect
from lplate_bot.loadtest.ledger import Fault
from lplate_bot.loadtest.measuring import Measuring
from lplate_bot.loadtest.pace import pace_of
from lplate_bot.loadtest.plan import LOCALHOST, Delivery, host
from lplate_bot.loadtest.subject import (
    Subject,
    SubjectError,
    data_folder,
    lplate_command,
    started,
    two_cores,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
    from pathlib import Path

    from lplate_bot.loadtest.dialect import Dialect
    from lplate_bot.loadtest.plan import LoadPlan
    from lplate_bot.loadtest.result import Result, Second
    from lplate_bot.loadtest.scrape import Commits
    from lplate_bot.loadtest.subject import Command

START_S: Final = 60.0
"""A bot that has not asked for updates after this long has not started."""


def silent(_: Second) -> None:
    """Say nothing."""


async def load(
    plan: LoadPlan,
    on_second: Callable[[Second], None] = silent,
    banks: Path | None = None,
    compiled: Path | None = None,
) -> Result:
    """Start this bot on a data folder that is gone afterwards, and load it; *banks* as in LPLATE_BANKS.

    *compiled* is a data folder with compiled banks, which saves compiling them.

    Raises:
        SubjectError: if the bot does not start, or dies.
    """
    async with data_folder() as data:
        if compiled is not None:
            shutil.copytree(compiled / "banks", data / "banks")
        dialect = _dialect(plan, data, banks)
        result = await load_command(plan, lplate_command(plan, banks), dialect, data, on_second)
        return _with_stored(result, data)


async def load_command(
    plan: LoadPlan,
    command: Command,
    dialect: Dialect,
    data: Path,
    on_second: Callable[[Second], None] = silent,
) -> Result:
    """Start any bot by *command* and load it, bot and load each on a core of its own where there are two."""
    cores = two_cores()
    async with AsyncExitStack() as stack:
        crowd, face, port = await stack.enter_async_context(_town(plan, dialect))
        if cores is not None:
            stack.enter_context(_pinned(cores[0]))
        core = cores[1] if cores is not None else None
        api = f"http://{LOCALHOST}:{port}"
        subject = await stack.enter_async_context(started(command, api, data, core))
        return await _while_alive(subject, _play(plan, crowd, face, subject, on_second))


async def load_running(plan: LoadPlan, pid: int, on_second: Callable[[Second], None] = silent) -> Result:
    """Load this bot as it runs with process id *pid*; its LPLATE_API_URL is the plan's ``listen``."""
    async with data_folder() as data, _town(plan, _dialect(plan, data)) as (crowd, face, _):
        return await _play(plan, crowd, face, Subject(pid), on_second)


def _dialect(plan: LoadPlan, data: Path, folder: Path | None = None) -> LplateDialect:
    """Return how this bot's cards are read, with the banks' answers; compiles them into *data*.

    Learners enter by a deep link to the first bank.
    """
    banks = open_banks(Settings(data=data, banks=folder))
    deck = Deck.of(banks, plan.habits.languages)
    for bank in banks:
        bank.close()
    return LplateDialect(deck, plan.habits, plan.flow, banks[0].info.id)


@asynccontextmanager
async def _town(plan: LoadPlan, dialect: Dialect) -> AsyncIterator[tuple[Crowd, ApiFace, int]]:
    crowd = Crowd(plan, dialect)
    face = ApiFace(crowd)
    port = await face.start(*host(plan.listen))
    try:
        yield crowd, face, port
    finally:
        await face.stop()


async def _play(
    plan: LoadPlan, crowd: Crowd, face: ApiFace, subject: Subject, on_second: Callable[[Second], None]
) -> Result:
    try:
        async with asyncio.timeout(START_S):
            await face.ready.wait()
    except TimeoutError:
        raise SubjectError(
            f"the bot asked for no updates within {START_S:g} s: {subject.last_words()}"
        ) from None
    is_webhook = plan.delivery is Delivery.WEBHOOK and face.webhook is not None
    crowd.feed = face.webhook if is_webhook else face.queue
    sweeping = asyncio.create_task(crowd.sweep())
    pace = pace_of(plan, crowd)
    measuring = Measuring(crowd, face, pace, subject, on_second)
    try:
        await crowd.enter()
        gc.collect()
        gc.freeze()  # learners live to the end: looking through them again and again would show as load
        crowd.on_free = pace.free
        pace.begin(tuple(crowd.idle))
        await asyncio.sleep(plan.lead_in_s)
        before = await scrape.commits(subject.metrics_url) if subject.metrics_url else None
        measuring.begin()
        await measuring.run(plan.seconds)
        result = await _with_commits(measuring.close(), subject, before)
        pace.stop()
        await crowd.finish()
    finally:
        pace.stop()
        sweeping.cancel()
        gc.unfreeze()
    return _judged(result, crowd)


async def _while_alive(subject: Subject, play: Coroutine[None, None, Result]) -> Result:
    """Return what the play returns; raise if the bot dies before."""
    playing = asyncio.create_task(play)
    dying = asyncio.create_task(subject.died())
    try:
        await asyncio.wait((playing, dying), return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            raise SubjectError(dying.result())
        return playing.result()
    finally:
        for task in (playing, dying):
            task.cancel()
            with suppress(asyncio.CancelledError, SubjectError):
                await task


async def _with_commits(result: Result, subject: Subject, before: Commits | None) -> Result:
    """Return the result with what the bot committed since *before*, where it tells."""
    after = await scrape.commits(subject.metrics_url) if before is not None else None
    if before is None or after is None:
        return result
    since = after.since(before)
    return replace(result, commits=since.groups, group_size=since.group_size)


def _judged(result: Result, crowd: Crowd) -> Result:
    """Return the result with all that was wrong, from the first press to the last."""
    ledger = crowd.ledger
    return replace(
        result,
        faults={str(kind): count for kind, count in sorted(ledger.faults.items())},
        examples=ledger.examples,
        answers_given=crowd.answers_given,
    )


def _with_stored(result: Result, data: Path) -> Result:
    """Return the result with the number of answers in the bot's database, a fault if it differs."""
    count = stored.answers(data)
    if count == result.answers_given:
        return replace(result, answers_stored=count)
    faults = {**result.faults, str(Fault.UNSTORED): abs(count - result.answers_given)}
    return replace(result, answers_stored=count, faults=faults)


@contextmanager
def _pinned(core: int) -> Iterator[None]:
    """Keep this process on one core for a while."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
