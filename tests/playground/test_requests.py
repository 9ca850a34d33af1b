"""How calls arrive: four encodings, GET and POST, and what is no call at all."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import aiohttp
import pytest

from playground.scene import RawBot, keyboard

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from lplate_bot.playground.learner import Learner
    from lplate_bot.playground.objects import Json
    from lplate_bot.playground.server import PlaygroundServer

    RequestOf = Callable[[aiohttp.ClientSession, str], AbstractAsyncContextManager[aiohttp.ClientResponse]]

PARAMS = {
    "chat_id": "1001",
    "text": "ü 🚗",
    "reply_markup": json.dumps(keyboard("a")),
    "protect_content": "True",
}


def multipart(params: dict[str, str]) -> aiohttp.FormData:
    form = aiohttp.FormData(params)
    form.add_field("unused", b"x", filename="x.bin")
    return form


ENCODINGS: dict[str, RequestOf] = {
    "query": lambda s, url: s.get(url, params=PARAMS),
    "POST query": lambda s, url: s.post(url, params=PARAMS),
    "form": lambda s, url: s.post(url, data=PARAMS),
    "JSON of strings": lambda s, url: s.post(url, json=PARAMS),
    "JSON": lambda s, url: s.post(url, json={**PARAMS, "chat_id": 1001, "reply_markup": keyboard("a")}),
    "multipart": lambda s, url: s.post(url, data=multipart(PARAMS)),
    "query before body": lambda s, url: s.post(
        url, params={"text": "ü 🚗"}, data={**PARAMS, "text": "not this"}
    ),
}


class TestEncodings:
    @pytest.mark.parametrize("request_of", ENCODINGS.values(), ids=ENCODINGS)
    async def test_all_mean_the_same(self, raw: RawBot, anna: Learner, request_of: RequestOf) -> None:
        """The same call in any encoding has the same effect."""
        async with request_of(raw.session, f"{raw.root}/sendMessage") as response:
            message = (await response.json())["result"]
        assert message["text"] == "ü 🚗"
        assert message["reply_markup"] == keyboard("a")
        assert message["has_protected_content"] is True

    async def test_method_names_in_any_case(self, raw: RawBot) -> None:
        """Method names do not depend on case."""
        assert (await raw("GETME"))["is_bot"]

    async def test_unknown_parameters_are_ignored(self, raw: RawBot, anna: Learner) -> None:
        """A parameter of a newer API changes nothing."""
        assert await raw("sendMessage", chat_id=1001, text="x", hologram={"size": 5})

    @pytest.mark.parametrize(
        ("params", "words"),
        [
            (
                {"message_id": "five"},
                'can\'t parse parameter message_id: Field "message_id" must be of type Number',
            ),
            (
                {"message_id": True},
                'can\'t parse parameter message_id: Field "message_id" must be of type Number',
            ),
            ({"disable_notification": "perhaps"}, 'Field "disable_notification" must be of type Boolean'),
        ],
    )
    async def test_wrong_types(self, raw: RawBot, anna: Learner, params: Json, words: str) -> None:
        """A value of the wrong type is refused and named."""
        call = {"chat_id": 1001, "message_id": 1, **params}
        async with raw.session.post(f"{raw.root}/pinChatMessage", json=call) as response:
            assert words in (await response.json())["description"]

    @pytest.mark.parametrize("photo", [5, [], {}, True])
    async def test_file_that_is_none(self, raw: RawBot, anna: Learner, photo: object) -> None:
        """What is neither text nor an upload is refused as a file."""
        async with raw.session.post(
            f"{raw.root}/sendPhoto", json={"chat_id": 1001, "photo": photo}
        ) as response:
            assert response.status == 400

    async def test_broken_json(self, raw: RawBot) -> None:
        """A body that is no JSON object is refused."""
        headers = {"Content-Type": "application/json"}
        async with raw.session.post(f"{raw.root}/getMe", data=b"{", headers=headers) as response:
            assert response.status == 400

    async def test_broken_multipart(self, raw: RawBot) -> None:
        """A form that breaks off is refused."""
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        body = b"--x\r\nContent-Disposition: form-data\r\nnonsense"
        async with raw.session.post(f"{raw.root}/getMe", data=body, headers=headers) as response:
            assert (await response.json())["description"] == "Bad Request: can't parse multipart form"

    async def test_too_large(self, raw: RawBot, anna: Learner) -> None:
        """A body of more than 50 MB is refused with 413."""
        form = aiohttp.FormData({"chat_id": "1001"})
        form.add_field("document", io.BytesIO(bytes(50 * 1024 * 1024 + 1)), filename="x")
        async with raw.session.post(f"{raw.root}/sendDocument", data=form) as response:
            assert (response.status, (await response.json())["description"]) == (
                413,
                "Request Entity Too Large",
            )


class TestAddresses:
    @pytest.mark.parametrize(
        ("path", "status", "description"),
        [
            ("bot1:wrong/getMe", 401, "Unauthorized"),
            ("botnonsense/getMe", 404, "Not Found"),
            ("bot1:playground-token-for-this-machine-only/getNothing", 404, "Not Found"),
            ("file/bot1:wrong/photos/file_0.jpg", 401, "Unauthorized"),
            ("file/bot1:playground-token-for-this-machine-only/photos/file_0.jpg", 404, "Not Found"),
        ],
    )
    async def test_refusals(
        self,
        server: PlaygroundServer,
        session: aiohttp.ClientSession,
        path: str,
        status: int,
        description: str,
    ) -> None:
        """Unknown tokens, methods and files are told apart as Telegram tells them."""
        async with session.get(f"{server.url}/{path}") as response:
            body = await response.json()
        assert (response.status, body["error_code"], body["description"]) == (status, status, description)
