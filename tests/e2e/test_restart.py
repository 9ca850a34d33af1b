"""The bot ends, by order or by force, and starts again: learners go on where they were."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from e2e.records import assert_exactly_once
from e2e.terminal import Terminal
from e2e.town import open_town
from lplate.domain.question import QuestionType
from lplate_bot.playground.faults import Fault
from playing import (
    Player,
    bot_environment,
    buttons,
    is_open,
    place,
    question_on,
    right_options,
    settings_of,
    wait_until,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from e2e.town import Town
    from lplate_bot.playground.objects import Message

    End = Callable[[Town], Awaitable[None]]

FOR_EVER = 1_000_000
UNDER_LOAD = 10


async def stopped(town: Town) -> None:
    """End the bot as an operator does; it must say that all is well."""
    assert await town.bot.stop() == 0


async def killed(town: Town) -> None:
    """End the bot as a power switch does."""
    await town.bot.kill()


endings = pytest.mark.parametrize("end", [stopped, killed])


async def settled(town: Town, player: Player) -> None:
    """Wait until the bot knows of the learner's card, and owes nothing: from here on nothing comes twice."""
    await wait_until(lambda: town.records.has_shown_card(player.learner.id))


@endings
async def test_learners_go_on_where_they_were(own_town: Town, end: End) -> None:
    """An open question, ticks set so far, and a number typed while the bot was away all survive a restart."""
    town = own_town
    singles, ticker, typist = town.player(), town.player(), town.player()
    card = await singles.skip_to(QuestionType.SINGLE, await singles.start())
    ticked = await ticker.skip_to(QuestionType.MULTI, await ticker.start())
    first, *others = right_options(question_on(ticked))
    await ticker.tick(ticked, [first])
    asked = await typist.skip_to(QuestionType.NUMERIC, await typist.start())
    at = place(asked)
    for player in (singles, ticker, typist):
        await settled(town, player)
    await end(town)
    await typist.give(asked)
    await town.bot.start()
    answered = await singles.answer(card)
    await ticker.submit(await ticker.tick(ticked, others))
    for feedback in (answered, await ticker.feedback(place(ticked)), await typist.feedback(at)):
        assert "✅ Right!" in words(feedback)
    assert answered.message_id == card.message_id
    assert len(singles.learner.replies) == 1
    assert_exactly_once(town.records, [singles, typist])


@endings
async def test_owed_replies_are_delivered(own_town: Town, end: End) -> None:
    """What was taken but could not be answered is answered by the next run: presses, numbers, commands."""
    town = own_town
    singles, typist, asker = players = [town.player() for _ in range(3)]
    cards = [await player.start() for player in players]
    cards[0] = await singles.skip_to(QuestionType.SINGLE, cards[0])
    cards[1] = await typist.skip_to(QuestionType.NUMERIC, cards[1])
    places = [place(card) for card in cards]
    for player in players:
        await settled(town, player)
        town.server.order(Fault(chat_id=player.learner.id, drops=True, times=FOR_EVER))
    await singles.give(cards[0])
    await typist.give(cards[1])
    asker.learner.send_text("/help")
    for player in (singles, typist):
        await wait_until(lambda player=player: town.records.attempts(player.learner.id) == player.ledger)
    await wait_until(lambda: town.records.count_inbox() == 1)
    await end(town)
    assert all(is_open(player.now(card)) for player, card in zip(players, cards, strict=True))
    town.server.faults.clear()
    await town.bot.start()
    assert "✅ Right!" in words(await singles.feedback(places[0]))
    assert "✅ Right!" in words(await typist.feedback(places[1]))
    await asker.sees(lambda m: m.message_id > cards[2].message_id and "/topics" in words(m))
    await wait_until(lambda: town.records.count_inbox() == 0)
    assert_exactly_once(town.records, [singles, typist])


async def test_card_sent_but_not_heard_of_is_adopted(own_town: Town) -> None:
    """A crash after a card was sent, before the bot heard of it, leaves two cards that both work."""
    town = own_town
    player = town.player()
    fault = Fault(chat_id=player.learner.id, drops=True, after_effect=True, times=FOR_EVER)
    town.server.order(fault)
    unheard = await player.skip_to(QuestionType.SINGLE, await player.start())
    await town.bot.kill()
    town.server.faults.clear()
    await town.bot.start()
    again = await player.sees(lambda m: m.message_id > unheard.message_id and is_open(m))
    assert (question_on(again), place(again)) == (question_on(unheard), place(unheard))
    late = next(data for data in buttons(again) if data.startswith("a:"))
    assert (await player.answer(unheard)).message_id == unheard.message_id
    await player.press(again, late)
    await player.sees(lambda m: m.message_id == again.message_id and not is_open(m))
    assert_exactly_once(town.records, [player])


async def test_rule_23_a_second_run_is_refused(own_town: Town) -> None:
    """A second bot on the same data folder says who is there already and ends; the first goes on."""
    town = own_town
    player = town.player()
    card = await player.start()
    second = await Terminal(town.data, bot_environment(town.server, town.data)).run("run")
    assert second.code == 1
    assert "in use by process" in second.sentence
    assert "lplate run --take-over" in second.sentence
    assert "name another data folder" in second.sentence
    await player.answer(card)


@pytest.mark.parametrize(("delivery", "number"), [("polling", signal.SIGTERM), ("webhook", signal.SIGINT)])
async def test_signal_under_load_ends_well(data: Path, delivery: str, number: signal.Signals) -> None:
    """Told to stop while many learners play, the bot exits with 0; no answer is lost or doubled."""
    async with open_town(data, settings_of(delivery)) as town:
        players = [town.player(f"Learner {i}") for i in range(UNDER_LOAD)]
        over = asyncio.Event()
        playing = [asyncio.create_task(play_until(over, player)) for player in players]
        await wait_until(lambda: all(len(player.ledger) > 2 for player in players))
        assert await town.bot.stop(number) == 0
        await town.bot.start()
        over.set()
        await asyncio.gather(*playing)
        assert await town.bot.stop() == 0
        assert_exactly_once(town.records, players)


async def play_until(over: asyncio.Event, player: Player) -> Message:
    """Answer question after question; the last feedback seen is that of the last answer."""
    card = await player.start()
    while True:
        feedback = await player.answer(card, is_right=len(player.ledger) % 3 > 0)
        if over.is_set():
            return feedback
        card = await player.next(feedback)
