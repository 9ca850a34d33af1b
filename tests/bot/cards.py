"""Card views without a bot around them, and questions of any length for Hypothesis."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from lplate.domain.learner import Learner
from lplate.domain.question import NumericAnswer, Option, Question, QuestionType
from lplate.domain.session import Phase, Session
from lplate.trainer.views import CardView
from lplate_bot.render.fragments import FragmentCache
from lplate_bot.render.message import Message
from lplate_bot.render.screen import render
from trainer.banks import PICTURE, bank

AWKWARD = """<b>&amp;"quotes" 'n' more</b> & < > 😀 ‰ é ß"""


def view(question: Question, language: str = "en", *, is_closed: bool = False, **session: object) -> CardView:
    """Return a question as it stands in a session, open unless said otherwise."""
    order = tuple(range(len(question.options)))
    fields = {
        "number": 1,
        "step": 1,
        "phase": Phase.QUESTION,
        "question_id": question.id,
        "order": order,
        **session,
    }
    learner = Learner(1, 1, 0, 0, language=language, bank_id="mini", session=Session(**fields))  # type: ignore[arg-type] # fields of Session
    return CardView(learner, bank(question).info, question, is_closed=is_closed)


def answered(shown: CardView, chosen: int = 1, typed: str = "", *, was_right: bool = True) -> CardView:
    """Return the same card after an answer."""
    session = replace(
        shown.learner.session,
        phase=Phase.FEEDBACK,
        chosen=chosen,
        typed=typed,
        was_right=was_right,
        due_in_days=3,
    )
    return replace(shown, learner=replace(shown.learner, session=session))


def drawn(shown: CardView) -> Message:
    """Return the message of a card."""
    message = render(shown, FragmentCache(8))
    assert isinstance(message, Message)
    return message


def _words(longest: int) -> st.SearchStrategy[str]:
    pieces = st.sampled_from(
        ["word", "Vorfahrt", "<b>", "&amp;", '"', "'", "😀", "ß", "a & b", "1 < 2", "%s", "%(n)d", "{}"]
    )
    return st.lists(pieces, min_size=1, max_size=max(1, longest // 6)).map(
        lambda some: " ".join(some)[:longest].strip()
    )


def _texts(longest: int) -> st.SearchStrategy[dict[str, str]]:
    sizes = st.sampled_from([10, longest // 3, longest])
    return st.fixed_dictionaries({code: sizes.flatmap(_words) for code in ("en", "de")})


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Return a question of any type, short or very long, with or without a picture."""
    kind = draw(st.sampled_from(QuestionType))
    answer = None
    options: tuple[Option, ...] = ()
    if kind is QuestionType.NUMERIC:
        answer = NumericAnswer(
            Decimal(draw(st.integers(0, 10**9))) / 1000,
            draw(st.sampled_from(["", "m", "km/h", "‰"])),
            Decimal(0),
        )
    elif kind is QuestionType.TRUEFALSE:
        options = (Option("true", {}, correct=True), Option("false", {}, correct=False))
    else:
        texts = draw(st.lists(_texts(60), min_size=2, max_size=10))
        options = tuple(Option(f"o{n}", text, correct=n == 0) for n, text in enumerate(texts))
    return Question(
        "q", 1, kind, ("signs",), draw(_texts(900)), options, draw(_texts(1600)), ("Art. <1> & 2",),
        answer=answer, media=draw(st.sampled_from([None, PICTURE])),
    )  # fmt: skip
