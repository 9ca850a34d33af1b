from dataclasses import replace

import pytest

from lplate.domain.session import Address, OwedKind, Phase
from lplate.trainer.library import Library, language_choices
from lplate.trainer.press import PressKind
from trainer.banks import bank, mixed_bank, single
from trainer.stage import ANNA, Stage, kinds

QUESTION_ABOUT_LANGUAGE = Address(ANNA, 50)


def two_banks() -> Stage:
    return Stage(mixed_bank(), bank(single("x1"), single("x2"), bank_id="extra", languages=("en",)))


async def test_a_stranger_is_asked_for_a_language() -> None:
    """With one bank in two languages the first start asks for the language and poses nothing yet."""
    stage = Stage(mixed_bank())
    outcome = await stage.press(PressKind.START)
    assert kinds(outcome) == ["welcome"]
    assert outcome.learner.session.phase is Phase.IDLE


async def test_nothing_is_asked_where_nothing_is_to_choose() -> None:
    """One bank in one language starts with the first question."""
    stage = Stage(bank(single("a"), languages=("en",)))
    assert kinds(await stage.press(PressKind.START)) == ["new-card"]
    assert (await stage.question()).id == "a"


@pytest.mark.parametrize("language", ["en", "de", "en-de", "de-en"])
async def test_a_deep_link_goes_straight_to_a_question(language: str) -> None:
    """A link names bank and language, one or both at once, and nothing is asked back."""
    stage = Stage(mixed_bank())
    outcome = await stage.press(PressKind.START, text=f"b_mini_{language}")
    assert kinds(outcome) == ["new-card"]
    assert (outcome.learner.bank_id, outcome.learner.language) == ("mini", language)
    assert outcome.learner.session.phase is Phase.QUESTION


@pytest.mark.parametrize(
    "parameter",
    ["", "x", "b_", "b_mini", "b_mini_", "b_none_en", "b_mini_fr", "b_mini_en-en", "B_mini_en", "b__en"],
)
async def test_a_broken_deep_link_welcomes_like_none(parameter: str) -> None:
    """A link to what the bot does not offer is passed over, not an error."""
    stage = Stage(mixed_bank())
    assert kinds(await stage.press(PressKind.START, text=parameter)) == ["welcome"]


@pytest.mark.parametrize("bank_id", ["mini", "my-bank-2", "odd_id"])
def test_rule_27_deep_links_split_at_the_last_underscore(bank_id: str) -> None:
    """Whatever stands before the last underscore is the bank."""
    library = Library([bank(single("a"), bank_id=bank_id)])
    linked = library.from_deep_link(f"b_{bank_id}_en-de")
    assert linked is not None
    assert (linked[0].info.id, linked[1]) == (bank_id, "en-de")
    assert library.from_deep_link(f"b_{bank_id}_x_en") is None


def test_languages_are_offered_alone_and_in_pairs() -> None:
    """Each language, then each ordered pair."""
    assert language_choices(bank(single("a"))) == ("en", "de", "en-de", "de-en")


async def test_bank_then_language_then_question() -> None:
    """Two taps lead from the welcome to the first question, and both change the message that asked."""
    stage = two_banks()
    assert kinds(await stage.press(PressKind.START)) == ["welcome"]
    asked = await stage.press(PressKind.BANK, text="mini", message=QUESTION_ABOUT_LANGUAGE)
    assert [(item.kind, item.address) for item in asked.shown] == [
        (OwedKind.WELCOME, QUESTION_ABOUT_LANGUAGE)
    ]
    begun = await stage.press(PressKind.LANGUAGE, text="de", message=QUESTION_ABOUT_LANGUAGE)
    assert [(item.kind, item.address) for item in begun.shown] == [
        (OwedKind.CHOSEN, QUESTION_ABOUT_LANGUAGE),
        (OwedKind.NEW_CARD, None),
    ]
    assert begun.learner.language == "de"


async def test_a_bank_in_one_language_needs_one_tap() -> None:
    """Choosing such a bank poses its first question at once."""
    stage = two_banks()
    await stage.press(PressKind.START)
    assert kinds(await stage.press(PressKind.BANK, text="extra")) == ["new-card"]
    assert (await stage.question()).id in {"x1", "x2"}


