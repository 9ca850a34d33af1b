"""How two cores are compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import lplate_native
from bench import compare
from bench.instructions import net_of_loop
from bench.operations import OPERATIONS, make

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CORE = [str(Path(compare.__file__).parents[1]), str(Path(lplate_native.__file__).parents[1])]


def scripted(script: dict[str, list[float]]) -> tuple[Callable[[Sequence[str]], dict[str, float]], list[str]]:
    """Return a measurement that gives the ratios of *script* one after the other, and what it was asked."""
    asked: list[str] = []

    def measure(names: Sequence[str]) -> dict[str, float]:
        asked.extend(names)
        return {name: script[name].pop(0) for name in names}

    return measure, asked


def test_what_is_fast_is_timed_once() -> None:
    """An operation that does not look slower costs one pair of processes."""
    measure, asked = scripted({"a": [1.05]})
    [change] = compare.time_changes(["a"], measure)
    assert not change.is_slower
    assert asked == ["a"]


def test_an_unlucky_pair_does_not_fail() -> None:
    """One slow pair among fast ones is luck, and the rest of the operations is not timed again for it."""
    measure, asked = scripted({"a": [1.4, 1.0, 1.02, 0.99, 1.01], "b": [1.0]})
    a, b = compare.time_changes(["a", "b"], measure)
    assert not a.is_slower
    assert not b.is_slower
    assert asked == ["a", "b", "a", "a", "a", "a"]


def test_a_slowdown_fails() -> None:
    """What is slower in most pairs is slower, whatever one pair says."""
    measure, _ = scripted({"a": [1.3, 1.0, 1.25, 1.3, 1.3]})
    [change] = compare.time_changes(["a"], measure)
    assert change.is_slower
    assert "SLOWER" in str(change)


@pytest.mark.parametrize(("ratio", "is_slower"), [(1.0, False), (1.03, False), (1.031, True)])
def test_instructions_have_a_limit_of_their_own(ratio: float, *, is_slower: bool) -> None:
    """More than 3 % more instructions fail, though the time does not show them."""
    assert compare.Change("a", (1.0,), ratio).is_slower is is_slower


def test_report_tells_who_is_slower(capsys: pytest.CaptureFixture[str]) -> None:
    """The last line names what is slower, and the exit status says that something is."""
    assert compare.report([compare.Change("dict.get", (1.0,))], "main") == 0
    assert "no operation is slower" in capsys.readouterr().out.splitlines()[-1]
    assert compare.report([compare.Change("dict.get", (1.2,))], "main") == 1
    assert capsys.readouterr().out.splitlines()[-1] == "against main: SLOWER: dict.get"


def test_worker_times_on_demand() -> None:
    """A worker answers a name with a time and an unknown operation with nothing, then goes on."""
    with compare.pair(CORE, CORE) as (worker, _):
        assert worker.time("dict.get")
        assert worker.time("SeenWindow.add, new")


def test_worker_leaves_out_what_a_core_cannot_do(tmp_path: Path) -> None:
    """An operation of which a revision has no method is not compared."""
    (tmp_path / "lplate_native.py").write_text("")
    with compare.pair([CORE[0], str(tmp_path)], CORE) as (old, new):
        assert compare.time_ratio("LruCache.get, miss", old, new, 1) is None
        assert old.time("dict.get")


@pytest.mark.parametrize("name", OPERATIONS)
def test_core_can_do_every_operation(name: str) -> None:
    """No operation has fallen out of the comparison unseen."""
    made = make(name)
    assert made is not None
    made.run(2)
    made.run_empty(2)
    assert made.size


def test_loop_is_not_counted() -> None:
    """What the empty loop costs, and what starting costs, is no instruction of the operation."""
    start, loop, operation, size = 1_000, 7, 25, 10
    few, many = (start + turns * size * (loop + operation) for turns in (2, 6))
    empty_few, empty_many = (start // 2 + turns * size * loop for turns in (2, 6))
    assert net_of_loop([few, many, empty_few, empty_many], size) == operation
