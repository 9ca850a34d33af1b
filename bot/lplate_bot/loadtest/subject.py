"""The bot under test: a process of its own with a data folder of its own, or one that runs already."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO, Final

from lplate.errors import LplateError
from lplate_bot.loadtest.plan import LOCALHOST, Delivery

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from lplate_bot.loadtest.plan import LoadPlan

TOKEN: Final = "1:load-test"  # noqa: S105 - known to this machine only
_SECRET: Final = "known-to-this-machine-only"  # noqa: S105 - as above
_RUN: Final = (sys.executable, "-c", "from lplate_bot.cli import main; main()", "run")
_STOP_S: Final = 15.0
_UNLIMITED: Final = "100000"
_FEW: Final = 5000
"""As many learners as fit into memory twice without a word."""


class SubjectError(LplateError):
    """The bot under test did not start, or ended by itself."""


@dataclass(frozen=True, slots=True)
class Command:
    """Say how to start a bot: *arguments*, and *environment* beside that of this process.

    ``{api}``, ``{webhook}``, ``{port}``, ``{operate}``, ``{secret}``, ``{token}``, ``{data}`` are filled in.
    """

    arguments: tuple[str, ...] = _RUN
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Subject:
    """Hold the bot under test; *data* is its folder, None if it is not ours to know.

    *metrics_url* is where it serves its metrics, empty if it does not.
    """

    pid: int
    data: Path | None = None
    process: asyncio.subprocess.Process | None = None
    log: Path | None = None
    metrics_url: str = ""

    async def died(self) -> str:
        """Return, once the process has ended by itself, what it said last; never if it is not ours."""
        if self.process is None:
            await asyncio.get_running_loop().create_future()
            raise AssertionError
        code = await self.process.wait()
        return f"the bot ended with code {code}: {self.last_words()}"

    def last_words(self) -> str:
        """Return the end of its log."""
        text = self.log.read_text(errors="replace") if self.log is not None else ""
        return text[-2000:].strip() or "it said nothing"

    def wal_bytes(self) -> int:
        """Return the size of its write-ahead logs."""
        if self.data is None:
            return 0
        return sum(path.stat().st_size for path in self.data.glob("*-wal"))

    async def stop(self) -> None:
        """End the process in good order, or else."""
        process = self.process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def lplate_command(plan: LoadPlan, banks: Path | None = None) -> Command:
    """Return the command for this bot, without the limits meant for people and Telegram.

    The plan's settings go on the command line: what they name counts for more.
    """
    environment = {
        "LPLATE_TOKEN": "{token}",
        "LPLATE_API_URL": "{api}",
        "LPLATE_DATA": "{data}",
        "LPLATE_SEND_PER_SECOND": "0",
        "LPLATE_SEND_PER_CHAT": "0",
        "LPLATE_RATE_PER_MINUTE": _UNLIMITED,
        "LPLATE_RATE_BURST": _UNLIMITED,
        "LPLATE_LOG_LEVEL": "warning",
        "LPLATE_OPERATE_LISTEN": f"{LOCALHOST}:{{operate}}",
    }
    if banks is not None:
        environment["LPLATE_BANKS"] = str(banks.absolute())
    if plan.delivery is Delivery.WEBHOOK:
        environment |= {
            "LPLATE_WEBHOOK_URL": "{webhook}",
            "LPLATE_WEBHOOK_LISTEN": f"{LOCALHOST}:{{port}}",
            "LPLATE_WEBHOOK_SECRET": "{secret}",
        }
    if plan.learners > _FEW:
        environment["LPLATE_LEARNER_CACHE"] = str(2 * plan.learners)
    assigned = [part for setting in plan.settings for part in ("--set", setting)]
    return Command((*_RUN, *assigned), environment)


@asynccontextmanager
async def started(command: Command, api: str, data: Path, core: int | None = None) -> AsyncIterator[Subject]:
    """Run *command* against the Bot API at *api*; *core* is the only one it may use."""
    port, operate = free_port(), free_port()
    filling = {
        "api": api,
        "port": str(port),
        "operate": str(operate),
        "webhook": f"http://{LOCALHOST}:{port}/updates",
        "secret": _SECRET,
        "token": TOKEN,
        "data": str(data),
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LPLATE_")}
    own = {name: value.format_map(filling) for name, value in command.environment.items()}
    log = data / "bot.log"
    with _appending(log) as output:
        process = await asyncio.create_subprocess_exec(
            *(argument.format_map(filling) for argument in command.arguments),
            env={**inherited, **own}, cwd=data,
            stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    if core is not None:
        os.sched_setaffinity(process.pid, {core})
    subject = Subject(process.pid, data, process, log)
    if "LPLATE_OPERATE_LISTEN" in own:
        subject.metrics_url = f"http://{own['LPLATE_OPERATE_LISTEN']}/metrics"
    try:
        yield subject
    finally:
        await subject.stop()


def _appending(log: Path) -> BinaryIO:
    log.parent.mkdir(parents=True, exist_ok=True)
    return log.open("ab")


@asynccontextmanager
async def data_folder() -> AsyncIterator[Path]:
    """Return a folder that is gone afterwards."""
    with TemporaryDirectory(prefix="lplate-load-") as folder:
        yield Path(folder)


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.create_server((LOCALHOST, 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def two_cores() -> tuple[int, int] | None:
    """Return a core for the load and one for the bot, None if there are not two or nobody may choose."""
    with suppress(AttributeError, OSError):
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) > 1:
            return cores[0], cores[1]
    return None
