"""The banks a bot offers, and deep links into them."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Final

from lplate.domain.learner import LANGUAGE_SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lplate.ports import Bank

DEEP_LINK_PREFIX: Final = "b_"


class Library:
    """Hold the banks by id, in the order given."""

    def __init__(self, banks: Iterable[Bank]) -> None:
        self._banks = {bank.info.id: bank for bank in banks}
        self.get: Callable[[str], Bank | None] = self._banks.get
        """Tell a bank by id, None if the bot does not offer it (any more)."""

    def __iter__(self) -> Iterator[Bank]:
        return iter(self._banks.values())

    def __len__(self) -> int:
        return len(self._banks)

    def only(self) -> Bank | None:
        """Return the bank if there is just one."""
        return next(iter(self)) if len(self) == 1 else None

    def from_deep_link(self, parameter: str) -> tuple[Bank, str] | None:
        """Return bank and language of ``b_BANK_LANG`` (split at the last underscore), None if unknown."""
        if not parameter.startswith(DEEP_LINK_PREFIX):
            return None
        bank_id, separator, language = parameter.removeprefix(DEEP_LINK_PREFIX).rpartition("_")
        bank = self._banks.get(bank_id)
        if bank is None or not separator or language not in language_choices(bank):
            return None
        return bank, language


def language_choices(bank: Bank) -> tuple[str, ...]:
    """Return the languages a learner may ask for: each alone, then each ordered pair."""
    languages = bank.info.languages
    pairs = (LANGUAGE_SEPARATOR.join(pair) for pair in permutations(languages, 2))
    return (*languages, *pairs)
