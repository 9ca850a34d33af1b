from __future__ import annotations

import ast
import gettext
import re
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

from lplate_bot.render.texts import DOMAIN, SOURCE_LANGUAGE, UI_LANGUAGES, texts
from texts.catalogues import LANGUAGES, ROOT, as_mo, as_po, catalogue_path, extracted, merged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from babel.messages.catalog import Catalog, Message

CODE = ROOT / "bot" / "lplate_bot"
FUNCTIONS = {"gettext": 1, "ngettext": 2}
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd%]|\{\w*\}|<[^>]+>")
STALE = "run `make texts`, translate what is new, and run it again"


def sources() -> list[Path]:
    return sorted(CODE.rglob("*.py"))


def translating_calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in FUNCTIONS
        ):
            yield node


def stored(language: str) -> Catalog:
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> list[Message]:
    return [message for message in stored(language) if message.id]


def forms(value: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def test_all_languages_of_the_bot_have_a_catalogue() -> None:
    """All but English, which is in the code."""
    assert set(LANGUAGES) == set(UI_LANGUAGES) - {SOURCE_LANGUAGE}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_is_up_to_date_with_the_code(language: str) -> None:
    """It holds exactly the messages of the code, as ``make texts`` would write them."""
    assert catalogue_path(language).read_bytes() == as_po(merged(language)), STALE


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_source(language: str) -> None:
    """What gettext reads is what translators wrote."""
    compiled = catalogue_path(language).with_suffix(".mo").read_bytes()
    assert compiled == as_mo(read_po(BytesIO(as_po(merged(language))), locale=language)), STALE


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_untranslated_or_uncertain(language: str) -> None:
    """Every form of every message is filled in, and none is marked fuzzy."""
    catalog = stored(language)
    open_ends = [
        message.id for message in messages(language) if message.fuzzy or not all(forms(message.string))
    ]
    assert open_ends == []
    plural = [message for message in messages(language) if not isinstance(message.id, str)]
    assert plural
    assert all(len(forms(message.string)) == catalog.num_plurals for message in plural)


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_markup_agree(language: str) -> None:
    """A translation takes the same values, and opens and closes the same tags, as the message."""
    for message in messages(language):
        wanted = sorted(PLACEHOLDER.findall(forms(message.id)[-1]))
        for translation in forms(message.string):
            assert sorted(PLACEHOLDER.findall(translation)) == wanted, message.id


def test_every_message_in_the_code_is_found() -> None:
    """What the code asks for by parsing it is what Babel extracts: nothing hides from translators."""
    asked: set[str] = set()
    for path in sources():
        for call in translating_calls(ast.parse(path.read_text())):
            asked |= {str(argument.value) for argument in call.args[:1] if isinstance(argument, ast.Constant)}
    assert asked == {forms(message.id)[0] for message in extracted() if message.id}


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(CODE).as_posix())
def test_messages_are_literals(path: Path) -> None:
    """A message built at run time would be in no catalogue."""
    for call in translating_calls(ast.parse(path.read_text())):
        assert isinstance(call.func, ast.Attribute)
        for argument in call.args[: FUNCTIONS[call.func.attr]]:
            assert isinstance(argument, ast.Constant), f"{path}:{call.lineno}"
            assert isinstance(argument.value, str), f"{path}:{call.lineno}"


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(CODE).as_posix())
def test_no_message_stands_inside_an_f_string(path: Path) -> None:
    """Babel does not look into f-strings on Python 3.11."""
    strings = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.JoinedStr)]
    hidden = [f"{path}:{call.lineno}" for string in strings for call in translating_calls(string)]
    assert hidden == []


def test_the_source_language_needs_no_file() -> None:
    """English comes from the code, and so does every language without a catalogue."""
    for language in (SOURCE_LANGUAGE, "xx"):
        assert type(texts(language)) is gettext.NullTranslations
    assert texts("de").info()["language"] == "de"
    assert DOMAIN == "lplate"
