"""Keep the process within its memory: caches give way before the kernel has to act."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate_bot.caches import Caches

_log = logging.getLogger(__name__)

MIB: Final = 1 << 20
LOOK_EVERY_S: Final = 2.0
SOFT: Final = 0.85
"""Above this share of the cap caches shrink."""
EASE: Final = 0.70
"""Below this share they grow back; the gap keeps them from swinging."""
SETTLE_LOOKS: Final = 3
"""Looks to wait after a step: the allocator gives memory back with delay. None above the cap itself."""
CALM_LOOKS: Final = 15
"""Looks at ease before caches grow a step."""
_STATM: Final = Path("/proc/self/statm")


class MemoryWatch:
    """Watch resident memory and shrink *caches* in steps while it is above the soft mark of *cap_bytes*.

    A look costs about 10 microseconds.
    """

    def __init__(
        self,
        caches: Caches,
        cap_bytes: int,
        resident: Callable[[], int] | None = None,
        give_back: Callable[[], None] | None = None,
    ) -> None:
        self._caches = caches
        self._cap_bytes = cap_bytes
        self._resident = resident or resident_bytes
        self._give_back = give_back or give_back_memory
        self._looks_to_settle = 0
        self._calm_looks = 0
        self._is_exhausted = False

    async def run(self) -> None:
        """Look from time to time until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self) -> None:
        """Look once, and take at most one step."""
        share = self._resident() / self._cap_bytes
        self._looks_to_settle = max(0, self._looks_to_settle - 1)
        self._calm_looks = self._calm_looks + 1 if share < EASE else 0
        if share > SOFT and (share > 1 or not self._looks_to_settle):
            self._shrink()
        elif self._calm_looks >= CALM_LOOKS:
            self._grow()

    def _shrink(self) -> None:
        before = self._resident()
        if not self._caches.shrink():
            if not self._is_exhausted:
                _log.warning(
                    "memory_exhausted rss_mb=%d cap_mb=%d caches are as small as they get; raise "
                    "LPLATE_MEMORY_MB or see what else grows", before // MIB, self._cap_bytes // MIB,
                )  # fmt: skip
            self._is_exhausted = True
            return
        self._give_back()
        self._looks_to_settle = SETTLE_LOOKS
        _log.warning(
            "memory_tight rss_mb=%d now_mb=%d cap_mb=%d caches=%s",
            before // MIB, self._resident() // MIB, self._cap_bytes // MIB, self._caches,
        )  # fmt: skip

    def _grow(self) -> None:
        self._calm_looks = 0
        self._is_exhausted = False
        if self._caches.grow():
            rss_mb = self._resident() // MIB
            _log.info(
                "memory_eased rss_mb=%d cap_mb=%d caches=%s", rss_mb, self._cap_bytes // MIB, self._caches
            )


def resident_bytes() -> int:
    """Return the memory this process occupies; 0 where the system does not tell."""
    try:
        return int(_STATM.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def give_back_memory() -> None:
    """Have the C library return freed memory to the system, where it can."""
    if sys.platform == "linux":
        with suppress(AttributeError):  # only glibc has it
            ctypes.CDLL(None).malloc_trim(0)
