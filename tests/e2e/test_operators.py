"""Operators with the real bot: on the command line and in chat, through kills and restarts."""

from __future__ import annotations

import asyncio
import json
import re
import stat
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from e2e.terminal import Terminal, without_settings
from e2e.town import open_town
from lplate.errors import LplateError
from lplate_bot.operators.doorway import ask
from lplate_bot.playground import PLAYGROUND_TOKEN
from lplate_bot.playground.faults import Fault
from playing import Player, buttons, is_open, wait_until, words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from e2e.town import Town
    from lplate_bot.playground.objects import Message

LEARNERS = 200
IN_FLIGHT = 4
BOT_ID = PLAYGROUND_TOKEN.partition(":")[0]
BOSS = 5_000_001
TEXT = "The bank has new questions"
TIERS = """
[school]
burst = 77
"""


@pytest.fixture
async def town(data: Path, tmp_path: Path) -> AsyncIterator[Town]:
    """A bot with an operator and tiers of its own."""
    own = tmp_path / "tiers.toml"
    own.write_text(TIERS)
    settings = {"LPLATE_ADMINS": str(BOSS), "LPLATE_BROADCAST_PER_SECOND": "100", "LPLATE_TIERS": str(own)}
    async with open_town(data, settings) as opened:
        await until_up(opened)
        yield opened


async def until_up(town: Town) -> None:
    """Wait until the bot listens to operators."""
    await wait_until((town.data / f"admin-{BOT_ID}.sock").exists)


async def asks(town: Town, verb: str, **arguments: Any) -> Any:
    """Return what the bot answers on its socket, for programs."""
    return (await asyncio.to_thread(ask, town.data, int(BOT_ID), verb, arguments))["data"]


async def admin(town: Town, *arguments: str) -> str:
    """Return what ``lplate admin`` prints; it must succeed."""
    terminal = Terminal(town.data, {**without_settings(), "LPLATE_DATA": str(town.data)})
    ended = await terminal.run("admin", *arguments)
    assert ended.code == 0, ended.errors
    return ended.output


async def started(town: Town, count: int) -> list[Player]:
    """Return learners who have their first question."""
    players = [town.player(f"Learner {number}") for number in range(count)]
    await asyncio.gather(*(player.start() for player in players))
    return players


def copies(town: Town, players: list[Player], text: str = TEXT) -> Counter[int]:
    """Count how often each learner got a text."""
    return Counter(
        player.learner.id
        for player in players
        for post in player.learner.chat.posts.values()
        if words(post.message) == text
    )


async def test_a_broadcast_killed_twice_reaches_nobody_twice(town: Town) -> None:
    """Of 200 learners each gets it once; those in flight at a kill, IN_FLIGHT at most, may go without."""
    players = await started(town, LEARNERS)
    await wait_until(lambda: not town.records.owing())
    draft = json.loads(await admin(town, "--json", "broadcast", "new", "--text", f"en={TEXT}"))
    assert (draft["id"], draft["total"], draft["state"]) == (1, LEARNERS, "draft")
    await admin(town, "broadcast", "start", "1")
    for share in (50, 120):
        await wait_until(lambda share=share: copies(town, players).total() >= share)
        await town.bot.kill()
        await town.bot.start()
    await wait_until(lambda: town.records.broadcast(1)["state"] == "done")
    ended = town.records.broadcast(1)
    arrived = copies(town, players)
    assert max(arrived.values()) == 1
    assert ended["sent"] + ended["unsure"] == LEARNERS
    assert ended["unsure"] <= 2 * IN_FLIGHT
    assert LEARNERS - len(arrived) <= ended["unsure"]


async def test_learners_practise_on_during_a_broadcast(town: Town) -> None:
    """Their answers are answered while it runs; who blocked the bot is noted."""
    players = await started(town, 20)
    gone = players[-1]
    gone.learner.chat.is_blocked = True  # and the bot is not told
    await asks(town, "broadcast new", texts=[["en", TEXT], ["de", "Neue Fragen"]])
    await asks(town, "broadcast start", id=1)
    card = await players[0].sees(is_open)
    await players[0].answer(card)
    await wait_until(lambda: town.records.broadcast(1)["state"] == "done")
    assert copies(town, players).total() == town.records.broadcast(1)["sent"] == 19
    assert town.records.broadcast(1)["blocked"] == 1
    marked = town.records.learner(gone.learner.id)
    assert marked is not None
    assert marked.is_blocked


