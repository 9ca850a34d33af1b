"""Rules 24, 25 and 27: banks, time and links, as far as the bot's floor has a part in them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot import updates
from bot.bothouse import ANNA, BotHouse
from lplate.domain.session import Phase
from lplate_bot.ingress import Ack
from trainer.banks import bank, numeric, single

if TYPE_CHECKING:
    from bot.conftest import OpenHouse

DAY_S = 86_400


# -- 24


async def test_rule_24_a_new_bank_under_open_cards_loses_nobody_anything(open_house: OpenHouse) -> None:
    """After an update and a restart the open card is answered, and no answered question is new again."""
    async with open_house(bank(*(single(f"q{n}") for n in range(12)))) as house:
        await house.begin()
        for _ in range(10):
            await house.press(await house.right_button())
            await house.press(house.button("n"))
        (served,) = house.banks
        served.info = replace(served.info, digest="another")
        await house.restart()
        open_question = (await house.learner()).session.question_id
        await house.press(await house.right_button())
        await house.press(house.button("n"))
        assert (await house.learner()).session.question_id not in {
            open_question,
            *(attempt.question_id for attempt in house.attempts),
        }


async def test_rule_24_a_question_that_vanished_is_said_to_be_withdrawn(open_house: OpenHouse) -> None:
    """A press on it gets the next question and a word about why."""
    async with open_house(bank(single("a"), single("b"))) as house:
        await house.begin()
        gone = (await house.learner()).session.question_id
        del house.banks[0].questions[gone]
        await house.press("a:1:1:0")
        assert "withdrawn" in house.api.of("answerCallbackQuery")[-1].fields["text"]
        assert (await house.learner()).session.question_id != gone
        assert house.attempts == []


async def test_rule_24_a_bank_that_vanished_leads_to_the_welcome(open_house: OpenHouse) -> None:
    """Restarted without the learner's bank, the bot asks what to learn; nothing of the old is lost."""
    async with open_house(bank(single("a"), bank_id="old"), bank(single("b"), bank_id="new")) as house:
        await house.begin()
        await house.press(await house.right_button())
        del house.library._banks["old"]
        await house.restart()
        await house.press("n:1:1", message=house.card())
        assert "language" in house.last().words
        await house.press("l:en")
        assert (await house.question()).id == "b"
        assert len(house.attempts) == 1


# -- 25


async def test_rule_25_a_night_of_downtime_does_not_count_as_thinking(house: BotHouse) -> None:
    """Pressed while the bot was away, the time taken is unknown and the answer Good."""
    await house.begin()
    house.clock.tick(8 * 3600)
    await house.restart()
    await house.press(await house.right_button())
    (attempt,) = house.attempts
    assert (attempt.elapsed_ms, attempt.rating) == (None, 3)


async def test_rule_25_thinking_time_is_measured_while_the_bot_runs(house: BotHouse) -> None:
    """Twelve seconds are twelve seconds."""
    await house.begin()
    house.clock.tick(12)
    await house.press(await house.right_button())
    (attempt,) = house.attempts
    assert attempt.elapsed_ms == 12_000


async def test_rule_25_a_wall_clock_set_back_is_survived(house: BotHouse) -> None:
    """No negative time, and activity does not go back."""
    await house.begin()
    active = (await house.learner()).active_at_ms
    house.clock.skew_ms -= 30 * DAY_S * 1000
    await house.press(await house.right_button())
    (attempt,) = house.attempts
    assert attempt.elapsed_ms is None
    assert (await house.learner()).active_at_ms == active


@pytest.mark.parametrize("days", [-30, 30])
async def test_rule_25_buckets_do_not_follow_the_wall_clock(open_house: OpenHouse, days: int) -> None:
    """A jump of the wall clock gives no free burst, and locks nobody out."""
    async with open_house(rate_per_minute=10, rate_burst=2) as house:
        await house.begin()
        await house.say("/stats")
        house.clock.skew_ms += days * DAY_S * 1000
        count = len(house.shown())
        await house.say("/stats")
        assert "That was fast" in house.last().words
        house.clock.tick(6)
        await house.say("/stats")
        assert len(house.shown()) == count + 2


# -- 27


