"""Count updates by what they are, and time their way from receipt to acknowledgement and reply."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from lplate.domain.tiers import FREE
from lplate.metrics import seconds
from lplate.trainer.press import PressKind
from lplate_bot.activity import Activity

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate_bot.incoming import Incoming

_NS: Final = 1e-9
_SHORT: Final = {PressKind.STATISTICS: "stats"}
MENU: Final = "menu"
COMMAND: Final = "command"
FOREIGN: Final = "foreign"
OTHER: Final = "other"
_WITHOUT_PRESS: Final = (MENU, COMMAND, FOREIGN, OTHER)


class Action:
    """Count the updates of one kind, duplicates included, and time their replies."""

    __slots__ = ("clock_ns", "response_s", "updates")

    def __init__(self, clock_ns: Callable[[], int]) -> None:
        self.clock_ns = clock_ns
        self.updates = 0
        self.response_s = seconds()


class Received(msgspec.Struct, eq=False):
    """Hold what an update is counted under, and when it came, in monotonic nanoseconds."""

    action: Action
    received_ns: int


class Traffic:
    """Count the updates of one bot; plain integers, as every press passes here.

    *actions* are by the word for what an update is; *rate_limited* counts refusals by the learner's tier.
    Errors are told apart: *malformed* could not be read, *faults* are ours, *unstored* the store's, *busy*
    ones were not taken for want of room.
    """

    def __init__(self, clock_ns: Callable[[], int]) -> None:
        self._clock_ns = clock_ns
        self._by_press = {kind: Action(clock_ns) for kind in PressKind}
        others = {name: Action(clock_ns) for name in _WITHOUT_PRESS}
        self.actions = {_SHORT.get(kind, kind.value): action for kind, action in self._by_press.items()}
        self.actions |= others
        self.ack_s = seconds()
        self._activity = Activity()
        self.duplicates = 0
        self.rate_limited = Counter({FREE: 0})
        self.malformed = 0
        self.faults = 0
        self.unstored = 0
        self.busy = 0

    @property
    def updates(self) -> int:
        """Return how many updates were read, duplicates included."""
        return sum(action.updates for action in self.actions.values())

    @property
    def active_learners(self) -> int:
        """Return how many learners pressed in the last five to six minutes."""
        return self._activity.count(self._clock_ns())

    def received(self, incoming: Incoming, now_ns: int) -> Action:
        """Count an update that came at *now_ns*; return what it is counted under."""
        press = incoming.press
        if press is None:
            action = self.actions[_word(incoming)]
        else:
            action = self._by_press[press.kind]
            self._activity.note(press.learner_id, now_ns)
        action.updates += 1
        return action

    def acknowledged(self, received: Received) -> None:
        """Note that an update's effect is durable."""
        self.ack_s.observe((self._clock_ns() - received.received_ns) * _NS)


def responded(received: Received) -> None:
    """Note that the reply to an update is complete: Telegram has taken its last call, or given it up."""
    action = received.action
    action.response_s.observe((action.clock_ns() - received.received_ns) * _NS)


def _word(incoming: Incoming) -> str:
    """Return what to call an update that is no press."""
    if incoming.is_foreign:
        return FOREIGN
    if incoming.query_id:
        return MENU
    return COMMAND if incoming.asks_for_message else OTHER
