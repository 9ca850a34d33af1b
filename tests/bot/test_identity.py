from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec
import pytest

from bot.telegram import UNREACHABLE, FakeTelegram, refusal
from lplate.errors import ConfigError
from lplate_bot.identity import FIRST_PAUSE_S, LONGEST_PAUSE_S, identify, introduce
from lplate_bot.profile import profile_calls
from lplate_bot.render.texts import UI_LANGUAGES

if TYPE_CHECKING:
    from lplate_bot.egress import ApiClient

BAD_GATEWAY = refusal("Bad Gateway", 502)


def client(*ends: object) -> tuple[ApiClient, FakeTelegram]:
    api = FakeTelegram()
    api.refuse("getMe", *ends)  # type: ignore[arg-type] # responses and errors
    return cast("ApiClient", api), api


class Pauses:
    """Note the pauses instead of waiting."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def sleep(self, pause_s: float) -> None:
        self.taken.append(pause_s)


async def test_the_token_says_who_the_bot_is() -> None:
    """Id and name come from the Bot API."""
    identity = await identify(client()[0])
    assert (identity.id, identity.username) == (999, "lplate_bot")


@pytest.mark.parametrize("end", [refusal("Unauthorized", 401), refusal("Not Found", 404)])
async def test_a_refused_token_is_a_setting_to_mend(end: object) -> None:
    """The words name the setting and where tokens come from, not the token."""
    with pytest.raises(ConfigError, match=r"LPLATE_TOKEN.*@BotFather.*LPLATE_API_URL"):
        await identify(client(end)[0])


@pytest.mark.parametrize("end", [UNREACHABLE, BAD_GATEWAY])
async def test_an_api_that_is_away_is_waited_for(end: object, caplog: pytest.LogCaptureFixture) -> None:
    """Each pause is twice as long up to a limit, and each is told with the setting that may be wrong."""
    pauses = Pauses()
    identity = await identify(client(*[end] * 9)[0], pauses.sleep)
    assert identity.id == 999
    assert pauses.taken == [min(FIRST_PAUSE_S * 2**n, LONGEST_PAUSE_S) for n in range(9)]
    assert all("LPLATE_API_URL" in message for message in caplog.messages)


async def test_the_bot_introduces_itself() -> None:
    """Every call of the profile goes out."""
    api = FakeTelegram()
    await introduce(cast("ApiClient", api), profile_calls())
    assert [sent.method for sent in api.calls] == [method for method, _ in profile_calls()]


async def test_a_server_that_knows_no_profiles_is_no_reason_to_stop(caplog: pytest.LogCaptureFixture) -> None:
    """A refused call is told, the next one tried; one that cannot be made ends it."""
    api = FakeTelegram()
    api.refuse("setMyCommands", refusal("Not Found", 404))
    api.refuse("setMyShortDescription", UNREACHABLE)
    await introduce(cast("ApiClient", api), profile_calls())
    assert [sent.method for sent in api.calls] == [
        "setMyCommands",
        "setMyDescription",
        "setMyShortDescription",
    ]
    assert ["introduction_refused" in caplog.messages[0], "introduction_failed" in caplog.messages[1]] == [
        True,
        True,
    ]


def test_the_profile_keeps_to_telegrams_limits() -> None:
    """Names, descriptions and texts in every language are as short as Telegram wants them."""
    longest = {"setMyDescription": ("description", 512), "setMyShortDescription": ("short_description", 120)}
    for method, body in profile_calls():
        fields = msgspec.json.decode(body)
        if method == "setMyCommands":
            for command in fields["commands"]:
                assert command["command"].islower()
                assert 1 <= len(command["command"]) <= 32
                assert 1 <= len(command["description"]) <= 256
        else:
            name, limit = longest[method]
            assert 0 < len(fields[name]) <= limit


def test_every_language_has_a_profile_and_english_is_for_the_rest() -> None:
    """The one without a language code is what all others see."""
    spoken = [msgspec.json.decode(body).get("language_code", "en") for _, body in profile_calls()]
    assert spoken == [language for language in UI_LANGUAGES for _ in range(3)]
    texts = [body for _, body in profile_calls()]
    assert len(set(texts)) == len(texts)
