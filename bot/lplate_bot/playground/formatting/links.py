"""Tell links that Telegram keeps from those it drops, and links to users from the rest."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from msgspec.structs import replace

from lplate_bot.playground.objects import MessageEntity, User

USER_LINK: Final = re.compile(r"tg:(?://)?user\?id=(\d+)")
SCHEMES: Final = frozenset({"http", "https", "ftp", "tg", "ton", "tonsite"})
HOST: Final = re.compile(r"(?:[\w-]+\.)+[\w-]+|localhost|\d+(?:\.\d+){3}|\[[0-9a-fA-F:]+\]", re.ASCII)


def checked_url(url: str) -> str | None:
    """Return *url* as Telegram stores it, or None if it does not count as one."""
    url = url.strip()
    if "://" not in url and not url.startswith("tg:"):
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme.lower() not in SCHEMES:
        return None
    if parts.scheme.lower() in {"tg", "ton"}:
        return url
    known = HOST.fullmatch(host) or ("." in host and not host.isascii() and " " not in host)
    if not known:
        return None
    return url if parts.path or parts.query or parts.fragment else f"{url}/"


def user_of_link(url: str) -> int | None:
    """Return the user's id of a tg://user link."""
    match = USER_LINK.fullmatch(url)
    return int(match.group(1)) if match else None


def link_entity(url: str, entity: MessageEntity) -> list[MessageEntity]:
    """Return *entity* as a link to *url*, or nothing if Telegram would drop the link.

    A link to a user becomes a text_mention whose user is completed by the chat.
    """
    user_id = user_of_link(url)
    if user_id is not None:
        return [replace(entity, type="text_mention", user=User(user_id, is_bot=False, first_name=""))]
    checked = checked_url(url)
    return [replace(entity, type="text_link", url=checked)] if checked else []
