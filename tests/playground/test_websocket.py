"""The socket and the small HTTP interface of the chat page, as the page uses them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp
import pytest

from lplate_bot.playground.server import PlaygroundConfig
from playground.scene import FAST, RawBot, Scene, picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lplate_bot.playground.frames import Frame
    from lplate_bot.playground.learner import Learner
    from lplate_bot.playground.server import PlaygroundServer


class Tab:
    """An open chat page."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, **frame: Any) -> None:
        await self.socket.send_json(frame)

    async def next(self, kind: str) -> Frame:
        """Return the next frame of a kind; presence and ticks come when they like."""
        while True:
            frame: Frame = await self.socket.receive_json(timeout=5)
            if frame["type"] == kind:
                return frame
            assert frame["type"] in {"bot", "update_status"}, f"expected {kind}, got {frame}"


class Opener(Protocol):
    def __call__(
        self, learner_id: int = 1001, **headers: str
    ) -> contextlib.AbstractAsyncContextManager[Tab]: ...


@pytest.fixture
def opened(server: PlaygroundServer, session: aiohttp.ClientSession) -> Opener:
    """Open the page of a learner."""

    @contextlib.asynccontextmanager
    async def opened(learner_id: int = 1001, **headers: str) -> AsyncIterator[Tab]:
        address = f"{server.url}/playground/ws?learner={learner_id}"
        async with session.ws_connect(address, headers=headers) as socket:
            yield Tab(socket)

    return opened


class TestHello:
    async def test_empty_chat(self, opened: Opener) -> None:
        """The first frame names the learner and the bot, and says that nothing was written yet."""
        async with opened() as tab:
            hello = await tab.next("hello")
        assert hello["learner"]["first_name"] == "Anna"
        assert hello["learner"]["language_code"] == "de"
        assert hello["bot"]["username"] == "lplate_playground_bot"
        assert hello["bot"]["online"] is False
        assert (hello["messages"], hello["blocked"]) == ([], False)

    async def test_history(self, scene: Scene, opened: Opener) -> None:
        """The whole chat comes in order, own messages marked, pictures with address and size."""
        async with opened() as tab:
            messages = (await tab.next("hello"))["messages"]
        assert [message["message_id"] for message in messages] == sorted(m["message_id"] for m in messages)
        assert [message.get("out", False) for message in messages][:2] == [True, False]
        photo = messages[1]
        assert (photo["photo_width"], photo["photo_height"]) == (640, 480)
        async with scene.raw.session.get(scene.server.url + photo["photo_url"]) as response:
            assert await response.read() == picture()
            assert response.content_type == "image/png"
            assert "immutable" in response.headers["Cache-Control"]

    async def test_unknown_learner(self, server: PlaygroundServer, session: aiohttp.ClientSession) -> None:
        """A learner who does not exist gets no socket."""
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await session.ws_connect(f"{server.url}/playground/ws?learner=5")
        assert refusal.value.status == 404

    async def test_other_sites_are_refused(self, opened: Opener) -> None:
        """A page of another origin cannot open the socket."""
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            async with opened(Origin="https://evil.example"):
                pass
        assert refusal.value.status == 403


