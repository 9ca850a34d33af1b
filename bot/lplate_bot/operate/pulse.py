"""Feel how late the event loop is, and how long the garbage collector holds it."""

from __future__ import annotations

import asyncio
import gc
import time
from typing import TYPE_CHECKING, Any, Final

from lplate.metrics import seconds

if TYPE_CHECKING:
    from collections.abc import Callable

BEAT_S: Final = 0.5


class Pulse:
    """Measure while run() runs; *on_beat* is called at every beat, every BEAT_S if the loop is in time."""

    def __init__(self, on_beat: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> None:
        self.lag_s = seconds()
        self.collection_s = seconds()
        self._on_beat = on_beat
        self._clock = clock
        self._collecting_since_s = 0.0

    async def run(self) -> None:
        """Beat until cancelled."""
        gc.callbacks.append(self._on_collection)
        try:
            while True:
                due_s = self._clock() + BEAT_S
                await asyncio.sleep(BEAT_S)
                self.lag_s.observe(max(0.0, self._clock() - due_s))
                self._on_beat()
        finally:
            gc.callbacks.remove(self._on_collection)

    def _on_collection(self, phase: str, _: dict[str, Any]) -> None:
        if phase == "start":
            self._collecting_since_s = self._clock()
        elif self._collecting_since_s:  # it may have begun before we listened
            self.collection_s.observe(self._clock() - self._collecting_since_s)
