"""The compiled file: what it refuses, and that damage is told in words."""

from __future__ import annotations

import random
from contextlib import closing
from typing import TYPE_CHECKING

import apsw
import pytest

from importing.bank_folder import TODAY, write_bank
from lplate.adapters.bank_file import BankFile, BankFileWriter
from lplate.errors import BankError, StoreError
from lplate.importing.compiling import compile_bank

if TYPE_CHECKING:
    from pathlib import Path

QUESTIONS = ("signs-stop", "signs-both", "speed-tread", "speed-faster", "speed-none")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the bytes of a good compiled bank."""
    folder = tmp_path_factory.mktemp("good")
    compile_bank(write_bank(folder / "source"), BankFileWriter(folder / "mini.bank"), today=TODAY)
    return (folder / "mini.bank").read_bytes()


@pytest.fixture
def path(tmp_path: Path, good: bytes) -> Path:
    """Return the path of a good compiled bank of one's own."""
    path = tmp_path / "mini.bank"
    path.write_bytes(good)
    return path


def test_missing_file_is_told(tmp_path: Path) -> None:
    """A bank that was never compiled is named, with the remedy."""
    with pytest.raises(BankError, match=r"none\.bank.*there is no compiled bank here; compile it first"):
        BankFile.open(tmp_path / "none.bank")


def test_folder_is_no_bank(tmp_path: Path) -> None:
    """The path of a folder is refused like a missing file."""
    with pytest.raises(BankError, match="there is no compiled bank here"):
        BankFile.open(tmp_path)


def test_foreign_database_is_refused(tmp_path: Path) -> None:
    """Somebody else's SQLite file is not taken for a bank."""
    with closing(apsw.Connection(str(tmp_path / "other.db"))) as connection:
        connection.execute("CREATE TABLE meta(key TEXT, value TEXT)")
    with pytest.raises(BankError, match="not a compiled bank of lplate"):
        BankFile.open(tmp_path / "other.db")


def test_other_format_is_refused(path: Path) -> None:
    """A file of another version names both formats and the remedy."""
    with closing(apsw.Connection(str(path))) as connection:
        connection.pragma("user_version", 99)
    with pytest.raises(BankError, match="format 99, this version reads 1; compile the bank again"):
        BankFile.open(path)


@pytest.mark.parametrize("length", [0, 50, 4096, -4096, -1])
def test_cut_file_is_refused(path: Path, good: bytes, length: int) -> None:
    """A file that lost its end is refused when it is opened: mapped, it could kill the process."""
    path.write_bytes(good[:length])
    with pytest.raises(BankError, match="compile the bank again"):
        BankFile.open(path)


@pytest.mark.parametrize("seed", range(150))
def test_damage_is_a_bank_error_or_harmless(path: Path, good: bytes, seed: int) -> None:
    """Wherever bytes are spoilt, reading works or ends in a BankError (a lost picture in a KeyError)."""
    dice = random.Random(seed)
    spoilt = bytearray(good)
    for _ in range(dice.choice((1, 4, 40))):
        spoilt[dice.randrange(len(good))] = dice.randrange(256)
    path.write_bytes(spoilt)
    try:
        with closing(BankFile.open(path)) as bank:
            bank.unseen(b"", (), (), seed)
            found = [question for question_id in QUESTIONS if (question := bank.question(question_id))]
            for media in (question.media for question in found if question.media):
                bank.media(media.digest)
    except (BankError, KeyError):
        pass


def test_bank_is_read_only(path: Path) -> None:
    """Nothing that goes through the reader's connection can change the bank."""
    with closing(BankFile.open(path)) as bank, pytest.raises(apsw.ReadOnlyError):
        bank._connection.execute("DELETE FROM questions")


def test_path_may_hold_any_character(tmp_path: Path, good: bytes) -> None:
    """Spaces, question marks, percent and number signs in a path are no part of SQLite's address."""
    path = tmp_path / "my bank? 100%#1 ü" / "mini.bank"
    path.parent.mkdir()
    path.write_bytes(good)
    with closing(BankFile.open(path)) as bank:
        assert bank.info.id == "mini"


def test_questions_are_kept_decoded_up_to_the_cache_size(path: Path) -> None:
    """A cached question is the same object; the least recently used one makes room."""
    with closing(BankFile.open(path, cache_size=2)) as bank:
        stop = bank.question("signs-stop")
        bank.question("signs-both")
        assert bank.question("signs-stop") is stop
        bank.question("speed-tread")
        assert bank.question("signs-stop") is stop
        both = bank.question("signs-both")
        bank.question("speed-tread")
        assert bank.question("signs-stop") is not stop
        assert bank.question("signs-both") == both


def test_all_words_are_indexed(path: Path) -> None:
    """The full-text index holds ids and the texts of all languages, whatever their accents and case."""
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:

        def hits(words: str) -> list[int]:
            query = "SELECT rowid FROM search(?) ORDER BY rowid"
            return [rowid for (rowid,) in connection.execute(query, (words,))]

        assert hits("WHEEL") == [1]
        assert hits("heißt OR rund") == [1, 3]
        assert hits("öctagon") == []
        assert hits("zeichën") == [1]
        assert hits('explanation: "es steht"') == [0]
        assert hits('options: "drive on"') == [0]
        assert hits('id: "speed-tread"') == [2]


def test_folder_that_takes_no_file_is_a_store_error(tmp_path: Path) -> None:
    """Where the bank cannot be written, the error names the path."""
    (tmp_path / "data").write_text("a file where the folder should be")
    writer = BankFileWriter(tmp_path / "data" / "mini.bank")
    with pytest.raises(StoreError, match=r"mini\.bank: the compiled bank cannot be written"):
        compile_bank(write_bank(tmp_path / "source"), writer, today=TODAY)
