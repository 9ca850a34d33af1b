"""Reloading: what reaches a running bot, and what is said of the rest."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from pydantic import SecretStr

from lplate.config import Settings, knobs
from lplate.errors import ConfigError
from lplate_bot.reloading import Reloader


class Desk:
    """Change settings, and note what a part is told."""

    def __init__(self, **more: Any) -> None:
        self.wanted = Settings(**more)
        self.fault: ConfigError | None = None
        self.told: list[Settings] = []
        self.reloader = Reloader(self.wanted, self.read)
        self.reloader.on(("rate_burst", "rate_per_minute"), self.told.append)

    def read(self) -> Settings:
        if self.fault is not None:
            raise self.fault
        return self.wanted

    def change(self, **more: Any) -> None:
        self.wanted = self.wanted.model_copy(update=more)
        self.reloader.reload()


@pytest.fixture
def desk(caplog: pytest.LogCaptureFixture) -> Desk:
    caplog.set_level(logging.INFO)
    made = Desk(token="1:secret-words")
    made.reloader.ready()
    return made


def test_a_part_hears_of_its_settings_only(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """A part is told once when settings it follows have changed, and not when others have."""
    desk.change(slow_query_ms=10)
    assert not desk.told
    assert desk.reloader.settings.slow_query_ms == 10
    desk.change(rate_burst=20, rate_per_minute=5)
    assert [(told.rate_burst, told.rate_per_minute) for told in desk.told] == [(20, 5)]
    assert "reloaded changed=rate_per_minute=5,rate_burst=20" in caplog.text


def test_the_same_settings_change_nothing(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """A reload without a change says so."""
    desk.reloader.reload()
    assert "reloaded changed=nothing" in caplog.text


def test_what_needs_a_restart_is_told_by_name(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """Other settings stay as they are until the next start, and no value is shown: it may be a secret."""
    wanted = Settings(token=SecretStr("1:other-words"), pool_size=9, rate_burst=20)
    desk.change(**{name: getattr(wanted, name) for name in ("token", "pool_size", "rate_burst")})
    assert "reload_incomplete needs_restart=token,pool_size" in caplog.text
    assert desk.reloader.settings.pool_size == 4
    assert desk.reloader.settings.rate_burst == 20
    assert "words" not in caplog.text


def test_a_fault_changes_nothing(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """Settings with a fault are refused as a whole, with the words of the fault."""
    desk.fault = ConfigError("pool_size in lplate.toml, line 3: expected a whole number from 1 to 256")
    desk.change(rate_burst=20)
    assert not desk.told
    assert desk.reloader.settings.rate_burst == 15
    assert "reload_refused error=pool_size in lplate.toml, line 3" in caplog.text


def test_a_check_refuses_the_whole(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """What a setting leads to is looked at before anything changes, as the file of the tiers."""

    def check(settings: Settings) -> None:
        if settings.tiers is not None:
            raise ConfigError("tiers.toml: no such tier")

    desk.reloader.check(check)
    desk.change(rate_burst=20, tiers="tiers.toml")
    assert not desk.told
    assert desk.reloader.settings.rate_burst == 15
    assert "reload_refused error=tiers.toml: no such tier" in caplog.text


def test_what_reads_more_than_settings_is_always_told(desk: Desk) -> None:
    """A part that reads a file of its own hears of every reload."""
    told: list[Settings] = []
    desk.reloader.always(told.append)
    desk.reloader.reload()
    assert len(told) == 1


def test_a_reload_before_the_bot_is_up_waits() -> None:
    """Nothing is lost when the signal comes while the bot starts."""
    desk = Desk()
    desk.change(rate_burst=20)
    assert not desk.told
    desk.reloader.ready()
    assert len(desk.told) == 1


def test_only_what_may_change_is_marked() -> None:
    """Secrets, places and sizes that are made at the start are not marked as changing while the bot runs."""
    assert not any(knob.reloads and knob.is_secret for knob in knobs().values())
    assert {name for name, knob in knobs().items() if knob.reloads} >= {
        "rate_per_minute", "rate_burst", "send_per_second", "send_per_chat", "admins", "log_level",
    }  # fmt: skip
