"""Invitations: each learner once, and never one more than there are uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lplate.adapters.memory import MemoryStore
from lplate.domain.invitation import Invite
from lplate.domain.learner import Learner
from lplate.domain.scheduling import DAY_MS
from lplate.domain.tiers import Membership
from lplate.domain.values import replace
from lplate.trainer.invitations import Invitations

if TYPE_CHECKING:
    from lplate.trainer.invitations import Followed

NOW_MS = 1_780_000_000_000
INVITE = Invite("abc", "school", 30, 2, NOW_MS + DAY_MS, NOW_MS)
SCHOOL = Membership("school", NOW_MS + 30 * DAY_MS)


def learner(learner_id: int = 1, membership: Membership | None = None) -> Learner:
    return Learner(learner_id, learner_id, NOW_MS, NOW_MS, membership=membership)


@pytest.fixture
async def store() -> MemoryStore:
    store = MemoryStore()
    await store.write([(INVITE,)])
    return store


async def follow(store: MemoryStore, who: Learner, invitations: Invitations | None = None) -> Followed:
    """Follow the invitation and commit what comes of it."""
    followed = await (invitations or Invitations(store)).follow(who, "abc", NOW_MS)
    await store.write([(followed.learner, *followed.rows)])
    return followed


async def test_who_follows_gets_the_tier(store: MemoryStore) -> None:
    """For the days the invitation names, counted from now."""
    followed = await follow(store, learner())
    assert followed.notice == "invite-accepted"
    assert followed.learner.membership == SCHOOL


async def test_the_count_is_never_overdrawn_by_racing_learners(store: MemoryStore) -> None:
    """Of many who follow before any commit has ended only as many are admitted as there are uses."""
    invitations = Invitations(store)
    followed = [await invitations.follow(learner(number), "abc", NOW_MS) for number in range(1, 9)]
    assert [found.notice for found in followed] == ["invite-accepted"] * 2 + ["invite-over"] * 6


async def test_a_failed_commit_leaves_the_place_to_whom_it_was_given(store: MemoryStore) -> None:
    """Who comes again is admitted again; nobody else takes their place meanwhile."""
    invitations = Invitations(store)
    for _ in range(3):
        assert (await invitations.follow(learner(1), "abc", NOW_MS)).notice == "invite-accepted"
    assert (await follow(store, learner(2), invitations)).notice == "invite-accepted"
    assert (await follow(store, learner(3), invitations)).notice == "invite-over"
    assert (await follow(store, learner(1), invitations)).notice == "invite-accepted"


async def test_what_was_committed_counts_after_a_kill(store: MemoryStore) -> None:
    """A new process knows the uses from the store alone."""
    assert [(await follow(store, learner(number))).notice for number in (1, 2, 3, 1)] == [
        "invite-accepted",
        "invite-accepted",
        "invite-over",
        "invite-used-before",
    ]


@pytest.mark.parametrize(
    ("membership", "after", "notice"),
    [
        (None, SCHOOL, "invite-accepted"),
        (Membership("staff", NOW_MS), SCHOOL, "invite-accepted"),
        (Membership("school", NOW_MS + DAY_MS), SCHOOL, "invite-accepted"),
        (Membership("school"), Membership("school"), "invite-not-needed"),
        (Membership("staff", NOW_MS + 1), Membership("staff", NOW_MS + 1), "invite-not-needed"),
    ],
)
async def test_nobody_loses_by_an_invitation(
    store: MemoryStore, membership: Membership | None, after: Membership, notice: str
) -> None:
    """A tier that is over is replaced, the same one gets longer, any other stays and no use is taken."""
    followed = await follow(store, learner(membership=membership))
    assert (followed.learner.membership, followed.notice) == (after, notice)
    assert len(await store.invite_users("abc")) == (notice == "invite-accepted")


async def test_an_invitation_that_is_over_or_unknown_gives_nothing(store: MemoryStore) -> None:
    """And says so."""
    await store.write([(replace(INVITE, until_ms=NOW_MS),)])
    over = await follow(store, learner())
    unknown = await Invitations(store).follow(learner(), "nope", NOW_MS)
    assert (over.notice, over.learner, over.rows) == ("invite-over", learner(), ())
    assert (unknown.notice, unknown.learner, unknown.rows) == ("invite-unknown", learner(), ())
