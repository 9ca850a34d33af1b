"""Bring changed settings into a running bot, as far as they may change while it runs."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lplate.config import knobs
from lplate.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lplate.config import Settings

    Apply = Callable[[Settings], None]

_log = logging.getLogger(__name__)

_TERMINAL: Final = Path("/dev/tty")


class Reloader:
    """Hold the settings in force; reload() reads them anew and tells the parts whose settings changed.

    A reload that comes before the bot is up waits until ready().
    """

    def __init__(self, settings: Settings, read: Callable[[], Settings]) -> None:
        self.settings = settings
        """Those in force: to be looked at anew each time, or followed by on()."""
        self._read = read
        self._parts: list[tuple[frozenset[str] | None, Apply]] = []
        self._checks: list[Callable[[Settings], object]] = []
        self._is_ready = False
        self._is_due = False

    def on(self, names: Iterable[str], apply: Apply) -> None:
        """Have *apply* called with the new settings whenever one of *names* has changed."""
        self._parts.append((frozenset(names), apply))

    def always(self, apply: Apply) -> None:
        """Have *apply* called at every reload: what it reads beside the settings may have changed."""
        self._parts.append((None, apply))

    def check(self, check: Callable[[Settings], object]) -> None:
        """Have *check* called before anything changes; by a ConfigError it refuses the whole reload."""
        self._checks.append(check)

    def ready(self) -> None:
        """Take note that all parts are there."""
        self._is_ready = True
        if self._is_due:
            self.reload()

    def reload(self) -> None:
        """Read the settings and apply what may change; after a fault nothing changes, and it is told."""
        self._is_due = not self._is_ready
        if self._is_due:
            return
        try:
            wanted = self._read()
            for check in self._checks:
                check(wanted)
        except ConfigError as error:
            _log.error("reload_refused error=%s: nothing changed", error)
            return
        changed = [name for name in knobs() if getattr(wanted, name) != getattr(self.settings, name)]
        self._apply(wanted, [name for name in changed if knobs()[name].reloads])
        fixed = [name for name in changed if not knobs()[name].reloads]
        if fixed:
            _log.warning("reload_incomplete needs_restart=%s", ",".join(fixed))

    def _apply(self, wanted: Settings, names: list[str]) -> None:
        self.settings = self.settings.model_copy(update={name: getattr(wanted, name) for name in names})
        said = ",".join(f"{name}={getattr(wanted, name)}" for name in names) or "nothing"
        is_heard = _log.isEnabledFor(logging.INFO)  # the level may be what changes
        if is_heard:
            _log.info("reloaded changed=%s", said)
        for followed, apply in self._parts:
            if followed is None or followed.intersection(names):
                apply(self.settings)
        if not is_heard:
            _log.info("reloaded changed=%s", said)


def reload_on_signal(reloader: Reloader, stopping: asyncio.Event) -> None:
    """Have SIGHUP reload the settings, or set *stopping* if it says that our terminal was closed."""
    number = getattr(signal, "SIGHUP", None)  # not on Windows
    if number is None:
        return
    has_terminal = sys.stdin is not None and sys.stdin.isatty()

    def hang_up() -> None:
        if has_terminal and not _is_terminal_there():
            stopping.set()
        else:
            reloader.reload()

    asyncio.get_running_loop().add_signal_handler(number, hang_up)


def _is_terminal_there() -> bool:
    try:
        _TERMINAL.open("rb", buffering=0).close()
    except OSError:
        return False
    return True
