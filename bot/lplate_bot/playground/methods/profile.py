"""Commands, names, descriptions and the menu button."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from lplate_bot.playground.errors import bad_request
from lplate_bot.playground.formatting.utf16 import utf16_length
from lplate_bot.playground.objects import BotCommand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lplate_bot.playground.bots import Bot
    from lplate_bot.playground.call import Call, Handler

COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")
LANGUAGE: Final = re.compile(r"[a-z]{2}")
MAX_COMMANDS: Final = 100
MAX_COMMAND_DESCRIPTION: Final = 256
MAX_NAME, MAX_DESCRIPTION, MAX_SHORT_DESCRIPTION = 64, 512, 120
PRIVATE_SCOPES: Final = ("chat:{chat_id}", "all_private_chats", "default")
"""The scopes that Telegram looks through for a private chat, the nearest first."""


def set_my_commands(call: Call) -> bool:
    """Set the commands of one scope and language."""
    commands = call.params["commands"]
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    key = _key(call)
    call.bot.account.profile.commands[key] = [_command(command) for command in commands]
    call.messenger.is_dirty = True
    return True


def get_my_commands(call: Call) -> list[BotCommand]:
    """Return the commands of exactly this scope and language."""
    return call.bot.account.profile.commands.get(_key(call), [])


def delete_my_commands(call: Call) -> bool:
    """Remove the commands of one scope and language."""
    call.bot.account.profile.commands.pop(_key(call), None)
    call.messenger.is_dirty = True
    return True


def commands_for(bot: Bot, chat_id: int, language_code: str | None) -> list[BotCommand]:
    """Return the commands a learner sees in the private chat."""
    for scope in PRIVATE_SCOPES:
        for language in (language_code or "", ""):
            commands = bot.account.profile.commands.get(f"{scope.format(chat_id=chat_id)}/{language}")
            if commands:
                return commands
    return []


def text_for(texts: Mapping[str, str], language_code: str | None, default: str = "") -> str:
    """Return the text of a language, else that for all languages, else *default*."""
    return texts.get(language_code or "") or texts.get("") or default


def set_my_name(call: Call) -> bool:
    """Set the bot's name in one language; without a language it shows in messages, too."""
    _set_text(call, call.bot.account.profile.names, "name", MAX_NAME)
    account = call.bot.account
    account.user = structs.replace(
        account.user, first_name=account.profile.names.get("", account.user.first_name)
    )
    return True


def get_my_name(call: Call) -> dict[str, str]:
    """Return the bot's name in one language."""
    names = call.bot.account.profile.names
    return {"name": text_for(names, _language(call), call.bot.account.user.first_name)}


def set_my_description(call: Call) -> bool:
    """Set the text shown in the empty chat."""
    return _set_text(call, call.bot.account.profile.descriptions, "description", MAX_DESCRIPTION)


def get_my_description(call: Call) -> dict[str, str]:
    """Return the text shown in the empty chat."""
    return {"description": text_for(call.bot.account.profile.descriptions, _language(call))}


def set_my_short_description(call: Call) -> bool:
    """Set the text shown on the bot's profile page."""
    texts = call.bot.account.profile.short_descriptions
    return _set_text(call, texts, "short_description", MAX_SHORT_DESCRIPTION)


def get_my_short_description(call: Call) -> dict[str, str]:
    """Return the text shown on the bot's profile page."""
    return {"short_description": text_for(call.bot.account.profile.short_descriptions, _language(call))}


def set_chat_menu_button(call: Call) -> bool:
    """Set the button beside the input field, for one chat or for all."""
    button = call.params.get("menu_button", {"type": "default"})
    call.bot.account.profile.menu_buttons[_menu_key(call)] = button
    call.messenger.is_dirty = True
    return True


def get_chat_menu_button(call: Call) -> dict[str, Any]:
    """Return the button beside the input field."""
    buttons = call.bot.account.profile.menu_buttons
    return buttons.get(_menu_key(call)) or buttons.get("") or {"type": "commands"}


def _set_text(call: Call, texts: dict[str, str], name: str, limit: int) -> bool:
    text = call.params.get(name, "")
    language = _language(call)
    if utf16_length(text) > limit:
        raise bad_request(f"bot {name.replace('_', ' ')} is too long")
    if text:
        texts[language] = text
    else:
        texts.pop(language, None)
    call.messenger.is_dirty = True
    return True


def _language(call: Call) -> str:
    language: str = call.params.get("language_code", "")
    if language and not LANGUAGE.fullmatch(language):
        raise bad_request("LANG_CODE_INVALID")
    return language


def _key(call: Call) -> str:
    scope = call.params.get("scope", {"type": "default"})
    parts = [scope["type"], *(str(scope[name]) for name in ("chat_id", "user_id") if name in scope)]
    if "chat_id" in scope:
        call.messenger.find_chat(call.bot, scope["chat_id"])
    return f"{':'.join(parts)}/{_language(call)}"


def _command(command: Mapping[str, str]) -> BotCommand:
    name = command["command"].removeprefix("/")
    if not COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    description = command["description"].strip()
    if not 1 <= utf16_length(description) <= MAX_COMMAND_DESCRIPTION:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return BotCommand(name, description)


def _menu_key(call: Call) -> str:
    chat_id = call.get("chat_id")
    if chat_id is None:
        return ""
    call.messenger.find_chat(call.bot, chat_id)
    return str(chat_id)


HANDLERS: Final[Mapping[str, Handler]] = {
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": set_my_name,
    "getMyName": get_my_name,
    "setMyDescription": set_my_description,
    "getMyDescription": get_my_description,
    "setMyShortDescription": set_my_short_description,
    "getMyShortDescription": get_my_short_description,
    "setChatMenuButton": set_chat_menu_button,
    "getChatMenuButton": get_chat_menu_button,
}
