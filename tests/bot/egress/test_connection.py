from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.egress.scripted import http
from lplate_bot.egress.connection import HEAD_ALLOWANCE, Connection, Exchange
from lplate_bot.egress.failure import ApiUnreachable

LIMIT_BYTES = 1_000
FITTING = http(b"x" * (LIMIT_BYTES + HEAD_ALLOWANCE - 200))
TOO_LARGE = http(b"x" * (LIMIT_BYTES + HEAD_ALLOWANCE + 1))


@dataclass
class Owner:
    """Note what becomes of a connection."""

    fates: list[str] = field(default_factory=list)

    def on_open(self, connection: Connection) -> None:
        """Need not know."""

    def on_free(self, connection: Connection) -> None:
        """Note that it is free."""
        self.fates.append("free")

    def on_gone(self, connection: Connection) -> None:
        """Note that it is gone."""
        self.fates.append("gone")

    def on_stale(self, exchange: Exchange) -> None:
        """Note that the exchange would be repeated."""
        self.fates.append("stale")


class Wire(asyncio.Transport):
    """Take what is written and close when told."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take *data*."""

    def abort(self) -> None:
        """Close."""


class Question(Exchange, kw_only=True):
    """Note the end of an exchange."""

    ends: list[bytes | ApiUnreachable]

    def receive(self, status: int, body: bytes) -> None:
        """Note the body."""
        assert status == 200
        self.ends.append(body)

    def fail(self, error: ApiUnreachable) -> None:
        """Note the error."""
        self.ends.append(error)


def exchanged(*pieces: bytes) -> tuple[bytes | ApiUnreachable, list[str]]:
    """Ask, answer in *pieces*, and return what came of the response and of its connection."""
    owner = Owner()
    question = Question(request=b"POST", timeout_s=1.0, is_repeatable=True, ends=[])
    loop = asyncio.new_event_loop()
    connection = Connection(owner, loop, "the server", LIMIT_BYTES)
    connection.connection_made(Wire())
    connection.start(question, 0.0)
    for piece in pieces:
        if not question.ends:
            connection.data_received(piece)
    loop.close()
    (result,) = question.ends
    return result, owner.fates


@pytest.mark.parametrize("at", [1, 30, 60_000, LIMIT_BYTES + HEAD_ALLOWANCE, None])
def test_the_limit_holds_however_a_response_is_cut(at: int | None) -> None:
    """A response beyond the limit is refused, and costs its connection, in one piece and in two."""
    result, fates = exchanged(TOO_LARGE[:at], TOO_LARGE[at:] if at else b"")
    assert isinstance(result, ApiUnreachable)
    assert result.was_sent
    assert fates == ["gone"]


@pytest.mark.parametrize("at", [1, 30, 60_000, None])
def test_a_response_within_the_limit_is_read_however_it_is_cut(at: int | None) -> None:
    """A response that just fits is read, and its connection is free again, in one piece and in two."""
    result, fates = exchanged(FITTING[:at], FITTING[at:] if at else b"")
    assert isinstance(result, bytes)
    assert len(result) == LIMIT_BYTES + HEAD_ALLOWANCE - 200
    assert fates == ["free"]
