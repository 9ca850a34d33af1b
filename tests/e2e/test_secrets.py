"""Token and webhook secret: whatever happens, nothing that a run writes holds them."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.egress.scripted import Request, ScriptedApi, http, ok, refusal
from e2e.terminal import Terminal
from lplate.config import Settings
from lplate_bot.discretion import DiscreetFormatter, Discretion
from lplate_bot.playground import PLAYGROUND_TOKEN
from lplate_bot.playground.server import PlaygroundConfig, PlaygroundServer
from playing import Player, by_webhook, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

KEY = "AAE-the-half-of-a-token-that-is-secret"
TOKEN = f"4711:{KEY}"
HOOK_KEY = "only-telegram-and-we-know-this"
SECRETS = (KEY, HOOK_KEY)
ME = {"id": 4711, "is_bot": True, "first_name": "L", "username": "lplate_bot"}
NOBODY = "http://127.0.0.1:1"


def assert_discreet(text: str, where: str) -> None:
    """Fail if a secret stands in *text*."""
    found = [line for line in text.splitlines() if any(secret in line for secret in SECRETS)]
    assert not found, f"{where}: {found[:3]}"


def assert_folder_discreet(folder: Path) -> None:
    """Fail if a secret stands in any file."""
    for file in folder.rglob("*"):
        if file.is_file():
            assert_discreet(file.read_bytes().decode("latin-1"), str(file))


def command_line(pid: int) -> str:
    """Return what every user of the machine can read of a process."""
    return Path(f"/proc/{pid}/cmdline").read_text()


@pytest.fixture
def terminal(data: Path) -> Terminal:
    """Stand in a data folder, with everything logged."""
    settings = {"token": TOKEN, "data": str(data), "log_level": "debug", "webhook_secret": HOOK_KEY}
    return Terminal(data).with_settings(**settings)


async def indiscreet(request: Request) -> bytes:
    """Refuse every call and quote all that came, as a talkative proxy does."""
    return refusal(400, f"no such path: {request.path} {request.body.decode()}")


async def unauthorized(request: Request) -> bytes:
    """Refuse the token, quoting it."""
    return refusal(401, f"Unauthorized: {request.path}")


async def bad_gateway(request: Request) -> bytes:
    """Fail with a page that quotes the path."""
    return http(f"<h1>{request.path}</h1>".encode(), "502 Bad Gateway")


async def known_but_indiscreet(request: Request) -> bytes:
    """Know the bot, and refuse all else while quoting what came."""
    return ok(ME) if request.method == "getMe" else await indiscreet(request)


async def updates_revoked(request: Request) -> bytes:
    """Know the bot at first, then refuse the token."""
    return await unauthorized(request) if request.method == "getUpdates" else ok(ME)


async def garbage(request: Request) -> bytes:
    """Answer in something that is no HTTP, with the request in it."""
    return request.path.encode() + b"\r\n\r\n"


@asynccontextmanager
async def scripted(answer: Callable[[Request], Awaitable[bytes]]) -> AsyncIterator[ScriptedApi]:
    """Serve a Bot API that answers so."""
    api = ScriptedApi(answer=answer)
    await api.start()
    try:
        yield api
    finally:
        await api.stop()


BAD_APIS = [indiscreet, unauthorized, bad_gateway, known_but_indiscreet, updates_revoked, garbage]


@pytest.mark.parametrize("delivery", ["polling", "webhook"])
@pytest.mark.parametrize("answer", BAD_APIS, ids=lambda answer: answer.__name__)
async def test_bad_api(
    terminal: Terminal, answer: Callable[[Request], Awaitable[bytes]], delivery: str
) -> None:
    """A Bot API that refuses, fails, or quotes our own requests does not get them into log or error."""
    hook = {"webhook_url": "https://lplate.example/hook", "webhook_listen": f"127.0.0.1:{free_port()}"}
    settings = hook if delivery == "webhook" else {}
    async with (
        scripted(answer) as api,
        terminal.with_settings(api_url=api.root, **settings).open("run") as running,
    ):
        await wait_until(lambda: len(api.requests) > 1 or running.process.returncode is not None)
        if running.process.returncode is None:
            running.process.terminate()
        ended = await running.ended()
    assert ended.errors
    assert_discreet(ended.output + ended.errors, "output")
    assert_folder_discreet(terminal.folder)


async def test_unreachable_api(terminal: Terminal) -> None:
    """Nor does one that is not there."""
    async with terminal.with_settings(api_url=NOBODY).open("run") as running:
        await running.says("cannot be reached")
        assert_discreet((await running.stop()).errors, "output")


@pytest.mark.parametrize("token", [KEY, f"4711: {KEY}", f"x:{KEY}"])
async def test_malformed_token(terminal: Terminal, token: str) -> None:
    """A token that is none is not repeated."""
    ended = await terminal.with_settings(token=token).run("run")
    assert ended.code == 1
    assert_discreet(ended.output + ended.errors, "output")


@pytest.mark.parametrize("command", [("backup", "copy.db"), ("restore", "copy.db"), ("run", "--take-over")])
async def test_other_commands(terminal: Terminal, command: tuple[str, ...]) -> None:
    """Every command that knows the token keeps it."""
    async with scripted(unauthorized) as api:
        ended = await terminal.with_settings(api_url=api.root).run(*command)
    assert ended.code == 1
    assert_discreet(ended.output + ended.errors, "output")


async def test_run_with_learners(data: Path) -> None:
    """A whole round by webhook, with forged posts and everything logged, leaves the secret nowhere."""
    server = PlaygroundServer(PlaygroundConfig(port=0))
    await server.start()
    hook = by_webhook() | {"LPLATE_WEBHOOK_SECRET": HOOK_KEY}
    settings = {"token": PLAYGROUND_TOKEN, "data": str(data), "api_url": server.url, "log_level": "debug"}
    terminal = Terminal(data).with_settings(**settings)
    terminal = Terminal(data, {**terminal.environment, **hook})
    async with terminal.open("run") as running:
        reading = asyncio.create_task(running.process.communicate())
        assert_discreet(command_line(running.process.pid), "command line")
        player = Player(server.add_learner("Anna"))
        await player.answer(await player.start())
        await player.say("/help")
        forgery = aiohttp.request("POST", hook["LPLATE_WEBHOOK_URL"], data=b"{}")
        async with forgery as forged:
            assert forged.status == 401
        running.process.terminate()
        output, errors = await reading
    await server.stop()
    text = (output + errors).decode()
    assert "DEBUG" in text
    assert_discreet(text, "output")
    assert PLAYGROUND_TOKEN.partition(":")[2] not in text
    assert_folder_discreet(data)


def test_libraries_are_masked_too() -> None:
    """Whoever logs a secret, in words, arguments or a traceback, has it masked."""
    settings = Settings(token=TOKEN, webhook_secret=HOOK_KEY)  # type: ignore[arg-type] # as the environment gives it
    written = DiscreetFormatter(Discretion(settings))
    error = ValueError(f"https://api.example/bot{TOKEN}/getMe")
    arguments = (TOKEN, HOOK_KEY)
    fault = (ValueError, error, None)
    record = logging.LogRecord("httpx", logging.INFO, __file__, 1, "POST /bot%s/x with %s", arguments, fault)
    text = written.format(record)
    assert "ValueError: https://api.example/bot***/getMe" in text
    assert_discreet(text, "record")


async def test_fault_of_ours(terminal: Terminal) -> None:
    """A fault in our own code ends in a traceback that shows no values, and an exit code of its own."""
    code = (
        "import lplate_bot.app as app, lplate_bot.launch as launch\n"
        "async def run(settings, *_, **__): raise RuntimeError(settings.token.get_secret_value())\n"
        "launch.run = run\nfrom lplate_bot.cli import main; main()"
    )
    broken = Terminal(terminal.folder, terminal.environment, (terminal.command[0], "-c", code))
    ended = await broken.run("run")
    assert ended.code == 70
    assert "RuntimeError: ***" in ended.errors
    assert_discreet(ended.output + ended.errors, "output")
