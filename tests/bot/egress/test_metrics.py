"""Calls are counted by method and by how they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.egress.scripted import TOKEN, ok, refusal
from lplate_bot.egress import ApiClient, ApiUnreachable
from lplate_bot.egress.metrics import NO_ANSWER, ApiMetrics

if TYPE_CHECKING:
    from bot.egress.scripted import Request, ScriptedApi


async def test_calls_are_counted_by_method_and_status(api: ScriptedApi, client: ApiClient) -> None:
    """Each call counts once, refused or not, with the time until its answer."""

    async def answer(request: Request) -> bytes:
        return refusal(429, "Too Many Requests") if request.path.endswith("sendMessage") else ok({})

    api.answer = answer
    for method in ("getMe", "sendMessage", "getMe", "getMe"):
        await client.call(method)
    methods = client.metrics.methods
    assert {name: dict(each.statuses) for name, each in methods.items()} == {
        "getMe": {200: 3},
        "sendMessage": {429: 1},
    }
    assert len(methods["getMe"].seconds) == 3
    assert client.metrics.failing_for_s() == 0


async def test_silence_is_counted_until_an_answer(api: ScriptedApi, client: ApiClient) -> None:
    """Calls without a usable answer have no status; the first of them begins the time of failing."""

    async def nonsense(_: Request) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

    good, api.answer = api.answer, nonsense
    for _ in range(2):
        with pytest.raises(ApiUnreachable):
            await client.call("getMe")
    assert client.metrics.failing_for_s() > 0
    api.answer = good
    await client.call("getMe")
    assert client.metrics.failing_for_s() == 0
    assert dict(client.metrics.methods["getMe"].statuses) == {NO_ANSWER: 2, 200: 1}


async def test_clients_may_share_their_counts(api: ScriptedApi, client: ApiClient) -> None:
    """The poller's calls and the bot's are counted together."""
    other = ApiClient(api.root, TOKEN, metrics=client.metrics)
    await client.call("getMe")
    await other.call("getUpdates")
    await other.close()
    assert set(client.metrics.methods) == {"getMe", "getUpdates"}


def test_time_of_failing_is_told() -> None:
    """It counts from the first call that got no answer."""
    now_s = 5.0
    metrics = ApiMetrics(lambda: now_s)
    metrics.of("getMe").ended(4.0, NO_ANSWER)
    now_s = 7.5
    metrics.of("getMe").ended(7.0, NO_ANSWER)
    assert metrics.failing_for_s() == 2.5
