"""Broadcasts from draft to end: write, choose whom for, send, pause, cancel."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lplate.domain.broadcast import EVERYBODY, Broadcast, BroadcastState
from lplate_bot.operators.refusal import RefusedError, check_days
from lplate_bot.render.message import TEXT_LIMIT
from lplate_bot.render.piece import visible_length

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplate.commit import GroupCommit
    from lplate.domain.broadcast import Audience
    from lplate.domain.session import Address
    from lplate.ports import Store
    from lplate_bot.operators.broadcaster import Broadcaster
    from lplate_bot.operators.tiertable import TierTable
    from lplate_bot.times import Clock

RECENT: Final = 50
"""So many of the newest can be seen and started."""


class Broadcasts:
    """Keep broadcasts, and hand them to the one who sends."""

    def __init__(
        self, store: Store, commit: GroupCommit, broadcaster: Broadcaster, tiers: TierTable, clock: Clock
    ) -> None:
        self._store = store
        self._commit = commit
        self._broadcaster = broadcaster
        self._tiers = tiers
        self._clock = clock
        self._numbering = asyncio.Lock()

    @property
    def current(self) -> Broadcast | None:
        """Return the last one that this process sent, as it stands."""
        return self._broadcaster.current

    async def recover(self) -> None:
        """Go on with one that is half sent."""
        await self._broadcaster.recover()

    async def recent(self) -> list[Broadcast]:
        """Return the newest broadcasts, the newest first, each as it stands."""
        stored = await self._store.broadcasts(RECENT)
        current = self.current
        return [current if current is not None and row.id == current.id else row for row in stored]

    async def get(self, number: int) -> Broadcast:
        """Return one of them.

        Raises:
            RefusedError: if there is none of that number.
        """
        found = [row for row in await self.recent() if row.id == number]
        if not found:
            raise RefusedError(f"there is no broadcast {number}: lplate admin broadcast list shows the last")
        return found[0]

    async def draft(self, texts: Sequence[tuple[str, str]], audience: Audience = EVERYBODY) -> Broadcast:
        """Keep a broadcast that is not sent yet; *texts* are pairs of language and HTML.

        Raises:
            RefusedError: if a text is missing or too long, or there is no such audience.
        """
        _check_texts(texts)
        self._check_audience(audience)
        now_ms = self._clock.wall_ms()
        total = await self._store.count_recipients(audience, now_ms)
        async with self._numbering:
            newest = await self._store.broadcasts(1)
            number = newest[0].id + 1 if newest else 1
            draft = Broadcast(number, tuple(texts), now_ms, audience, total=total)
            await self._commit.submit((draft,))
        return draft

    async def aim(self, number: int, audience: Audience) -> Broadcast:
        """Choose whom a draft is for.

        Raises:
            RefusedError: if it is no draft (any more), or there is no such audience.
        """
        self._check_audience(audience)
        draft = await self.get(number)
        if draft.state is not BroadcastState.DRAFT:
            raise _in_state(draft)
        total = await self._store.count_recipients(audience, self._clock.wall_ms())
        draft = replace(draft, audience=audience, total=total)
        await self._commit.submit((draft,))
        return draft

    async def start(self, number: int, panel: Address | None = None) -> Broadcast:
        """Send a draft, or go on with what was paused; *panel* is the message to show its progress.

        Raises:
            RefusedError: if it is over, or another one is not.
        """
        broadcast = await self.get(number)
        current = self.current
        if broadcast.state not in {BroadcastState.DRAFT, BroadcastState.PAUSED}:
            raise _in_state(broadcast)
        if current is not None and current.is_open and current.id != number:
            raise RefusedError(f"broadcast {current.id} is {current.state.value}: cancel it or let it end")
        await self._broadcaster.start(replace(broadcast, panel=panel or broadcast.panel))
        return await self.get(number)

    async def pause(self, number: int) -> Broadcast:
        """Stop sending until started again.

        Raises:
            RefusedError: if it does not run.
        """
        return await self._end(number, BroadcastState.PAUSED, {BroadcastState.RUNNING})

    async def cancel(self, number: int) -> Broadcast:
        """Stop sending for good; a draft is put away.

        Raises:
            RefusedError: if it is over.
        """
        draft = await self.get(number)
        if draft.state is BroadcastState.DRAFT:
            await self._commit.submit((replace(draft, state=BroadcastState.CANCELLED),))
            return await self.get(number)
        return await self._end(
            number, BroadcastState.CANCELLED, {BroadcastState.RUNNING, BroadcastState.PAUSED}
        )

    async def _end(self, number: int, state: BroadcastState, before: set[BroadcastState]) -> Broadcast:
        broadcast = await self.get(number)
        if broadcast.state not in before:
            raise _in_state(broadcast)
        await self._broadcaster.end(state)
        return await self.get(number)

    def _check_audience(self, audience: Audience) -> None:
        if audience.tier:
            self._tiers.check(audience.tier)
        check_days(audience.days)


def _check_texts(texts: Sequence[tuple[str, str]]) -> None:
    if not texts:
        raise RefusedError("there is no text to send")
    for language, html in texts:
        length = visible_length(html)
        if not html.strip() or length > TEXT_LIMIT:
            raise RefusedError(f"the text in {language!r} has {length} characters; 1 to {TEXT_LIMIT} fit")
    languages = [language for language, _ in texts]
    for language in languages:
        if languages.count(language) > 1:
            raise RefusedError(
                f"there are two texts in {language!r}: name the language of each, as [en] or [de]"
            )


def _in_state(broadcast: Broadcast) -> RefusedError:
    return RefusedError(f"broadcast {broadcast.id} is {broadcast.state.value}")
