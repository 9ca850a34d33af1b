"""QuestionIndex against lists and sets."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from lplate_native import QuestionIndex, SeenMap
from models import INT64_MAX, INT64_MIN, LOOKALIKES, IndexModel, colliding_keys, random_below, split_mix

int_ids = st.one_of(
    st.sampled_from([*colliding_keys(60), *LOOKALIKES]), st.integers(INT64_MIN, INT64_MAX), st.integers(-5, 5)
)
str_ids = st.one_of(st.text(max_size=4), st.sampled_from(["", "a", "a\0", "\ud800"]))
EXAMPLES = settings(max_examples=150, deadline=None)


class Case(NamedTuple):
    """An index, its twin and a map of seen questions."""

    questions: QuestionIndex
    model: IndexModel
    seen: SeenMap
    topics: list[int] | None
    avoid: list[int]

    def unseen(self) -> set[int]:
        return self.model.pool(self.topics, self.avoid) - set(self.seen)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a bank of up to 200, or of 5000, questions, some of them seen, and what to pick from."""
    size = draw(st.one_of(st.integers(0, 200), st.just(5000)))
    ordinals = st.lists(st.integers(0, size - 1), max_size=30) if size else st.just([])
    starts = sorted(draw(st.lists(st.integers(0, size), max_size=6)))
    starts = [0, *starts] if draw(st.booleans()) else []
    numbers = st.integers(0, len(starts) - 1) if starts else st.nothing()
    further = draw(st.dictionaries(numbers, ordinals, max_size=3 if starts else 0))
    seen = SeenMap(size)
    for ordinal in draw(ordinals):
        seen.add(ordinal)
    if draw(st.booleans()):
        for ordinal in range(size):
            if ordinal % 10 and ordinal % 64:
                seen.add(ordinal)
    topics = draw(st.one_of(st.none(), st.lists(numbers, max_size=4 if starts else 0)))
    ids = range(1000, 1000 + size)
    return Case(
        QuestionIndex(ids, starts, further), IndexModel(ids, starts, further), seen, topics, draw(ordinals)
    )


def check_ids(ids: list[Any], absent: Any) -> None:
    """Check that every id is found, and the absent one not."""
    index: QuestionIndex[Any] = QuestionIndex(ids)
    assert len(index) == len(ids)
    assert list(index) == ids
    for ordinal, name in enumerate(ids):
        assert index[name] == index.get(name) == ordinal
        assert index.id_at(ordinal) == name
        assert name in index
    assert index.ordinals([*ids, absent, *ids[:1]]) == [*range(len(ids)), *range(len(ids[:1]))]
    assert absent not in index
    assert index.get(absent) is None
    assert index.get(absent, "none") == "none"
    with pytest.raises(KeyError):
        index[absent]


@given(st.lists(int_ids, unique=True, max_size=80), int_ids)
@EXAMPLES
def test_int_ids_are_found(ids: list[int], absent: int) -> None:
    """Each int id leads to its ordinal and back; an absent one is absent."""
    assume(absent not in ids)
    check_ids(ids, absent)


@given(st.lists(str_ids, unique=True, max_size=80), str_ids)
@EXAMPLES
def test_str_ids_are_found(ids: list[str], absent: str) -> None:
    """Each str id leads to its ordinal and back; an absent one is absent."""
    assume(absent not in ids)
    check_ids(ids, absent)


@given(cases())
@EXAMPLES
def test_topics_have_their_questions(case: Case) -> None:
    """Range and size of every topic are those of its questions, the further ones counted once."""
    assert case.questions.topic_count == len(case.model.topics)
    for topic, members in enumerate(case.model.topics):
        assert case.questions.topic_range(topic) == case.model.owned[topic]
        assert case.questions.topic_size(topic) == len(members)


