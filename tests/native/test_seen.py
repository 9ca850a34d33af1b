"""SeenWindow, DigestSet and SeenMap against a list and sets."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lplate_native import DigestSet, SeenMap, SeenWindow
from lplate_native.seen import is_marked, marked
from models import INT64_MAX, INT64_MIN, LOOKALIKES, WindowModel, colliding_keys

STEPS = settings(max_examples=60, stateful_step_count=50, deadline=None)
KEYS = [*colliding_keys(60), *LOOKALIKES, INT64_MIN, -1, 0, 1, INT64_MAX]
DIGESTS = [
    (first % 2**64).to_bytes(8, "little") + second.to_bytes(8, "little")
    for first in [*colliding_keys(21), *LOOKALIKES, 0, INT64_MAX]
    for second in (0, 1)
]
SIZES = [0, 1, 7, 8, 63, 64, 65, 130]


class WindowMachine(RuleBasedStateMachine):
    """Whatever is added, the window remembers what the list does."""

    @initialize(capacity=st.sampled_from([1, 2, 3, 20, 40]))
    def start(self, capacity: int) -> None:
        self.window = SeenWindow(capacity)
        self.model = WindowModel(capacity)

    @rule(keys=st.lists(st.sampled_from(KEYS), max_size=30))
    def add(self, keys: list[int]) -> None:
        for key in keys:
            assert self.window.add(key) == self.model.add(key)

    @invariant()
    def agree(self) -> None:
        assert [key for key in KEYS if key in self.window] == [key for key in KEYS if key in self.model.keys]
        assert len(self.window) == len(self.model.keys)
        assert self.window.capacity == self.model.capacity


TestWindowMachine = WindowMachine.TestCase
TestWindowMachine.settings = STEPS


class DigestMachine(RuleBasedStateMachine):
    """Whatever comes and goes, with half digests in common, the set holds what a set does."""

    @initialize(hint=st.sampled_from([0, 1, 40]))
    def start(self, hint: int) -> None:
        self.digests = DigestSet(hint)
        self.model: set[bytes] = set()

    @rule(digest=st.sampled_from(DIGESTS))
    def add(self, digest: bytes) -> None:
        assert self.digests.add(digest) == (digest not in self.model)
        self.model.add(digest)

    @rule(digest=st.sampled_from(DIGESTS))
    def discard(self, digest: bytes) -> None:
        assert self.digests.discard(digest) == (digest in self.model)
        self.model.discard(digest)

    @invariant()
    def agree(self) -> None:
        assert {digest for digest in DIGESTS if digest in self.digests} == self.model
        assert len(self.digests) == len(self.model)


TestDigestMachine = DigestMachine.TestCase
TestDigestMachine.settings = STEPS


class MapMachine(RuleBasedStateMachine):
    """Whatever is marked, the map holds, counts and writes what a set does, and refuses other ordinals."""

    @initialize(size=st.sampled_from(SIZES))
    def start(self, size: int) -> None:
        self.map = SeenMap(size)
        self.model: set[int] = set()

    @rule(ordinal=st.integers(-2, 135))
    def add(self, ordinal: int) -> None:
        if 0 <= ordinal < self.map.size:
            assert self.map.add(ordinal) == (ordinal not in self.model)
            self.model.add(ordinal)
        else:
            with pytest.raises(IndexError, match=str(ordinal)):
                self.map.add(ordinal)

    @rule(ordinal=st.integers(-2, 135))
    def discard(self, ordinal: int) -> None:
        if 0 <= ordinal < self.map.size:
            assert self.map.discard(ordinal) == (ordinal in self.model)
            self.model.discard(ordinal)
        else:
            with pytest.raises(IndexError, match=str(ordinal)):
                self.map.discard(ordinal)

    @rule()
    def round_trip(self) -> None:
        data = self.map.to_bytes()
        assert data == sum(1 << ordinal for ordinal in self.model).to_bytes(
            (self.map.size + 7) // 8, "little"
        )
        again = SeenMap.from_bytes(data, self.map.size)
        assert again == self.map
        self.map = again

    @rule(ordinals=st.lists(st.integers(-2, 135), max_size=4))
    def mark_stored(self, ordinals: list[int]) -> None:
        size, data = self.map.size, self.map.to_bytes()
        if all(0 <= ordinal < size for ordinal in ordinals):
            self.model.update(ordinals)
            self.map = SeenMap.from_bytes(marked(data, size, ordinals), size)
            assert {ordinal for ordinal in range(size) if is_marked(data, size, ordinal)} | set(
                ordinals
            ) == self.model
        else:
            with pytest.raises(IndexError):
                marked(data, size, ordinals)
            with pytest.raises(IndexError):
                is_marked(data, size, next(ordinal for ordinal in ordinals if not 0 <= ordinal < size))

    @rule(start=st.integers(0, 135), stop=st.integers(0, 135))
    def count(self, start: int, stop: int) -> None:
        if max(start, stop) > self.map.size:
            with pytest.raises(IndexError):
                self.map.count(start, stop)
        else:
            assert self.map.count(start, stop) == len(self.model & set(range(start, stop)))

    @rule()
    def copy(self) -> None:
        copied = self.map.copy()
        for ordinal in copied:
            copied.discard(ordinal)
        assert len(copied) == 0
        assert (copied == self.map) == (not self.model)

    @invariant()
    def agree(self) -> None:
        assert list(self.map) == sorted(self.model)
        assert len(self.map) == len(self.model)
        assert {ordinal for ordinal in range(self.map.size) if ordinal in self.map} == self.model


TestMapMachine = MapMachine.TestCase
TestMapMachine.settings = STEPS


def test_window_of_keys_with_one_home() -> None:
    """However many keys share a home, more than a slot can count the steps to, the oldest are forgotten."""
    keys = colliding_keys(300)
    window, model = SeenWindow(100), WindowModel(100)
    for key in [*keys, *keys[::3], *keys[:50]]:
        assert window.add(key) == model.add(key)
    assert [key for key in keys if key in window] == [key for key in keys if key in model.keys]


def test_digests_with_one_home() -> None:
    """However many digests share a home, growing and discarding lose none."""
    keys = [(key % 2**64).to_bytes(8, "little") + bytes(8) for key in colliding_keys(300)]
    digests, model = DigestSet(), set[bytes]()
    for number, key in enumerate(keys):
        assert digests.add(key)
        model.add(key)
        if number % 3 == 2:
            assert digests.discard(keys[number // 2]) == (keys[number // 2] in model)
            model.discard(keys[number // 2])
    assert {key for key in keys if key in digests} == model


@given(st.integers(1, 300), st.integers(1, 2000))
@settings(max_examples=30, deadline=None)
def test_window_keeps_exactly_the_last_keys(capacity: int, count: int) -> None:
    """After many different keys the window holds the last *capacity* of them and no other."""
    window = SeenWindow(capacity)
    for key in range(count):
        assert window.add(key)
    assert [key for key in range(count) if key in window] == list(range(max(0, count - capacity), count))


def test_digests_survive_growth() -> None:
    """A set grown from nothing to thousands, and emptied again, always knows its digests."""
    digests = DigestSet()
    members = [number.to_bytes(16, "big") for number in range(3000)]
    assert all(digests.add(digest) for digest in members)
    assert all(digest in digests for digest in members)
    assert all(digests.discard(digest) for digest in members)
    assert len(digests) == 0


@pytest.mark.parametrize("key", [True, 1.7, "1", None, b"1"])
def test_window_takes_ints_only(key: Any) -> None:
    """A key that is no int, or a bool, raises TypeError."""
    window = SeenWindow(3)
    with pytest.raises(TypeError):
        window.add(key)
    with pytest.raises(TypeError):
        assert key in window


@pytest.mark.parametrize("key", [INT64_MIN - 1, INT64_MAX + 1])
def test_window_takes_64_bits_only(key: int) -> None:
    """A key over 64 bits raises OverflowError."""
    window = SeenWindow(3)
    with pytest.raises(OverflowError):
        window.add(key)
    with pytest.raises(OverflowError):
        assert key in window


@pytest.mark.parametrize("digest", [b"", bytes(15), bytes(17)])
def test_digests_have_16_bytes(digest: bytes) -> None:
    """A digest of another length raises ValueError in every operation."""
    digests = DigestSet()
    for operation in (digests.add, digests.discard, digests.__contains__):
        with pytest.raises(ValueError, match="16 bytes"):
            operation(digest)


@pytest.mark.parametrize("digest", ["x" * 16, bytearray(16), None, 5])
def test_digests_are_bytes(digest: Any) -> None:
    """A digest that is not bytes raises TypeError in every operation."""
    digests = DigestSet()
    for operation in (digests.add, digests.discard, digests.__contains__):
        with pytest.raises(TypeError):
            operation(digest)


@pytest.mark.parametrize("ordinal", [True, 1.0, "1", None])
def test_ordinals_are_ints(ordinal: Any) -> None:
    """An ordinal that is no int raises TypeError in every operation."""
    seen = SeenMap(5)
    for operation in (seen.add, seen.discard, seen.__contains__):
        with pytest.raises(TypeError):
            operation(ordinal)
    with pytest.raises(TypeError):
        is_marked(b"\0", 5, ordinal)
    with pytest.raises(TypeError):
        marked(b"\0", 5, [ordinal])


@pytest.mark.parametrize(("data", "size"), [(b"", 1), (b"\0\0", 8), (b"\0", 9), (b"\x08", 3), (b"\0\x02", 9)])
def test_foreign_bytes_are_refused(data: bytes, size: int) -> None:
    """Bytes of another length, or with marks behind the last question, raise ValueError."""
    for read in (SeenMap.from_bytes, lambda data, size: is_marked(data, size, 0), with_first_marked):
        with pytest.raises(ValueError, match="questions"):
            read(data, size)


def test_map_bytes_are_bytes() -> None:
    """A stored map is bytes and nothing else."""
    not_bytes: Any = bytearray(1)
    for read in (SeenMap.from_bytes, lambda data, size: is_marked(data, size, 0), with_first_marked):
        with pytest.raises(TypeError):
            read(not_bytes, 8)


def with_first_marked(data: bytes, size: int) -> bytes:
    """Mark the first question in a stored map."""
    return marked(data, size, [0])


def test_marking_leaves_the_bytes_alone() -> None:
    """Bytes are values: the map that was stored stays what it was, even where nothing is added."""
    data = SeenMap(70).to_bytes()
    assert marked(data, 70, [3, 69]) == bytes([8, *[0] * 7, 32])
    assert marked(data, 70, ()) == data == bytes(9)
    for octet in (0, 1):  # Python keeps one object for each bytes of length one
        data = bytes([octet])
        assert marked(data, 8, [2]) == bytes([octet | 4])
        assert data[0] == octet


def test_maps_differ_from_other_things() -> None:
    """Maps of different sizes are not equal, nor is a map equal to a set; a map has no hash."""
    assert SeenMap(8) != SeenMap(9)
    assert SeenMap(8) != set()
    with pytest.raises(TypeError, match="unhashable"):
        hash(SeenMap(8))


@pytest.mark.parametrize("make", [SeenWindow, DigestSet, SeenMap])
@pytest.mark.parametrize("size", [-1, 2**27 + 1, 2**60])
def test_bad_sizes_are_refused(make: Any, size: int) -> None:
    """A size out of range raises ValueError, one that is no int TypeError."""
    with pytest.raises(ValueError, match=str(size)):
        make(size)
    with pytest.raises(TypeError):
        make(float(size))


def test_window_of_nothing_is_refused() -> None:
    """A window must have room for one key."""
    with pytest.raises(ValueError, match="capacity"):
        SeenWindow(0)


def test_reprs_tell_sizes() -> None:
    """Each repr tells what is held."""
    window, digests, seen = SeenWindow(3), DigestSet(), SeenMap(9)
    window.add(1)
    digests.add(bytes(16))
    seen.add(8)
    assert repr(window) == "SeenWindow(capacity=3, size=1)"
    assert repr(digests) == "DigestSet(size=1)"
    assert repr(seen) == "SeenMap(size=9, seen=1)"


def test_memory_is_as_promised() -> None:
    """A window takes at most 20 bytes per key, a set at most 45 per digest, a map one bit per question."""
    digests = DigestSet()
    for count in range(1, 5001):
        digests.add(count.to_bytes(16, "big"))
        assert count < 500 or sys.getsizeof(digests) <= 45 * count
    for capacity in (1000, 1025, 1366, 1500, 2048, 5000):
        assert sys.getsizeof(SeenWindow(capacity)) <= 20 * capacity + 200
    assert sys.getsizeof(SeenMap(8000)) <= 1100
