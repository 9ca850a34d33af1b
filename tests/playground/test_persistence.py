"""State over restarts, and bounded contents of files."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from lplate_bot.playground.contents import Contents
from lplate_bot.playground.persistence import StateError
from lplate_bot.playground.server import PlaygroundConfig, PlaygroundServer
from playground.scene import FAST, RawBot, Scene, keyboard, picture, until

if TYPE_CHECKING:
    from pathlib import Path

    import aiohttp

    from lplate_bot.playground.learner import Learner


@pytest.fixture
def state_path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "playground.json"


@pytest.fixture
def config(state_path: Path) -> PlaygroundConfig:
    return PlaygroundConfig(port=0, pace=FAST, state_path=state_path)


def stored(state_path: Path) -> str:
    return state_path.read_text(encoding="utf-8")


def store(state_path: Path, state: str) -> None:
    state_path.parent.mkdir()
    state_path.write_text(state, encoding="utf-8")


async def restarted(server: PlaygroundServer) -> PlaygroundServer:
    await server.stop()
    again = PlaygroundServer(server.config)
    await again.start()
    return again


class TestRestart:
    async def test_all_is_there_again(self, scene: Scene, session: aiohttp.ClientSession) -> None:
        """Chats, files, profile, learners, waiting updates and ids go on as if nothing had happened."""
        await scene.raw("setMyCommands", commands=[{"command": "start", "description": "Begin"}])
        await scene.raw(
            "setMessageReaction", chat_id=1001, message_id=2, reaction=[{"type": "emoji", "emoji": "👍"}]
        )
        emil = scene.server.add_learner("Emil").id
        before = await scene.raw("getUpdates")
        chat = scene.anna.messages
        server = await restarted(scene.server)
        try:
            raw = RawBot(session, server.url, server.config.tokens[0])
            assert await raw("getUpdates") == before
            assert server.learner(1001).messages == chat
            assert server.learner(1001).chat.posts[2].reaction == "👍"
            assert server.learner(emil).user.first_name == "Emil"
            assert await raw("getMyCommands") == [{"command": "start", "description": "Begin"}]
            sent = await raw("sendPhoto", chat_id=1001, photo=scene.photo_file_id, reply_markup=keyboard("a"))
            assert sent["message_id"] > chat[-1].message_id
            path = (await raw("getFile", file_id=scene.photo_file_id))["file_path"]
            async with session.get(f"{server.url}/file/bot{server.config.tokens[0]}/{path}") as response:
                assert await response.read() == picture()
            server.learner(1001).press(sent["message_id"], "a")
            assert (await raw("getUpdates"))[-1]["update_id"] == before[-1]["update_id"] + 1
        finally:
            await server.stop()

    async def test_written_while_running(self, state_path: Path, anna: Learner) -> None:
        """A change is on disk within about a second, whether or not the server stops well."""
        await until(state_path.exists)
        assert "/start" in stored(state_path)

    async def test_broken_state(self, config: PlaygroundConfig, state_path: Path) -> None:
        """A broken state file is named with the remedy, and is left as it was."""
        store(state_path, "{")
        with pytest.raises(StateError, match=r"playground\.json is no playground state .* move it away"):
            await PlaygroundServer(config).start()
        assert stored(state_path) == "{"

    async def test_newer_state(self, config: PlaygroundConfig, state_path: Path) -> None:
        """A state of another version is refused."""
        store(state_path, '{"version":99,"learners":[],"bots":[],"queues":[],"files":[]}')
        with pytest.raises(StateError, match="has version 99"):
            await PlaygroundServer(config).start()


def added(contents: Contents, content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    contents.add(digest, content)
    return digest


class TestContents:
    def test_memory_is_bounded(self) -> None:
        """What memory cannot hold goes to disk and comes back; closing removes it."""
        contents = Contents(memory_bytes=100)
        digests = [added(contents, bytes([i]) * 60) for i in range(5)]
        assert [contents.get(digest)[0] for digest in digests] == [0, 1, 2, 3, 4]
        folder = contents._folder
        assert folder is not None
        assert sum(1 for _ in folder.iterdir()) >= 3
        contents.close()
        assert not folder.exists()

    def test_small_use_needs_no_disk(self) -> None:
        """As long as memory holds all, no folder is made."""
        contents = Contents(memory_bytes=100)
        added(contents, b"x")
        assert contents._folder is None

    def test_durable(self, tmp_path: Path) -> None:
        """With a folder, contents outlive the object."""
        contents = Contents(memory_bytes=100, folder=tmp_path)
        digest = added(contents, b"x")
        contents.close()
        assert Contents(memory_bytes=100, folder=tmp_path).get(digest) == b"x"


class TestTrouble:
    async def test_a_failed_snapshot_is_tried_again(
        self, config: PlaygroundConfig, state_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A disk that was full for a moment does not end the keeping of chats."""
        monkeypatch.setattr("lplate_bot.playground.persistence.INTERVAL_S", 0.01)
        server = PlaygroundServer(config)
        await server.start()
        state_path.parent.mkdir(exist_ok=True)
        blocker = state_path.with_suffix(".part")
        blocker.mkdir()
        server.learner(1001).start()
        snapshots = server._snapshots
        assert snapshots is not None
        await until(lambda: snapshots.is_failing)
        blocker.rmdir()
        await until(state_path.exists)
        await server.stop()
        assert "/start" in stored(state_path)
