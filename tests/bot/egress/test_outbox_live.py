from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot.egress.scripted import CLOSE, Request, ScriptedApi, ok, refusal
from lplate_bot.egress import ApiClient, Call, Kind, Outbox, Outcome, SendLimits, SendRates
from lplate_bot.egress.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

UNLIMITED = SendRates(0, 0, 0, 0)


@pytest.fixture
async def outbox(client: ApiClient) -> AsyncIterator[Outbox]:
    """An outbox without limits of its own and with short pauses."""
    outbox = Outbox(client, SendLimits(UNLIMITED), backoff=Backoff(0.01, 0.02))
    yield outbox
    outbox.close()


async def test_calls_of_a_chat_keep_their_order(api: ScriptedApi, outbox: Outbox) -> None:
    """Calls of one chat arrive in the order they were sent, one at a time, while chats go side by side."""
    for number in range(20):
        for chat in range(4):
            outbox.send(Call("sendMessage", chat, json.dumps([chat, number]).encode()))
    assert await outbox.drain(10) == 0
    for chat in range(4):
        assert [r.json[1] for r in api.requests if r.json[0] == chat] == list(range(20))
    assert outbox.lanes == 0


async def test_retry_after_delays_that_chat_only(api: ScriptedApi, outbox: Outbox) -> None:
    """A chat told to wait is tried again after that long; other chats go on meanwhile."""
    refused: list[int] = []

    async def answer(request: Request) -> bytes:
        if request.json == 1 and not refused:
            refused.append(1)
            return refusal(429, "Too Many Requests: retry after 0", retry_after=0.2)
        return ok()

    api.answer = answer
    outcomes: list[tuple[int, Kind]] = []

    def note(chat: int, outcome: Outcome) -> None:
        outcomes.append((chat, outcome.kind))

    for chat in (1, 2, 3):
        outbox.send(Call("sendMessage", chat, b"%d" % chat, done=partial(note, chat)))
    assert await outbox.drain(10) == 0
    assert outcomes[-1] == (1, Kind.OK)
    assert sorted(outcomes) == [(1, Kind.OK), (2, Kind.OK), (3, Kind.OK)]


async def test_replies_survive_an_outage(api: ScriptedApi, outbox: Outbox) -> None:
    """While the Bot API is down nothing is dropped; when it is back everything arrives in order."""
    port = api.port
    await api.stop()
    for number in range(5):
        for chat in range(10):
            outbox.send(Call("sendMessage", chat, json.dumps([chat, number]).encode()))
    assert await outbox.drain(0.1) == 50
    again = ScriptedApi()
    await again.start(port)
    assert await outbox.drain(10) == 0
    for chat in range(10):
        assert [r.json[1] for r in again.requests if r.json[0] == chat] == list(range(5))
    await again.stop()


async def test_a_closed_outbox_leaves_nobody_waiting(api: ScriptedApi, outbox: Outbox) -> None:
    """Closing ends awaited calls with RETRY; calls made afterwards are dropped, awaited ones end so too."""

    async def never(request: Request) -> bytes:
        await asyncio.Event().wait()
        return CLOSE

    api.answer = never
    waiting = asyncio.create_task(outbox.call("sendMessage", {"chat_id": 1}))
    await api.arrival(1)
    outbox.close()
    outbox.send(Call("sendMessage", 2, b"{}"))
    assert (await waiting).kind is Kind.RETRY
    assert (await outbox.call("getMe")).kind is Kind.RETRY
    assert len(api.requests) == 1


async def test_call_returns_the_outcome(api: ScriptedApi, outbox: Outbox) -> None:
    """An awaited call returns its outcome with the raw result."""
    outcome = await outbox.call("getMe")
    assert (outcome.kind, bytes(outcome.result or b"")) == (Kind.OK, b"1")


async def test_an_awaited_call_gives_up(api: ScriptedApi, outbox: Outbox) -> None:
    """An awaited call that does not get through ends with RETRY when its patience is over."""

    async def close(request: Request) -> bytes:
        return CLOSE

    api.answer = close
    outcome: Outcome = await asyncio.wait_for(outbox.call("sendMessage", {"chat_id": 1}, patience_s=0.05), 60)
    assert outcome.kind is Kind.RETRY
