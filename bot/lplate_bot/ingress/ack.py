"""Say what ingress and gate agree on: raw updates in, acknowledgements out."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from lplate.errors import LplateError


class Ack(msgspec.Struct, frozen=True, gc=False):
    """Acknowledge an update: its effect is committed.

    *body* is one Bot API call as JSON with ``method``, made by way of the webhook's response; its result is
    never seen. Polling has no such way: there it must be empty.
    """

    body: bytes = b""


class Busy(LplateError):  # noqa: N818 - says what is so; the remedy is to come again
    """The bot is at its memory bound: the update is not taken, Telegram shall bring it again."""

    def __init__(self, retry_after_s: int = 1) -> None:
        super().__init__(f"too much is waiting, come again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


Word = Ack | Exception
"""What an update comes to. An Ack: acknowledged. Busy or StoreError: not acknowledged, to be brought again.

Any other exception is a fault of ours, logged by ingress and not acknowledged either.
"""

OnWord = Callable[[Word], None]
"""Take the word on one update; called once, maybe before its submit has returned."""

Submit = Callable[[bytes, OnWord], None]
"""Take one raw update, and who is told what it comes to; never raises."""