@pytest.mark.parametrize(
    ("link", "language"),
    [("b_mini_en", "en"), ("b_mini_de", "de"), ("b_mini_en-de", "en-de"), ("b_mini_de-en", "de-en")],
)
async def test_rule_27_a_deep_link_shows_a_question_at_once(
    house: BotHouse, link: str, language: str
) -> None:
    """One message from the learner, one card from the bot, in the language of the link."""
    await house.say(f"/start {link}")
    (card,) = house.shown()
    learner = await house.learner()
    assert (learner.bank_id, learner.language, learner.session.phase) == ("mini", language, Phase.QUESTION)
    name = learner.session.question_id
    asked = {"en": f"What about {name}?", "de": f"Was ist mit {name}?"}
    assert "\n".join(asked[code] for code in language.split("-")) in card.words


@pytest.mark.parametrize(
    "link", ["b_mini_fr", "b_other_en", "nonsense", "b_", "b_mini_en&x=1", "'; drop table"]
)
async def test_rule_27_a_broken_deep_link_is_a_plain_start(house: BotHouse, link: str) -> None:
    """The learner is welcomed and loses nothing by a bad link."""
    await house.say(f"/start {link}")
    assert "Welcome!" in house.last().words


async def test_rule_27_a_link_to_another_language_keeps_the_open_question(open_house: OpenHouse) -> None:
    """Followed in the middle of a question it shows that question in the other language."""
    async with open_house(bank(numeric("n", "signs"))) as house:
        await house.begin("en")
        await house.say("/start b_mini_de")
        assert "Was ist mit n?" in house.card().words
        assert (await house.learner()).session.step == 1


# -- what comes in from outside


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b"{}", b'{"update_id": "x"}', b'{"update_id": 1.5}', b"\xff\xfe", b'"text"'],
)
async def test_bytes_that_are_no_update_are_acknowledged_and_dropped(house: BotHouse, raw: bytes) -> None:
    """Telegram would bring them for ever else."""
    assert await house.submit(raw) == Ack()
    assert house.bot.gate.waiting == 0


@pytest.mark.parametrize("update_id", [-(2**63), -1, 0, 2**31, 2**63 - 1])
async def test_any_64_bit_update_id_is_handled_once(house: BotHouse, update_id: int) -> None:
    """Ids may jump and be large; each is a key, never a number to reckon with."""
    raw = updates.text(update_id, "/start b_mini_en", ANNA)
    await house.submit(raw)
    await house.submit(raw)
    assert len(house.shown()) == 1


@pytest.mark.parametrize("update_id", [2**63, -(2**63) - 1, 10**40])
async def test_ids_beyond_64_bits_are_malformed(house: BotHouse, update_id: int) -> None:
    """What neither store nor window can hold is dropped with a warning."""
    assert await house.submit(updates.text(update_id, "/start", ANNA)) == Ack()
    assert house.shown() == []


async def test_huge_ids_inside_an_update_are_put_aside(house: BotHouse) -> None:
    """A sender beyond all bounds cannot be a learner; the update is kept for whoever looks into it."""
    raw = updates.text(house.next_id(), "/topics", 10**30)
    assert await house.submit(raw) == Ack()
    assert house.bot.gate.waiting == 0
    assert [letter.raw for letter in await house.store.dead_letters()] == [raw]


async def test_a_message_of_ten_thousand_characters_is_a_message(open_house: OpenHouse) -> None:
    """It is no number and no command, and is hinted at in few words."""
    async with open_house(bank(numeric("n"))) as house:
        await house.begin()
        await house.say("9" * 10_000)
        assert "as a number" in house.last().words
        assert house.attempts == []


OURS = {"chat": updates.private(ANNA), "message_id": 1, "date": 1}
REACTION = OURS | {"user": updates.user(ANNA), "old_reaction": [], "new_reaction": []}
EDITED = OURS | {"from": updates.user(ANNA), "edit_date": 2, "text": "50"}
FLAGS = ("is_closed", "is_anonymous", "allows_multiple_answers", "allows_revoting", "members_only")
POLL = {"id": "1", "question": "?", "options": [], "total_voter_count": 0, "type": "regular"}


@pytest.mark.parametrize(
    "content",
    [
        {"message_reaction": REACTION},
        {"edited_message": EDITED},
        {"poll": POLL | dict.fromkeys(FLAGS, False)},
        {"brand_new_kind": {"anything": [1, {"deep": None}]}},
        {},
    ],
)
async def test_updates_of_unknown_kinds_are_acknowledged_and_done(
    house: BotHouse, content: dict[str, object]
) -> None:
    """Kinds nobody handles, some not even invented yet, leave nothing behind."""
    await house.begin()
    count = len(house.api.calls)
    assert await house.submit(updates.as_bytes(house.next_id(), **content)) == Ack()
    assert len(house.api.calls) == count
    await house.close()
    assert await house.store.inbox() == []
    assert await house.store.dead_letters() == []
    await house.open()
