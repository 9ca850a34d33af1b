"""Updates of every kind that the Bot API describes, and such as it does not."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

from torture.botapi_updates import UpdateMaker
from torture.durable import DurableHouse, errors_logged, open_durable, rows_of
from torture.hands import Hands
from torture.verdict import Verdict

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from lplate_bot.ingress import Ack
    from torture.scale import Scale

AT_ONCE = 20
NEAR = 0.4
HONEST = 77
SETTINGS: dict[str, Any] = {
    "rate_per_minute": 100_000, "rate_burst": 100_000,
    "webhook_url": "https://bot.test/hook", "webhook_secret": "s",
}  # fmt: skip
EXCUSED = ("cold_update_failed", "call_rejected", "No error handlers")
"""What is logged as an error and is none of the bot's: an update PTB cannot read is tried, then put aside."""


async def run(scale: Scale, folder: Path) -> Verdict:
    """No update stops the bot: each is acknowledged, each valid press is answered, the honest are served."""
    chance = Random(scale.seed)
    maker = UpdateMaker(chance)
    database = folder / "learners.db"
    complaints = list[str]()
    faults = unanswered = 0
    with errors_logged() as errors:
        async with open_durable(database, **SETTINGS) as house:
            for first in range(1, scale.fuzzed_updates + 1, AT_ONCE):
                batch = [_made(maker, update_id, chance) for update_id in range(first, first + AT_ONCE)]
                faults += len(batch)
                unanswered += await _submit(house, batch, complaints)
            house.update_id = 2 * scale.fuzzed_updates
            honest = await _play(house, chance)
            given, waiting = (await house.learner(HONEST)).session.answered, house.bot.gate.waiting
        complaints += [f"logged: {words}" for words in errors if not words.startswith(EXCUSED)]
    if waiting or not honest:
        complaints.append(f"{waiting} updates still wait, {honest} honest answers were taken")
    (stored,) = rows_of(database, f"SELECT count(*) FROM attempt WHERE learner_id = {HONEST}")[0]
    letters = rows_of(database, "SELECT count(*) FROM dead_letter")[0][0]
    return Verdict(
        faults, faults + honest, max(0, given - stored), max(0, stored - given), unanswered,
        tuple(complaints), f"dead letters {letters}",
    )  # fmt: skip


def _made(maker: UpdateMaker, update_id: int, chance: Random) -> tuple[bytes, str]:
    """Return an update, and the id of the callback query in it if it is a valid one."""
    if chance.random() < NEAR:
        return maker.near(update_id), ""
    update = maker.valid(update_id)
    if "callback_query" in update:
        update["callback_query"]["id"] = f"q{update_id}"
    return msgspec.json.encode(update), update.get("callback_query", {}).get("id", "")


async def _submit(house: DurableHouse, batch: list[tuple[bytes, str]], complaints: list[str]) -> int:
    """Submit updates at once; return how many valid presses got no answer."""
    house.clock.tick(1)
    house.api.calls.clear()
    futures = [house.take(raw) for raw, _ in batch]
    await house.settle()
    for (raw, _), future in zip(batch, futures, strict=True):
        if not future.done() or future.exception() is not None:
            complaints.append(f"not acknowledged: {raw[:300]!r}")
    answered = {str(sent.fields.get("callback_query_id")) for sent in house.api.of("answerCallbackQuery")}
    answered |= {_inline(future) for future in futures}
    missing = [raw for raw, query_id in batch if query_id and query_id not in answered]
    complaints += [f"no answer: {raw[:300]!r}" for raw in missing]
    return len(missing)


def _inline(future: asyncio.Future[Ack]) -> str:
    """Return the id of the query that an acknowledgement answers."""
    if not future.done() or future.exception() is not None or not future.result().body:
        return ""
    return str(msgspec.json.decode(future.result().body)["callback_query_id"])


async def _play(house: DurableHouse, chance: Random) -> int:
    """Let a learner who was never heard of practise; return how many answers were taken."""
    hands = Hands(house, chance)
    await house.submit(hands.begin(HONEST))
    for _ in range(40):
        await house.submit(await hands.answer(HONEST))
    return (await house.learner(HONEST)).session.answered
