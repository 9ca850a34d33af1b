"""questions/<topic>.yaml: one record becomes one question, or findings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from lplate.domain.question import NumericAnswer, Option, Question, QuestionType, Texts
from lplate.importing.fields import Fields
from lplate.importing.findings import suggestion
from lplate.importing.manifest import read_texts
from lplate.importing.translations import Translation, check_unused
from lplate.importing.yaml_lines import Record, called

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lplate.importing.findings import FindingLog, Spot
    from lplate.importing.manifest import Manifest, Written
    from lplate.importing.yaml_lines import Node

FEWEST_OPTIONS: Final = 2
MOST_OPTIONS: Final = 10
MOST_POINTS: Final = 100
MOST_REVISIONS: Final = 1_000_000
_FIELDS: Final = (
    "id", "rev", "type", "topics", "licence", "points", "fatal", "penalty", "section", "text", "media",
    "options", "answer", "shuffle", "explanation", "law", "valid_from", "valid_to", "replaced_by",
)  # fmt: skip
_OPTION_FIELDS: Final = ("text", "correct")
_ANSWER_FIELDS: Final = {
    QuestionType.NUMERIC: ("value", "unit", "tolerance"),
    QuestionType.TRUEFALSE: ("value",),
}
_MEDIA_FIELDS: Final = ("file", "alt", "credit", "licence")
_OPTION_KEY: Final = re.compile(r"[a-z0-9]{1,8}")
_CHOICES: Final = (QuestionType.SINGLE, QuestionType.MULTI)


@dataclass(frozen=True, slots=True)
class PictureUse:
    """Say which file of the bank a question shows, and what a person who cannot see it should know."""

    spot: Spot
    file: str
    alt: Texts


@dataclass(frozen=True, slots=True)
class Draft:
    """Hold a question as written, before its picture is looked at; *spots* tells where its fields stand."""

    question: Question
    picture: PictureUse | None
    valid_from: date | None
    valid_to: date | None
    replaced_by: str
    spot: Spot
    spots: Mapping[str, Spot]

    def spot_of(self, name: str) -> Spot:
        """Return where a field stands, the question's own place if it is absent."""
        return self.spots.get(name, self.spot)

    def is_current(self, today: date) -> bool:
        """Return True if the question may be practised *today*; valid_to is its last day."""
        first, last = self._days()
        return first <= today <= last

    def meets(self, other: Draft) -> bool:
        """Return True if there is a day on which both may be practised."""
        (first, last), (other_first, other_last) = self._days(), other._days()
        return max(first, other_first) <= min(last, other_last)

    def _days(self) -> tuple[date, date]:
        last = date.min if self.replaced_by else date.max
        return self.valid_from or date.min, self.valid_to or last


