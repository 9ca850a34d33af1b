"""Find questions that are the same whatever their ids, and those that contradict each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lplate.domain.question import QuestionType
from lplate_native import normalised_md5

if TYPE_CHECKING:
    from lplate.domain.question import Question
    from lplate.importing.canonical import CanonicalBank
    from lplate.importing.findings import FindingLog
    from lplate.importing.question_reader import Draft

_BETWEEN: Final = "|"
"""Between the parts of a key; most are digests, so that it cannot be taken for one of them."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Identify a question by content: *asked* is what the learner sees, *answered* adds what is right.

    Both are MD5 digests (16 bytes). Equal in both, questions are duplicates; equal in *asked* only, they
    contradict each other.
    """

    asked: bytes
    answered: bytes


def identify(question: Question, language: str, picture: str) -> Identity:
    """Return the identity of a question by its texts in *language* and its *picture*'s content digest.

    Case, width, white space and the order of options do not matter. The picture does: many questions
    differ in nothing else; "" is no picture.
    """
    options = {option.key: _digest(option.text.get(language, option.key)) for option in question.options}
    asked = _digest(_BETWEEN.join((_digest(question.text[language]), *sorted(options.values()), picture)))
    right = sorted(options[option.key] for option in question.options if option.correct)
    if question.type is QuestionType.NUMERIC and question.answer is not None:
        answer = question.answer
        right = [f"{answer.value.normalize()}", answer.unit, f"{answer.tolerance.normalize()}"]
    return Identity(bytes.fromhex(asked), bytes.fromhex(_digest(_BETWEEN.join((asked, *right)))))


def _digest(text: str) -> str:
    return normalised_md5(text).hex()


def duplicates(bank: CanonicalBank, pictures: dict[str, str], found: FindingLog) -> frozenset[str]:
    """Return the ids of all questions that repeat an earlier one; log them, and contradictions as errors.

    Questions that are never valid on the same day, as one and its heir, are left alone.
    *pictures* are content digests by file; questions whose picture is not among them are passed over.
    """
    language = bank.manifest.languages[0]
    asked: dict[bytes, list[tuple[Draft, bytes]]] = {}
    repeated: set[str] = set()
    for draft in bank.drafts:
        file = draft.picture.file if draft.picture is not None else ""
        if file and file not in pictures:
            continue
        identity = identify(draft.question, language, pictures.get(file, ""))
        earlier = asked.setdefault(identity.asked, [])
        partner = next((entry for entry in earlier if entry[0].meets(draft)), None)
        if partner is None:
            earlier.append((draft, identity.answered))
        elif _is_repeated(draft, *partner, identity, found):
            repeated.add(draft.question.id)
    return frozenset(repeated)


def _is_repeated(
    draft: Draft, partner: Draft, answered: bytes, identity: Identity, found: FindingLog
) -> bool:
    named = f"'{partner.question.id}' ({partner.spot})"
    if answered == identity.answered:
        found.warn(draft.spot, f"repeats {named} and is left out of practice; delete one or make them differ")
        return True
    found.error(draft.spot, f"asks the same as {named} but has another right answer; mend one of them")
    return False
