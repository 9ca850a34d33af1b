"""Every statement of the store: constant text, bound parameters, named columns.

Columns are always named, so that this version still runs when a newer one has added columns with defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final


@dataclass(frozen=True, slots=True, eq=False)
class ManyRows:
    """A statement that takes several rows at once where *text* says ``{rows}``, *columns* values each.

    Each step through a statement lets go of the interpreter's lock and must win it back; while the event loop
    is busy that may take milliseconds. A hundred rows in one step win it back once.
    """

    text: str
    columns: int

    def for_rows(self, count: int) -> str:
        """Return the statement for *count* rows, always the same text, as the statement cache likes it."""
        return _for_rows(self, count)


@cache
def _for_rows(statement: ManyRows, count: int) -> str:
    row = f"({', '.join('?' * statement.columns)})"
    return statement.text.format(rows=", ".join([row] * count))


BEGIN: Final = "BEGIN IMMEDIATE"
BEGIN_READING: Final = "BEGIN"
COMMIT: Final = "COMMIT"
ROLLBACK: Final = "ROLLBACK"

# Writing.

UPSERT_LEARNERS: Final = ManyRows(
    """
INSERT INTO learner (id, chat_id, created_at_ms, active_at_ms, language, bank_id, is_blocked, owed_number,
                     owed, state, updates, seen_bank, seen, tier, tier_until_ms)
VALUES {rows}
    ON CONFLICT (id) DO UPDATE
   SET chat_id = excluded.chat_id, created_at_ms = excluded.created_at_ms,
       active_at_ms = excluded.active_at_ms, language = excluded.language, bank_id = excluded.bank_id,
       is_blocked = excluded.is_blocked, owed_number = excluded.owed_number, owed = excluded.owed,
       state = excluded.state, updates = excluded.updates, seen_bank = excluded.seen_bank,
       seen = excluded.seen, tier = excluded.tier, tier_until_ms = excluded.tier_until_ms""",
    columns=15,
)

# Not OR IGNORE, which would swallow NULLs and broken checks too.
INSERT_ATTEMPTS: Final = ManyRows(
    """
INSERT INTO attempt (learner_id, session, step, update_id, bank_id, question_id, question_rev, topic_id,
                     response, is_right, rating, answered_at_ms, elapsed_ms)
VALUES {rows}
    ON CONFLICT (learner_id, session, step) DO NOTHING""",
    columns=13,
)

UPSERT_CARDS: Final = ManyRows(
    """
INSERT INTO card (learner_id, bank_id, question_id, stability_days, difficulty, due_at_ms, reviewed_at_ms,
                  right_streak, is_mistake, right_days)
VALUES {rows}
    ON CONFLICT (learner_id, bank_id, question_id) DO UPDATE
   SET stability_days = excluded.stability_days, difficulty = excluded.difficulty,
       due_at_ms = excluded.due_at_ms, reviewed_at_ms = excluded.reviewed_at_ms,
       right_streak = excluded.right_streak, is_mistake = excluded.is_mistake,
       right_days = excluded.right_days""",
    columns=10,
)

# Parts owed under a newer number stay; usually there are none and the list empties without being read.
CLEAR_OWED: Final = ManyRows(
    """
UPDATE learner
   SET owed = CASE WHEN owed_number <= delivered.number THEN '[]' ELSE (
           SELECT json_group_array(json(value)) FROM json_each(owed)
            WHERE value ->> 'number' > delivered.number
       ) END
  FROM (SELECT column1 AS id, max(column2) AS number FROM (VALUES {rows}) GROUP BY column1) AS delivered
 WHERE learner.id = delivered.id AND owed <> '[]'""",
    columns=2,
)

# A redelivered update does not win its item new tries.
UPSERT_INBOX: Final = ManyRows(
    """
INSERT INTO inbox (update_id, lane, raw, received_at_ms, tries)
VALUES {rows}
    ON CONFLICT (update_id) DO UPDATE SET tries = max(tries, excluded.tries)""",
    columns=5,
)

DELETE_INBOX: Final = ManyRows("DELETE FROM inbox WHERE update_id IN (VALUES {rows})", columns=1)

UPSERT_DEAD_LETTERS: Final = ManyRows(
    """
INSERT INTO dead_letter (update_id, raw, error, failed_at_ms)
VALUES {rows}
    ON CONFLICT (update_id) DO UPDATE
   SET raw = excluded.raw, error = excluded.error, failed_at_ms = excluded.failed_at_ms""",
    columns=4,
)

UPSERT_FILES: Final = ManyRows(
    """
