"""The check of the addresses to listen on, with real sockets."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.doctor.patients import HOOK, only, patient, running
from lplate_bot.doctor import ports as checks
from lplate_bot.doctor.finding import Level
from playing import free_port

if TYPE_CHECKING:
    from lplate_bot.doctor.finding import Finding
    from lplate_bot.doctor.patient import Patient

MACHINE = Path("/")


def hook_port(looked: Patient) -> Finding:
    """Return what is found about the webhook's port."""
    return next(found for found in checks.ports(looked) if "WEBHOOK" in found.seen)


def test_free(tmp_path: Path) -> None:
    """A free port is fine: the playground's without a token, the webhook's with one."""
    address = f"127.0.0.1:{free_port()}"
    looked = patient(tmp_path, playground_listen=address)
    found = next(iter(checks.ports(looked)))
    assert (found.level, address in found.seen) == (Level.OK, True)
    assert hook_port(patient(tmp_path, **HOOK, webhook_listen=address)).level is Level.OK


def test_taken(folder: Path) -> None:
    """A port that another program took is an error, one that the running bot has is fine."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        looked = replace(patient(folder, **HOOK, webhook_listen=address), root=MACHINE)
        found = hook_port(looked)
        assert found.level is Level.ERROR
        assert f"process {os.getpid()}" in found.seen
        assert hook_port(running(looked, pid=os.getpid())).level is Level.OK
        assert hook_port(running(looked, pid=1)).level is Level.ERROR
        assert "another program" in hook_port(replace(looked, root=folder)).seen


def test_metrics(tmp_path: Path) -> None:
    """A port for metrics that is taken is a warning: the bot goes on without."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        looked = patient(tmp_path, token="4711:key", operate_listen=address)
        assert only(checks.ports, looked).level is Level.WARNING
    assert only(checks.ports, looked).level is Level.OK


def test_foreign_address(tmp_path: Path) -> None:
    """An address that this machine does not have cannot be listened on."""
    assert hook_port(patient(tmp_path, **HOOK, webhook_listen="192.0.2.1:8443")).level is Level.ERROR


def test_polling(tmp_path: Path) -> None:
    """A bot that polls listens for no updates."""
    assert not list(checks.ports(patient(tmp_path, token="4711:key")))


def test_only_what_is_found(tmp_path: Path) -> None:
    """IPv6 addresses are understood."""
    assert only(checks.ports, patient(tmp_path, playground_listen=f"[::1]:{free_port()}")).seen
