"""Trim a machine-readable Bot API description to the facts the playground's server needs.

Run by hand when the server learns a method:

    python tests/playground/trim_botapi.py api.json bot/lplate_bot/playground/botapi.json

*api.json* is a description of Telegram Bot API 10.1 (11 June 2026, https://core.telegram.org/bots/api) in the
form of https://github.com/PaulSonOfLars/telegram-bot-api-spec. Only names, types and "required" are kept.
A field's type is written `Integer`, `Array of X`, alternatives joined by `|`, with a final `!` if required.
Types that are not kept are written `Object`: the server passes them by.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

METHODS = """
getMe logOut close getUpdates setWebhook deleteWebhook getWebhookInfo sendMessage sendPhoto
sendDocument sendPoll stopPoll sendChatAction copyMessage forwardMessage editMessageText
editMessageCaption editMessageMedia editMessageReplyMarkup deleteMessage deleteMessages
answerCallbackQuery setMessageReaction getChat getChatMember getFile setMyCommands getMyCommands
deleteMyCommands setMyDescription getMyDescription setMyShortDescription getMyShortDescription
setMyName getMyName setChatMenuButton getChatMenuButton pinChatMessage unpinChatMessage
unpinAllChatMessages
"""

TYPES = """
Update User Chat ChatFullInfo Message MaybeInaccessibleMessage InaccessibleMessage MessageEntity
MessageId PhotoSize Document File InlineKeyboardMarkup InlineKeyboardButton ReplyKeyboardMarkup
KeyboardButton ReplyKeyboardRemove ForceReply CopyTextButton WebAppInfo LoginUrl
SwitchInlineQueryChosenChat CallbackQuery ReplyParameters LinkPreviewOptions InputMedia
InputMediaPhoto InputMediaDocument InputPollMedia Poll PollOption PollAnswer PollMedia
InputPollOption ChatMember ChatMemberOwner ChatMemberAdministrator ChatMemberMember
ChatMemberRestricted ChatMemberLeft ChatMemberBanned ChatMemberUpdated BotCommand BotCommandScope
BotCommandScopeDefault BotCommandScopeAllPrivateChats BotCommandScopeAllGroupChats
BotCommandScopeAllChatAdministrators BotCommandScopeChat BotCommandScopeChatAdministrators
BotCommandScopeChatMember MenuButton MenuButtonCommands MenuButtonWebApp MenuButtonDefault
ReactionType ReactionTypeEmoji ReactionTypeCustomEmoji ReactionTypePaid WebhookInfo BotName
BotDescription BotShortDescription MessageOrigin MessageOriginUser MessageOriginHiddenUser
MessageOriginChat MessageOriginChannel TextQuote AcceptedGiftTypes
"""

SCALARS = frozenset({"Integer", "String", "Boolean", "Float", "InputFile"})
TAGS = ("type", "status", "source")
CONSTANT = re.compile(r"(?:must be |always )[\"“]?(\w+)[\"”]?$")


def main(source: Path, target: Path) -> None:
    """Read the full description at *source* and write the extract to *target*."""
    full = json.loads(source.read_text(encoding="utf-8"))
    extract = {
        "source": "Telegram Bot API 10.1, 11 June 2026, https://core.telegram.org/bots/api",
        "methods": {name: trimmed_method(full["methods"][name]) for name in METHODS.split()},
        "types": {name: trimmed_type(full["types"], name) for name in TYPES.split()},
    }
    target.write_text(json.dumps(extract, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def trimmed_method(method: dict[str, Any]) -> dict[str, Any]:
    """Return what a method takes and gives."""
    return {"returns": joined(method["returns"]), "parameters": trimmed_fields(method.get("fields", []))}


def trimmed_type(types: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the fields of a type, or its variants and the field that tells them apart."""
    variants = [variant for variant in types[name].get("subtypes", []) if variant in TYPES.split()]
    if not variants:
        return {"fields": trimmed_fields(types[name].get("fields", []))}
    tagged = [tag for variant in variants if (tag := tag_of(types[variant])) is not None]
    if len(tagged) < len(variants):
        return {"variants": variants}
    return {
        "tag": tagged[0][0],
        "variants": {constant: variant for (_, constant), variant in zip(tagged, variants, strict=True)},
    }


def tag_of(kind: dict[str, Any]) -> tuple[str, str] | None:
    """Return the name and the constant value of the field that marks a variant."""
    for field in kind.get("fields", []):
        found = CONSTANT.search(field["description"]) if field["name"] in TAGS else None
        if found:
            return field["name"], found.group(1)
    return None


def trimmed_fields(fields: list[dict[str, Any]]) -> dict[str, str]:
    """Return each field's type in the compact notation of the module's docstring."""
    return {field["name"]: joined(field["types"]) + "!" * field["required"] for field in fields}


def joined(types: list[str]) -> str:
    """Write alternatives as one word; a type outside the extract becomes Object."""
    return "|".join(dict.fromkeys(kept(name) for name in types))


def kept(name: str) -> str:
    """Return *name* with its innermost type replaced by Object if the extract leaves it out."""
    prefix, arrays, inner = name.rpartition("Array of ")
    return prefix + arrays + (inner if inner in SCALARS or inner in TYPES.split() else "Object")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
