from __future__ import annotations

import pytest

from bot.egress.world import World
from lplate_bot.egress.outbox import MOST_PER_CHAT
from lplate_bot.egress.room import CALLS_PER_ENTRY, Room

TWO = 2 * CALLS_PER_ENTRY


class Queue:
    """The room of a queue whose length a test sets; who comes enters, or waits."""

    def __init__(self, most: int = TWO) -> None:
        self.room = Room(most)
        self.entered: list[str] = []
        self.sent_away: list[str] = []

    def come(self, name: str) -> None:
        if self.room.try_enter():
            self.entered.append(name)
        else:
            self.room.enter(lambda is_let_in: (self.entered if is_let_in else self.sent_away).append(name))


@pytest.fixture
def queue() -> Queue:
    return Queue()


def test_those_inside_count_before_they_add(queue: Queue) -> None:
    """So many are let in as can add all they may without passing the bound; one that leaves makes place."""
    for name in "abc":
        queue.come(name)
    assert queue.entered == ["a", "b"]
    queue.room.leave()
    assert queue.entered == ["a", "b", "c"]


def test_who_waits_longest_is_let_in_first(queue: Queue) -> None:
    """A full queue lets in by order of arrival as it empties, and nobody passes those who wait."""
    queue.room.length = TWO
    for name in "abc":
        queue.come(name)
    queue.room.length = CALLS_PER_ENTRY
    queue.room.let_in()
    queue.come("late")
    assert queue.entered == ["a"]
    assert queue.room.waiting == 3


def test_thousands_that_leave_at_once_do_not_nest(queue: Queue) -> None:
    """Those who have nothing to add let in the next without a call within a call."""
    queue.room.length = TWO
    for _ in range(10_000):
        queue.room.enter(lambda _: queue.room.leave())
    queue.room.length = 0
    queue.room.let_in()
    assert queue.room.waiting == 0


def test_closing_sends_everybody_away(queue: Queue) -> None:
    """After close() nobody is let in, neither those who wait nor those who come."""
    queue.room.length = TWO
    queue.come("a")
    queue.room.close()
    queue.room.length = 0
    queue.come("b")
    assert (queue.entered, queue.sent_away) == ([], ["a", "b"])
    assert queue.room.waiting == 0


def test_outbox_makes_room_as_calls_end() -> None:
    """The outbox lets in who waits as soon as a call less is unsent."""
    world = World()
    room = world.outbox.room
    room.most = TWO
    for chat in range(CALLS_PER_ENTRY + 1):
        world.send("sendMessage", chat, "a")
    let_in: list[bool] = []
    room.enter(let_in.append)
    assert let_in == []
    world.end()
    assert let_in == [True]


def test_crowded_chat_tells_when_it_is_quiet() -> None:
    """A chat is crowded from a number of calls on; whoever asked hears when the last of them is done."""
    world, heard = World(), list[str]()
    for _ in range(MOST_PER_CHAT):
        assert not world.outbox.is_crowded(1)
        world.send("sendMessage", 1, "a")
    assert world.outbox.is_crowded(1)
    assert not world.outbox.is_crowded(2)
    world.outbox.when_quiet(1, lambda: heard.append("quiet"))
    while world.outbox.waiting:
        assert heard == []
        world.end()
    assert heard == ["quiet"]
    world.outbox.when_quiet(1, lambda: heard.append("still"))
    assert heard == ["quiet", "still"]
