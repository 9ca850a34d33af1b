"""Answer without end and print what was acknowledged, until killed: ``answering.py DATABASE FIRST_STEP``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from contract.samples import attempt, card, owing
from lplate.adapters.sqlite import SqliteStore
from lplate.commit import GroupCommit
from lplate.ports import Delivered

LEARNERS = 20


async def answer_for_ever(database: Path, first_step: int) -> None:
    commit = GroupCommit(SqliteStore.open(database))

    async def one(learner_id: int) -> None:
        step = first_step
        while True:
            answer = attempt(step, learner_id)
            await commit.submit((owing(step, learner_id), answer, card(f"q{step % 40}", learner_id)))
            sys.stdout.write(f"{answer.update_id}\n")
            commit.defer(Delivered(learner_id, step))
            step += 1

    async def tell() -> None:
        while True:
            sys.stdout.flush()
            await asyncio.sleep(0)

    await asyncio.gather(tell(), *(one(1 + n) for n in range(LEARNERS)))


if __name__ == "__main__":
    asyncio.run(answer_for_ever(Path(sys.argv[1]), int(sys.argv[2])))
