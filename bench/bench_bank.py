"""The bank on the path of a press, and what a start costs; baselines are what one would write first."""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import lplate
from lplate.adapters.bank_file import BankFile, BankFileWriter
from lplate.domain.question import BankInfo, Option, Question, QuestionType, Topic
from lplate.importing import refresh_bank, source_digest
from lplate.importing.validation import check_bank

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_benchmark.fixture import BenchmarkFixture

QUESTIONS = 3_000
TOPICS = 43
SEEN_SHARE = 0.9
TODAY = date(2026, 1, 1)
CORE = Path(lplate.__file__).parent / "data" / "banks" / "core"
WORDS = "A driver who comes from the left waits until the others have passed and then goes on "


def question(number: int) -> Question:
    """Return a question of the usual size (p50 of real banks: 130 characters, two languages)."""
    texts = {"en": f"{WORDS}({number})?", "de": f"{WORDS}({number})?"}
    options = tuple(
        Option(key, {"en": f"{key} {WORDS}", "de": f"{key} {WORDS}"}, key == "a") for key in "abc"
    )
    topic = f"topic-{number * TOPICS // QUESTIONS}"
    return Question(f"question-{number}", 1, QuestionType.SINGLE, (topic,), texts, options, texts, ("§ 1",))


def info() -> BankInfo:
    """Return the description of the bank with all questions."""
    starts = [-(-number * QUESTIONS // TOPICS) for number in range(TOPICS + 1)]
    topics = tuple(
        Topic(f"topic-{number}", {"en": "T", "de": "T"}, starts[number], starts[number + 1] - starts[number])
        for number in range(TOPICS)
    )
    names = {"en": "Bench", "de": "Bench"}
    return BankInfo(
        "bench", "1", "0" * 32, "CC0", "-", "international", ("en", "de"), names, topics, QUESTIONS
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a compiled bank of 3,000 questions."""
    path = tmp_path_factory.mktemp("bench") / "bench.bank"
    questions = [question(number) for number in range(QUESTIONS)]
    BankFileWriter(path).write(info(), questions, withdrawn=(), pictures={}, source="", changes_on=None)
    return path


@pytest.fixture
def bank(path: Path) -> Iterator[BankFile]:
    """Return the compiled bank, opened."""
    with closing(BankFile.open(path)) as opened:
        yield opened


@pytest.fixture(scope="module")
def plain() -> Iterator[sqlite3.Connection]:
    """Return the same questions in a plain table, with what one learner has seen."""
    dice = random.Random(1)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE questions(id TEXT PRIMARY KEY, topic TEXT, body TEXT)")
        connection.execute("CREATE TABLE seen(id TEXT PRIMARY KEY)")
        for number in range(QUESTIONS):
            row = question(number)
            body = json.dumps(asdict(row))
            connection.execute("INSERT INTO questions VALUES(?, ?, ?)", (row.id, row.topics[0], body))
            if dice.random() < SEEN_SHARE:
                connection.execute("INSERT INTO seen VALUES(?)", (row.id,))
        connection.execute("CREATE INDEX by_topic ON questions(topic)")
        yield connection


def seen_map(bank: BankFile) -> bytes:
    """Return the map of a learner who has seen nine of ten questions."""
    dice = random.Random(1)
    ids = [f"question-{number}" for number in range(QUESTIONS) if dice.random() < SEEN_SHARE]
    return bank.mark_seen(b"", ids)


@pytest.mark.benchmark(group="bank-unseen-topic-70-of-3k")
def bench_unseen_in_topic(benchmark: BenchmarkFixture, bank: BankFile) -> None:
    assert benchmark(bank.unseen, seen_map(bank), ("topic-7",), ("question-500",), 42)


@pytest.mark.benchmark(group="bank-unseen-topic-70-of-3k")
def bench_unseen_in_topic_by_sql(benchmark: BenchmarkFixture, plain: sqlite3.Connection) -> None:
    query = (
        "SELECT id FROM questions WHERE topic = ? AND id <> ? AND id NOT IN (SELECT id FROM seen) "
        "ORDER BY random() LIMIT 1"
    )
    assert benchmark(lambda: plain.execute(query, ("topic-7", "question-500")).fetchone())


@pytest.mark.benchmark(group="bank-unseen-all-3k")
def bench_unseen_in_all(benchmark: BenchmarkFixture, bank: BankFile) -> None:
    assert benchmark(bank.unseen, seen_map(bank), (), ("question-500",), 42)


@pytest.mark.benchmark(group="bank-unseen-all-3k")
def bench_unseen_in_all_by_sql(benchmark: BenchmarkFixture, plain: sqlite3.Connection) -> None:
    query = "SELECT id FROM questions WHERE id NOT IN (SELECT id FROM seen) ORDER BY random() LIMIT 1"
    assert benchmark(lambda: plain.execute(query).fetchone())


@pytest.mark.benchmark(group="bank-question-3k")
def bench_question_hit(benchmark: BenchmarkFixture, bank: BankFile) -> None:
    assert benchmark(bank.question, "question-1234")


@pytest.mark.benchmark(group="bank-question-3k")
def bench_question_miss(benchmark: BenchmarkFixture, path: Path) -> None:
    ids = [f"question-{number}" for number in range(0, QUESTIONS, 300)]
    with closing(BankFile.open(path, cache_size=1)) as bank:
        assert benchmark(lambda: [bank.question(question_id) for question_id in ids])  # ten misses


@pytest.mark.benchmark(group="bank-question-3k")
def bench_question_by_sqlite3_and_json(benchmark: BenchmarkFixture, plain: sqlite3.Connection) -> None:
    query = "SELECT body FROM questions WHERE id = ?"
    assert benchmark(lambda: json.loads(plain.execute(query, ("question-1234",)).fetchone()[0]))


@pytest.mark.benchmark(group="bank-mark-seen-3k")
def bench_mark_seen(benchmark: BenchmarkFixture, bank: BankFile) -> None:
    assert benchmark(bank.mark_seen, seen_map(bank), ("question-1234",))


@pytest.mark.benchmark(group="bank-start")
def bench_open_3k(benchmark: BenchmarkFixture, path: Path) -> None:
    benchmark(lambda: BankFile.open(path).close())


@pytest.mark.benchmark(group="bank-start")
def bench_source_digest_core(benchmark: BenchmarkFixture) -> None:
    assert benchmark(source_digest, CORE)


@pytest.mark.benchmark(group="bank-start")
def bench_refresh_fresh_core(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    writer = BankFileWriter(tmp_path / "core.bank")
    refresh_bank(CORE, writer, today=TODAY)
    assert benchmark(refresh_bank, CORE, writer, today=TODAY) is None


@pytest.mark.benchmark(group="bank-check")
def bench_check_core(benchmark: BenchmarkFixture) -> None:
    assert not benchmark(check_bank, CORE).errors
