"""Wiring: which banks a bot offers, and what keeps its house from opening."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from importing.bank_folder import MANIFEST, edited, write_bank
from lplate.config import Settings
from lplate.errors import BankError, ConfigError, StoreError
from lplate.wiring import open_banks, open_house

if TYPE_CHECKING:
    from pathlib import Path

BOT = 1


@pytest.fixture
def banks(tmp_path: Path) -> Path:
    """Return an empty folder for banks."""
    folder = tmp_path / "banks"
    folder.mkdir()
    return folder


def settings(tmp_path: Path, **more: Any) -> Settings:
    """Return settings for a data folder of this test's own, without the starter bank."""
    return Settings(**{"data": tmp_path / "data", "starter_bank": False, **more})


def add_bank(banks: Path, folder: str, bank_id: str) -> Path:
    """Write the small bank under another id."""
    return write_bank(banks / folder, {"bank.yaml": MANIFEST.replace("id: mini", f"id: {bank_id}")})


def offered(settings: Settings) -> list[str]:
    """Return the ids of all banks found, and close them."""
    opened = open_banks(settings)
    for bank in opened:
        bank.close()
    return [bank.info.id for bank in opened]


def test_folder_of_banks(tmp_path: Path, banks: Path) -> None:
    """Every folder with a manifest is a bank, in the order of their names; others are passed over."""
    add_bank(banks, "b", "first")
    add_bank(banks, "a", "second")
    (banks / "notes").mkdir()
    (banks / "bank.yaml.bak").touch()
    assert offered(settings(tmp_path, banks=banks)) == ["second", "first"]


def test_folder_that_is_a_bank(tmp_path: Path, banks: Path) -> None:
    """LPLATE_BANKS may name a single bank."""
    assert offered(settings(tmp_path, banks=add_bank(banks, "one", "one"))) == ["one"]


def test_own_banks_stand_before_the_starter_bank(data: Path, banks: Path) -> None:
    """The starter bank comes last, and is there unless it is switched off."""
    add_bank(banks, "own", "own")
    assert offered(Settings(data=data, banks=banks)) == ["own", "core"]
    assert offered(Settings(data=data, banks=banks, starter_bank=False)) == ["own"]


def test_own_bank_takes_the_place_of_the_starter_bank(tmp_path: Path, banks: Path) -> None:
    """A bank of the operator's own that calls itself core is the only one of that name."""
    add_bank(banks, "mine", "core")
    opened = open_banks(settings(tmp_path, banks=banks, starter_bank=True))
    assert [(bank.info.id, bank.info.size) for bank in opened] == [("core", 4)]
    for bank in opened:
        bank.close()


def test_id_taken_twice(tmp_path: Path, banks: Path) -> None:
    """Two folders with one bank id are refused: learners' answers would mix."""
    add_bank(banks, "a", "same")
    add_bank(banks, "b", "same")
    with pytest.raises(ConfigError, match=r"b: bank id 'same' is taken by another folder; rename one"):
        open_banks(settings(tmp_path, banks=banks))


def test_no_bank_at_all(tmp_path: Path) -> None:
    """A bot without any bank is refused with both remedies."""
    with pytest.raises(ConfigError, match=r"LPLATE_BANKS.*LPLATE_STARTER_BANK"):
        open_banks(settings(tmp_path))


def test_folder_that_is_missing(tmp_path: Path) -> None:
    """A folder of banks that does not exist is named."""
    with pytest.raises(ConfigError, match=r"LPLATE_BANKS: .*nowhere is no folder"):
        open_banks(settings(tmp_path, banks=tmp_path / "nowhere"))


def test_folder_without_banks(tmp_path: Path, banks: Path) -> None:
    """A folder in which no bank is found is named with what makes a folder a bank."""
    (banks / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"no folder in .*banks holds a bank.yaml"):
        open_banks(settings(tmp_path, banks=banks))


def test_broken_bank(tmp_path: Path, banks: Path) -> None:
    """A bank with errors is refused with all of them."""
    write_bank(banks / "mini", edited("questions/signs.yaml", "rev: 3", "rev: three"))
    with pytest.raises(BankError) as caught:
        open_banks(settings(tmp_path, banks=banks))
    assert [issue.file for issue in caught.value.issues] == ["questions/signs.yaml"]


def test_bank_is_compiled_once(tmp_path: Path, banks: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A bank that did not change is not compiled again; one that changed, or was damaged since, is."""
    source = add_bank(banks, "mini", "mini")
    compiled = tmp_path / "data" / "banks" / "mini.bank"
    caplog.set_level(logging.INFO, "lplate.wiring")
    counts = []
    for change in (None, None, "edit", "damage"):
        if change == "edit":
            add_bank(banks, "mini", "mini").joinpath("questions/new.yaml").write_text("[]\n")
        if change == "damage":
            compiled.write_bytes(compiled.read_bytes()[:5000])
        assert offered(settings(tmp_path, banks=source)) == ["mini"]
        counts.append(sum("bank_compiled" in record.message for record in caplog.records))
    assert counts == [1, 1, 2, 3]


@pytest.mark.parametrize(("question_cache", "is_kept"), [(1, False), (4096, True)])
def test_question_cache_is_that_of_every_bank(
    tmp_path: Path, banks: Path, question_cache: int, *, is_kept: bool
) -> None:
    """As many decoded questions stay in memory as the setting says."""
    add_bank(banks, "mini", "mini")
    (bank,) = open_banks(settings(tmp_path, banks=banks, question_cache=question_cache))
    first = bank.unseen(b"", (), (), 1)
    assert first is not None
    second = bank.unseen(bank.mark_seen(b"", (first,)), (), (), 1)
    assert second is not None
    question = bank.question(first)
    bank.question(second)
    assert (bank.question(first) is question) is is_kept
    bank.close()


async def test_rule_23_house_is_held_by_one(tmp_path: Path, banks: Path) -> None:
    """A data folder serves one bot at a time, and the next one as soon as it was let go."""
    here = settings(tmp_path, banks=add_bank(banks, "mini", "mini"))
    first = await open_house(here, BOT)
    with pytest.raises(StoreError, match=r"in use"):
        await open_house(here, BOT)
    await first.close()
    await (await open_house(here, BOT)).close()


async def test_rule_23_bots_do_not_share_learners(tmp_path: Path, banks: Path) -> None:
    """Two bots, as playground and real one, may share a data folder: each has a database of its own."""
    here = settings(tmp_path, banks=add_bank(banks, "mini", "mini"))
    houses = [await open_house(here, bot_id) for bot_id in (1, 2)]
    for house in houses:
        await house.close()
    assert {path.name for path in here.data.glob("*.db")} == {"learners-1.db", "learners-2.db"}


async def test_house_in_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A data folder that cannot be made keeps the house closed, with the reason."""
    (tmp_path / "data").touch()
    with pytest.raises(ConfigError, match=r"data cannot be made .*LPLATE_DATA"):
        await open_house(settings(tmp_path), BOT)
