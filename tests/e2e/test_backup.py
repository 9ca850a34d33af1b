"""The backup drill: copy while learners play, lose the database, put the copy back, go on."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import apsw
import pytest

from e2e.records import DATABASE, Records
from e2e.terminal import Terminal
from e2e.test_restart import UNDER_LOAD, play_until
from e2e.town import open_town
from lplate_bot.playground.learner import ActionRefusedError
from playing import bot_environment, is_open, place, wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from playing import Player

OTHER_BOT = "99:another-secret"


def state(database: Path) -> dict[str, list[object]]:
    """Return all rows of a copy or of a database that nobody has open, by table; not whose copy it is."""
    with closing(apsw.Connection(str(database))) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'origin'"
        )
        names = [name for (name,) in tables]
        return {name: list(connection.execute(f"SELECT * FROM {name}")) for name in names}


def is_prefix(part: Sequence[object], whole: Sequence[object]) -> bool:
    """Return True if *whole* begins with *part*."""
    return whole[: len(part)] == part


async def test_drill(data: Path, tmp_path: Path) -> None:
    """Under load a copy is of one moment; after a loss the restored state is that moment's, and all go on."""
    copy = tmp_path / "copy.db"
    async with open_town(data) as town:
        terminal = Terminal(tmp_path, bot_environment(town.server, data))
        players = [town.player(f"Learner {number}") for number in range(UNDER_LOAD)]
        playing = [asyncio.create_task(play_until(asyncio.Event(), player)) for player in players]
        await wait_until(lambda: all(len(player.ledger) > 2 for player in players))
        stored = {player.learner.id: town.records.attempts(player.learner.id) for player in players}
        done = await terminal.run("backup", str(copy))
        assert done.code == 0, done.errors
        await wait_until(lambda: sum(len(player.ledger) for player in players) > 5 * UNDER_LOAD)
        assert (await terminal.run("restore", str(copy))).sentence.endswith("stop the bot first")
        for task in playing:
            task.cancel()
        await town.bot.kill()
        check_moment(copy, data, players, stored)
        await destroy(data, terminal)
        restored = await terminal.run("restore", str(copy))
        assert restored.code == 0, restored.errors
        assert state(data / DATABASE) == state(copy)
        await town.bot.start()
        await asyncio.gather(*(goes_on(player, town.records) for player in players))
        assert await town.bot.stop() == 0


def check_moment(
    copy: Path, data: Path, players: list[Player], stored: Mapping[int, Sequence[object]]
) -> None:
    """Fail unless the copy holds what was stored before it was made, and nothing that was never given."""
    folder = copy.parent / "as-data"
    folder.mkdir()
    shutil.copy(copy, folder / DATABASE)
    copied = Records(folder)
    for player in players:
        attempts = copied.attempts(player.learner.id)
        assert is_prefix(stored[player.learner.id], attempts)
        assert is_prefix(attempts, player.ledger)
    assert copied.count_attempts() < Records(data).count_attempts()


async def destroy(data: Path, terminal: Terminal) -> None:
    """Overwrite the database; the bot must refuse to start on it and name the remedy."""
    (data / DATABASE).write_bytes(b"\xff" * 100_000)
    (data / f"{DATABASE}-wal").unlink()  # all of a young database may still be in its log
    refused = await terminal.run("run")
    assert refused.code == 1
    assert "lplate restore FILE" in refused.sentence


async def goes_on(player: Player, records: Records) -> None:
    """Answer one more question, whatever the chat shows from the time after the backup.

    A press from before the loss that Telegram brings again may move the card on first.
    """
    before = len(records.attempts(player.learner.id))
    player.ledger.clear()
    card = await player.say("/resend")
    if not is_open(card):
        session, step = place(card)
        with suppress(ActionRefusedError):
            player.learner.press(card, f"n:{session}:{step}")
        first = card.message_id
        card = await player.sees(lambda m: m.message_id >= first and is_open(m))
    await player.give(card)
    await wait_until(lambda: player.ledger[-1] in records.attempts(player.learner.id)[before:])


async def test_copy_of_another_bot_is_refused(data: Path, tmp_path: Path) -> None:
    """Learners of one bot do not become another's by a mistaken restore."""
    async with open_town(data) as town:
        await town.player().start()
        assert await town.bot.stop() == 0
    terminal = Terminal(tmp_path).with_settings(data=str(data))
    assert (await terminal.run("backup", "copy.db")).code == 0
    refused = await terminal.with_settings(token=OTHER_BOT).run("restore", "copy.db")
    assert refused.code == 1
    assert "is of bot 1, not of bot 99" in refused.sentence
    assert not (data / "learners-99.db").exists()


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """Stand in a folder with the learners of two bots."""
    data = tmp_path / "data"
    data.mkdir()
    for bot_id in (7, 8):
        (data / f"learners-{bot_id}.db").touch()
    return Terminal(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("backup", "copy.db"), "several bots (7, 8): name one with --bot ID or LPLATE_TOKEN"),
        (("backup", "copy.db", "--data", "."), "no learners in .: set LPLATE_DATA"),
        (("backup", "data", "--bot", "7"), "data is a folder: name a file in it"),
        (("backup", "nowhere/copy.db", "--bot", "7"), "nowhere"),
        (("backup", "copy.db", "--bot", "9"), "learners-9.db"),
        (("restore", "copy.db"), "copy.db: there is no such file"),
        (("restore", "data/learners-7.db"), "is empty"),
    ],
)
async def test_mistake_is_told(terminal: Terminal, arguments: tuple[str, ...], words: str) -> None:
    """A command that cannot be meant so is refused in a sentence with the remedy, and nothing is written."""
    ended = await terminal.run(*arguments)
    assert ended.code == 1
    assert words in ended.sentence
    assert "Traceback" not in ended.errors
    assert not (terminal.folder / "copy.db").exists()


async def test_backup_replaces_only_by_force(data: Path, tmp_path: Path) -> None:
    """A file that exists stays unless --force says otherwise."""
    async with open_town(data) as town:
        await town.player().start()
        assert await town.bot.stop() == 0
    (tmp_path / "copy.db").write_text("dear to me")
    terminal = Terminal(tmp_path).with_settings(data=str(data))
    assert "exists: name another file" in (await terminal.run("backup", "copy.db")).sentence
    assert (tmp_path / "copy.db").read_text() == "dear to me"
    assert (await terminal.run("backup", "copy.db", "--force")).code == 0
    assert state(tmp_path / "copy.db") == state(data / DATABASE)
