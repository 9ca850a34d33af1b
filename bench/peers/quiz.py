"""What every peer bot has in common: questions out of the real bank, and where to find the Bot API.

The questions are the starter bank's single choices in English, as JSON. Each bot keeps the answers given in
SQLite, in the default way of Python's own ``sqlite3``: a transaction for each, on disk before the reply.
"""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

LETTERS = "ABCDEFGHIJ"


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its options and the place of the right one."""

    id: str
    text: str
    options: list[str]
    right: int
    explanation: str

    def asked(self) -> str:
        """Return the question as a message."""
        options = "\n".join(
            f"<b>{letter}</b>  {option}" for letter, option in zip(LETTERS, self.options, strict=False)
        )
        return f"{self.text}\n\n{options}"

    def feedback(self, chosen: int) -> str:
        """Return the question with marks, a verdict and the explanation."""
        marks = [
            "✅" if place == self.right else "❌" if place == chosen else "▫️"
            for place in range(len(self.options))
        ]
        options = "\n".join(f"{mark} {option}" for mark, option in zip(marks, self.options, strict=True))
        verdict = "Right!" if chosen == self.right else "Not right."
        return f"{self.text}\n\n{options}\n\n<b>{verdict}</b>\n\n<blockquote>{self.explanation}</blockquote>"


def questions() -> dict[str, Question]:
    """Return the questions by id."""
    return {each["id"]: Question(**each) for each in json.loads(Path(os.environ["QUESTIONS"]).read_text())}


def database() -> sqlite3.Connection:
    """Return the database of answers, in write-ahead mode as SQLite recommends for servers."""
    connection = sqlite3.connect(Path(os.environ["DATA"]) / "answers.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS answer (user_id INTEGER, question_id TEXT, chosen INTEGER, "
        "is_right INTEGER, answered_at TEXT DEFAULT CURRENT_TIMESTAMP)"
    )
    return connection


def record(connection: sqlite3.Connection, user_id: int, question: Question, chosen: int) -> None:
    """Store an answer."""
    with connection:
        connection.execute(
            "INSERT INTO answer (user_id, question_id, chosen, is_right) VALUES (?, ?, ?, ?)",
            (user_id, question.id, chosen, chosen == question.right),
        )
