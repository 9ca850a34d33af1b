"""What is written in the folder is what the compiled bank gives."""

from __future__ import annotations

import base64
import io
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from importing.bank_folder import (
    FILES,
    MANIFEST,
    SIGNS,
    SPEED,
    STOP,
    TODAY,
    edited,
    image_bytes,
    write_bank,
)
from lplate.adapters.bank_file import BankFile, BankFileWriter
from lplate.domain.question import Media, NumericAnswer, Option, Question, QuestionType
from lplate.errors import BankError
from lplate.importing.compiling import compile_bank

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    Compiled = Callable[..., BankFile]


@pytest.fixture
def compiled(tmp_path: Path, request: pytest.FixtureRequest) -> Compiled:
    """Return a function that compiles the small bank, with files changed, and opens it."""

    def compiled_bank(changed: dict[str, str | bytes] | None = None, today: date = TODAY) -> BankFile:
        number = len(list(tmp_path.iterdir()))
        path = tmp_path / f"{number}.bank"
        compile_bank(write_bank(tmp_path / f"source-{number}", changed), BankFileWriter(path), today=today)
        bank = BankFile.open(path)
        request.addfinalizer(bank.close)
        return bank

    return compiled_bank


def offered(bank: BankFile) -> list[str]:
    """Return what the bank lets one practise."""
    seen, found = b"", []
    while (question_id := bank.unseen(seen, (), (), 1)) is not None:
        found.append(question_id)
        seen = bank.mark_seen(seen, (question_id,))
    return sorted(found)


def test_questions_come_out_as_they_were_written(compiled: Compiled) -> None:
    """Every field of a question survives, in the order of languages and options."""
    bank = compiled()
    both = Question(
        id="signs-both",
        rev=3,
        type=QuestionType.MULTI,
        topics=("signs", "speed"),
        text={"en": "What may be round?", "de": "Was kann rund sein?"},
        options=(
            Option("a", {"en": "A wheel", "de": "Ein Rad"}, correct=True),
            Option("b", {"en": "A sign", "de": "Ein Zeichen"}, correct=True),
            Option("c", {"en": "A corner", "de": "Eine Ecke"}, correct=False),
        ),
        explanation={},
        sources=(),
        shuffle=False,
    )
    assert bank.question("signs-both") == both
    stop = bank.question("signs-stop")
    assert stop is not None
    assert (stop.points, stop.sources) == (4, ("Vienna Convention 1968, B 2",))
    assert stop.explanation == {"en": "It says so.", "de": "Es steht da."}
    tread = bank.question("speed-tread")
    assert tread is not None
    assert tread.answer == NumericAnswer(Decimal("1.6"), "mm", Decimal("0.1"))


def test_translations_join_the_inline_texts(compiled: Compiled) -> None:
    """Text, options, explanation and alt may each come from i18n; the order is the bank's."""
    signs = SIGNS.replace("{en: What now?, de: Was nun?}", "{en: What now?}").replace(", de: Halten", "")
    signs = signs.replace(", de: Rotes Achteck", "").replace(", de: Es steht da.", "")
    german = "signs-stop:\n  text: Nun?\n  explanation: So.\n  options: {a: Halt}\n  media: {alt: Rot}\n"
    bank = compiled({"questions/signs.yaml": signs, "i18n/de.yaml": german + FILES["i18n/de.yaml"]})
    stop = bank.question("signs-stop")
    assert stop is not None
    assert stop.media is not None
    assert (stop.text["de"], stop.explanation["de"], stop.media.alt["de"]) == ("Nun?", "So.", "Rot")
    assert [option.text["de"] for option in stop.options] == ["Halt", "Weiterfahren"]
    faster = bank.question("speed-faster")
    assert faster is not None
    assert list(faster.text) == ["en", "de"]


def test_texts_are_trimmed_and_keep_their_lines(compiled: Compiled) -> None:
    """Space around a text is dropped, line breaks within stay."""
    text = '{en: "  One\\n\\nTwo ", de: Was nun?}'
    stop = compiled(edited("questions/signs.yaml", "{en: What now?, de: Was nun?}", text)).question(
        "signs-stop"
    )
    assert stop is not None
    assert stop.text["en"] == "One\n\nTwo"


def test_every_scalar_is_a_text(compiled: Compiled) -> None:
    """What plain YAML would turn into a truth value, a number or a time stays what it was."""
    old = "{en: Stop, de: Halten}"
    stop = compiled(edited("questions/signs.yaml", old, "{en: NO, de: 12:30}")).question("signs-stop")
    assert stop is not None
    assert stop.options[0].text == {"en": "NO", "de": "12:30"}