@given(cases(), st.integers(-(2**63), 2**64 - 1))
@EXAMPLES
def test_picks_are_unseen(case: Case, seed: int) -> None:
    """A pick is unseen, of the topics and not avoided; None comes when there is none; a seed picks once."""
    unseen = case.unseen()
    picked = case.questions.pick_unseen(case.seen, seed, case.topics, case.avoid)
    assert (picked in unseen) if unseen else (picked is None)
    assert picked == case.questions.pick_unseen(case.seen, seed, topics=case.topics, avoid=case.avoid)
    assert case.questions.count_unseen(case.seen, case.topics) == len(
        case.model.pool(case.topics, ()) - set(case.seen)
    )


@given(cases(), st.integers(0, 60), st.integers(0, 2**64 - 1))
@EXAMPLES
def test_draws_are_different(case: Case, count: int, seed: int) -> None:
    """A draw holds as many different questions as asked for; the same seed draws them once more."""
    pool = case.model.pool(case.topics, case.avoid)
    if count > len(pool):
        with pytest.raises(ValueError, match="count"):
            case.questions.draw(count, seed, case.topics, case.avoid)
        return
    drawn = case.questions.draw(count, seed, case.topics, case.avoid)
    assert len(set(drawn)) == len(drawn) == count
    assert set(drawn) <= pool
    assert drawn == case.questions.draw(count, seed, topics=case.topics, avoid=case.avoid)


