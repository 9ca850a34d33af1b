"""The operator's desk: each thing that can be done, whoever asks for it, in chat or on the command line."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from lplate.domain import values
from lplate.domain.invitation import MOST_USES, Invite
from lplate.domain.operation import Maintenance
from lplate.domain.scheduling import DAY_MS
from lplate.domain.tiers import FREE, Membership
from lplate_bot.operators.refusal import RefusedError, check_days

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from lplate.commit import GroupCommit
    from lplate.domain.broadcast import Broadcast
    from lplate.domain.learner import Learner
    from lplate.domain.operation import DayNumbers
    from lplate.domain.statistics import Statistics
    from lplate.ports import Store
    from lplate.trainer.library import Library
    from lplate_bot.desk import Desk
    from lplate_bot.lanes import Lanes
    from lplate_bot.operators.broadcasts import Broadcasts
    from lplate_bot.operators.reception import Reception
    from lplate_bot.operators.tiertable import TierTable
    from lplate_bot.times import Clock

_T = TypeVar("_T")

LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that is taken for another when read aloud."""
CODE_LENGTH: Final = 12
"""About 59 bits: not to be guessed by trying."""
NUMBERS_LAST_MS: Final = 10_000
"""The numbers of the day are counted at most this often: it takes a look at all learners."""
LONGEST_NOTICE: Final = 200
"""Characters: as many as the answer to a press may have."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Hold what is seen at a glance: *queues* by their length, *refusals* by tier, since the start."""

    day: DayNumbers
    queues: Mapping[str, int]
    refusals: Mapping[str, int]
    maintenance: Maintenance
    broadcast: Broadcast | None


@dataclass(frozen=True, slots=True)
class LearnerSheet:
    """Hold what an operator is shown of a learner: no names, for the bot keeps none."""

    learner: Learner
    tier: str
    statistics: Statistics | None


