from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.cards import AWKWARD
from bot.telegram import parsed
from lplate.domain.learner import Learner
from lplate.domain.statistics import Statistics, TopicStatistics
from lplate.trainer import views
from lplate_bot.render.fragments import FragmentCache
from lplate_bot.render.message import Message
from lplate_bot.render.pages import language_name, notice_text
from lplate_bot.render.piece import visible_length
from lplate_bot.render.screen import render
from lplate_bot.render.texts import texts, texts_for, ui_language
from trainer.banks import bank, mixed_bank, single

if TYPE_CHECKING:
    from lplate.trainer.views import View

ANNA = Learner(1, 1, 0, 0, language="en", bank_id="mini")
MINI = mixed_bank().info
EXTRA = bank(single("x"), bank_id="extra").info
NUMBERS = Statistics(
    size=8, seen=4, known=1, due=2, mistakes=3, answered=9, right=6,
    answered_today=5, answered_week=8, right_week=6, streak_days=1,
    weakest=(TopicStatistics("speed", 4, 1), TopicStatistics("gone", 3, 1)),
)  # fmt: skip
NOTICES = ["right", "stale", "choose-first", "question-gone", "tap-button", "type-number", "not-your-card",
           "slow-down", "try-later", "unknown-command", "not-text", "trouble"]  # fmt: skip


def shown(view: View) -> Message:
    message = render(view, FragmentCache(8))
    assert isinstance(message, Message)
    return message


def data(message: Message) -> list[list[str]]:
    return [[button["callback_data"] for button in row] for row in message.rows]


def test_the_welcome_of_several_banks_offers_each() -> None:
    """Every bank has a row, named in the language of the learner's app."""
    stranger = replace(ANNA, language="", bank_id="", client_language="de")
    message = shown(views.WelcomeView(stranger, (MINI, EXTRA), ()))
    assert [row[0]["text"] for row in message.rows] == ["🚗 Sammlung mini", "🚗 Sammlung extra"]
    assert data(message) == [["b:mini"], ["b:extra"]]
    assert "Willkommen" in message.html


def test_two_languages_are_offered_alone_and_at_once() -> None:
    """Three buttons: each language, then both."""
    message = shown(views.WelcomeView(replace(ANNA, language=""), (MINI,), ("en", "de", "en-de", "de-en")))
    assert data(message) == [["l:en", "l:de"], ["l:en-de"]]
    assert [button["text"] for button in message.rows[0]] == ["English", "Deutsch"]


def test_of_many_languages_only_pairs_with_ones_own_are_offered() -> None:
    """Each language stands alone, two a row; pairs begin with the learner's own."""
    choices = ("en", "de", "fr", "en-de", "en-fr", "de-en", "de-fr", "fr-en", "fr-de")
    message = shown(views.WelcomeView(ANNA, (MINI,), choices))
    assert data(message) == [["l:en", "l:de"], ["l:fr"], ["l:en-de"], ["l:en-fr"]]


def test_who_has_a_bank_may_change_to_another() -> None:
    """Below the languages every other bank has a row."""
    learner = replace(ANNA, bank_id=MINI.id)
    message = shown(views.WelcomeView(learner, (MINI, EXTRA), ("en", "de", "en-de", "de-en")))
    assert data(message)[-1] == ["b:extra"]


def test_who_is_known_is_not_greeted_again() -> None:
    """The question for the language comes without a welcome."""
    message = shown(views.WelcomeView(ANNA, (MINI,), ("en", "de")))
    assert "Welcome" not in message.html


@pytest.mark.parametrize(
    ("choice", "name"), [("en", "English"), ("de-en", "Deutsch + English"), ("fr", "fr")]
)
def test_languages_are_named_in_their_own_words(choice: str, name: str) -> None:
    """Unknown ones by their code."""
    assert language_name(choice) == name


