"""The tiers there are now, and reading them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lplate.errors import ConfigError
from lplate_bot.operators.refusal import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lplate.domain.tiers import Tier
    from lplate_bot.limiter import Limiter
    from lplate_bot.times import Clock


class TierTable:
    """Know the tiers, and have the limiter go by them; *read* returns them, the free one first."""

    def __init__(self, read: Callable[[], Sequence[Tier]], limiter: Limiter, clock: Clock) -> None:
        self._read = read
        self._limiter = limiter
        self._clock = clock
        self._tiers = tuple(read())

    def __iter__(self) -> Iterator[Tier]:
        return iter(self._tiers)

    @property
    def names(self) -> list[str]:
        """Return the names, the free one first."""
        return [tier.name for tier in self._tiers]

    def check(self, name: str) -> None:
        """Check that there is a tier of this name.

        Raises:
            RefusedError: naming those there are.
        """
        if name not in self.names:
            raise RefusedError(f"there is no tier {name!r}; there are {', '.join(self.names)}")

    def follow(self, read: Callable[[], Sequence[Tier]]) -> None:
        """Read the table by *read* from now on, for settings that changed.

        Raises:
            ConfigError: if it cannot be read; nothing changes then.
        """
        before, self._read = self._read, read
        try:
            self.reload()
        except ConfigError:
            self._read = before
            raise

    def reload(self) -> None:
        """Read the table again and go by it; what learners used up stays used up.

        Raises:
            ConfigError: if it cannot be read; nothing changes then.
        """
        tiers = tuple(self._read())
        self._limiter.retune(tiers, self._clock.monotonic_ns())
        self._tiers = tiers
