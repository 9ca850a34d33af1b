"""Load stays on this machine, and wishes that cannot be meant are refused with words."""

import msgspec
import pytest

from loadtest.stage import Stage
from lplate.errors import ConfigError
from lplate_bot.loadtest.options import plan_of
from lplate_bot.loadtest.plan import LoadPlan, Shape


@pytest.mark.parametrize("address", ["0.0.0.0:8081", "192.168.0.2:80", "api.telegram.org:443", "10.0.0.1:1"])
def test_listening_elsewhere_is_refused(address: str) -> None:
    """The test's Bot API listens on loopback only."""
    with pytest.raises(ConfigError, match="not on this machine"):
        LoadPlan(listen=address)


@pytest.mark.parametrize(
    "url", ["http://example.org/hook", "http://192.168.0.2/hook", "http://[2001:db8::1]/"]
)
async def test_a_webhook_elsewhere_is_refused(url: str) -> None:
    """A bot that asks for its updates on another machine gets none, and hears why."""
    face = Stage().face
    refusal = face.call("setWebhook", msgspec.json.encode({"url": url}), "")
    assert b"400" in refusal
    assert b"not on this machine" in refusal
    assert face.webhook is None


def test_unknown_words_are_refused() -> None:
    """A misspelt option names what it takes."""
    with pytest.raises(ConfigError, match="steady, ramp, spike"):
        plan_of(
            learners=1, seconds=1, rate=None, think_s=0, delivery="webhook", shape="wild", flow="card",
            habits="mixed", listen="127.0.0.1:0",
        )  # fmt: skip


def test_shapes_stay_within_the_load() -> None:
    """No shape asks for nothing or for more than all, and each reaches all."""
    for shape in Shape:
        levels = [shape.level(place / 100) for place in range(101)]
        assert 0 < min(levels) <= max(levels) == 1
