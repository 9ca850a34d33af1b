"""What a learner may set: topics, where cards appear, how fast they follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lplate.domain.session import CardMode
from lplate.domain.values import replace
from lplate.trainer.press import Outcome, PressKind

if TYPE_CHECKING:
    from lplate.domain.learner import Learner
    from lplate.ports import Bank
    from lplate.trainer.press import Press

ALL_TOPICS = "*"


def change_setting(learner: Learner, bank: Bank, press: Press) -> Outcome:
    """Return the learner with one setting as the press wants it; the open question stays.

    TOPIC adds or removes the topic whose place in the bank is ``press.text``, or chooses all by ``*``. All
    topics ticked one by one count as all.
    """
    topics = _topics(learner, bank, press) if press.kind is PressKind.TOPIC else None
    if topics is not None:
        return Outcome(replace(learner, topics=topics))
    if press.kind is PressKind.MODE and press.text in set(CardMode):
        return Outcome(replace(learner, mode=CardMode(press.text)))
    if press.kind is PressKind.FAST:
        return Outcome(replace(learner, is_fast=press.wanted))
    return Outcome(learner, toast="stale", is_applied=False)


def _topics(learner: Learner, bank: Bank, press: Press) -> tuple[str, ...] | None:
    if press.text == ALL_TOPICS:
        return ()
    ids = {str(place): topic.id for place, topic in enumerate(bank.info.topics)}
    pressed = ids.get(press.text)
    if pressed is None:
        return None
    wanted = {*learner.topics, pressed} if press.wanted else {*learner.topics} - {pressed}
    chosen = tuple(topic_id for topic_id in ids.values() if topic_id in wanted)
    return () if len(chosen) == len(ids) else chosen