def test_the_choice_is_confirmed_with_the_way_on() -> None:
    """Bank and language, and the commands worth knowing."""
    message = shown(views.ChosenView(replace(ANNA, language="en-de"), MINI))
    words = parsed(message.html)
    assert "✅ Bank mini · English + Deutsch" in words
    assert all(command in words for command in ("/topics", "/stats", "/help"))


def test_statistics_tell_every_number() -> None:
    """Counts, shares, days in a row with their plural, and the weakest topics by name."""
    words = parsed(shown(views.StatisticsView(ANNA, MINI, NUMBERS)).html)
    for line in (
        "Questions met: 4 of 8 (50 %)", "Known well: 1", "Waiting for review: 2", "Open mistakes: 3",
        "Today: 5", "Last 7 days: 8 answers, 75 % right", "1 day in a row", "• Speed: 1/4", "• gone: 1/3",
    ):  # fmt: skip
        assert line in words
    assert "2 days in a row" in shown(views.StatisticsView(ANNA, MINI, replace(NUMBERS, streak_days=2))).html


def test_statistics_of_nothing_say_so() -> None:
    """No zeros and no division by them."""
    nothing = Statistics(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    assert "No answers yet" in shown(views.StatisticsView(ANNA, MINI, nothing)).html
    idle = replace(NUMBERS, size=0, answered_week=0, right_week=0)
    assert "Last 7 days" not in shown(views.StatisticsView(ANNA, MINI, idle)).html


def test_pages_escape_what_a_bank_says() -> None:
    """Names of banks and topics are shown, not obeyed."""
    awkward = {"en": AWKWARD, "de": AWKWARD}
    topics = tuple(replace(topic, name=awkward) for topic in MINI.topics)
    info = replace(MINI, name=awkward, topics=topics)
    for view in (views.ChosenView(ANNA, info), views.StatisticsView(ANNA, info, NUMBERS)):
        assert AWKWARD in parsed(shown(view).html)
        assert AWKWARD not in shown(view).html


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("notice", NOTICES)
def test_every_notice_fits_a_toast(notice: str, language: str) -> None:
    """At most 200 characters, in every language, and different from the others."""
    words = notice_text(notice, texts(language))
    assert 0 < len(words) <= 200
    assert words == parsed(shown(views.NoticeView(replace(ANNA, language=language), notice)).html)


def test_german_notices_are_german() -> None:
    """None is left in English."""
    for notice in NOTICES:
        assert notice_text(notice, texts("de")) != notice_text(notice, texts("en"))


def test_empty_topics_are_explained() -> None:
    """The way out is named."""
    assert "/topics" in shown(views.EmptyView(ANNA)).html


def test_only_buttons_going_is_no_message() -> None:
    """There is nothing to send for it."""
    assert render(views.NoButtonsView(), FragmentCache(8)) is None


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ([], "en"),
        (["de"], "de"),
        (["de-CH"], "de"),
        (["fr", "de"], "de"),
        (["xx"], "en"),
        ([""], "en"),
        (["DE"], "de"),
    ],
)
def test_the_bot_speaks_the_first_language_it_can(wanted: list[str], language: str) -> None:
    """Codes and tags alike; English if none fits."""
    assert ui_language(wanted) == language


def test_a_learners_choice_goes_before_their_app() -> None:
    """Both at once: the first; before any choice, the language of the app."""
    assert texts_for(replace(ANNA, language="de-en", client_language="en")) is texts("de")
    assert texts_for(replace(ANNA, language="", client_language="de")) is texts("de")
    assert texts_for(replace(ANNA, language="fr", client_language="de")) is texts("de")


@pytest.mark.parametrize(
    ("html", "length"),
    [
        ("", 0),
        ("abc", 3),
        ("<b>abc</b>", 3),
        ("a &amp; b", 5),
        ("😀", 2),
        ("&lt;b&gt;", 3),
        ("<blockquote expandable>x\ny</blockquote>", 3),
    ],
)
def test_lengths_are_counted_as_telegram_counts(html: str, length: int) -> None:
    """UTF-16 units, without tags, with entities resolved."""
    assert visible_length(html) == length
    assert Message.of(html).units == length
