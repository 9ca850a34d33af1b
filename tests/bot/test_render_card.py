from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import AWKWARD, answered, drawn, questions, view
from bot.telegram import parsed
from lplate.domain.question import NumericAnswer, Option, QuestionType
from lplate_bot.render.card import coming_back
from lplate_bot.render.message import CAPTION_LIMIT, TEXT_LIMIT
from lplate_bot.render.texts import texts
from trainer.banks import PICTURE, multi, numeric, options, single, truefalse

if TYPE_CHECKING:
    from lplate.domain.question import Question
    from lplate.trainer.views import CardView
    from lplate_bot.render.message import Message

LANGUAGES = ["en", "de", "en-de", "de-en"]


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def aside(message: Message) -> str:
    return "" if message.aside is None else message.aside.html


def assert_telegram_takes(message: Message) -> None:
    """Check everything Telegram would refuse, with a parser that is not ours."""
    limit = CAPTION_LIMIT if message.has_picture_within else TEXT_LIMIT
    assert 0 < units(parsed(message.html)) <= limit
    assert message.units == units(parsed(message.html))
    assert units(parsed(aside(message))) <= TEXT_LIMIT
    for button in (button for row in message.rows for button in row):
        assert button["text"]
        assert 1 <= len(button["callback_data"].encode()) <= 64


def stages(shown: CardView) -> list[CardView]:
    """Return a card open, ticked, answered rightly and wrongly, and closed."""
    session = shown.learner.session
    ticked = replace(shown, learner=replace(shown.learner, session=replace(session, chosen=1)))
    typed = "<50> & more" if shown.question.type is QuestionType.NUMERIC else ""
    right, wrong = answered(shown), answered(shown, 2, typed, was_right=False)
    return [shown, ticked, right, wrong, replace(wrong, is_closed=True)]


@settings(max_examples=60, deadline=None)
@given(questions(), st.sampled_from(LANGUAGES))
def test_rule_14_every_card_fits_and_keeps_its_kind(question: Question, language: str) -> None:
    """Whatever its length and characters: Telegram takes it, and the picture stays where it was at first."""
    cards = [drawn(stage) for stage in stages(view(question, language))]
    for message in cards:
        assert_telegram_takes(message)
    assert len({(message.picture is not None, message.picture_apart is not None) for message in cards}) == 1


@settings(max_examples=60, deadline=None)
@given(questions(), st.sampled_from(LANGUAGES))
def test_nothing_of_a_question_is_cut_or_read_as_markup(question: Question, language: str) -> None:
    """Question, options and explanation can be read word for word, on the card or in the message after it."""
    opened, closed = view(question, language), answered(view(question, language))
    for code in language.split("-"):
        wanted = [question.text[code], *(option.text[code] for option in question.options if option.text)]
        read = parsed(drawn(opened).html)
        assert all(text in read for text in wanted)
        message = drawn(closed)
        whole = parsed(message.html) + parsed(aside(message))
        assert all(text in whole for text in (*wanted, question.explanation[code], *question.sources))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_a_bank_is_escaped(language: str) -> None:
    """Angle brackets, ampersands and quotes of a bank are shown, not obeyed; a learner's typing too."""
    both = {"en": AWKWARD, "de": AWKWARD}
    choice = single("q", text=both, explanation=both, sources=(AWKWARD,))
    choice = replace(
        choice, options=(Option("a", both, correct=True), Option("b", {"en": "b", "de": "b"}, correct=False))
    )
    number = numeric("q", "signs", text=both, answer=NumericAnswer(Decimal(50), "<m>", Decimal(0)))
    for question in (choice, number):
        shown = view(question, language)
        topics = (replace(shown.info.topics[0], name=both),)
        shown = replace(shown, info=replace(shown.info, topics=topics))
        for stage in (shown, answered(shown, typed=AWKWARD, was_right=False)):
            message = drawn(stage)
            assert_telegram_takes(message)
            assert parsed(message.html).count(AWKWARD) >= 2
            assert AWKWARD not in message.html
            assert "<m>" not in message.html


def test_an_open_single_choice_shows_letters_in_the_order_of_the_session() -> None:
    """The letter on the button is the letter in the text, the data names the source option."""
    message = drawn(view(single("q"), order=(2, 0, 1)))
    assert "A  option c\nB  option a\nC  option b" in parsed(message.html)
    assert [button["callback_data"] for button in message.rows[0]] == ["a:1:1:2", "a:1:1:0", "a:1:1:1"]
    assert [button["text"] for button in message.rows[0]] == ["A", "B", "C"]


def test_ticks_name_the_state_they_want() -> None:
    """A ticked option offers to untick it, and the other way round."""
    message = drawn(view(multi("q"), chosen=0b001))
    assert [button["text"] for button in message.rows[0]] == ["☑ A", "☐ B", "☐ C"]
    assert [button["callback_data"] for button in message.rows[0]] == ["t:1:1:0:0", "t:1:1:1:1", "t:1:1:2:1"]
    assert [button["callback_data"] for button in message.rows[1]] == ["k:1:1", "u:1:1"]