INSERT INTO stored_file (scope, digest, kind, file_id)
VALUES {rows}
    ON CONFLICT (scope, digest, kind) DO UPDATE SET file_id = excluded.file_id""",
    columns=4,
)

DELETE_FILES: Final = ManyRows(
    "DELETE FROM stored_file WHERE (scope, digest, kind) IN (VALUES {rows})", columns=3
)

UPSERT_HEARTBEAT: Final = ManyRows(
    """
INSERT INTO heartbeat (id, at_ms) SELECT 1, column1 FROM (VALUES {rows}) WHERE true
    ON CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms""",
    columns=1,
)

UPSERT_INVITES: Final = ManyRows(
    """
INSERT INTO invite (code, tier, days, uses, until_ms, created_at_ms)
VALUES {rows}
    ON CONFLICT (code) DO UPDATE
   SET tier = excluded.tier, days = excluded.days, uses = excluded.uses, until_ms = excluded.until_ms""",
    columns=6,
)

INSERT_INVITE_USES: Final = ManyRows(
    """
INSERT INTO invite_use (code, learner_id, used_at_ms)
VALUES {rows}
    ON CONFLICT (code, learner_id) DO NOTHING""",
    columns=3,
)

UPSERT_BROADCASTS: Final = ManyRows(
    """
INSERT INTO broadcast (id, state, texts, audience, created_at_ms, total, after_id, in_flight, sent, blocked,
                       failed, unsure, panel)
VALUES {rows}
    ON CONFLICT (id) DO UPDATE
   SET state = excluded.state, texts = excluded.texts, audience = excluded.audience, total = excluded.total,
       after_id = excluded.after_id, in_flight = excluded.in_flight, sent = excluded.sent,
       blocked = excluded.blocked, failed = excluded.failed, unsure = excluded.unsure,
       panel = excluded.panel""",
    columns=13,
)

UPSERT_MAINTENANCE: Final = ManyRows(
    """
