"""Learners who play without pause, each noting what they did and what they saw."""

from __future__ import annotations

import asyncio
import time
from random import Random
from typing import TYPE_CHECKING

from lplate_bot.playground.events import Answered, Edited, Event, Sent
from playing import Player, buttons, place

if TYPE_CHECKING:
    from e2e.town import Town
    from lplate_bot.playground.objects import Message


class Crowd:
    """Let learners answer, right or wrong by chance, and skip now and then, until told to end.

    They pause for *pause_s* on average between two presses; *waits_s* notes how long each reply took.
    """

    def __init__(self, town: Town, learners: int, seed: int, pause_s: float = 0.0) -> None:
        self.players = [Witness.meet(town, f"Learner {number}") for number in range(learners)]
        self.waits_s: list[float] = []
        self._seed = seed
        self._pause_s = pause_s
        self._over = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def answers(self) -> int:
        """Return how many answers were given."""
        return sum(len(player.ledger) for player in self.players)

    @property
    def has_given_up(self) -> bool:
        """Return True if somebody waited in vain."""
        return any(task.done() for task in self._tasks)

    @property
    def backward(self) -> int:
        """Return how often a learner saw something older after something newer."""
        return sum(player.backward for player in self.players)

    @property
    def unanswered_presses(self) -> int:
        """Return how many presses got no answer at all."""
        return sum(len(player.pressed - player.answered) for player in self.players)

    def play(self) -> None:
        """Begin."""
        self._tasks = [asyncio.create_task(self._play(player)) for player in self.players]

    async def end(self) -> int:
        """Let each learner see the reply to their last press; return how many never did."""
        self._over.set()
        ends = await asyncio.gather(*self._tasks, return_exceptions=True)
        for end in ends:
            if end is not None and not isinstance(end, TimeoutError):
                raise end
        return sum(end is not None for end in ends)

    async def _play(self, player: Player) -> None:
        chance = Random(f"{self._seed} {player.learner.user.first_name}")
        card = await player.start()
        while not self._over.is_set():
            if self._pause_s:
                await asyncio.sleep(chance.uniform(0, 2 * self._pause_s))
            began_s = time.monotonic()
            if chance.random() < 0.1:
                card = await player.skip(card)
                self.waits_s.append(time.monotonic() - began_s)
            else:
                feedback = await player.answer(card, is_right=chance.random() < 0.7)
                self.waits_s.append(time.monotonic() - began_s)
                card = await player.next(feedback)


class Witness(Player):
    """Play, and watch that cards only ever move on and that presses are answered."""

    pressed: set[str]
    answered: set[str]
    backward = 0
    _newest = (0, 0, False)

    @classmethod
    def meet(cls, town: Town, name: str) -> Witness:
        """Return a learner whom the bot never met, already watching."""
        witness = cls(town.player(name).learner)
        witness.pressed, witness.answered = set(), set()
        town.server.messenger.watch(town.server.bot(), witness.learner.id, witness._see)
        return witness

    async def press(self, message: Message, data: str) -> str:
        """Press a button and note that an answer is due."""
        query_id = await super().press(message, data)
        self.pressed.add(query_id)
        return query_id

    def _see(self, event: Event) -> None:
        if isinstance(event, Answered):
            self.answered.add(event.query_id)
        elif isinstance(event, Sent | Edited) and any(place(event.post.message)):
            message = event.post.message
            shown = (*place(message), any(data.startswith("n:") for data in buttons(message)))
            self.backward += shown < self._newest
            self._newest = max(self._newest, shown)