@pytest.mark.parametrize(
    ("kind", "text"), [(PressKind.BANK, "gone"), (PressKind.LANGUAGE, "fr"), (PressKind.LANGUAGE, "")]
)
async def test_choosing_what_is_not_offered_changes_nothing(kind: PressKind, text: str) -> None:
    """A stale or forged choice is answered as stale."""
    stage = Stage(mixed_bank())
    await stage.begin()
    before = await stage.learner()
    outcome = await stage.press(kind, text=text, message=QUESTION_ABOUT_LANGUAGE)
    assert (outcome.toast, outcome.is_applied) == ("stale", False)
    assert await stage.learner() == before


async def test_a_language_before_any_bank_is_stale() -> None:
    """Where several banks are offered a language alone means nothing."""
    stage = two_banks()
    outcome = await stage.press(PressKind.LANGUAGE, text="en", message=QUESTION_ABOUT_LANGUAGE)
    assert outcome.toast == "stale"


async def test_another_language_keeps_the_open_question() -> None:
    """The question stays, its card is drawn again where it stands."""
    stage = Stage(mixed_bank())
    before = await stage.begin("en")
    outcome = await stage.press(PressKind.LANGUAGE, text="de", message=QUESTION_ABOUT_LANGUAGE)
    assert kinds(outcome) == ["chosen", "card"]
    assert outcome.learner.session == before.session
    assert outcome.learner.card == before.card


async def test_a_language_tapped_twice_shows_one_card() -> None:
    """The second tap comes before the first card arrived, and adds no other."""
    stage = Stage(mixed_bank())
    await stage.press(PressKind.START)
    await stage.press(PressKind.LANGUAGE, text="en", message=QUESTION_ABOUT_LANGUAGE)
    outcome = await stage.press(PressKind.LANGUAGE, text="en", message=QUESTION_ABOUT_LANGUAGE)
    assert outcome.shown == ()
    owed = [item.kind for item in (await stage.learner()).owed]
    assert owed == [OwedKind.CHOSEN, OwedKind.NEW_CARD]


async def test_starting_again_goes_on() -> None:
    """The open question appears below, and its old card loses the buttons."""
    stage = Stage(mixed_bank())
    before = await stage.begin()
    outcome = await stage.press(PressKind.START)
    assert [(item.kind, item.address) for item in outcome.shown] == [
        (OwedKind.NO_BUTTONS, before.card),
        (OwedKind.NEW_CARD, None),
    ]
    assert outcome.learner.session == before.session


async def test_another_bank_is_another_session() -> None:
    """Old buttons name the old session, topics and the map of answered questions start anew."""
    stage = two_banks()
    await stage.begin("de")
    await stage.press(PressKind.TOPIC, text="0", wanted=True)
    await stage.answer(is_right=True)
    before = await stage.learner()
    after = (await stage.press(PressKind.START, text="b_extra_en")).learner
    assert after.session.number == before.session.number + 1
    assert (after.topics, after.session.answered, after.language) == ((), 0, "en")


async def test_a_bank_returned_to_is_not_started_over() -> None:
    """What was answered before is known from the store, so it is not unseen again."""
    stage = two_banks()
    await stage.begin()
    answered = []
    for _ in range(5):
        answered.append((await stage.question()).id)
        await stage.answer(is_right=True)
        await stage.on_card(PressKind.NEXT)
    await stage.begin(bank=1)
    await stage.begin()
    assert (await stage.question()).id not in answered


async def test_a_bank_that_is_gone_leads_back_to_the_welcome() -> None:
    """Whatever a learner of a removed bank presses, they are asked what to learn now."""
    stage = two_banks()
    await stage.begin()
    learner = replace(await stage.learner(), bank_id="removed")
    await stage.store.write([(learner,)])
    assert kinds(await stage.on_card(PressKind.NEXT)) == ["welcome"]
    assert kinds(await stage.press(PressKind.STATISTICS)) == ["welcome"]


async def test_presses_of_a_stranger_welcome_them() -> None:
    """A button of a card that outlived the database leads to the beginning."""
    stage = Stage(mixed_bank())
    assert kinds(await stage.press(PressKind.ANSWER, session=3, step=9)) == ["welcome"]


async def test_the_language_of_their_app_is_remembered() -> None:
    """Until a language is chosen the bot speaks that of the learner's Telegram."""
    stage = Stage(mixed_bank())
    await stage.press(PressKind.START, client_language="de-AT")
    assert (await stage.learner()).client_language == "de-AT"
    await stage.press(PressKind.START)
    assert (await stage.learner()).client_language == "de-AT"
