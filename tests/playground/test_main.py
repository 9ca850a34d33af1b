"""The command line, and life in one process with a bot on uvloop."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
import uvloop

from lplate_bot.playground import PLAYGROUND_TOKEN
from lplate_bot.playground.__main__ import main
from lplate_bot.playground.server import PlaygroundConfig, PlaygroundServer


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "lplate_bot.playground", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_interrupted(number: signal.Signals) -> None:
    """It prints its address, serves further tokens, and ends cleanly on a signal."""
    with started("--listen", "127.0.0.1:0", "--token", "7:more") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        address = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert address is not None
        for token in (PLAYGROUND_TOKEN, "7:more"):
            with urllib.request.urlopen(f"{address.group()}/bot{token}/getMe") as response:
                assert json.load(response)["ok"]
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


def test_taken_port(capsys: pytest.CaptureFixture[str]) -> None:
    """A taken port is told with its remedy, and the exit code is 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--listen", f"127.0.0.1:{port}"]) == 1
    words = capsys.readouterr().err
    assert f"cannot listen on 127.0.0.1:{port}" in words
    assert "--listen" in words


@pytest.mark.parametrize("arguments", [["--token", "nonsense"], ["--listen", "nowhere"]])
def test_wrong_arguments(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """Wrong arguments end with one sentence and exit code 1."""
    assert main(arguments) == 1
    assert capsys.readouterr().err.startswith("playground: ")


def test_runs_on_uvloop() -> None:
    """The server lives in a bot's own event loop, which is uvloop's."""

    async def life() -> None:
        server = PlaygroundServer(PlaygroundConfig(port=0))
        await server.start()
        server.learner(1001).start()
        await server.stop()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(life())
