from __future__ import annotations

from email import message_from_bytes

from hypothesis import given
from hypothesis import strategies as st

from lplate_bot.egress import FilePart, multipart

NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)


@given(
    fields=st.dictionaries(NAMES, st.text(st.characters(codec="utf-8")), max_size=4),
    content=st.binary(max_size=200),
)
def test_a_form_is_read_back_by_a_standard_parser(fields: dict[str, str], content: bytes) -> None:
    """Fields and files come out of a form as they went in, by the standard library's MIME parser."""
    body, content_type = multipart(fields, {"a file": FilePart('n"a\r\nme', content, "image/png")})
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    parts = {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        for part in message.walk()
        if not part.is_multipart()
    }
    assert parts.pop("a file") == content
    assert parts == {name: value.encode() for name, value in fields.items()}


def test_an_empty_form_is_still_a_form() -> None:
    """A form without parts ends properly."""
    body, content_type = multipart({}, {})
    assert body == f"--{content_type.partition('=')[2]}--\r\n".encode()
