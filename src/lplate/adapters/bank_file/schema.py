"""The tables of a compiled bank."""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x4C504C54
"""Marks a file as ours in SQLite's header: "LPLT"."""
FORMAT: Final = 1
"""Grows with every change of the tables or of what is in them; other formats are compiled anew."""

INFO: Final = "info"
SOURCE: Final = "source"
CHANGES_ON: Final = "changes_on"
"""Keys of meta: the BankInfo as JSON, the digest of the source files, the day the bank is to change."""

SCHEMA: Final = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE questions(ordinal INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL) STRICT;
CREATE TABLE withdrawn(id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE further_topics(
    topic INTEGER NOT NULL, ordinal INTEGER NOT NULL, PRIMARY KEY(topic, ordinal)
) STRICT, WITHOUT ROWID;
CREATE TABLE media(digest TEXT PRIMARY KEY, origin TEXT NOT NULL, body BLOB NOT NULL) STRICT;
CREATE VIRTUAL TABLE search USING fts5(
    id, text, options, explanation, content='', tokenize='unicode61 remove_diacritics 2'
);
"""