class QuestionReader:
    """Read the records of one bank."""

    def __init__(
        self, manifest: Manifest, translations: Mapping[str, Sequence[Translation]], found: FindingLog
    ) -> None:
        self._manifest = manifest
        self._translations = translations
        self._found = found

    def read(self, node: Node) -> Draft | None:
        """Return the question of a list member, None if it is not even a mapping with an id."""
        if not isinstance(node, Record):
            self._found.error(node.spot, f"a question must be a mapping, not {called(node)}")
            return None
        fields = Fields(node, _FIELDS, self._found)
        question_id = fields.slug("id")
        written = self._translations.get(question_id, ())
        question = self._question(fields, question_id, written)
        check_unused(written, [option.key for option in question.options], self._found)
        self._check_exam_fields(fields)
        draft = Draft(
            question=question,
            picture=self._picture(fields, written),
            valid_from=fields.date("valid_from"),
            valid_to=fields.date("valid_to"),
            replaced_by=fields.slug("replaced_by") if "replaced_by" in fields else "",
            spot=fields.spot_of("id"),
            spots=node.spots,
        )
        return draft if question_id else None

    def _question(self, fields: Fields, question_id: str, written: Sequence[Translation]) -> Question:
        question_type = self._type(fields)
        return Question(
            id=question_id,
            rev=fields.whole("rev", 1, MOST_REVISIONS),
            type=question_type or QuestionType.SINGLE,
            topics=self._topics(fields),
            text=self._texts(fields, "text", [(t.language, t.text) for t in written if t.text]),
            options=self._options(fields, question_type, written),
            explanation=self._explanation(fields, written),
            sources=self._sources(fields),
            answer=self._numeric_answer(fields) if question_type is QuestionType.NUMERIC else None,
            shuffle=fields.flag("shuffle", default=True),
            points=fields.whole("points", 1, MOST_POINTS) if "points" in fields else 1,
        )

    def _texts(self, fields: Fields, name: str, elsewhere: Sequence[Written]) -> Texts:
        return read_texts(fields, name, self._manifest.languages, self._found, elsewhere)

    def _type(self, fields: Fields) -> QuestionType | None:
        name = fields.text("type")
        names = [str(kind) for kind in QuestionType]
        if name in names:
            return QuestionType(name)
        if name:
            hint = suggestion(name, names)
            self._found.error(
                fields.spot_of("type"), f"type must be one of {', '.join(names)}, not '{name}'{hint}"
            )
        return None

    def _topics(self, fields: Fields) -> tuple[str, ...]:
        topics: list[str] = []
        for spot, topic in fields.texts("topics"):
            if topic not in self._manifest.topics:
                hint = suggestion(topic, self._manifest.topics)
                self._found.error(spot, f"the topic '{topic}' is not in bank.yaml{hint}")
            elif topic in topics:
                self._found.error(spot, f"the topic '{topic}' stands here twice")
            else:
                topics.append(topic)
        return tuple(topics)

    def _explanation(self, fields: Fields, written: Sequence[Translation]) -> Texts:
        elsewhere = [(t.language, t.explanation) for t in written if t.explanation]
        if not elsewhere and "explanation" not in fields:
            return {}
        return self._texts(fields, "explanation", elsewhere)

    def _sources(self, fields: Fields) -> tuple[str, ...]:
        sources: list[str] = []
        for node in fields.items("law") if "law" in fields else ():
            if isinstance(node, Record):
                sources.append(Fields(node, ("ref",), self._found).text("ref"))
            else:
                self._found.error(
                    node.spot, f"a source must be a mapping, as {{ref: ...}}, not {called(node)}"
                )
        return tuple(sources)

    def _picture(self, fields: Fields, written: Sequence[Translation]) -> PictureUse | None:
        elsewhere = [(t.language, t.alt) for t in written if t.alt]
        if "media" not in fields:
            for _, alt in elsewhere:
                self._found.error(alt.spot, "the question has no media to describe")
            return None
        media = fields.fields("media", _MEDIA_FIELDS)
        if media is None:
            return None
        for name in ("credit", "licence"):
            if name in media:
                media.text(name)
        if "alt" not in media and not elsewhere:
            self._found.warn(
                media.spot, "media has no alt; say what the picture shows, for people who cannot see it"
            )
            return PictureUse(media.spot_of("file"), media.text("file"), {})
        return PictureUse(media.spot_of("file"), media.text("file"), self._texts(media, "alt", elsewhere))

    def _check_exam_fields(self, fields: Fields) -> None:
        """Check what only exam rules look at."""
        fields.flag("fatal", default=False)
        if "penalty" in fields:
            fields.whole("penalty", 0, MOST_POINTS)
        if "section" in fields:
            fields.slug("section")
        if "licence" in fields:
            for _ in fields.texts("licence"):
                pass  # the getter does the checking

    def _options(
        self, fields: Fields, question_type: QuestionType | None, written: Sequence[Translation]
    ) -> tuple[Option, ...]:
        if question_type in _CHOICES and "answer" in fields:
            self._found.error(
                fields.spot_of("answer"), "answer does not belong here; mark options as correct: true"
            )
        if question_type in _ANSWER_FIELDS and "options" in fields:
            self._found.error(
                fields.spot_of("options"), f"a {question_type} question has an answer, not options"
            )
        if question_type is QuestionType.TRUEFALSE:
            return self._true_and_false(fields)
        if question_type not in _CHOICES:
            return ()
        options = self._choices(fields, written)
        if options:
            self._check_choices(options, question_type, fields.spot_of("options"))
        return options

    def _choices(self, fields: Fields, written: Sequence[Translation]) -> tuple[Option, ...]:
        record = fields.record_of("options")
        if record is None:
            return ()
        options: list[Option] = []
        for key, node in record.nodes.items():
            if not _OPTION_KEY.fullmatch(key):
                self._found.error(record.spots[key], f"the option key '{key}' must be 1 to 8 of a-z and 0-9")
            if isinstance(node, Record):
                elsewhere = [(t.language, t.options[key]) for t in written if key in t.options]
                option = Fields(node, _OPTION_FIELDS, self._found)
                text = self._texts(option, "text", elsewhere)
                options.append(Option(key, text, option.flag("correct", default=False)))
            else:
                self._found.error(node.spot, f"the option '{key}' must be a mapping, not {called(node)}")
        return tuple(options)

    def _check_choices(self, options: Sequence[Option], question_type: QuestionType, spot: Spot) -> None:
        if not FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS:
            self._found.error(
                spot, f"options: {len(options)}; there must be {FEWEST_OPTIONS} to {MOST_OPTIONS}"
            )
        right = [option.key for option in options if option.correct]
        if not right:
            self._found.error(spot, "no option is right; mark one as correct: true")
        elif question_type is QuestionType.SINGLE and len(right) > 1:
            self._found.error(
                spot, f"{' and '.join(right)} are right, a single question has one; make it type multi"
            )

    def _true_and_false(self, fields: Fields) -> tuple[Option, ...]:
        answer = fields.fields("answer", _ANSWER_FIELDS[QuestionType.TRUEFALSE])
        if answer is None or answer.node("value") is None:
            return ()
        is_true = answer.flag("value", default=True)
        return Option("true", {}, is_true), Option("false", {}, not is_true)

    def _numeric_answer(self, fields: Fields) -> NumericAnswer | None:
        answer = fields.fields("answer", _ANSWER_FIELDS[QuestionType.NUMERIC])
        if answer is None:
            return None
        tolerance = answer.decimal("tolerance") if "tolerance" in answer else Decimal(0)
        if tolerance < 0:
            self._found.error(answer.spot_of("tolerance"), "tolerance must not be below 0")
        unit = answer.text("unit") if "unit" in answer else ""
        return NumericAnswer(answer.decimal("value"), unit, tolerance)
