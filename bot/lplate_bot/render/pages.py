"""The messages beside the card: welcome, statistics, notices."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Final

from lplate.trainer.invitations import ACCEPTED
from lplate_bot.render import buttons
from lplate_bot.render.message import Button, Message
from lplate_bot.render.texts import SOURCE_LANGUAGE, texts_for

if TYPE_CHECKING:
    from lplate.domain.question import BankInfo
    from lplate.domain.statistics import Statistics, TopicStatistics
    from lplate.domain.tiers import Membership
    from lplate.trainer.views import ChosenView, EmptyView, NoticeView, StatisticsView, WelcomeView
    from lplate_bot.render.message import Rows
    from lplate_bot.render.texts import Texts

LANGUAGE_NAMES: Final = {"en": "English", "de": "Deutsch"}
"""Languages by their own name; others show their code."""
_PER_ROW: Final = 2


def language_name(choice: str) -> str:
    """Return a language or a pair of them in their own words."""
    return " + ".join(LANGUAGE_NAMES.get(code, code) for code in choice.split("-"))


def local_name(info: BankInfo, language: str) -> str:
    """Return the bank's name as HTML."""
    return escape(info.name.get(language[:2]) or info.name.get(SOURCE_LANGUAGE) or info.id)


def welcome_message(view: WelcomeView) -> Message:
    """Ask for the bank where it is not clear yet, else for the language."""
    words = texts_for(view.learner)
    greeting = "" if view.learner.language else _greeting(words)
    if not view.languages:
        return Message.of(greeting + words.gettext("Which test?"), _bank_rows(view, view.banks))
    question = words.gettext("In which language should the questions be?")
    others = tuple(info for info in view.banks if info.id != view.learner.bank_id)
    rows = _language_rows(view.languages, _tongue(view), words)
    return Message.of(greeting + question, (*rows, *_bank_rows(view, others)))


def _tongue(view: WelcomeView) -> str:
    return (view.learner.language or view.learner.client_language)[:2]


def _bank_rows(view: WelcomeView, banks: tuple[BankInfo, ...]) -> Rows:
    def button(info: BankInfo) -> Button:
        name = info.name.get(_tongue(view)) or info.name.get(SOURCE_LANGUAGE) or info.id
        return {"text": f"🚗 {name}", "callback_data": buttons.data(buttons.BANK, info.id)}

    return tuple((button(info),) for info in banks)


def _greeting(words: Texts) -> str:
    welcome = words.gettext("Welcome! Practise for your driving theory test.")
    promise = words.gettext(
        "Free, no account. Your answers are kept, and mistakes come back until they stick."
    )
    return f"🚗 <b>{welcome}</b>\n{promise}\n\n"


def _language_rows(choices: tuple[str, ...], tongue: str, words: Texts) -> Rows:
    """Return a button for each language, then for pairs: of many only those that begin with *tongue*."""

    def button(choice: str, label: str) -> Button:
        return {"text": label, "callback_data": buttons.data(buttons.LANGUAGE, choice)}

    single = [button(choice, language_name(choice)) for choice in choices if "-" not in choice]
    rows = [tuple(single[at : at + _PER_ROW]) for at in range(0, len(single), _PER_ROW)]
    pairs = [choice for choice in choices if "-" in choice]
    if len(single) == _PER_ROW and pairs:  # two languages: one button for both at once is enough
        label = words.gettext("Both at once")
        return (*rows, (button(pairs[0], f"{label} ({language_name(pairs[0])})"),))
    first = tongue if tongue in choices else choices[0]
    own = [pair for pair in pairs if pair.startswith(f"{first}-")]
    return (*rows, *((button(pair, language_name(pair)),) for pair in own))


def chosen_message(view: ChosenView) -> Message:
    """Confirm bank and language in the message that asked for them."""
    words = texts_for(view.learner)
    name = local_name(view.info, view.learner.language)
    hint = words.gettext("/topics to choose topics, /stats for your progress, /help for the rest.")
    return Message.of(f"✅ <b>{name}</b> · {language_name(view.learner.language)}\n{hint}")


def empty_message(view: EmptyView) -> Message:
    """Say that there is nothing to ask."""
    return Message.of(
        texts_for(view.learner).gettext("These topics hold no questions. Choose others with /topics.")
    )


