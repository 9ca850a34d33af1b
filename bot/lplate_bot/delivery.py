"""Show learners what they are owed, and apply in their lane what Telegram says to it."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Final

from lplate.domain.session import Address, Owed, OwedKind, Phase
from lplate.domain.values import replace
from lplate.errors import StoreError
from lplate.ports import Delivered
from lplate_bot.polls import PollsUnderWay
from lplate_bot.render.poll import PollMessage
from lplate_bot.render.screen import render
from lplate_bot.reply import Reply
from lplate_bot.traffic import responded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lplate.commit import GroupCommit
    from lplate.domain.learner import Learner
    from lplate.domain.session import Poll
    from lplate.trainer.press import Outcome as PressOutcome
    from lplate.trainer.views import Viewer
    from lplate_bot.calls import Caller
    from lplate_bot.desk import Desk
    from lplate_bot.egress import Outbox
    from lplate_bot.lanes import Lanes
    from lplate_bot.render.fragments import FragmentCache
    from lplate_bot.render.message import Message
    from lplate_bot.render.screen import Drawn
    from lplate_bot.times import Clock
    from lplate_bot.traffic import Received

_log = logging.getLogger(__name__)

_CARD: Final = Owed(OwedKind.CARD)
_NEW_CARD: Final = Owed(OwedKind.NEW_CARD)


class Delivery:
    """Turn owed items into calls; each reply is confirmed once Telegram has taken all of it."""

    def __init__(
        self,
        outbox: Outbox,
        caller: Caller,
        viewer: Viewer,
        fragments: FragmentCache,
        desk: Desk,
        lanes: Lanes,
        commit: GroupCommit,
        clock: Clock,
    ) -> None:
        self._outbox = outbox
        self._caller = caller
        self._viewer = viewer
        self._fragments = fragments
        self._desk = desk
        self._lanes = lanes
        self._commit = commit
        self._clock = clock
        self.polls = PollsUnderWay()
        self._behind: set[int] = set()  # learners who are shown all they are owed once their chat is quiet

    async def show(
        self,
        learner: Learner,
        items: Iterable[Owed],
        received: Received | None = None,
        *,
        is_owed: bool = True,
        has_pictures: bool = True,
    ) -> None:
        """Show *items* in order; *is_owed* has them confirmed when Telegram has taken all.

        *received* is the update that they answer, where one is timed.
        """
        messages = await self._messages(learner, items)
        if not has_pictures:
            messages = [(item, message and message.without_picture()) for item, message in messages]
        self._send(learner, messages, received, is_owed=is_owed)

    async def show_outcome(self, outcome: PressOutcome, received: Received | None = None) -> None:
        """Show what a press led to."""
        await self.show(outcome.learner, outcome.shown, received, is_owed=outcome.is_applied)

    def try_show(self, outcome: PressOutcome, received: Received | None = None) -> bool:
        """Show what a press led to if that needs no waiting; return False, having done nothing, otherwise."""
        learner = outcome.learner
        messages = []
        try:
            for item in outcome.shown:
                view = self._viewer.view_at_once(learner, item)
                if view is None:
                    return False
                messages.append((item, render(view, self._fragments)))
        except Exception:  # noqa: BLE001 - raised again by show_outcome(), whose task has it logged
            return False
        self._send(learner, messages, received, is_owed=outcome.is_applied)
        return True

    async def redeliver(self, learner_id: int) -> None:
        """Show all that a learner is owed, for want of a confirmation or of room in their chat before."""
        self._behind.discard(learner_id)
        learner = await self._desk.learner(learner_id)
        if learner is not None and learner.owed:
            await self.show(learner, learner.owed)

    def _catch_up_later(self, learner: Learner) -> None:
        if learner.id in self._behind:
            return
        self._behind.add(learner.id)
        redeliver = partial(self.redeliver, learner.id)
        self._outbox.when_quiet(learner.chat_id, partial(self._lanes.run, learner.id, redeliver))

    # -- out ---------------------------------------------------------------------------------------------

    async def _messages(self, learner: Learner, items: Iterable[Owed]) -> list[tuple[Owed, Drawn | None]]:
        now_ms = self._clock.wall_ms()
        return [
            (item, render(await self._viewer.view(learner, item, now_ms), self._fragments)) for item in items
        ]

    def _send(
        self,
        learner: Learner,
        messages: list[tuple[Owed, Drawn | None]],
        received: Received | None,
        *,
        is_owed: bool,
    ) -> None:
        """Send *messages*, unless Telegram keeps the chat waiting and more would only pile up.

        What is owed stays owed then, and is shown as it is by then when the chat is quiet.
        """
        if (self._behind and learner.id in self._behind) or self._outbox.is_crowded(learner.chat_id):
            if is_owed:
                self._catch_up_later(learner)
            return
        number = learner.owed_number if is_owed else 0
        reply = Reply(learner, number, self._caller, self._on_end, received)
        for item, message in messages:
            self._show_item(learner, item, message, reply)
        if not reply.pending:
            self._on_end(reply)

    def _show_item(self, learner: Learner, item: Owed, message: Drawn | None, reply: Reply) -> None:
        if item.kind is OwedKind.CARD:
            address, is_card = learner.card, True
        else:
            address, is_card = item.address, item.is_card
        if message is None:
            if address is not None:
                self._lay_aside(address, is_poll=item.kind is OwedKind.STOPPED_POLL)
        elif isinstance(message, PollMessage):
            self._send_poll(message, reply)
        elif address is None:
            self._send_new(message, reply, is_card=is_card)
        elif (
            message.picture_apart is not None and self._needs_picture_anew(learner, address, message, reply)
        ) or not self._edit(address, message, reply, is_card=is_card):
            self._outbox.send(self._caller.strip(address))
            is_on_its_way = not reply.number and learner.is_owed_card  # tapped twice: one new card is enough
            if item.kind is not OwedKind.CLOSED_CARD and not is_on_its_way:
                self._send_new(message, reply, is_card=is_card)

    def _lay_aside(self, address: Address, *, is_poll: bool) -> None:
        self._outbox.send(self._caller.stop_poll(address) if is_poll else self._caller.strip(address))

    def _send_poll(self, message: PollMessage, reply: Reply) -> None:
        reply.pending += 1
        reply.by_poll = True
        self.polls.send(reply.learner.id)
        done = partial(reply.on_poll_sent, message)
        self._outbox.send(self._caller.poll(reply.learner.chat_id, message, done))

    def _needs_picture_anew(self, learner: Learner, address: Address, message: Message, reply: Reply) -> bool:
        """Return True for a question just posed whose picture, a message apart, is not there yet."""
        is_new = learner.session.phase is Phase.QUESTION and not learner.session.chosen and reply.number
        return bool(is_new and not self._caller.shows_picture(address, message))

    def _edit(self, address: Address, message: Message, reply: Reply, *, is_card: bool) -> bool:
        """Edit the message at *address*; return False if only a new one can show this."""
        done = partial(reply.on_card_edited, address, message) if is_card else reply.on_other
        call = self._caller.edit(address, message, done)
        if call is None:
            return False
        reply.pending += 1
        self._outbox.send(call)
        if message.aside is not None:
            self._send_aside(message.aside, reply)
        return True

    def _send_new(self, message: Message, reply: Reply, *, is_card: bool) -> None:
        done = partial(reply.on_card_sent, message) if is_card else reply.on_other
        reply.pending += 1
        for call in self._caller.send(reply.learner.chat_id, message, done):
            self._outbox.send(call)
        if message.aside is not None:
            self._send_aside(message.aside, reply)

    def _send_aside(self, aside: Message, reply: Reply) -> None:
        """Send what did not fit the card, once: not when a card is merely drawn again."""
        if reply.number:
            self._send_new(aside, reply, is_card=False)

    # -- back --------------------------------------------------------------------------------------------

    def _on_end(self, reply: Reply) -> None:
        if reply.received is not None:
            responded(reply.received)
        if reply.is_eventful:
            self._lanes.run(reply.learner.id, partial(self._settle, reply))
            return
        if reply.number:
            self._confirm(reply.learner.id, reply.number)
        if reply.by_poll:
            self.polls.settle(reply.learner.id)

    def _confirm(self, learner_id: int, number: int) -> None:
        """Note in memory at once, on disk some time, that a reply arrived; a crash between repeats it."""
        self._commit.defer(Delivered(learner_id, number))
        if self._lanes.is_idle(learner_id):
            self._forget_owed(learner_id, number)
        else:
            self._lanes.run(learner_id, partial(self._forget_owed_in_lane, learner_id, number))

    async def _forget_owed_in_lane(self, learner_id: int, number: int) -> None:
        self._forget_owed(learner_id, number)

    def _forget_owed(self, learner_id: int, number: int) -> None:
        learner = self._desk.remembered(learner_id)
        if learner is not None:
            self._desk.note(learner.delivered(number))

    async def _settle(self, reply: Reply) -> None:
        learner = await self._desk.learner(reply.learner.id)
        try:
            if learner is not None:
                await self._apply(reply, learner)
        except StoreError:
            _log.warning("delivery_not_stored")  # the reply stays owed and is repeated
        finally:
            if reply.by_poll:
                self.polls.settle(reply.learner.id)

    async def _apply(self, reply: Reply, learner: Learner) -> None:
        if reply.is_blocked:
            await self._desk.keep(replace(learner, is_blocked=True, owed=()))
        elif learner.card is not None and learner.card.message_id in reply.gone:
            await self._show_anew(learner)
        elif reply.has_bad_picture and _place(reply.learner) == _place(learner):
            item = _NEW_CARD if learner.card is None else _CARD
            await self.show(learner, (item,), has_pictures=False)
        else:
            after = self._with_card(learner.delivered(reply.number), reply)
            await self._desk.keep(self._with_poll(after, reply))

    async def _show_anew(self, learner: Learner) -> None:
        learner = replace(learner, card=None).owing(_NEW_CARD)
        await self._desk.keep(learner)
        await self.show(learner, (_NEW_CARD,))

    def _with_card(self, learner: Learner, reply: Reply) -> Learner:
        """Return the learner with the sent message as their card.

        One drawn before the session moved on, or one above the known card, only loses its buttons.
        """
        card, known = reply.card, learner.card
        if card is None:
            return learner
        if known is not None and known.message_id == card.message_id:
            return replace(learner, card=replace(card, is_photo=card.is_photo or known.is_photo))
        if _is_late(learner, reply, card, known):
            self._outbox.send(self._caller.strip(card))
            return learner
        if known is not None:
            self._outbox.send(self._caller.strip(known))
        return replace(learner, card=card)

    def _with_poll(self, learner: Learner, reply: Reply) -> Learner:
        """Return the learner with the sent poll as the one that asks; the older of two is stopped."""
        poll, known = reply.poll, learner.poll
        if poll is None:
            return learner
        if _is_late(learner, reply, poll, known):
            self._lay_aside(Address(learner.chat_id, poll.message_id), is_poll=True)
            return learner
        if known is not None:
            self._lay_aside(Address(learner.chat_id, known.message_id), is_poll=True)
        return replace(learner, poll=poll)


def _is_late(learner: Learner, reply: Reply, sent: Address | Poll, known: Address | Poll | None) -> bool:
    """Return True if what was sent was drawn before the session moved on, or stands above what is known."""
    is_past = _place(reply.learner) != _place(learner)
    return is_past or (known is not None and known.message_id > sent.message_id)


def _place(learner: Learner) -> tuple[int, int, Phase]:
    session = learner.session
    return session.number, session.step, session.phase
