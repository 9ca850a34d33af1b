-- min_reader: 1
-- Times are epoch milliseconds, UTC. Truth values are 0 and 1.

CREATE TABLE migration (
    version    INTEGER PRIMARY KEY,
    min_reader INTEGER NOT NULL  -- the oldest program, by its newest migration, that can still run on this schema
) STRICT;

CREATE TABLE learner (
    id            INTEGER PRIMARY KEY,
    chat_id       INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    active_at_ms  INTEGER NOT NULL,
    language      TEXT    NOT NULL,
    bank_id       TEXT    NOT NULL,
    is_blocked    INTEGER NOT NULL,
    owed_number   INTEGER NOT NULL,
    owed          TEXT    NOT NULL,  -- JSON array, '[]' when all is delivered
    state         TEXT    NOT NULL,  -- JSON object: session, card, choices
    updates       BLOB    NOT NULL,  -- signed 64-bit little-endian, newest last
    seen_bank     TEXT    NOT NULL,
    seen          BLOB    NOT NULL
) STRICT;

-- Few rows at a time: replies on their way.
CREATE INDEX learner_owing ON learner (id) WHERE owed <> '[]' AND is_blocked = 0;

-- A learner's rows stand side by side, so that picking and statistics read few pages. References are checked at
-- commit: within one change the order of rows is free.
CREATE TABLE card (
    learner_id     INTEGER NOT NULL REFERENCES learner DEFERRABLE INITIALLY DEFERRED,
    bank_id        TEXT    NOT NULL,
    question_id    TEXT    NOT NULL,
    stability_days REAL    NOT NULL,
    difficulty     REAL    NOT NULL,
    due_at_ms      INTEGER NOT NULL,
    reviewed_at_ms INTEGER NOT NULL,
    right_streak   INTEGER NOT NULL,
    is_mistake     INTEGER NOT NULL,
    right_days     INTEGER NOT NULL,
    PRIMARY KEY (learner_id, bank_id, question_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX card_mistake ON card (learner_id, bank_id, due_at_ms) WHERE is_mistake = 1;

CREATE TABLE attempt (
    learner_id     INTEGER NOT NULL REFERENCES learner DEFERRABLE INITIALLY DEFERRED,
    session        INTEGER NOT NULL,
    step           INTEGER NOT NULL,
    update_id      INTEGER NOT NULL,
    bank_id        TEXT    NOT NULL,
    question_id    TEXT    NOT NULL,
    question_rev   INTEGER NOT NULL,
    topic_id       TEXT    NOT NULL,
    response       TEXT    NOT NULL,
    is_right       INTEGER NOT NULL,
    rating         INTEGER NOT NULL,
    answered_at_ms INTEGER NOT NULL,
    elapsed_ms     INTEGER,  -- NULL: unknown
    PRIMARY KEY (learner_id, session, step)
) STRICT, WITHOUT ROWID;

-- Update ids may jump, so the order of receipt is kept apart from them.
CREATE TABLE inbox (
    receipt        INTEGER PRIMARY KEY,
    update_id      INTEGER NOT NULL UNIQUE,
    lane           INTEGER NOT NULL,
    raw            BLOB    NOT NULL,
    received_at_ms INTEGER NOT NULL,
    tries          INTEGER NOT NULL
) STRICT;

CREATE TABLE dead_letter (
    update_id    INTEGER PRIMARY KEY,
    raw          BLOB    NOT NULL,
    error        TEXT    NOT NULL,
    failed_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE stored_file (
    scope   TEXT NOT NULL,
    digest  TEXT NOT NULL,
    kind    TEXT NOT NULL,
    file_id TEXT NOT NULL,
    PRIMARY KEY (scope, digest, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE heartbeat (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    at_ms INTEGER NOT NULL
) STRICT;
