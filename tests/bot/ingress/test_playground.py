"""Both ways in, driven by the playground: it delivers and repeats as Telegram does."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from bot.ingress.fakegate import FakeGate
from bot.ingress.rawclient import SECRET
from lplate.errors import StoreError
from lplate_bot.egress import ApiClient
from lplate_bot.egress.backoff import Backoff
from lplate_bot.ingress import ALLOWED_UPDATES, Ack, Poller, WebhookServer
from lplate_bot.playground import PLAYGROUND_TOKEN
from lplate_bot.playground.delivery import Pace
from lplate_bot.playground.server import PlaygroundConfig, PlaygroundServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BUTTON = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}


@pytest.fixture
async def playground() -> AsyncIterator[PlaygroundServer]:
    """A playground that repeats failed deliveries soon."""
    pace = Pace(timeout_s=5.0, first_delay_s=0.05, longest_delay_s=0.1)
    playground = PlaygroundServer(PlaygroundConfig(port=0, pace=pace))
    await playground.start()
    yield playground
    await playground.stop()


@pytest.fixture
async def client(playground: PlaygroundServer) -> AsyncIterator[ApiClient]:
    """A client of the playground."""
    client = ApiClient(playground.url, PLAYGROUND_TOKEN)
    yield client
    await client.close()


async def set_webhook(client: ApiClient, server: WebhookServer, secret: str = SECRET) -> None:
    body = {
        "url": f"http://127.0.0.1:{server.port}/hook",
        "secret_token": secret,
        "allowed_updates": ALLOWED_UPDATES,
    }
    response = await client.call("setWebhook", json.dumps(body).encode())
    assert response.ok, response.description


def texts(gate: FakeGate) -> list[str]:
    return [json.loads(body)["message"]["text"] for body in gate.bodies]


async def test_polling_brings_what_was_not_committed_again(
    playground: PlaygroundServer, client: ApiClient, gate: FakeGate
) -> None:
    """Updates whose commit failed come again, in order, and those committed never."""
    learner = playground.add_learner()
    for number in range(5):
        learner.send_text(f"{number}")
    gate.holds = True
    poller = Poller(client, gate.submit, backoff=Backoff(0.01, 0.02))
    running = asyncio.create_task(poller.run())
    await gate.arrival(5)
    for number, on_word in enumerate(gate.held):
        if number == 2:
            on_word(StoreError("disk full"))
        else:
            on_word(Ack())
    gate.holds = False
    await gate.arrival(8)
    assert texts(gate) == ["0", "1", "2", "3", "4", "2", "3", "4"]
    learner.send_text("5")
    await gate.arrival(9)
    poller.stop()
    await running
    info = await client.call("getWebhookInfo")
    assert info.result is not None
    assert json.loads(bytes(info.result))["pending_update_count"] == 0


async def test_the_webhook_brings_what_was_not_committed_again(
    playground: PlaygroundServer, client: ApiClient, server: WebhookServer, gate: FakeGate
) -> None:
    """A delivery answered 503 is repeated until it is acknowledged."""
    gate.error = StoreError("disk full")
    await set_webhook(client, server)
    playground.add_learner().send_text("x")
    await gate.arrival(2)
    gate.error = None
    await gate.arrival(3)
    assert texts(gate) == ["x"] * 3


async def test_a_press_is_answered_in_the_webhooks_response(
    playground: PlaygroundServer, client: ApiClient, server: WebhookServer, gate: FakeGate
) -> None:
    """The call in an acknowledgement is carried out by the Bot API server."""
    learner = playground.add_learner()
    learner.start()
    body = {"chat_id": learner.id, "text": "?", "reply_markup": BUTTON}
    await client.call("sendMessage", json.dumps(body).encode())
    await set_webhook(client, server)
    await gate.arrival(1)
    gate.holds = True
    query_id = learner.press(learner.replies[0], "a")
    await gate.arrival(2)
    answer = {"method": "answerCallbackQuery", "callback_query_id": query_id, "text": "right"}
    gate.held[0](Ack(json.dumps(answer).encode()))
    assert (await learner.answer_to(query_id)).text == "right"


async def test_a_wrong_secret_stops_nothing_but_the_liar(
    playground: PlaygroundServer,
    client: ApiClient,
    server: WebhookServer,
    gate: FakeGate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While deliveries bear another secret nothing is taken; with the right one everything comes."""
    told = asyncio.Event()
    monkeypatch.setattr(server, "on_wrong_secret", told.set)
    await set_webhook(client, server, "another-secret")
    playground.add_learner().send_text("x")
    await asyncio.wait_for(told.wait(), 60)
    assert gate.bodies == []
    await set_webhook(client, server)
    await gate.arrival(1)
    assert texts(gate) == ["x"]


async def test_polling_takes_over_from_a_webhook(
    playground: PlaygroundServer, client: ApiClient, server: WebhookServer, gate: FakeGate
) -> None:
    """A poller removes the webhook that keeps updates from it and gets what was left."""
    gate.error = StoreError("disk full")
    await set_webhook(client, server)
    playground.add_learner().send_text("x")
    await gate.arrival(1)
    second = FakeGate()
    poller = Poller(client, second.submit, backoff=Backoff(0.01, 0.02))
    running = asyncio.create_task(poller.run())
    await second.arrival(1)
    assert texts(second) == ["x"]
    poller.stop()
    await running
