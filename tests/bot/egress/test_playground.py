"""The whole egress against the playground: a server that follows the Bot API, not our expectations."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

import msgspec
import pytest
from PIL import Image

from lplate_bot.egress import (
    PICTURE_SLOT,
    ApiClient,
    Call,
    FileIds,
    Kind,
    Outbox,
    Outcome,
    Picture,
    SendLimits,
    SendRates,
)
from lplate_bot.egress.backoff import Backoff
from lplate_bot.playground import PLAYGROUND_TOKEN
from lplate_bot.playground.faults import Fault
from lplate_bot.playground.limits import FloodLimits
from lplate_bot.playground.server import PlaygroundConfig, PlaygroundServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lplate_bot.playground.learner import Learner


@pytest.fixture
async def playground() -> AsyncIterator[PlaygroundServer]:
    """A playground on a free port."""
    playground = PlaygroundServer(PlaygroundConfig(port=0))
    await playground.start()
    yield playground
    await playground.stop()


@pytest.fixture
async def client(playground: PlaygroundServer) -> AsyncIterator[ApiClient]:
    """A client of the playground."""
    client = ApiClient(playground.url, PLAYGROUND_TOKEN)
    yield client
    await client.close()


async def nothing_known(scope: str, digest: str, kind: str) -> str | None:
    """Look up a file id where there are none."""
    return None


@pytest.fixture
async def outbox(client: ApiClient) -> AsyncIterator[Outbox]:
    """An outbox with short pauses and no limits of its own."""
    files = FileIds("test", nothing_known, id, id)
    outbox = Outbox(client, SendLimits(SendRates(0, 0, 0, 0)), files, backoff=Backoff(0.01, 0.05))
    yield outbox
    outbox.close()


@pytest.fixture
def learners(playground: PlaygroundServer) -> list[Learner]:
    """Ten learners who have started the bot."""
    learners = [playground.add_learner(f"L{number}") for number in range(10)]
    for learner in learners:
        learner.start()
    return learners


def encode(**fields: object) -> bytes:
    return msgspec.json.encode(fields)


def sign() -> bytes:
    """Return a small picture."""
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(picture, "PNG")
    return picture.getvalue()


async def test_messages_arrive_in_order_through_broken_connections(
    playground: PlaygroundServer, outbox: Outbox, learners: list[Learner]
) -> None:
    """Edits reach their final state in order although connections break and servers stumble."""
    sent = await asyncio.gather(
        *(outbox.call("sendMessage", {"chat_id": learner.id, "text": "start"}) for learner in learners)
    )
    assert {outcome.kind for outcome in sent} == {Kind.OK}
    playground.order(Fault("editMessageText", drops=True, times=10))
    playground.order(Fault("editMessageText", drops=True, after_effect=True, times=5))
    outcomes: list[Outcome] = []
    for learner in learners:
        message_id = learner.replies[0].message_id
        for number in range(3):
            body = encode(chat_id=learner.id, message_id=message_id, text=f"edit {number}")
            outbox.send(Call("editMessageText", learner.id, body, done=outcomes.append))
    assert await outbox.drain(20) == 0
    assert [learner.replies[0].text for learner in learners] == ["edit 2"] * 10
    assert {outcome.kind for outcome in outcomes} <= {Kind.OK, Kind.NOT_MODIFIED}


async def test_a_picture_is_uploaded_once_for_all_learners(
    playground: PlaygroundServer, outbox: Outbox, learners: list[Learner]
) -> None:
    """All learners get one picture by one upload, sent and edited in."""
    loads: list[int] = []

    def load() -> bytes:
        loads.append(1)
        return sign()

    picture = Picture("sign", "image/png", load)
    for learner in learners:
        body = encode(chat_id=learner.id, photo=PICTURE_SLOT, caption="<b>STOP</b>", parse_mode="HTML")
        outbox.send(Call("sendPhoto", learner.id, body, picture=picture))
    assert await outbox.drain(20) == 0
    assert len(loads) == 1
    photos = [learner.replies[0].photo for learner in learners]
    assert len({photo[-1].file_id for photo in photos if photo}) == 1
    other = Picture("other", "image/png", sign)
    learner = learners[0]
    media = {"type": "photo", "media": PICTURE_SLOT, "caption": "new"}
    body = encode(chat_id=learner.id, message_id=learner.replies[0].message_id, media=media)
    outcome = await outbox.deliver(Call("editMessageMedia", learner.id, body, picture=other))
    assert outcome.kind is Kind.OK
    assert learner.replies[0].caption == "new"


async def test_outcomes_are_read_from_a_real_servers_words(
    playground: PlaygroundServer, outbox: Outbox, learners: list[Learner]
) -> None:
    """The refusals that callers decide on are recognised as the server words them."""
    learner, blocked = learners[:2]
    await outbox.call("sendMessage", {"chat_id": learner.id, "text": "x"})
    blocked.set_blocked(True)
    message_id = learner.replies[0].message_id
    here = {"chat_id": learner.id, "message_id": message_id}
    cases: list[tuple[str, dict[str, object], Kind]] = [
        ("editMessageText", {**here, "text": "x"}, Kind.NOT_MODIFIED),
        ("editMessageText", {**here, "message_id": 999, "text": "x"}, Kind.MESSAGE_GONE),
        ("editMessageCaption", {**here, "caption": "x"}, Kind.HAS_NO_CAPTION),
        ("sendMessage", {"chat_id": blocked.id, "text": "x"}, Kind.BLOCKED),
        ("sendMessage", {"chat_id": 404, "text": "x"}, Kind.BLOCKED),
        ("sendMessage", {"chat_id": learner.id, "text": ""}, Kind.REJECTED),
        ("sendPhoto", {"chat_id": learner.id, "photo": "no-such-id"}, Kind.WRONG_FILE),
        ("answerCallbackQuery", {"callback_query_id": "1"}, Kind.QUERY_TOO_OLD),
        ("noSuchMethod", {}, Kind.REJECTED),
    ]
    for method, params, kind in cases:
        assert ((await outbox.call(method, params)).kind, method) == (kind, method)


async def test_a_wrong_token_is_told(playground: PlaygroundServer) -> None:
    """A token that the server does not know is UNAUTHORIZED."""
    client = ApiClient(playground.url, PLAYGROUND_TOKEN[:-1] + "X")
    outbox = Outbox(client)
    assert (await outbox.call("getMe")).kind is Kind.UNAUTHORIZED
    outbox.close()
    await client.close()


async def test_the_limits_keep_telegrams() -> None:
    """Forty messages at once go out without a single 429 from a server that allows thirty a second."""
    limits = FloodLimits(per_chat_per_s=1, per_group_per_minute=20, overall_per_s=30)
    playground = PlaygroundServer(PlaygroundConfig(port=0, flood_limits=limits))
    await playground.start()
    client = ApiClient(playground.url, PLAYGROUND_TOKEN)
    outbox = Outbox(client)
    learners = [playground.add_learner(f"L{number}") for number in range(40)]
    for learner in learners:
        learner.start()
        outbox.send(Call("sendMessage", learner.id, encode(chat_id=learner.id, text="hello")))
    assert await outbox.drain(10) == 0
    assert [len(learner.replies) for learner in learners] == [1] * 40
    assert outbox._floods._hits == {}
    outbox.close()
    await client.close()
    await playground.stop()
