"""Run the experiments in full, or those whose names hold one of the words given; one line each.

    python -m torture [--short] [--seed N] [WORD ...]

Ends with 1 if any promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from torture.experiments import EXPERIMENTS, Experiment
from torture.scale import FULL, SHORT, Scale

if TYPE_CHECKING:
    from torture.verdict import Verdict


def main() -> int:
    """Run what the command line asks for and return the exit code."""
    parser = argparse.ArgumentParser(description="Try to break the bot's promises.")
    parser.add_argument("words", nargs="*", help="only experiments whose name holds one of these")
    parser.add_argument("--short", action="store_true", help="a few seconds each")
    parser.add_argument("--seed", type=int, help="chance starts from here")
    given = parser.parse_args()
    scale = SHORT if given.short else FULL
    if given.seed is not None:
        scale = replace(scale, seed=given.seed)
    logging.disable(logging.WARNING)
    chosen = {
        name: experiment
        for name, experiment in EXPERIMENTS.items()
        if not given.words or any(word in name for word in given.words)
    }
    verdicts = [_is_sound(name, experiment, scale) for name, experiment in chosen.items()]
    return int(not all(verdicts))


def _is_sound(name: str, experiment: Experiment, scale: Scale) -> bool:
    """Run one experiment and print its line, and below it every complaint."""
    began_s = time.monotonic()
    with TemporaryDirectory(prefix="torture-") as folder:
        verdict = asyncio.run(_awaited(experiment, scale, Path(folder)))
    word = "sound" if verdict.is_sound else "BROKEN"
    print(f"{word:6} {name:26} {verdict} ({time.monotonic() - began_s:.0f} s)", flush=True)  # noqa: T201 - the report
    for complaint in verdict.complaints:
        print(f"         {complaint:.300}", flush=True)  # noqa: T201 - the report
    return verdict.is_sound


async def _awaited(experiment: Experiment, scale: Scale, folder: Path) -> Verdict:
    return await experiment(scale, folder)


if __name__ == "__main__":
    sys.exit(main())
