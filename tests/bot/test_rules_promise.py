"""Rule 7: a reply once owed is drawn, and drawn again until it is confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainer.banks import bank, single

if TYPE_CHECKING:
    from bot.bothouse import BotHouse
    from bot.conftest import OpenHouse


async def test_rule_07_a_reply_lost_in_a_crash_is_drawn_again(house: BotHouse) -> None:
    """The answer counts once, its feedback is shown after the restart as it would have been."""
    await house.begin()
    house.api.is_holding = True
    await house.press(await house.right_button())
    await house.crash()
    assert "Right!" in house.card().words
    assert house.card().data == ["n:1:1"]
    assert len(house.attempts) == 1


async def test_rule_07_a_repeated_reply_is_the_same_edit(open_house: OpenHouse) -> None:
    """A crash after Telegram took the reply repeats it with the same content, in the same message."""
    async with open_house(bank(single("a"), single("b"))) as house:
        await house.begin()
        await house.press(await house.right_button())
        edits = house.api.of("editMessageText")
        await house.crash()
        assert house.api.of("editMessageText")[len(edits) :] == edits[-1:]
        assert len(house.shown()) == 1


async def test_rule_07_what_was_confirmed_is_not_repeated(house: BotHouse) -> None:
    """After a stop in good order nothing is owed."""
    await house.begin()
    await house.press(await house.right_button())
    calls = len(house.api.calls)
    await house.restart()
    assert await house.store.owing() == []
    assert [sent.method for sent in house.api.calls[calls:]] == ["getMe"]
