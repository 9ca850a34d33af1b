"""Play the bot from outside: the real bot, in this process or its own, and learners who press its buttons."""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import signal
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from lplate.config import Settings
from lplate.domain.question import Question, QuestionType
from lplate.wiring import open_banks
from lplate_bot.app import run
from lplate_bot.playground import PLAYGROUND_TOKEN
from lplate_bot.playground.learner import ActionRefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from lplate_bot.playground.learner import Learner
    from lplate_bot.playground.objects import Message
    from lplate_bot.playground.server import PlaygroundServer

PATIENCE_S = 60.0
"""Longer than any machine takes: no test passes or fails by time."""
NO_LIMITS: dict[str, Any] = {
    "send_per_second": 0,
    "send_per_chat": 0,
    "rate_per_minute": 100_000,
    "rate_burst": 100_000,
}
POLLING: Mapping[str, str] = MappingProxyType({})
"""What has updates come by polling: no setting at all."""
LPLATE = (sys.executable, "-c", "from lplate_bot.cli import main; main()")
"""The command line, whatever the PATH says."""
WRONG_NUMBER = "987654"


# ---------------------------------------------------------------------- the bot


def settings_for(server: PlaygroundServer, data: Path, **more: Any) -> Settings:
    """Return settings that let the bot talk to *server* as fast as it can."""
    own = {"token": PLAYGROUND_TOKEN, "api_url": server.url, "data": data, "operate_listen": ""}
    return Settings(**{**own, **NO_LIMITS, **more})


@asynccontextmanager
async def bot_in_process(server: PlaygroundServer, data: Path, **more: Any) -> AsyncIterator[None]:
    """Run the bot in this event loop; fail if it ends by itself."""
    stopping = asyncio.Event()
    task = asyncio.create_task(run(settings_for(server, data, **more), stopping))
    try:
        yield
        assert not task.done(), "the bot ended by itself"
    finally:
        stopping.set()
        await task


class BotProcess:
    """Run the bot in a process of its own, to be stopped or killed; leaving the block kills it."""

    def __init__(
        self, server: PlaygroundServer, data: Path, command: Sequence[str] = LPLATE, **environment: str
    ) -> None:
        self._command = command
        self._environment = bot_environment(server, data, **environment)
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    @property
    def pid(self) -> int:
        """Return the process id."""
        assert self._process is not None
        return self._process.pid

    async def start(self, *flags: str) -> None:
        """Start the process; returns at once."""
        arguments = (*self._command, "run", "--log-level", "error", *flags)
        self._process = await asyncio.create_subprocess_exec(*arguments, env=self._environment)

    def pause(self) -> None:
        """Have the process stand still, so that it answers nobody."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Have it go on."""
        os.kill(self.pid, signal.SIGCONT)

    async def kill(self) -> None:
        """End the process by SIGKILL and reap it."""
        await self._end(signal.SIGKILL)

    async def stop(self, number: signal.Signals = signal.SIGTERM, within_s: float = PATIENCE_S) -> int:
        """End the process by a signal it can handle and return its exit code."""
        return await self._end(number, within_s)

    async def ended(self, within_s: float = PATIENCE_S) -> int:
        """Return the exit code once the process has ended by itself."""
        process, self._process = self._process, None
        if process is None:
            return 0
        async with asyncio.timeout(within_s):
            return await process.wait()

    async def _end(self, number: signal.Signals, within_s: float = PATIENCE_S) -> int:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)
        return await self.ended(within_s)


def bot_environment(server: PlaygroundServer, data: Path, **more: str) -> dict[str, str]:
    """Return the environment of a bot for *server* without limits; no setting of the machine gets in."""
    limits = {f"LPLATE_{name.upper()}": str(value) for name, value in NO_LIMITS.items()}
    outer = {name: value for name, value in os.environ.items() if not name.startswith("LPLATE_")}
    given = {"LPLATE_TOKEN": PLAYGROUND_TOKEN, "LPLATE_API_URL": server.url, "LPLATE_DATA": str(data)}
    return {**outer, **limits, **given, "LPLATE_OPERATE_LISTEN": "none", **more}


