"""Normalise and digest questions, against the standard library. Times are of 100 texts of some 360 bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import baselines
from lplate_native import normalised_md5_many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_benchmark.fixture import BenchmarkFixture

TEXTS = {
    "cyrillic": "Какой знак запрещает движение всех транспортных средств, кроме маршрутных?  " * 2 + "Знак №",
    "german": "Welches Verkehrszeichen verbietet die Durchfahrt für alle Fahrzeuge außer Straßenbahnen?  "
    * 4,
    "hindi": "कौन सा चिन्ह सभी वाहनों के प्रवेश पर रोक लगाता है? " * 3,
    "accents-apart": "Quel panneau interdit l\u2019acce\u0300s a\u0300 tous les ve\u0301hicules\u00a0? " * 6,
}


@pytest.mark.benchmark(group="normalised-md5-100")
@pytest.mark.parametrize("digest_many", [normalised_md5_many, baselines.normalised_md5_many])
@pytest.mark.parametrize("language", TEXTS)
def bench_normalised_md5(
    benchmark: BenchmarkFixture, digest_many: Callable[[Iterable[str]], list[bytes]], language: str
) -> None:
    texts = [f"{TEXTS[language]} {number}" for number in range(100)]
    benchmark(digest_many, texts)
