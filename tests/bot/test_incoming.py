from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import updates
from bot.bothouse import ANNA
from lplate.domain.session import Address
from lplate.trainer.press import Press, PressKind
from lplate_bot.incoming import Incoming, MalformedUpdateError, read

NOW_MS = 5
CARD: dict[str, Any] = {"message_id": 40, "chat": updates.private(ANNA), "date": 1, "text": "?"}
PHOTO = CARD | {"photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]}


def pressed(data: str, message: dict[str, Any] | None = None) -> Incoming:
    return read(updates.press(7, data, ANNA, message or CARD), NOW_MS)


def press_in(incoming: Incoming) -> Press:
    assert incoming.press is not None
    return incoming.press


@pytest.mark.parametrize(
    ("words", "kind", "argument"),
    [
        ("/start", PressKind.START, ""),
        ("/start b_core_en-de", PressKind.START, "b_core_en-de"),
        ("/start   b_core_en ", PressKind.START, "b_core_en"),
        ("/START@lplate_bot b_core_en", PressKind.START, "b_core_en"),
        ("/skip", PressKind.SKIP, ""),
        ("/resend", PressKind.RESEND, ""),
        ("/stats", PressKind.STATISTICS, ""),
        ("/language", PressKind.WELCOME, ""),
        ("50", PressKind.TYPED, "50"),
        ("A / B", PressKind.TYPED, "A / B"),
        ("x" * 10_000, PressKind.TYPED, "x" * 10_000),
    ],
)
def test_words_are_read(words: str, kind: PressKind, argument: str) -> None:
    """Hot commands and typed answers become presses, with all that the trainer needs."""
    incoming = read(updates.text(7, words, ANNA, language="de"), NOW_MS)
    assert press_in(incoming) == Press(7, ANNA, ANNA, NOW_MS, kind, text=argument, client_language="de")
    assert (incoming.is_cold, incoming.is_private, incoming.query_id) == (False, True, "")


@pytest.mark.parametrize("words", ["/topics", "/help", "/settings", "/nonsense", "/", "/start\nb_core_en"])
def test_other_commands_are_cold(words: str) -> None:
    """What is not known to be hot is left to python-telegram-bot."""
    incoming = read(updates.text(7, words, ANNA), NOW_MS)
    assert (incoming.press, incoming.is_cold, incoming.is_private, incoming.lane) == (None, True, True, ANNA)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("a:2:5:1", {"kind": PressKind.ANSWER, "session": 2, "step": 5, "choice": 1}),
        ("t:2:5:1:1", {"kind": PressKind.TOGGLE, "session": 2, "step": 5, "choice": 1, "wanted": True}),
        ("t:2:5:1:0", {"kind": PressKind.TOGGLE, "session": 2, "step": 5, "choice": 1, "wanted": False}),
        ("u:2:5", {"kind": PressKind.SUBMIT, "session": 2, "step": 5}),
        ("n:2:5", {"kind": PressKind.NEXT, "session": 2, "step": 5}),
        ("k:2:5", {"kind": PressKind.SKIP, "session": 2, "step": 5}),
        ("b:core", {"kind": PressKind.BANK, "text": "core"}),
        ("l:en-de", {"kind": PressKind.LANGUAGE, "text": "en-de"}),
        ("g", {"kind": PressKind.RESEND}),
    ],
)
def test_buttons_of_cards_and_choices_are_hot(data: str, expected: dict[str, Any]) -> None:
    """Session, step, choice and wish are read from the callback data."""
    incoming = pressed(data)
    place = {"message": Address(ANNA, 40), "client_language": "en"}
    assert press_in(incoming) == Press(7, ANNA, ANNA, NOW_MS, **{**place, **expected})
    assert (incoming.is_cold, incoming.query_id) == (False, "q7")


@pytest.mark.parametrize(
    ("data", "kind", "text", "wanted"),
    [
        ("o:3:1", PressKind.TOPIC, "3", True),
        ("o:3:0", PressKind.TOPIC, "3", False),
        ("o:*:1", PressKind.TOPIC, "*", True),
        ("m:separate", PressKind.MODE, "separate", False),
        ("f:1", PressKind.FAST, "1", True),
        ("f:0", PressKind.FAST, "0", False),
    ],
)
def test_buttons_of_menus_mean_something_and_are_cold(
    data: str, kind: PressKind, text: str, *, wanted: bool
) -> None:
    """The trainer applies them, a handler draws their menu anew."""
    incoming = pressed(data)
    press = press_in(incoming)
    assert (press.kind, press.text, press.wanted, incoming.is_cold) == (kind, text, wanted, True)


@pytest.mark.parametrize(
    "data", ["a", "a:", "a:x:y:z", "a:1", "n:1:2:3:4:5:6", "a:1:2:", "t:\u0661:x", f"a:1:1:{'9' * 5000}"]
)
def test_forged_data_of_a_card_names_no_card(data: str) -> None:
    """What cannot be read is a press that fits no step, or names it with nonsense left out."""
    press = press_in(pressed(data))
    assert press.kind in {PressKind.ANSWER, PressKind.NEXT, PressKind.TOGGLE}
    assert (press.session, press.step) in {(0, 0), (1, 2)}


@pytest.mark.parametrize("data", ["", "zzz", ":", "x:1:1", "A:1:1:1"])
def test_unknown_buttons_are_cold(data: str) -> None:
    """A handler answers them, so that no client waits."""
    incoming = pressed(data)
    assert (incoming.press, incoming.is_cold, incoming.query_id) == (None, True, "q7")