class Office:
    """Do what operators ask for; who may ask is checked before."""

    def __init__(
        self,
        store: Store,
        commit: GroupCommit,
        library: Library,
        desk: Desk,
        lanes: Lanes,
        tiers: TierTable,
        reception: Reception,
        broadcasts: Broadcasts,
        clock: Clock,
        queues: Callable[[], Mapping[str, int]],
        refusals: Mapping[str, int],
    ) -> None:
        self.tiers = tiers
        self.broadcasts = broadcasts
        self._store = store
        self._commit = commit
        self._library = library
        self._desk = desk
        self._lanes = lanes
        self._reception = reception
        self._clock = clock
        self._queues = queues
        self._refusals = refusals
        self._numbers: tuple[int, DayNumbers] | None = None

    @property
    def now_ms(self) -> int:
        """Return the wall clock, epoch milliseconds."""
        return self._clock.wall_ms()

    # -- looking -----------------------------------------------------------------------------------------

    async def overview(self) -> Overview:
        """Return the numbers of the day (UTC) and how the bot is."""
        return Overview(
            await self._day_numbers(),
            self._queues(),
            {tier: count for tier, count in self._refusals.items() if count},
            self._reception.maintenance,
            self.broadcasts.current,
        )

    async def _day_numbers(self) -> DayNumbers:
        now_ms = self._clock.wall_ms()
        if self._numbers is None or not 0 <= now_ms - self._numbers[0] < NUMBERS_LAST_MS:
            self._numbers = now_ms, await self._store.day_numbers(now_ms - now_ms % DAY_MS)
        return self._numbers[1]

    async def learner(self, learner_id: int) -> LearnerSheet:
        """Return what there is to see of a learner.

        Raises:
            RefusedError: if there is none of that id.
        """
        learner = await self._desk.glance(learner_id)
        if learner is None:
            raise _unknown_learner(learner_id)
        now_ms = self._clock.wall_ms()
        bank = self._library.get(learner.bank_id)
        numbers = None
        if bank is not None:
            numbers = await self._store.statistics(learner.id, bank.info.id, bank.info.size, now_ms)
        return LearnerSheet(learner, learner.tier_at(now_ms), numbers)

    # -- tiers -------------------------------------------------------------------------------------------

    async def set_tier(self, learner_id: int, tier: str, days: int | None = None) -> Learner:
        """Give a tier for *days* (None: for good); the free one takes any other away.

        Raises:
            RefusedError: if there is no such learner, tier, or number of days.
        """
        self.tiers.check(tier)
        check_days(days)
        until_ms = None if days is None else self._clock.wall_ms() + days * DAY_MS
        membership = None if tier == FREE else Membership(tier, until_ms)
        return await self._in_lane(learner_id, lambda: self._give(learner_id, membership))

    async def _give(self, learner_id: int, membership: Membership | None) -> Learner:
        learner = await self._desk.learner(learner_id)
        if learner is None:
            raise _unknown_learner(learner_id)
        learner = values.replace(learner, membership=membership)
        await self._desk.keep(learner)
        return learner

    async def new_invite(self, tier: str, uses: int, days: int | None, open_days: int | None) -> Invite:
        """Make an invitation that *uses* learners may use within *open_days*, for a tier of *days*.

        Raises:
            RefusedError: if there is no such tier, or a number is out of range.
        """
        self.tiers.check(tier)
        if tier == FREE:
            raise RefusedError("everybody is in the free tier: name another")
        if not 1 <= uses <= MOST_USES:
            raise RefusedError(f"uses must be from 1 to {MOST_USES}")
        check_days(days)
        check_days(open_days)
        now_ms = self._clock.wall_ms()
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
        until_ms = None if open_days is None else now_ms + open_days * DAY_MS
        invite = Invite(code, tier, days, uses, until_ms, now_ms)
        await self._commit.submit((invite,))
        return invite

    async def invites(self) -> list[tuple[Invite, int]]:
        """Return all invitations with how often each was used."""
        return await self._store.invites()

    async def withdraw_invite(self, code: str) -> Invite:
        """End an invitation; who used it keeps what they got.

        Raises:
            RefusedError: if there is none of that code.
        """
        invite = await self._store.invite(code)
        if invite is None:
            raise RefusedError(f"there is no invitation {code!r}: lplate admin invite list shows all")
        now_ms = self._clock.wall_ms()
        if not invite.is_over(now_ms):
            invite = replace(invite, until_ms=now_ms)
            await self._commit.submit((invite,))
        return invite

    # -- maintenance -------------------------------------------------------------------------------------

    async def set_maintenance(self, *, is_on: bool, notice: str = "") -> Maintenance:
        """Open or close the bot to learners, until set otherwise, over restarts too.

        Raises:
            RefusedError: if the notice is longer than the answer to a press may be.
        """
        if len(notice) > LONGEST_NOTICE:
            raise RefusedError(f"the notice has {len(notice)} characters; {LONGEST_NOTICE} fit")
        maintenance = Maintenance(is_on, notice if is_on else "", self._clock.wall_ms())
        await self._commit.submit((maintenance,))
        self._reception.follow(maintenance)
        return maintenance

    async def recover(self) -> None:
        """Go on where the last process was: resting or not, a broadcast half sent."""
        self._reception.follow(await self._store.maintenance())
        await self.broadcasts.recover()

    async def _in_lane(self, learner_id: int, work: Callable[[], Coroutine[None, None, _T]]) -> _T:
        """Return what *work* returns, done when no press of the learner is under way."""
        done: asyncio.Future[_T] = asyncio.get_running_loop().create_future()

        async def job() -> None:
            try:
                result = await work()
            except Exception as error:  # noqa: BLE001 - handed to whoever asked
                done.set_exception(error)
            else:
                done.set_result(result)

        self._lanes.run(learner_id, job)
        return await done


def _unknown_learner(learner_id: int) -> RefusedError:
    return RefusedError(f"there is no learner {learner_id}: an id is needed, the bot keeps no names")
