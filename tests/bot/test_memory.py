"""Caches give way when memory is scarce, and nothing is lost by it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lplate_bot.caches import LEAST, Caches
from lplate_bot.memory import CALM_LOOKS, MIB, SETTLE_LOOKS, MemoryWatch, give_back_memory, resident_bytes
from lplate_native import LruCache

if TYPE_CHECKING:
    import pytest

    from bot.bothouse import BotHouse

CAP = 100 * MIB
GIVEN = {"learners": 10_000, "questions": 400}


def filled(entries: int = 10_000) -> dict[str, LruCache[int, int]]:
    """Return caches of the given sizes, as full as they can be with so many entries."""
    made: dict[str, LruCache[int, int]] = {}
    for name, capacity in GIVEN.items():
        made[name] = LruCache(capacity)
        made[name].update((number, number) for number in range(entries))
    return made


class Machine:
    """A process whose resident memory a test sets."""

    def __init__(self) -> None:
        self.named = filled()
        self.caches = Caches(self.named)
        self.rss = 50 * MIB
        self.given_back = 0
        self.watch = MemoryWatch(self.caches, CAP, lambda: self.rss, self._give_back)

    def _give_back(self) -> None:
        self.given_back += 1

    def look(self, rss: int, times: int = 1) -> dict[str, int]:
        """Look *times* times at so much memory, and return the caches' room then."""
        self.rss = rss
        for _ in range(times):
            self.watch.look()
        return self.caches.sizes()


def test_shrinking_keeps_the_newest() -> None:
    """A cache that shrinks gives up what was used longest ago; its counts stay true."""
    named = filled()
    caches = Caches(named)
    assert caches.shrink()
    assert caches.sizes() == {"learners": 5000, "questions": 200}
    assert named["learners"].get(9_999) == 9_999
    assert named["learners"].get(0) is None
    assert named["learners"].stats().capacity == 5000
    assert named["learners"].stats().evictions == 5000


def test_shrinking_takes_what_is_held() -> None:
    """Half of what a cache holds goes, not half of the room it does not use."""
    named = filled(1000)
    caches = Caches(named)
    caches.shrink()
    assert caches.sizes() == {"learners": 500, "questions": 200}


def test_bounds() -> None:
    """Caches shrink to a least size and grow to what they were given, no further."""
    caches = Caches(filled())
    while caches.shrink():
        assert min(caches.sizes().values()) >= LEAST
    assert caches.sizes() == dict.fromkeys(GIVEN, LEAST)
    while caches.grow():
        assert all(size <= GIVEN[name] for name, size in caches.sizes().items())
    assert caches.sizes() == GIVEN


def test_clearing() -> None:
    """Clearing tells what was held; the room stays."""
    named = filled(300)
    caches = Caches(named)
    assert caches.clear() == {"learners": 300, "questions": 300}
    assert not any(map(len, named.values()))
    assert caches.sizes() == GIVEN


def test_room_is_left_alone() -> None:
    """Below the soft mark nothing happens."""
    machine = Machine()
    assert machine.look(84 * MIB, 50) == GIVEN
    assert not machine.given_back


def test_shrinking_in_steps() -> None:
    """Above the soft mark caches shrink step by step, with time to settle; above the cap at every look."""
    machine = Machine()
    assert machine.look(90 * MIB)["learners"] == 5000
    assert machine.look(90 * MIB, SETTLE_LOOKS - 1)["learners"] == 5000
    assert machine.look(90 * MIB)["learners"] == 2500
    assert machine.look(101 * MIB)["learners"] == 1250
    assert machine.look(101 * MIB)["learners"] == 625
    assert machine.given_back == 4


def test_growing_back() -> None:
    """With room for long enough caches grow back to what they were given; in between they stay."""
    machine = Machine()
    machine.look(101 * MIB, 2)
    assert machine.look(80 * MIB, 10 * CALM_LOOKS)["learners"] == 2500
    assert machine.look(60 * MIB, CALM_LOOKS - 1)["learners"] == 2500
    assert machine.look(60 * MIB)["learners"] == 5000
    assert machine.look(60 * MIB, 2 * CALM_LOOKS) == GIVEN


def test_words(caplog: pytest.LogCaptureFixture) -> None:
    """Each step is one line; when nothing is left to give that is said once."""
    caplog.set_level(logging.INFO)
    machine = Machine()
    machine.look(101 * MIB, 30)
    machine.look(50 * MIB, 2 * CALM_LOOKS)
    events = [record.getMessage().partition(" ")[0] for record in caplog.records]
    assert events == ["memory_tight"] * 8 + ["memory_exhausted"] + ["memory_eased"] * 2
    assert "caches=learners:5000,questions:200" in caplog.text


def test_a_look_at_this_process() -> None:
    """What the system tells of this process is plausible, and giving memory back does no harm."""
    give_back_memory()
    assert MIB < resident_bytes() < 1 << 40


async def test_practice_goes_on(house: BotHouse) -> None:
    """A learner whose state was dropped from memory goes on where they were."""
    await house.begin()
    for step in range(5):
        assert house.bot.caches.clear()["learners"] == 1
        before = (await house.learner()).session.step
        await house.press(house.button("k"))
        assert (await house.learner()).session.step == before + 1, step
