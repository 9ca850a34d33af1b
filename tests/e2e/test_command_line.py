"""The command line: what an operator types before anything runs."""

from __future__ import annotations

import re
import signal
from importlib.metadata import version
from typing import TYPE_CHECKING

import aiohttp
import pytest

from e2e.terminal import Terminal
from importing.bank_folder import edited, write_bank

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """Stand in an empty folder."""
    return Terminal(tmp_path)


async def test_help_lists_the_commands(terminal: Terminal) -> None:
    """--help, or nothing at all, shows what can be done."""
    asked = await terminal.run("--help")
    assert asked.code == 0
    assert {"run", "check", "version"} <= set(re.findall(r"^\W*(\w+)  ", asked.output, re.MULTILINE))
    assert (await terminal.run()).output.rstrip() == asked.output.rstrip()


async def test_help_needs_no_bot(terminal: Terminal) -> None:
    """--help answers although settings are wrong, and without loading the bot."""
    code = "import sys; from lplate_bot.cli import app; app(standalone_mode=False); print(*sys.modules)"
    broken = terminal.with_settings(tokn="1")
    bare = Terminal(broken.folder, broken.environment, (broken.command[0], "-c", code))
    ended = await bare.run("--help")
    assert ended.code == 0
    loaded = set(ended.output.rpartition("\n\n")[2].split())
    assert "typer" in loaded
    assert not loaded & {"telegram", "uvloop", "apsw", "aiohttp", "pydantic", "lplate.wiring"}


async def test_version(terminal: Terminal) -> None:
    """Version prints the version of the installed distribution and nothing else."""
    ended = await terminal.run("version")
    assert (ended.code, ended.output) == (0, version("lplate") + "\n")


async def test_unknown_command(terminal: Terminal) -> None:
    """A command that is none is named, and the exit code says misuse."""
    ended = await terminal.run("fly")
    assert ended.code == 2
    assert "fly" in ended.errors
    assert "Traceback" not in ended.errors


async def test_check_of_a_sound_bank(terminal: Terminal) -> None:
    """A bank without errors is declared so, with its warnings counted."""
    write_bank(terminal.folder / "bank")
    ended = await terminal.run("check", "bank")
    assert ended.code == 0
    assert re.search(r"^bank: no errors, \d+ warnings$", ended.output, re.MULTILINE)


async def test_check_of_a_broken_bank(terminal: Terminal) -> None:
    """Every finding of a broken bank is listed with file and line, and the exit code is 1."""
    write_bank(terminal.folder / "bank", edited("questions/signs.yaml", "rev: 3", "rev: three"))
    ended = await terminal.run("check", "bank")
    assert ended.code == 1
    assert re.search(r"^error: questions/signs.yaml:\d+: rev .*'three'$", ended.errors, re.MULTILINE)
    assert ended.sentence.startswith("lplate: bank: 1 issue, first: ")


@pytest.mark.parametrize("folder", ["nowhere", "."])
async def test_check_of_no_bank(terminal: Terminal, folder: str) -> None:
    """A folder that is none, or holds no bank, is told as a finding, not as a crash."""
    ended = await terminal.run("check", folder)
    assert ended.code == 1
    assert "error: bank.yaml:0: does not exist" in ended.errors
    assert "Traceback" not in ended.errors


async def test_run_without_a_token_serves_the_playground(data: Path) -> None:
    """Without a token `lplate run` tells an address, serves the page there, and ends with 0 on Ctrl-C."""
    async with Terminal(data.parent).open("run", "--data", "data", "--listen", "127.0.0.1:0") as running:
        url = (await running.shows("http://")).split()[-1]
        async with aiohttp.ClientSession() as session, session.get(url) as page:
            assert page.status == 200
            assert "<title>L-plate" in await page.text()
        ended = await running.stop(signal.SIGINT)
    assert ended.code == 0
    assert (data / "playground.json").is_file()


async def test_flags_win_over_the_environment(data: Path) -> None:
    """A flag of the command line counts for more than the environment."""
    wrong = Terminal(data.parent).with_settings(data="file/below", playground_listen="nowhere:1")
    async with wrong.open("run", "--data", "data", "--listen", "127.0.0.1:0") as running:
        await running.shows("http://127.0.0.1:")
        assert (await running.stop()).code == 0
