import asyncio

import pytest

from lplate_bot.at_once import at_once


async def test_what_need_not_wait_is_returned() -> None:
    """A coroutine that awaits only what is ready gives its result without a turn of the loop."""

    async def inner() -> int:
        return 42

    async def outer() -> int:
        return await inner()

    assert at_once(outer()) == 42


async def test_what_has_to_wait_is_closed() -> None:
    """A coroutine that waits is given up, its clean-up done."""
    closed: list[bool] = []

    async def waits() -> int:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            closed.append(True)
        return 1

    assert at_once(waits()) is None
    assert closed == [True]


async def test_what_fails_raises() -> None:
    """An error comes through as it is."""

    async def fails() -> int:
        raise KeyError("x")

    with pytest.raises(KeyError):
        at_once(fails())
