"""getUpdates: offsets, limits, long polls, kinds and conflicts."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from lplate_bot.playground.messenger import Bounds
from lplate_bot.playground.server import PlaygroundConfig
from playground.scene import FAST, RawBot, Refused, Scene, until

if TYPE_CHECKING:
    import aiohttp

    from lplate_bot.playground.learner import Learner
    from lplate_bot.playground.server import PlaygroundServer


async def texts(raw: RawBot, **params: Any) -> list[str]:
    return [update["message"]["text"] for update in await raw("getUpdates", **params)]


class TestOffsets:
    async def test_updates_stay_until_confirmed(self, raw: RawBot, anna: Learner) -> None:
        """What was fetched comes again until an offset passes it."""
        first = await raw("getUpdates")
        again = await raw("getUpdates")
        assert first == again
        assert await raw("getUpdates", offset=first[-1]["update_id"] + 1) == []
        assert await raw("getUpdates") == []

    async def test_ids_rise_by_one(self, raw: RawBot, anna: Learner) -> None:
        """Update ids are consecutive."""
        anna.send_text("a")
        anna.send_text("b")
        ids = [update["update_id"] for update in await raw("getUpdates")]
        assert ids == [ids[0], ids[0] + 1, ids[0] + 2]

    async def test_negative_offset_keeps_the_last(self, raw: RawBot, anna: Learner) -> None:
        """A negative offset returns the last updates and forgets those before."""
        for text in "abc":
            anna.send_text(text)
        assert await texts(raw, offset=-2) == ["b", "c"]
        assert await texts(raw) == ["b", "c"]

    async def test_limit(self, raw: RawBot, anna: Learner) -> None:
        """Limit bounds the batch, is brought into 1-100, and nothing is lost."""
        for number in range(120):
            anna.send_text(str(number))
        assert len(await raw("getUpdates", limit=7)) == 7
        assert len(await raw("getUpdates", limit=0)) == 1
        assert len(await raw("getUpdates", limit=1000)) == 100

    async def test_update_shows_the_moment(self, scene: Scene) -> None:
        """An update holds the message as it was, whatever became of it since."""
        before = await scene.raw("getUpdates", offset=-1)
        await scene.raw("editMessageText", chat_id=scene.chat_id, message_id=scene.text_id, text="later")
        after = await scene.raw("getUpdates")
        assert before == after
        assert after[0]["callback_query"]["message"]["text"] == "Who must wait?"


class TestLongPoll:
    async def test_wakes_up(self, raw: RawBot, anna: Learner) -> None:
        """A waiting poll returns as soon as something happens."""
        last = (await raw("getUpdates"))[-1]["update_id"]
        poll = asyncio.create_task(texts(raw, offset=last + 1, timeout=50))
        await until(lambda: anna._bot.queue.is_polled)
        anna.send_text("wake up")
        assert await poll == ["wake up"]

    async def test_ends_empty(self, raw: RawBot, server: PlaygroundServer) -> None:
        """A poll without news ends with an empty list after its timeout."""
        assert await raw("getUpdates", timeout=1) == []

    async def test_newer_poll_wins(self, raw: RawBot, anna: Learner) -> None:
        """A second poll ends the first one with 409."""
        last = (await raw("getUpdates"))[-1]["update_id"]
        first = asyncio.create_task(raw("getUpdates", offset=last + 1, timeout=50))
        await until(lambda: anna._bot.queue.is_polled)
        assert await raw("getUpdates", offset=last + 1) == []
        with pytest.raises(Refused, match="Conflict: terminated by other getUpdates request") as refusal:
            await first
        assert refusal.value.status == 409

    async def test_stop_ends_polls(self, raw: RawBot, anna: Learner, server: PlaygroundServer) -> None:
        """Stopping the server does not wait for a poll's timeout."""
        last = (await raw("getUpdates"))[-1]["update_id"]
        poll = asyncio.create_task(raw("getUpdates", offset=last + 1, timeout=50))
        await until(lambda: anna._bot.queue.is_polled)
        await server.stop()
        assert await poll == []


class TestKinds:
    async def test_only_allowed_kinds_are_queued(self, scene: Scene) -> None:
        """allowed_updates holds from then on, also for calls that do not repeat it."""
        await scene.raw("getUpdates", offset=-1, allowed_updates=["callback_query"])
        scene.anna.send_text("not wanted")
        scene.anna.press(scene.text_id, "b")
        updates = await scene.raw("getUpdates")
        assert [set(update) - {"update_id"} for update in updates] == [{"callback_query"}] * 2

    async def test_empty_list_means_the_default(self, raw: RawBot, anna: Learner) -> None:
        """An empty list brings all default kinds back."""
        await raw("getUpdates", allowed_updates=["poll"])
        await raw("getUpdates", allowed_updates=[])
        anna.send_text("wanted again")
        assert (await texts(raw))[-1] == "wanted again"

    async def test_kinds_as_json_text(self, raw: RawBot, anna: Learner) -> None:
        """The list may come as JSON in a form field."""
        async with raw.session.get(
            f"{raw.root}/getUpdates", params={"allowed_updates": '["poll"]'}
        ) as response:
            assert (await response.json())["ok"]
        anna.send_text("not wanted")
        assert await texts(raw) == ["/start"]


class TestBounds:
    @pytest.fixture
    def config(self) -> PlaygroundConfig:
        return PlaygroundConfig(port=0, pace=FAST, bounds=Bounds(updates_per_bot=3, messages_per_chat=4))

    async def test_oldest_updates_go(self, server: PlaygroundServer, raw: RawBot, anna: Learner) -> None:
        """A full queue loses its oldest update, and says how many."""
        for text in "abcd":
            anna.send_text(text)
        assert await texts(raw) == ["b", "c", "d"]
        assert server.bot().queue.lost == 2

    async def test_oldest_messages_go(self, raw: RawBot, anna: Learner) -> None:
        """A chat keeps its newest messages only."""
        for text in "abcd":
            anna.send_text(text)
        assert [message.text for message in anna.messages] == ["a", "b", "c", "d"]
        with pytest.raises(Refused, match="message to delete not found"):
            await raw("deleteMessage", chat_id=1001, message_id=1)


class TestSeveralBots:
    @pytest.fixture
    def config(self) -> PlaygroundConfig:
        return PlaygroundConfig(port=0, tokens=("5:first", "6:second"))

    async def test_bots_are_apart(self, server: PlaygroundServer, session: aiohttp.ClientSession) -> None:
        """Each token has its own chats, updates and file ids."""
        first, second = (RawBot(session, server.url, token) for token in server.config.tokens)
        server.learner(1001, "6:second").send_text("hi")
        assert await first("getUpdates") == []
        assert await texts(second) == ["hi"]
        with pytest.raises(Refused, match="chat not found"):
            await first("sendMessage", chat_id=1001, text="x")
        assert (await second("getMe"))["id"] == 6

    def test_config_is_a_value(self, config: PlaygroundConfig) -> None:
        """A configuration can be varied without touching the original."""
        assert dataclasses.replace(config, port=1).tokens == config.tokens
