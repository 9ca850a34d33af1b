"""Any view as a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lplate.trainer import views
from lplate_bot.render import pages
from lplate_bot.render.card import card_message
from lplate_bot.render.poll import poll_message

if TYPE_CHECKING:
    from lplate_bot.render.fragments import FragmentCache
    from lplate_bot.render.message import Message
    from lplate_bot.render.poll import PollMessage

    Drawn = Message | PollMessage


def render(view: views.View, cache: FragmentCache) -> Drawn | None:
    """Return the message that shows *view*, None where an older one is only to be laid aside."""
    if isinstance(view, views.CardView):
        return (_poll(view, cache) if view.by_poll else None) or card_message(view, cache)
    if isinstance(view, views.NoButtonsView):
        return None
    return _page(view)


def _poll(view: views.CardView, cache: FragmentCache) -> PollMessage | None:
    """Return the card as a poll, None if it does not fit one."""
    found = cache.fragments(view.info, view.question, view.learner)
    if found.poll is None:
        return None
    picture = found.picture or found.picture_apart
    return poll_message(found.poll, view.learner.session, found.correct, found.language, picture)


def _page(view: views.Page) -> Message:
    match view:
        case views.EmptyView():
            return pages.empty_message(view)
        case views.WelcomeView():
            return pages.welcome_message(view)
        case views.ChosenView():
            return pages.chosen_message(view)
        case views.StatisticsView():
            return pages.statistics_message(view)
        case views.NoticeView():
            return pages.notice_message(view)
