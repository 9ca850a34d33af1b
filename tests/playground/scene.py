"""What the tests share: a bot that speaks raw HTTP, pictures, keyboards, and the names of a prepared chat."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image

from lplate_bot.playground.delivery import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    import aiohttp

    from lplate_bot.playground.learner import Learner
    from lplate_bot.playground.objects import Json
    from lplate_bot.playground.server import PlaygroundServer

FAST = Pace(timeout_s=2.0, first_delay_s=0.01, longest_delay_s=0.04)


class Refused(Exception):  # noqa: N818 -- it is what the server said, not an error of the test
    """The server refused a call; *body* is the whole response."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(body["description"])
        self.status = status
        self.body = body


class RawBot:
    """Call the Bot API without a library."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self.session = session
        self.root = f"{url}/bot{token}"

    async def __call__(self, method: str, **params: Any) -> Any:
        async with self.session.post(f"{self.root}/{method}", json=params) as response:
            body = await response.json()
        if not body["ok"]:
            raise Refused(response.status, body)
        return body["result"]


@dataclass
class Scene:
    """Anna's chat: what the tests need to name."""

    server: PlaygroundServer
    raw: RawBot
    chat_id: int
    text_id: int
    photo_id: int
    document_id: int
    poll_id: int
    learner_message_id: int
    photo_file_id: str
    document_file_id: str
    query_id: str
    group_id: int

    @property
    def anna(self) -> Learner:
        return self.server.learner(self.chat_id)


def picture(width: int = 640, height: int = 480, form: str = "PNG", colour: str = "#cc1122") -> bytes:
    """Return the bytes of a picture."""
    target = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(target, form)
    return target.getvalue()


def keyboard(*data: str) -> Json:
    """Return an inline keyboard of one row."""
    return {"inline_keyboard": [[{"text": each.upper(), "callback_data": each} for each in data]]}


async def until(done: Callable[[], object]) -> None:
    """Wait for what no event tells."""
    async with asyncio.timeout(30):
        while not done():  # noqa: ASYNC110 -- the server's inside has no event for a test
            await asyncio.sleep(0.001)
