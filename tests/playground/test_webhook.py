"""Delivery by webhook: secret, order, repetition, concurrency and calls in responses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from playground.scene import RawBot, Refused, Scene, keyboard, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from lplate_bot.playground.learner import Learner
    from lplate_bot.playground.objects import Json
    from lplate_bot.playground.server import PlaygroundServer


class Hook:
    """A bot's webhook: it notes what comes and answers as told."""

    def __init__(self) -> None:
        self.requests: list[tuple[Mapping[str, str], Json]] = []
        self.answers: list[web.Response] = []
        self.changed = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.inside = 0
        self.most_inside = 0
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.requests.append((request.headers, update))
        self.inside += 1
        self.most_inside = max(self.inside, self.most_inside)
        self.changed.set()
        await self.gate.wait()
        self.inside -= 1
        return self.answers.pop(0) if self.answers else web.Response()

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for _, update in self.requests if "message" in update]

    async def until(self, done: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not done():
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    application = web.Application()
    application.router.add_post("/hook", hook.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    hook.gate.set()
    await runner.cleanup()


class TestDelivery:
    async def test_secret_and_body(self, raw: RawBot, anna: Learner, hook: Hook) -> None:
        """An update is POSTed as JSON with the secret token; waiting ones follow at once."""
        await raw("setWebhook", url=hook.url, secret_token="s_3-t")
        await hook.until(lambda: hook.requests)
        headers, update = hook.requests[0]
        assert headers["X-Telegram-Bot-Api-Secret-Token"] == "s_3-t"
        assert headers["Content-Type"] == "application/json"
        assert update["message"]["text"] == "/start"

    async def test_accepted_updates_are_gone(
        self, raw: RawBot, server: PlaygroundServer, anna: Learner, hook: Hook
    ) -> None:
        """What the webhook accepted is pending no more."""
        await raw("setWebhook", url=hook.url)
        await until(lambda: len(server.bot().queue) == 0)
        info = await raw("getWebhookInfo")
        assert info["pending_update_count"] == 0
        assert "last_error_message" not in info
        await raw("deleteWebhook")
        assert await raw("getUpdates") == []

    async def test_failure_is_repeated(
        self, raw: RawBot, server: PlaygroundServer, anna: Learner, hook: Hook
    ) -> None:
        """An update comes again until the status is 2xx, and the last error is kept."""
        hook.answers = [web.Response(status=500), web.Response(status=503), web.Response(status=204)]
        await raw("setWebhook", url=hook.url)
        await until(lambda: len(server.bot().queue) == 0)
        assert hook.texts == ["/start"] * 3
        info = await raw("getWebhookInfo")
        assert info["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"
        assert info["last_error_date"] > 0

    async def test_nobody_listens(self, raw: RawBot, anna: Learner) -> None:
        """A refused connection is an error that is told, and the update stays."""
        await raw("setWebhook", url="http://127.0.0.1:9/hook")
        await until(lambda: anna._bot.webhook_error)
        info = await raw("getWebhookInfo")
        assert info["last_error_message"] == "Connection refused"
        assert info["pending_update_count"] == 1

    async def test_order_in_a_chat(
        self, raw: RawBot, server: PlaygroundServer, anna: Learner, hook: Hook
    ) -> None:
        """The messages of a chat come one after the other, each after the former was accepted."""
        hook.gate.clear()
        await raw("setWebhook", url=hook.url)
        for text in "abc":
            anna.send_text(text)
        await hook.until(lambda: hook.requests)
        assert hook.texts == ["/start"]
        hook.gate.set()
        await until(lambda: len(server.bot().queue) == 0)
        assert hook.texts == ["/start", "a", "b", "c"]

    async def test_chats_together(
        self, raw: RawBot, server: PlaygroundServer, anna: Learner, hook: Hook
    ) -> None:
        """Different chats are delivered at once, up to max_connections."""
        hook.gate.clear()
        learners = [server.learner(learner_id) for learner_id in (1001, 1002, 1003, 1004)]
        await raw("setWebhook", url=hook.url, max_connections=3)
        for learner in learners:
            learner.send_text("hi")
        await hook.until(lambda: hook.inside == 3)
        hook.gate.set()
        await until(lambda: len(server.bot().queue) == 0)
        assert hook.most_inside == 3

    async def test_dropping(self, raw: RawBot, anna: Learner, hook: Hook) -> None:
        """drop_pending_updates forgets what waited."""
        await raw("setWebhook", url=hook.url, drop_pending_updates=True)
        anna.send_text("after")
        await hook.until(lambda: hook.texts)
        assert hook.texts == ["after"]

    async def test_undelivered_updates_are_polled(self, raw: RawBot, anna: Learner, hook: Hook) -> None:
        """What the webhook never accepted is there for polling after deleteWebhook."""
        hook.gate.clear()
        await raw("setWebhook", url=hook.url)
        await hook.until(lambda: hook.requests)
        await raw("deleteWebhook")
        assert [update["message"]["text"] for update in await raw("getUpdates")] == ["/start"]


class TestCallInResponse:
    @pytest.mark.parametrize("as_json", [True, False], ids=["json", "form"])
    async def test_is_carried_out(
        self, raw: RawBot, server: PlaygroundServer, anna: Learner, hook: Hook, *, as_json: bool
    ) -> None:
        """A method named in the response is executed as a call."""
        call = {"method": "sendMessage", "chat_id": "1001", "text": "from the response"}
        if as_json:
            hook.answers = [web.json_response(call)]
        else:
            form = "&".join(f"{name}={value}".replace(" ", "+") for name, value in call.items())
            hook.answers = [web.Response(body=form, content_type="application/x-www-form-urlencoded")]
        await raw("setWebhook", url=hook.url)
        message = await anna.wait_for(lambda message: message.text == "from the response")
        assert message.from_ is not None
        assert message.from_.is_bot

    async def test_answer_to_a_press(self, scene: Scene, hook: Hook) -> None:
        """A callback query is answered in the response."""
        answer = {"method": "answerCallbackQuery", "callback_query_id": scene.query_id, "text": "✅"}
        hook.answers = [web.json_response(answer)]
        await scene.raw("setWebhook", url=hook.url)
        await scene.raw("sendMessage", chat_id=scene.chat_id, text="x", reply_markup=keyboard("c"))
        assert (await scene.anna.answer_to(scene.query_id)).text == "✅"

    @pytest.mark.parametrize("method", ["deleteWebhook", "getUpdates", "setWebhook", "nonsense"])
    async def test_some_are_not(
        self, raw: RawBot, server: PlaygroundServer, anna: Learner, hook: Hook, method: str
    ) -> None:
        """Methods that Telegram does not take there change nothing, and delivery goes on."""
        hook.answers = [web.json_response({"method": method, "url": "http://127.0.0.1:9/"})]
        await raw("setWebhook", url=hook.url)
        anna.send_text("next")
        await until(lambda: len(server.bot().queue) == 0)
        assert hook.texts == ["/start", "next"]
        assert (await raw("getWebhookInfo"))["url"] == hook.url


class TestSettings:
    async def test_two_at_once(
        self, raw: RawBot, server: PlaygroundServer, anna: Learner, hook: Hook
    ) -> None:
        """Of two settings made at once one holds, and each update is delivered by it alone."""
        await asyncio.gather(*(raw("setWebhook", url=hook.url) for _ in range(3)))
        await until(lambda: len(server.bot().queue) == 0)
        anna.send_text("next")
        await until(lambda: len(server.bot().queue) == 0)
        assert hook.texts.count("next") == 1

    async def test_polling_is_refused(self, raw: RawBot, hook: Hook) -> None:
        """GetUpdates fails while a webhook is set, and works after."""
        await raw("setWebhook", url=hook.url)
        with pytest.raises(Refused, match="Conflict: can't use getUpdates method while webhook is active"):
            await raw("getUpdates")
        await raw("setWebhook", url="")
        assert await raw("getUpdates") == []

    async def test_waiting_poll_ends(self, raw: RawBot, anna: Learner, hook: Hook) -> None:
        """SetWebhook ends a waiting poll with 409."""
        last = (await raw("getUpdates"))[-1]["update_id"]
        poll = asyncio.create_task(raw("getUpdates", offset=last + 1, timeout=50))
        await until(lambda: anna._bot.queue.is_polled)
        await raw("setWebhook", url=hook.url)
        with pytest.raises(Refused, match="Conflict: terminated by setWebhook request"):
            await poll

    async def test_info(self, raw: RawBot, hook: Hook) -> None:
        """GetWebhookInfo repeats the settings."""
        await raw("setWebhook", url=hook.url, max_connections=7, allowed_updates=["message"])
        info = await raw("getWebhookInfo")
        assert info == {
            "url": hook.url,
            "has_custom_certificate": False,
            "pending_update_count": 0,
            "ip_address": "127.0.0.1",
            "max_connections": 7,
            "allowed_updates": ["message"],
        }

    @pytest.mark.parametrize(
        "url", ["http://example.org/", "ftp://x.org/", "nonsense", "https://example.org:1/"]
    )
    async def test_bad_addresses(self, raw: RawBot, url: str) -> None:
        """Addresses that Telegram cannot use are refused."""
        with pytest.raises(Refused, match="Bad Request: bad webhook"):
            await raw("setWebhook", url=url)
