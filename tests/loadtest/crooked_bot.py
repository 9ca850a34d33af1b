"""A small bot that polls, counts what it gets, and does one thing wrong at every tenth press."""

from __future__ import annotations

import asyncio
import os
import sys
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

TENTH = 10


class CrookedBot:
    """Answer presses; *fault* is ``none``, ``silent``, ``twice`` or ``neighbour``."""

    def __init__(self, session: ClientSession, fault: str) -> None:
        self.session = session
        self.fault = fault
        self.presses = 0
        self.numbers = count()
        self.counted = Path(os.environ["DATA"]) / "presses"

    async def call(self, method: str, **fields: Any) -> Any:
        async with self.session.post(f"{os.environ['API']}/bot1:x/{method}", json=fields) as response:
            return (await response.json()).get("result")

    async def ask(self, chat_id: int) -> None:
        button = {"text": "A", "callback_data": f"{next(self.numbers)}"}
        await self.call(
            "sendMessage", chat_id=chat_id, text="?", reply_markup={"inline_keyboard": [[button]]}
        )

    async def press(self, query: dict[str, Any]) -> None:
        self.presses += 1
        fault = self.fault if self.presses % TENTH == 0 else "none"
        self.counted.write_text(str(self.presses))
        if fault == "silent":
            return
        for _ in range(2 if fault == "twice" else 1):
            await self.call("answerCallbackQuery", callback_query_id=query["id"])
        await self.ask(query["from"]["id"] + (fault == "neighbour"))

    async def run(self) -> None:
        offset = 0
        while True:
            for update in await self.call("getUpdates", offset=offset, timeout=5) or []:
                offset = update["update_id"] + 1
                if "callback_query" in update:
                    await self.press(update["callback_query"])
                elif "message" in update:
                    await self.ask(update["message"]["chat"]["id"])


async def main(fault: str) -> None:
    async with ClientSession() as session:
        await CrookedBot(session, fault).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
