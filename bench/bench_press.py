"""The whole press: raw update in, durable commit, calls out; only sockets and Telegram are left out."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import uvloop

from lplate.config import Settings
from lplate.domain.session import Phase
from lplate.wiring import House, open_house
from lplate_bot.answers import Answers
from lplate_bot.calls import Caller
from lplate_bot.delivery import Delivery
from lplate_bot.desk import Desk
from lplate_bot.egress import ApiResponse, FileIds, Outbox, SendLimits, SendRates
from lplate_bot.gate import Gate
from lplate_bot.ingress import Ack
from lplate_bot.lanes import Lanes
from lplate_bot.limiter import Limiter, free_only
from lplate_bot.operators.reception import Reception
from lplate_bot.render.fragments import FragmentCache
from lplate_bot.times import Clock
from lplate_bot.traffic import Traffic

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

    from lplate_bot.ingress import Word

LEARNERS = 100
FIRST_ID = 10_000


class QuietClient:
    """Answer every call at once, as a Bot API without distance would."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._next_id = 1
        self.calls = 0

    def start(self, method: str, body: bytes, on_end: Callable[..., None], *_: Any, **__: Any) -> None:
        """Answer soon, after this returned."""
        self.calls += 1
        result = b"true"
        if method.startswith("send"):
            self._next_id += 1
            result = b'{"message_id":%d,"photo":[{"file_id":"x"}]}' % self._next_id
        elif method == "editMessageMedia":
            result = b'{"message_id":1,"photo":[{"file_id":"x"}]}'
        reply = ApiResponse(200, ok=True, result=msgspec.Raw(result), body=result)
        self._loop.call_soon(on_end, reply)


class World:
    """Hold a bot without sockets and let every learner press in turn."""

    def __init__(self, loop: asyncio.AbstractEventLoop, house: House) -> None:
        self.loop = loop
        self.client = QuietClient(loop)
        clock, lanes = Clock(), Lanes()
        files = FileIds("bench", house.store.file_id, house.commit.defer, house.commit.defer)
        outbox = Outbox(self.client, SendLimits(SendRates(0, 0, 0, 0)), files)
        self.desk = Desk(house.store, house.trainer, house.commit, 10_000)
        caller = Caller(house.library)
        answers = Answers(outbox, caller, self.desk, is_inline=True)
        fragments = FragmentCache(4096)
        delivery = Delivery(outbox, caller, house.viewer, fragments, self.desk, lanes, house.commit, clock)
        limiter = Limiter(free_only(100_000, 100_000), clock.wall_ms)
        cold: Any = SimpleNamespace(waiting=0)
        traffic = Traffic(clock.monotonic_ns)
        self.gate = Gate(
            self.desk, house.commit, lanes, limiter, answers, delivery, cold, clock, traffic, Reception(()),
            room=outbox.room, most_waiting=10_000,
        )  # fmt: skip
        self.lanes = lanes
        self._update_id = 0

    def round(self) -> None:
        """Let each learner answer, then go on: two presses each."""
        for data in (self.answer, self.go_on):
            self.loop.run_until_complete(self.all_press(data))

    async def all_press(self, data: Callable[[int], bytes]) -> None:
        """Submit one press of each learner and wait until all are acknowledged and shown."""
        words: list[Word] = []
        for n in range(LEARNERS):
            self.gate.submit(data(FIRST_ID + n), words.append)
        await self.lanes.drained()
        assert all(isinstance(word, Ack) for word in words)
        assert len(words) == LEARNERS

    def begin(self, learner_id: int) -> bytes:
        """Return the update of a deep link."""
        chat = {"id": learner_id, "type": "private"}
        message = {"message_id": 1, "from": _person(learner_id), "chat": chat, "date": 0}
        return self._update(message={**message, "text": "/start b_core_en"})

    def answer(self, learner_id: int) -> bytes:
        """Return the press that answers the question, or skips one that no single button answers."""
        learner = self.desk.remembered(learner_id)
        assert learner is not None
        session = learner.session
        assert session.phase is Phase.QUESTION
        code = "a" if session.question_id in self.single else "k"
        return self._press(learner_id, f"{code}:{session.number}:{session.step}:0")

    def go_on(self, learner_id: int) -> bytes:
        """Return the press on Next, or on Skip where the question was skipped."""
        learner = self.desk.remembered(learner_id)
        assert learner is not None
        session = learner.session
        code = "n" if session.phase is Phase.FEEDBACK else "k"
        return self._press(learner_id, f"{code}:{session.number}:{session.step}")

    single: frozenset[str] = frozenset()

    def _press(self, learner_id: int, data: str) -> bytes:
        message = {"message_id": 1, "chat": {"id": learner_id, "type": "private"}, "date": 0, "photo": []}
        query = {
            "id": "1",
            "from": _person(learner_id),
            "chat_instance": "1",
            "data": data,
            "message": message,
        }
        return self._update(callback_query=query)

    def _update(self, **content: Any) -> bytes:
        self._update_id += 1
        return msgspec.json.encode({"update_id": self._update_id, **content})


def _person(learner_id: int) -> dict[str, Any]:
    return {"id": learner_id, "is_bot": False, "first_name": "L", "language_code": "en"}


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Run a bot over a database in *folder*; every learner has their first question."""
    loop = uvloop.new_event_loop()
    house = loop.run_until_complete(open_house(Settings(data=folder), 1))
    made = World(loop, house)
    made.single = frozenset(buttons_suffice(house))
    loop.run_until_complete(made.all_press(made.begin))
    yield made
    loop.run_until_complete(house.close())
    loop.close()


def buttons_suffice(house: House) -> Iterator[str]:
    """Return the ids of questions that one press answers."""
    (bank,) = house.banks
    seen = b""
    while (question_id := bank.unseen(seen, (), (), 1)) is not None:
        question = bank.question(question_id)
        if question is not None and question.type.value in {"single", "truefalse"}:
            yield question_id
        seen = bank.mark_seen(seen, (question_id,))


@pytest.mark.benchmark(group="press-100-learners-answer-and-next")
def bench_press(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """Time 200 presses of 100 learners, synced to disk; divide by 200 for one."""
    with world(tmp_path) as made:
        benchmark.pedantic(made.round, rounds=60, warmup_rounds=3)
