"""An operator's bad days: whatever keeps the bot from running is said in a sentence that names the remedy."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import pytest

from e2e.disk import SmallDisk, needs_mounts
from e2e.terminal import Ended, Terminal
from importing.bank_folder import edited, write_bank
from lplate_bot.playground import PLAYGROUND_TOKEN
from lplate_bot.playground.errors import too_many_requests
from lplate_bot.playground.faults import Fault
from lplate_bot.playground.server import PlaygroundConfig, PlaygroundServer
from playing import bot_environment, by_webhook, compiled_data, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SECRET = "not-to-be-seen-in-any-message"
TOKEN = f"123456:{SECRET}"
DISK_FULL = "the disk is full; free some space|the disk cannot be read or written"
"""SQLite itself calls a full disk either way, by what it was doing."""
ROOM_KIB = 40
"""Less than an empty database with its log takes."""
NOBODY = "http://127.0.0.1:1"
HOOK = "https://lplate.example/updates"

BROKEN = {
    "questions/signs.yaml": ("rev: 3", "rev: three"),
    "questions/speed.yaml": ("tolerance: 0.1", "tolerance: -1"),
}
"""What is replaced by what in which file of the small bank."""

REFUSED = {
    "token-with-blanks": ({"token": f"123: {SECRET}"}, "LPLATE_TOKEN: expected a token like 123456:letters"),
    "token-in-half": ({"token": SECRET}, "LPLATE_TOKEN: expected a token like 123456:letters"),
    "api-no-url": ({"token": TOKEN, "api_url": "telegram"}, "LPLATE_API_URL: expected https://"),
    "api-other-scheme": ({"token": TOKEN, "api_url": "ftp://127.0.0.1"}, "LPLATE_API_URL.*https://"),
    "api-no-port": ({"token": TOKEN, "api_url": "http://127.0.0.1:99999"}, "check LPLATE_API_URL"),
    "api-with-password": ({"token": TOKEN, "api_url": f"http://me:{SECRET}@[::1]"}, "check LPLATE_API_URL"),
    "name-misspelt": ({"tokn": TOKEN}, "LPLATE_TOKN is no setting: did you mean LPLATE_TOKEN?"),
    "no-number": ({"commit_window_ms": "soon"}, "LPLATE_COMMIT_WINDOW_MS: expected a number from 0 to 1000"),
    "out-of-range": ({"pool_size": "0", "rate_burst": "0"}, "LPLATE_RATE_BURST.*LPLATE_POOL_SIZE"),
    "no-log-level": ({"log_level": "loud"}, "LPLATE_LOG_LEVEL.*debug, info, warning, error"),
    "listen-malformed": ({"playground_listen": "8080"}, "LPLATE_PLAYGROUND_LISTEN.*127.0.0.1:8080"),
    "webhook-no-secret": ({"token": TOKEN, "webhook_url": HOOK}, "LPLATE_WEBHOOK_SECRET is missing"),
    "webhook-odd-secret": ({"token": TOKEN, "webhook_url": HOOK, "webhook_secret": f" {SECRET}"}, "A-Z a-z"),
    "webhook-no-token": ({"webhook_url": HOOK, "webhook_secret": SECRET}, "LPLATE_TOKEN is missing"),
    "banks-missing": ({"banks": "nowhere"}, "LPLATE_BANKS: nowhere is no folder"),
    "banks-empty": ({"banks": "."}, "no folder in . holds a bank.yaml"),
    "no-bank-at-all": ({"starter_bank": "no"}, "there is no bank: set LPLATE_BANKS"),
    "data-below-a-file": ({"data": "file/data"}, r"folder file/data cannot be made \(Not a directory\)"),
}  # fmt: skip


def assert_refused(ended: Ended, pattern: str) -> None:
    """Fail unless the command ended with 1 and a last sentence that fits; no traceback, no secret."""
    assert ended.code == 1, ended.errors
    assert re.search(pattern, ended.sentence), ended.errors
    assert ended.sentence.startswith("lplate: ")
    assert "Traceback" not in ended.errors
    assert SECRET not in ended.output + ended.errors


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """Stand in an empty folder; the playground, should it start, takes any port."""
    return Terminal(tmp_path).with_settings(playground_listen="127.0.0.1:0")


@pytest.fixture
async def server() -> AsyncIterator[PlaygroundServer]:
    """Serve a Bot API."""
    server = PlaygroundServer(PlaygroundConfig(port=0))
    await server.start()
    yield server
    await server.stop()


@pytest.mark.parametrize("name", REFUSED)
async def test_setting_is_refused(terminal: Terminal, name: str) -> None:
    """A setting that cannot work is named with what it should be; its value is not repeated."""
    settings, pattern = REFUSED[name]
    (terminal.folder / "file").touch()
    assert_refused(await terminal.with_settings(**settings).run("run"), pattern)


async def test_token_the_api_refuses(terminal: Terminal, server: PlaygroundServer) -> None:
    """A token that the Bot API does not know ends the start with the remedy."""
    ended = await terminal.with_settings(token=TOKEN, api_url=server.url).run("run")
    assert_refused(ended, "refuses the token of bot 123456: check LPLATE_TOKEN .*@BotFather")


async def test_server_that_is_no_bot_api(terminal: Terminal, server: PlaygroundServer) -> None:
    """A server that knows no such method (404) is refused as well, with the setting that names it."""
    ended = await terminal.with_settings(token=TOKEN, api_url=f"{server.url}/elsewhere").run("run")
    assert_refused(ended, "check .* LPLATE_API_URL")


async def test_unreachable_api_is_waited_for(data: Path) -> None:
    """Without a Bot API the bot waits and says so less and less often; once there is one, it starts."""
    port = free_port()
    server = PlaygroundServer(PlaygroundConfig(port=port))
    settings = {"token": PLAYGROUND_TOKEN, "api_url": f"http://127.0.0.1:{port}", "data": str(data)}
    async with Terminal(data).with_settings(**settings).open("run") as running:
        said = await running.says('"retry_in_s": 1.0')
        assert "cannot be reached" in said
        assert "LPLATE_API_URL" in said
        assert PLAYGROUND_TOKEN not in said
        await server.start()
        await running.says("polling")
        assert (await running.stop()).code == 0
    await server.stop()


async def test_waiting_for_the_api_can_be_stopped(data: Path) -> None:
    """A bot that waits for its Bot API ends at once, and with 0, when it is told to."""
    settings = {"token": TOKEN, "api_url": NOBODY, "data": str(data)}
    async with Terminal(data).with_settings(**settings).open("run") as running:
        await running.says("cannot be reached")
        ended = await running.stop()
    assert ended.code == 0
    assert SECRET not in ended.errors


async def test_broken_bank_is_told_in_full(terminal: Terminal) -> None:
    """A bank with errors keeps the bot from starting; every finding is listed with file and line."""
    faults = [edited(file, *words) for file, words in BROKEN.items()]
    write_bank(terminal.folder / "bank", faults[0] | faults[1])
    ended = await terminal.with_settings(banks="bank").run("run")
    places = [line_of(terminal.folder / "bank", file, words) for file, words in BROKEN.items()]
    assert_refused(ended, f"bank: 2 issues, first: {places[0]}: ")
    assert re.findall(r"^error: (\S+:\d+): ", ended.errors, re.MULTILINE) == places


def line_of(bank: Path, file: str, words: tuple[str, str]) -> str:
    """Return where the broken words stand, as ``file:line``."""
    lines = (bank / file).read_text().split("\n")
    return f"{file}:{1 + next(number for number, line in enumerate(lines) if words[1] in line)}"


async def test_taken_playground_port(terminal: Terminal, server: PlaygroundServer) -> None:
    """A port that somebody listens on is named, with the setting that changes it."""
    address = server.url.removeprefix("http://")
    ended = await terminal.with_settings(playground_listen=address).run("run")
    assert_refused(ended, f"cannot listen on {address} .*in use.*LPLATE_PLAYGROUND_LISTEN")


async def test_taken_webhook_port(server: PlaygroundServer, data: Path) -> None:
    """A webhook port that somebody listens on is named, with the setting that changes it."""
    hook = by_webhook()
    host, _, port = hook["LPLATE_WEBHOOK_LISTEN"].partition(":")
    with socket.create_server((host, int(port))):
        ended = await Terminal(data, bot_environment(server, data, **hook)).run("run")
    assert_refused(ended, f"cannot listen on {host}:{port} .*in use.*LPLATE_WEBHOOK_LISTEN")


async def test_webhook_the_api_refuses(server: PlaygroundServer, data: Path) -> None:
    """An address that the Bot API does not accept ends the start with the API's own words."""
    hook = by_webhook() | {"LPLATE_WEBHOOK_URL": "http://lplate.example/updates"}
    ended = await Terminal(data, bot_environment(server, data, **hook)).run("run")
    assert_refused(ended, "refuses LPLATE_WEBHOOK_URL: .*HTTPS URL must be provided")


