"""What every adapter of the Bank port promises."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from importing.bank_folder import TODAY, write_bank
from lplate.adapters.bank_file import BankFile, BankFileWriter
from lplate.domain.question import QuestionType
from lplate.importing.compiling import compile_bank

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplate.ports import Bank

ALL = ("signs-stop", "signs-both", "speed-tread", "speed-faster")


@pytest.fixture(scope="module", params=["file"])
def bank(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Return the small bank behind each adapter."""
    assert request.param == "file"
    folder = tmp_path_factory.mktemp("bank")
    compile_bank(write_bank(folder / "source"), BankFileWriter(folder / "mini.bank"), today=TODAY)
    opened = BankFile.open(folder / "mini.bank")
    yield opened
    opened.close()


def picked(
    bank: Bank, seen: bytes, topics: tuple[str, ...] = (), avoid: tuple[str, ...] = ()
) -> set[str | None]:
    """Return what is picked over many seeds."""
    return {bank.unseen(seen, topics, avoid, seed) for seed in range(200)}


class TestBank:
    def test_info_tells_size_languages_and_topics(self, bank: Bank) -> None:
        """The description gives every topic the range of ordinals it owns, end to end."""
        info = bank.info
        assert (info.id, info.size, info.languages) == ("mini", 4, ("en", "de"))
        assert [(topic.id, topic.first, topic.count) for topic in info.topics] == [
            ("signs", 0, 2),
            ("speed", 2, 2),
        ]
        assert info.topics[1].name == {"en": "Speed", "de": "Tempo"}

    @pytest.mark.parametrize("question_id", ALL)
    def test_question_is_found_by_its_id(self, bank: Bank, question_id: str) -> None:
        """A question comes back under its id, the same on every call."""
        question = bank.question(question_id)
        assert question is not None
        assert question.id == question_id
        assert bank.question(question_id) == question

    def test_unknown_question_is_none(self, bank: Bank) -> None:
        """An id the bank does not have is no error."""
        assert bank.question("signs-none") is None
        assert bank.question("") is None

    def test_picture_bears_its_digest(self, bank: Bank) -> None:
        """A question's picture is found by the MD5 of its bytes."""
        question = bank.question("signs-stop")
        assert question is not None
        assert question.media is not None
        data = bank.media(question.media.digest)
        assert hashlib.md5(data).hexdigest() == question.media.digest
        assert data.startswith(b"\x89PNG")

    def test_unknown_picture_is_a_key_error(self, bank: Bank) -> None:
        """A digest the bank does not have raises KeyError."""
        with pytest.raises(KeyError, match="0000"):
            bank.media("0000")

    def test_question_belongs_to_home_and_further_topics(self, bank: Bank) -> None:
        """Every topic of a question counts, and no topics mean all."""
        assert bank.in_topics("signs-both", ("signs",))
        assert bank.in_topics("signs-both", ("speed",))
        assert bank.in_topics("signs-stop", ("speed", "signs"))
        assert bank.in_topics("signs-stop", ())
        assert not bank.in_topics("signs-stop", ("speed",))

    def test_unknown_question_or_topic_belongs_nowhere(self, bank: Bank) -> None:
        """Ids and topics that the bank lacks, as after an update, match nothing."""
        assert not bank.in_topics("signs-none", ())
        assert not bank.in_topics("signs-stop", ("lights",))
        assert bank.in_topics("signs-stop", ("lights", "signs"))

    def test_every_unseen_question_may_be_picked(self, bank: Bank) -> None:
        """At first every question is unseen; a topic offers its own and its further ones."""
        assert picked(bank, b"") == set(ALL)
        assert picked(bank, b"", ("signs",)) == {"signs-stop", "signs-both"}
        assert picked(bank, b"", ("speed",)) == {"signs-both", "speed-tread", "speed-faster"}
        assert picked(bank, b"", ("signs", "speed")) == set(ALL)

    def test_seen_and_avoided_questions_are_not_picked(self, bank: Bank) -> None:
        """What is marked as seen or to be avoided stays away; ids the bank lacks do not matter."""
        seen = bank.mark_seen(b"", ("signs-stop", "gone"))
        assert picked(bank, seen) == {"signs-both", "speed-tread", "speed-faster"}
        assert picked(bank, seen, (), ("speed-tread", "gone")) == {"signs-both", "speed-faster"}
        assert picked(bank, seen, ("signs",), ("signs-both",)) == {None}

    def test_nothing_left_is_none(self, bank: Bank) -> None:
        """With all seen, or with only unknown topics, there is nothing to pick."""
        assert picked(bank, bank.mark_seen(b"", ALL)) == {None}
        assert picked(bank, b"", ("lights",)) == {None}

    def test_pick_follows_the_seed(self, bank: Bank) -> None:
        """The same seed picks the same question: a press applied twice asks the same."""
        seeds = (0, 1, 12_345, 2**64 - 1)
        assert [bank.unseen(b"", (), (), s) for s in seeds] == [bank.unseen(b"", (), (), s) for s in seeds]

    def test_chances_are_equal(self, bank: Bank) -> None:
        """Over seeds each question is picked about equally often (a quarter, within five deviations)."""
        seeds = range(4_000)
        picks = [bank.unseen(b"", (), (), seed) for seed in seeds]
        for question_id in ALL:
            assert abs(picks.count(question_id) - 1_000) < 5 * (4_000 * 0.25 * 0.75) ** 0.5

    def test_marking_adds_up(self, bank: Bank) -> None:
        """Marking one after another, in any order, or twice leaves what marking all at once left."""
        at_once = bank.mark_seen(b"", ("signs-stop", "speed-tread"))
        one_by_one = bank.mark_seen(bank.mark_seen(b"", ("speed-tread",)), ("signs-stop",))
        assert one_by_one == at_once == bank.mark_seen(at_once, ("signs-stop",))
        assert bank.mark_seen(b"", ()) == bank.mark_seen(b"", ("gone",))

    def test_foreign_map_is_refused(self, bank: Bank) -> None:
        """A map of another bank raises ValueError instead of hiding questions."""
        with pytest.raises(ValueError, match="1 bytes, not 2"):
            bank.unseen(b"\x00\x00", (), (), 1)
        with pytest.raises(ValueError, match="behind the last"):
            bank.mark_seen(b"\xff", ("signs-stop",))

    def test_true_and_false_have_no_text(self, bank: Bank) -> None:
        """A true/false question has two options, whose words are the bot's own."""
        question = bank.question("speed-faster")
        assert question is not None
        assert question.type is QuestionType.TRUEFALSE
        assert [(option.key, option.text, option.correct) for option in question.options] == [
            ("true", {}, False),
            ("false", {}, True),
        ]
