"""What each button of an operator's panel does, and which panel comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lplate.domain.broadcast import BroadcastState
from lplate.domain.tiers import FREE
from lplate_bot.operators import panels
from lplate_bot.operators.verbs import invite_link

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from lplate.domain.broadcast import Broadcast
    from lplate.domain.session import Address
    from lplate_bot.operators.office import Office
    from lplate_bot.render.message import Message
    from lplate_bot.render.texts import Texts

OPEN_DAYS: Final = 30
"""How long an invitation made in chat works; the command line knows others."""


@dataclass(frozen=True, slots=True)
class _Pressed:
    """Hold where a panel stands, whose bot it is, and the operator's words."""

    address: Address | None
    username: str
    words: Texts


class Presses:
    """Lead from panel to panel; who may press was checked before."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._buttons: dict[str, tuple[int, Callable[..., Awaitable[Message]]]] = {
            "home": (0, self._home),
            "who": (0, self._who),
            "mt": (1, self._maintenance),
            "l": (1, self._learner),
            "t": (2, self._term),
            "s": (3, self._set_tier),
            "inv": (0, self._invites),
            "it": (1, self._invite_uses),
            "iu": (2, self._invite_term),
            "ic": (3, self._new_invite),
            "iw": (1, self._withdraw),
            "bc": (0, self._broadcasts),
            "bv": (1, self._broadcast),
            "ba": (3, self._aim),
            "bs": (1, self._start),
            "bh": (1, self._pause),
            "bx": (1, self._cancel),
        }

    async def press(
        self, code: str, parts: Sequence[str], address: Address | None, username: str, words: Texts
    ) -> Message | None:
        """Return the next panel, None for a button that never was; *address* is where the panel stands.

        Raises:
            LplateError: if what the button asks for cannot be (any more).
        """
        count, act = self._buttons.get(code, (0, None))
        if act is None or len(parts) != count:
            return None
        try:
            return await act(_Pressed(address, username, words), *parts)
        except ValueError:  # forged: where a number belongs is none
            return None

    async def _home(self, pressed: _Pressed) -> Message:
        return panels.home_panel(await self._office.overview(), pressed.words)

    async def _who(self, pressed: _Pressed) -> Message:
        return panels.who_panel(pressed.words)

    async def _maintenance(self, pressed: _Pressed, is_on: str) -> Message:
        await self._office.set_maintenance(is_on=bool(int(is_on)))
        return await self._home(pressed)

    # -- learners

    async def _learner(self, pressed: _Pressed, person: str) -> Message:
        sheet = await self._office.learner(_number(person))
        return panels.learner_panel(sheet, self._office.tiers.names, pressed.words)

    async def _term(self, pressed: _Pressed, person: str, tier: str) -> Message:
        self._office.tiers.check(tier)
        if tier == FREE:
            return await self._set_tier(pressed, person, tier, "0")
        return panels.term_panel(_number(person), tier, pressed.words)

    async def _set_tier(self, pressed: _Pressed, person: str, tier: str, days: str) -> Message:
        await self._office.set_tier(_number(person), tier, _number(days) or None)
        return await self._learner(pressed, person)

    # -- invitations

    async def _invites(self, pressed: _Pressed) -> Message:
        rows = await self._office.invites()
        return panels.invites_panel(rows, self._office.tiers.names, self._office.now_ms, pressed.words)

    async def _invite_uses(self, pressed: _Pressed, tier: str) -> Message:
        self._office.tiers.check(tier)
        return panels.uses_panel(tier, pressed.words)

    async def _invite_term(self, pressed: _Pressed, tier: str, uses: str) -> Message:
        self._office.tiers.check(tier)
        return panels.invite_term_panel(tier, _number(uses), pressed.words)

    async def _new_invite(self, pressed: _Pressed, tier: str, uses: str, days: str) -> Message:
        made = await self._office.new_invite(tier, _number(uses), _number(days) or None, OPEN_DAYS)
        return panels.invite_panel(made, invite_link(pressed.username, made), pressed.words)

    async def _withdraw(self, pressed: _Pressed, code: str) -> Message:
        await self._office.withdraw_invite(code)
        return await self._invites(pressed)

    # -- broadcasts

    async def _broadcasts(self, pressed: _Pressed) -> Message:
        return panels.broadcasts_panel(await self._office.broadcasts.recent(), pressed.words)

    async def _broadcast(self, pressed: _Pressed, number: str) -> Message:
        return self._shown(await self._office.broadcasts.get(_number(number)), pressed)

    async def _aim(self, pressed: _Pressed, number: str, days: str, tier: str) -> Message:
        audience = panels.audience_of(days, tier)
        return self._shown(await self._office.broadcasts.aim(_number(number), audience), pressed)

    async def _start(self, pressed: _Pressed, number: str) -> Message:
        started = await self._office.broadcasts.start(_number(number), pressed.address)
        return self._shown(started, pressed)

    async def _pause(self, pressed: _Pressed, number: str) -> Message:
        return self._shown(await self._office.broadcasts.pause(_number(number)), pressed)

    async def _cancel(self, pressed: _Pressed, number: str) -> Message:
        return self._shown(await self._office.broadcasts.cancel(_number(number)), pressed)

    def _shown(self, broadcast: Broadcast, pressed: _Pressed) -> Message:
        if broadcast.state is BroadcastState.DRAFT:
            return panels.draft_panel(broadcast, self._office.tiers.names, pressed.words)
        return panels.progress_panel(broadcast, pressed.words)


def _number(text: str) -> int:
    """Return the number that a button names.

    Raises:
        ValueError: if it is none that the store takes.
    """
    number = int(text)
    if abs(number) >= 2**63:
        raise ValueError(text)
    return number
