"""A playground on a free port, and a chat with one message of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from lplate_bot.playground.server import PlaygroundConfig, PlaygroundServer
from playground.scene import FAST, RawBot, Scene, keyboard, picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lplate_bot.playground.learner import Learner
    from lplate_bot.playground.objects import Json


@pytest.fixture
def config() -> PlaygroundConfig:
    """Override to change what is served."""
    return PlaygroundConfig(port=0, pace=FAST)


@pytest.fixture
async def server(config: PlaygroundConfig) -> AsyncIterator[PlaygroundServer]:
    server = PlaygroundServer(config)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def raw(server: PlaygroundServer, session: aiohttp.ClientSession) -> RawBot:
    return RawBot(session, server.url, server.config.tokens[0])


@pytest.fixture
def anna(server: PlaygroundServer) -> Learner:
    """Anna, who has pressed Start."""
    learner = server.learner(1001)
    learner.start()
    return learner


@pytest.fixture
async def scene(server: PlaygroundServer, raw: RawBot, anna: Learner) -> Scene:
    upload = aiohttp.FormData({"chat_id": "1001", "caption": "a sign"})
    upload.add_field("photo", picture(), filename="sign.png", content_type="image/png")
    photo = await _uploaded(raw, "sendPhoto", upload)
    upload = aiohttp.FormData({"chat_id": "1001"})
    upload.add_field("document", b"a,b\n1,2\n", filename="table.csv", content_type="text/csv")
    document = await _uploaded(raw, "sendDocument", upload)
    text = await raw("sendMessage", chat_id=1001, text="Who must wait?", reply_markup=keyboard("a", "b"))
    options = [{"text": "yes"}, {"text": "no"}]
    poll = await raw("sendPoll", chat_id=1001, question="Stop?", options=options, is_anonymous=False)
    return Scene(
        server,
        raw,
        chat_id=1001,
        text_id=text["message_id"],
        photo_id=photo["message_id"],
        document_id=document["message_id"],
        poll_id=poll["message_id"],
        learner_message_id=anna.messages[0].message_id,
        photo_file_id=photo["photo"][-1]["file_id"],
        document_file_id=document["document"]["file_id"],
        query_id=anna.press(text["message_id"], "a"),
        group_id=server.add_group("Class", [anna]).info.id,
    )


async def _uploaded(raw: RawBot, method: str, form: aiohttp.FormData) -> Json:
    async with raw.session.post(f"{raw.root}/{method}", data=form) as response:
        result: Json = (await response.json())["result"]
    return result
