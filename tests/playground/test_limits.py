"""Flood limits and ordered faults."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from lplate_bot.playground.errors import ApiError, bad_request
from lplate_bot.playground.faults import Fault
from lplate_bot.playground.limits import FloodControl, FloodLimits
from lplate_bot.playground.server import PlaygroundConfig
from playground.scene import FAST, RawBot, Refused, until

if TYPE_CHECKING:
    from lplate_bot.playground.learner import Learner
    from lplate_bot.playground.server import PlaygroundServer


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def wait_of(
    control: FloodControl, method: str = "sendMessage", chat_id: int = 1, bot_id: int = 1
) -> int | None:
    """Return the seconds a call must wait, 0 if it passes."""
    try:
        control.check(bot_id, method, chat_id)
    except ApiError as error:
        return error.retry_after_s if error.code == 429 else None
    return 0


class TestFloodControl:
    def test_burst_then_rate(self) -> None:
        """A chat takes a burst, then one message a second; waiting as told is enough."""
        clock = Clock()
        control = FloodControl(FloodLimits(per_chat_per_s=1, chat_burst=3), clock)
        assert [wait_of(control) for _ in range(4)] == [0, 0, 0, 1]
        clock.now += 1
        assert [wait_of(control), wait_of(control)] == [0, 1]

    def test_refusals_do_not_count(self) -> None:
        """Calls that were refused do not make the wait longer."""
        clock = Clock()
        control = FloodControl(FloodLimits(per_chat_per_s=1, chat_burst=1), clock)
        assert [wait_of(control) for _ in range(10)] == [0, *[1] * 9]

    def test_chats_are_apart(self) -> None:
        """One chat's flood does not slow another, or another bot."""
        control = FloodControl(FloodLimits(per_chat_per_s=1, chat_burst=1), Clock())
        assert [wait_of(control, chat_id=1), wait_of(control, chat_id=2), wait_of(control, bot_id=2)] == [
            0,
            0,
            0,
        ]

    def test_group_limit(self) -> None:
        """A group takes 20 messages, then has to rest."""
        clock = Clock()
        control = FloodControl(FloodLimits(per_chat_per_s=0, overall_per_s=0), clock)
        assert [wait_of(control, chat_id=-5) for _ in range(21)] == [0] * 20 + [3]

    def test_overall_limit(self) -> None:
        """A bot sends 30 messages a second in all."""
        control = FloodControl(FloodLimits(), Clock())
        assert [wait_of(control, chat_id=chat) for chat in range(1, 32)] == [0] * 30 + [1]

    @pytest.mark.parametrize(
        "method", ["answerCallbackQuery", "sendChatAction", "getUpdates", "deleteMessage"]
    )
    def test_what_is_free(self, method: str) -> None:
        """Only making and editing messages counts."""
        control = FloodControl(FloodLimits(overall_per_s=1), Clock())
        assert [wait_of(control, method) for _ in range(5)] == [0] * 5


class TestOverHttp:
    @pytest.fixture
    def config(self) -> PlaygroundConfig:
        limits = FloodLimits(per_chat_per_s=0.1, chat_burst=1)
        return PlaygroundConfig(port=0, pace=FAST, flood_limits=limits)

    async def test_retry_after(self, raw: RawBot, anna: Learner) -> None:
        """A flood is answered by 429 with the seconds to wait."""
        await raw("sendMessage", chat_id=1001, text="one")
        with pytest.raises(Refused) as refusal:
            await raw("sendMessage", chat_id=1001, text="two")
        body = refusal.value.body
        assert refusal.value.status == body["error_code"] == 429
        wait_s = body["parameters"]["retry_after"]
        assert body["description"] == f"Too Many Requests: retry after {wait_s}"
        assert 9 <= wait_s <= 10


class TestFaults:
    async def test_error_for_one_chat(self, server: PlaygroundServer, raw: RawBot, anna: Learner) -> None:
        """An ordered error meets the calls it is meant for, as often as ordered."""
        server.learner(1002).start()
        server.order(Fault("sendMessage", chat_id=1001, error=bad_request("ordered"), times=2))
        assert await raw("sendMessage", chat_id=1002, text="x")
        for _ in range(2):
            with pytest.raises(Refused, match="Bad Request: ordered"):
                await raw("sendMessage", chat_id=1001, text="x")
        assert await raw("sendMessage", chat_id=1001, text="x")

    async def test_dropped_connection(self, server: PlaygroundServer, raw: RawBot, anna: Learner) -> None:
        """A dropped connection gives no response, and nothing was sent."""
        server.order(Fault("sendMessage", drops=True))
        with pytest.raises(aiohttp.ClientError):
            await raw("sendMessage", chat_id=1001, text="x")
        assert anna.replies == []

    async def test_response_that_breaks_off(
        self, server: PlaygroundServer, raw: RawBot, anna: Learner
    ) -> None:
        """A response that is cut off announces more bytes than come; the next call is answered whole."""
        server.order(Fault("sendMessage", cuts_off=True))
        with pytest.raises(aiohttp.ClientPayloadError):
            await raw("sendMessage", chat_id=1001, text="x")
        assert anna.replies == []
        assert await raw("sendMessage", chat_id=1001, text="y")

    async def test_failure_after_the_effect(
        self, server: PlaygroundServer, raw: RawBot, anna: Learner
    ) -> None:
        """A call can be carried out though its caller sees a failure."""
        server.order(Fault("sendMessage", drops=True, after_effect=True))
        with pytest.raises(aiohttp.ClientError):
            await raw("sendMessage", chat_id=1001, text="x")
        assert [message.text for message in anna.replies] == ["x"]

    async def test_delay(self, server: PlaygroundServer, raw: RawBot, anna: Learner) -> None:
        """A delayed call does not hold up others."""
        server.order(Fault("sendMessage", delay_s=30))
        late = asyncio.create_task(raw("sendMessage", chat_id=1001, text="late"))
        await until(lambda: not server.faults.pending)
        assert await raw("sendMessage", chat_id=1001, text="soon")
        assert not late.done()
        late.cancel()
