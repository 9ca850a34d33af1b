"""Read the documentation: links, commands, settings and metrics that its pages name."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_ASSIGNMENT = re.compile(r"[A-Z_]+=.*")
_SETTING = re.compile(r"\bLPLATE_[A-Z][A-Z_]*[A-Z]\b")
_METRIC = re.compile(r"`(lplate_[a-z_]+[a-z])")


class Place(NamedTuple):
    """Say where a link leads: a file, and a section of it or nothing."""

    file: Path
    section: str


@dataclass(frozen=True)
class Page:
    """Hold one page of Markdown."""

    file: Path
    text: str

    @property
    def sections(self) -> set[str]:
        """Return the anchors of all headings."""
        return {slug(heading) for heading in _HEADING.findall(_FENCE.sub("", self.text))}

    @property
    def links(self) -> Iterator[Place]:
        """Return the links to other files and sections of ours."""
        for target in (match["target"] for match in _LINK.finditer(_FENCE.sub("", self.text))):
            path, _, section = target.partition("#")
            if not re.match(r"[a-z]+:", target):
                yield Place((self.file.parent / path).resolve() if path else self.file, section)

    @property
    def command_lines(self) -> Iterator[list[str]]:
        """Return the arguments of every call of lplate in a block of shell lines."""
        for block in _FENCE.finditer(self.text):
            if block["language"] == "sh":
                for line in block["body"].replace("\\\n", " ").splitlines():
                    yield from called(line)

    @property
    def command_mentions(self) -> Iterator[list[str]]:
        """Return the arguments of every call of lplate in the midst of a sentence."""
        for span in _INLINE.findall(_FENCE.sub("", self.text)):
            yield from called(span)

    @property
    def settings(self) -> set[str]:
        """Return all settings by their names in the environment."""
        return set(_SETTING.findall(self.text))

    @property
    def metrics(self) -> set[str]:
        """Return all metrics of the bot that are named."""
        return set(_METRIC.findall(self.text))


def pages() -> list[Page]:
    """Return all pages for people."""
    files = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [Page(file, file.read_text(encoding="utf-8")) for file in files]


def page(name: str) -> Page:
    """Return the page of a file's name."""
    return next(each for each in pages() if each.file.name == name)


def called(line: str) -> Iterator[list[str]]:
    """Return the arguments if *line* calls lplate, perhaps with settings before it or as another user."""
    words = shlex.split(line, comments=True) if "'" not in line or line.count("'") % 2 == 0 else []
    if "--" in words and words[0] == "runuser":
        words = [word for word in words[words.index("--") + 1 :] if word != "env"]
    while words and _ASSIGNMENT.fullmatch(words[0]):
        words = words[1:]
    if words and words[0].rpartition("/")[2] == "lplate":
        yield words[1:]


def slug(heading: str) -> str:
    """Return the anchor of a heading, as GitHub and MkDocs make it."""
    kept = re.sub(r"[^\w\s-]", "", heading.strip().lower())
    return re.sub(r"\s", "-", kept)
