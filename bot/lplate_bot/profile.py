"""How the bot presents itself: commands and descriptions in every language it speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lplate_bot.handlers.help import commands
from lplate_bot.render.texts import SOURCE_LANGUAGE, UI_LANGUAGES, texts

if TYPE_CHECKING:
    from collections.abc import Iterable


def operator_calls(admins: Iterable[int]) -> list[tuple[str, bytes]]:
    """Return the calls that add /admin to the menu of each operator, and of nobody else."""
    calls = []
    for language in UI_LANGUAGES:
        words = texts(language)
        listed = [*commands(words), ("admin", words.gettext("look after the bot"))]
        menu = [{"command": name, "description": meaning} for name, meaning in listed]
        tongue = {} if language == SOURCE_LANGUAGE else {"language_code": language}
        for admin in admins:
            scope = {"scope": {"type": "chat", "chat_id": admin}}
            calls.append(("setMyCommands", msgspec.json.encode({"commands": menu, **scope, **tongue})))
    return calls


def profile_calls() -> list[tuple[str, bytes]]:
    """Return the calls (method, JSON body) that set commands and descriptions."""
    calls = []
    for language in UI_LANGUAGES:
        words = texts(language)
        scope = {} if language == SOURCE_LANGUAGE else {"language_code": language}
        listed = [{"command": name, "description": meaning} for name, meaning in commands(words)]
        description = words.gettext(
            "Practise for your driving theory test: questions with pictures, instant feedback, and mistakes "
            "that come back until they stick. Free, no account."
        )
        short = words.gettext("Practise for your driving theory test. Free, no account.")
        calls += [
            ("setMyCommands", msgspec.json.encode({"commands": listed, **scope})),
            ("setMyDescription", msgspec.json.encode({"description": description, **scope})),
            ("setMyShortDescription", msgspec.json.encode({"short_description": short, **scope})),
        ]
    return calls