async def test_the_bot_api_away_holds_a_broadcast_and_nothing_is_lost(town: Town) -> None:
    """Connections that break before a request was read deliver nothing twice; 429 is waited for."""
    players = await started(town, 10)
    held = town.server.learner(players[3].learner.id)
    town.server.order(Fault(chat_id=held.id, method="sendMessage", drops=True, after_effect=True))
    await asks(town, "broadcast new", texts=[["en", TEXT]])
    await asks(town, "broadcast start", id=1)
    await wait_until(lambda: town.records.broadcast(1)["state"] == "done")
    ended = town.records.broadcast(1)
    assert max(copies(town, players).values()) == 1
    assert (ended["sent"], ended["unsure"]) == (9, 1)


async def test_paused_it_stays_paused_over_a_restart(town: Town) -> None:
    """And goes on when told to."""
    players = await started(town, 60)
    await asks(town, "broadcast new", texts=[["en", TEXT]])
    await asks(town, "broadcast start", id=1)
    await wait_until(lambda: copies(town, players).total() >= 5)
    assert (await asks(town, "broadcast pause", id=1))["state"] == "paused"
    assert await town.bot.stop() == 0
    await town.bot.start()
    await until_up(town)
    assert (await asks(town, "broadcast list"))["1"]["state"] == "paused"
    await asks(town, "broadcast start", id=1)
    await wait_until(lambda: town.records.broadcast(1)["state"] == "done")
    assert copies(town, players) == Counter(player.learner.id for player in players)


async def test_tiers_on_the_command_line(town: Town, tmp_path: Path) -> None:
    """Given to a learner, shown with the learner, and read again from the operator's file."""
    (player,) = await started(town, 1)
    person = str(player.learner.id)
    assert "school until" in await admin(town, "tier", person, "school", "--days", "30")
    assert (await asks(town, "learner", id=player.learner.id))["tier"] == "school"
    assert (await asks(town, "tiers"))["school"]["burst"] == 77
    (tmp_path / "tiers.toml").write_text("[school]\nburst = 99\n[club]\nrate_per_minute = 11\n")
    tiers = json.loads(await admin(town, "--json", "tiers", "--reload"))
    assert (tiers["school"]["burst"], tiers["club"]["rate_per_minute"]) == (99, 11)


async def test_racing_learners_do_not_overdraw_an_invitation(town: Town) -> None:
    """Twenty follow a link for five at once, the bot is killed in the midst: five get the tier, each once."""
    made = await asks(town, "invite new", tier="school", uses=5, days=30)
    players = [town.player(f"Guest {number}") for number in range(20)]
    for player in players:
        player.learner.start(f"t_{made['code']}")
    await wait_until(town.records.invite_users)
    await town.bot.kill()
    await town.bot.start()
    for player in players:
        player.learner.start(f"t_{made['code']}")
    for player in players:
        await player.sees(lambda m: "invitation" in words(m))
    await wait_until(lambda: len(town.records.invite_users()) == 5)
    await wait_until(lambda: not town.records.owing())
    assert town.records.in_tier("school") == sorted(town.records.invite_users())
    assert (await asks(town, "invite list"))[made["code"]] == {"tier": "school", "uses": 5, "used": 5}


async def test_maintenance_on_the_command_line(town: Town) -> None:
    """A press is answered with the notice and not applied, after a restart too; then all goes on."""
    (player,) = await started(town, 1)
    card = await player.sees(is_open)
    await admin(town, "maintenance", "on", "--notice", "Back at noon")
    assert await player.toast(await player.press(card, a_button(card))) == "Back at noon"
    assert await town.bot.stop() == 0
    await town.bot.start()
    assert await player.toast(await player.press(card, a_button(card))) == "Back at noon"
    assert town.records.attempts(player.learner.id) == []
    await admin(town, "maintenance", "off")
    await player.answer(await player.sees(is_open))


def a_button(card: Message) -> str:
    """Return what Skip on a card says."""
    return next(data for data in buttons(card) if data.startswith("k:"))


async def test_the_numbers_of_the_day(town: Town) -> None:
    """For people and for programs."""
    players = await started(town, 3)
    await players[0].answer(await players[0].sees(is_open))
    found = await asks(town, "stats")
    assert (found["learners"], found["active_today"], found["answers_today"], found["right_today"]) == (
        3,
        3,
        1,
        1,
    )
    assert "today      3 active, 3 new, 1 answers, 100 % right" in await admin(town, "stats")


