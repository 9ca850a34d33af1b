from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from lplate.domain.session import Address
from lplate.trainer.library import Library
from lplate_bot.calls import Caller, answer_call, silent_body
from lplate_bot.egress import PICTURE_SLOT, Call
from lplate_bot.render.message import Message, Picture
from trainer.banks import PICTURE, mixed_bank

if TYPE_CHECKING:
    from lplate_bot.egress import Outcome

TEXT = Address(1, 10)
PHOTO = Address(1, 10, is_photo=True)
NAMED = Picture(PICTURE.digest, PICTURE.mime, "mini")
ROWS = (({"text": "A", "callback_data": "a:1:1:0"},),)
PLAIN = Message.of("words", ROWS)  # type: ignore[arg-type] # a literal of the right shape
WITH_PICTURE = replace(PLAIN, picture=NAMED)
APART = replace(PLAIN, picture_apart=NAMED)


def caller() -> Caller:
    return Caller(Library([mixed_bank()]))


def done(_: Outcome) -> None:
    """Take no notice."""


def body(call: Call | None) -> dict[str, Any]:
    assert call is not None
    fields: dict[str, Any] = msgspec.json.decode(call.body)
    return fields


def test_text_is_sent_as_a_message_without_preview() -> None:
    """A link in a bank shows no page, and the markup is HTML."""
    (call,) = caller().send(1, PLAIN, done)
    assert (call.method, call.chat_id, call.picture, call.edits) == ("sendMessage", 1, None, None)
    assert body(call) == {
        "chat_id": 1, "text": "words", "parse_mode": "HTML", "link_preview_options": {"is_disabled": True},
        "reply_markup": {"inline_keyboard": [[{"text": "A", "callback_data": "a:1:1:0"}]]},
    }  # fmt: skip


def test_words_without_buttons_have_no_markup() -> None:
    """A plain message needs no keyboard to be removed."""
    (call,) = caller().send(1, Message.of("words"), done)
    assert "reply_markup" not in body(call)


def test_a_picture_is_sent_with_its_caption() -> None:
    """One call; the picture's bytes are read from its bank only when asked for."""
    (call,) = caller().send(1, WITH_PICTURE, done)
    assert (call.method, body(call)["photo"], body(call)["caption"]) == ("sendPhoto", PICTURE_SLOT, "words")
    assert call.picture is not None
    assert (call.picture.digest, call.picture.load()) == (PICTURE.digest, b"png")


def test_a_picture_apart_goes_first_and_bears_no_buttons() -> None:
    """The outcome that counts is that of the text below it."""
    picture, text = caller().send(1, APART, done)
    assert (picture.method, picture.done, body(picture)) == (
        "sendPhoto",
        None,
        {"chat_id": 1, "photo": PICTURE_SLOT},
    )
    assert (text.method, text.done) == ("sendMessage", done)


def test_text_is_edited_as_text() -> None:
    """The keyboard is always sent along: an empty one takes the buttons away."""
    call = caller().edit(TEXT, Message.of("words"), done)
    assert body(call)["reply_markup"] == {"inline_keyboard": []}
    assert call is not None
    assert (call.method, call.edits, call.chat_id) == ("editMessageText", 10, 1)


def test_text_becomes_a_photo() -> None:
    """The picture and its caption replace the text."""
    call = caller().edit(TEXT, WITH_PICTURE, done)
    assert call is not None
    assert call.method == "editMessageMedia"
    media = {"type": "photo", "media": PICTURE_SLOT, "caption": "words", "parse_mode": "HTML"}
    assert body(call)["media"] == media


def test_a_photo_without_a_picture_shows_the_neutral_one() -> None:
    """A photo never becomes text again."""
    call = caller().edit(PHOTO, PLAIN, done)
    assert call is not None
    assert call.picture is not None
    assert (call.method, call.picture.digest) == ("editMessageMedia", "neutral")
    assert call.picture.load().startswith(b"\x89PNG")


def test_a_picture_known_to_be_shown_is_not_sent_again() -> None:
    """Only the caption changes; another message of the chat, or another picture, is not taken for it."""
    made = caller()
    made.note_shown(PHOTO, WITH_PICTURE)
    same = made.edit(PHOTO, WITH_PICTURE, done)
    assert same is not None
    assert (same.method, same.picture) == ("editMessageCaption", None)
    other = made.edit(Address(1, 11, is_photo=True), WITH_PICTURE, done)
    assert other is not None
    assert other.method == "editMessageMedia"


def test_a_picture_under_way_is_not_known_to_be_shown() -> None:
    """Until Telegram confirms it, each edit names the picture: an older edit may have been dropped."""
    made = caller()
    made.note_shown(PHOTO, PLAIN)
    methods = [
        call.method for call in (made.edit(PHOTO, WITH_PICTURE, done), made.edit(PHOTO, PLAIN, done)) if call
    ]
    assert methods == ["editMessageMedia", "editMessageMedia"]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (PHOTO, Message.of("x" * 1025)),
        (PHOTO, APART),
        (PHOTO, Message.of("😀" * 513)),
        (TEXT, replace(Message.of("x" * 1025), picture=NAMED)),
    ],
)
def test_what_no_edit_can_show_is_not_edited(address: Address, message: Message) -> None:
    """Too long for a caption: only a new message can show it."""
    assert caller().edit(address, message, done) is None


def test_a_picture_apart_is_known_to_stand_above_its_card() -> None:
    """Once confirmed it need not come again for the same card."""
    made = caller()
    assert not made.shows_picture(TEXT, APART)
    made.note_shown(TEXT, APART)
    assert made.shows_picture(TEXT, APART)
    assert not made.shows_picture(Address(1, 11), APART)
    assert not made.shows_picture(TEXT, PLAIN)


def test_buttons_are_stripped_without_touching_the_rest() -> None:
    """No keyboard in the call means none in the message; a later edit of the card is not replaced by it."""
    call = caller().strip(TEXT)
    assert (call.method, call.edits, call.done) == ("editMessageReplyMarkup", None, None)
    assert body(call) == {"chat_id": 1, "message_id": 10}


def test_a_picture_of_a_bank_that_is_gone_names_it() -> None:
    """The error says which bank and which picture."""
    (call,) = caller().send(1, replace(PLAIN, picture=Picture("d", "image/png", "gone")), done)
    assert call.picture is not None
    with pytest.raises(LookupError, match=r"'gone'.*picture d"):
        call.picture.load()


def test_answers_to_presses_pass_all_lanes_and_do_not_wait_long() -> None:
    """They belong to no chat; after some seconds nobody looks at them any more."""
    call = answer_call("q1", "words", is_alert=True)
    assert (call.method, call.chat_id, call.patience_s) == ("answerCallbackQuery", None, 15.0)
    assert body(call) == {"callback_query_id": "q1", "text": "words", "show_alert": True}


def test_an_answer_to_a_press_that_hangs_is_tried_again() -> None:
    """A call that is never answered leaves time for two more before nobody looks any longer."""
    call = answer_call("q1", "", is_alert=False)
    assert call.timeout_s is not None
    assert 3 * call.timeout_s <= call.patience_s


def test_a_silent_answer_has_no_text() -> None:
    """By webhook it names its method."""
    fields = msgspec.json.decode(silent_body("q1"))
    assert fields == {"callback_query_id": "q1", "method": "answerCallbackQuery"}
