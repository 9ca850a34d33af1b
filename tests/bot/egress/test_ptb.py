from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut

from bot.egress.scripted import CLOSE, TOKEN, Request, ScriptedApi, http, ok, refusal
from lplate_bot.egress import ApiClient, Call, Outbox, SendLimits, SendRates
from lplate_bot.egress.backoff import Backoff
from lplate_bot.egress.ptb import PtbRequest, base_file_url, base_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MESSAGE = {"message_id": 5, "date": 1, "chat": {"id": 9, "type": "private"}, "text": "x"}


@pytest.fixture
async def outbox(client: ApiClient) -> AsyncIterator[Outbox]:
    """An outbox without limits of its own."""
    outbox = Outbox(client, SendLimits(SendRates(0, 0, 0, 0)), backoff=Backoff(0.01, 0.02))
    yield outbox
    outbox.close()


@pytest.fixture
def bot(client: ApiClient, outbox: Outbox) -> Bot:
    """PTB's Bot over our connections."""
    request = PtbRequest(client, outbox, patience_s=0.2, read_timeout_s=5)
    return Bot(
        TOKEN, base_url=base_url, base_file_url=base_file_url, request=request, get_updates_request=request
    )


async def test_methods_of_ptbs_bot_work(api: ScriptedApi, bot: Bot) -> None:
    """A method of PTB's Bot arrives as JSON with nested objects, its result comes back as PTB's object."""

    async def answer(request: Request) -> bytes:
        return ok(MESSAGE)

    api.answer = answer
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("A", callback_data="a")]])
    message = await bot.send_message(9, "x", reply_markup=keyboard)
    assert message.message_id == 5
    (request,) = api.requests
    assert request.path == f"/bot{TOKEN}/sendMessage"
    assert request.json["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "a"


async def test_ptb_uploads_files(api: ScriptedApi, bot: Bot) -> None:
    """Files of PTB's Bot travel as a form, alone or attached to media."""

    async def answer(request: Request) -> bytes:
        return ok(MESSAGE)

    api.answer = answer
    await bot.send_document(9, b"content", filename="a.txt", caption="näive")
    await bot.edit_message_media(InputMediaPhoto(b"\x89PNG", caption="c"), 9, 5)
    first, second = api.requests
    assert first.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b"content" in first.body
    assert 'filename="a.txt"' in first.body.decode()
    assert "näive" in first.body.decode()
    assert b"attach://" in second.body
    assert b"\x89PNG" in second.body


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (refusal(400, "Bad Request: chat not found"), BadRequest),
        (refusal(403, "Forbidden: bot was blocked by the user"), Forbidden),
        (refusal(429, "Too Many Requests: retry after 9", retry_after=9), RetryAfter),
        (refusal(502, "Bad Gateway"), NetworkError),
        (http(b"<html>", "502 Bad Gateway"), NetworkError),
        (CLOSE, NetworkError),
    ],
)
@pytest.mark.filterwarnings("ignore:.*retry_after.*")
async def test_errors_are_ptbs_own(
    api: ScriptedApi, bot: Bot, response: bytes, error: type[Exception]
) -> None:
    """Refusals and failures are raised as PTB raises them."""

    async def answer(request: Request) -> bytes:
        return response

    api.answer = answer
    with pytest.raises(error):
        await bot.send_message(9, "x")


async def test_no_answer_is_ptbs_timeout(api: ScriptedApi, bot: Bot) -> None:
    """A call without an answer in time raises TimedOut."""

    async def answer(request: Request) -> bytes:
        await asyncio.Event().wait()
        return CLOSE

    api.answer = answer
    with pytest.raises(TimedOut):
        await bot.send_message(9, "x", read_timeout=0.15)


async def test_ptb_keeps_its_place_among_a_chats_calls(api: ScriptedApi, bot: Bot, outbox: Outbox) -> None:
    """A message sent through PTB arrives after what its chat was sent before."""

    async def answer(request: Request) -> bytes:
        return ok(MESSAGE)

    api.answer = answer
    for number in range(3):
        outbox.send(Call("sendMessage", 9, json.dumps({"chat_id": 9, "text": str(number)}).encode()))
    await bot.send_message("9", "last")
    assert [request.json["text"] for request in api.requests] == ["0", "1", "2", "last"]


async def test_a_file_is_fetched_through_the_client(api: ScriptedApi, bot: Bot) -> None:
    """A file's content comes over our connection, from the path that getFile named."""

    async def answer(request: Request) -> bytes:
        if request.method == "getFile":
            return ok({"file_id": "f", "file_unique_id": "u", "file_path": "documents/file_1.txt"})
        return http(b"content")

    api.answer = answer
    file = await bot.get_file("f")
    assert bytes(await file.download_as_bytearray()) == b"content"
    assert api.requests[-1].path == f"/file/bot{TOKEN}/documents/file_1.txt"
    assert TOKEN not in str(file.file_path)


async def test_ptb_shows_no_token(api: ScriptedApi, bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    """PTB itself logs its URLs; built with our functions they hold no token."""
    caplog.set_level(logging.DEBUG)
    another = Bot(
        TOKEN,
        base_url=base_url,
        base_file_url=base_file_url,
        request=bot.request,
        get_updates_request=bot.request,
    )
    await api.stop()
    with pytest.raises(NetworkError) as caught:
        await another.send_message(9, "x")
    assert TOKEN.partition(":")[2] not in caplog.text + str(caught.value)
