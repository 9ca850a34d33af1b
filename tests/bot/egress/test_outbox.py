from __future__ import annotations

import math
import random
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.egress.world import BAD_GATEWAY, OK, UNREACHABLE, World, flood, refused
from lplate_bot.egress import ApiResponse, ApiUnreachable, Kind, Outcome, SendRates

if TYPE_CHECKING:
    import pytest


def test_one_call_of_a_chat_at_a_time() -> None:
    """A chat's next call goes out when the one before has ended, whatever its outcome."""
    world = World()
    for body in ("a", "b", "c"):
        world.send("sendMessage", 1, body)
    assert world.under_way == ["a"]
    world.end()
    assert world.under_way == ["b"]
    world.end(refused("Bad Request: message text is empty"))
    assert world.under_way == ["c"]
    world.end()
    assert (world.outbox.waiting, world.outbox.lanes) == (0, 0)


def test_urgent_calls_pass_all_lanes() -> None:
    """A call without a chat goes out at once."""
    world = World()
    world.send("sendMessage", 1, "slow")
    world.send("answerCallbackQuery", None, "urgent")
    world.send("answerCallbackQuery", None, "urgent too")
    assert world.under_way == ["slow", "urgent", "urgent too"]


def test_rule_20_a_flood_delays_its_chat_by_what_was_asked() -> None:
    """A 429 makes its chat wait that long and nobody else; then the same call goes out again, in order."""
    world = World()
    world.send("sendMessage", 1, "a")
    world.send("sendMessage", 1, "b")
    world.end(flood(7))
    world.send("sendMessage", 2, "x")
    assert world.under_way == ["x"]
    world.end()
    world.pass_s(6.9)
    assert world.under_way == []
    world.pass_s(0.2)
    assert world.under_way == ["a"]
    world.end()
    assert world.under_way == ["b"]


def test_rule_20_floods_in_several_chats_pause_all() -> None:
    """When Telegram asks three chats within two seconds to wait, all chats wait, urgent calls too."""
    world = World()
    for chat in (1, 2, 3):
        world.send("sendMessage", chat, f"a{chat}")
    for _ in range(3):
        world.end(flood(5))
    world.send("sendMessage", 4, "later")
    world.send("answerCallbackQuery", None, "urgent")
    assert world.under_way == []
    world.pass_s(5.1)
    assert sorted(world.under_way) == ["a1", "a2", "a3", "later", "urgent"]


def test_floods_far_apart_pause_nobody_else() -> None:
    """Chats that are told to wait at different times do not make a pause for all."""
    world = World()
    for chat in (1, 2, 3):
        world.send("sendMessage", chat, "a")
        world.end(flood(60))
        world.pass_s(3)
    world.send("sendMessage", 4, "now")
    assert world.under_way == ["now"]


def test_rule_20_one_chat_told_to_wait_often_pauses_nobody_else() -> None:
    """A single chat may be told to wait again and again without stopping the others."""
    world = World()
    world.send("sendMessage", 1, "a")
    for _ in range(5):
        world.end(flood(0.1))
        world.pass_s(0.1)
    world.send("sendMessage", 2, "now")
    assert world.under_way == ["a", "now"]


def test_failures_are_repeated_with_growing_pauses() -> None:
    """A call that fails is repeated after 1, 2, 4 seconds and so on up to the cap, and in the end arrives."""
    world = World()
    outcomes: list[Outcome] = []
    world.send("editMessageText", 1, "a", done=outcomes.append)
    for _ in range(6):
        world.end(BAD_GATEWAY)
        assert world.next_timer()
    pauses_s = [(later.at_ns - earlier.at_ns) / 1e9 for earlier, later in pairwise(world.sent)]
    assert pauses_s == [1, 2, 4, 8, 8, 8]
    world.end()
    assert [outcome.kind for outcome in outcomes] == [Kind.OK]


