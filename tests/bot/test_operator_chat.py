"""``/admin`` in chat: what operators see and do, and that nobody else can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot import updates
from bot.bothouse import ANNA, BERT, NOON_MS, BotHouse
from lplate.domain.broadcast import Audience, BroadcastState
from lplate.domain.scheduling import DAY_MS
from lplate.domain.tiers import Membership
from lplate_bot.operators.chat import parts
from lplate_bot.operators.presses import Presses

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.conftest import OpenHouse
    from bot.telegram import Shown

BOSS = BERT
UNKNOWN = "I do not know that command. /help lists what I can do."


@pytest.fixture
async def office(open_house: OpenHouse) -> AsyncIterator[BotHouse]:
    """A bot that Bert looks after; Anna learns with it."""
    async with open_house(admins=(BOSS,), broadcast_per_second=1000) as house:
        await house.begin()
        yield house


def passed_on(house: BotHouse, **content: Any) -> bytes:
    """Return a message of the operator's that is no words of their own."""
    who = {"message_id": 900_000, "from": updates.user(BOSS), "chat": updates.private(BOSS), "date": 1}
    return updates.as_bytes(house.next_id(), message=who | content)


# -- who may


def forged() -> list[str]:
    """Return a button of every kind there is, pointing at Anna and at the first broadcast."""
    values = {"l": "11", "t": "11:staff", "s": "11:staff:0", "mt": "1", "it": "staff", "iu": "staff:9"}
    values |= {"ic": "staff:9:0", "iw": "abc", "bv": "1", "ba": "1:0:", "bs": "1", "bh": "1", "bx": "1"}
    return [f"x:{code}:{values[code]}" if code in values else f"x:{code}" for code in buttons()]


def buttons() -> list[str]:
    nobody: Any = None
    return list(Presses(nobody)._buttons)


@pytest.mark.parametrize(
    "words", ["/admin", "/admin 11", "/admin say Hi", "/admin maintenance", "/ADMIN@lplate_bot x"]
)
async def test_a_learners_command_is_an_unknown_one(office: BotHouse, words: str) -> None:
    """It does nothing, and does not tell that there is more to it."""
    before = office.store._tables
    await office.say(words)
    assert office.last().words == UNKNOWN
    assert untouched(before, office)


@pytest.mark.parametrize("data", forged())
async def test_a_learners_forged_button_is_answered_and_does_nothing(office: BotHouse, data: str) -> None:
    """Be it on a card, or on an operator's panel that was forwarded."""
    await office.bot.operators.office.broadcasts.draft([("en", "Hi")])
    before = office.store._tables
    await office.press(data)
    assert office.api.of("answerCallbackQuery")[-1].fields["text"] == "That was an older question."
    assert untouched(before, office)
    assert [shown.words for shown in office.shown(BOSS)] == []


def untouched(before: Any, house: BotHouse) -> bool:
    """Return True if nothing that operators set has changed."""
    after = house.store._tables
    same = ("invites", "invite_uses", "broadcasts", "maintenance")
    are_same = all(getattr(before, name) == getattr(after, name) for name in same)
    return (
        are_same and after.learners[ANNA].membership is None and not house.bot.operators.reception.is_closed
    )


async def test_a_learners_contact_is_not_looked_up(office: BotHouse) -> None:
    """Whose data it is stays the operators' to see."""
    who = {"message_id": 1, "from": updates.user(ANNA), "chat": updates.private(ANNA), "date": 1}
    contact = {"phone_number": "1", "first_name": "B", "user_id": BERT}
    await office.submit(updates.as_bytes(office.next_id(), message=who | {"contact": contact}))
    assert office.last().words == "I only understand text and buttons. /help lists what I can do."


async def test_who_is_no_operator_any_more_is_none(office: BotHouse) -> None:
    """A panel shown before does nothing from then on."""
    await office.say("/admin", BOSS)
    office.bot.operators.reception.admins = frozenset()
    await office.press("x:mt:1", BOSS)
    assert not office.bot.operators.reception.is_closed


# -- looking


async def test_the_overview_tells_the_day(office: BotHouse) -> None:
    """In one message, which is drawn anew in place."""
    await office.press(await office.right_button())
    await office.say("/admin", BOSS)
    lines = office.last(BOSS).words.splitlines()
    assert lines[:2] == ["🛠 Today (UTC)", "Learners: 1 active, 1 new, 1 in all"]
    assert lines[2] == "Answers: 1, 100 % right"
    assert lines[3:] == ["Waiting: 0 updates, 0 replies"]
    for data in ("x:who", "x:inv", "x:bc", "x:home"):
        await office.press(data, BOSS, office.last(BOSS))
    assert len(office.shown(BOSS)) == 1
    assert len(office.api.of("answerCallbackQuery")) == 5


