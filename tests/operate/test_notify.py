"""The notify protocol, over real sockets."""

from __future__ import annotations

import os
import socket
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lplate_bot.operate.health import STUCK_S
from lplate_bot.operate.notify import Notifier
from lplate_bot.operate.operation import Operation

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from bot.bothouse import BotHouse
    from lplate_bot.operate.health import Health


@contextmanager
def manager(address: str) -> Iterator[socket.socket]:
    """Listen as a service manager does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        listening.settimeout(0)
        yield listening


def heard(listening: socket.socket) -> list[str]:
    """Return all that was said so far."""
    words = []
    while True:
        try:
            words.append(listening.recv(4096).decode())
        except BlockingIOError:
            return words


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder with a name short enough for a socket's path."""
    with tempfile.TemporaryDirectory(prefix="n") as name:
        yield Path(name)


def test_words_reach_a_socket_with_a_path(folder: Path) -> None:
    """Each word is one datagram; a status is one line, whatever it was made of."""
    with manager(str(folder / "s")) as listening:
        notifier = Notifier(str(folder / "s"))
        notifier.ready()
        notifier.status("all\nwell")
        notifier.pat()
        notifier.stopping()
        assert heard(listening) == ["READY=1", "STATUS=all well", "WATCHDOG=1", "STOPPING=1"]


def test_words_reach_an_abstract_socket() -> None:
    """An address that begins with @ has no path."""
    name = f"lplate-test-{os.getpid()}"
    with manager("\0" + name) as listening:
        Notifier(f"@{name}").ready()
        assert heard(listening) == ["READY=1"]


def test_successor_has_the_last_word(folder: Path) -> None:
    """Who has handed over says no more: it would be taken for its successor's word."""
    with manager(str(folder / "s")) as listening:
        notifier = Notifier(str(folder / "s"))
        notifier.hand_over(77)
        notifier.stopping()
        notifier.pat()
        assert heard(listening) == ["MAINPID=77"]


@pytest.mark.parametrize(
    ("environment", "watchdog_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "3000000"}, None),
        ({"NOTIFY_SOCKET": "/run/x"}, None),
        ({"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "0"}, None),
        ({"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "soon"}, None),
        ({"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, 3.0),
    ],
)
def test_watchdog_is_read_from_the_environment(environment: dict[str, str], watchdog_s: float | None) -> None:
    """There is a watchdog only where somebody listens and says a time; nonsense counts as none."""
    assert Notifier.from_environment(environment).watchdog_s == watchdog_s


def test_without_a_manager_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """Started by hand the bot tells nobody, and warns of nothing."""
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": ""})
    notifier.ready()
    notifier.stopping()
    assert caplog.text == ""


def test_missing_manager_is_warned_of_once(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A socket that is not there is no reason to fail."""
    notifier = Notifier(str(folder / "nobody"))
    notifier.ready()
    notifier.pat()
    assert caplog.text.count("service_manager_unreachable") == 1


def test_full_queue_is_not_waited_for(folder: Path) -> None:
    """A manager that reads nothing does not hold the bot up."""
    with manager(str(folder / "s")):
        notifier = Notifier(str(folder / "s"))
        for _ in range(10_000):
            notifier.pat()


async def test_watchdog_is_patted_in_time(
    folder: Path, house: BotHouse, health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the latest after half of its time, not at every beat, and with a status now and then."""
    now_s = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now_s)
    with manager(str(folder / "s")) as listening:
        operation = Operation(house.bot, health, Notifier(str(folder / "s"), 6.0))
        patted_s = []
        for _ in range(25):
            operation.pulse._on_beat()
            patted_s += [now_s - 1000 for word in heard(listening) if word == "WATCHDOG=1"]
            now_s += 0.5
        assert patted_s == [0, 2.5, 5, 7.5, 10]


async def test_stuck_bot_is_not_vouched_for(
    folder: Path, house: BotHouse, health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a commit does not come back the watchdog is not patted, so that the service manager acts."""
    with manager(str(folder / "s")) as listening:
        operation = Operation(house.bot, health, Notifier(str(folder / "s"), 1.0))
        house.commit._began_s, house.commit._is_writing = -STUCK_S, True
        operation.pulse._on_beat()
        house.commit._is_writing = False
        assert [word for word in heard(listening) if not word.startswith("STATUS=the database")] == []
        operation.pulse._on_beat()
        assert heard(listening) == ["WATCHDOG=1"]


async def test_trouble_is_the_status(
    folder: Path, house: BotHouse, health: Health, stopping: asyncio.Event
) -> None:
    """What keeps the bot from serving stands in the service's status."""
    with manager(str(folder / "s")) as listening:
        operation = Operation(house.bot, health, Notifier(str(folder / "s")))
        stopping.set()
        operation.pulse._on_beat()
        assert heard(listening) == ["STATUS=the bot is stopping"]
