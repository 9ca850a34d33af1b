"""Whoever finds the webhook: slow clients, huge requests, and guesses at the secret."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Final

from bot import updates
from e2e.town import open_town
from playing import add_compiled_banks, by_webhook, wait_until
from torture.crowd import Crowd
from torture.verdict import Verdict, audit
from torture.webhook_client import Hook, status

if TYPE_CHECKING:
    from pathlib import Path

    from torture.scale import Scale

LEARNERS: Final = 8
AT_ONCE: Final = 20
TOO_LONG: Final = 2 * 1024 * 1024
DRIP_S: Final = 0.5
REFUSED: Final = 401
HUGE: Final = {"announced": 413, "chunked": 413, "head": 431}


async def run(scale: Scale, folder: Path) -> Verdict:
    """All are refused, none takes a place from the learners, who practise on meanwhile."""
    environment = by_webhook()
    hook = Hook(environment)
    async with open_town(add_compiled_banks(folder / "data"), environment) as town:
        crowd = Crowd(town, LEARNERS, scale.seed)
        crowd.play()
        await wait_until(lambda: crowd.answers > LEARNERS)
        over = asyncio.Event()
        huge = {kind: await _post_huge(hook, kind) for kind in HUGE}
        slow = [asyncio.create_task(_drip(hook, over)) for _ in range(scale.slow_clients)]
        before = crowd.answers
        guesses = await _guess(hook, scale.wrong_secrets)
        meanwhile = crowd.answers - before
        over.set()
        dripped = Counter(await asyncio.gather(*slow))
        unanswered = await crowd.end()
        await town.bot.stop()
        found = audit(town.records, crowd.players)
        strangers = town.records.learner(STRANGER)
    complaints = {
        f"answers to guesses {dict(guesses)}": guesses != {REFUSED: scale.wrong_secrets},
        f"answers to huge requests {huge}": huge != HUGE,
        f"answers to slow clients {dict(dripped)}": not set(dripped) <= {0, 408},
        "nobody was served meanwhile": not meanwhile,
        "a forged update had an effect": strangers is not None,
        f"{crowd.unanswered_presses} presses": crowd.unanswered_presses,
    }
    return Verdict(
        scale.wrong_secrets + scale.slow_clients + len(HUGE), found.acknowledged, found.lost, found.doubled,
        unanswered, (*found.complaints, *(words for words, is_so in complaints.items() if is_so)),
        f"answers meanwhile {meanwhile}",
    )  # fmt: skip


STRANGER: Final = 666


async def _guess(hook: Hook, count: int) -> Counter[int]:
    """Send valid updates with wrong secrets; return how they were answered."""
    update = updates.text(1, "/start b_core_en", STRANGER)
    wrong = ("", "known-to-this-machine-onlx", hook.secret[:-1], hook.secret + "x", hook.secret.upper())
    requests = [hook.request(update, guess) for guess in wrong]
    numbers = iter(range(count))
    statuses: Counter[int] = Counter()

    async def guess_on() -> None:
        for number in numbers:
            statuses[await hook.post(requests[number % len(requests)])] += 1

    await asyncio.gather(*(guess_on() for _ in range(AT_ONCE)))
    return statuses


async def _post_huge(hook: Hook, kind: str) -> int:
    """Send more than an update ever has, with the right secret; return how that was answered."""
    if kind == "announced":
        return await hook.post(hook.head(TOO_LONG))
    if kind == "head":
        return await hook.post(hook.head(0)[:-2] + b"X-Long: " + b"x" * TOO_LONG)
    chunk = b"%x\r\n" % 65536 + bytes(65536) + b"\r\n"
    head = hook.head(0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    return await hook.post(head + chunk * (TOO_LONG // 65536))


async def _drip(hook: Hook, over: asyncio.Event) -> int:
    """Send a request a byte at a time, again and again; return the last answer, 0 for a closed connection."""
    last = 0
    while not over.is_set():
        async with hook.connect() as (reader, writer):
            answer = asyncio.create_task(status(reader))
            for byte in hook.request(b"{}"):
                if answer.done() or over.is_set():
                    break
                writer.write(bytes((byte,)))
                await asyncio.sleep(DRIP_S)
            if answer.done():
                last = answer.result()
            answer.cancel()
        await asyncio.sleep(DRIP_S)
    return last
