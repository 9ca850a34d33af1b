"""A world without sockets for the outbox: time that a test moves, calls that a test answers."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from lplate_bot.egress import (
    ApiResponse,
    ApiUnreachable,
    Call,
    Outbox,
    ResponseParameters,
    SendLimits,
    SendRates,
)
from lplate_bot.egress.backoff import Backoff
from lplate_bot.egress.limits import SECOND_NS

if TYPE_CHECKING:
    from collections.abc import Callable

OK = ApiResponse(200, ok=True)
UNREACHABLE = ApiUnreachable("no connection")
BAD_GATEWAY = ApiResponse(502, ok=False, error_code=502, description="Bad Gateway")


def flood(seconds: float) -> ApiResponse:
    """Return a 429 that asks to wait."""
    asked = ResponseParameters(retry_after=seconds)
    return ApiResponse(429, ok=False, error_code=429, description="Too Many Requests", parameters=asked)


def refused(words: str, code: int = 400) -> ApiResponse:
    """Return a refusal."""
    return ApiResponse(code, ok=False, error_code=code, description=words)


@dataclass
class Timer:
    """A timer that can be cancelled."""

    then: Callable[..., None]
    args: tuple[Any, ...]
    is_cancelled: bool = False

    def cancel(self) -> None:
        self.is_cancelled = True


@dataclass
class Flight:
    """A call under way."""

    method: str
    body: bytes
    on_end: Callable[[ApiResponse | ApiUnreachable], None]
    at_ns: int


@dataclass
class World:
    """Hold time, timers and calls under way."""

    rates: SendRates = field(default_factory=lambda: SendRates(0, 0, 0, 0))
    now_ns: int = 0
    flights: list[Flight] = field(default_factory=list)
    sent: list[Flight] = field(default_factory=list)
    _timers: list[tuple[int, int, Timer]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        limits = SendLimits(self.rates)
        backoff = Backoff(1.0, 8.0, chance=lambda: 1.0)
        later: Any = self.call_later
        self.outbox = Outbox(self, limits, backoff=backoff, clock=lambda: self.now_ns, call_later=later)

    # what the outbox uses

    def start(
        self,
        method: str,
        body: bytes,
        on_end: Callable[[ApiResponse | ApiUnreachable], None],
        content_type: str = "",
        timeout_s: float | None = None,
        *,
        is_repeatable: bool = False,
    ) -> object:
        flight = Flight(method, body, on_end, self.now_ns)
        self.flights.append(flight)
        self.sent.append(flight)
        return flight

    def call_later(self, wait_s: float, then: Callable[..., None], *args: Any) -> Timer:
        timer = Timer(then, args)
        heapq.heappush(self._timers, (self.now_ns + round(wait_s * SECOND_NS), next(self._numbers), timer))
        return timer

    # what a test uses

    def send(self, method: str, chat: int | None, body: str, **more: Any) -> None:
        self.outbox.send(Call(method, chat, body.encode(), **more))

    def end(self, response: ApiResponse | ApiUnreachable = OK, place: int = 0) -> str:
        """End one call under way and return its body."""
        flight = self.flights.pop(place)
        flight.on_end(response)
        return flight.body.decode()

    @property
    def under_way(self) -> list[str]:
        return [flight.body.decode() for flight in self.flights]

    def next_timer(self) -> bool:
        """Move time to the next timer and run it; return False if there is none."""
        while self._timers:
            at_ns, _, timer = heapq.heappop(self._timers)
            if not timer.is_cancelled:
                self.now_ns = max(self.now_ns, at_ns)
                timer.then(*timer.args)
                return True
        return False

    def pass_s(self, seconds: float) -> None:
        """Let time pass, running what falls due."""
        until_ns = self.now_ns + round(seconds * SECOND_NS)
        while self._timers and self._timers[0][0] <= until_ns:
            self.next_timer()
        self.now_ns = until_ns

    def settle(self) -> None:
        """Answer everything with success until nothing is left."""
        while self.flights or (self.outbox.waiting and self.next_timer()):
            while self.flights:
                self.end()
