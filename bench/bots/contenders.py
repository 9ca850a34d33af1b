"""The bots that are held against each other, and one round of each."""

from __future__ import annotations

import json
import re
import shutil
import sys
from dataclasses import dataclass
from html import escape
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bench.trees import ROOT
from lplate.config import Settings
from lplate.domain.question import QuestionType
from lplate.wiring import open_banks
from lplate_bot.loadtest.deck import questions
from lplate_bot.loadtest.dialect import PlainDialect
from lplate_bot.loadtest.plan import PLAIN, Delivery, Flow, LoadPlan
from lplate_bot.loadtest.run import load, load_command
from lplate_bot.loadtest.subject import Command

if TYPE_CHECKING:
    from lplate_bot.loadtest.result import Result

BANK = "core"
LEARNERS = 200
"""Enough that every bot always has something to do."""
ENTRY = re.compile(r"(?=^- id:)", re.MULTILINE)
TYPE = re.compile(r"^  type: (single|truefalse)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Contender:
    """One bot. *arguments* start a peer; without any it is ours, its cards set up as *flow* says."""

    name: str
    arguments: tuple[str, ...] = ()
    flow: Flow = Flow.CARD
    delivery: Delivery = Delivery.WEBHOOK


FAST = Contender("lplate, next question in the card", flow=Flow.FAST)
MESSAGES = Contender("lplate, next question as a message", flow=Flow.MESSAGES)
CARD = Contender("lplate, feedback and Next (two updates a question)", flow=Flow.CARD)
PTB = Contender("python-telegram-bot 22, polling", ("bench.peers.ptb_bot",), delivery=Delivery.POLLING)
AIOGRAM = Contender("aiogram 3, webhook, uvloop", ("bench.peers.aiogram_bot",))
FLOOR_1 = Contender("floor: inline answer and 1 call", ("bench.peers.floor", "1"))
FLOOR_2 = Contender("floor: inline answer and 2 calls", ("bench.peers.floor", "2"))
ALL = (FAST, MESSAGES, CARD, PTB, AIOGRAM, FLOOR_1, FLOOR_2)


async def saturated(contender: Contender, seconds: float, exported: Path) -> Result:
    """Load *contender* as much as it can take and return the figures."""
    plan = LoadPlan(
        learners=LEARNERS, seconds=seconds, think_s=0, flow=contender.flow, delivery=contender.delivery,
        habits=PLAIN, lead_in_s=1.5, patience_s=30,
    )  # fmt: skip
    if not contender.arguments:
        return await load(plan, banks=exported.parent / BANK)
    environment = {
        "API": "{api}",
        "TOKEN": "{token}",
        "PORT": "{port}",
        "WEBHOOK": "{webhook}",
        "SECRET": "{secret}",
        "DATA": "{data}",
        "QUESTIONS": str(exported),
        "PYTHONPATH": str(ROOT),
    }
    command = Command((sys.executable, "-m", *contender.arguments), environment)
    with TemporaryDirectory(prefix="lplate-peer-") as folder:
        return await load_command(plan, command, PlainDialect(), Path(folder))


def export_bank(folder: Path) -> None:
    """Write the starter bank as far as one press answers its questions: ticks and typing are left out."""
    with as_file(files("lplate") / "data" / "banks" / BANK) as source:
        shutil.copytree(source, folder / BANK)
    for path in (folder / BANK / "questions").glob("*.yaml"):
        kept = [each for each in ENTRY.split(path.read_text()) if TYPE.search(each)]
        path.write_text("".join(kept))
    asked = "".join(path.read_text() for path in (folder / BANK / "questions").glob("*.yaml"))
    for picture in (folder / BANK / "media").iterdir():
        if f"media/{picture.name}" not in asked:
            picture.unlink()


def export_questions(path: Path) -> None:
    """Write the starter bank's single choices, in English, as JSON."""
    with TemporaryDirectory(prefix="lplate-bank-") as folder:
        banks = open_banks(Settings(data=Path(folder)))
        found = [
            {
                "id": each.id,
                "text": escape(each.text["en"]),
                "options": [escape(option.text["en"]) for option in each.options],
                "right": next(place for place, option in enumerate(each.options) if option.correct),
                "explanation": escape(each.explanation["en"]),
            }
            for bank in banks
            for each in questions(bank)
            if each.type is QuestionType.SINGLE
        ]
        for bank in banks:
            bank.close()
    path.write_text(json.dumps(found))