async def test_api_that_fails_when_the_webhook_is_set(server: PlaygroundServer, data: Path) -> None:
    """A Bot API that breaks off or asks to wait just then does not end the start: it is asked again."""
    server.order(Fault("setWebhook", drops=True, times=2))
    server.order(Fault("setWebhook", error=too_many_requests(1)))
    async with Terminal(data, bot_environment(server, data, **by_webhook())).open("run") as running:
        await wait_until(lambda: server.bot().account.webhook is not None)
        assert (await running.stop()).code == 0


async def test_webhook_gives_way_to_polling(server: PlaygroundServer, data: Path) -> None:
    """A bot that ran by webhook and is now to poll removes the webhook and gets its updates."""
    async with Terminal(data, bot_environment(server, data, **by_webhook())).open("run") as running:
        await wait_until(lambda: server.bot().account.webhook is not None)
        assert (await running.stop()).code == 0
    async with Terminal(data, bot_environment(server, data)).open("run") as running:
        learner = server.add_learner("Anna")
        learner.start("b_core_en")
        await wait_until(lambda: learner.replies)
        assert (await running.stop()).code == 0


@needs_mounts
async def test_disk_that_is_full_at_the_start(server: PlaygroundServer, tmp_path: Path) -> None:
    """On a full disk the bot does not start, and says that space is what it needs."""
    disk = SmallDisk.with_room(tmp_path, compiled_data(), ROOM_KIB)
    ended = await Terminal(tmp_path.parent, bot_environment(server, tmp_path), disk.command).run("run")
    assert_refused(ended, DISK_FULL)


@needs_mounts
async def test_playground_on_a_full_disk(tmp_path: Path) -> None:
    """The playground, too, says in a sentence that there is no room, whatever else it cannot keep by then."""
    disk = SmallDisk.with_room(tmp_path, compiled_data(), 0)
    terminal = Terminal(tmp_path.parent, command=disk.command)
    settings = {"data": str(tmp_path), "playground_listen": "127.0.0.1:0"}
    assert_refused(await terminal.with_settings(**settings).run("run"), DISK_FULL)


@needs_mounts
async def test_disk_that_is_read_only(server: PlaygroundServer, tmp_path: Path) -> None:
    """In a data folder that cannot be written to the bot does not start, and says that rights are missing."""
    disk = SmallDisk(tmp_path, compiled_data(), "ro")
    ended = await Terminal(tmp_path.parent, bot_environment(server, tmp_path), disk.command).run("run")
    assert_refused(ended, "Read-only file system.*permissions")