def notice_message(view: NoticeView) -> Message:
    """Say one thing."""
    words = texts_for(view.learner)
    text = notice_text(view.notice, words)
    if view.notice == ACCEPTED and view.learner.membership is not None:
        text += "\n" + membership_text(view.learner.membership, words)
    return Message.of(text)


def membership_text(membership: Membership, words: Texts) -> str:
    """Return the tier and how long it lasts, as HTML."""
    tier = f"<b>{escape(membership.tier)}</b>"
    if membership.until_ms is None:
        return words.gettext("Tier: %s") % tier
    return words.gettext("Tier: %(tier)s until %(day)s") % {
        "tier": tier,
        "day": day(membership.until_ms),
    }


def day(at_ms: int) -> str:
    """Return a day, UTC, as everybody can read it."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d}"


def notice_text(notice: str, words: Texts) -> str:
    """Return the words of a notice or toast by its name."""
    return {
        "right": words.gettext("✅ Right!"),
        "stale": words.gettext("That was an older question."),
        "choose-first": words.gettext("Tick at least one answer first."),
        "question-gone": words.gettext("That question was withdrawn. Here is another."),
        "tap-button": words.gettext(
            "Please answer with the buttons below the question. /resend shows it again."
        ),
        "type-number": words.gettext("Please type the answer as a number, for example 50 or 0.5."),
        "not-your-card": words.gettext("This is somebody else's card. Open a chat with me to get your own."),
        "slow-down": words.gettext("That was fast! Take a breath, I am listening again in a moment."),
        "vote-too-fast": words.gettext("That was fast! This vote does not count: /resend asks again."),
        "try-later": words.gettext("I cannot save answers right now. Please try again in a minute."),
        "unknown-command": words.gettext("I do not know that command. /help lists what I can do."),
        "not-text": words.gettext("I only understand text and buttons. /help lists what I can do."),
        "invite-accepted": words.gettext("🎟 Your invitation counts."),
        "invite-unknown": words.gettext("I do not know this invitation. You can learn here all the same."),
        "invite-over": words.gettext("This invitation is used up or over. You can learn here all the same."),
        "invite-used-before": words.gettext("You have used this invitation already; it counts once."),
        "invite-not-needed": words.gettext("What you have already is as good as this invitation."),
        "maintenance": words.gettext(
            "🚧 I am being looked after and back in a moment. Nothing is lost: please try again then."
        ),
        "trouble": words.gettext("Something went wrong on my side. Please try again."),
    }[notice]


def statistics_message(view: StatisticsView) -> Message:
    """Tell the learner's numbers, the honest ones first."""
    words = texts_for(view.learner)
    numbers = view.statistics
    head = f"📊 <b>{local_name(view.info, view.learner.language)}</b>"
    if not numbers.answered:
        return Message.of(head + "\n\n" + words.gettext("No answers yet. /resend shows your question."))
    lines = [*_progress_lines(numbers, words), *_weakest_lines(view)]
    return Message.of("\n".join([head, "", *lines]))


def _progress_lines(numbers: Statistics, words: Texts) -> list[str]:
    share = round(100 * numbers.seen / numbers.size) if numbers.size else 0
    lines = [
        words.gettext("Questions met: %(seen)d of %(size)d (%(share)d %%)")
        % {"seen": numbers.seen, "size": numbers.size, "share": share},
        words.gettext("Known well: %d") % numbers.known,
        words.gettext("Waiting for review: %d") % numbers.due,
        words.gettext("Open mistakes: %d") % numbers.mistakes,
        "",
        words.gettext("Today: %d") % numbers.answered_today,
    ]
    if numbers.answered_week:
        right = round(100 * numbers.right_week / numbers.answered_week)
        lines.append(
            words.gettext("Last 7 days: %(answered)d answers, %(right)d %% right")
            % {"answered": numbers.answered_week, "right": right}
        )
    days = numbers.streak_days
    lines.append("🔥 " + words.ngettext("%d day in a row", "%d days in a row", days) % days)
    return lines


def _weakest_lines(view: StatisticsView) -> list[str]:
    if not view.statistics.weakest:
        return []
    names = {topic.id: topic.name for topic in view.info.topics}
    language = view.learner.languages[0]

    def line(topic: TopicStatistics) -> str:
        name = escape(names.get(topic.topic_id, {}).get(language, topic.topic_id))
        return f"• {name}: {topic.right}/{topic.answered}"

    title = texts_for(view.learner).gettext("Weakest topics")
    return ["", f"<b>{title}</b>", *map(line, view.statistics.weakest)]
