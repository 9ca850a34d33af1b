"""Give a tier to who follows an invitation, as long as there are uses left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lplate.domain.invitation import InviteUse
from lplate.domain.tiers import FREE
from lplate.domain.values import replace

if TYPE_CHECKING:
    from lplate.domain.invitation import Invite
    from lplate.domain.learner import Learner
    from lplate.domain.tiers import Membership
    from lplate.ports import Change, Store

ACCEPTED: Final = "invite-accepted"
UNKNOWN: Final = "invite-unknown"
OVER: Final = "invite-over"
USED_BEFORE: Final = "invite-used-before"
NOT_NEEDED: Final = "invite-not-needed"


@dataclass(frozen=True, slots=True)
class Followed:
    """Tell what following an invitation led to: the learner, what to commit with them, what to say."""

    learner: Learner
    notice: str
    rows: Change = ()


class Invitations:
    """Admit learners to invitations.

    An admitted learner holds a place from then on, whether the commit that notes it has ended or not: racing
    learners cannot take the same last one, and who comes again after a failed commit still has theirs. What a
    kill leaves is what was committed: learner and use are one change.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._admitted: dict[str, set[int]] = {}  # by this process; small: invitations are limited

    async def follow(self, learner: Learner, code: str, now_ms: int) -> Followed:
        """Return *learner* with the tier of an invitation, or why they do not get it."""
        invite = await self._store.invite(code)
        if invite is None:
            return Followed(learner, UNKNOWN)
        users = await self._store.invite_users(code)
        if learner.id in users:
            return Followed(learner, USED_BEFORE)
        if invite.is_over(now_ms) or self._is_full(invite, users, learner.id):
            return Followed(learner, OVER)
        membership = invite.membership(now_ms)
        if not _is_better(membership, learner, now_ms):
            return Followed(learner, NOT_NEEDED)  # and the use is left to somebody else
        self._admitted.setdefault(code, set()).add(learner.id)
        use = InviteUse(code, learner.id, now_ms)
        return Followed(replace(learner, membership=membership), ACCEPTED, (use,))

    def _is_full(self, invite: Invite, users: list[int], learner_id: int) -> bool:
        taken = {*users, *self._admitted.get(invite.code, ())}
        return learner_id not in taken and invite.is_used_up(taken)


def _is_better(offered: Membership, learner: Learner, now_ms: int) -> bool:
    """Return True unless the learner would lose by it: another tier stays, the same one only gets longer."""
    current = learner.membership
    if current is None or learner.tier_at(now_ms) == FREE:
        return True
    return offered.tier == current.tier and offered.outlasts(current)