@pytest.mark.parametrize("size", [10, 3000])
def test_picks_are_fair(size: int) -> None:
    """Over many seeds every unseen question of a small pool is picked about equally often.

    Ten questions, 10,000 picks: the chi-square of nine degrees of freedom passes 45 once in a million times,
    and the seeds are fixed.
    """
    index = QuestionIndex(range(size))
    seen = SeenMap(size)
    for ordinal in range(size):
        if ordinal % (size // 10):
            seen.add(ordinal)
    counts = Counter(index.pick_unseen(seen, seed) for seed in range(10_000))
    assert set(counts) == set(range(0, size, size // 10))
    assert sum((count - 1000) ** 2 / 1000 for count in counts.values()) < 45


def test_draws_are_fair() -> None:
    """Over many seeds all orders of three questions come about equally often."""
    index = QuestionIndex(range(3))
    counts = Counter(tuple(index.draw(3, seed)) for seed in range(6000))
    assert len(counts) == 6
    assert sum((count - 1000) ** 2 / 1000 for count in counts.values()) < 40


@given(st.integers(0, 2**64 - 1))
@example(162905)  # its first word is one of the few that must be skipped
@EXAMPLES
def test_picks_follow_the_published_generators(seed: int) -> None:
    """A pick from an unseen bank is SplitMix64's next word scaled to the bank by Lemire's method."""
    index = QuestionIndex(range(5000))
    assert index.pick_unseen(SeenMap(5000), seed) == random_below(split_mix(seed), 5000)


def test_seeds_are_never_forgotten() -> None:
    """These draws stay as they are: stored seeds must give the same paper after an upgrade."""
    index = QuestionIndex(range(2000), [0, 100, 1500])
    assert index.draw(6, 1) == [1160, 1527, 1988, 910, 909, 1562]
    assert index.draw(6, 2**64 - 1, topics=[0, 2]) == [1830, 1868, 1688, 1930, 1575, 24]


def test_ids_are_unique() -> None:
    """An id that occurs twice raises ValueError and is named."""
    with pytest.raises(ValueError, match="7 occurs twice"):
        QuestionIndex([7, 8, 7])
    with pytest.raises(ValueError, match="'x' occurs twice"):
        QuestionIndex(["x", "y", "x"])


@pytest.mark.parametrize("ids", [[1, "a"], ["a", 1], [1, True], [1.0], [None], ["a", None]])
def test_ids_are_of_one_type(ids: list[Any]) -> None:
    """Ids that are not all int or all str raise TypeError."""
    with pytest.raises(TypeError):
        QuestionIndex(ids)


@pytest.mark.parametrize(("ids", "absent"), [([1], "1"), (["1"], 1), ([1], 1.0), ([1], True), (["1"], b"1")])
def test_look_ups_are_of_the_same_type(ids: list[Any], absent: Any) -> None:
    """Looking up an id of another type raises TypeError."""
    index: QuestionIndex[Any] = QuestionIndex(ids)
    for operation in (index.get, index.__getitem__, index.__contains__, lambda id_: index.ordinals([id_])):
        with pytest.raises(TypeError):
            operation(absent)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1])
def test_ids_have_64_bits(number: int) -> None:
    """An int id over 64 bits raises OverflowError, stored or looked up."""
    with pytest.raises(OverflowError):
        QuestionIndex([number])
    with pytest.raises(OverflowError):
        QuestionIndex([1]).get(number)


@pytest.mark.parametrize("starts", [[1], [0, 5, 4], [0, 11], [-1]])
def test_topic_starts_are_in_order(starts: list[int]) -> None:
    """Starts that do not rise from 0 to at most the number of questions raise ValueError."""
    with pytest.raises(ValueError, match="start of topic"):
        QuestionIndex(range(10), starts)


@pytest.mark.parametrize("further", [{1: [0]}, {-1: [0]}, {0: [10]}, {0: [-1]}])
def test_further_questions_exist(further: dict[int, list[int]]) -> None:
    """Further questions of an unknown topic, or unknown questions, raise IndexError."""
    with pytest.raises(IndexError):
        QuestionIndex(range(10), [0], further)


@pytest.mark.parametrize("number", [-1, 10, 2**40])
def test_unknown_ordinals_are_refused(number: int) -> None:
    """An ordinal or topic that does not exist raises IndexError everywhere."""
    index = QuestionIndex(range(10), [0, 5])
    seen = SeenMap(10)
    with pytest.raises(IndexError):
        index.id_at(number)
    for operation in (index.topic_range, index.topic_size):
        with pytest.raises(IndexError):
            operation(number)
    with pytest.raises(IndexError):
        index.pick_unseen(seen, 1, [number])
    with pytest.raises(IndexError):
        index.pick_unseen(seen, 1, None, [number])
    with pytest.raises(IndexError):
        index.draw(1, 1, [0, number])
    with pytest.raises(IndexError):
        index.count_unseen(seen, [number])


def test_maps_of_other_banks_are_refused() -> None:
    """A map of another size raises ValueError that names both sizes; what is no map TypeError."""
    index = QuestionIndex(range(10))
    not_a_map: Any = {1}
    with pytest.raises(ValueError, match=r"of 9 questions.* of 10"):
        index.pick_unseen(SeenMap(9), 1)
    with pytest.raises(ValueError, match=r"of 11 questions.* of 10"):
        index.count_unseen(SeenMap(11))
    with pytest.raises(TypeError):
        index.pick_unseen(not_a_map, 1)


@pytest.mark.parametrize("seed", [1.0, True, None, "1"])
def test_seeds_are_ints(seed: Any) -> None:
    """A seed that is no int raises TypeError, one over 64 bits OverflowError."""
    index = QuestionIndex(range(10))
    with pytest.raises(TypeError):
        index.draw(1, seed)
    for number in (2**64, -(2**63) - 1):
        with pytest.raises(OverflowError):
            index.pick_unseen(SeenMap(10), number)


def test_reading_the_arguments_may_change_the_map() -> None:
    """Topics and avoided questions may come from code that marks questions as seen meanwhile."""
    index = QuestionIndex(range(5000), [0, 2000])
    seen = SeenMap(5000)

    class Marking(list[int]):
        def __iter__(self) -> Any:
            for ordinal in range(1, 5000):
                seen.add(ordinal)
            return super().__iter__()

    assert index.pick_unseen(seen, 1, None, Marking([2, 3])) == 0


def test_repr_tells_the_kind_of_ids() -> None:
    """The repr tells size, type of ids and number of topics."""
    assert repr(QuestionIndex(["a"], [0])) == "QuestionIndex(size=1, ids=str, topics=1)"
    assert repr(QuestionIndex([])) == "QuestionIndex(size=0, ids=int, topics=0)"


def test_memory_is_as_promised() -> None:
    """A question with an int id takes at most 21 bytes at any size of bank."""
    for size in (1000, 1366, 1500, 3000, 5000):
        index = QuestionIndex(range(10**6, 10**6 + size))
        assert sys.getsizeof(index) <= 21 * size + 300