def settings_of(delivery: str) -> Mapping[str, str]:
    """Return the environment of a way of delivery: polling or webhook."""
    return by_webhook() if delivery == "webhook" else POLLING


def by_webhook() -> dict[str, str]:
    """Return what has updates come by webhook, to a port that is free now."""
    address = f"127.0.0.1:{free_port()}"
    return {
        "LPLATE_WEBHOOK_URL": f"http://{address}/updates",
        "LPLATE_WEBHOOK_LISTEN": address,
        "LPLATE_WEBHOOK_SECRET": "known-to-this-machine-only",
    }


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


# ---------------------------------------------------------------------- the bank


@cache
def compiled_data() -> Path:
    """Return a data folder with the compiled starter bank, made once a process: it takes seconds."""
    folder = TemporaryDirectory(prefix="lplate-banks-")
    atexit.register(folder.cleanup)
    for bank in open_banks(Settings(data=Path(folder.name))):
        bank.close()
    return Path(folder.name)


def add_compiled_banks(data: Path) -> Path:
    """Put the compiled starter bank into a data folder, so that a bot in it starts at once."""
    shutil.copytree(compiled_data() / "banks", data / "banks")
    return data


@cache
def bank_questions() -> tuple[Question, ...]:
    """Return the starter bank's questions."""
    (bank,) = open_banks(Settings(data=compiled_data()))
    found = [bank.question(question_id) for question_id in question_ids(bank)]
    bank.close()
    return tuple(question for question in found if question is not None)


def question_ids(bank: Any) -> list[str]:
    """Return all ids of a bank, by drawing until nothing is unseen."""
    seen, ids = b"", list[str]()
    while (question_id := bank.unseen(seen, (), (), len(ids))) is not None:
        ids.append(question_id)
        seen = bank.mark_seen(seen, (question_id,))
    return ids


def question_on(message: Message) -> Question:
    """Return the starter bank's question that a card shows; signs share their text, not their options."""
    shown = words(message)
    lines = shown.split("\n")

    def is_shown(question: Question, language: str) -> bool:
        options = (option.text.get(language, "") for option in question.options)
        return question.text[language] in lines and all(option in shown for option in options)

    return next(q for q in bank_questions() for language in q.text if is_shown(q, language))


# ---------------------------------------------------------------------- messages


def buttons(message: Message) -> list[str]:
    """Return the callback data of all buttons."""
    if message.reply_markup is None:
        return []
    rows = message.reply_markup.get("inline_keyboard", [])
    return [button.get("callback_data", "") for row in rows for button in row]


def has_button(data: str, message: Message) -> bool:
    """Return True if a button bears this callback data."""
    return data in buttons(message)


def words(message: Message) -> str:
    """Return text or caption."""
    return message.text or message.caption or ""


def place(message: Message) -> tuple[int, int]:
    """Return session and step named by a card's buttons."""
    for data in buttons(message):
        code, *numbers = data.split(":")
        if code in {"a", "t", "u", "k", "n"}:
            return int(numbers[0]), int(numbers[1])
    return (0, 0)


def is_open(message: Message) -> bool:
    """Return True for a card that shows a question."""
    return any(data.startswith("k:") for data in buttons(message))


# ---------------------------------------------------------------------- learners


class Given(NamedTuple):
    """Note an answer that was given: which question, and whether the right option was chosen."""

    session: int
    step: int
    question_id: str
    is_right: bool


