"""Reloading a running bot from outside: what changes at once, what is refused, what nobody gains by it."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from e2e.terminal import Terminal
from lplate_bot.playground import PLAYGROUND_TOKEN
from lplate_bot.playground.server import PlaygroundConfig, PlaygroundServer
from playing import PATIENCE_S, Player, words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SLOWLY = "rate_per_minute = 0.01\n"
"""No token flows in while a test runs."""
SLOW_DOWN = "Take a breath"
IN_A_WINDOW = (
    "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); from lplate_bot.cli import main; main()"
)
"""The command line as the program of a terminal of its own."""


@pytest.fixture
async def server() -> AsyncIterator[PlaygroundServer]:
    """Serve a Bot API."""
    server = PlaygroundServer(PlaygroundConfig(port=0))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def terminal(tmp_path: Path, data: Path, server: PlaygroundServer) -> Terminal:
    """Stand in a folder whose lplate.toml allows two commands in all; the rest is in the environment."""
    write_file(tmp_path, SLOWLY + "rate_burst = 2\n")
    return Terminal(tmp_path).with_settings(
        token=PLAYGROUND_TOKEN, api_url=server.url, data=str(data), log_format="pretty"
    )


def write_file(folder: Path, text: str) -> None:
    (folder / "lplate.toml").write_text(text, encoding="utf-8")


async def commands_answered(player: Player, most: int) -> int:
    """Return how many commands are answered until the bot asks to slow down."""
    for count in range(most):
        if SLOW_DOWN in words(await player.say("/help")):
            return count
    return most


async def test_new_limits_count_at_once_and_empty_buckets_stay_empty(
    terminal: Terminal, server: PlaygroundServer
) -> None:
    """After `lplate reload` the new burst counts for those who had not used theirs up, for nobody else."""
    exhausted, fresh = (Player(server.add_learner(name, language_code="en")) for name in ("Anna", "Bert"))
    async with terminal.open("run") as running:
        await running.says("polling")
        assert await commands_answered(exhausted, 2) == 2
        write_file(terminal.folder, SLOWLY + "rate_burst = 5\npool_size = 2\n")
        reloading = await terminal.run("reload")
        assert (reloading.code, reloading.errors) == (0, "")
        assert f"process {running.process.pid} reads its settings anew" in reloading.output
        said = await running.says("reload_incomplete needs_restart=pool_size")
        assert "reloaded changed=rate_burst=5" in said
        assert await commands_answered(exhausted, 1) == 0
        assert await commands_answered(fresh, 9) == 5
        assert (await running.stop()).code == 0


async def test_a_file_with_a_fault_changes_nothing(terminal: Terminal, server: PlaygroundServer) -> None:
    """The command refuses it before the bot hears of it; the bot, told by a signal, goes on as before."""
    async with terminal.open("run") as running:
        await running.says("polling")
        write_file(terminal.folder, SLOWLY + "rate_burst = 9\nlog_level = 'loud'\n")
        reloading = await terminal.run("reload")
        assert reloading.code == 1
        assert reloading.sentence == (
            "lplate: log_level in lplate.toml, line 3: expected one of debug, info, warning, error"
        )
        running.process.send_signal(signal.SIGHUP)
        assert "log_level in lplate.toml, line 3" in await running.says("reload_refused error=")
        assert await commands_answered(Player(server.add_learner("Anna", language_code="en")), 9) == 2
        assert (await running.stop()).code == 0


async def test_the_playground_reloads_as_well(tmp_path: Path, data: Path) -> None:
    """Without a token the command finds the playground's bot by its data, and nothing of it is lost."""
    terminal = Terminal(tmp_path).with_settings(
        data=str(data), playground_listen="127.0.0.1:0", log_format="pretty"
    )
    async with terminal.open("run", "--set", "rate_burst=7") as running:
        await running.says("polling")
        write_file(tmp_path, "most_waiting = 5\nrate_burst = 8\n")
        assert (await terminal.run("reload")).code == 0
        said = await running.says("reloaded")
        assert "reloaded changed=most_waiting=5 " in said
        assert (await running.stop()).code == 0


async def test_reload_without_a_bot(terminal: Terminal, data: Path) -> None:
    """If no bot runs on the data the command says so, also when a former one left its number there."""
    (data / "learners-1.db.lock").write_text("1", encoding="ascii")
    ended = await terminal.run("reload", "--bot", "1")
    assert ended.code == 1
    assert "no running bot can be seen from here; start it with lplate run" in ended.sentence


async def test_a_closed_terminal_ends_the_bot(terminal: Terminal) -> None:
    """A bot started by hand does not go on unseen once its window is closed, though SIGHUP also reloads."""
    screen, keyboard = pty.openpty()
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-c", IN_A_WINDOW, "run", cwd=terminal.folder, env=terminal.environment,
        stdin=keyboard, stdout=keyboard, stderr=keyboard, start_new_session=True,
    )  # fmt: skip
    try:
        os.close(keyboard)
        shown = ""
        while "polling" not in shown:
            shown += (await asyncio.to_thread(os.read, screen, 4096)).decode()
        os.close(screen)
        async with asyncio.timeout(PATIENCE_S):
            assert await bot.wait() == 0
    finally:
        if bot.returncode is None:
            bot.kill()
