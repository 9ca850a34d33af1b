from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from bot.egress.scripted import CLOSE, TOKEN, Request, ScriptedApi, http, ok, refusal
from lplate.errors import ConfigError, StoreError
from lplate_bot.egress import ApiClient
from lplate_bot.egress.backoff import Backoff
from lplate_bot.ingress import ALLOWED_UPDATES, Ack, Poller

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.ingress.fakegate import FakeGate


class UpdateApi(ScriptedApi):
    """Keep updates until an offset confirms them, as Telegram does; *troubles* are answered first."""

    def __init__(self, ids: list[int]) -> None:
        super().__init__(answer=self.hand_out)
        self.kept = [{"update_id": update_id} for update_id in ids]
        self.troubles: list[bytes] = []

    async def hand_out(self, request: Request) -> bytes:
        if request.method != "getUpdates":
            return ok()
        if self.troubles:
            return self.troubles.pop(0)
        query = request.json
        place = next(
            (n for n, update in enumerate(self.kept) if update["update_id"] >= query.get("offset", 0)),
            len(self.kept),
        )
        del self.kept[:place]
        if not self.kept and query["timeout"]:
            await asyncio.Event().wait()
        return ok(self.kept[: query["limit"]])

    @property
    def offsets(self) -> list[int | None]:
        return [request.json.get("offset") for request in self.requests if request.method == "getUpdates"]


@pytest.fixture
async def api() -> AsyncIterator[UpdateApi]:
    """A scripted Bot API with three updates whose ids jump."""
    api = UpdateApi([7, 12, 40])
    await api.start()
    yield api
    await api.stop()


@pytest.fixture
async def poller(api: UpdateApi, gate: FakeGate) -> AsyncIterator[Poller]:
    """A poller of the scripted Bot API with short pauses."""
    client = ApiClient(api.root, TOKEN)
    yield Poller(client, gate.submit, backoff=Backoff(0.01, 0.02))
    await client.close()


async def finish(poller: Poller, running: asyncio.Task[None]) -> None:
    poller.stop()
    async with asyncio.timeout(10):
        await running


async def test_updates_are_submitted_in_order(api: UpdateApi, gate: FakeGate, poller: Poller) -> None:
    """Updates reach the gate raw, in order of receipt, and the next fetch confirms them."""
    running = asyncio.create_task(poller.run())
    await api.arrival(2)
    assert [json.loads(body)["update_id"] for body in gate.bodies] == [7, 12, 40]
    assert api.offsets == [None, 41]
    assert api.requests[0].json["allowed_updates"] == list(ALLOWED_UPDATES)
    assert {"poll_answer", "my_chat_member", "callback_query"} <= set(ALLOWED_UPDATES)
    await finish(poller, running)


async def test_nothing_is_fetched_before_the_batch_is_committed(
    api: UpdateApi, gate: FakeGate, poller: Poller
) -> None:
    """The next fetch goes out only when all updates of the batch are committed."""
    gate.holds = True
    running = asyncio.create_task(poller.run())
    await gate.arrival(3)
    for number in (2, 1):
        gate.held[number](Ack())
    await asyncio.sleep(0.01)
    assert len(api.requests) == 1
    gate.held[0](Ack())
    await api.arrival(2)
    assert api.offsets == [None, 41]
    await finish(poller, running)


@pytest.mark.parametrize(("failing", "offset"), [(0, None), (1, 8), (2, 13)])
async def test_the_offset_stops_before_the_first_failure(
    api: UpdateApi, gate: FakeGate, poller: Poller, failing: int, offset: int | None
) -> None:
    """The offset moves over the unbroken prefix only; what follows a failure is fetched again."""
    gate.holds = True
    running = asyncio.create_task(poller.run())
    await gate.arrival(3)
    for number, on_word in enumerate(gate.held):
        if number == failing:
            on_word(StoreError("disk full"))
        else:
            on_word(Ack())
    gate.holds = False
    await api.arrival(3)
    assert api.offsets == [None, offset, 41]
    assert len(gate.bodies) == 3 + 3 - failing
    await finish(poller, running)


async def test_ids_that_jump_back_confirm_nothing_more(api: UpdateApi, gate: FakeGate) -> None:
    """The offset follows the last acknowledged update, never the greatest id seen."""
    api.kept = [{"update_id": 900}, {"update_id": 3}]
    client = ApiClient(api.root, TOKEN)
    poller = Poller(client, gate.submit)
    running = asyncio.create_task(poller.run())
    await api.arrival(2)
    assert api.offsets == [None, 4]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await client.close()


async def test_a_stop_confirms_what_is_committed(api: UpdateApi, gate: FakeGate, poller: Poller) -> None:
    """A stop during a batch waits for its commit and confirms it with one short fetch."""
    gate.holds = True
    running = asyncio.create_task(poller.run())
    await gate.arrival(3)
    poller.stop()
    for on_word in gate.held:
        on_word(Ack())
    async with asyncio.timeout(10):
        await running
    last = api.requests[-1].json
    assert (last["offset"], last["timeout"], last["limit"]) == (41, 0, 1)
    assert api.kept == []
    assert len(gate.bodies) == 3


