"""``lplate top``: a frame that fits, colours that warn, a way out."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import signal
import termios
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from rich.console import Console

from e2e.terminal import Terminal, without_settings
from lplate_bot.watch.scrape import metrics_url
from lplate_bot.watch.screen import frame
from operate.pretend_bot import PretendBot
from operate.pretend_history import lived
from operate.real_bot import used_bot
from playing import LPLATE, PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from lplate_bot.watch.history import History

WIDTH, HEIGHT = 80, 24


def drawn(history: History, *, in_colour: bool = False) -> str:
    """Return the frame as a terminal of 80 by 24 shows it."""
    seen = history.now()
    assert seen is not None
    console = Console(
        file=io.StringIO(), width=WIDTH, height=HEIGHT, force_terminal=in_colour, highlight=False,
        color_system="standard" if in_colour else None,
    )  # fmt: skip
    console.print(frame(seen, HEIGHT, "q leaves"))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("is_troubled", [False, True])
def test_a_frame_fits(*, is_troubled: bool) -> None:
    """With every kind of press and all findings nothing is wider than 80, longer than 24, or cut off."""
    bot = PretendBot()
    for number in range(18):
        bot.count("lplate_updates", 0, kind=f"kind{number}")
    history = lived(bot, steps=14, is_troubled=is_troubled)
    for number in range(18):
        bot.press(f"kind{number}", 1.234, times=5)
    bot.now_s += 5
    history.add(bot.collect())
    lines = drawn(history).splitlines()
    assert len(lines) <= HEIGHT
    assert max(map(len, lines)) <= WIDTH
    assert "…" not in "".join(lines)


def test_a_frame_tells_what_happens() -> None:
    """Rates and times by kind of press stand in it, and a bot that is well is said to be."""
    text = drawn(lived(PretendBot(), steps=20))
    assert "all is well" in text
    assert "q leaves" in text
    assert any(line.startswith(" answer") and "ms" in line for line in text.splitlines())
    assert any("learners" in line and "98" in line for line in text.splitlines())


def test_what_worries_is_red() -> None:
    """A bad number is red where it stands, and its sentence is the first to be read."""
    text = drawn(lived(PretendBot(), steps=20, is_troubled=True), in_colour=True)
    assert "needs you now" in text
    assert "\x1b[1;31m1,700\x1b[0m" in text
    assert "\x1b[1;31m One press in a hundred waits long for its reply." in text


async def test_one_frame_of_a_real_bot(data: Path, tmp_path: Path) -> None:
    """--once prints a frame of a bot that runs, found by its setting, and ends well."""
    async with used_bot(data) as url:
        terminal = Terminal(tmp_path).with_settings(operate_listen=url.partition("://")[2])
        ended = await terminal.run("top", "--once", "--interval", "0.2")
    assert ended.code == 0, ended.errors
    assert ended.output.startswith(" lplate ")
    assert " replies " in ended.output


@pytest.mark.parametrize("flags", [(), ("--once",)])
async def test_no_bot_is_a_sentence(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """Where no bot answers, one sentence says so and what to do."""
    ended = await Terminal(tmp_path).run("top", "--url", "127.0.0.1:1", *flags)
    assert ended.code == 1
    assert ended.errors.count("\n") == 1
    assert "no bot answers at http://127.0.0.1:1/metrics" in ended.sentence
    assert "`lplate run`" in ended.sentence


async def test_a_bot_without_metrics_is_a_sentence(tmp_path: Path) -> None:
    """Where the settings turn the metrics off, the setting is named."""
    ended = await Terminal(tmp_path).with_settings(operate_listen="none").run("top", "--once")
    assert ended.code == 1
    assert "LPLATE_OPERATE_LISTEN" in ended.sentence


@pytest.mark.parametrize("text", ["<html>hello</html>", "up 1\n", "\N{CROSS MARK} {"])
async def test_a_stranger_is_a_sentence(tmp_path: Path, text: str) -> None:
    """Another server at the address is not taken for a bot."""
    async with answering(lambda: text) as url:
        ended = await Terminal(tmp_path).run("top", "--once", "--url", url)
    assert ended.code == 1
    assert "is not lplate" in ended.sentence


@pytest.mark.parametrize(
    ("place", "url"),
    [
        ("127.0.0.1:9464", "http://127.0.0.1:9464/metrics"),
        ("0.0.0.0:9464", "http://127.0.0.1:9464/metrics"),
        ("[::]:9464", "http://[::1]:9464/metrics"),
        ("https://bot.example.org", "https://bot.example.org/metrics"),
        ("http://bot:1/metrics", "http://bot:1/metrics"),
        ("https://example.org/bot/metrics", "https://example.org/bot/metrics"),
    ],
)
def test_the_address_may_be_short(place: str, url: str) -> None:
    """An address as the settings have it, or any part of a URL, leads to the metrics."""
    assert metrics_url(place) == url


@pytest.mark.parametrize("way_out", [b"q", b"\x03"])
async def test_a_key_leaves(way_out: bytes) -> None:
    """Live in a terminal, q and Ctrl-C end it well, and the terminal is as it was."""
    bot = PretendBot()
    bot.gauge("lplate_start_time_seconds", 0)
    registry = CollectorRegistry()
    registry.register(bot)
    async with answering(lambda: generate_latest(registry).decode()) as url:
        ours, theirs = pty.openpty()
        before = termios.tcgetattr(theirs)
        process = await asyncio.create_subprocess_exec(
            *LPLATE, "top", "--interval", "0.2", "--url", url,
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            env={**without_settings(), "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"},
        )  # fmt: skip
        try:
            shown = await read_until(ours, b"q leaves")
            assert b"all is well" in shown
            if way_out == b"\x03":
                process.send_signal(signal.SIGINT)  # what the terminal makes of the key
            else:
                os.write(ours, way_out)
            await read_until(ours, b"\x1b[?1049l")
            async with asyncio.timeout(PATIENCE_S):
                assert await process.wait() == 0
            assert termios.tcgetattr(theirs) == before
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            os.close(ours)
            os.close(theirs)


async def read_until(descriptor: int, words: bytes) -> bytes:
    """Return what a terminal shows up to *words*."""
    shown = b""
    async with asyncio.timeout(PATIENCE_S):
        while words not in shown:
            shown += await asyncio.to_thread(os.read, descriptor, 65_536)
    return shown


@asynccontextmanager
async def answering(text: Callable[[], str]) -> AsyncIterator[str]:
    """Serve what *text* returns as the metrics of somebody; the value is the address."""

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(text=text())

    application = web.Application()
    application.router.add_get("/metrics", metrics)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
