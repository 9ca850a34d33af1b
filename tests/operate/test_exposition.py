"""What Prometheus reads: true numbers, in the format it knows, and nobody's name among them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from bot import updates
from bot.bothouse import ANNA, BERT, BotHouse
from bot.telegram import refusal
from lplate.errors import StoreError
from lplate_bot.ingress import Busy
from operate.samples import OPEN_METRICS, PLAIN, Samples

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lplate_bot.operate.exposition import Exposition

    Scrape = Callable[[], Awaitable[Samples]]

PATIENCE_S = 60.0
RETRY_AFTER_S = 0.05
FLOOD = refusal("Too Many Requests: retry after 0", 429, retry_after_s=RETRY_AFTER_S)


async def play(house: BotHouse) -> None:
    """Have two people begin; one answers, taps twice, has it brought again, goes on, asks for help."""
    await house.begin()
    await house.begin(who=BERT)
    await house.press(await house.right_button())
    await house.submit(house.last_raw)
    await house.press(house.button("n"))
    await house.say("/help")


@pytest.mark.parametrize(("accept", "is_open"), [(PLAIN, False), ("", False), (OPEN_METRICS, True)])
async def test_exposition_can_be_read(
    house: BotHouse,
    exposition: Exposition,
    accept: str,
    is_open: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Each format is what its parser takes, announced as such, every family once and explained."""
    await play(house)
    body, content_type = await exposition.write(accept)
    samples = Samples(body.decode(), is_open=is_open)
    assert content_type.startswith("application/openmetrics-text" if is_open else "text/plain")
    names = [family.name for family in samples.families]
    assert len(names) == len(set(names)) > 40
    assert all(family.documentation for family in samples.families)
    assert samples.value("updates_total", kind="start") == 2


async def test_process_is_told_of_too(scrape: Scrape) -> None:
    """Memory, processor time, files and the garbage collector come from prometheus-client itself."""
    text = (await scrape()).text
    assert "\nprocess_resident_memory_bytes " in text
    assert "\nprocess_open_fds " in text
    assert "\npython_gc_collections_total{" in text


async def test_played_round_is_counted(house: BotHouse, scrape: Scrape) -> None:
    """Updates by kind, duplicates, replies and changes are exactly those of the round played."""
    await play(house)
    samples = await scrape()
    assert samples.labelled("updates_total") == {("answer",): 2, ("command",): 1, ("next",): 1, ("start",): 2}
    assert samples.value("updates_duplicate_total") == 1
    assert samples.labelled("response_seconds_count") == {
        ("answer",): 1, ("command",): 1, ("next",): 1, ("start",): 2,
    }  # fmt: skip
    assert samples.value("ack_seconds_count") == 5
    cards_sent = 2  # each is a change of its own: where it stands is known once Telegram has taken it
    assert samples.value("commit_changes_total") == samples.value("commit_group_size_sum") == 5 + cards_sent
    assert samples.labelled("update_errors_total") == {}
    assert samples.value("cache_entries", cache="seen_updates") == 5
    assert samples.value("cache_hits_total", cache="seen_updates") == 1
    assert samples.value("cache_entries", cache="learners") == 2


async def test_every_update_is_called_something(house: BotHouse, scrape: Scrape) -> None:
    """What is no press of a learner counts as command, menu, foreign button, or other."""
    card = await house.begin()
    await house.submit(updates.photo(house.next_id(), ANNA))
    await house.submit(updates.press(house.next_id(), "unheard-of", ANNA, card.as_object()))
    await house.submit(updates.press(house.next_id(), "a:1:1:0", ANNA, None))
    await house.submit(updates.as_bytes(house.next_id(), edited_message={"chat": updates.private(ANNA)}))
    samples = await scrape()
    kinds = samples.labelled("updates_total")
    assert kinds == {("command",): 1, ("foreign",): 1, ("menu",): 1, ("other",): 1, ("start",): 1}


async def test_learners_are_active_for_five_minutes(house: BotHouse, scrape: Scrape) -> None:
    """Who pressed within five minutes counts as active, each learner once, whatever they pressed."""
    await play(house)
    active = [(await scrape()).value("learners_active")]
    house.clock.tick(200)
    await house.say("/skip", BERT)
    active.append((await scrape()).value("learners_active"))
    house.clock.tick(200)
    active.append((await scrape()).value("learners_active"))
    assert active == [2, 2, 1]


async def test_response_lasts_until_the_last_call(house: BotHouse, scrape: Scrape) -> None:
    """A reply's time ends when Telegram has taken its last call, an acknowledgement's at the commit."""
    await house.begin()
    house.api.is_holding = True
    answered = house.take(house.raw_press(await house.right_button()))
    await answered
    house.clock.tick(0.7)
    assert (await scrape()).value("response_seconds_count", action="answer") == 0
    house.api.release()
    await house.settle()
    samples = await scrape()
    assert samples.value("response_seconds_sum", action="answer") == pytest.approx(0.7)
    assert samples.value("response_seconds_bucket", action="answer", le="0.5") == 0
    assert samples.value("response_seconds_bucket", action="answer", le="1.0") == 1
    assert samples.value("ack_seconds_sum") == 0


