"""The table of tiers: what comes along, what an operator's file makes of it, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lplate.domain.tiers import Tier
from lplate.errors import ConfigError
from lplate.tiers import load_tiers

if TYPE_CHECKING:
    from pathlib import Path


def own(folder: Path, text: str) -> Path:
    file = folder / "own.toml"
    file.write_text(text)
    return file


def test_the_free_tier_is_as_the_settings_say() -> None:
    """It comes first, and the others allow more."""
    free, *others = load_tiers(7, 9)
    assert free == Tier("free", 7, 9)
    assert [tier.name for tier in others] == ["supporter", "school", "staff"]
    assert all(tier.is_unlimited or tier.rate_per_minute > 10 for tier in others)


def test_a_file_changes_single_values_and_adds_tiers(tmp_path: Path) -> None:
    """What it leaves open is as it was; a new tier begins as the free one."""
    file = own(tmp_path, "[free]\nburst = 20\n[school]\nburst = 99\n[club]\nrate_per_minute = 12\n")
    tiers = {tier.name: tier for tier in load_tiers(7, 9, file)}
    assert tiers["free"] == Tier("free", 7, 20)
    assert tiers["school"] == Tier("school", 40, 99)
    assert tiers["club"] == Tier("club", 12, 20)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[school", "no valid TOML"),
        ("[School]\n", "'School' is no tier"),
        ("school = 1\n", "'school' is no tier"),
        ("[school]\nrate = 1\n", r"\[school\] rate is not known; known are rate_per_minute"),
        ("[school]\nburst = 0\n", r"\[school\] burst must be a number from 1 to 100000"),
        ("[school]\nrate_per_minute = 'fast'\n", r"\[school\] rate_per_minute must be a number from 0.01"),
        ("[school]\nis_unlimited = 1\n", r"\[school\] is_unlimited must be true or false"),
        ("[free]\nis_unlimited = true\n", r"\[free\] cannot be unlimited"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, words: str) -> None:
    """The file, the tier, the key and what was expected."""
    with pytest.raises(ConfigError, match=rf"own\.toml.*{words}"):
        load_tiers(10, 15, own(tmp_path, text))


def test_a_missing_file_names_its_setting(tmp_path: Path) -> None:
    """LPLATE_TIERS is what has to be mended."""
    with pytest.raises(ConfigError, match=r"LPLATE_TIERS: .*none\.toml cannot be read"):
        load_tiers(10, 15, tmp_path / "none.toml")
