"""The bot's own words, from gettext catalogues."""

from __future__ import annotations

import gettext
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final

from lplate.domain.learner import LANGUAGE_SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lplate.domain.learner import Learner

DOMAIN: Final = "lplate"
SOURCE_LANGUAGE: Final = "en"
UI_LANGUAGES: Final = ("en", "de")

Texts = gettext.NullTranslations
"""Translate by ``gettext(message)`` and ``ngettext(one, many, count)``."""


@cache
def texts(language: str) -> Texts:
    """Return the words in *language* (ISO 639-1), English where there is no catalogue."""
    if language == SOURCE_LANGUAGE or language not in UI_LANGUAGES:
        return gettext.NullTranslations()
    with as_file(files("lplate") / "data" / "locale") as folder:
        return gettext.translation(DOMAIN, folder, languages=[language])


def ui_language(wanted: Iterable[str]) -> str:
    """Return the first of *wanted* (codes or IETF tags) that the bot speaks, English if none."""
    spoken = (tag[:2].lower() for tag in wanted)
    return next((language for language in spoken if language in UI_LANGUAGES), SOURCE_LANGUAGE)


def texts_for(learner: Learner) -> Texts:
    """Return the bot's words for a learner: their main language, else that of their Telegram app."""
    return texts(language_for(learner))


def language_for(learner: Learner) -> str:
    """Return the language of texts_for()."""
    return own_language(learner.language, learner.client_language)


@lru_cache(maxsize=1024)
def own_language(language: str, client_language: str) -> str:
    """Return the language of texts_for() for a learner of these two."""
    return ui_language((*language.split(LANGUAGE_SEPARATOR), client_language))
