"""Markup, entities, cleaning and the entities Telegram finds by itself."""

from __future__ import annotations

import contextlib
import html
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lplate_bot.playground.errors import ApiError
from lplate_bot.playground.formatting import format_text
from lplate_bot.playground.formatting.html import parse_html
from lplate_bot.playground.formatting.markdown import parse_markdown, parse_markdown_v2
from lplate_bot.playground.formatting.utf16 import utf16_length

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lplate_bot.playground.objects import MessageEntity

    Span = tuple[str, int, int]

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)


def spans(entities: Iterable[MessageEntity]) -> list[Span]:
    return [(entity.type, entity.offset, entity.length) for entity in entities]


class TestHtml:
    @given(TEXTS)
    @example("a < b & c > d \"e\" 'f' &amp;lt;")
    def test_escaped_text_round_trips(self, text: str) -> None:
        """Escaped text comes back as it was, without entities."""
        assert parse_html(html.escape(text)) == (text, [])

    @given(TEXTS, TEXTS, TEXTS)
    def test_entities_cover_their_text_in_utf16(self, before: str, inside: str, after: str) -> None:
        """An entity's offset and length count UTF-16 code units of the text it covers."""
        source = f"{html.escape(before)}<b>{html.escape(inside)}</b>{html.escape(after)}"
        text, entities = parse_html(source)
        assert text == before + inside + after
        expected = [("bold", utf16_length(before), utf16_length(inside))] if inside else []
        assert spans(entities) == expected

    @given(TEXTS)
    def test_any_text_is_parsed_or_refused(self, text: str) -> None:
        """No input makes the parser fail in another way than by a ValueError."""
        with contextlib.suppress(ValueError):
            assert utf16_length(parse_html(text)[0]) <= utf16_length(text)

    @pytest.mark.parametrize(
        ("source", "kind"),
        [
            ("<b>x</b>", "bold"),
            ("<strong>x</strong>", "bold"),
            ("<i>x</i>", "italic"),
            ("<em>x</em>", "italic"),
            ("<u>x</u>", "underline"),
            ("<ins>x</ins>", "underline"),
            ("<s>x</s>", "strikethrough"),
            ("<strike>x</strike>", "strikethrough"),
            ("<del>x</del>", "strikethrough"),
            ("<tg-spoiler>x</tg-spoiler>", "spoiler"),
            ('<span class="tg-spoiler">x</span>', "spoiler"),
            ("<code>x</code>", "code"),
            ("<pre>x</pre>", "pre"),
            ("<blockquote>x</blockquote>", "blockquote"),
            ("<blockquote expandable>x</blockquote>", "expandable_blockquote"),
            ("<a href='https://x.org/'>x</a>", "text_link"),
            ("<a href='tg://user?id=5'>x</a>", "text_mention"),
            ('<tg-emoji emoji-id="5">x</tg-emoji>', "custom_emoji"),
            ('<tg-time unix="5" format="wDT">x</tg-time>', "date_time"),
            ("<B>x</B>", "bold"),
            ("<b  >x</b >", "bold"),
            ("<b>x</>", "bold"),
        ],
    )
    def test_tags(self, source: str, kind: str) -> None:
        """Every tag of the documentation makes its entity."""
        text, entities = parse_html(source)
        assert (text, spans(entities)) == ("x", [(kind, 0, 1)])

    @pytest.mark.parametrize(
        ("source", "words"),
        [
            ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
            ("ü<p>x</p>", 'Unsupported start tag "p" at byte offset 2'),
            ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
            ("x</b>", "Unexpected end tag at byte offset 1"),
            ("<b", "Unclosed start tag at byte offset 0"),
            ("a < b", 'Unsupported start tag "" at byte offset 2'),
            ("<a href='x", 'Unclosed start tag "a" at byte offset 0'),
            ("<b>x</b", "Unclosed end tag at byte offset 4"),
            ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
            ("<a href=x/y>x</a>", "Unexpected end of name token at byte offset 8"),
            ("<tg-time>x</tg-time>", 'Tag "tg-time" must have an integer attribute "unix" at byte offset 0'),
        ],
    )
    def test_faults(self, source: str, words: str) -> None:
        """Wrong markup is refused in Telegram's words, with the offset in bytes."""
        with pytest.raises(ValueError, match=re.escape(words)):
            parse_html(source)

    def test_language_of_code(self) -> None:
        """<pre><code class="language-..."> becomes one pre with its language."""
        _, entities = parse_html('<pre><code class="language-python">x</code></pre>')
        assert [(entity.type, entity.language) for entity in entities] == [("pre", "python")]

    def test_numeric_references(self) -> None:
        """Numeric references are decoded, unknown named ones stay."""
        assert parse_html("&#128663;&#x41;&nbsp;&copy;") == ("🚗A&nbsp;&copy;", [])

    def test_dropped_links(self) -> None:
        """A link that is no address leaves its text only."""
        assert parse_html("<a href='javascript:alert(1)'>x</a>") == ("x", [])


