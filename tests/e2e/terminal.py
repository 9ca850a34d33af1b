"""An operator's terminal: type a command, read what it says and how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playing import LPLATE, PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ended:
    """Hold how a command ended: exit code and what it wrote."""

    code: int
    output: str
    errors: str

    @property
    def sentence(self) -> str:
        """Return the last line of the errors: the sentence an operator reads first."""
        return self.errors.rstrip().rpartition("\n")[2]


@dataclass
class Running:
    """Hold a command that goes on; *errors* grows line by line."""

    process: asyncio.subprocess.Process
    errors: str = ""

    async def says(self, words: str) -> str:
        """Return all lines of the errors up to the first one that holds *words*."""
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE_S):
            while words not in self.errors:
                line = await self.process.stderr.readline()
                assert line, f"ended without saying {words!r}: {self.errors}"
                self.errors += line.decode()
        return self.errors

    async def shows(self, words: str) -> str:
        """Return the first line of the output that holds *words*."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while line := (await self.process.stdout.readline()).decode():
                if words in line:
                    return line
        raise AssertionError(f"ended without showing {words!r}")

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> Ended:
        """Send a signal and return how the command ended."""
        self.process.send_signal(number)
        return await self.ended()

    async def ended(self) -> Ended:
        """Return how the command ended by itself."""
        async with asyncio.timeout(PATIENCE_S):
            output, errors = await self.process.communicate()
        assert self.process.returncode is not None
        return Ended(self.process.returncode, output.decode(), self.errors + errors.decode())


def without_settings() -> dict[str, str]:
    """Return this process's environment without the bot's settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LPLATE_")}


@dataclass(frozen=True)
class Terminal:
    """Stand in *folder* with an environment; *command* is how lplate is called."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=without_settings)
    command: tuple[str, ...] = LPLATE

    def with_settings(self, **settings: str) -> Terminal:
        """Return a terminal with further settings, named without LPLATE_."""
        more = {f"LPLATE_{name.upper()}": value for name, value in settings.items()}
        return Terminal(self.folder, {**self.environment, **more}, self.command)

    async def run(self, *arguments: str) -> Ended:
        """Call lplate and return how it ended."""
        async with self.open(*arguments) as running:
            return await running.ended()

    @asynccontextmanager
    async def open(self, *arguments: str) -> AsyncIterator[Running]:
        """Call lplate and let it run; what still runs at the end of the block is killed."""
        process = await asyncio.create_subprocess_exec(
            *self.command, *arguments, cwd=self.folder, env=self.environment,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            yield Running(process)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
