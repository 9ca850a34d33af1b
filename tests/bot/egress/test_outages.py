"""An outage in which not even failures come back."""

from __future__ import annotations

from bot.egress.world import OK, UNREACHABLE, World


def test_a_probe_that_hangs_is_not_waited_for() -> None:
    """A call without end, tried in an outage, does not keep the others from trying."""
    world = World()
    for chat in range(4):
        world.send("sendMessage", chat, f"{chat}")
    for _ in range(4):
        world.end(UNREACHABLE)
    world.pass_s(3)
    assert len(world.flights) == 1
    world.pass_s(20)
    assert len(world.flights) > 1
    world.end(OK, place=1)
    world.settle()
    assert world.outbox.waiting == 0
