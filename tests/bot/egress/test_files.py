from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import TYPE_CHECKING

import pytest

from bot.egress.scripted import Request, ScriptedApi, ok, refusal
from lplate.errors import StoreError
from lplate.ports import ForgottenFile, StoredFile
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

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PNG = b"\x89PNG\r\n\x1a\n--boundary?"
SCOPE = "4711@root"


@dataclass
class Shelf:
    """A store of file ids that also keeps what it was told."""

    ids: dict[tuple[str, str, str], str] = field(default_factory=dict)
    told: list[StoredFile | ForgottenFile] = field(default_factory=list)
    error: Exception | None = None
    lookups: int = 0

    async def file_id(self, scope: str, digest: str, kind: str) -> str | None:
        self.lookups += 1
        if self.error is not None:
            raise self.error
        return self.ids.get((scope, digest, kind))


@dataclass
class PhotoApi:
    """Know uploaded pictures by id, as Telegram does."""

    known: set[str] = field(default_factory=set)
    uploads: int = 0
    loaded: list[str] = field(default_factory=list)

    async def answer(self, request: Request) -> bytes:
        if request.headers["content-type"].startswith("multipart/"):
            self.uploads += 1
            file_id = f"id-{self.uploads}"
            self.known.add(file_id)
            return ok({"message_id": 1, "photo": [{"file_id": "thumb"}, {"file_id": file_id}]})
        fields = request.json
        file_id = fields["photo"] if "photo" in fields else fields["media"]["media"]
        if file_id not in self.known:
            return refusal(400, "Bad Request: wrong file identifier/HTTP URL specified")
        return ok({"message_id": 2, "photo": [{"file_id": file_id}]})

    def picture(self, digest: str = "abc") -> Picture:
        def load() -> bytes:
            self.loaded.append(digest)
            return PNG

        return Picture(digest, "image/png", load)


@pytest.fixture
def shelf() -> Shelf:
    """A shelf with nothing on it."""
    return Shelf()


@pytest.fixture
def photos(api: ScriptedApi) -> PhotoApi:
    """The scripted Bot API, made to know pictures."""
    photos = PhotoApi()
    api.answer = photos.answer
    return photos


@pytest.fixture
async def outbox(client: ApiClient, shelf: Shelf) -> AsyncIterator[Outbox]:
    """An outbox that knows pictures."""
    files = FileIds(SCOPE, shelf.file_id, shelf.told.append, shelf.told.append)
    outbox = Outbox(client, SendLimits(SendRates(0, 0, 0, 0)), files, backoff=Backoff(0.01, 0.02))
    yield outbox
    outbox.close()


def photo(chat_id: int, picture: Picture) -> Call:
    body = json.dumps({"chat_id": chat_id, "photo": PICTURE_SLOT, "caption": 'Schild "Ü"'}).encode()
    return Call("sendPhoto", chat_id, body, picture=picture)


def edit(chat_id: int, picture: Picture) -> Call:
    media = {"type": "photo", "media": PICTURE_SLOT, "caption": "c"}
    body = json.dumps({"chat_id": chat_id, "message_id": 3, "media": media}).encode()
    return Call("editMessageMedia", chat_id, body, picture=picture)


def parts(request: Request) -> dict[str, bytes]:
    """Return the parts of a form as a standard parser sees them."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = message_from_bytes(head + request.body)
    found = {}
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str):
            found[name] = part.get_payload(decode=True)
    return {name: payload for name, payload in found.items() if isinstance(payload, bytes)}


async def test_a_picture_is_uploaded_once_for_fifty_chats(
    api: ScriptedApi, outbox: Outbox, photos: PhotoApi, shelf: Shelf
) -> None:
    """Fifty chats asking for one picture at once cost one upload and one load; all get it."""
    outcomes = await asyncio.gather(*(outbox.deliver(photo(n, photos.picture())) for n in range(50)))
    assert {outcome.kind for outcome in outcomes} == {Kind.OK}
    assert (photos.uploads, photos.loaded, shelf.lookups) == (1, ["abc"], 1)
    assert shelf.told == [StoredFile(SCOPE, "abc", "photo", "id-1")]
    assert len(api.requests) == 50


async def test_waiting_for_an_upload_blocks_nobody_else(
    api: ScriptedApi, outbox: Outbox, photos: PhotoApi
) -> None:
    """While an upload is slow, the chats that wait for it hold no connection: others go on."""
    may_end = asyncio.Event()

    async def slowly(request: Request) -> bytes:
        if request.method == "sendMessage":
            return ok()
        await may_end.wait()
        return await photos.answer(request)

    api.answer = slowly
    waiting = [asyncio.create_task(outbox.deliver(photo(n, photos.picture()))) for n in range(20)]
    await api.arrival(1)
    for chat in range(100, 110):
        assert (await outbox.call("sendMessage", {"chat_id": chat})).kind is Kind.OK
    may_end.set()
    assert {outcome.kind for outcome in await asyncio.gather(*waiting)} == {Kind.OK}
    assert photos.uploads == 1


async def test_an_upload_is_a_proper_form(api: ScriptedApi, outbox: Outbox, photos: PhotoApi) -> None:
    """A photo alone is the field's own file; a photo inside media is pointed to by attach://."""
    await outbox.deliver(photo(1, photos.picture("one")))
    await outbox.deliver(edit(1, photos.picture("two")))
    sent, edited = (parts(request) for request in api.requests)
    assert sent == {"chat_id": b"1", "caption": 'Schild "Ü"'.encode(), "photo": PNG}
    media = json.loads(edited.pop("media"))
    assert edited == {"chat_id": b"1", "message_id": b"3", media["media"].removeprefix("attach://"): PNG}


