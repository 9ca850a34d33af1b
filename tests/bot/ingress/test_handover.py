"""A listening socket passes from systemd, or from the bot that ran before, without losing a connection."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot.ingress.rawclient import SECRET, RawClient, post
from lplate_bot.ingress import WebhookServer
from lplate_bot.ingress.handover import Offer, from_running_bot, from_systemd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.ingress.fakegate import FakeGate

LOCALHOST = "127.0.0.1"
SYSTEMD_CHILD = """
import os, sys
from lplate_bot.ingress.handover import from_systemd
os.dup2(int(sys.argv[1]), 3)
os.environ["LISTEN_PID"] = str(os.getpid())
with from_systemd(os.environ) as found:
    left = sorted(name for name in os.environ if name.startswith("LISTEN_"))
    print(found.getsockname()[1], found.get_inheritable(), left)
"""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((LOCALHOST, 0)) as opened:
        yield opened


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


async def test_nobody_is_refused_while_the_server_changes(gate: FakeGate, tmp_path: Path) -> None:
    """Who connects after the old server has stopped and before the new one starts is served by the new."""
    path = tmp_path / "webhook.sock"
    old = WebhookServer(LOCALHOST, 0, "/hook", SECRET, gate.submit)
    await old.start()
    offer = Offer.make(path, old.descriptor)
    assert offer is not None
    inherited = await from_running_bot(path, LOCALHOST, old.port)
    assert inherited is not None
    offer.close()
    await old.stop(0.1)
    async with await RawClient.connect(old.port) as client:
        client.send(post(b'{"update_id":1}'))
        new = WebhookServer(LOCALHOST, old.port, "/hook", SECRET, gate.submit, listener=inherited)
        await new.start()
        assert (await client.response()).status == 200
    assert (gate.bodies, new.port) == ([b'{"update_id":1}'], old.port)
    await new.stop(0.1)
    inherited.close()


async def test_nothing_is_offered_after_the_close(tmp_path: Path, listener: socket.socket) -> None:
    """A closed offer leaves nothing behind, and a successor finds nothing."""
    path = tmp_path / "webhook.sock"
    offer = Offer.make(path, listener.fileno())
    assert offer is not None
    assert path.stat().st_mode & 0o777 == 0o600
    offer.close()
    assert not path.exists()
    assert await from_running_bot(path, LOCALHOST, port_of(listener)) is None


async def test_an_offer_takes_the_place_of_what_a_killed_bot_left(
    tmp_path: Path, listener: socket.socket
) -> None:
    """The path of a bot that was killed is used again."""
    path = tmp_path / "webhook.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    assert await from_running_bot(path, LOCALHOST, port_of(listener)) is None
    offer = Offer.make(path, listener.fileno())
    assert offer is not None
    taken = await from_running_bot(path, LOCALHOST, port_of(listener))
    assert taken is not None
    assert (port_of(taken), taken.get_inheritable()) == (port_of(listener), False)
    taken.close()
    offer.close()


async def test_another_address_is_left_alone(tmp_path: Path, listener: socket.socket) -> None:
    """A successor that is to listen elsewhere does not take the socket."""
    offer = Offer.make(tmp_path / "webhook.sock", listener.fileno())
    assert offer is not None
    assert await from_running_bot(tmp_path / "webhook.sock", LOCALHOST, port_of(listener) ^ 1) is None
    offer.close()


async def test_a_bot_that_hangs_is_not_waited_for(
    tmp_path: Path, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A running bot that does not hand its socket on is given up after a while."""
    monkeypatch.setattr("lplate_bot.ingress.handover.PATIENCE_S", 0.01)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "webhook.sock"))
        silent.listen()
        assert await from_running_bot(tmp_path / "webhook.sock", LOCALHOST, port_of(listener)) is None


async def test_a_path_too_long_is_told(
    tmp_path: Path, listener: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    """Where no offer can be made the bot goes on, and the log says what that means."""
    assert Offer.make(tmp_path / ("long" * 40), listener.fileno()) is None
    assert "webhook_not_offered" in caplog.text


def test_systemd_hands_its_socket_on(listener: socket.socket) -> None:
    """The third descriptor is taken when systemd says so; child processes hear nothing of it."""
    command = (sys.executable, "-c", SYSTEMD_CHILD, str(listener.fileno()))
    environment = {**os.environ, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "lplate.socket"}
    done = subprocess.run(
        command, env=environment, pass_fds=(listener.fileno(),), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(port_of(listener)), "False", "[]"]


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"LISTEN_PID": "1", "LISTEN_FDS": "1"},
        {"LISTEN_FDS": "1"},
        {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "0"},
    ],
)
def test_what_systemd_told_another_process_is_ignored(told: dict[str, str]) -> None:
    """Variables that were inherited, or name no socket, do not count."""
    assert from_systemd(told) is None
    assert told == {}


async def test_both_loops_give_the_descriptor(gate: FakeGate) -> None:
    """A server tells the descriptor of its one socket while it listens, and none before."""
    server = WebhookServer(LOCALHOST, 0, "/hook", SECRET, gate.submit)
    before = server.descriptor
    assert before is None
    await server.start()
    descriptor = server.descriptor
    assert descriptor is not None
    with socket.socket(fileno=os.dup(descriptor)) as same:
        assert port_of(same) == server.port
    await server.stop(0.1)