def test_the_message_of_a_press_says_whether_it_is_a_photo() -> None:
    """The address carries what the card can become."""
    message = press_in(pressed("n:1:1", PHOTO)).message
    assert message == Address(ANNA, 40, is_photo=True)


def test_a_press_on_a_message_telegram_no_longer_has_is_read() -> None:
    """An inaccessible message has chat, id and date 0 only."""
    message = {"message_id": 40, "chat": updates.private(ANNA), "date": 0}
    assert press_in(pressed("n:1:1", message)).message == Address(ANNA, 40)


@pytest.mark.parametrize(
    "message", [None, CARD | {"chat": updates.GROUP}, CARD | {"chat": updates.private(99)}]
)
def test_presses_elsewhere_are_foreign(message: dict[str, Any] | None) -> None:
    """Only the private chat with the presser holds the presser's cards."""
    incoming = read(updates.press(7, "a:1:1:0", ANNA, message), NOW_MS)
    assert (incoming.is_foreign, incoming.press, incoming.is_cold) == (True, None, False)


@pytest.mark.parametrize(("status", "kind"), [("kicked", PressKind.BLOCKED), ("left", PressKind.BLOCKED),
                                              ("member", PressKind.UNBLOCKED)])  # fmt: skip
def test_membership_is_a_press(status: str, kind: PressKind) -> None:
    """Blocking and coming back concern the trainer, not a handler."""
    incoming = read(updates.membership(7, ANNA, status), NOW_MS)
    assert (press_in(incoming).kind, incoming.is_cold, incoming.lane) == (kind, False, ANNA)


def test_a_vote_is_a_press_of_the_voter() -> None:
    """It names the poll, and has a bit for each option; places that no poll has are passed over."""
    incoming = read(updates.vote(7, "5301", [2, 0, 2, 64, -1], ANNA), NOW_MS)
    press = press_in(incoming)
    assert (press.kind, press.text, press.choice) == (PressKind.VOTE, "5301", 0b101)
    assert (incoming.lane, incoming.is_cold, incoming.query_id) == (ANNA, False, "")


SUPERGROUP = {"id": -9, "type": "supergroup"}
IN_GROUP = {"message_id": 1, "chat": SUPERGROUP, "date": 1, "text": "50"}
LEAVING = {"chat": updates.GROUP, "from": updates.user(8), "new_chat_member": {"status": "left"}}


@pytest.mark.parametrize(
    ("content", "lane"),
    [
        ({"message": IN_GROUP | {"from": updates.user(8)}}, 8),
        ({"message": IN_GROUP}, -9),
        ({"channel_post": {"message_id": 1, "chat": {"id": -9, "type": "channel"}, "date": 1}}, -9),
        ({"poll_answer": {"poll_id": "1", "voter_chat": {"id": -9, "type": "channel"}, "option_ids": []}}, 0),
        ({"poll_answer": {"poll_id": 1, "user": updates.user(8), "option_ids": []}}, 8),
        ({"inline_query": {"id": "1", "from": updates.user(8), "query": "", "offset": ""}}, 8),
        ({"my_chat_member": LEAVING}, 8),
        ({"message": {"message_id": "one", "chat": {"id": 8}, "from": {"id": 8}}}, 8),
        ({"poll": {"id": "1"}}, 0),
        ({}, 0),
    ],
)
def test_the_lane_is_the_sender_else_the_chat(content: dict[str, Any], lane: int) -> None:
    """Updates of every kind stay in order for whoever caused them."""
    incoming = read(updates.as_bytes(7, **content), NOW_MS)
    assert (incoming.lane, incoming.press, incoming.is_cold) == (lane, None, True)


NAMES = [
    "update_id",
    "message",
    "callback_query",
    "my_chat_member",
    "from",
    "chat",
    "id",
    "type",
    "data",
    "text",
    "message_id",
    "photo",
    "user",
    "new_chat_member",
    "status",
    "language_code",
    "edited_message",
]
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8), st.sampled_from(["private", "/start", "a:1:1:0", "50", "kicked"]),
)  # fmt: skip
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
)
UPDATES = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5).map(
    lambda content: {"update_id": 1, **content}
)


@settings(deadline=None)
@given(UPDATES)
def test_any_json_is_an_update_or_malformed(content: dict[str, Any]) -> None:
    """Whatever Telegram or a forger sends, reading ends in an update with bounded ids, or one refusal."""
    raw = json.dumps(content).encode()
    try:
        incoming = read(raw, NOW_MS)
    except MalformedUpdateError:
        assert type(content["update_id"]) is not int or abs(content["update_id"]) >= 2**63
        return
    assert incoming.raw == raw
    assert -(2**63) <= incoming.lane < 2**63
    assert incoming.press is None or incoming.press.learner_id == incoming.lane


@settings(deadline=None)
@given(st.binary(max_size=60) | st.binary(max_size=20).map(lambda tail: b'{"update_id":1,' + tail))
def test_any_bytes_are_an_update_or_malformed(raw: bytes) -> None:
    """Broken bytes raise nothing else."""
    try:
        read(raw, NOW_MS)
    except MalformedUpdateError:
        return


@pytest.mark.parametrize(
    "raw",
    [
        b'{"update_id":1,"\xfe":1}',
        b'{"update_id":1,"poll":{"\xfe":1}}',
        b'{"update_id":1,"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"update_id":1,"message":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001,
    ],
    ids=["name", "inner name", "brackets", "objects"],
)
def test_broken_words_and_endless_brackets_are_malformed_at_worst(raw: bytes) -> None:
    """Names that are no UTF-8 and nesting without end raise other errors than JSON that is cut short."""
    try:
        assert read(raw, NOW_MS).update_id == 1
    except MalformedUpdateError:
        return
