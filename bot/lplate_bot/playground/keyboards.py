"""Check and tidy reply markups as Telegram does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lplate_bot.playground.errors import bad_request
from lplate_bot.playground.formatting.links import checked_url, user_of_link
from lplate_bot.playground.formatting.utf16 import utf16_length

if TYPE_CHECKING:
    from lplate_bot.playground.objects import Json

MAX_CALLBACK_BYTES: Final = 64
MAX_COPY_LENGTH: Final = 256
STYLES: Final = frozenset({"danger", "success", "primary"})
BUTTON_TYPES: Final = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
)  # fmt: skip
NAKED: Final = "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"


@dataclass(frozen=True, slots=True)
class Markup:
    """A reply markup, told apart: at most one of the two is there."""

    inline: Json | None = None
    interface: Json | None = None
    """A reply keyboard, its removal or a forced reply."""


def checked_markup(markup: Json | None) -> Markup:
    """Return the markup as the message keeps it; an empty keyboard is none.

    Raises:
        ApiError: 400, a button is wrong.
    """
    if not markup:
        return Markup()
    if "inline_keyboard" in markup:
        rows = [[_inline_button(button) for button in row] for row in markup["inline_keyboard"] if row]
        return Markup(inline={"inline_keyboard": rows} if rows else None)
    if "keyboard" in markup:
        _check_reply_keyboard(markup)
    return Markup(interface=markup)


def callback_data(markup: Json | None) -> frozenset[str]:
    """Return the data of all callback buttons."""
    rows = (markup or {}).get("inline_keyboard", ())
    return frozenset(button["callback_data"] for row in rows for button in row if "callback_data" in button)


def _inline_button(button: Json) -> Json:
    if not button["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")
    if "style" in button and button["style"] not in STYLES:
        raise bad_request("invalid button style specified")
    kind = next((kind for kind in BUTTON_TYPES if kind in button), None)
    if kind is None:
        raise bad_request(NAKED)
    if kind == "callback_data" and not 1 <= len(button[kind].encode()) <= MAX_CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if kind == "copy_text" and not 1 <= utf16_length(button[kind]["text"]) <= MAX_COPY_LENGTH:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if kind == "url":
        return _url_button(button)
    return button


def _url_button(button: Json) -> Json:
    url = checked_url(button["url"])
    if url is None:
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    return button if user_of_link(url) else {**button, "url": url}


def _check_reply_keyboard(markup: Json) -> None:
    rows = [row for row in markup["keyboard"] if row]
    if not rows:
        raise bad_request("reply keyboard must be non-empty")
    if any(not button["text"].strip() for row in rows for button in row):
        raise bad_request("keyboard button text must be non-empty")