def test_in_an_outage_one_chat_tries_at_a_time() -> None:
    """When three chats fail in a row, all wait and one after another tries; the first answer releases all."""
    world = World()
    for chat in range(10):
        world.send("sendMessage", chat, f"{chat}")
    for _ in range(10):
        world.end(UNREACHABLE)
    for _ in range(20):
        assert len(world.flights) <= 1
        if world.flights:
            world.end(UNREACHABLE)
        assert world.next_timer()
    assert world.outbox.waiting == 10
    while not world.flights:
        world.next_timer()
    world.end(OK)
    world.settle()
    assert (world.outbox.waiting, world.outbox.lanes) == (0, 0)


def test_an_outage_probes_with_different_chats() -> None:
    """A chat whose call can never succeed does not keep the others from noticing that the API is back."""
    world = World()
    for chat in range(4):
        world.send("sendMessage", chat, f"{chat}")
    for _ in range(4):
        world.end(UNREACHABLE)
    tried = set()
    for _ in range(30):
        if world.flights:
            tried.add(world.end(UNREACHABLE))
        world.next_timer()
    assert len(tried) == 4


def test_a_probe_that_ends_for_good_is_followed_by_another() -> None:
    """When the lane that tries in an outage gives up, another one tries in its turn."""
    world = World()
    for chat in range(3):
        world.send("sendMessage", chat, f"{chat}", patience_s=5.0 if chat == 2 else math.inf)
    for _ in range(3):
        world.end(UNREACHABLE)
    world.pass_s(1)
    assert world.under_way == ["2"]
    world.pass_s(4.5)
    world.end(UNREACHABLE)
    world.pass_s(4.5)
    assert world.under_way == ["0"]


def test_one_unlucky_call_is_no_outage() -> None:
    """A chat whose call fails again and again does not hold up the others."""
    world = World()
    world.send("sendMessage", 1, "poison")
    for _ in range(5):
        world.end(UNREACHABLE)
        world.next_timer()
    world.send("sendMessage", 2, "fine")
    assert world.under_way == ["poison", "fine"]


def test_a_call_that_alone_fails_is_given_up() -> None:
    """A call that failed ten times while ten others got through ends with RETRY; its chat goes on."""
    world = World()
    outcomes: list[Outcome] = []
    world.send("sendMessage", 1, "poison", done=outcomes.append)
    world.send("sendMessage", 1, "next")
    for _ in range(11):
        world.send("sendMessage", 2, "fine")
        world.end(BAD_GATEWAY)
        world.end(OK)
        if not outcomes:
            world.next_timer()
    assert [outcome.kind for outcome in outcomes] == [Kind.RETRY]
    assert world.under_way == ["next"]


def test_without_patience_a_call_ends_in_trouble() -> None:
    """A call that ran out of patience ends with its last outcome instead of being repeated."""
    world = World()
    outcomes: list[Outcome] = []
    world.send("sendMessage", 1, "a", done=outcomes.append, patience_s=2.0)
    world.end(UNREACHABLE)
    world.next_timer()
    world.end(UNREACHABLE)
    world.next_timer()
    world.end(UNREACHABLE)
    world.send("sendMessage", 2, "b", done=outcomes.append, patience_s=5.0)
    world.end(flood(30))
    assert [outcome.kind for outcome in outcomes] == [Kind.RETRY, Kind.FLOOD]
    assert world.outbox.waiting == 0


def test_impatient_calls_do_not_pile_up_in_an_outage() -> None:
    """Answers to presses that wait out an outage end when their time is over, although never sent."""
    world = World()
    outcomes: list[Outcome] = []
    for chat in range(3):
        world.send("sendMessage", chat, "owed")
    for _ in range(3):
        world.end(UNREACHABLE)
    for _ in range(100):
        world.send("answerCallbackQuery", None, "q", done=outcomes.append, patience_s=10.0)
    for _ in range(10):
        while world.flights:
            world.end(UNREACHABLE)
        world.next_timer()
    assert len(outcomes) == 100
    assert world.outbox.waiting == 3