async def test_the_overview_speaks_the_operators_language(office: BotHouse) -> None:
    """As everything else does."""
    await office.submit(updates.text(office.next_id(), "/admin", BOSS, language="de"))
    assert office.last(BOSS).words.startswith("🛠 Heute (UTC)\nLernende: 1 aktiv")


@pytest.mark.parametrize("way", ["id", "contact", "forwarded picture", "forwarded words"])
async def test_a_learner_is_found_by_what_names_them(office: BotHouse, way: str) -> None:
    """By id, by contact, by a message passed on: the bot keeps no names to look for."""
    origin = {"type": "user", "date": 1, "sender_user": updates.user(ANNA)}
    sizes = [{"file_id": "p", "file_unique_id": "u", "width": 9, "height": 9}]
    contents: dict[str, dict[str, Any]] = {
        "id": {"text": "/admin 11", "entities": [{"type": "bot_command", "offset": 0, "length": 6}]},
        "contact": {"contact": {"phone_number": "1", "first_name": "A", "user_id": ANNA}},
        "forwarded picture": {"photo": sizes, "forward_origin": origin},
        "forwarded words": {"text": "50", "forward_origin": origin},
    }
    await office.submit(passed_on(office, **contents[way]))
    sheet = office.last(BOSS)
    assert sheet.words.startswith("👤 11\nTier: free\nHere since 2026-01-01\nLast seen 2026-01-01")
    assert "0 answers, 0 % right, 0 of 8 questions met" in sheet.words
    assert sheet.labels == ["☑ free", "☐ supporter", "☐ school", "☐ staff", "🛠 Overview"]


async def test_whom_telegram_hides_is_not_guessed(office: BotHouse) -> None:
    """Who forbids links to their account in forwarded messages cannot be found by one."""
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "Anna"}
    await office.submit(passed_on(office, text="hello", forward_origin=origin))
    assert office.last(BOSS).words == "Telegram does not tell who that is. Ask them for their id."


@pytest.mark.parametrize("words", ["/admin 999", f"/admin {2**63}"])
async def test_an_unknown_id_is_said(office: BotHouse, words: str) -> None:
    """With the id, and without a fault."""
    await office.say(words, BOSS)
    assert words.split()[1] in office.last(BOSS).words
    assert await office.store.dead_letters() == []


# -- tiers and invitations


async def test_a_tier_is_given_for_a_time(office: BotHouse) -> None:
    """Two taps; the learner's bucket goes by it at once, until it is over."""
    await office.say("/admin 11", BOSS)
    await office.press("x:t:11:school", BOSS)
    assert office.last(BOSS).labels == ["30 days", "90 days", "365 days", "for good", "◀ Back"]
    await office.press("x:s:11:school:30", BOSS)
    assert "Tier: school until 2026-01-31" in office.last(BOSS).words
    assert (await office.learner()).membership == Membership("school", NOON_MS + 30 * DAY_MS)
    await office.press("x:t:11:free", BOSS)
    assert (await office.learner()).membership is None


async def test_a_press_under_way_does_not_undo_a_tier(office: BotHouse) -> None:
    """Both go through the learner's lane."""
    press = office.take(office.raw_press(await office.right_button()))
    await office.bot.operators.office.set_tier(ANNA, "staff")
    await office.settle()
    await press
    assert (await office.learner()).membership == Membership("staff")
    assert len(office.attempts) == 1


async def test_an_invitation_is_made_followed_and_withdrawn(office: BotHouse) -> None:
    """The link gives the tier to who follows it, and shows up with its uses."""
    await office.say("/admin", BOSS)
    for data in ("x:inv", "x:it:school", "x:iu:school:10", "x:ic:school:10:90"):
        await office.press(data, BOSS, office.last(BOSS))
    link = office.last(BOSS).words.splitlines()[1]
    code = link.partition("?start=t_")[2]
    assert link == f"https://t.me/lplate_bot?start=t_{code}"
    await office.say(f"/start t_{code}")
    assert any("Tier: school until 2026-04-01" in shown.words for shown in office.shown())
    assert office.card() == office.last()  # practice goes on
    await office.press("x:inv", BOSS, office.last(BOSS))
    assert f"{code}: school, 1 of 10 used" in office.last(BOSS).words
    await office.press(f"x:iw:{code}", BOSS, office.last(BOSS))
    assert code not in office.last(BOSS).words
    await office.say(f"/start t_{code}", 33)
    assert office.shown(33)[0].words.startswith("This invitation is used up or over.")


