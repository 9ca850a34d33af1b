"""Cards put together the slow way, as HTML and buttons, from the words of their fragments."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from lplate.domain.question import QuestionType
from lplate.domain.session import Phase
from lplate_bot.render.card import coming_back
from lplate_bot.render.fragments import FragmentCache
from lplate_bot.render.piece import unescaped, visible_length
from lplate_bot.render.texts import texts

if TYPE_CHECKING:
    from lplate.domain.session import Session
    from lplate.trainer.views import CardView
    from lplate_bot.render.fragments import Fragments

LETTERS = "ABCDEFGHIJ"
LETTERED = {QuestionType.SINGLE, QuestionType.MULTI}


class PlainCard:
    """Lay out *view*; ``html``, ``aside`` and ``rows`` are what is to be seen."""

    def __init__(self, view: CardView) -> None:
        self.question = view.question
        self.session: Session = view.learner.session
        self.fragments: Fragments = FragmentCache(1).fragments(view.info, view.question, view.learner)
        self.words = texts(self.fragments.language)
        self.place = f"{self.session.number}:{self.session.step}"
        is_open = self.session.phase is Phase.QUESTION
        body = self._question() if is_open else self._feedback()
        explanation = "" if is_open or view.is_closed else self._plain(self.fragments.explanation.json)
        self.html, self.aside = self._laid_out(body, explanation.lstrip())
        self.rows: list[list[dict[str, Any]]] = []
        if not view.is_closed:
            self.rows = self._open_rows() if is_open else [[self._button("Next", "n", after=" ▶")]]

    def _plain(self, json: bytes) -> str:
        return unescaped(json)

    def _laid_out(self, body: str, explanation: str) -> tuple[str, str]:
        limit = 1024 if self.fragments.picture is not None else 4096
        whole = f"{body}\n\n{explanation}" if explanation else body
        if not explanation or visible_length(whole) <= limit:
            return whole, ""
        pointing = f"{body}\n\n📖 " + self.words.gettext("The explanation is below.")
        return (pointing if visible_length(pointing) <= limit else body), explanation

    def _question(self) -> str:
        head, hint = self._plain(self.fragments.head), self._plain(self.fragments.hint)
        if self.question.type not in LETTERED:
            return head + hint
        return f"{head}\n\n{self._options([f'<b>{letter}</b>' for letter in LETTERS])}{hint}"

    def _options(self, marks: list[str]) -> str:
        options = [self._plain(option) for option in self.fragments.options]
        shown = zip(marks, self.session.order, strict=False)
        return "\n".join(f"{mark}  {options[index]}" for mark, index in shown)

    def _feedback(self) -> str:
        head, verdict = self._plain(self.fragments.head), "\n".join(self._verdict())
        if self.question.type is QuestionType.NUMERIC:
            return f"{head}\n\n{verdict}"
        marks = [self._mark(index) for index in self.session.order]
        if self.question.type in LETTERED:
            marks = [f"{mark} <b>{letter}</b>" for mark, letter in zip(marks, LETTERS, strict=False)]
        return f"{head}\n\n{self._options(marks)}\n\n{verdict}"

    def _mark(self, index: int) -> str:
        is_chosen = bool(self.session.chosen >> index & 1)
        if self.question.options[index].correct:
            return "☑️" if self.question.type is QuestionType.MULTI and not is_chosen else "✅"
        return "❌" if is_chosen else "▫️"

    def _verdict(self) -> list[str]:
        was_right, words = self.session.was_right, self.words
        verdict = words.gettext("Right!") if was_right else words.gettext("Not right.")
        pause = coming_back(self.session.due_in_days, words)
        lines = [f"{'✅' if was_right else '❌'} <b>{verdict}</b> {pause}"]
        if self.question.type is QuestionType.NUMERIC:
            typed = [] if was_right else [words.gettext("Your answer: %s") % escape(self.session.typed)]
            answer = words.gettext("Right answer: %s") % f"<b>{self.fragments.answer}</b>"
            return [*lines, *typed, answer]
        if self.question.type is QuestionType.MULTI and not was_right:
            lines.append(words.gettext("✅ right, ☑️ missed, ❌ wrong"))
        return lines

    def _button(self, word: str, code: str, before: str = "", after: str = "") -> dict[str, Any]:
        button = {"text": before + self.words.gettext(word) + after, "callback_data": f"{code}:{self.place}"}
        return button if code == "k" else {**button, "style": "primary"}

    def _open_rows(self) -> list[list[dict[str, Any]]]:
        buttons = [
            self._option(letter, index) for letter, index in zip(LETTERS, self.session.order, strict=False)
        ]
        per_row = 1 if any(len(button["text"]) > 18 for button in buttons) else 5
        rows = [buttons[at : at + per_row] for at in range(0, len(buttons), per_row)]
        last = [self._button("Skip", "k", before="⏭ ")]
        if self.question.type is QuestionType.MULTI:
            last.append(self._button("Submit", "u"))
        return [*rows, last]

    def _option(self, letter: str, index: int) -> dict[str, Any]:
        if self.question.type is QuestionType.MULTI:
            is_chosen = self.session.chosen >> index & 1
            data = f"t:{self.place}:{index}:{1 - is_chosen}"
            return {"text": f"{'☑' if is_chosen else '☐'} {letter}", "callback_data": data}
        label = self.fragments.labels[index] if self.question.type is QuestionType.TRUEFALSE else letter
        return {"text": label, "callback_data": f"a:{self.place}:{index}"}
