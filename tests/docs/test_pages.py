"""What the documentation says is so: links lead somewhere, commands parse, settings and files exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from docs.outside import fetched
from docs.pages import ROOT, Page, called, page, pages, slug
from lplate.config import Settings
from lplate_bot.cli import app

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGES = pages()
every_page = pytest.mark.parametrize("page", PAGES, ids=[page.file.name for page in PAGES])
RUNBOOK = re.compile(r"\bdocs/(?P<name>[a-z]+\.md)#(?P<section>[a-z-]+)")
IN_SOURCE = re.compile(r"(?<![\w/.])(?:deploy|docs|bench|tests|src|bot|native)/[\w@./-]*[\w/]")


def parse(arguments: Sequence[str]) -> None:
    """Read a command line as lplate would, and do nothing."""
    command: Any = get_command(app)
    context = command.make_context("lplate", list(arguments))
    while hasattr(context.command, "resolve_command"):
        rest = [*context._protected_args, *context.args]
        name, command, rest = context.command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)


def names(arguments: Sequence[str]) -> list[str]:
    """Return the leading words of a mention: commands, before placeholders, options and dots."""
    words = []
    for word in arguments:
        if not re.fullmatch(r"[a-z-]+", word) or word.startswith("-"):
            break
        words.append(word)
    return words


@every_page
def test_links_lead_somewhere(page: Page) -> None:
    """Each link to a file or section of ours finds it."""
    known = {each.file: each.sections for each in PAGES}
    broken = [
        place
        for place in page.links
        if not place.file.exists() or (place.section and place.section not in known.get(place.file, ()))
    ]
    assert broken == []


@every_page
def test_command_lines_are_understood(page: Page) -> None:
    """Each call of lplate in a block of commands is one that lplate takes, with these arguments."""
    for arguments in page.command_lines:
        parse(arguments)


@every_page
def test_commands_named_in_sentences_exist(page: Page) -> None:
    """Each command that a sentence names is one."""
    for arguments in page.command_mentions:
        command: Any = get_command(app)
        for word in names(arguments)[:1]:
            assert word in command.commands, f"lplate {word}"


@every_page
def test_settings_exist(page: Page) -> None:
    """Each setting that is named is one."""
    known = {f"LPLATE_{name.upper()}" for name in Settings.model_fields}
    assert {each.removesuffix("_FILE") for each in page.settings} - known - {"LPLATE_CONFIG"} == set()


@pytest.mark.parametrize("name", ["troubleshooting.md", "operate.md", "operations.md"])
def test_metrics_exist(name: str) -> None:
    """Each metric that an operator is sent to is in the list of metrics, which the exposition is held to."""
    assert page(name).metrics - page("metrics.md").metrics == set()


@every_page
def test_files_named_exist(page: Page) -> None:
    """Each file of the source tree that is named is there."""
    missing = [name for name in IN_SOURCE.findall(page.text) if not (ROOT / name).exists()]
    assert missing == []


def test_runbooks_exist() -> None:
    """Each section of the documentation that a file of deploy/ sends an operator to is there."""
    known = {page.file.name: page.sections for page in PAGES}
    files = [file for file in (ROOT / "deploy").rglob("*") if file.is_file()]
    sent = [match for file in files for match in RUNBOOK.finditer(file.read_text(encoding="utf-8"))]
    assert [match[0] for match in sent if match["section"] not in known[match["name"]]] == []


class TestReading:
    def test_a_call_is_found_behind_settings_and_users(self) -> None:
        """Settings before a call, a path, another user and a comment do not hide it."""
        lines = [
            "lplate backup FILE  # while it runs",
            "LPLATE_DATA=x /opt/bin/lplate backup FILE",
            "runuser -u lplate -- env LPLATE_DATA=x lplate backup FILE",
        ]
        assert [list(called(line)) for line in lines] == [[["backup", "FILE"]]] * 3
        assert list(called("docker build --tag lplate .")) == []

    def test_an_unknown_command_is_noticed(self) -> None:
        """A command or an option that does not exist fails."""
        for line in (["bakcup", "x"], ["backup", "x", "--forse"], ["backup"]):
            with pytest.raises(Exception, match=r"(?i)no such|missing"):
                parse(line)

    def test_headings_become_anchors(self) -> None:
        """An anchor is the heading in lower case without marks, with hyphens."""
        assert slug("4. TLS (*webhook*)") == "4-tls-webhook"
        assert slug("Lplate wal growing") == "lplate-wal-growing"

    def test_what_a_page_fetches_is_found(self) -> None:
        """Pictures, scripts and style sheets from elsewhere are found, links for people are not."""
        page = (
            '<a href="https://a.example"></a><img src="https://b.example/x.png">'
            '<link rel="stylesheet" href="//c.example/c.css"><script src="local.js"></script>'
        )
        assert len(fetched(page)) == 2