async def test_a_stop_ends_the_long_poll(api: UpdateApi, gate: FakeGate, poller: Poller) -> None:
    """A stop while nothing comes ends at once, and confirms what the fetch given up may not have."""
    running = asyncio.create_task(poller.run())
    await api.arrival(2)
    await finish(poller, running)
    assert api.offsets == [None, 41, 41]
    assert [request.json["timeout"] for request in api.requests] == [30, 30, 0]


async def test_a_stop_does_not_wait_for_a_dead_server(
    api: UpdateApi, gate: FakeGate, poller: Poller, caplog: pytest.LogCaptureFixture
) -> None:
    """A stop while the Bot API is gone ends, and the log says that updates will come again."""
    running = asyncio.create_task(poller.run())
    await api.arrival(2)
    await api.stop()
    await finish(poller, running)
    assert "will come again" in caplog.text


async def test_a_cancelled_poller_may_still_be_told(api: UpdateApi, gate: FakeGate, poller: Poller) -> None:
    """What the updates of a cancelled poller come to harms nobody."""
    gate.holds = True
    running = asyncio.create_task(poller.run())
    await gate.arrival(3)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    for on_word in gate.held:
        on_word(Ack())


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (refusal(502, "Bad Gateway"), "502 Bad Gateway"),
        (CLOSE, "closed the connection"),
        (http(b"<html>"), "not its JSON"),
        (ok({"no": "list"}), "cannot be read"),
        (refusal(409, "Conflict: terminated by other getUpdates request"), "another program"),
        (refusal(429, "Too Many Requests: retry after 0", retry_after=0.02), "asks to wait"),
    ],
)
async def test_trouble_is_told_once_and_survived(
    api: UpdateApi,
    gate: FakeGate,
    poller: Poller,
    caplog: pytest.LogCaptureFixture,
    trouble: bytes,
    words: str,
) -> None:
    """Whatever the Bot API does, the poller says it once, goes on trying, and says when it is over."""
    caplog.set_level(logging.INFO, "lplate_bot")
    api.troubles = [trouble] * 4
    running = asyncio.create_task(poller.run())
    await api.arrival(6)
    warnings = [r.message for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert words in warnings[0]
    assert "polling_recovered" in caplog.text
    assert TOKEN not in caplog.text
    assert len(gate.bodies) == 3
    await finish(poller, running)


async def test_a_store_that_fails_on_and_on_is_told_once(
    api: UpdateApi, gate: FakeGate, poller: Poller, caplog: pytest.LogCaptureFixture
) -> None:
    """A full disk makes one warning, however often the batch is fetched again."""
    gate.error = StoreError("disk full")
    running = asyncio.create_task(poller.run())
    await api.arrival(4)
    assert [r.message for r in caplog.records if "disk full" in r.message] == [
        "polling_trouble reason=updates are not acknowledged and will be fetched again: disk full"
    ]
    assert poller.offset is None
    await finish(poller, running)


@pytest.mark.parametrize(("code", "words"), [(401, "Unauthorized"), (404, "Not Found")])
async def test_a_refused_token_ends_polling(api: UpdateApi, poller: Poller, code: int, words: str) -> None:
    """A token that Telegram refuses is a configuration error that does not show it."""
    api.troubles = [refusal(code, words)]
    with pytest.raises(ConfigError, match=r"check LPLATE_TOKEN") as caught:
        await poller.run()
    assert TOKEN not in str(caught.value)


async def test_a_webhook_in_the_way_is_removed(
    api: UpdateApi, gate: FakeGate, poller: Poller, caplog: pytest.LogCaptureFixture
) -> None:
    """Where a webhook keeps updates from polling, it is removed and the log says so."""
    api.troubles = [refusal(409, "Conflict: can't use getUpdates method while webhook is active")]
    running = asyncio.create_task(poller.run())
    await gate.arrival(3)
    assert [request.method for request in api.requests][:2] == ["getUpdates", "deleteWebhook"]
    assert "webhook_removed" in caplog.text
    await finish(poller, running)


async def test_a_fault_of_ours_is_not_acknowledged(
    api: UpdateApi, gate: FakeGate, poller: Poller, caplog: pytest.LogCaptureFixture
) -> None:
    """An unexpected exception of the gate is logged with its traceback and confirms nothing."""
    gate.error = ZeroDivisionError("ours")
    running = asyncio.create_task(poller.run())
    await api.arrival(2)
    assert any(record.exc_info for record in caplog.records)
    assert poller.offset is None
    await finish(poller, running)


async def test_batches_are_as_large_as_they_come(api: UpdateApi, gate: FakeGate, poller: Poller) -> None:
    """More updates than fit one batch arrive batch after batch, each once."""
    api.kept = [{"update_id": number} for number in range(1, 251)]
    running = asyncio.create_task(poller.run())
    await gate.arrival(250)
    received: list[Any] = [json.loads(body)["update_id"] for body in gate.bodies]
    assert received == list(range(1, 251))
    await finish(poller, running)
