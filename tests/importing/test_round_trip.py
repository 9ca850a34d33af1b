"""Any bank that can be written can be compiled, and comes out as it went in."""

from __future__ import annotations

import hashlib
import json
import tempfile
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importing.bank_folder import TODAY, image_bytes
from lplate.adapters.bank_file import BankFile, BankFileWriter
from lplate.domain.question import Media, NumericAnswer, Option, Question, QuestionType
from lplate.importing.compiling import compile_bank
from lplate.importing.findings import Findings

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("en", "ar", "ja")
TOPICS = ("lights", "signs", "speed")
PICTURES = {"media/blue.png": image_bytes("blue", (21, 10)), "media/red.png": image_bytes("red", (20, 10))}

# Control characters are findings, YAML has line breaks of its own, and forbids non-characters.
CHARACTERS = st.characters(
    exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufeff\ufffd\ufffe\uffff"
)
WORDS = st.text(CHARACTERS, max_size=30)
NUMBERS = st.decimals(-999_999, 999_999, places=3)


@dataclass(frozen=True)
class Written:
    """A question as it should come out, and the file of its picture."""

    question: Question
    picture: str | None


def texts(draw: st.DrawFn, unique: str) -> Mapping[str, str]:
    """Return a text in every language, made *unique*."""
    return {language: f"{unique} {draw(WORDS)}".strip() for language in LANGUAGES}


@st.composite
def questions(draw: st.DrawFn, number: int) -> Written:
    """Return some valid question, the *number*-th of its bank."""
    question_type = draw(st.sampled_from(QuestionType))
    file = draw(st.none() | st.sampled_from(sorted(PICTURES)))
    question = Question(
        id=f"q-{number}",
        rev=draw(st.integers(1, 1_000)),
        type=question_type,
        topics=tuple(draw(st.lists(st.sampled_from(TOPICS), min_size=1, unique=True))),
        text=texts(draw, f"{number}."),
        options=draw(options(question_type)),
        explanation=texts(draw, "Because") if draw(st.booleans()) else {},
        sources=tuple(f"§ {words}".strip() for words in draw(st.lists(WORDS, max_size=2))),
        answer=draw(answers()) if question_type is QuestionType.NUMERIC else None,
        shuffle=draw(st.booleans()),
        points=draw(st.integers(1, 100)),
    )
    if file is None:
        return Written(question, None)
    digest = hashlib.md5(PICTURES[file]).hexdigest()
    media = Media(digest, "image/png", 20 if "red" in file else 21, 10, texts(draw, "Shown:"))
    return Written(replace(question, media=media), file)


@st.composite
def options(draw: st.DrawFn, question_type: QuestionType) -> tuple[Option, ...]:
    """Return options as the type demands them."""
    if question_type is QuestionType.NUMERIC:
        return ()
    if question_type is QuestionType.TRUEFALSE:
        is_true = draw(st.booleans())
        return Option("true", {}, is_true), Option("false", {}, not is_true)
    keys = "abcdefghij"[: draw(st.integers(2, 10))]
    most = 1 if question_type is QuestionType.SINGLE else len(keys)
    right = draw(st.lists(st.sampled_from(keys), min_size=1, max_size=most, unique=True))
    return tuple(Option(key, texts(draw, f"{key})"), key in right) for key in draw(st.permutations(keys)))


@st.composite
def answers(draw: st.DrawFn) -> NumericAnswer:
    """Return a number to be typed."""
    return NumericAnswer(draw(NUMBERS), draw(st.sampled_from(("", "mm", "km/h"))), abs(draw(NUMBERS)))


@st.composite
def banks(draw: st.DrawFn) -> list[Written]:
    """Return the questions of a bank; some have their picture in common."""
    return [draw(questions(number)) for number in range(draw(st.integers(1, 6)))]


def as_yaml(value: Any) -> str:
    """Return JSON, which is YAML too, with the few characters escaped that YAML reads otherwise."""
    return json.dumps(value, ensure_ascii=False, default=str)


def as_written(written: Written) -> dict[str, Any]:
    """Return a question's record in the canonical format."""
    question = written.question
    record: dict[str, Any] = {
        "id": question.id,
        "rev": str(question.rev),
        "type": question.type,
        "topics": question.topics,
        "points": question.points,
        "text": question.text,
        "shuffle": question.shuffle,
    }
    if question.type in {QuestionType.SINGLE, QuestionType.MULTI}:
        record["options"] = {o.key: {"text": o.text, "correct": o.correct} for o in question.options}
    if question.type is QuestionType.TRUEFALSE:
        record["answer"] = {"value": question.options[0].correct}
    if question.answer is not None:
        unit = {"unit": question.answer.unit} if question.answer.unit else {}
        record["answer"] = {"value": question.answer.value, "tolerance": question.answer.tolerance, **unit}
    if question.explanation:
        record["explanation"] = question.explanation
    if question.sources:
        record["law"] = [{"ref": source} for source in question.sources]
    if question.media is not None:
        record["media"] = {"file": written.picture, "alt": question.media.alt}
    return record


def write(folder: Path, bank: list[Written]) -> None:
    """Write a bank in the canonical format."""
    names = dict.fromkeys(LANGUAGES, "Name")
    manifest = {
        "id": "any", "version": "1", "licence": "CC0", "attribution": "Nobody", "country": "international",
        "languages": LANGUAGES, "name": names, "topics": [{"id": topic, "name": names} for topic in TOPICS],
    }  # fmt: skip
    (folder / "questions").mkdir()
    (folder / "media").mkdir()
    (folder / "bank.yaml").write_text(as_yaml(manifest), encoding="utf-8")
    for topic in TOPICS:
        records = [as_written(written) for written in bank if written.question.topics[0] == topic]
        if records:
            (folder / "questions" / f"{topic}.yaml").write_text(as_yaml(records), encoding="utf-8")
    for file in {written.picture for written in bank if written.picture is not None}:
        (folder / file).write_bytes(PICTURES[file])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(bank=banks())
def test_valid_bank_comes_out_as_it_went_in(bank: list[Written]) -> None:
    """Every valid bank compiles without errors, and the file gives each question and picture back."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "source"
        folder.mkdir()
        write(folder, bank)
        findings = compile_bank(folder, BankFileWriter(Path(name) / "any.bank"), today=TODAY)
        assert findings.errors == Findings().errors
        with closing(BankFile.open(Path(name) / "any.bank", cache_size=1)) as opened:
            assert opened.info.size == len(bank)
            for written in bank:
                question = written.question
                assert opened.question(question.id) == question
                assert all(opened.in_topics(question.id, (topic,)) for topic in question.topics)
                if question.media is not None:
                    assert opened.media(question.media.digest) == PICTURES[str(written.picture)]
            for topic in opened.info.topics:
                check_topic(opened, topic.id, {w.question.id for w in bank if topic.id in w.question.topics})


def check_topic(bank: BankFile, topic: str, expected: set[str]) -> None:
    """Fail unless picking unseen questions of *topic* yields just *expected*, each once."""
    seen = b""
    picked: list[str] = []
    while (question_id := bank.unseen(seen, (topic,), (), len(picked))) is not None:
        seen = bank.mark_seen(seen, (question_id,))
        picked.append(question_id)
    assert sorted(picked) == sorted(expected)
