"""Where a compiled bank goes: an adapter's part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from lplate.domain.question import BankInfo, Question


class BankWriter(Protocol):
    """Keep one compiled bank."""

    def is_fresh(self, source: str, today: date) -> bool:
        """Return True if what is kept was compiled from *source* and is still right *today*."""

    def drawings(self) -> Mapping[str, bytes]:
        """Return the rendered drawings that are kept, by origin: rendering again takes time."""

    def write(
        self,
        info: BankInfo,
        questions: Sequence[Question],
        *,
        withdrawn: Sequence[Question],
        pictures: Mapping[str, tuple[str, bytes]],
        source: str,
        changes_on: date | None,
    ) -> None:
        """Replace what is kept, all or nothing.

        *questions* stand in order of their ordinals; *withdrawn* ones can be looked up, never picked;
        *pictures* give origin and bytes by the MD5 (hex) of the bytes: the origin of a photograph is that
        MD5 too. From *changes_on* the bank must be compiled anew.
        """
