"""Rules 14, 15, 16 and 18: photo and text, what Telegram says back, whose card it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bot import updates
from bot.bothouse import ANNA, BERT, BotHouse
from bot.telegram import GONE, NOT_MODIFIED, UNREACHABLE, refusal
from lplate.domain.question import Media
from lplate_bot.egress.lane import Entry
from lplate_bot.ingress import Ack
from lplate_bot.render import fragments
from trainer.banks import PICTURE, bank, multi, numeric, single

if TYPE_CHECKING:
    from bot.conftest import OpenHouse
    from lplate.domain.question import BankInfo, Question

LONG = "word " * 300


def long_text(length: int) -> dict[str, str]:
    return {"en": ("x" * 9 + " ") * (length // 10), "de": ("ü" * 9 + " ") * (length // 10)}


# -- 14


async def test_rule_14_text_becomes_a_photo_and_stays_one(open_house: OpenHouse) -> None:
    """A picture is put in by editing; the next question without one shows the neutral picture."""
    async with open_house(bank(single("text"), single("photo", media=PICTURE))) as house:
        await house.begin()
        assert house.last().photo
        house.api.calls.clear()
        await house.press(house.button("k"))
        assert [sent.method for sent in house.api.calls] == ["answerCallbackQuery", "editMessageMedia"]
        assert "What about text?" in house.last().words
        neutral = house.last().photo
        await house.press(house.button("k"))
        assert house.last().photo not in {None, neutral}
        assert len(house.shown()) == 1


async def test_rule_14_a_text_card_is_turned_by_editing(open_house: OpenHouse) -> None:
    """The first card is text; the picture of the second question comes into the same message."""
    async with open_house(
        bank(multi("text"), numeric("also", "signs"), single("photo", media=PICTURE))
    ) as house:
        await house.begin()
        await house.ask_for("text")
        await house.say("/resend")
        await house.ask_for("photo")
        assert house.last().photo
        stored = (await house.learner()).card
        assert stored is not None
        assert stored.is_photo


async def test_rule_14_feedback_on_a_photo_edits_the_caption_only(open_house: OpenHouse) -> None:
    """A picture that is known to be there is not sent again."""
    async with open_house(bank(single("photo", media=PICTURE))) as house:
        await house.begin()
        house.api.calls.clear()
        await house.press(await house.right_button())
        assert [sent.method for sent in house.api.calls] == ["answerCallbackQuery", "editMessageCaption"]


async def test_rule_14_after_a_restart_the_picture_is_sent_along_once(open_house: OpenHouse) -> None:
    """What a card shows is not stored, so the first edit after a start names the picture again."""
    async with open_house(bank(single("photo", media=PICTURE), single("other", media=PICTURE))) as house:
        await house.begin()
        await house.restart()
        house.api.calls.clear()
        await house.press(await house.right_button())
        await house.press(house.button("n"))
        edits = [sent.method for sent in house.api.calls if sent.method != "answerCallbackQuery"]
        assert edits == ["editMessageMedia", "editMessageCaption"]
        assert house.api.of("editMessageMedia")[0].upload is None


async def test_rule_14_a_long_explanation_becomes_a_message_of_its_own(open_house: OpenHouse) -> None:
    """Over 1,024 units under a photo: the card says where to look, nothing is cut."""
    question = single("photo", media=PICTURE, explanation={"en": LONG, "de": LONG})
    async with open_house(bank(question, single("other"))) as house:
        await house.begin()
        await house.press(await house.right_button())
        card, aside = house.shown()
        assert "The explanation is below." in card.words
        assert LONG.strip() in aside.words
        await house.press(house.button("n"))
        assert len(house.shown()) == 2


async def test_rule_14_a_long_question_has_its_picture_apart(open_house: OpenHouse) -> None:
    """Too long for a caption: the picture comes before, in a message of its own, once."""
    question = single("photo", media=PICTURE, text=long_text(1500))
    async with open_house(bank(question)) as house:
        await house.begin()
        picture, card = house.shown()
        assert (bool(picture.photo), picture.html, picture.rows, card.photo) == (True, "", [], None)
        await house.press(await house.right_button())
        assert len(house.shown()) == 2
        assert "Right!" in house.card().words


async def test_rule_14_feedback_keeps_the_kind_of_its_question(open_house: OpenHouse) -> None:
    """A question just too long for a photo does not turn into one when its answer is shorter."""
    question = single("photo", media=PICTURE, text=long_text(800))
    async with open_house(bank(question)) as house:
        await house.begin()
        assert len(house.shown()) == 2
        await house.press(await house.right_button())
        assert house.card().photo is None
        assert len(house.api.of("editMessageMedia")) == 0


async def test_rule_14_a_card_that_has_to_be_sent_anew_is_sent_once(open_house: OpenHouse) -> None:
    """Feedback too long for the photo that the card is comes below it; a second tap brings no second one."""
    question = single("text", explanation={"en": LONG, "de": LONG})
    async with open_house(bank(single("photo", media=PICTURE), question)) as house:
        await house.begin()
        await house.ask_for("text")
        assert house.card().photo
        house.api.calls.clear()
        house.api.is_holding = True
        data, tapped = await house.right_button(), house.card()
        await house.press(data)
        await house.press(data)
        house.api.release()
        await house.settle()
        await house.press(data, message=tapped)
        assert len(house.api.of("sendMessage")) == 1
        await house.press(house.button("n"))
        assert "What about photo?" in house.card().words


async def test_rule_14_unticking_all_does_not_send_the_picture_again(open_house: OpenHouse) -> None:
    """A picture that stands above its card stays the only one."""
    question = multi("photo", media=PICTURE, text=long_text(1500))
    async with open_house(bank(question)) as house:
        await house.begin()
        for wanted in (1, 0):
            await house.press(next(data for data in house.card().data if data.endswith(f":0:{wanted}")))
        assert len(house.shown()) == 2


async def test_rule_14_ticking_after_a_restart_does_not_send_the_picture_again(open_house: OpenHouse) -> None:
    """The bot no longer knows that the picture is there, but a tick is no new question."""
    question = multi("photo", media=PICTURE, text=long_text(1500))
    async with open_house(bank(question)) as house:
        await house.begin()
        await house.restart()
        await house.press(next(data for data in house.card().data if data.endswith(":0:1")))
        assert len(house.shown()) == 2


async def test_rule_14_the_next_long_question_brings_its_picture(open_house: OpenHouse) -> None:
    """A new picture apart means a new card below it, and the old one loses its buttons."""
    other = Media("f" * 32, "image/png", 8, 6, {})
    questions = [
        single(name, media=media, text=long_text(1500)) for name, media in (("a", PICTURE), ("b", other))
    ]
    house_bank = bank(*questions)
    house_bank.media = lambda digest: digest.encode()  # type: ignore[method-assign] # two pictures, this once
    async with open_house(house_bank) as house:
        await house.begin()
        await house.press(house.button("k"))
        assert [bool(shown.photo) for shown in house.shown()] == [True, False, True, False]
        assert [bool(shown.rows) for shown in house.shown()] == [False, False, False, True]


async def test_rule_14_a_closed_card_that_cannot_hold_its_verdict_only_closes(open_house: OpenHouse) -> None:
    """A typed answer to a long question on a photo card does not repeat the whole question twice."""
    questions = (single("photo", media=PICTURE), numeric("long", "signs", text=long_text(980)))
    async with open_house(bank(*questions)) as house:
        await house.begin()
        await house.ask_for("long")
        count = len(house.shown())
        await house.say("51")
        assert len(house.shown()) == count + 1
        assert [shown for shown in house.shown() if shown.rows] == [house.last()]


@pytest.mark.parametrize("method", ["sendPhoto", "editMessageMedia"])
async def test_rule_14_a_picture_telegram_refuses_gives_way_to_the_text(
    open_house: OpenHouse, method: str
) -> None:
    """Better a question without its picture than none at all."""
    bad = refusal("Bad Request: IMAGE_PROCESS_FAILED")
    async with open_house(bank(single("photo", media=PICTURE), numeric("n", "signs"))) as house:
        if method == "sendPhoto":
            house.api.refuse(method, *[bad] * 5)
            await house.begin()
        else:
            await house.begin()
            await house.ask_for("n")
            await house.say("/resend")
            house.api.refuse(method, *[bad] * 5)
            await house.ask_for("photo")
        assert "What about photo?" in house.card().words
        assert house.card().photo is None
        await house.press(await house.right_button())
        assert "Right!" in house.card().words


# -- 15


@pytest.mark.parametrize("words", [NOT_MODIFIED, "Bad Request: message is not modified"])
async def test_rule_15_not_modified_confirms(house: BotHouse, words: str) -> None:
    """The message shows it already: the reply is done."""
    await house.begin()
    house.api.refuse("editMessageCaption", refusal(words))
    await house.press(await house.right_button())
    await house.restart()
    assert await house.store.owing() == []


@pytest.mark.parametrize("end", [GONE, refusal("Bad Request: there is no caption in the message to edit")])
async def test_rule_15_a_message_that_is_gone_becomes_a_new_card(house: BotHouse, end: object) -> None:
    """The learner deleted it, or it is of another kind than we thought: the card comes anew below."""
    first = await house.begin()
    house.api.refuse("editMessageCaption", end)  # type: ignore[arg-type] # one of the ends
    await house.press(await house.right_button())
    assert house.last().message_id != first.message_id
    assert "Right!" in house.last().words
    stored = (await house.learner()).card
    assert stored is not None
    assert stored.message_id == house.last().message_id
    assert (await house.learner()).owed == ()


async def test_rule_15_a_new_card_for_a_gone_one_survives_a_crash(house: BotHouse) -> None:
    """Between noticing the loss and sending anew the card is owed."""
    await house.begin()
    house.api.refuse("editMessageCaption", GONE)
    house.api.is_holding = True
    await house.press(await house.right_button())
    house.api.release(2)
    await house.settle()
    assert (await house.learner()).card is None
    await house.crash()
    assert "Right!" in house.last().words


async def test_rule_15_a_card_drawn_again_and_found_gone_survives_a_crash(house: BotHouse) -> None:
    """A stale press owes nothing, but the new card that its loss calls for is owed."""
    card = await house.begin()
    house.api.refuse("editMessageCaption", GONE)
    house.api.is_holding = True
    await house.press("n:1:0", message=card)
    house.api.release(2)
    await house.settle()
    await house.crash()
    assert len(house.shown()) == 2
    assert house.last().labels == card.labels


async def test_rule_15_a_query_that_is_too_old_is_nobodys_error(
    house: BotHouse, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer comes too late for the client, the press counts all the same."""
    await house.begin()
    house.api.refuse(
        "answerCallbackQuery", refusal("Bad Request: query is too old and response timeout expired")
    )
    await house.press(await house.right_button())
    assert "Right!" in house.card().words
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_rule_15_what_telegram_never_took_stays_owed(
    house: BotHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reply given up after endless failures is repeated by the next start."""
    await house.begin()
    house.api.refuse("editMessageCaption", *[UNREACHABLE] * 4)
    monkeypatch.setattr(Entry, "is_hopeless", lambda entry, _: entry.tries >= 3)  # as when others succeed
    await house.press(await house.right_button())
    await house.restart()
    assert "Right!" in house.card().words


async def test_rule_15_an_answer_that_came_to_a_menu_too_late_is_no_failure(house: BotHouse) -> None:
    """Drawing a menu anew works although its press is no longer waiting."""
    await house.begin()
    await house.say("/topics")
    house.api.refuse("answerCallbackQuery", *[refusal("Bad Request: query is too old")] * 3)
    await house.press("o:1:1")
    assert "☑ Speed (4)" in house.last().labels
    assert await house.store.dead_letters() == []


# -- 16


async def test_rule_16_somebody_elses_press_is_refused_in_words(house: BotHouse) -> None:
    """A card forwarded to, or seen in, another chat is not the presser's; nothing happens to its owner."""
    card = await house.begin()
    before = await house.learner()
    raw = updates.press(house.next_id(), await house.right_button(), BERT, card.as_object())
    assert await house.submit(raw) == Ack()
    answer = house.api.of("answerCallbackQuery")[-1].fields
    assert answer["text"].startswith("This is somebody else's card")
    assert answer["show_alert"]
    assert await house.learner() == before
    assert await house.store.load(BERT) is None


@pytest.mark.parametrize("message", [None, {"message_id": 5, "chat": updates.GROUP, "date": 1}])
async def test_rule_16_presses_outside_the_private_chat_are_foreign(
    house: BotHouse, message: dict[str, object] | None
) -> None:
    """In a group, or below an inline message, no card can be pressed."""
    await house.begin()
    await house.submit(updates.press(house.next_id(), "a:1:1:0", ANNA, message))
    assert "somebody else" in house.api.of("answerCallbackQuery")[-1].fields["text"]
    assert house.attempts == []


async def test_rule_16_a_group_is_offered_the_private_chat(house: BotHouse) -> None:
    """The command in a group is answered with a link, and makes nobody a learner."""
    await house.say("/start@lplate_bot", chat=updates.GROUP)
    (invitation,) = house.api.chat(updates.GROUP_ID)
    assert invitation.rows[0][0]["url"] == "https://t.me/lplate_bot?start=group"
    assert await house.store.load(ANNA) is None


async def test_rule_16_updates_without_a_sender_have_the_lane_of_their_chat(house: BotHouse) -> None:
    """A channel post is stored under the channel and handled without fuss."""
    post = {
        "message_id": 1,
        "date": 1,
        "chat": {"id": -100300, "type": "channel", "title": "c"},
        "text": "hi",
    }
    house.api.is_holding = True
    raw = updates.as_bytes(house.next_id(), channel_post=post)
    assert await house.submit(raw) == Ack()
    house.api.release()
    assert house.shown(-100300) == []


# -- 18


async def test_rule_18_a_question_is_put_into_words_once(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawing the same question for a second learner takes its texts from the cache."""
    made: list[str] = []
    make = fragments._fragments

    def counted(info: BankInfo, question: Question, *rest: Any) -> fragments.Fragments:
        made.append(question.id)
        return make(info, question, *rest)

    monkeypatch.setattr(fragments, "_fragments", counted)
    async with open_house(bank(single("a"))) as house:
        for who in (ANNA, BERT):
            await house.begin(who=who)
            await house.press(await house.right_button(who), who)
    assert made == ["a"]


async def test_rule_18_callback_data_carries_session_step_and_choice(open_house: OpenHouse) -> None:
    """Options are named in source order whatever the order on the card."""
    async with open_house(bank(single("a", count=5))) as house:
        card = await house.begin()
        order = (await house.learner()).session.order
        assert card.data == [*(f"a:1:1:{index}" for index in order), "k:1:1"]
        assert json.dumps(card.rows)