class TestOrder:
    def test_topics_own_ranges_in_the_order_of_the_manifest(self, compiled: Compiled) -> None:
        """Questions are numbered by home topic as bank.yaml lists them, not as files sort."""
        head, signs, speed = MANIFEST.partition("  - id: signs\n    name: {en: Signs, de: Zeichen}\n")
        info = compiled({"bank.yaml": head + speed + signs}).info
        assert [(topic.id, topic.first, topic.count) for topic in info.topics] == [
            ("speed", 0, 2),
            ("signs", 2, 2),
        ]

    def test_topics_without_questions_are_left_out(self, compiled: Compiled) -> None:
        """A topic appears if it owns questions or shares some, else a learner would find nothing there."""
        bank = compiled(
            {
                "bank.yaml": MANIFEST + "  - id: sea\n    name: {en: Sea, de: See}\n",
                "questions/speed.yaml": "[]",
                "i18n/de.yaml": "{}",
            }
        )
        assert [(topic.id, topic.count) for topic in bank.info.topics] == [("signs", 2), ("speed", 0)]
        assert bank.unseen(b"", ("speed",), (), 1) == "signs-both"


class TestDigest:
    def test_same_source_gives_same_bytes(self, compiled: Compiled, tmp_path: Path) -> None:
        """Compiling is deterministic down to the file's bytes, wherever the folder lies."""
        first, second = compiled(), compiled()
        assert first.info == second.info
        paths = sorted(tmp_path.glob("*.bank"))
        assert paths[0].read_bytes() == paths[1].read_bytes()

    @pytest.mark.parametrize(
        "changed",
        [
            edited("bank.yaml", 'version: "1.0"', 'version: "1.1"'),
            edited("questions/signs.yaml", "en: Drive on", "en: Go on"),
            edited("questions/signs.yaml", "points: 4", "points: 5"),
            edited("questions/signs.yaml", "en: Red octagon", "en: Octagon"),
            edited("media/stop.svg", "#c8141e", "#c8141f"),
            {"questions/speed.yaml": SPEED + "  replaced_by: speed-tread\n"},
            {"questions/speed.yaml": "- " + "- ".join(reversed(SPEED[2:].split("\n- "))).rstrip() + "\n"},
        ],
        ids=["version", "option", "points", "alt", "drawing", "withdrawal", "order"],
    )
    def test_change_of_content_changes_the_digest(
        self, compiled: Compiled, changed: dict[str, str | bytes]
    ) -> None:
        """Whatever a learner could notice makes another digest."""
        assert compiled(changed).info.digest != compiled().info.digest

    def test_change_of_spelling_keeps_the_digest(self, compiled: Compiled) -> None:
        """Comments, quotes, file names of pictures and the place of translations do not matter."""
        signs = "# a comment\n" + SIGNS.replace("{en: Stop,", '{en: "Stop",').replace("stop.svg", "halt.svg")
        speed = SPEED.replace("distance.}", "distance., de: Doppeltes Tempo heißt doppelter Bremsweg.}")
        changed: dict[str, str | bytes] = {"questions/signs.yaml": signs, "questions/speed.yaml": speed}
        source = {"media/halt.svg": STOP, "i18n/de.yaml": "{}"}
        assert compiled(changed | source).info.digest == compiled().info.digest


class TestDates:
    @pytest.mark.parametrize(
        ("fields", "is_offered"),
        [
            ("  valid_to: 2026-06-14\n", False),
            ("  valid_to: 2026-06-15\n", True),
            ("  valid_to: 9999-12-31\n", True),
            ("  valid_from: 2026-06-15\n", True),
            ("  valid_from: 2026-06-16\n", False),
            ("  replaced_by: speed-tread\n", False),
            ("  replaced_by: speed-tread\n  valid_to: 2026-06-15\n", True),
        ],
    )
    def test_question_is_practised_from_its_first_to_its_last_day(
        self, compiled: Compiled, fields: str, *, is_offered: bool
    ) -> None:
        """Both days count; a question with an heir and no last day is withdrawn at once."""
        bank = compiled({"questions/speed.yaml": SPEED + fields})
        assert ("speed-faster" in offered(bank)) is is_offered
        assert bank.in_topics("speed-faster", ()) is is_offered
        assert bank.info.size == (4 if is_offered else 3)

    def test_withdrawn_question_can_still_be_looked_up(self, compiled: Compiled) -> None:
        """A learner who has it open may answer it, and nothing marks it as seen."""
        bank = compiled({"questions/speed.yaml": SPEED + "  valid_to: 2020-01-01\n"})
        question = bank.question("speed-faster")
        assert question is not None
        assert question.id == "speed-faster"
        assert bank.mark_seen(b"", ("speed-faster",)) == bank.mark_seen(b"", ())

    def test_bank_with_no_valid_question_is_refused(self, tmp_path: Path) -> None:
        """A bank whose time is over says so instead of compiling to nothing."""
        speed = SPEED.replace("  type", "  valid_to: 2020-01-01\n  type")
        folder = write_bank(
            tmp_path / "source", {"questions/signs.yaml": "[]", "questions/speed.yaml": speed}
        )
        with pytest.raises(BankError, match="no question is valid on 2026-06-15"):
            compile_bank(folder, BankFileWriter(tmp_path / "mini.bank"), today=TODAY)