@dataclass
class Player:
    """Play one learner; *ledger* holds every answer that was given, in order."""

    learner: Learner
    ledger: list[Given] = field(default_factory=list)

    async def start(self, parameter: str = "b_core_en") -> Message:
        """Follow a deep link and return the first question."""
        self.learner.start(parameter)
        return await self.question()

    async def sees(self, fits: Callable[[Message], bool]) -> Message:
        """Return the newest message that *fits*, once there is one."""
        return await self.learner.wait_for(fits, PATIENCE_S)

    def now(self, message: Message) -> Message:
        """Return a message as it looks now: what tests hold is how it looked when they saw it."""
        return self.learner.chat.posts[message.message_id].message

    async def question(self, after: tuple[int, int] = (0, 0)) -> Message:
        """Return the open card once it shows a question later than *after*."""
        return await self.sees(lambda m: is_open(m) and place(m) > after)

    async def feedback(self, at: tuple[int, int]) -> Message:
        """Return the card once it shows the feedback of the question *at*."""
        return await self.sees(lambda m: f"n:{at[0]}:{at[1]}" in buttons(m))

    async def toast(self, query_id: str) -> str:
        """Return the words of the answer to a press, empty for a silent one."""
        return (await self.learner.answer_to(query_id, PATIENCE_S)).text or ""

    async def answer(self, card: Message, *, is_right: bool = True) -> Message:
        """Answer the question on *card* and return its feedback."""
        at = place(card)
        await self.give(card, is_right=is_right)
        return await self.feedback(at)

    async def give(self, card: Message, *, is_right: bool = True) -> str:
        """Answer the question on *card* and return the callback query's id, empty for a typed answer."""
        question, at = question_on(card), place(card)
        query_id = ""
        if question.type is QuestionType.NUMERIC:
            assert question.answer is not None
            self.learner.send_text(f"{question.answer.value}" if is_right else WRONG_NUMBER)
        elif question.type is QuestionType.MULTI:
            right = right_options(question)
            card = await self.tick(card, right if is_right else right[:1])
            query_id = await self.submit(card)
        else:
            wanted = next(i for i, option in enumerate(question.options) if option.correct is is_right)
            query_id = await self.press(card, f"a:{at[0]}:{at[1]}:{wanted}")
        self.ledger.append(Given(*at, question.id, is_right))
        return query_id

    async def tick(self, card: Message, options: Sequence[int]) -> Message:
        """Tick options that are not ticked yet, one after another, and return the card as it is then."""
        session, step = place(card)
        for index in options:
            done = f"t:{session}:{step}:{index}:0"
            if done not in buttons(card):
                await self.press(card, f"t:{session}:{step}:{index}:1")
                card = await self.sees(partial(has_button, done))
        return card

    async def submit(self, card: Message) -> str:
        """Press Submit and return the query's id."""
        session, step = place(card)
        return await self.press(card, f"u:{session}:{step}")

    async def press(self, message: Message, data: str) -> str:
        """Press a button; if the card moved below meanwhile, press it there. Return the query's id."""
        try:
            return self.learner.press(message, data)
        except ActionRefusedError:
            moved = await self.sees(partial(has_button, data))
            return self.learner.press(moved, data)

    async def next(self, feedback: Message) -> Message:
        """Press Next and return the following question."""
        at = place(feedback)
        await self.press(feedback, f"n:{at[0]}:{at[1]}")
        return await self.question(after=at)

    async def skip(self, card: Message) -> Message:
        """Press Skip and return the following question."""
        at = place(card)
        await self.press(card, f"k:{at[0]}:{at[1]}")
        return await self.question(after=at)

    async def skip_to(self, kind: QuestionType, card: Message) -> Message:
        """Skip questions until one of this type is asked; before the first answer only easy types are."""
        if not self.ledger and question_on(card).type is not kind:
            card = await self.next(await self.answer(card))
        while question_on(card).type is not kind:
            card = await self.skip(card)
        return card

    async def say(self, text: str) -> Message:
        """Write *text* and return the bot's next message."""
        sent = self.learner.send_text(text)
        return await self.sees(lambda m: m.message_id > sent.message_id)


def right_options(question: Question) -> list[int]:
    """Return the indexes of the right options."""
    return [index for index, option in enumerate(question.options) if option.correct]


async def wait_until(condition: Any, timeout_s: float = PATIENCE_S) -> None:
    """Return once *condition* holds; for effects that no event announces."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 - the other side is another process or thread
            await asyncio.sleep(0.01)
