"""Banks made of plain values, for tests that want to decide every question themselves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from lplate.domain.question import BankInfo, Media, NumericAnswer, Option, Question, QuestionType, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PICTURE = Media(
    "0123456789abcdef0123456789abcdef", "image/png", 800, 600, {"en": "A sign", "de": "Ein Zeichen"}
)


def options(count: int, right: Iterable[int]) -> tuple[Option, ...]:
    """Return *count* options of which those at *right* are right."""
    letters = "abcdefghij"[:count]
    chosen = set(right)
    return tuple(
        Option(letter, {"en": f"option {letter}", "de": f"Antwort {letter}"}, correct=index in chosen)
        for index, letter in enumerate(letters)
    )


def single(name: str, topic: str = "signs", right: int = 0, count: int = 3, **more: object) -> Question:
    """Return a question with one right option."""
    return _question(name, QuestionType.SINGLE, topic, options(count, (right,)), more)


def multi(name: str, topic: str = "signs", right: Iterable[int] = (0, 2), **more: object) -> Question:
    """Return a question of which several options are right."""
    return _question(name, QuestionType.MULTI, topic, options(3, right), more)


def truefalse(name: str, topic: str = "signs", *, is_true: bool = True, **more: object) -> Question:
    """Return a statement that is true or false."""
    both = (Option("true", {}, correct=is_true), Option("false", {}, correct=not is_true))
    return _question(name, QuestionType.TRUEFALSE, topic, both, more)


def numeric(name: str, topic: str = "speed", value: str = "50", **more: object) -> Question:
    """Return a question that wants a number."""
    answer = NumericAnswer(Decimal(value), "m", Decimal(0))
    return _question(name, QuestionType.NUMERIC, topic, (), {"answer": answer, **more})


def _question(
    name: str, kind: QuestionType, topic: str, choices: tuple[Option, ...], more: dict[str, object]
) -> Question:
    asked = {"en": f"What about {name}?", "de": f"Was ist mit {name}?"}
    explained = {"en": f"Because of {name}.", "de": f"Wegen {name}."}
    question = Question(name, 1, kind, (topic,), asked, choices, explained, ("Vienna 1968",))
    return replace(question, **more)  # type: ignore[arg-type] # the tests name fields of Question


@dataclass
class FakeBank:
    """Serve *questions* by the Bank port; put another digest into *info* to make it another bank."""

    info: BankInfo
    questions: dict[str, Question]
    withdrawn: set[str] = field(default_factory=set)

    def question(self, question_id: str) -> Question | None:
        return self.questions.get(question_id)

    def media(self, digest: str) -> bytes:
        return {PICTURE.digest: b"png"}[digest]

    def in_topics(self, question_id: str, topics: Sequence[str]) -> bool:
        if question_id not in self._practised():
            return False
        return not topics or bool({*self.questions[question_id].topics} & {*topics})

    def unseen(self, seen: bytes, topics: Sequence[str], avoid: Sequence[str], seed: int) -> str | None:
        known = {*self._ids(seen), *avoid}
        found = [name for name in self._practised() if self.in_topics(name, topics) and name not in known]
        return found[seed % len(found)] if found else None

    def mark_seen(self, seen: bytes, question_ids: Sequence[str]) -> bytes:
        names = dict.fromkeys((*self._ids(seen), *(name for name in question_ids if name in self.questions)))
        return ",".join((self.info.digest, *names)).encode()

    def has_seen(self, seen: bytes, question_id: str) -> bool:
        return question_id in self.withdrawn or (bool(seen) and question_id in self._ids(seen))

    def _ids(self, seen: bytes) -> list[str]:
        digest, *names = seen.decode().split(",")
        if seen and digest != self.info.digest:
            raise ValueError(f"a map of bank {digest}, this is {self.info.digest}")
        return names

    def _practised(self) -> list[str]:
        return [name for name in self.questions if name not in self.withdrawn]


def bank(*questions: Question, bank_id: str = "mini", languages: tuple[str, ...] = ("en", "de")) -> FakeBank:
    """Return a bank of *questions*; its topics are theirs, in order of appearance."""
    names = dict.fromkeys(topic for question in questions for topic in question.topics)
    home = [question.topics[0] for question in questions]
    topics = tuple(
        Topic(name, {"en": name.title(), "de": f"{name.title()} (de)"}, place, home.count(name))
        for place, name in enumerate(names)
    )
    info = BankInfo(
        bank_id, "1", f"digest-{bank_id}", "CC-BY-4.0", "the authors", "international", languages,
        {"en": f"Bank {bank_id}", "de": f"Sammlung {bank_id}"}, topics, len(questions),
    )  # fmt: skip
    return FakeBank(info, {question.id: question for question in questions})


def mixed_bank() -> FakeBank:
    """Return a bank with all four types, pictures on some, in two topics."""
    return bank(
        single("s1", media=PICTURE), single("s2", right=1), multi("m1"), truefalse("t1"),
        single("s3", "speed", media=PICTURE), numeric("n1"), numeric("n2", value="0.5"),
        truefalse("t2", "speed", is_true=False),
    )  # fmt: skip
