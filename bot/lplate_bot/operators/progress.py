"""Keep the operator's panel of a broadcast up to date, without flooding their chat."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec

from lplate_bot.egress import Call
from lplate_bot.operators.panels import progress_panel
from lplate_bot.render.texts import SOURCE_LANGUAGE, texts, texts_for

if TYPE_CHECKING:
    from lplate.domain.broadcast import Broadcast
    from lplate_bot.desk import Desk
    from lplate_bot.egress import Outbox

PACE_S: Final = 2.5
"""Least time between two edits, but where a broadcast begins, pauses or ends."""


class Progress:
    """Edit the panel of what is being sent."""

    def __init__(self, outbox: Outbox, desk: Desk) -> None:
        self._outbox = outbox
        self._desk = desk
        self._latest: Broadcast | None = None
        self._shown: Broadcast | None = None
        self._timer: asyncio.TimerHandle | None = None

    def note(self, broadcast: Broadcast) -> None:
        """Show *broadcast* soon; a new state at once."""
        self._latest = broadcast
        shown = self._shown
        if shown is None or (shown.id, shown.state, shown.panel) != (
            broadcast.id, broadcast.state, broadcast.panel,
        ):  # fmt: skip
            self.close()
            self._show()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PACE_S, self._show)

    def close(self) -> None:
        """Show nothing more by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _show(self) -> None:
        self._timer = None
        broadcast = self._shown = self._latest
        if broadcast is None or broadcast.panel is None:
            return
        place = broadcast.panel
        reader = self._desk.remembered(place.chat_id)
        message = progress_panel(broadcast, texts_for(reader) if reader else texts(SOURCE_LANGUAGE))
        fields = {
            "chat_id": place.chat_id, "message_id": place.message_id, "text": message.html,
            "parse_mode": "HTML", "reply_markup": msgspec.Raw(message.keyboard),
        }  # fmt: skip
        body = msgspec.json.encode(fields)
        self._outbox.send(Call("editMessageText", place.chat_id, body, edits=place.message_id))
