"""What the bot stored, read from outside while it runs, after it ended, or from another mount namespace."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from e2e import rows
from lplate_bot.playground import PLAYGROUND_TOKEN
from playing import Given

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from playing import Player

DATABASE = f"learners-{PLAYGROUND_TOKEN.partition(':')[0]}.db"
_ATTEMPTS = """
    SELECT session, step, question_id, is_right FROM attempt WHERE learner_id = ? ORDER BY session, step
"""
_LEARNER = "SELECT state, owed, is_blocked FROM learner WHERE id = ?"
_OWING = "SELECT id FROM learner WHERE owed <> '[]' AND is_blocked = 0"
_BROADCAST = "SELECT state, sent, blocked, failed, unsure FROM broadcast WHERE id = ?"
_INVITE_USERS = "SELECT learner_id FROM invite_use ORDER BY learner_id"
_TIERS = "SELECT id, tier FROM learner ORDER BY id"
_COUNT_ATTEMPTS = "SELECT count(*) FROM attempt"
_COUNT_INBOX = "SELECT count(*) FROM inbox"


@dataclass(frozen=True, slots=True)
class StoredLearner:
    """Hold what tests want to know of a learner's row."""

    session: dict[str, Any]
    card: dict[str, Any] | None
    owed: list[dict[str, Any]]
    is_blocked: bool


@dataclass(frozen=True, slots=True)
class Records:
    """Read the database in a data folder, each time anew and read-only.

    *within* is a process whose mounts hold the folder: SQLite follows the links in /proc back to our own.
    """

    folder: Path
    within: int | None = None

    def learner(self, learner_id: int) -> StoredLearner | None:
        """Return a learner's row."""
        for state, owed, is_blocked in self._rows(_LEARNER, learner_id):
            parts = json.loads(state)
            return StoredLearner(
                parts.get("session", {}), parts.get("card"), json.loads(owed), bool(is_blocked)
            )
        return None

    def attempts(self, learner_id: int) -> list[Given]:
        """Return all answers of a learner, in order."""
        return [
            Given(session, step, question_id, bool(is_right))
            for session, step, question_id, is_right in self._rows(_ATTEMPTS, learner_id)
        ]

    def count_attempts(self) -> int:
        """Return how many answers are stored."""
        return int(self._rows(_COUNT_ATTEMPTS)[0][0])

    def count_inbox(self) -> int:
        """Return how many updates wait to be handled."""
        return int(self._rows(_COUNT_INBOX)[0][0])

    def owing(self) -> list[int]:
        """Return the learners who are owed a reply."""
        return [row[0] for row in self._rows(_OWING)]

    def broadcast(self, number: int) -> dict[str, Any]:
        """Return state and counts of a broadcast."""
        (row,) = self._rows(_BROADCAST, number)
        return dict(zip(("state", "sent", "blocked", "failed", "unsure"), row, strict=True))

    def invite_users(self) -> list[int]:
        """Return the learners who used an invitation."""
        return [row[0] for row in self._rows(_INVITE_USERS)]

    def in_tier(self, tier: str) -> list[int]:
        """Return the learners of a tier, in order of ids."""
        return [learner_id for learner_id, name in self._rows(_TIERS) if name == tier]

    def has_shown_card(self, learner_id: int) -> bool:
        """Return True once the bot knows where the learner's card stands, and owes nothing."""
        learner = self.learner(learner_id)
        return learner is not None and learner.card is not None and not learner.owed

    def _rows(self, text: str, *bindings: int) -> list[Any]:
        path = self.folder / DATABASE
        if self.within is None:
            return rows.read_rows(str(path), text, bindings) if path.exists() else []
        namespace = ("nsenter", "--user", "--mount", "--preserve-credentials", "--target", str(self.within))
        question = json.dumps([str(path), text, bindings])
        command = (*namespace, sys.executable, rows.__file__, question)
        found: list[Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        return found


def assert_exactly_once(records: Records, players: Iterable[Player]) -> None:
    """Fail unless every answer that was given is stored once, as it was given, and nothing else is."""
    for player in players:
        learner = records.learner(player.learner.id)
        assert learner is not None
        assert records.attempts(player.learner.id) == player.ledger
        assert learner.session.get("answered", 0) == len(player.ledger)
        assert learner.session.get("right", 0) == sum(given.is_right for given in player.ledger)
