"""Any view as a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lplate.trainer import views
from lplate_bot.render import pages
from lplate_bot.render.card import card_message

if TYPE_CHECKING:
    from lplate_bot.render.fragments import FragmentCache
    from lplate_bot.render.message import Message


def render(view: views.View, cache: FragmentCache) -> Message | None:
    """Return the message that shows *view*, None where only buttons are to go."""
    if isinstance(view, views.CardView):
        return card_message(view, cache)
    if isinstance(view, views.NoButtonsView):
        return None
    return _page(view)


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