class TestLearnerActs:
    async def test_send(self, opened: Opener, raw: RawBot) -> None:
        """A text reaches the bot as an update, comes back as a message, and the frame is done."""
        async with opened() as tab:
            await tab.next("hello")
            await tab.send(type="send", text="/start b_core_en", ref="r1")
            message = (await tab.next("message"))["message"]
            assert (await tab.next("done"))["ref"] == "r1"
        update = (await raw("getUpdates"))[0]
        assert update["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
        assert message == {**update["message"], "out": True}

    async def test_start(self, opened: Opener, raw: RawBot) -> None:
        """Start sends the command, with the deep link's parameter."""
        async with opened() as tab:
            await tab.next("hello")
            await tab.send(type="start", parameter="b_core_en")
            assert (await tab.next("message"))["message"]["text"] == "/start b_core_en"

    async def test_other_tab_sees_it(self, opened: Opener) -> None:
        """What one tab writes shows in the other."""
        async with opened() as one, opened() as other:
            await one.next("hello")
            await other.next("hello")
            await one.send(type="send", text="hi")
            assert (await other.next("message"))["message"]["text"] == "hi"

    async def test_press_and_answer(self, scene: Scene, opened: Opener) -> None:
        """A press is taken, and the bot's answer carries the press's ref."""
        async with opened() as tab:
            await tab.next("hello")
            await tab.send(type="press", message_id=scene.text_id, data="b", ref="p7")
            assert (await tab.next("done"))["ref"] == "p7"
            query = (await scene.raw("getUpdates", offset=-1))[0]["callback_query"]
            await scene.raw(
                "answerCallbackQuery", callback_query_id=query["id"], text="Right", show_alert=True
            )
            assert await tab.next("answer") == {
                "type": "answer",
                "query_id": query["id"],
                "text": "Right",
                "show_alert": True,
                "url": None,
                "ref": "p7",
            }

    async def test_press_of_nothing(self, scene: Scene, opened: Opener) -> None:
        """A button that is not there cannot be pressed."""
        async with opened() as tab:
            await tab.next("hello")
            await tab.send(type="press", message_id=scene.text_id, data="z", ref="p")
            error = await tab.next("error")
        assert error["ref"] == "p"
        assert "no button" in error["text"]

    async def test_block(self, opened: Opener, anna: Learner, raw: RawBot) -> None:
        """Blocking tells the bot, and blocked learners cannot write."""
        async with opened() as tab:
            await tab.next("hello")
            await tab.send(type="block", blocked=True, ref="b")
            await tab.next("done")
            await tab.send(type="send", text="x", ref="s")
            assert (await tab.next("error"))["ref"] == "s"
        change = (await raw("getUpdates", offset=-1))[0]["my_chat_member"]
        assert (change["old_chat_member"]["status"], change["new_chat_member"]["status"]) == (
            "member",
            "kicked",
        )

    async def test_clear(self, scene: Scene, opened: Opener) -> None:
        """Clearing empties the chat in every tab."""
        async with opened() as tab:
            count = len((await tab.next("hello"))["messages"])
            await tab.send(type="clear", ref="c")
            assert len((await tab.next("deleted"))["message_ids"]) == count
        assert scene.anna.messages == []

    async def test_vote(self, scene: Scene, opened: Opener) -> None:
        """A vote is counted and shown as one's own."""
        poll = next(message.poll for message in scene.anna.messages if message.poll)
        async with opened() as tab:
            await tab.next("hello")
            await tab.send(type="vote", poll_id=poll.id, option_ids=[1])
            shown = (await tab.next("edited"))["message"]["poll"]
        assert shown["chosen_option_ids"] == [1]
        assert [option["voter_count"] for option in shown["options"]] == [0, 1]

    async def test_vote_for_nothing(self, scene: Scene, opened: Opener) -> None:
        """An option that is not there cannot be chosen."""
        poll = next(message.poll for message in scene.anna.messages if message.poll)
        async with opened() as tab:
            await tab.next("hello")
            await tab.send(type="vote", poll_id=poll.id, option_ids=[2])
            assert "no such option" in (await tab.next("error"))["text"]

    @pytest.mark.parametrize("text", ["nonsense", "[]", '{"type":"dance"}', '{"type":"send"}', '{"ref":"x"}'])
    async def test_broken_frames(self, opened: Opener, text: str) -> None:
        """A frame that makes no sense is answered by an error, and the socket lives on."""
        async with opened() as tab:
            await tab.next("hello")
            await tab.socket.send_str(text)
            assert "frame not understood" in (await tab.next("error"))["text"]
            await tab.send(type="send", text="still here")
            await tab.next("message")


class TestBotActs:
    async def test_frames(self, scene: Scene, opened: Opener) -> None:
        """Sending, editing, deleting, typing and reacting each have their frame."""
        raw, chat_id = scene.raw, scene.chat_id
        async with opened() as tab:
            await tab.next("hello")
            sent = await raw("sendMessage", chat_id=chat_id, text="new")
            assert (await tab.next("message"))["message"] == sent
            edited = await raw(
                "editMessageText", chat_id=chat_id, message_id=sent["message_id"], text="newer"
            )
            assert (await tab.next("edited"))["message"] == edited
            await raw("sendChatAction", chat_id=chat_id, action="typing")
            assert await tab.next("action") == {"type": "action", "action": "typing"}
            reaction = [{"type": "emoji", "emoji": "👍"}]
            await raw(
                "setMessageReaction", chat_id=chat_id, message_id=scene.learner_message_id, reaction=reaction
            )
            frame = await tab.next("reaction")
            assert (frame["message_id"], frame["emoji"]) == (scene.learner_message_id, "👍")
            await raw("deleteMessage", chat_id=chat_id, message_id=sent["message_id"])
            assert (await tab.next("deleted"))["message_ids"] == [sent["message_id"]]

    async def test_forced_reply_is_shown(self, scene: Scene, opened: Opener) -> None:
        """A forced reply reaches the page though the API's result does not show it."""
        markup = {"force_reply": True, "input_field_placeholder": "metres"}
        async with opened() as tab:
            await tab.next("hello")
            result = await scene.raw(
                "sendMessage", chat_id=scene.chat_id, text="How far?", reply_markup=markup
            )
            assert "reply_markup" not in result
            assert (await tab.next("message"))["message"]["reply_markup"] == markup

    async def test_ticks(self, opened: Opener, raw: RawBot, anna: Learner) -> None:
        """The page learns when the bot has taken the learner's messages."""
        last = (await raw("getUpdates"))[-1]["update_id"]
        async with opened() as tab:
            await tab.next("hello")
            await raw("getUpdates", offset=last + 1)
            frame = await tab.socket.receive_json(timeout=5)
        assert frame == {"type": "update_status", "delivered": True}

    async def test_presence(self, opened: Opener, raw: RawBot) -> None:
        """The page is told when a bot comes."""
        async with opened() as tab:
            await tab.next("hello")
            await raw("getUpdates")
            assert await tab.next("bot") == {"type": "bot", "online": True}

    async def test_stop_closes_pages(self, server: PlaygroundServer, opened: Opener) -> None:
        """Stopping the server closes open pages at once."""
        async with opened() as tab:
            await tab.next("hello")
            await asyncio.wait_for(server.stop(), 3)
            message = await tab.socket.receive(timeout=2)
        assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}