async def test_press_without_a_reply_ends_with_its_acknowledgement(house: BotHouse, scrape: Scrape) -> None:
    """Where nothing is to be shown, the time ends when the effect is durable."""
    await house.begin()
    await house.submit(updates.membership(house.next_id(), ANNA, "kicked"))
    assert (await scrape()).value("response_seconds_count", action="blocked") == 1


async def test_floods_are_counted(house: BotHouse, scrape: Scrape) -> None:
    """Each 429 counts, with the wait that Telegram asked for; the chat counts as held until it is over."""
    await house.begin()
    house.api.refuse("editMessageCaption", FLOOD, FLOOD)
    await house.take(house.raw_press(await house.right_button()))
    await house.turns()
    during = await scrape()
    assert await house.outbox.drain(PATIENCE_S) == 0
    samples = await scrape()
    assert (during.value("api_floods_total"), during.value("flood_wait_chats")) == (1, 1)
    assert samples.value("api_floods_total") == 2
    assert samples.value("api_held_seconds_total") == pytest.approx(2 * RETRY_AFTER_S)
    assert samples.value("flood_wait_chats") == 0


@pytest.mark.parametrize("settings", [{"rate_per_minute": 0.01, "rate_burst": 1}])
async def test_refusals_are_counted_by_tier(house: BotHouse, scrape: Scrape) -> None:
    """Who is too fast is counted under their tier, and neither as an error nor as a reply."""
    await house.begin()
    await house.say("/stats")
    await house.say("/stats")
    samples = await scrape()
    assert samples.labelled("rate_limited_total") == {("free",): 2}
    assert samples.labelled("update_errors_total") == {}
    assert samples.labelled("response_seconds_count") == {("start",): 1}


@pytest.mark.parametrize("settings", [{"most_waiting": 1}])
async def test_errors_are_counted_by_reason(house: BotHouse, scrape: Scrape) -> None:
    """What cannot be read, not be stored, or not be taken for want of room counts under its reason."""
    await house.begin()
    await house.submit(b"{")
    press = house.raw_press(await house.right_button())
    house.store.fault = StoreError("the disk is full")
    refused, crowded = house.take(press), house.take(updates.text(house.next_id(), "/skip", BERT))
    await house.settle()
    assert isinstance(crowded.exception(), Busy)
    assert isinstance(refused.exception(), StoreError)
    house.store.fault = None
    samples = await scrape()
    errors = {("malformed",): 1, ("store",): 1, ("busy",): 1}
    assert samples.labelled("update_errors_total") == errors
    assert samples.value("commit_failures_total") == 1


async def test_faults_of_ours_are_counted(
    house: BotHouse, scrape: Scrape, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update that our own code fails on is put aside, and counts."""
    await house.begin()
    monkeypatch.setattr(house.bot.desk, "press", None)
    monkeypatch.setattr(house.bot.desk, "try_press", None)
    await house.press(await house.right_button())
    assert (await scrape()).labelled("update_errors_total") == {("fault",): 1}


async def test_histograms_are_sane(house: BotHouse, scrape: Scrape) -> None:
    """Buckets only grow towards +Inf, which is the count; no sum is negative."""
    await play(house)
    samples = await scrape()
    families = [family for family in samples.families if family.type == "histogram"]
    assert len(families) >= 9
    for family in families:
        buckets = [sample for sample in family.samples if sample.name.endswith("_bucket")]
        for one, other in pairwise(buckets):
            assert one.labels["le"] == "+Inf" or one.value <= other.value
        ends = [sample.value for sample in buckets if sample.labels["le"] == "+Inf"]
        assert ends == [sample.value for sample in family.samples if sample.name.endswith("_count")]
        assert all(sample.value >= 0 for sample in family.samples if sample.name.endswith("_sum"))


async def test_nobody_is_named(house: BotHouse, exposition: Exposition) -> None:
    """No id of a learner or chat, no name, no text and no token stands in what is served."""
    who = 987_654_321_987
    await house.begin(who=who)
    await house.say("a secret of mine", who)
    text = (await exposition.write(PLAIN))[0].decode()
    assert not [word for word in (str(who), f"P{who}", "secret", "kept-by-the-client") if word in text]


async def test_facts_are_told(scrape: Scrape) -> None:
    """Versions, the way updates come, and the start are there to be joined with."""
    samples = await scrape()
    (labels,) = samples.labelled("info")
    assert labels[0] == "polling"
    assert len(labels) == 4
    assert samples.value("start_time_seconds") == 1000
    assert (samples.value("ready"), samples.value("maintenance")) == (1, 0)
