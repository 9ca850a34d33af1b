"""A compiled bank is used as long as it is right, and no longer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import apsw
import pytest
import resvg_py

from importing.bank_folder import SPEED, STOP, TODAY, image_bytes, write_bank
from lplate.adapters.bank_file import BankFile, BankFileWriter
from lplate.errors import BankError
from lplate.importing import refresh_bank, source_digest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a source folder."""
    return write_bank(tmp_path / "source")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the bank is compiled to."""
    return tmp_path / "data" / "mini.bank"


def was_compiled(folder: Path, path: Path, today: date = TODAY) -> bool:
    """Refresh the bank and return whether there was anything to do."""
    return refresh_bank(folder, BankFileWriter(path), today=today) is not None


def test_unchanged_bank_is_compiled_once(folder: Path, path: Path) -> None:
    """A second start finds the compiled file good and leaves it alone."""
    assert was_compiled(folder, path)
    before = path.stat()
    assert not was_compiled(folder, path)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize(
    "changed",
    [
        {"bank.yaml": "id: x"},
        {"questions/speed.yaml": SPEED.replace("1.6", "1.7")},
        {"questions/more.yaml": "[]"},
        {"i18n/en.yaml": "{}"},
        {"media/stop.svg": STOP.replace("c8141e", "c8141f")},
        {"media/more.png": image_bytes()},
    ],
    ids=["manifest", "same length", "new file", "translation", "drawing", "picture"],
)
def test_any_change_of_a_source_file_is_noticed(
    folder: Path, path: Path, changed: dict[str, str | bytes]
) -> None:
    """Names, lengths and contents all count; the clock of the file system does not."""
    before = source_digest(folder)
    write_bank(folder, changed)
    assert source_digest(folder) != before


def test_moved_content_is_noticed(folder: Path) -> None:
    """The same bytes under another name are another source."""
    before = source_digest(folder)
    (folder / "media/stop.svg").rename(folder / "media/halt.svg")
    assert source_digest(folder) != before


def test_file_that_vanishes_meanwhile_is_no_crash(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source file that cannot be read changes the digest; compiling will tell its name."""
    before = source_digest(folder)

    def vanished(path: Path) -> bytes:
        raise FileNotFoundError(path)

    monkeypatch.setattr(type(folder), "read_bytes", vanished)
    assert source_digest(folder) != before


def test_files_beside_the_bank_do_not_matter(folder: Path) -> None:
    """A README, hidden files and the folder's own place are no part of a bank."""
    before = source_digest(folder)
    (folder / "README.md").write_text("About")
    (folder / "media" / ".directory").write_text("x")
    moved = folder.rename(folder.with_name("moved"))
    assert source_digest(moved) == before


def test_bank_is_compiled_anew_when_a_question_begins_or_ends(folder: Path, path: Path) -> None:
    """The day a question becomes valid or is withdrawn makes the compiled file stale."""
    begins, ends = TODAY + timedelta(days=3), TODAY + timedelta(days=5)
    dates = f"  valid_from: {begins}\n  valid_to: {ends}\n"
    write_bank(folder, {"questions/speed.yaml": SPEED + dates})
    days = [TODAY + timedelta(days=number) for number in range(8)]
    assert [was_compiled(folder, path, day) for day in days] == [
        True,
        False,
        False,
        True,
        False,
        False,
        True,
        False,
    ]


def test_file_of_another_format_is_compiled_anew(folder: Path, path: Path) -> None:
    """A file that another version wrote is not trusted, whatever it was compiled from."""
    was_compiled(folder, path)
    connection = apsw.Connection(str(path))
    connection.pragma("user_version", 0)
    connection.close()
    assert was_compiled(folder, path)


def test_damaged_file_is_compiled_anew(folder: Path, path: Path) -> None:
    """A torn or foreign file at the place of the compiled bank heals itself."""
    for content in (b"", b"not a database", b"x" * 8192):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        assert was_compiled(folder, path)
        assert not was_compiled(folder, path)


def test_broken_source_leaves_the_compiled_bank(folder: Path, path: Path) -> None:
    """After a bad edit the last good bank is still there."""
    was_compiled(folder, path)
    before = path.read_bytes()
    write_bank(folder, {"questions/speed.yaml": "- id: x"})
    with pytest.raises(BankError):
        was_compiled(folder, path)
    assert path.read_bytes() == before


def test_running_bot_keeps_its_bank_while_a_new_one_is_compiled(folder: Path, path: Path) -> None:
    """Readers of the former file see it whole until they open the new one."""
    was_compiled(folder, path)
    former = BankFile.open(path)
    write_bank(folder, {"questions/speed.yaml": SPEED.replace("How many mm?", "How deep in mm?")})
    assert was_compiled(folder, path)
    latter = BankFile.open(path)
    texts = [question.text["en"] for bank in (former, latter) if (question := bank.question("speed-tread"))]
    assert texts == ["How many mm?", "How deep in mm?"]
    former.close()
    latter.close()


def test_nothing_is_left_beside_the_bank(folder: Path, path: Path) -> None:
    """Compiling leaves no temporary file, nor does a compilation that fails at the end."""
    was_compiled(folder, path)
    write_bank(folder, {"questions/speed.yaml": SPEED + "  valid_to: 2020-01-01\n"})
    assert was_compiled(folder, path)
    assert [file.name for file in path.parent.iterdir()] == ["mini.bank"]


def test_unchanged_drawings_are_not_rendered_again(
    folder: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edit of a text takes the drawings from the former file, under the same digest."""
    was_compiled(folder, path)
    monkeypatch.setattr(resvg_py, "svg_to_bytes", None)
    write_bank(folder, {"questions/speed.yaml": SPEED.replace("How many mm?", "How deep in mm?")})
    assert was_compiled(folder, path)
    bank = BankFile.open(path)
    stop = bank.question("signs-stop")
    assert stop is not None
    assert stop.media is not None
    assert bank.media(stop.media.digest).startswith(b"\x89PNG")
    bank.close()