GRADIENT = """\
<svg xmlns="http://www.w3.org/2000/svg" width="300px" height="200px" viewBox="0 0 3 2">
  <linearGradient id="sky"><stop stop-color="#f00"/><stop offset="1" stop-color="#0f8"/></linearGradient>
  <rect width="3" height="2" fill="url(#sky)"/>
</svg>
"""


def shown(bank: BankFile) -> tuple[Media, Image.Image]:
    """Return what the bank says of its picture, and the picture."""
    stop = bank.question("signs-stop")
    assert stop is not None
    assert stop.media is not None
    with Image.open(io.BytesIO(bank.media(stop.media.digest))) as image:
        return stop.media, image.convert("RGB")


class TestPictures:
    def test_drawing_becomes_a_small_png(self, compiled: Compiled) -> None:
        """A drawing is 960 pixels wide, keeps its shape and its colours, and takes a few kilobytes."""
        bank = compiled()
        media, image = shown(bank)
        assert (media.mime, media.width, media.height) == ("image/png", 960, 720)
        assert image.size == (960, 720)
        assert image.getpixel((10, 10)) == (0xE9, 0xEE, 0xF3)
        assert image.getpixel((480, 360)) == (0xC8, 0x14, 0x1E)
        assert len(bank.media(media.digest)) < 10_000

    def test_nothing_behind_a_drawing_is_white(self, compiled: Compiled) -> None:
        """Where a drawing is transparent it becomes white, not the black of a converted photo."""
        _, image = shown(compiled({"media/stop.svg": STOP.replace("<rect", "<!--").replace('f3"/>', "-->")}))
        assert image.getpixel((10, 10)) == (255, 255, 255)

    def test_like_colours_stay_apart(self, compiled: Compiled) -> None:
        """A palette keeps every colour of a sign exactly, however near the next one is."""
        like = (
            '<rect width="20" height="20" fill="#e8eef3"/><rect width="9" height="9" fill="#e9edf2"/></svg>'
        )
        _, image = shown(compiled({"media/stop.svg": STOP.replace("</svg>", like)}))
        background, corner, speck = (image.getpixel(place) for place in ((900, 700), (200, 200), (60, 60)))
        assert (background, corner) == ((0xE9, 0xEE, 0xF3), (0xE8, 0xEE, 0xF3))
        assert speck == (0xE9, 0xED, 0xF2)

    def test_soft_colours_stay_soft(self, compiled: Compiled) -> None:
        """A gradient of more colours than a palette holds is kept within what an eye tells apart."""
        media, image = shown(compiled({"media/stop.svg": GRADIENT}))
        assert (media.width, media.height) == (960, 640)
        for x in range(0, 960, 40):
            share = (x + 0.5) / 960
            expected = (255 * (1 - share), 255 * share, 136 * share)
            pixel = image.getpixel((x, 300))
            assert isinstance(pixel, tuple)
            assert all(abs(level - wanted) <= 10 for level, wanted in zip(pixel, expected, strict=True))

    def test_picture_in_a_drawing_may_be_embedded(self, compiled: Compiled) -> None:
        """A raster inside the file is no reference to the outside."""
        data = base64.b64encode(image_bytes("blue")).decode()
        embedded = f'<image width="64" height="48" href="data:image/png;base64,{data}"/></svg>'
        _, image = shown(compiled({"media/stop.svg": STOP.replace("</svg>", embedded)}))
        assert image.getpixel((480, 360)) == (0, 0, 255)

    @pytest.mark.parametrize(("kind", "mime"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
    def test_photograph_goes_as_it_is(self, compiled: Compiled, kind: str, mime: str) -> None:
        """PNG and JPEG are sent byte for byte, whatever their file is called."""
        photo = image_bytes(kind=kind)
        changed = edited("questions/signs.yaml", "media/stop.svg", "media/stop.bin")
        bank = compiled({**changed, "media/stop.bin": photo})
        media, _ = shown(bank)
        assert (media.mime, media.width, media.height) == (mime, 40, 30)
        assert bank.media(media.digest) == photo

    def test_picture_of_two_files_is_stored_once(self, compiled: Compiled) -> None:
        """Equal bytes under two names are one picture, uploaded once."""
        wheel = "  options:\n    a: {text: {en: A wheel"
        signs = SIGNS.replace(wheel, f"  media: {{file: media/b.png}}\n{wheel}").replace("stop.svg", "a.png")
        red = image_bytes()
        bank = compiled({"questions/signs.yaml": signs, "media/a.png": red, "media/b.png": red})
        first, second = bank.question("signs-stop"), bank.question("signs-both")
        assert first is not None
        assert second is not None
        assert first.media is not None
        assert second.media is not None
        assert first.media.digest == second.media.digest