INSERT INTO maintenance (id, is_on, notice, since_ms)
SELECT 1, column1, column2, column3 FROM (VALUES {rows}) WHERE true
    ON CONFLICT (id) DO UPDATE
   SET is_on = excluded.is_on, notice = excluded.notice, since_ms = excluded.since_ms""",
    columns=3,
)

# Reading.

SELECT_LEARNER: Final = """
SELECT id, chat_id, created_at_ms, active_at_ms, language, bank_id, is_blocked, owed_number, owed, state,
       updates, seen_bank, seen, tier, tier_until_ms
  FROM learner WHERE id = ?1"""

SELECT_CARD: Final = """
SELECT learner_id, bank_id, question_id, stability_days, difficulty, due_at_ms, reviewed_at_ms, right_streak,
       is_mistake, right_days
  FROM card WHERE learner_id = ?1 AND bank_id = ?2 AND question_id = ?3"""

SELECT_MISTAKES: Final = """
SELECT question_id, due_at_ms FROM card
 WHERE learner_id = ?1 AND bank_id = ?2 AND is_mistake = 1
 ORDER BY due_at_ms, question_id"""

# Elapsed time over stability, greatest first. A card without stability gives NULL: never learnt, before all.
SELECT_LEAST_RECALLED: Final = """
SELECT question_id FROM card
 WHERE learner_id = ?1 AND bank_id = ?2
 ORDER BY (?3 - reviewed_at_ms) / stability_days DESC NULLS FIRST, question_id
 LIMIT ?4"""

SELECT_FILE: Final = "SELECT file_id FROM stored_file WHERE scope = ?1 AND digest = ?2 AND kind = ?3"

SELECT_HEARTBEAT: Final = "SELECT at_ms FROM heartbeat WHERE id = 1"

# What may be many rows comes as one, a JSON array: see readers.py.

SELECT_ANSWERED: Final = """
SELECT json_group_array(question_id ORDER BY question_id) FROM card WHERE learner_id = ?1 AND bank_id = ?2"""

# Reads all learners, once a start: 0.15 s for 100,000, 1.4 s for a million, twice as long from a cold disk.
SELECT_OWING: Final = """
SELECT json_group_array(id ORDER BY id) FROM learner WHERE owed <> '[]' AND is_blocked = 0"""

SELECT_INBOX: Final = "SELECT update_id, lane, raw, received_at_ms, tries FROM inbox ORDER BY receipt"

SELECT_DEAD_LETTERS: Final = """
SELECT update_id, raw, error, failed_at_ms FROM dead_letter ORDER BY failed_at_ms, update_id"""

SELECT_INVITE: Final = """
SELECT code, tier, days, uses, until_ms, created_at_ms FROM invite WHERE code = ?1"""

SELECT_INVITES: Final = """
SELECT code, tier, days, uses, until_ms, created_at_ms,
       (SELECT count(*) FROM invite_use WHERE invite_use.code = invite.code)
  FROM invite ORDER BY created_at_ms, code"""

SELECT_INVITE_USERS: Final = """
SELECT json_group_array(learner_id ORDER BY learner_id) FROM invite_use WHERE code = ?1"""

SELECT_BROADCASTS: Final = """
SELECT id, state, texts, audience, created_at_ms, total, after_id, in_flight, sent, blocked, failed, unsure,
       panel
  FROM broadcast ORDER BY id DESC LIMIT ?1"""

SELECT_MAINTENANCE: Final = "SELECT is_on, notice, since_ms FROM maintenance WHERE id = 1"

# Walked in order of ids, a few at a time: no index is worth its price at every press for it. A tier that is
# over is the free one, which has the name ?5.
_AUDIENCE: Final = """
  FROM learner
 WHERE id > ?1 AND is_blocked = 0 AND active_at_ms >= ?2
   AND (?3 = '' OR ?3 = CASE WHEN tier <> '' AND (tier_until_ms IS NULL OR tier_until_ms > ?4) THEN tier
                             ELSE ?5 END)"""

SELECT_RECIPIENTS: Final = f"""
SELECT id, chat_id, language, coalesce(state ->> '$.client_language', ''){_AUDIENCE}
 ORDER BY id LIMIT ?6"""

COUNT_RECIPIENTS: Final = f"""
SELECT count(*){_AUDIENCE}"""

# For operators only: all learners are looked at, and the answers of those who were active.
COUNT_LEARNERS: Final = """
SELECT count(*),
       count(*) FILTER (WHERE active_at_ms >= ?1),
       count(*) FILTER (WHERE created_at_ms >= ?1),
       count(*) FILTER (WHERE is_blocked = 1)
  FROM learner"""

COUNT_ANSWERS_SINCE: Final = """
SELECT count(*), coalesce(sum(is_right), 0)
  FROM learner CROSS JOIN attempt ON attempt.learner_id = learner.id
 WHERE learner.active_at_ms >= ?1 AND attempt.answered_at_ms >= ?1"""

COUNT_CARDS: Final = """
SELECT count(*),
       count(*) FILTER (WHERE due_at_ms - reviewed_at_ms >= ?4),
       count(*) FILTER (WHERE due_at_ms <= ?3),
       count(*) FILTER (WHERE is_mistake = 1)
  FROM card WHERE learner_id = ?1 AND bank_id = ?2"""

COUNT_ATTEMPTS: Final = """
SELECT count(*),
       coalesce(sum(is_right), 0),
       count(*) FILTER (WHERE answered_at_ms / 86400000 = ?4),
       count(*) FILTER (WHERE answered_at_ms > ?3),
       coalesce(sum(is_right) FILTER (WHERE answered_at_ms > ?3), 0)
  FROM attempt WHERE learner_id = ?1 AND bank_id = ?2"""

# Counted back from the last day, days in a row have the same sum of day and position.
COUNT_STREAK: Final = """
  WITH days AS (
           SELECT DISTINCT answered_at_ms / 86400000 AS day
             FROM attempt WHERE learner_id = ?1 AND bank_id = ?2 AND answered_at_ms / 86400000 <= ?3
       ),
       runs AS (SELECT day + row_number() OVER (ORDER BY day DESC) AS run FROM days)
SELECT count(*) FROM runs WHERE run = (SELECT max(day) FROM days WHERE day >= ?3 - 1) + 1"""

SELECT_WEAKEST: Final = """
SELECT topic_id, count(*) AS answered, sum(is_right) AS right
  FROM attempt WHERE learner_id = ?1 AND bank_id = ?2
 GROUP BY topic_id HAVING answered >= 3
 ORDER BY 1.0 * right / answered, answered DESC, topic_id
 LIMIT 3"""

# Care of the file.

INSERT_MIGRATION: Final = "INSERT INTO migration (version, min_reader) VALUES (?1, ?2)"

SELECT_MIN_READER: Final = "SELECT min_reader FROM migration ORDER BY version DESC LIMIT 1"

COUNT_TABLES: Final = "SELECT count(*) FROM sqlite_schema"

COPY_INTO: Final = "VACUUM INTO ?1"
