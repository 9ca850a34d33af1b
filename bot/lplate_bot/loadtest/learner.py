"""One learner: who they are, the card before them, the press they wait for."""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

MESSAGES_EACH: Final = 100_000
"""Message ids of one learner's chat; the chats' ranges follow each other."""
FIRST_ID: Final = 1000
BOT: Final = b'{"id":1,"is_bot":true,"first_name":"Load","username":"load_bot"}'


class Tap:
    """Hold one press, from the time it was due until its reply is complete.

    *expected* is callback data that the card must bear then: one of these; none means any card with buttons.
    """

    __slots__ = (
        "due_s",
        "expected",
        "is_answered",
        "is_graded",
        "is_shown",
        "keeps_question",
        "learner",
        "query",
    )

    def __init__(
        self, learner: Learner, due_s: float, query: int, expected: tuple[str, ...], *,
        needs_card: bool, keeps_question: bool = False, is_graded: bool = False,
    ) -> None:  # fmt: skip
        self.learner = learner
        self.due_s = due_s
        self.query = query
        self.expected = expected
        self.is_answered = not query
        self.is_shown = not needs_card
        self.keeps_question = keeps_question
        self.is_graded = is_graded

    @property
    def is_done(self) -> bool:
        """Return True if callback and card are both there."""
        return self.is_answered and self.is_shown

    def expects(self, buttons: list[str]) -> bool:
        """Return True for a card with these buttons."""
        if not self.expected:
            return bool(buttons)
        return any(data in buttons for data in self.expected)


class Card:
    """Hold a message as it looks now, as JSON ready for callbacks and results."""

    __slots__ = ("content", "json", "markup", "message_id", "picture")

    def __init__(self, message_id: int) -> None:
        self.message_id = message_id
        self.content = b""
        self.markup = b""
        self.picture = b""
        self.json = b"{}"


class Learner:
    """Hold one learner's side of the chat.

    *extras* counts further taps on a button, each of which may draw the card once more. *asked* is the text
    of the question on the card; *intent* names it and says whether it shall be answered right. *set_up*
    counts the settings made in *menu*. Updates wait in *backlog* while an earlier one is being delivered.
    """

    __slots__ = (
        "asked", "backlog", "buttons", "card", "chat", "extras", "id", "intent", "is_busy", "is_gone",
        "is_ready", "language", "last_message", "menu", "number", "sender", "set_up", "tap",
    )  # fmt: skip

    def __init__(self, number: int, language: str) -> None:
        self.id = FIRST_ID + number
        self.number = number
        self.language = language
        tag = language.partition("-")[0].encode()
        self.sender = b'{"id":%d,"is_bot":false,"first_name":"L%d","language_code":"%b"}' % (
            self.id,
            number,
            tag,
        )
        self.chat = b'{"id":%d,"type":"private","first_name":"L%d"}' % (self.id, number)
        self.last_message = number * MESSAGES_EACH
        self.card: Card | None = None
        self.buttons: list[str] = []
        self.asked = ""
        self.tap: Tap | None = None
        self.extras = 0
        self.is_busy = False
        self.is_gone = False
        self.is_ready = False
        self.backlog: deque[Update] = deque()
        self.intent = ("", False)
        self.menu: Card | None = None
        self.set_up = 0

    def next_message(self) -> int:
        """Return a new message id of this chat."""
        self.last_message += 1
        return self.last_message

    def has_message(self, message_id: int) -> bool:
        """Return True if this chat has had such a message."""
        first = (self.id - FIRST_ID) * MESSAGES_EACH
        return first < message_id <= self.last_message


class Update(NamedTuple):
    """Hold one update ready to be sent; *query* is its callback query's number, 0 if it has none."""

    update_id: int
    learner: Learner
    body: bytes
    query: int
