"""Put together what operators work with, beside the parts of a running bot."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from lplate_bot.egress import Call
from lplate_bot.handlers.strangers import Strangers
from lplate_bot.operators.broadcaster import Broadcaster, mark_blocked
from lplate_bot.operators.broadcasts import Broadcasts
from lplate_bot.operators.chat import OperatorChat
from lplate_bot.operators.doorway import socket_path
from lplate_bot.operators.office import Office
from lplate_bot.operators.progress import Progress
from lplate_bot.operators.service import AdminService
from lplate_bot.operators.tiertable import TierTable
from lplate_bot.operators.verbs import Bot
from lplate_bot.profile import operator_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from lplate.commit import GroupCommit
    from lplate.domain.tiers import Tier
    from lplate.ports import Store
    from lplate.trainer.library import Library
    from lplate_bot.caches import Caches
    from lplate_bot.cold import ColdPath
    from lplate_bot.desk import Desk
    from lplate_bot.egress import Outbox
    from lplate_bot.gate import Gate
    from lplate_bot.handlers import TelegramApplication
    from lplate_bot.identity import Identity
    from lplate_bot.lanes import Lanes
    from lplate_bot.limiter import Limiter
    from lplate_bot.operators.reception import Reception
    from lplate_bot.times import Clock
    from lplate_bot.traffic import Traffic


@dataclass(frozen=True, slots=True)
class Operators:
    """Hold what operators work with; *reception* is the gate's, too."""

    office: Office
    broadcaster: Broadcaster
    reception: Reception
    outbox: Outbox

    def show_menus(self) -> None:
        """Add /admin to the menus of all operators who use the bot already."""
        for admin in self.reception.admins:
            _show_menu(self.outbox, admin)

    def listening(self, data: Path, identity: Identity, caches: Caches) -> AdminService:
        """Return what serves ``lplate admin`` within its block."""
        bot = Bot(self.office, identity.username, caches)
        return AdminService(socket_path(data, identity.id), bot)


def open_office(
    application: TelegramApplication,
    store: Store,
    commit: GroupCommit,
    library: Library,
    desk: Desk,
    lanes: Lanes,
    gate: Gate,
    cold: ColdPath,
    limiter: Limiter,
    reception: Reception,
    traffic: Traffic,
    outbox: Outbox,
    clock: Clock,
    read_tiers: Callable[[], Sequence[Tier]],
    broadcast_per_second: float,
) -> Operators:
    """Return what operators work with, their handlers added to *application*: before all others."""
    tiers = TierTable(read_tiers, limiter, clock)
    queues = partial(_queues, gate, outbox, commit, cold)
    marking = partial(mark_blocked, desk, lanes)
    broadcaster = Broadcaster(outbox, store, commit, clock, broadcast_per_second, marking)
    broadcaster.on_change = Progress(outbox, desk).note
    broadcasts = Broadcasts(store, commit, broadcaster, tiers, clock)
    office = Office(
        store, commit, library, desk, lanes, tiers, reception, broadcasts, clock, queues, traffic.rate_limited
    )
    OperatorChat(office, reception, desk, Strangers(desk), partial(_show_menu, outbox)).register(application)
    return Operators(office, broadcaster, reception, outbox)


def _queues(gate: Gate, outbox: Outbox, commit: GroupCommit, cold: ColdPath) -> Mapping[str, int]:
    """Return how much waits where, in an operator's words."""
    return {
        "updates": gate.waiting,
        "replies": outbox.waiting,
        "changes": commit.waiting,
        "handlers": cold.waiting,
    }


def _show_menu(outbox: Outbox, admin: int) -> None:
    """Add /admin to an operator's menu; Telegram refuses that for who has not started the bot yet."""
    for method, body in operator_calls((admin,)):
        outbox.send(Call(method, None, body))