class TestMarkdownV2:
    @given(TEXTS)
    @example("1. a-b (c) [d] {e} #f +g =h |i| ~j~ >k! \\")
    def test_escaped_text_round_trips(self, text: str) -> None:
        """Text with every reserved character escaped comes back as it was."""
        escaped = re.sub(r"([_*\[\]()~`>#+\-=|{}.!\\])", r"\\\1", text)
        assert parse_markdown_v2(escaped) == (text, [])

    @pytest.mark.parametrize(
        ("source", "text", "expected"),
        [
            ("*b*", "b", [("bold", 0, 1)]),
            ("_i_", "i", [("italic", 0, 1)]),
            ("__u__", "u", [("underline", 0, 1)]),
            ("~s~", "s", [("strikethrough", 0, 1)]),
            ("||p||", "p", [("spoiler", 0, 1)]),
            ("`c\\`d`", "c`d", [("code", 0, 3)]),
            ("```py\nx = 1\n```", "x = 1\n", [("pre", 0, 6)]),
            ("[l](http://x.org/a\\)b)", "l", [("text_link", 0, 1)]),
            ("![🚗](tg://emoji?id=5)", "🚗", [("custom_emoji", 0, 2)]),
            ("![now](tg://time?unix=5&format=r)", "now", [("date_time", 0, 3)]),
            (">q\n>r\nx", "q\nr\nx", [("blockquote", 0, 3)]),
            ("a\n>q||", "a\nq", [("expandable_blockquote", 2, 1)]),
            ("*a _b_*", "a b", [("italic", 2, 1), ("bold", 0, 3)]),
            ("___iu_ u__", "iu u", [("italic", 0, 2), ("underline", 0, 4)]),
            ("**", "", []),
        ],
    )
    def test_entities(self, source: str, text: str, expected: list[Span]) -> None:
        """Every mark of the documentation makes its entity."""
        parsed, entities = parse_markdown_v2(source)
        assert (parsed, spans(entities)) == (text, expected)

    @pytest.mark.parametrize(
        ("source", "words"),
        [
            ("1.0", "Character '.' is reserved and must be escaped with the preceding '\\'"),
            ("a|b", "Character '|' is reserved and must be escaped with the preceding '\\'"),
            ("a > b", "Character '>' is reserved and must be escaped with the preceding '\\'"),
            ("🏟 _x", "Can't find end of Italic entity at byte offset 5"),
            ("*a\\*", "Can't find end of Bold entity at byte offset 0"),
            ("[l](http://x", "Can't find end of a URL at byte offset 4"),
            ("![l]", "Custom emoji entity must contain a tg://emoji URL"),
            (">*q\nx", "Can't find end of Bold entity at byte offset 1"),
        ],
    )
    def test_faults(self, source: str, words: str) -> None:
        """Wrong markup is refused in Telegram's words."""
        with pytest.raises(ValueError, match=re.escape(words)):
            parse_markdown_v2(source)

    @given(TEXTS)
    def test_any_text_is_parsed_or_refused(self, text: str) -> None:
        """No input makes the parser fail in another way than by a ValueError."""
        with contextlib.suppress(ValueError):
            assert utf16_length(parse_markdown_v2(text)[0]) <= utf16_length(text)


