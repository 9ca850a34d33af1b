"""How contenders are timed."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from bench import loops
from bench.measuring import Contender, Times, alternate, contender

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 6


def noted(name: str, journal: list[str]) -> Contender:
    return Contender(name, lambda: journal.append(name), tuple, operations=1)


def test_rounds_alternate() -> None:
    """Every contender runs once in each round, and each has its turn at being first."""
    journal: list[str] = []
    alternate([noted("a", journal), noted("b", journal)], ROUNDS)
    warm, rounds = journal[:4], journal[4:]
    assert warm == ["a", "a", "b", "b"]
    assert ["".join(rounds[i : i + 2]) for i in range(0, len(rounds), 2)] == ["ab", "ba"] * (ROUNDS // 2)


def test_ratio_is_of_one_round() -> None:
    """A machine that doubles its speed half-way changes no ratio."""
    times = Times({"ours": [10.0, 10.0, 5.0], "peer": [20.0, 20.0, 10.0]})
    assert times.ratio("ours", "peer") == 0.5
    assert times.typical("ours") == 10.0


def test_collector_is_off_while_timing_and_on_afterwards() -> None:
    """No collection falls into a round, and the process keeps its collector."""
    seen: list[bool] = []
    alternate([Contender("a", lambda: seen.append(gc.isenabled()), tuple, operations=1)], ROUNDS)
    assert not any(seen)
    assert gc.isenabled()


def test_contenders_share_no_bytecode() -> None:
    """Two contenders with one loop have code objects of their own, so neither spoils the other's."""
    first = contender("a", loops.call, tuple, [1], loops.nothing)
    second = contender("b", loops.call, tuple, [1], loops.nothing)
    codes = [loop.__code__ for each in (first, second) for loop in both_loops(each)]
    assert len({id(code) for code in codes}) == len(codes)


def both_loops(each: Contender) -> tuple[Callable[..., object], ...]:
    assert each.empty is not None
    return each.loop, each.empty


def test_loops_do_what_they_say() -> None:
    """Each loop makes one operation for each key."""
    called: list[int] = []
    loops.call(called.append, [1, 2])
    assert called == [1, 2]
    mapping: dict[int, int] = {}
    loops.assign(mapping, [1, 2])
    loops.get_or_assign(mapping.get, mapping, [2, 3])
    assert mapping == {1: 1, 2: 2, 3: 3}
