"""Keep the whole state in one file, so that a learner finds the chat again after a restart."""

import asyncio
import contextlib
import logging
import os
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from lplate_bot.playground.bots import BotAccount
from lplate_bot.playground.files import StoredFile
from lplate_bot.playground.messenger import Messenger
from lplate_bot.playground.objects import User
from lplate_bot.playground.updates import QueuedUpdate

_log = logging.getLogger(__name__)

VERSION: Final = 1
INTERVAL_S: Final = 1.0


class QueueState(Struct, omit_defaults=True):
    """The updates of one bot that are not confirmed yet."""

    next_id: int
    allowed: list[str] | None = None
    pending: list[QueuedUpdate] = []


class State(Struct):
    """All that a snapshot holds; contents of files lie beside it."""

    version: int
    learners: list[User]
    bots: list[BotAccount]
    queues: list[QueueState]
    files: list[StoredFile]


class StateError(Exception):
    """A snapshot cannot be read; the message names the file and the remedy."""


class Snapshots:
    """Write the messenger's state to *path* when it has changed, at most once in INTERVAL_S seconds.

    Each snapshot replaces the former one as a whole: a crash leaves the last complete one.
    """

    def __init__(self, messenger: Messenger, path: Path) -> None:
        self._messenger = messenger
        self._path = path
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self.is_failing = False
        """True while the last snapshot could not be written."""

    def load(self) -> None:
        """Take over the stored state, if there is one.

        Raises:
            StateError: the file is broken or of another version.
        """
        try:
            state = msgspec.json.decode(self._path.read_bytes(), type=State)
        except FileNotFoundError:
            return
        except msgspec.DecodeError as fault:
            raise StateError(
                f"{self._path} is no playground state ({fault}); move it away to start afresh"
            ) from None
        if state.version != VERSION:
            raise StateError(
                f"{self._path} has version {state.version}, not {VERSION}; move it away to start afresh"
            )
        self._messenger.files.restore(state.files)
        for user in state.learners:
            self._messenger.learners[user.id] = user
        for account, queue in zip(state.bots, state.queues, strict=True):
            bot = self._messenger.adopt(account)
            bot.queue.restore(queue.pending, queue.next_id)
            bot.queue.allowed = queue.allowed
            self._messenger.bots[account.token] = bot

    def start(self) -> None:
        """Write snapshots from now on."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Write a last snapshot."""
        if self._task is not None:
            self._stopping.set()
            await self._task
            self._write(self._encoded())

    async def _run(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL_S):
                    await self._stopping.wait()
            if self._messenger.is_dirty:
                self._messenger.is_dirty = False
                await self._save()

    async def _save(self) -> None:
        """Write a snapshot; a disk that is full now may have room the next time."""
        try:
            await asyncio.to_thread(self._write, self._encoded())
        except OSError as fault:
            self._messenger.is_dirty = True
            if not self.is_failing:
                _log.warning("chats_not_kept file=%s error=%s", self._path, fault.strerror or fault)
            self.is_failing = True
        else:
            self.is_failing = False

    def _encoded(self) -> bytes:
        messenger = self._messenger
        bots = list(messenger.bots.values())
        queues = [QueueState(bot.queue.next_id, bot.queue.allowed, list(bot.queue.pending())) for bot in bots]
        accounts = [bot.account for bot in bots]
        learners = list(messenger.learners.values())
        return msgspec.json.encode(State(VERSION, learners, accounts, queues, messenger.files.all_files()))

    def _write(self, snapshot: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(".part")
        with partial.open("wb") as target:
            target.write(snapshot)
            target.flush()
            os.fsync(target.fileno())
        partial.replace(self._path)
