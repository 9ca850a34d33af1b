"""Rules 19 to 22: what a learner may ask of the bot, and the bot of Telegram."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bot import updates
from bot.bothouse import ANNA, BERT, BotHouse
from bot.telegram import BLOCKED, refusal
from lplate_bot.ingress import Ack
from trainer.banks import PICTURE, bank, multi, numeric, single

if TYPE_CHECKING:
    from bot.conftest import OpenHouse

DEFAULTS: dict[str, Any] = {"rate_per_minute": 10, "rate_burst": 15}
SLOW_DOWN = "That was fast! Take a breath, I am listening again in a moment."
HOUR_S = 3600


# -- 19


async def test_rule_19_an_honest_fast_learner_is_never_refused(open_house: OpenHouse) -> None:
    """One answer every 1.5 seconds for an hour, each followed by Next, all count."""
    async with open_house(bank(*(single(f"q{n}") for n in range(20))), **DEFAULTS) as house:
        await house.begin()
        answers = round(HOUR_S / 1.5)
        for _ in range(answers):
            house.clock.tick(1.5)
            await house.press(await house.right_button())
            await house.press(house.button("n"))
        assert len(house.attempts) == answers
        assert all("text" not in sent.fields for sent in house.api.of("answerCallbackQuery"))


async def test_rule_19_a_flood_is_refused(open_house: OpenHouse) -> None:
    """Five commands a second for a minute: the burst and what refills goes through, no more."""
    async with open_house(**DEFAULTS) as house:
        await house.begin()
        house.api.calls.clear()
        for _ in range(300):
            house.clock.tick(0.2)
            await house.say("/stats")
        shown = [sent for sent in house.api.of("sendMessage") if "No answers yet" in sent.fields["text"]]
        assert len(shown) == 14 + 10  # the deep link took one of the fifteen


async def test_rule_19_the_first_refusal_is_in_words_later_ones_are_silent(open_house: OpenHouse) -> None:
    """Else a flood would be amplified; after a window it is said again."""
    async with open_house(rate_per_minute=0.01, rate_burst=1) as house:
        await house.begin()
        for _ in range(20):
            assert await house.say("/stats") == Ack()
        assert [shown.words for shown in house.shown()[1:]] == [SLOW_DOWN]
        house.clock.tick(10)
        await house.say("/stats")
        assert [shown.words for shown in house.shown()[1:]] == [SLOW_DOWN] * 2


async def test_rule_19_refusals_of_buttons_cost_no_call_by_polling(open_house: OpenHouse) -> None:
    """Hammering one button is answered once in words, then not at all."""
    async with open_house() as house:
        card = await house.begin()
        house.api.calls.clear()
        for _ in range(1000):
            await house.press("n:9:9", message=card)
        answers = [sent.fields.get("text") for sent in house.api.of("answerCallbackQuery")]
        assert answers.count(SLOW_DOWN) == 1
        assert len(answers) < 700


async def test_rule_19_by_webhook_each_refused_press_is_answered_for_free(open_house: OpenHouse) -> None:
    """The answer rides in the acknowledgement, so no client is left waiting."""
    async with open_house(webhook_url="https://bot.test/hook", webhook_secret="s", **DEFAULTS) as house:
        card = await house.begin()
        house.api.calls.clear()
        bodies = [json.loads((await house.press("n:9:9", message=card)).body) for _ in range(100)]
        assert {body["method"] for body in bodies} == {"answerCallbackQuery"}
        assert sum(body.get("text") == SLOW_DOWN for body in bodies) == 1
        assert bodies[-1].keys() == {"method", "callback_query_id"}
        assert house.api.of("answerCallbackQuery") == []


async def test_rule_19_free_presses_pass_under_a_guard_of_five_a_second(open_house: OpenHouse) -> None:
    """Four ticks a second go on for ever, fifty a second do not."""
    async with open_house(bank(multi("m")), **DEFAULTS) as house:
        card = await house.begin()
        for turn in range(400):
            house.clock.tick(0.25)
            await house.press(f"t:1:1:0:{turn % 2}", message=card)
            assert (await house.learner()).session.chosen == (turn % 2)
        house.api.calls.clear()
        for turn in range(200):
            house.clock.tick(0.02)
            await house.press(f"t:1:1:0:{turn % 2}", message=card)
        words = [sent.fields.get("text") for sent in house.api.of("answerCallbackQuery")]
        assert SLOW_DOWN in words


async def test_rule_19_a_flood_of_pictures_is_refused_like_commands(open_house: OpenHouse) -> None:
    """Whatever is sent to the bot and would be answered costs a token."""
    async with open_house(**DEFAULTS) as house:
        for _ in range(50):
            await house.submit(updates.photo(house.next_id(), ANNA))
        words = [shown.words for shown in house.shown()]
        assert sum("only understand" in text for text in words) == 15
        assert words.count(SLOW_DOWN) == 1


async def test_rule_19_talk_in_a_group_costs_nobody_their_tokens(open_house: OpenHouse) -> None:
    """A member of a lively group still practises."""
    async with open_house(**DEFAULTS) as house:
        for _ in range(50):
            await house.say("hello all", chat=updates.GROUP)
        await house.begin()
        assert house.card().words


async def test_rule_19_one_learners_flood_is_not_anothers(open_house: OpenHouse) -> None:
    """Buckets belong to learners."""
    async with open_house(**DEFAULTS) as house:
        for _ in range(50):
            await house.say("/stats", ANNA)
        await house.begin(who=BERT)
        assert house.card(BERT).words


# -- 21


async def test_rule_21_a_picture_is_uploaded_once_for_all(open_house: OpenHouse) -> None:
    """The second learner, and the next start of the bot, name the file by its id."""
    async with open_house(bank(single("photo", media=PICTURE))) as house:
        await house.begin(who=ANNA)
        await house.begin(who=BERT)
        await house.restart()
        await house.begin(who=33)
        uploads = [sent.upload for sent in house.api.of("sendPhoto")]
        assert uploads == [b"png", None, None]


async def test_rule_21_a_wrong_file_id_is_uploaded_anew(open_house: OpenHouse) -> None:
    """An id that Telegram no longer knows is forgotten, and the card comes all the same."""
    async with open_house(bank(single("photo", media=PICTURE))) as house:
        await house.begin(who=ANNA)
        house.api.refuse("sendPhoto", refusal("Bad Request: wrong file identifier/HTTP URL specified"))
        await house.begin(who=BERT)
        assert [bool(sent.upload) for sent in house.api.of("sendPhoto")] == [True, False, True]
        assert house.card(BERT).photo


# -- 22


async def test_rule_22_a_403_marks_the_learner_as_blocked(house: BotHouse) -> None:
    """What they were owed is dropped, so no start of the bot tries again."""
    await house.begin()
    house.api.blocked.add(ANNA)
    await house.press(await house.right_button())
    learner = await house.learner()
    assert (learner.is_blocked, learner.owed) == (True, ())
    calls = len(house.api.calls)
    await house.restart()
    assert [sent.method for sent in house.api.calls[calls:]] == ["getMe"]


async def test_rule_22_my_chat_member_marks_and_clears(house: BotHouse) -> None:
    """Blocking is noted before anything fails, coming back as well."""
    await house.begin()
    await house.submit(updates.membership(house.next_id(), ANNA, "kicked"))
    assert (await house.learner()).is_blocked
    await house.submit(updates.membership(house.next_id(), ANNA, "member"))
    assert not (await house.learner()).is_blocked
    assert house.api.of("sendMessage") == []


async def test_rule_22_membership_of_strangers_and_groups_is_not_noted(house: BotHouse) -> None:
    """Only learners can be blocked learners."""
    await house.submit(updates.membership(house.next_id(), ANNA, "kicked"))
    assert await house.store.load(ANNA) is None
    await house.begin()
    change = json.loads(updates.membership(house.next_id(), ANNA, "kicked"))["my_chat_member"]
    await house.submit(updates.as_bytes(house.next_id(), my_chat_member=change | {"chat": updates.GROUP}))
    assert not (await house.learner()).is_blocked


@pytest.mark.parametrize("what", ["stale press", "cold command", "picture", "answer", "menu"])
async def test_rule_22_any_update_clears_it(house: BotHouse, what: str) -> None:
    """Whoever presses or writes is reachable again, even if that changes nothing else."""
    card = await house.begin()
    await house.submit(updates.membership(house.next_id(), ANNA, "kicked"))
    raw = {
        "stale press": lambda: house.raw_press("n:0:0", message=card),
        "cold command": lambda: updates.text(house.next_id(), "/help", ANNA),
        "picture": lambda: updates.photo(house.next_id(), ANNA),
        "answer": lambda: house.raw_press("a:1:1:0", message=card),
        "menu": lambda: house.raw_press("f:1", message=card),
    }[what]()
    await house.submit(raw)
    assert not (await house.learner()).is_blocked


async def test_rule_22_who_comes_back_goes_on(open_house: OpenHouse) -> None:
    """After a block in the middle of a question, /start shows that question again."""
    async with open_house(bank(numeric("n"), single("s"))) as house:
        await house.begin()
        asked = (await house.learner()).session
        house.api.blocked.add(ANNA)
        await house.say("/resend")
        house.api.blocked.clear()
        await house.say("/start")
        assert (await house.learner()).session == asked
        assert house.card() == house.last()


async def test_rule_22_a_block_met_by_a_handler_is_no_failure(house: BotHouse) -> None:
    """Help for somebody who blocked the bot meanwhile is dropped quietly."""
    house.api.refuse("sendMessage", BLOCKED)
    await house.say("/help")
    assert await house.store.dead_letters() == []
    assert await house.store.inbox() == [] or house.commit.waiting
