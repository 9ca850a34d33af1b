"""The table of tiers in a running bot: read again, followed, and left alone when it cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.bothouse import FakeClock
from lplate.domain.tiers import Tier
from lplate.errors import ConfigError
from lplate_bot.limiter import Limiter
from lplate_bot.operators.refusal import RefusedError
from lplate_bot.operators.tiertable import TierTable

if TYPE_CHECKING:
    from collections.abc import Sequence

FREE = Tier("free", 10, 15)
SCHOOL = Tier("school", 40, 60)


class File:
    """What an operator writes."""

    def __init__(self, *tiers: Tier) -> None:
        self.tiers: tuple[Tier, ...] = tiers

    def read(self) -> Sequence[Tier]:
        if not self.tiers:
            raise ConfigError("tiers.toml is no valid TOML")
        return self.tiers


@pytest.fixture
def file() -> File:
    return File(FREE, SCHOOL)


@pytest.fixture
def table(file: File) -> TierTable:
    clock = FakeClock()
    return TierTable(file.read, Limiter(file.read(), clock.wall_ms), clock)


def test_what_is_read_again_counts(table: TierTable, file: File) -> None:
    """Until then what was read before."""
    file.tiers = (FREE, Tier("club", 12, 15))
    assert table.names == ["free", "school"]
    table.reload()
    assert table.names == ["free", "club"]
    with pytest.raises(RefusedError, match="there is no tier 'school'; there are free, club"):
        table.check("school")


def test_a_bad_file_changes_nothing(table: TierTable, file: File) -> None:
    """The tiers stay, and it is told."""
    file.tiers = ()
    for change in (table.reload, lambda: table.follow(file.read)):
        with pytest.raises(ConfigError, match="no valid TOML"):
            change()
    assert list(table) == [FREE, SCHOOL]


def test_changed_settings_are_followed(table: TierTable, file: File) -> None:
    """From then on the new source is read; one that cannot be is not kept."""
    other = File(FREE, Tier("club", 12, 15))
    table.follow(other.read)
    assert table.names == ["free", "club"]
    other.tiers = (FREE,)
    with pytest.raises(ConfigError):
        table.follow(File().read)
    table.reload()
    assert table.names == ["free"]