async def test_caches_are_cleared_while_learners_practise(town: Town) -> None:
    """Nothing is lost by it: the next answer finds the learner in the store."""
    (player,) = await started(town, 1)
    assert (await asks(town, "caches clear"))["learners"] == 1
    await player.answer(await player.sees(is_open))


async def test_only_the_owner_can_open_the_socket(town: Town) -> None:
    """From the moment it is there; it goes with the bot."""
    await started(town, 1)
    door = town.data / f"admin-{BOT_ID}.sock"
    assert stat.S_IMODE(door.stat().st_mode) == 0o600
    assert await town.bot.stop() == 0
    assert not door.exists()


async def test_without_a_bot_a_sentence_says_so(town: Town) -> None:
    """Stopped or killed: what is tried, and what to do."""
    await started(town, 1)
    await town.bot.kill()
    terminal = Terminal(town.data, {**without_settings(), "LPLATE_DATA": str(town.data)})
    ended = await terminal.run("admin", "stats")
    assert (ended.code, ended.output) == (1, "")
    assert f"no bot {BOT_ID} answers at" in ended.sentence
    assert "start it with lplate run" in ended.sentence


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("learner", {"id": 77}, "there is no learner 77"),
    ("learner", {}, "id must be a whole number"),
    ("tier", {"id": 77, "tier": "king"}, "there is no tier 'king'; there are free, supporter, school, staff"),
    ("invite new", {"tier": "school", "uses": 0}, "uses must be from 1 to 10000"),
    ("invite new", {"tier": "school", "uses": 1, "days": 9999}, "days must be from 1 to 3650"),
    ("invite withdraw", {"code": "nope"}, "there is no invitation 'nope'"),
    ("broadcast start", {"id": 9}, "there is no broadcast 9"),
    ("broadcast new", {"texts": [["en", " "]]}, "the text in 'en' has 1 characters; 1 to 4096 fit"),
    ("broadcast new", {"texts": "hello"}, "texts must be pairs"),
    ("maintenance", {"on": True, "notice": "x" * 201}, "the notice has 201 characters; 200 fit"),
    ("caches fill", {}, "'caches fill' is no verb; known are stats, learner"),
]


async def test_what_cannot_be_is_refused_in_a_sentence(town: Town) -> None:
    """With what can; the command line says it and ends with 1."""
    for verb, arguments, sentence in REFUSED:
        with pytest.raises(LplateError, match=re.escape(sentence)):
            await asks(town, verb, **arguments)
    terminal = Terminal(town.data, {**without_settings(), "LPLATE_DATA": str(town.data)})
    ended = await terminal.run("admin", "learner", "77")
    assert (ended.code, ended.sentence.partition(":")[0]) == (1, "lplate")


async def test_what_is_no_request_is_answered(town: Town) -> None:
    """Bytes of any kind end no bot."""
    for line in (b"\n", b"{}\n", b"\xff\n", b"[" * 9000 + b"\n", b"x" * 300_000 + b"\n"):
        reader, writer = await asyncio.open_unix_connection(town.data / f"admin-{BOT_ID}.sock")
        writer.write(line)
        answer = await reader.read()
        assert not answer or json.loads(answer)["ok"] is False
        writer.close()
    assert (await asks(town, "stats"))["learners"] == 0


async def test_an_operator_sends_a_broadcast_in_chat(town: Town) -> None:
    """Preview, audience, send, and the panel that shows its end."""
    players = await started(town, 5)
    boss = Player(town.server.add_learner("Boss", learner_id=BOSS))
    boss.learner.send_text(f"/admin say {TEXT}")
    panel = await boss.sees(lambda m: "Who gets it?" in words(m))
    await boss.press(panel, "x:bs:1")
    done = await boss.sees(lambda m: "done: 5 sent of 5" in words(m))
    assert done.message_id == panel.message_id
    assert copies(town, players).total() == 5
    menus = [call.params for call in town.calls if call.method == "setMyCommands"]
    scoped = [menu for menu in menus if menu.get("scope") == {"type": "chat", "chat_id": BOSS}]
    assert all("admin" in {command["command"] for command in menu["commands"]} for menu in scoped)
    assert not any("admin" in str(menu["commands"]) for menu in menus if menu not in scoped)