async def test_an_invitation_greets_a_stranger_too(office: BotHouse) -> None:
    """Tier and question about the language come together; a redelivered update uses it once."""
    made = await office.bot.operators.office.new_invite("school", 1, 30, None)
    for _ in range(2):
        await office.submit(updates.text(500, f"/start t_{made.code}", 33))
    assert office.shown(33)[0].words.startswith("🎟 Your invitation counts.")
    assert "In which language" in office.last(33).words
    assert await office.store.invite_users(made.code) == [33]
    await office.restart()
    await office.say(f"/start t_{made.code}", 44)
    assert (await office.learner(44)).membership is None


# -- maintenance and forged presses of an operator


async def test_maintenance_is_switched_in_place(office: BotHouse) -> None:
    """On by a button or with words of one's own, off by the button."""
    await office.say("/admin", BOSS)
    for data, is_closed in (("x:mt:1", True), ("x:mt:0", False)):
        await office.press(data, BOSS)
        assert ("🚧 Maintenance" in office.last(BOSS).words) is is_closed
        assert office.bot.operators.reception.is_closed is is_closed
    await office.say("/admin maintenance Back at noon", BOSS)
    assert office.bot.operators.reception.notice == "Back at noon"


@pytest.mark.parametrize(
    "data",
    [
        "x",
        "x:",
        "x:nope",
        "x:mt",
        "x:mt:x",
        "x:l:x",
        "x:l:99999999999999999999",
        "x:s:11:staff:-5",
        "x:t:11:king",
        "x:bs:7",
        "x:bh:1",
        "x:ba:1:0:king",
        "x:iw:none",
        "x:ic:free:1:0",
        "x:ic:staff:0:0",
        "x:s:999:staff:0",
    ],
)
async def test_an_operators_broken_button_is_answered(office: BotHouse, data: str) -> None:
    """With why, or as an old one; nothing breaks."""
    await office.bot.operators.office.broadcasts.draft([("en", "Hi")])
    before = office.store._tables
    await office.say("/admin", BOSS)
    await office.press(data, BOSS)
    assert office.api.of("answerCallbackQuery")[-1].fields["text"]
    assert untouched(before, office)
    assert await office.store.dead_letters() == []


# -- broadcasts


async def test_a_broadcast_is_seen_before_it_goes_out(office: BotHouse) -> None:
    """Each text as learners will see it, then whom it is for, then the button with their number."""
    await office.begin("de", 33)
    text = "/admin say Hello <all>\n[de]\nHallo\nzusammen"
    await office.say(text, BOSS)
    first, second, panel = office.shown(BOSS)
    assert (first.words, second.words) == ("Hello <all>", "Hallo\nzusammen")
    assert panel.labels[-2:] == ["▶ Send to 2 learners", "🗑 Put away"]
    await office.press("x:ba:1:7:school", BOSS)
    assert office.last(BOSS).labels[-2] == "▶ Send to 0 learners"
    await office.press("x:ba:1:0:", BOSS)
    (draft,) = await office.store.broadcasts(1)
    assert (draft.audience, draft.total) == (Audience(), 2)
    await office.press("x:bs:1", BOSS)
    await until_ended(office)
    assert (office.last(ANNA).words, office.last(33).words) == ("Hello <all>", "Hallo\nzusammen")
    assert office.last(BOSS).words.splitlines() == ["📣 Broadcast 1", "▰" * 12, "done: 2 sent of 2"]


async def until_ended(house: BotHouse) -> Shown:
    """Let a broadcast come to its end."""
    task = house.bot.operators.broadcaster._task
    assert task is not None
    await task
    await house.settle()
    (row,) = await house.store.broadcasts(1)
    assert row.state is BroadcastState.DONE
    return house.last(BOSS)


async def test_a_text_too_long_is_refused(office: BotHouse) -> None:
    """Before anybody gets half of it."""
    await office.say("/admin say \n[de]\n" + " ", BOSS)
    assert office.last(BOSS).words == "the text in 'de' has 0 characters; 1 to 4096 fit"
    await office.say("/admin say", BOSS)
    assert office.last(BOSS).words == "there is no text to send"


async def test_two_texts_in_one_language_are_refused(office: BotHouse) -> None:
    """The first part counts as in the operator's own language: neither of two goes out in silence."""
    await office.say("/admin say Hi\n[en]\nHello", BOSS)
    assert office.last(BOSS).words.startswith("there are two texts in 'en': name the language of each")


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("Hi", [("en", "Hi")]),
        ("Hi [de] there", [("en", "Hi [de] there")]),
        ("[de]\nHallo\n\n[en]\nHi", [("de", "Hallo"), ("en", "Hi")]),
        ("Hi\n[de]\nA\n[de]\nB", [("en", "Hi"), ("de", "A"), ("de", "B")]),
        ("  \n", []),
    ],
)
def test_headings_part_the_languages(html: str, found: list[tuple[str, str]]) -> None:
    """What stands before the first is in the operator's own language."""
    assert parts(html, "en") == found
