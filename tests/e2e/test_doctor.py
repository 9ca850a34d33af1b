"""``lplate doctor`` as an operator calls it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from bot.egress.scripted import Request, ScriptedApi, ok, refusal
from e2e.terminal import Terminal
from lplate.adapters.sqlite import SqliteStore
from lplate_bot.doctor import table
from playing import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.town import Town

KEY = "AAE-the-half-of-a-token-that-is-secret"
NAMES = set(table.CHECKS)
OF_THE_MACHINE = {"processors", "memory", "memory kills", "disk space", "disk speed", "file system"}
"""What is well or not whatever a test does."""


def terminal_in(data: Path, **settings: str) -> Terminal:
    """Return a terminal whose playground port is free."""
    data.chmod(0o700)
    listen = f"127.0.0.1:{free_port()}"
    return Terminal(data).with_settings(
        data=str(data), playground_listen=listen, operate_listen="none", **settings
    )


async def report(terminal: Terminal, *flags: str) -> tuple[int, list[dict[str, Any]]]:
    """Return exit code and findings of a call with --json."""
    ended = await terminal.run("doctor", "--json", *flags)
    assert not ended.errors
    return ended.code, json.loads(ended.output)["findings"]


async def test_well(data: Path) -> None:
    """A fresh folder without a token is well: exit code 0, and a line for each finding."""
    code, findings = await report(terminal_in(data))
    levels = {found["check"]: found["level"] for found in findings if found["check"] not in OF_THE_MACHINE}
    assert set(levels.values()) == {"ok"}
    assert code == max(("ok", "warning", "error").index(found["level"]) for found in findings)
    ended = await terminal_in(data).run("doctor")
    assert "153 questions" in ended.output
    assert "\x1b" not in ended.output
    assert len(ended.output.splitlines()) > len(findings)


async def test_fix(data: Path) -> None:
    """A warning ends with 1; --fix does the remedy, says so, and then all is well."""
    terminal = terminal_in(data)
    await asyncio.to_thread(data.chmod, 0o755)
    ended = await terminal.run("doctor")
    assert ended.code >= 1
    assert "--fix does it" in ended.output
    _, findings = await report(terminal, "--fix")
    assert [found["check"] for found in findings if found["mended"]] == ["privacy"]
    _, findings = await report(terminal)
    assert [found["seen"] for found in findings if found["check"] == "privacy"] == [
        "mode 0750: closed to other users"
    ]


async def test_wrong_settings(data: Path) -> None:
    """Settings that cannot be used are an error like any other, for programs too."""
    code, findings = await report(terminal_in(data).with_settings(pool_size="none"))
    assert code == 2
    assert [found["check"] for found in findings] == ["settings"]
    ended = await terminal_in(data).with_settings(pool_size="none").run("doctor")
    assert (ended.code, "LPLATE_POOL_SIZE" in ended.output) == (2, True)


async def refuse(request: Request) -> bytes:
    """Refuse everything, quoting the token."""
    return refusal(401, f"Unauthorized {request.path}")


async def quote(request: Request) -> bytes:
    """Know the bot, and quote the token wherever there is room for words."""
    if request.method == "getMe":
        return ok({"id": 4711, "username": request.path})
    return ok({"url": f"https://x.example{request.path}", "last_error_date": 1, "last_error_message": "no"})


@pytest.mark.parametrize(("answer", "code"), [(refuse, 2), (quote, 1)])
async def test_token_stays_secret(data: Path, answer: Any, code: int) -> None:
    """Whatever the Bot API says, the token is not printed; a refused one ends with 2."""
    api = ScriptedApi(answer=answer)
    await api.start()
    terminal = terminal_in(data, token=f"4711:{KEY}", api_url=api.root)
    for flags in ((), ("--json",)):
        ended = await terminal.run("doctor", *flags)
        assert ended.code >= code
        assert KEY not in ended.output + ended.errors
    await api.stop()


async def test_of_a_running_bot(own_town: Town) -> None:
    """While a bot runs it is named, its ports are its own, and its database is sound."""
    player = own_town.player()
    await player.answer(await player.start())
    settings = {"token": "1:playground-token-for-this-machine-only", "api_url": own_town.server.url}
    _, findings = await report(terminal_in(own_town.data, **settings))
    seen = {found["check"]: found["seen"] for found in findings}
    assert f"process {own_town.bot.pid}" in seen["running"]
    assert "sound" in seen["integrity"]
    assert "@lplate_playground_bot" in seen["token"]
    bad = [found for found in findings if found["level"] == "error" and found["check"] not in OF_THE_MACHINE]
    assert not bad
    assert set(seen) <= NAMES


async def test_damaged_database(data: Path) -> None:
    """A damaged database is an error that points to the backup; nothing is done to it."""
    path = data / "learners-7.db"
    await SqliteStore.open(path).close()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    ended = await terminal_in(data).run("doctor", "--fix")
    assert ended.code == 2
    assert "lplate restore" in ended.output
    assert path.read_bytes() == content[: len(content) // 2]