@pytest.mark.parametrize(
    ("language", "labels"),
    [
        ("en", ["True", "False"]),
        ("de", ["Wahr", "Falsch"]),
        ("en-de", ["True · Wahr", "False · Falsch"]),
    ],
)
def test_true_and_false_are_said_in_the_learners_languages(language: str, labels: list[str]) -> None:
    """Statements have no texts for their options in the bank."""
    message = drawn(view(truefalse("q"), language))
    assert [button["text"] for button in message.rows[0]] == labels


def test_ten_options_take_two_rows() -> None:
    """Five letters a row are easy to hit."""
    message = drawn(view(single("q", count=10)))
    assert [len(row) for row in message.rows] == [5, 5, 1]
    assert message.rows[1][-1]["text"] == "J"


@pytest.mark.parametrize(
    ("question", "hint"),
    [
        (numeric("q"), "Type the number in m."),
        (numeric("q", answer=NumericAnswer(Decimal(3), "", Decimal(0))), "Type the number."),
        (multi("q"), "Tick every right answer, then submit."),
        (truefalse("q"), "True or false?"),
    ],
)
def test_questions_say_how_they_are_answered(question: Question, hint: str) -> None:
    """Where it is not plain from the buttons."""
    assert hint in parsed(drawn(view(question)).html)


def test_marks_tell_right_missed_and_wrong_apart_without_colour() -> None:
    """A wrong choice, a missed one and a right one have different signs, explained below."""
    question = multi("q", right=(0, 1))
    words = parsed(drawn(answered(view(question), 0b101, was_right=False)).html)
    assert "✅ A  option a\n☑️ B  option b\n❌ C  option c" in words
    assert "✅ right, ☑️ missed, ❌ wrong" in words


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        ("50", "m", "50 m"),
        ("50.0", "m", "50 m"),
        ("0.50", "‰", "0.5 ‰"),
        ("1500", "", "1500"),
        ("1E+2", "m", "100 m"),
    ],
)
def test_numbers_are_shown_plainly(value: str, unit: str, shown: str) -> None:
    """No exponent, no trailing zeros."""
    question = numeric("q", answer=NumericAnswer(Decimal(value), unit, Decimal(0)))
    words = parsed(drawn(answered(view(question), typed="7", was_right=False)).html)
    assert f"Your answer: 7\nRight answer: {shown}" in words


@pytest.mark.parametrize(
    ("days", "english", "german"),
    [
        (0, "Again tomorrow.", None),
        (1, "Again tomorrow.", None),
        (2, "Again in 2 days.", "2 Tagen"),
        (21, "Again in 21 days.", "21 Tagen"),
    ],
)
def test_the_pause_is_said_in_days(days: int, english: str, german: str | None) -> None:
    """With the plural of the language."""
    assert coming_back(days, texts("en")) == english
    assert german is None or german in coming_back(days, texts("de"))


def test_feedback_has_one_button_and_a_closed_card_none() -> None:
    """Next is the way on; a closed card keeps the verdict without explanation."""
    shown = answered(view(single("q")))
    assert [[button["text"] for button in row] for row in drawn(shown).rows] == [["Next ▶"]]
    closed = drawn(replace(shown, is_closed=True))
    assert closed.rows == ()
    assert "Right!" in closed.html
    assert "Because of q." not in closed.html


def test_a_bank_without_the_learners_language_speaks_its_own() -> None:
    """Nobody sees an empty card because a translation is missing."""
    question = single("q", text={"en": "Only English"}, explanation={})
    shown = view(question, "de")
    shown = replace(shown, info=replace(shown.info, languages=("en",)))
    assert "Only English" in drawn(shown).html
    assert "–" in parsed(drawn(answered(shown)).html)


def test_the_second_language_follows_in_italics() -> None:
    """Both at once: the first leads, the second is set apart."""
    html = drawn(view(single("q"), "de-en")).html
    assert "Was ist mit q?\n<i>What about q?</i>" in html
    assert "Antwort a\n<i>option a</i>" in html


def test_a_picture_fits_into_the_card_while_text_is_short() -> None:
    """A short question with a picture is one photo message."""
    message = drawn(view(single("q", media=PICTURE)))
    assert (message.picture is not None, message.picture_apart is not None) == (True, False)
    assert message.picture is not None
    assert (message.picture.digest, message.picture.bank_id) == (PICTURE.digest, "mini")


def test_options_of_every_count_have_letters() -> None:
    """From two to ten."""
    for count in range(2, 11):
        question = single("q", count=count)
        assert options(count, [0])[-1].key == "abcdefghij"[count - 1]
        assert sum(len(row) for row in drawn(view(question)).rows) == count + 1
