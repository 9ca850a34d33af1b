"""The digest of normalised text, against its definition in Python."""

from __future__ import annotations

import random
import sys
from hashlib import md5
from typing import TYPE_CHECKING, Final
from unicodedata import normalize, unidata_version

from bench import baselines, loops
from bench.measuring import Times, alternate, contender
from bench.targets.target import Effort, Outcome
from lplate_native import UNICODE_VERSION, normalised_md5

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STRUCTURE: Final = "Normalise + MD5"
QUESTIONS: Final = {
    "Cyrillic": "Какой знак запрещает движение всех транспортных средств, кроме маршрутных?  " * 2
    + "Выберите верный ответ № ",
    "German": "Welches Verkehrszeichen verbietet die Durchfahrt für alle Fahrzeuge außer Straßenbahnen? " * 4,
    "English": "Which sign means that no vehicle may enter, unless it is a tram or a bus on its route?  " * 4,
    "Hindi": "कौन सा चिन्ह सभी वाहनों के प्रवेश पर रोक लगाता है? " * 3,
    "accents apart": "Quel panneau interdit l\u2019acce\u0300s a\u0300 tous les ve\u0301hicules\u00a0? " * 6,
    "umlauts apart": "Welches Schild gilt fu\u0308r alle Kraftra\u0308der und Zu\u0308ge der Behörden? " * 6,
    "Thai": "ป้ายจราจรใดห้ามรถทุกชนิดเข้า ยกเว้นรถประจำทางและรถราง? " * 3,
    "Korean": "모든 차량의 통행을 금지하는 표지판은 무엇입니까? 노선버스는 제외합니다. " * 4,
    "Arabic": "ما هي الإشارة التي تمنع دخول جميع المركبات باستثناء الحافلات والترام؟ " * 3,
    "Chinese": "哪个标志表示禁止所有车辆通行\uff0c但公交车和有轨电车除外\uff1f请选择正确答案。" * 4,
    "Hangul apart": normalize("NFD", "모든 차량의 통행을 금지하는 표지판은 무엇입니까? ") * 3,
}
"""Of some 360 bytes each."""

TOLD: Final = ("English", "Hangul apart")
"""Not promised: Python is at its fastest with ASCII; hardly anybody writes jamo."""

TEXTS: Final = 500
STRANGE_TEXTS: Final = 20_000


def measure(effort: Effort) -> Iterator[Outcome]:
    """Yield the outcomes: time by language, and how many of many strange texts come out differently."""
    for language, question in QUESTIONS.items():
        times = digests([f"{question}{number}" for number in range(effort.size(TEXTS))], effort)
        limit = None if language in TOLD else 0.3
        detail = ", ".join(f"{each} {times.typical(each):.0f} ns" for each in times.by_name)
        yield Outcome(STRUCTURE, f"{language} / Python", times.ratio("native", "Python"), "x", limit, detail)
    if unidata_version != UNICODE_VERSION:
        return  # this Python's definition is not that of the frozen tables
    texts = [*characters(effort), *strange_texts(effort)]
    wrong = sum(normalised_md5(text) != baselines.normalised_md5(text) for text in texts)
    yield Outcome(STRUCTURE, "unequal digests", wrong, "of", 0, f"of {len(texts):,} texts")


def digest_in_python(_: None, texts: Iterable[str]) -> None:
    for text in texts:
        normal = " ".join(normalize("NFKC", text).casefold().split())
        md5(normal.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()


def digests(texts: list[str], effort: Effort) -> Times:
    """Time both ways."""
    return alternate(
        [
            contender("native", loops.call, lambda: (normalised_md5, texts), texts, loops.nothing),
            contender("Python", digest_in_python, lambda: (None, texts), texts, loops.nothing),
        ],
        effort.rounds,
    )


def characters(effort: Effort) -> Iterator[str]:
    """Yield every character there is, alone and behind a letter it may join."""
    for number in range(0, sys.maxunicode + 1, effort.shrink):
        yield chr(number)
        yield f"a{chr(number)} b"


def strange_texts(effort: Effort) -> Iterator[str]:
    """Yield texts of characters from all over, those with a decomposition or a case preferred."""
    generator = random.Random(1)
    special = [
        chr(number)
        for number in range(sys.maxunicode + 1)
        if normalize("NFKC", chr(number)) != chr(number) or chr(number).casefold() != chr(number)
    ]
    special += [chr(number) for number in range(0x300, 0x370)] + list(" \t\n\x1f\x85\xa0\u3000")
    for _ in range(effort.size(STRANGE_TEXTS)):
        yield "".join(generator.choices(special, k=generator.randrange(1, 40)))