async def test_a_remembered_id_is_used_after_a_restart(
    api: ScriptedApi, outbox: Outbox, photos: PhotoApi, shelf: Shelf
) -> None:
    """An id in the store is looked up once and saves the upload; a call by id is plain JSON."""
    shelf.ids[SCOPE, "abc", "photo"] = "id-old"
    photos.known.add("id-old")
    for chat in range(3):
        assert (await outbox.deliver(edit(chat, photos.picture()))).kind is Kind.OK
    assert (photos.uploads, shelf.lookups) == (0, 1)
    assert api.requests[0].json["media"]["media"] == "id-old"


async def test_a_refused_id_is_forgotten_and_the_picture_uploaded(
    outbox: Outbox, photos: PhotoApi, shelf: Shelf
) -> None:
    """Ids that Telegram no longer takes are forgotten; one chat uploads anew, all get the picture."""
    shelf.ids[SCOPE, "abc", "photo"] = "id-gone"
    outcomes = await asyncio.gather(*(outbox.deliver(photo(n, photos.picture())) for n in range(10)))
    assert {outcome.kind for outcome in outcomes} == {Kind.OK}
    assert photos.uploads == 1
    assert shelf.told == [ForgottenFile(SCOPE, "abc", "photo"), StoredFile(SCOPE, "abc", "photo", "id-1")]


async def test_a_failed_upload_passes_to_the_next(api: ScriptedApi, outbox: Outbox, photos: PhotoApi) -> None:
    """When an upload is refused, the next chat that waits uploads in its turn."""
    refused: list[Request] = []

    async def refuse_first(request: Request) -> bytes:
        if not refused:
            refused.append(request)
            return refusal(403, "Forbidden: bot was blocked by the user")
        return await photos.answer(request)

    api.answer = refuse_first
    outcomes = await asyncio.gather(*(outbox.deliver(photo(n, photos.picture())) for n in range(5)))
    assert [outcome.kind for outcome in outcomes].count(Kind.BLOCKED) == 1
    assert [outcome.kind for outcome in outcomes].count(Kind.OK) == 4
    assert photos.uploads == 1


async def test_an_unreadable_store_costs_an_upload_only(
    outbox: Outbox, photos: PhotoApi, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    """When the store cannot be read, the picture is uploaded again."""
    shelf.error = StoreError("disk")
    assert (await outbox.deliver(photo(1, photos.picture()))).kind is Kind.OK
    assert photos.uploads == 1
    assert "uploaded again" in caplog.text


async def test_a_picture_that_cannot_be_loaded_ends_its_call_only(
    outbox: Outbox, photos: PhotoApi, caplog: pytest.LogCaptureFixture
) -> None:
    """A picture missing from its bank is logged and rejected; the chat's next call goes on."""

    def load() -> bytes:
        raise KeyError("missing")

    broken: list[Outcome] = await asyncio.gather(
        *(outbox.deliver(photo(1, Picture("lost", "image/png", load))) for _ in range(2))
    )
    assert [outcome.kind for outcome in broken] == [Kind.REJECTED] * 2
    assert (await outbox.deliver(photo(1, photos.picture()))).kind is Kind.OK
    assert "picture_unreadable picture=lost" in caplog.text


async def test_uploads_leave_connections_free(api: ScriptedApi, outbox: Outbox, photos: PhotoApi) -> None:
    """Uploads of many pictures at once never take all connections."""
    shelf = Shelf()
    client = outbox._client
    few = Outbox(client, SendLimits(SendRates(0, 0, 0, 0)), FileIds("s", shelf.file_id, id, id, uploads=2))
    busy = 0
    most = 0
    may_end = asyncio.Event()

    async def slowly(request: Request) -> bytes:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await may_end.wait()
        busy -= 1
        return await photos.answer(request)

    api.answer = slowly
    sending = [asyncio.create_task(few.deliver(photo(n, photos.picture(str(n))))) for n in range(10)]
    await api.arrival(2)
    may_end.set()
    await asyncio.gather(*sending)
    assert most == 2
    few.close()
