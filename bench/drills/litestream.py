"""Lose the host, restore from Litestream: `python -m bench.drills.litestream`, or `make litestream-drill`.

Learners press while Litestream copies. Then bot and Litestream are killed, the copy is restored elsewhere,
and a bot started on it. Told is what the loss of the host costs in answers and seconds, how long the log
grew, and how fast replies were beside Litestream. Exits with 1 if more than MOST_LOST_S was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import apsw
import uvloop

from bench.drills.stage import NOBODY, until_open, until_served
from bench.trees import ROOT
from lplate_bot.loadtest.plan import LOCALHOST, LoadPlan, Loop
from lplate_bot.loadtest.run import load_running
from lplate_bot.loadtest.subject import free_port, lplate_command, started

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from lplate_bot.loadtest.result import Second

CONFIG = ROOT / "deploy" / "litestream" / "litestream.yml"
DATABASE = "learners-1.db"
MOST_LOST_S = 5.0
MS_PER_S = 1000
NEWEST = "SELECT count(*), coalesce(max(answered_at_ms), 0) FROM attempt"


class Kept(NamedTuple):
    """Say how many answers a database holds, and when the newest was given."""

    answers: int
    newest_ms: int


@dataclass
class Seen:
    """Hold what was seen under load: the longest log, and the slowest second."""

    log_mb: float = 0.0
    seconds: int = 0
    p99_ms: float = 0.0


def main(arguments: Sequence[str]) -> int:
    """Run the drill, print what was seen."""
    parser = argparse.ArgumentParser(prog="python -m bench.drills.litestream", description=__doc__)
    parser.add_argument("--learners", type=int, default=500)
    parser.add_argument("--rate", type=float, default=150.0, help="presses a second (default: 150)")
    parser.add_argument("--seconds", type=float, default=30.0, help="before the loss (default: 30)")
    parser.add_argument("--without", action="store_true", help="only load the bot, to compare")
    parser.add_argument("--binary", default=str(Path(sys.executable).with_name("litestream")))
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="lplate-litestream-") as folder:
        return uvloop.run(drill(options, Path(folder)))


async def drill(options: argparse.Namespace, folder: Path) -> int:
    """Load, lose, restore, start again."""
    host, replica, fresh = (folder / name for name in ("host", "replica", "fresh"))
    for each in (host, replica, fresh):
        each.mkdir()
    plan = LoadPlan(
        learners=options.learners, loop=Loop.OPEN, rate=options.rate, seconds=options.seconds + 60,
        listen=f"{LOCALHOST}:{free_port()}",
    )  # fmt: skip
    seen = await loaded_then_lost(options, plan, host, replica)
    print(f"under load: slowest second's p99 {seen.p99_ms:.1f} ms, longest log {seen.log_mb:.1f} MB")
    if options.without:
        return 0
    began_s = time.perf_counter()
    await run(options.binary, "restore", "-o", str(fresh / DATABASE), f"file://{replica}/{DATABASE}")
    restored_s = time.perf_counter() - began_s
    lost = told(kept(host / DATABASE), kept(fresh / DATABASE), restored_s)
    print(f"a bot on the restored learners serves after {await serves(plan, fresh):.1f} s")
    return int(lost > MOST_LOST_S)


async def loaded_then_lost(options: argparse.Namespace, plan: LoadPlan, host: Path, replica: Path) -> Seen:
    """Let learners press for a while beside Litestream, then kill both."""
    seen = Seen()

    def look(second: Second) -> None:
        log = host / (DATABASE + "-wal")
        seen.log_mb = max(seen.log_mb, log.stat().st_size / 1e6 if log.exists() else 0.0)
        seen.seconds += 1
        seen.p99_ms = max(seen.p99_ms, second.p99_ms)

    async with AsyncExitStack() as stack:
        loading = asyncio.create_task(load_running(plan, NOBODY, look))
        stack.callback(loading.cancel)
        await until_open(plan.listen)
        bot = await stack.enter_async_context(started(lplate_command(plan), f"http://{plan.listen}", host))
        if not options.without:
            copying = await stack.enter_async_context(replicating(options.binary, host, replica))
        while seen.seconds < options.seconds and not loading.done():  # noqa: ASYNC110 - a second's look is enough
            await asyncio.sleep(0.05)
        if loading.done():
            loading.result()
        assert bot.process is not None
        bot.process.kill()
        if not options.without:
            copying.kill()
        await bot.process.wait()
        loading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await loading
    return seen


@asynccontextmanager
async def replicating(binary: str, host: Path, replica: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run Litestream with the configuration that is delivered."""
    environment = {**os.environ, "SOURCE": str(host), "REPLICA": str(replica)}
    process = await asyncio.create_subprocess_exec(
        binary, "replicate", "-config", str(CONFIG), env=environment,
        stdout=asyncio.subprocess.DEVNULL, stderr=None,
    )  # fmt: skip
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def run(*command: str) -> None:
    """Run a command that must succeed."""
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    assert await process.wait() == 0, command


async def serves(plan: LoadPlan, data: Path) -> float:
    """Return how long a bot on *data* takes until it listens for updates, in seconds."""
    asking = asyncio.create_task(load_running(plan, NOBODY))
    await until_open(plan.listen)
    began_s = time.perf_counter()
    async with started(lplate_command(plan), f"http://{plan.listen}", data):
        await until_served(data)
        took_s = time.perf_counter() - began_s
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking
    return took_s


def kept(database: Path) -> Kept:
    """Return what a database holds that nobody has open."""
    with contextlib.closing(apsw.Connection(str(database))) as connection:
        assert connection.pragma("integrity_check") == "ok"
        return Kept(*connection.execute(NEWEST).get)


def told(before: Kept, after: Kept, restored_s: float) -> float:
    """Print what the loss cost; return it in seconds."""
    lost_s = (before.newest_ms - after.newest_ms) / MS_PER_S
    print(f"answers stored {before.answers}, restored {after.answers}, lost {before.answers - after.answers}")
    print(f"the loss is the last {lost_s:.2f} s; restoring took {restored_s:.1f} s")
    return lost_s


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