class TestPatience:
    @pytest.fixture
    def config(self) -> PlaygroundConfig:
        return PlaygroundConfig(port=0, pace=FAST, patience_s=0.05)

    async def test_unanswered_press_expires(self, scene: Scene, opened: Opener) -> None:
        """A press that nobody answers ends with `expired`."""
        async with opened() as tab:
            await tab.next("hello")
            await tab.send(type="press", message_id=scene.text_id, data="a", ref="p")
            await tab.next("done")
            assert (await tab.next("expired"))["ref"] == "p"


class TestHttp:
    async def test_learners(self, server: PlaygroundServer, session: aiohttp.ClientSession) -> None:
        """Four learners are there out of the box; another can be made and has a chat."""
        async with session.get(f"{server.url}/playground/learners") as response:
            learners = await response.json()
        assert [(each["first_name"], each["language_code"]) for each in learners] == [
            ("Anna", "de"),
            ("Ben", "en"),
            ("Chiara", "it"),
            ("Deniz", "tr"),
        ]
        wish = {"first_name": "Emil", "language_code": "pl"}
        async with session.post(f"{server.url}/playground/learners", json=wish) as response:
            made = await response.json()
        assert made["first_name"] == "Emil"
        assert server.learner(made["id"]).messages == []

    @pytest.mark.parametrize("wish", [{}, [], {"first_name": 5}])
    async def test_bad_learner(
        self, server: PlaygroundServer, session: aiohttp.ClientSession, wish: object
    ) -> None:
        """A learner without a name is refused."""
        async with session.post(f"{server.url}/playground/learners", json=wish) as response:
            assert response.status == 400

    async def test_bot(self, server: PlaygroundServer, session: aiohttp.ClientSession, raw: RawBot) -> None:
        """The bot's profile comes in the asked language, else in the default one."""
        await raw("setMyDescription", description="Learn.")
        await raw("setMyDescription", description="Lerne.", language_code="de")
        await raw("setMyCommands", commands=[{"command": "start", "description": "Begin"}])
        async with session.get(f"{server.url}/playground/bot?language_code=de") as response:
            bot = await response.json()
        assert bot["description"] == "Lerne."
        assert bot["commands"] == [{"command": "start", "description": "Begin"}]
        assert bot["online"] is False

    async def test_page(self, server: PlaygroundServer, session: aiohttp.ClientSession) -> None:
        """The page and its files are served with their types; nothing outside of the folder is."""
        async with session.get(server.url) as response:
            assert response.content_type == "text/html"
            assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        async with session.get(f"{server.url}/page/app.js") as response:
            assert response.content_type == "text/javascript"
        for path in ("page/..%2Fserver.py", "page/nothing.js", "page/botapi.json"):
            async with session.get(f"{server.url}/{path}") as response:
                assert response.status == 404
