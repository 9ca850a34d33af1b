"""The disk fills up while learners play: honest words, no loss, and recovery without anybody's help."""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING

import pytest

from e2e.disk import SmallDisk, fill, free, needs_mounts
from e2e.records import Records, assert_exactly_once
from e2e.town import Town, open_town
from lplate.domain.question import QuestionType
from lplate_bot.limiter import NOTICE_WINDOW_S
from lplate_bot.playground.errors import bad_request
from lplate_bot.playground.faults import Fault
from playing import Player, buttons, compiled_data, place, settings_of, wait_until, words

if TYPE_CHECKING:
    from pathlib import Path

    from lplate_bot.playground.objects import Message

pytestmark = needs_mounts

ROOM_KIB = 2048
LAST_PAGE = 20
"""More answers than this do not fit into what a full disk still takes."""
NOTICE = "I cannot save answers right now"


@pytest.mark.parametrize("delivery", ["polling", "webhook"])
async def test_full_disk_is_survived(tmp_path: Path, delivery: str) -> None:
    """Nothing is acknowledged that was not stored, each learner is told once, all is stored in the end."""
    disk = SmallDisk.with_room(tmp_path, compiled_data(), ROOM_KIB)
    async with open_town(tmp_path, settings_of(delivery), disk.command) as town:
        anna, ben, chiara = players = [town.player(name) for name in ("Anna", "Ben", "Chiara")]
        cards = [await player.start() for player in players]
        old = await left_with_buttons(town, chiara, cards[2])
        folder = disk.seen_from(town.bot.pid)
        records = Records(tmp_path, within=town.bot.pid)
        fill(folder)
        began_s = time.monotonic()
        refused = await asyncio.gather(
            answer_until_refused(anna, cards[0]), answer_until_refused(ben, cards[1])
        )
        stored = records.count_attempts()
        assert "older question" in await chiara.toast(await chiara.press(old, buttons(old)[0]))
        assert "No answers yet" in words(await chiara.say("/stats"))  # reading goes on
        await come_again(town)
        most = 1 + math.floor((time.monotonic() - began_s) / NOTICE_WINDOW_S)
        assert all(1 <= notices(town, query_id) <= most for query_id in refused)
        assert len(town.server.bot().queue) >= len(refused)  # what was refused waits at Telegram's
        assert records.count_attempts() == stored
        free(folder)
        for player in (anna, ben):
            await player.feedback(player.ledger[-1][:2])
        assert_exactly_once(records, players)
        assert await town.bot.stop() == 0


async def left_with_buttons(town: Town, player: Player, card: Message) -> Message:
    """Move on from *card* without its buttons being taken off: pressing them needs reading alone."""
    town.server.order(
        Fault("editMessageReplyMarkup", player.learner.id, bad_request("message to edit not found"))
    )
    player.learner.send_text("/skip")
    await player.question(after=place(card))
    return card


async def answer_until_refused(player: Player, card: Message) -> str:
    """Answer until the bot says that it cannot save, and return that press; the last page may take a few."""
    for _ in range(LAST_PAGE):
        card = await player.skip_to(QuestionType.SINGLE, card)
        at = place(card)
        query_id = await player.give(card)
        if NOTICE in await player.toast(query_id):
            return query_id
        card = await player.next(await player.feedback(at))
    raise AssertionError(f"{LAST_PAGE} answers were taken on a full disk")


async def come_again(town: Town) -> None:
    """Wait until a webhook was offered the refused updates once more; by polling Chiara's came after them."""
    bot = town.server.bot()
    if bot.account.webhook is not None:
        bot.webhook_error = None
        await wait_until(lambda: bot.webhook_error is not None)


def notices(town: Town, query_id: str) -> int:
    """Count how often a press was answered by saying that nothing can be saved."""
    answers = [call.params for call in town.calls if call.method == "answerCallbackQuery"]
    return sum(a.get("callback_query_id") == query_id and NOTICE in a.get("text", "") for a in answers)
