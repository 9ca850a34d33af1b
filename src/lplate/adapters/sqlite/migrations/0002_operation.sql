-- min_reader: 1
-- What operators give and say. A program that does not know these columns and tables leaves them alone.

ALTER TABLE learner ADD COLUMN tier TEXT NOT NULL DEFAULT '';  -- '': none was given
ALTER TABLE learner ADD COLUMN tier_until_ms INTEGER;          -- NULL: for good

CREATE TABLE invite (
    code          TEXT    PRIMARY KEY,
    tier          TEXT    NOT NULL,
    days          INTEGER,  -- NULL: for good
    uses          INTEGER NOT NULL,
    until_ms      INTEGER,  -- NULL: never over
    created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE invite_use (
    code       TEXT    NOT NULL REFERENCES invite DEFERRABLE INITIALLY DEFERRED,
    learner_id INTEGER NOT NULL,
    used_at_ms INTEGER NOT NULL,
    PRIMARY KEY (code, learner_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE broadcast (
    id            INTEGER PRIMARY KEY,
    state         TEXT    NOT NULL,
    texts         TEXT    NOT NULL,  -- JSON array of [language, HTML]
    audience      TEXT    NOT NULL,  -- JSON object
    created_at_ms INTEGER NOT NULL,
    total         INTEGER NOT NULL,
    after_id      INTEGER NOT NULL,  -- all learners up to this id had their turn
    in_flight     TEXT    NOT NULL,  -- JSON array of learner ids
    sent          INTEGER NOT NULL,
    blocked       INTEGER NOT NULL,
    failed        INTEGER NOT NULL,
    unsure        INTEGER NOT NULL,
    panel         TEXT                -- JSON object: the message that shows the progress
) STRICT;

CREATE TABLE maintenance (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    is_on    INTEGER NOT NULL,
    notice   TEXT    NOT NULL,
    since_ms INTEGER NOT NULL
) STRICT;