def test_a_newer_edit_takes_the_place_of_an_unsent_one() -> None:
    """Of several unsent edits of one message only the newest goes out, and all learn its outcome."""
    world = World()
    told: list[tuple[str, Kind, bool]] = []

    def note(name: str, outcome: Outcome) -> None:
        told.append((name, outcome.kind, outcome.is_superseded))

    for name in ("e1", "e2", "e3", "e4"):
        world.send("editMessageText", 1, name, edits=5, done=partial(note, name))
    assert world.outbox.waiting == 2
    assert world.under_way == ["e1"]
    world.end()
    assert world.under_way == ["e4"]
    world.end(refused("Bad Request: message to edit not found"))
    gone = Kind.MESSAGE_GONE
    assert told == [("e1", Kind.OK, False), ("e2", gone, True), ("e3", gone, True), ("e4", gone, False)]


def test_an_edit_moves_behind_what_was_sent_before_it() -> None:
    """A newer edit goes out in its own turn, not in the turn of the one it supersedes."""
    world = World()
    world.send("sendMessage", 1, "first")
    world.send("editMessageText", 1, "old", edits=5)
    world.send("sendMessage", 1, "between")
    world.send("editMessageText", 1, "other", edits=6)
    world.send("editMessageText", 1, "new", edits=5)
    world.settle()
    assert [flight.body for flight in world.sent] == [b"first", b"between", b"other", b"new"]


def test_an_edit_waiting_for_its_repeat_is_superseded() -> None:
    """An edit that failed and waits makes room for a newer one; the pause stays."""
    world = World()
    world.send("editMessageText", 1, "old", edits=5)
    world.end(flood(3))
    world.send("editMessageText", 1, "new", edits=5)
    assert world.under_way == []
    world.pass_s(3)
    assert world.under_way == ["new"]


def test_a_fault_in_a_receiver_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """A ``done`` that raises is logged; the chat and the others told go on."""
    world = World()
    outcomes: list[Outcome] = []

    def broken(outcome: Outcome) -> None:
        raise ZeroDivisionError

    world.send("sendMessage", 1, "first")
    world.send("editMessageText", 1, "old", edits=5, done=broken)
    world.send("editMessageText", 1, "new", edits=5, done=outcomes.append)
    world.settle()
    assert [outcome.kind for outcome in outcomes] == [Kind.OK]
    assert "ZeroDivisionError" in caplog.text


def test_a_receiver_may_send_again() -> None:
    """A ``done`` may send to the same chat, and that goes out behind what waits there."""
    world = World()
    world.send("sendMessage", 1, "a", done=lambda _: world.send("sendMessage", 1, "again"))
    world.send("sendMessage", 1, "b")
    world.settle()
    assert [flight.body for flight in world.sent] == [b"a", b"b", b"again"]


def test_rule_20_new_messages_keep_the_limits() -> None:
    """No second sees more new messages than allowed, no chat more than its burst and rate."""
    world = World(SendRates(per_second=30, per_chat_per_second=1.0, chat_burst=3, per_group_per_minute=20))
    for number in range(20):
        for chat in range(1, 21):
            world.send("sendMessage", chat, f"{chat}:{number}")
    world.settle()
    times = [flight.at_ns for flight in world.sent]
    assert len(times) == 400
    assert all(later - earlier >= 1e9 for earlier, later in zip(times, times[30:], strict=False))
    for chat in range(1, 21):
        own = [f.at_ns for f in world.sent if f.body.startswith(f"{chat}:".encode())]
        assert all(later - earlier >= 1e9 for earlier, later in zip(own, own[3:], strict=False))


def test_rule_20_edits_are_no_new_messages() -> None:
    """Edits, answers and chat actions are not held back by the limits of new messages."""
    world = World(SendRates(per_second=1, per_chat_per_second=1.0, chat_burst=1))
    for number in range(10):
        for method in ("editMessageText", "sendChatAction", "deleteMessage"):
            world.send(method, 1, f"{number}")
    world.settle()
    assert world.now_ns == 0


