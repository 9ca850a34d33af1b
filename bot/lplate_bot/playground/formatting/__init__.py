"""Formatted text: markup and entities in, cleaned text and entities out, as Telegram does it."""

from lplate_bot.playground.formatting.text import FormattedText, format_text

__all__ = ["FormattedText", "format_text"]
