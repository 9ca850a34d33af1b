"""Read what the bot under test counts itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import aiohttp

_TIMEOUT: Final = aiohttp.ClientTimeout(total=5.0)


@dataclass(frozen=True, slots=True)
class Commits:
    """Hold the groups a bot has committed, and the changes in them."""

    groups: int
    changes: int

    def since(self, before: Commits) -> Commits:
        """Return what came after *before*."""
        return Commits(self.groups - before.groups, self.changes - before.changes)

    @property
    def group_size(self) -> float:
        """Return the changes in a group on average, 0 if there is none."""
        return self.changes / self.groups if self.groups else 0.0


async def commits(url: str) -> Commits | None:
    """Return what the metrics at *url* say, None if they cannot be had."""
    try:
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session, session.get(url) as response:
            text = await response.text()
    except (aiohttp.ClientError, TimeoutError):
        return None
    return read(text)


def read(text: str) -> Commits | None:
    """Return the commits in an exposition, None if there are none in it."""
    values = dict(line.split(" ")[:2] for line in text.splitlines() if line.startswith("lplate_commit_"))
    try:
        return Commits(
            round(float(values["lplate_commit_groups_total"])),
            round(float(values["lplate_commit_changes_total"])),
        )
    except KeyError:
        return None