class TestLegacyMarkdown:
    def test_entities(self) -> None:
        """The four marks of the legacy mode make entities; they do not nest."""
        text, entities = parse_markdown("*b* _i_ `c` [l](http://x.org) \\* ```\np```")
        assert text == "b i c l * p"
        assert spans(entities) == [
            ("bold", 0, 1),
            ("italic", 2, 1),
            ("code", 4, 1),
            ("text_link", 6, 1),
            ("pre", 10, 1),
        ]

    def test_missing_end(self) -> None:
        """A mark without end is refused with its offset."""
        with pytest.raises(ValueError, match="Can't find end of the entity starting at byte offset 2"):
            parse_markdown("a *b")


class TestCleaning:
    def test_white_space_is_trimmed(self) -> None:
        """White space goes at both ends, and entities move with the text."""
        formatted = format_text(" \n a <b>b </b> \n", "HTML")
        assert formatted.text == "a b"
        assert spans(formatted.entities) == [("bold", 2, 1)]

    def test_leading_space_inside_an_entity_stays(self) -> None:
        """The start is only trimmed up to the first entity."""
        assert format_text("<b>  x</b>", "HTML").text == "  x"

    def test_carriage_returns_go(self) -> None:
        """Carriage returns vanish and the entities behind them move up."""
        formatted = format_text("a\r\nb", entities=[{"type": "bold", "offset": 3, "length": 1}])
        assert formatted.text == "a\nb"
        assert spans(formatted.entities) == [("bold", 2, 1)]

    def test_styles_of_one_kind_merge(self) -> None:
        """Overlapping entities of one style become one."""
        rows = [{"type": "bold", "offset": 0, "length": 3}, {"type": "bold", "offset": 2, "length": 3}]
        assert spans(format_text("abcdef", entities=rows).entities) == [("bold", 0, 5)]

    def test_code_holds_nothing(self) -> None:
        """Entities inside of code are dropped."""
        assert spans(format_text("<code><b>x</b> @name_x</code>", "HTML").entities) == [("code", 0, 7 + 2)]

    @pytest.mark.parametrize(
        ("offset", "length", "words"),
        [
            (2, 5, "ends after the end of the text"),
            (1, 1, "middle of a UTF-16 symbol"),
            (-1, 1, "ends after"),
        ],
    )
    def test_bounds(self, offset: int, length: int, words: str) -> None:
        """An entity outside of the text or inside of a character is refused."""
        with pytest.raises(ApiError, match=words):
            format_text("🚗x", entities=[{"type": "bold", "offset": offset, "length": length}])

    def test_unknown_mode(self) -> None:
        """A parse_mode that does not exist is refused."""
        with pytest.raises(ApiError, match="unsupported parse_mode"):
            format_text("x", "BBCode")


class TestDetection:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("/start now", [("bot_command", 0, 6)]),
            ("🚗 /stats@lplate_bot.", [("bot_command", 3, 17)]),
            ("a/b and 1/2", []),
            ("see https://example.org/a?b=1.", [("url", 4, 25)]),
            ("see example.org, t.me/x", [("url", 4, 11), ("url", 17, 6)]),
            ("write to me@example.org", [("email", 9, 14)]),
            ("@anna and x@y", [("mention", 0, 5)]),
            ("#theory #1", [("hashtag", 0, 7)]),
            ("$EUR", [("cashtag", 0, 4)]),
        ],
    )
    def test_found(self, text: str, expected: list[Span]) -> None:
        """Commands, links, addresses and tags are marked without markup."""
        assert spans(format_text(text).entities) == expected

    def test_explicit_ones_are_not_taken(self) -> None:
        """A bot cannot mark plain words as a command."""
        rows = [{"type": "bot_command", "offset": 0, "length": 5}]
        assert format_text("start", entities=rows).entities == ()
