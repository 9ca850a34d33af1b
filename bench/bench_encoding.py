"""A learner's state as JSON: without what is at its default, and as msgspec writes it, 1,000 a round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from lplate.domain.session import Phase, Session
from lplate_native.encoding import json_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

SESSION = Session(
    number=3, step=41, phase=Phase.QUESTION, question_id="signs-stop-1", order=(2, 0, 1),
    asked_at_ms=1_767_268_800_000, answered=40, right=31, recent=tuple(f"question-{n}" for n in range(10)),
)  # fmt: skip


def by_msgspec(value: object) -> str:
    return msgspec.json.encode(value).decode()


@pytest.mark.benchmark(group="encoding-1k-sessions")
@pytest.mark.parametrize("encode", [json_text, by_msgspec])
def bench_session(benchmark: BenchmarkFixture, encode: Callable[[object], str]) -> None:
    def run() -> None:
        for _ in range(1000):
            encode(SESSION)

    benchmark(run)
