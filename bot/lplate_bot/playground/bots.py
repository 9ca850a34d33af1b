"""Bot accounts: identity, profile, chats and pending callback queries."""

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass

from msgspec import Struct, field

from lplate_bot.playground.chats import Chat
from lplate_bot.playground.objects import BotCommand, Json, User
from lplate_bot.playground.updates import UpdateQueue


class Profile(Struct, omit_defaults=True):
    """What learners see of a bot before they write; texts by language code, "" for all others."""

    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    commands: dict[str, list[BotCommand]] = field(default_factory=dict)
    """By "scope/language", see `methods/profile.py`."""
    menu_buttons: dict[str, Json] = field(default_factory=dict)
    """By chat id, "" for the default."""


class WebhookSettings(Struct, omit_defaults=True, frozen=True):
    """Where and how updates are delivered."""

    url: str
    secret_token: str | None = None
    max_connections: int = 40


class BotAccount(Struct, omit_defaults=True):
    """All of a bot that outlives a restart, but for its updates."""

    token: str
    user: User
    profile: Profile = field(default_factory=Profile)
    chats: dict[int, Chat] = field(default_factory=dict)
    next_message_id: int = 1
    webhook: WebhookSettings | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bot answered to a press."""

    text: str | None
    show_alert: bool
    url: str | None


@dataclass(slots=True)
class PendingQuery:
    """A callback query that the bot may answer until it is too old."""

    query_id: str
    learner_id: int
    asked_at: float
    answer: Answer | None = None


class CallbackQueries:
    """Remember callback queries for *lifetime_s* seconds of the monotonic clock."""

    def __init__(self, lifetime_s: float) -> None:
        self._lifetime_s = lifetime_s
        self._queries: OrderedDict[str, PendingQuery] = OrderedDict()

    def ask(self, learner_id: int) -> PendingQuery:
        """Return a new query with an id that is not to be guessed."""
        self._forget_old()
        query = PendingQuery(str(secrets.randbits(62)), learner_id, time.monotonic())
        self._queries[query.query_id] = query
        return query

    def find(self, query_id: str) -> PendingQuery | None:
        """Return the query, or None if it is unknown or too old."""
        self._forget_old()
        return self._queries.get(query_id)

    def _forget_old(self) -> None:
        horizon = time.monotonic() - self._lifetime_s
        while self._queries and next(iter(self._queries.values())).asked_at < horizon:
            self._queries.popitem(last=False)


@dataclass(slots=True)
class Bot:
    """A bot account in use."""

    account: BotAccount
    queue: UpdateQueue
    queries: CallbackQueries
    last_poll_at: float | None = None
    """Monotonic time of the latest getUpdates."""
    webhook_error: tuple[int, str] | None = None
    """Unix time and words of the latest failed delivery."""

    @property
    def id(self) -> int:
        """Return the bot's user id, the number before the token's colon."""
        return self.account.user.id

    def is_online(self, within_s: float = 60) -> bool:
        """Return True if the bot polls, or polled within the given seconds, or has a webhook."""
        if self.account.webhook is not None or self.queue.is_polled:
            return True
        return self.last_poll_at is not None and time.monotonic() - self.last_poll_at < within_s

    def new_message_id(self) -> int:
        """Return the next message id; private chats and groups of a bot share one sequence."""
        message_id = self.account.next_message_id
        self.account.next_message_id += 1
        return message_id
