"""What a load test reads of the bot's own counts."""

from __future__ import annotations

from lplate_bot.loadtest import scrape
from lplate_bot.loadtest.scrape import Commits
from playing import free_port

TEXT = """# TYPE lplate_commit_groups_total counter
lplate_commit_groups_total 10.0
lplate_commit_changes_total 25.0
lplate_commit_group_size_bucket{le="1.0"} 3.0
"""


def test_commits_are_read() -> None:
    """Groups and changes come from the exposition; their difference tells the mean size of a group."""
    after = scrape.read(TEXT)
    assert after == Commits(10, 25)
    assert after.since(Commits(6, 17)) == Commits(4, 8)
    assert after.since(Commits(6, 17)).group_size == 2
    assert Commits(0, 0).group_size == 0


def test_other_expositions_tell_nothing() -> None:
    """A bot that counts no commits is not said to have made none."""
    assert scrape.read("process_open_fds 3\n") is None


async def test_bot_without_metrics_tells_nothing() -> None:
    """Where nobody listens there is nothing to be read, and no error."""
    assert await scrape.commits(f"http://127.0.0.1:{free_port()}/metrics") is None
