"""Ready JSON filled by a template, by the % of bytes, and encoded anew, 1,000 bodies a round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from lplate_native import Template

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

TEXT = "What must you do when the light turns amber?\n\n" + "An option of usual length\n" * 4
READY = msgspec.json.encode(TEXT)[1:-1]
TEMPLATE = Template([b'{"chat_id":', 0, b',"message_id":', 1, b',"text":"', 2, b'","parse_mode":"HTML"}'])
FORMAT = b'{"chat_id":%d,"message_id":%d,"text":"%b","parse_mode":"HTML"}'


def by_template(number: int) -> bytes:
    return TEMPLATE.fill((number, 7, READY))


def by_format(number: int) -> bytes:
    return FORMAT % (number, 7, READY)


def encoded(number: int) -> bytes:
    return msgspec.json.encode({"chat_id": number, "message_id": 7, "text": TEXT, "parse_mode": "HTML"})


@pytest.mark.benchmark(group="template-1k-bodies")
@pytest.mark.parametrize("body", [by_template, by_format, encoded])
def bench_fill(benchmark: BenchmarkFixture, body: Callable[[int], bytes]) -> None:
    def run() -> None:
        for number in range(1000):
            body(5_000_000_000 + number)

    benchmark(run)
