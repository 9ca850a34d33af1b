"""A bot driven line by line by a test: raw Bot API calls over HTTP, nothing of ours in between."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import aiohttp
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = dict[str, Any]


class ScriptedBot:
    """Call methods and read updates of one bot."""

    def __init__(self, session: aiohttp.ClientSession, root: str) -> None:
        self._session = session
        self._root = root
        self._offset = 0
        self._updates: list[Json] = []

    async def call(self, method: str, **parameters: Any) -> Any:
        """Return the result of a method; a refusal is an AssertionError with the server's words."""
        answer = await self.try_call(method, **parameters)
        assert answer["ok"], f"{method}: {answer}"
        return answer["result"]

    async def try_call(self, method: str, **parameters: Any) -> Json:
        """Return the whole answer to a method, be it a result or a refusal."""
        async with self._session.post(f"{self._root}/{method}", json=parameters) as response:
            return dict(await response.json())

    async def say(self, chat_id: int, text: str, **parameters: Any) -> int:
        """Send a message and return its id."""
        message = await self.call("sendMessage", chat_id=chat_id, text=text, **parameters)
        return int(message["message_id"])

    async def show(self, chat_id: int, picture: bytes, **fields: str) -> int:
        """Send a picture and return the message's id."""
        form = aiohttp.FormData({"chat_id": str(chat_id), **fields})
        form.add_field("photo", picture, filename="picture.png", content_type="image/png")
        async with self._session.post(f"{self._root}/sendPhoto", data=form) as response:
            answer = await response.json()
        assert answer["ok"], answer
        return int(answer["result"]["message_id"])

    async def next_update(self, kind: str) -> Json:
        """Return the next update of this kind, passing over others."""
        while True:
            while self._updates:
                update = self._updates.pop(0)
                if kind in update:
                    return dict(update[kind])
            self._updates = await self.call("getUpdates", offset=self._offset, timeout=5)
            assert self._updates, f"no {kind} came within 5 s"
            self._offset = self._updates[-1]["update_id"] + 1

    async def next_text(self) -> str:
        """Return the text of the next message a learner writes."""
        return str((await self.next_update("message"))["text"])


def keyboard(*rows: Sequence[tuple[str, str]]) -> Json:
    """Return an inline keyboard of (label, callback data) buttons."""
    return {
        "inline_keyboard": [[{"text": text, "callback_data": data} for text, data in row] for row in rows]
    }


def picture(width: int, height: int, colour: str = "#4c8a5b") -> bytes:
    """Return a PNG of one colour."""
    content = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(content, "PNG")
    return content.getvalue()
