"""Faults on order: let a test see how a bot bears errors, delays and broken connections."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lplate_bot.playground.errors import ApiError


class ConnectionDropped(Exception):  # noqa: N818 -- an order to the server, not an error of it
    """Close the connection without a response."""


class ResponseCutOff(ConnectionDropped):
    """Close the connection in the middle of a response."""


@dataclass(slots=True)
class Fault:
    """What happens to calls of *method* (None: any) in chat *chat_id* (None: any), *times* times.

    First *delay_s* passes; then, if *drops*, the connection is closed; if *cuts_off*, it is closed in the
    middle of a response; if *error*, it is returned. With *after_effect* the call is carried out before that:
    the bot sees a failure of what happened.
    """

    method: str | None = None
    chat_id: int | None = None
    error: ApiError | None = None
    delay_s: float = 0.0
    drops: bool = False
    cuts_off: bool = False
    after_effect: bool = False
    times: int = 1

    def fits(self, method: str, params: Mapping[str, Any]) -> bool:
        """Return True if this call is meant."""
        chat_matches = self.chat_id is None or str(params.get("chat_id")) == str(self.chat_id)
        return self.times > 0 and chat_matches and (self.method or method).lower() == method.lower()

    async def happen(self) -> None:
        """Delay, then fail as ordered.

        Raises:
            ConnectionDropped: the server must close the connection; ResponseCutOff: while it responds.
            ApiError: the ordered error.
        """
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if self.drops:
            raise ConnectionDropped
        if self.cuts_off:
            raise ResponseCutOff
        if self.error is not None:
            raise self.error


class Faults:
    """The faults that are still to happen, in order."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Order a fault."""
        self._ordered.append(fault)
        return fault

    @property
    def pending(self) -> tuple[Fault, ...]:
        """Return what is still to happen."""
        return tuple(self._ordered)

    def clear(self) -> None:
        """Take all orders back."""
        self._ordered.clear()

    def take(self, method: str, params: Mapping[str, Any]) -> Fault | None:
        """Return the fault of this call, if one is ordered, and count it."""
        if not self._ordered:
            return None
        fault = next((fault for fault in self._ordered if fault.fits(method, params)), None)
        if fault is not None:
            fault.times -= 1
            if not fault.times:
                self._ordered.remove(fault)
        return fault
