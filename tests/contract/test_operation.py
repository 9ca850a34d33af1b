"""What every adapter of the Store port promises to operators."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from contract.samples import ANNA, BEN, NOW_MS, attempt, learner
from lplate.domain.broadcast import EVERYBODY, Audience, Broadcast, BroadcastState, Recipient
from lplate.domain.invitation import Invite, InviteUse
from lplate.domain.operation import DayNumbers, Maintenance
from lplate.domain.scheduling import DAY_MS
from lplate.domain.session import Address
from lplate.domain.tiers import Membership

if TYPE_CHECKING:
    from lplate.ports import Store

INVITE = Invite("abc", "school", 30, 2, NOW_MS + DAY_MS, NOW_MS)
DRAFT = Broadcast(1, (("en", "Hi <b>all</b>"), ("de", "Hallo")), NOW_MS)
SENDING = replace(
    DRAFT,
    id=2,
    state=BroadcastState.RUNNING,
    audience=Audience("school", 7),
    total=9,
    after_id=2**52,
    in_flight=(7, 2**52),
    sent=3,
    blocked=2,
    failed=1,
    unsure=4,
    panel=Address(ANNA, 77),
)


async def test_invitations_come_back_as_written(store: Store) -> None:
    """With how often each was used, the oldest first; an unknown code is nothing."""
    endless = Invite("zzz", "staff", None, 1, None, NOW_MS - 1)
    await store.write([(INVITE,), (endless,), (InviteUse("abc", ANNA, NOW_MS),)])
    assert await store.invite("abc") == INVITE
    assert await store.invite("nope") is None
    assert await store.invites() == [(endless, 0), (INVITE, 1)]


async def test_a_learner_uses_an_invitation_once(store: Store) -> None:
    """Writing a use again counts once; others are told apart by code."""
    await store.write([(INVITE, InviteUse("abc", BEN, NOW_MS), InviteUse("abc", ANNA, NOW_MS))])
    await store.write([(InviteUse("abc", ANNA, NOW_MS + 5),)])
    assert await store.invite_users("abc") == [ANNA, BEN]
    assert await store.invite_users("zzz") == []


async def test_a_withdrawn_invitation_keeps_its_uses(store: Store) -> None:
    """An invitation written anew changes, and who used it stays."""
    await store.write([(INVITE, InviteUse("abc", ANNA, NOW_MS))])
    withdrawn = replace(INVITE, until_ms=NOW_MS)
    await store.write([(withdrawn,)])
    assert await store.invites() == [(withdrawn, 1)]


@pytest.mark.parametrize("broadcast", [DRAFT, SENDING])
async def test_broadcasts_come_back_as_written(store: Store, broadcast: Broadcast) -> None:
    """Every field survives."""
    await store.write([(broadcast,)])
    await store.write([(broadcast,)])
    assert await store.broadcasts(5) == [broadcast]


async def test_the_newest_broadcasts_come_first(store: Store) -> None:
    """As many as are asked for; of two writes of one the later stays."""
    await store.write([(replace(DRAFT, id=number),) for number in range(1, 6)])
    await store.write([(replace(DRAFT, id=5, sent=1),), (replace(DRAFT, id=5, sent=2),)])
    assert [(row.id, row.sent) for row in await store.broadcasts(2)] == [(5, 2), (4, 0)]


async def test_recipients_come_in_order_of_ids(store: Store) -> None:
    """Page by page, with the languages they read; who blocked the bot is passed over."""
    await store.write([
        (learner(3, language="en-de", client_language="uk"),),
        (learner(1),),
        (learner(2, is_blocked=True),),
        (learner(4, client_language="de-AT"),),
    ])  # fmt: skip
    first = await store.recipients(EVERYBODY, 0, 2, NOW_MS)
    assert first == [Recipient(1, 1, ()), Recipient(3, 3, ("en", "de", "uk"))]
    assert await store.recipients(EVERYBODY, 3, 2, NOW_MS) == [Recipient(4, 4, ("de-AT",))]
    assert await store.count_recipients(EVERYBODY, NOW_MS) == 3


@pytest.mark.parametrize(
    ("audience", "ids"),
    [
        (EVERYBODY, [1, 2, 3, 4]),
        (Audience(tier="school"), [2]),
        (Audience(tier="free"), [1, 3]),
        (Audience(days=7), [1, 2, 4]),
        (Audience(tier="staff", days=7), [4]),
        (Audience(tier="free", days=1), [1]),
    ],
)
async def test_an_audience_goes_by_tier_and_activity(
    store: Store, audience: Audience, ids: list[int]
) -> None:
    """A tier that is over counts as free; activity is counted back from now."""
    await store.write([
        (learner(1),),
        (learner(2, membership=Membership("school", NOW_MS + 1), active_at_ms=NOW_MS - 2 * DAY_MS),),
        (learner(3, membership=Membership("school", NOW_MS), active_at_ms=NOW_MS - 8 * DAY_MS),),
        (learner(4, membership=Membership("staff"), active_at_ms=NOW_MS - 7 * DAY_MS),),
    ])  # fmt: skip
    assert [row.learner_id for row in await store.recipients(audience, 0, 9, NOW_MS)] == ids
    assert await store.count_recipients(audience, NOW_MS) == len(ids)


async def test_maintenance_is_off_until_set(store: Store) -> None:
    """The last word counts."""
    assert await store.maintenance() == Maintenance()
    await store.write([(Maintenance(is_on=True, notice="Back at noon", since_ms=NOW_MS),)])
    assert await store.maintenance() == Maintenance(is_on=True, notice="Back at noon", since_ms=NOW_MS)
    await store.write([(Maintenance(),)])
    assert await store.maintenance() == Maintenance()


async def test_the_numbers_of_a_day(store: Store) -> None:
    """Learners in all, active and new since the day began, answers and right ones of that day."""
    old = NOW_MS - 3 * DAY_MS
    await store.write([
        (learner(ANNA, created_at_ms=old), attempt(1), attempt(2, is_right=False)),
        (attempt(3, answered_at_ms=old),),
        (learner(BEN, is_blocked=True), attempt(1, BEN)),
        (learner(7, created_at_ms=old, active_at_ms=old), attempt(1, 7, answered_at_ms=old)),
    ])  # fmt: skip
    numbers = await store.day_numbers(NOW_MS - DAY_MS)
    assert numbers == DayNumbers(learners=3, active=2, new=1, blocked=1, answers=3, right=2)
    assert numbers.right_percent == 67
    empty = await store.day_numbers(NOW_MS + 1)
    assert (empty.active, empty.answers, empty.right_percent) == (0, 0, 0)
