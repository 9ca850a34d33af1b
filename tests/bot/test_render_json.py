"""The JSON that is joined is the JSON that a straight encoding of the same card gives."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, permutations, product
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import AWKWARD, answered, drawn, questions, view
from bot.plain_cards import PlainCard
from bot.telegram import parsed
from lplate.domain.question import Option, QuestionType
from lplate.domain.session import Address
from lplate.trainer.library import Library
from lplate_bot.calls import Caller
from lplate_bot.egress import PICTURE_SLOT
from lplate_bot.render.piece import Piece, escaped, unescaped
from playing import bank_questions
from trainer.banks import PICTURE, multi, numeric, single, truefalse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from lplate.domain.question import Question
    from lplate.trainer.views import CardView
    from lplate_bot.egress import Call, Outcome

LANGUAGES = ["en", "de", "en-de", "de-en"]
TEXT = Address(7, 70)
PHOTO = Address(7, 70, is_photo=True)
STRANGE = AWKWARD + ' " \\ / \b\f\n\r\t \x00\x1f\x7f \u2028 \u2029 🇩🇪 \U0001d54f %b %d # {} \\u0041'


def done(_: Outcome) -> None:
    """Take no notice."""


def stages(shown: CardView) -> Iterator[CardView]:
    """Return a card open, ticked, answered in every way, and closed."""
    session = shown.learner.session
    masks = range(1 << len(shown.question.options))
    for chosen in masks if shown.question.type is QuestionType.MULTI else (0,):
        ticked = replace(session, chosen=chosen, number=10 + chosen, step=chosen % 3)
        yield replace(shown, learner=replace(shown.learner, session=ticked))
    yield replace(shown, is_closed=True)
    for chosen, was_right in product(masks, (True, False)):
        typed = STRANGE if shown.question.type is QuestionType.NUMERIC else ""
        yield answered(shown, chosen, typed, was_right=was_right)
    yield replace(answered(shown), is_closed=True)


def fields(call: Call | None) -> dict[str, Any]:
    assert call is not None
    return msgspec.json.decode(call.body, type=dict[str, object])


def assert_says_the_same(shown: CardView) -> None:
    """Check each call that can show a card against its fields encoded and decoded in one go."""
    message, plain = drawn(shown), PlainCard(shown)
    caller = Caller(Library(()))
    assert message.units == len(parsed(plain.html).encode("utf-16-le")) // 2
    assert (message.html, unescaped(message.aside.text) if message.aside else "") == (plain.html, plain.aside)
    html, markup = {"parse_mode": "HTML"}, {"reply_markup": {"inline_keyboard": plain.rows}}
    text = {"text": plain.html, "link_preview_options": {"is_disabled": True}, **html}
    caption = {"caption": plain.html, **html}
    place = {"chat_id": 7, "message_id": 70}
    sent = fields(caller.send(7, message, done)[-1])
    if not plain.rows:
        assert sent == {"chat_id": 7, **({"photo": PICTURE_SLOT, **caption} if message.picture else text)}
    elif message.picture is None:
        assert sent == {"chat_id": 7, **text, **markup}
        assert fields(caller.edit(TEXT, message, done)) == {**place, **text, **markup}
    else:
        assert sent == {"chat_id": 7, "photo": PICTURE_SLOT, **caption, **markup}
        media = {"media": {"type": "photo", "media": PICTURE_SLOT, **caption}}
        assert fields(caller.edit(PHOTO, message, done)) == {**place, **media, **markup}
        caller.note_shown(PHOTO, message)
        assert fields(caller.edit(PHOTO, message, done)) == {**place, **caption, **markup}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_of_the_starter_bank_says_the_same(language: str) -> None:
    """In each language and pair, phase, and with every combination of ticks."""
    for question in bank_questions():
        for stage in stages(view(question, language)):
            assert_says_the_same(stage)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("make", [single, multi, truefalse, numeric])
def test_strange_characters_arrive_as_they_are(make: Any, language: str) -> None:
    """Quotes, brackets, control characters, pairs of surrogates and what looks like a template."""
    both = {"en": STRANGE, "de": STRANGE[::-1]}
    question = make("q", text=both, explanation=both, sources=(STRANGE,), media=PICTURE)
    question = replace(question, options=tuple(Option(o.key, both, o.correct) for o in question.options))
    for stage in stages(view(question, language)):
        assert_says_the_same(stage)


def test_every_order_of_the_options_says_the_same() -> None:
    """Up to four in all orders, ten in some; one alone, and none, which no bank has, are no fault either."""
    orders = [order for count in range(5) for order in permutations(range(count))]
    for order in (*orders, tuple(range(10)), tuple(reversed(range(10)))):
        question = single("q", count=len(order))
        for asked in (question, replace(question, type=QuestionType.MULTI)):
            shown = view(asked, order=order, chosen=0b101)
            for stage in (shown, answered(shown, 0b110, was_right=False)):
                assert_says_the_same(stage)


@settings(max_examples=60, deadline=None)
@given(questions(), st.sampled_from(LANGUAGES), st.integers(0, 9), st.integers(0, 3))
def test_cards_of_any_length_say_the_same(question: Question, language: str, days: int, chosen: int) -> None:
    """Short or long, with the explanation on the card or aside, the picture within or apart."""
    shown = answered(view(question, language), chosen, was_right=bool(days % 2))
    session = replace(shown.learner.session, due_in_days=days)
    for stage in (view(question, language), replace(shown, learner=replace(shown.learner, session=session))):
        assert_says_the_same(stage)


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_escaped_text_is_what_stands_between_quotes(text: str) -> None:
    """Any JSON reader gets the text back."""
    assert msgspec.json.decode(b'"%b"' % escaped(text)) == text
    assert unescaped(escaped(text)) == text


@settings(max_examples=30, deadline=None)
@given(questions(), st.sampled_from(LANGUAGES))
def test_pieces_together_are_as_long_as_each(question: Question, language: str) -> None:
    """What a card measures by adding is what Telegram measures of the whole."""
    html = drawn(answered(view(question, language))).html
    cuts = [0, *(place + 1 for place, sign in enumerate(html) if sign == "\n"), len(html)]
    pieces = [Piece.of(html[start:end]) for start, end in pairwise(cuts)]
    assert sum(piece.units for piece in pieces) == len(parsed(html).encode("utf-16-le")) // 2
