"""One open chat page: a websocket of one learner.

A client that is no browser may use it as well: `/playground/ws?learner=<id>` (and `&bot=<id>` where several
bots are served) speaks JSON text frames. In: send, press, vote, block, start, clear, each with an optional
"ref" that done or error repeats; a press is done when the server took it, and answer or expired repeats its
ref once more. Out: hello, message, edited, deleted, answer, expired, action, reaction, bot, update_status,
done, error.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import WSMsgType, web

from lplate_bot.playground.errors import ApiError
from lplate_bot.playground.events import Answered, Event
from lplate_bot.playground.frames import Frame, bot_json, event_frame, learner_json, message_frame
from lplate_bot.playground.learner import ActionRefusedError, Learner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lplate_bot.playground.bots import Bot
    from lplate_bot.playground.messenger import Messenger

PRESENCE_INTERVAL_S: Final = 0.5
MAX_UNSENT_FRAMES: Final = 1_000
"""A page that is this far behind is cut off; it reconnects and gets the whole chat."""


class ChatSocket:
    """Serve one websocket until it closes."""

    def __init__(self, messenger: Messenger, bot: Bot, learner: Learner, patience_s: float) -> None:
        self._messenger = messenger
        self._bot = bot
        self._learner = learner
        self._patience_s = patience_s
        self._frames: asyncio.Queue[Frame | None] = asyncio.Queue(MAX_UNSENT_FRAMES)
        self._pressed: dict[str, tuple[str | None, asyncio.TimerHandle]] = {}
        self._online = bot.is_online()

    async def serve(self, socket: web.WebSocketResponse) -> None:
        """Talk to the page until it leaves."""
        self._messenger.watch(self._bot, self._learner.id, self._on_event)
        self._put(self._hello())
        tasks = [asyncio.create_task(self._send_frames(socket)), asyncio.create_task(self._watch_presence())]
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._on_frame(message.data)
        finally:
            self._messenger.unwatch(self._bot, self._learner.id, self._on_event)
            for _, timer in self._pressed.values():
                timer.cancel()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # ------------------------------------------------------------------ to the page

    def _hello(self) -> Frame:
        chat, user = self._learner.chat, self._learner.user
        return {
            "type": "hello",
            "learner": learner_json(user),
            "bot": bot_json(self._bot, user.id, user.language_code),
            "messages": [message_frame(post, user.id) for post in chat.posts.values()],
            "blocked": chat.is_blocked,
        }

    async def _send_frames(self, socket: web.WebSocketResponse) -> None:
        while (frame := await self._frames.get()) is not None:
            await socket.send_str(msgspec.json.encode(frame).decode())
        await socket.close()

    async def _watch_presence(self) -> None:
        while True:
            await asyncio.sleep(PRESENCE_INTERVAL_S)
            if self._bot.is_online() != self._online:
                self._online = not self._online
                self._put({"type": "bot", "online": self._online})

    def _put(self, frame: Frame) -> None:
        if self._frames.full():
            while not self._frames.empty():
                self._frames.get_nowait()
            self._frames.put_nowait(None)
        else:
            self._frames.put_nowait(frame)

    def _on_event(self, event: Event) -> None:
        frame = event_frame(event, self._learner.id)
        if frame is None:
            return
        if isinstance(event, Answered):
            ref, timer = self._pressed.pop(event.query_id, (None, None))
            if timer is None:
                return  # another tab pressed, and told its own page
            timer.cancel()
            frame["ref"] = ref
        self._put(frame)

    # ------------------------------------------------------------------ from the page

    def _on_frame(self, text: str) -> None:
        ref = None
        try:
            frame = msgspec.json.decode(text, type=dict[str, Any])
            ref = frame.get("ref")
            self._act(frame, ref)
            self._put({"type": "done", "ref": ref})
        except (ActionRefusedError, ApiError) as refusal:
            self._put({"type": "error", "ref": ref, "text": str(refusal)})
        except (KeyError, TypeError, ValueError, msgspec.DecodeError) as fault:
            self._put({"type": "error", "ref": ref, "text": f"frame not understood: {fault}"})

    def _act(self, frame: Mapping[str, Any], ref: str | None) -> None:
        """Do what the frame says."""
        actions: dict[str, Callable[[], object]] = {
            "press": lambda: self._press(frame, ref),
            "send": lambda: self._learner.send_text(frame["text"], frame.get("reply_to_message_id")),
            "start": lambda: self._learner.start(frame.get("parameter", "")),
            "vote": lambda: self._learner.vote(frame["poll_id"], frame["option_ids"]),
            "block": lambda: self._learner.set_blocked(bool(frame["blocked"])),
            "clear": self._learner.clear,
        }
        actions[frame["type"]]()

    def _press(self, frame: Mapping[str, Any], ref: str | None) -> None:
        query_id = self._learner.press(int(frame["message_id"]), frame["data"])
        timer = asyncio.get_running_loop().call_later(self._patience_s, self._expire, query_id)
        self._pressed[query_id] = (ref, timer)

    def _expire(self, query_id: str) -> None:
        ref, _ = self._pressed.pop(query_id)
        self._put({"type": "expired", "ref": ref, "query_id": query_id})