def test_rule_20_a_chat_at_its_limit_holds_up_nobody() -> None:
    """A chat that waits for its own limit takes nothing from the overall limit."""
    world = World(SendRates(per_second=5, per_chat_per_second=1.0, chat_burst=1, per_group_per_minute=0))
    for number in range(20):
        world.send("sendMessage", 1, f"greedy {number}")
    for chat in range(2, 6):
        world.send("sendMessage", chat, "modest")
    assert len(world.under_way) == 5


def test_rule_20_a_group_gets_twenty_a_minute() -> None:
    """A group gets at most twenty new messages in any minute, a private chat one a second."""
    world = World(SendRates(per_second=0, per_chat_per_second=0, per_group_per_minute=20))
    for number in range(50):
        world.send("sendMessage", -100, f"{number}")
        world.send("sendMessage", 100, f"p{number}")
    world.settle()
    own = [flight.at_ns for flight in world.sent if not flight.body.startswith(b"p")]
    assert all(later - earlier >= 60e9 for earlier, later in zip(own, own[20:], strict=False))
    assert max(flight.at_ns for flight in world.sent if flight.body.startswith(b"p")) == 0


PATIENCE_S = st.sampled_from([math.inf, 20.0, 2.0])
CHATS = (1, 2, 3, -4, None)
WORK = ("new", "edit 5", "edit 6", "other")


@settings(max_examples=200, deadline=None)
@given(
    calls=st.lists(st.tuples(st.sampled_from(CHATS), st.sampled_from(WORK), PATIENCE_S), max_size=40),
    seed=st.integers(0, 2**32),
    health=st.floats(0.2, 1.0),
    rates=st.sampled_from([SendRates(0, 0, 0, 0), SendRates(3, 1.0, 2, 4)]),
)
def test_order_and_completeness_survive_any_trouble(
    calls: list[tuple[int | None, str, float]], seed: int, health: float, rates: SendRates
) -> None:
    """Whatever fails, each call ends once, a chat's calls arrive in order and never two at a time."""
    chance = random.Random(seed)
    world = World(rates)
    ends: list[tuple[int, Outcome]] = []
    troubles: list[ApiResponse | ApiUnreachable] = [
        UNREACHABLE,
        BAD_GATEWAY,
        flood(1),
        flood(3),
        refused("Bad Request: chat not found"),
    ]

    is_down = False

    def note(number: int, outcome: Outcome) -> None:
        ends.append((number, outcome))

    def step() -> None:
        chats = [flight.body.split()[0] for flight in world.flights if flight.body[:1] != b"N"]
        assert len(chats) == len(set(chats))
        nonlocal is_down
        is_down ^= chance.random() < 0.05
        world.pass_s(chance.choice((0, 0, 1, 3)))
        if world.flights and chance.random() < 0.7:
            response = OK if chance.random() < health else chance.choice(troubles)
            response = UNREACHABLE if is_down else response
            world.end(response, chance.randrange(len(world.flights)))
        else:
            world.next_timer()

    for number, (chat, what, patience_s) in enumerate(calls):
        method = "sendMessage" if what == "new" else "editMessageText"
        edits = int(what[-1]) if what.startswith("edit") and chat is not None else None
        world.send(
            method, chat, f"{chat} {number}", edits=edits, done=partial(note, number), patience_s=patience_s
        )
        for _ in range(chance.randrange(4)):
            step()
    for _ in range(20_000):
        if not world.outbox.waiting:
            break
        step()
    assert sorted(number for number, _ in ends) == list(range(len(calls)))
    assert (world.outbox.waiting, world.outbox.lanes, len(world.outbox._urgent)) == (0, 0, 0)
    for chat in {chat for chat, _, _ in calls if chat is not None}:
        numbers = [int(f.body.split()[1]) for f in world.sent if f.body.split()[0] == str(chat).encode()]
        assert numbers == sorted(numbers)
