"""Replace the bot under load: `python -m bench.drills.upgrade`, usually by `make upgrade-drill`.

Learners press at a steady rate while successors take over again and again, and strangers knock at the
webhook's port. Told are refused connections, requests that Telegram had to bring again, and how long replies
took. `--without-handover` takes the socket away from the successors, as it was before it was handed on. Exits
with 1 if an answer was lost, or a connection refused although the socket was handed on.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import uvloop

from bench.drills.stage import NOBODY, offered_at, until_open, until_served
from lplate_bot.loadtest import stored
from lplate_bot.loadtest.ledger import Fault
from lplate_bot.loadtest.plan import LOCALHOST, LoadPlan, Loop
from lplate_bot.loadtest.run import load_running
from lplate_bot.loadtest.subject import free_port, lplate_command, started

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplate_bot.loadtest.result import Result
    from lplate_bot.loadtest.subject import Command, Subject

BETWEEN_S = 3.0
KNOCK_EVERY_S = 0.003


@dataclass(frozen=True)
class Drill:
    """Say how many learners press how often, and how many successors there are."""

    learners: int
    rate: float
    take_overs: int
    hands_over: bool


@dataclass
class Knocks:
    """Open connections to a port one after another; count them and those refused."""

    port: int
    all: int = 0
    refused: int = 0

    async def run(self) -> None:
        """Knock until cancelled."""
        while True:
            self.all += 1
            try:
                _, writer = await asyncio.open_connection(LOCALHOST, self.port)
            except OSError:
                self.refused += 1
            else:
                writer.close()
            await asyncio.sleep(KNOCK_EVERY_S)


def main(arguments: Sequence[str]) -> int:
    """Run the drill, print what was seen."""
    parser = argparse.ArgumentParser(prog="python -m bench.drills.upgrade", description=__doc__)
    parser.add_argument("--learners", type=int, default=500)
    parser.add_argument("--rate", type=float, default=150.0, help="presses a second (default: 150)")
    parser.add_argument("--take-overs", type=int, default=5)
    parser.add_argument("--without-handover", action="store_true")
    options = parser.parse_args(arguments)
    plan = Drill(options.learners, options.rate, options.take_overs, not options.without_handover)
    with TemporaryDirectory(prefix="lplate-upgrade-") as folder:
        return uvloop.run(drill(plan, Path(folder)))


async def drill(drill: Drill, data: Path) -> int:
    """Load a bot, replace it, compare what was given with what is stored."""
    plan = LoadPlan(
        learners=drill.learners, loop=Loop.OPEN, rate=drill.rate,
        seconds=drill.take_overs * 2 * BETWEEN_S, listen=f"{LOCALHOST}:{free_port()}",
    )  # fmt: skip
    async with AsyncExitStack() as bots:
        under_load = asyncio.Event()
        loading = asyncio.create_task(load_running(plan, NOBODY, lambda _: under_load.set()))
        await until_open(plan.listen)
        port = free_port()
        command = at_port(lplate_command(plan), port)
        first = await bots.enter_async_context(started(command, f"http://{plan.listen}", data))
        await under_load.wait()
        knocks = Knocks(port)
        knocking = asyncio.create_task(knocks.run())
        pauses = await replaced(drill, command, plan, first, data, bots)
        knocking.cancel()
        result = await loading
    return told(drill, result, pauses, knocks, stored.answers(data))


def at_port(command: Command, port: int) -> Command:
    """Return *command* with the webhook at one port for all successors."""
    fixed = {name: value.replace("{port}", str(port)) for name, value in command.environment.items()}
    fixed["LPLATE_WEBHOOK_URL"] = f"http://{LOCALHOST}:{port}/updates"
    return replace(command, environment=fixed)


async def replaced(
    drill: Drill, command: Command, plan: LoadPlan, old: Subject, data: Path, bots: AsyncExitStack
) -> list[float]:
    """Replace the bot so many times; return for each how long nobody held the learners, in seconds."""
    successor = replace(command, arguments=(*command.arguments, "--take-over"))
    pauses = []
    for _ in range(drill.take_overs):
        if not drill.hands_over:
            offered_at(data).unlink()
        new = await bots.enter_async_context(started(successor, f"http://{plan.listen}", data))
        assert old.process is not None
        code = await old.process.wait()
        began_s = time.perf_counter()
        assert code == 0, old.last_words()
        await until_served(data)
        pauses.append(time.perf_counter() - began_s)
        old = new
        await asyncio.sleep(BETWEEN_S)
    return pauses


def told(drill: Drill, result: Result, pauses: list[float], knocks: Knocks, kept: int) -> int:
    """Print what was seen; return 1 if an answer was lost, or a connection refused although handed over."""
    lost = result.answers_given - kept
    again = result.faults.get(str(Fault.REFUSED), 0)
    print(f"{result.learners} learners, {result.updates_per_s:.0f} presses/s, {drill.take_overs} take-overs")
    print(f"replies: p50 {result.p50_ms:.1f} ms, p99 {result.p99_ms:.1f} ms, slowest {result.max_ms:.0f} ms")
    print("from the end of the old to the serving new, ms:", *(f"{pause * 1000:.0f}" for pause in pauses))
    print(f"connections tried {knocks.all}, refused {knocks.refused}; requests brought again {again}")
    print(f"answers given {result.answers_given}, stored {kept}, lost {lost}")
    others = {kind: count for kind, count in result.faults.items() if kind != str(Fault.REFUSED)}
    print(f"other faults: {others or 'none'}")
    return int(bool(lost or others or (drill.hands_over and knocks.refused)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
