"""The process that writes is killed in the middle of the work, again and again."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Final

from crash.recording import survey

KILLS: Final = int(os.environ.get("KILLS", "20"))
TESTS: Final = Path(__file__).parents[1]
STEPS: Final = 1_000_000
"""The samples number updates by learner and step: learner times this plus step."""


def answer_until_killed(database: Path, first_step: int, enough: int) -> set[int]:
    """Return the updates a process acknowledged before it was killed, after *enough* or a few more."""
    command = [sys.executable, str(TESTS / "crash" / "answering.py"), str(database), str(first_step)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        seen = [process.stdout.readline() for _ in range(enough)]
        process.kill()
        seen += process.stdout.readlines()
    return {int(line) for line in seen if line.endswith(b"\n")}


def test_killed_at_any_moment_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    """After each kill all acknowledged answers are there, each once, in a sound database."""
    database = tmp_path / "learners.db"
    moments = random.Random(7)
    acknowledged: set[int] = set()
    first_step = 0
    for _ in range(KILLS):
        fresh = answer_until_killed(database, first_step, moments.randrange(1, 400))
        acknowledged |= fresh
        is_sound, stored = survey(database)
        assert is_sound
        assert acknowledged.issubset(stored)
        assert len(stored) == len(set(stored))
        first_step = max(update_id % STEPS for update_id in fresh)  # some learners answer it a second time
    assert len(acknowledged) > KILLS
