"""The banks that come with lplate hold to the rules they are shipped with."""

from __future__ import annotations

from pathlib import Path

import pytest

import lplate
from lplate.importing.findings import Findings
from lplate.importing.validation import check_bank

BANKS = Path(lplate.__file__).parent / "data" / "banks"


@pytest.mark.parametrize("folder", sorted(BANKS.glob("*/")), ids=lambda folder: folder.name)
def test_shipped_bank_has_no_findings(folder: Path) -> None:
    """Not even a warning is left in a bank that learners get first."""
    assert check_bank(folder) == Findings()


def test_core_bank_is_shipped() -> None:
    """There is a bank to start with."""
    assert (BANKS / "core" / "bank.yaml").is_file()
