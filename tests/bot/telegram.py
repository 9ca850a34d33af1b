"""A Bot API in memory that records calls, keeps messages, and refuses what Telegram would refuse."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import msgspec

from bot.updates import BOT, private
from lplate_bot.egress import ApiResponse, ApiUnreachable, ResponseParameters
from lplate_bot.egress.metrics import ApiMetrics

if TYPE_CHECKING:
    from collections.abc import Callable

End = ApiResponse | ApiUnreachable
TAGS = {"b", "i", "u", "s", "code", "pre", "a", "blockquote", "tg-spoiler"}
NOT_MODIFIED = "Bad Request: message is not modified: specified new message content is exactly the same"


class RefusedError(Exception):
    """Telegram says no."""


def refusal(description: str, code: int = 400, *, retry_after_s: float | None = None) -> ApiResponse:
    """Return a refused call's response."""
    asked = None if retry_after_s is None else ResponseParameters(retry_after_s)
    body = json.dumps({"ok": False, "error_code": code, "description": description}).encode()
    return ApiResponse(code, ok=False, error_code=code, description=description, parameters=asked, body=body)


BLOCKED = refusal("Forbidden: bot was blocked by the user", 403)
GONE = refusal("Bad Request: message to edit not found")
UNREACHABLE = ApiUnreachable("no connection")


def success(result: Any) -> ApiResponse:
    """Return the response to a call that succeeded."""
    raw = msgspec.json.encode(result)
    return ApiResponse(200, ok=True, result=msgspec.Raw(raw), body=b'{"ok":true,"result":' + raw + b"}")


@dataclass
class Sent:
    """One call as it came, form or JSON."""

    method: str
    fields: dict[str, Any]
    upload: bytes | None = None

    @property
    def chat_id(self) -> int:
        return int(self.fields["chat_id"])


@dataclass
class Shown:
    """One message as the learner sees it; *photo* is a file id, *poll* a quiz, whose question is *html*."""

    chat_id: int
    message_id: int
    html: str
    rows: list[list[dict[str, Any]]]
    photo: str | None = None
    poll: dict[str, Any] | None = None

    @property
    def words(self) -> str:
        """Return what is read: without tags, entities resolved."""
        return parsed(self.html)

    @property
    def data(self) -> list[str]:
        """Return the callback data of all buttons."""
        return [button.get("callback_data", "") for row in self.rows for button in row]

    @property
    def is_card(self) -> bool:
        """Return True if this can be pressed as a card."""
        return any(data.partition(":")[0] in {"a", "t", "u", "n", "k"} for data in self.data)

    @property
    def labels(self) -> list[str]:
        """Return the words on all buttons."""
        return [button["text"] for row in self.rows for button in row]

    def as_object(self) -> dict[str, Any]:
        """Return the message as the Bot API spells it."""
        who = {"message_id": self.message_id, "from": BOT, "chat": private(self.chat_id), "date": 1}
        sizes = [{"file_id": self.photo, "file_unique_id": "u", "width": 8, "height": 6}]
        body: dict[str, Any] = {"photo": sizes, "caption": self.words} if self.photo else {"text": self.words}
        if self.poll is not None:
            body = {"poll": {**self.poll, **({"media": {"photo": sizes}} if self.photo else {})}}
        return {**who, **body, **({"reply_markup": {"inline_keyboard": self.rows}} if self.rows else {})}


class _Reader(HTMLParser):
    """Read Telegram's HTML as strictly as Telegram does."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise RefusedError(f"can't parse entities: unsupported tag {tag}")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise RefusedError(f"can't parse entities: unexpected end tag {tag}")

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(html: str) -> str:
    """Return the text of *html*; RefusedError if Telegram would not take it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if reader.open:
        raise RefusedError(f"can't parse entities: {reader.open} not closed")
    return reader.text


@dataclass
class FakeTelegram:
    """Stand in for the API client: answer calls in order of arrival, one turn of the loop later.

    While *is_holding* calls wait for release(). *script* gives the next responses to a method instead of
    carrying it out. *complaints* lists what a correct bot never sends; tests end with none.
    """

    bot_id: int = 999
    root: str = "https://api.test"
    is_holding: bool = False
    calls: list[Sent] = field(default_factory=list)
    messages: dict[tuple[int, int], Shown] = field(default_factory=dict)
    script: dict[str, deque[End]] = field(default_factory=dict)
    blocked: set[int] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)
    metrics: ApiMetrics = field(default_factory=ApiMetrics)
    _held: deque[tuple[Sent, Callable[[End], None]]] = field(default_factory=deque)
    _numbers: dict[str, int] = field(default_factory=dict)

    # the client's side

    def start(
        self,
        method: str,
        body: bytes,
        on_end: Callable[[End], None],
        content_type: str = "application/json",
        timeout_s: float | None = None,
        *,
        is_repeatable: bool = False,
    ) -> object:
        sent = _read(method, body, content_type)
        self.calls.append(sent)
        if self.is_holding:
            self._held.append((sent, on_end))
        else:
            asyncio.get_running_loop().call_soon(lambda: on_end(self._respond(sent)))
        return sent

    async def call(self, method: str, body: bytes = b"{}", **_: Any) -> ApiResponse:
        sent = _read(method, body, "application/json")
        self.calls.append(sent)
        end = self._respond(sent)
        if isinstance(end, ApiUnreachable):
            raise end
        return end

    # a test's side

    def release(self, count: int | None = None) -> None:
        """Answer the calls that wait, *count* of them or all; all answered, calls wait no more."""
        due = len(self._held) if count is None else count
        self.is_holding = count is not None
        for _ in range(due):
            sent, on_end = self._held.popleft()
            on_end(self._respond(sent))

    def lose(self) -> None:
        """Carry out the calls that wait without a word to the bot: their answers are lost."""
        for sent, _ in self._held:
            self._respond(sent)
        self.drop()

    def drop(self) -> None:
        """Forget the calls that wait: whoever made them is gone."""
        self.is_holding = False
        self._held.clear()

    def refuse(self, method: str, *ends: End) -> None:
        """Answer the next calls of *method* so."""
        self.script.setdefault(method, deque()).extend(ends)

    def of(self, *methods: str) -> list[Sent]:
        """Return the calls of some methods."""
        return [sent for sent in self.calls if sent.method in methods]

    def chat(self, chat_id: int) -> list[Shown]:
        """Return the bot's messages in a chat, the oldest first."""
        return [shown for (chat, _), shown in self.messages.items() if chat == chat_id]

    # what Telegram does

    def _respond(self, sent: Sent) -> End:
        scripted = self.script.get(sent.method)
        if scripted:
            return scripted.popleft()
        if sent.fields.get("chat_id") in self.blocked:
            return BLOCKED
        try:
            return success(self._carry_out(sent))
        except RefusedError as error:
            return refusal(f"Bad Request: {error}")

    def _carry_out(self, sent: Sent) -> Any:
        if sent.method == "getMe":
            return BOT
        if sent.method in {"sendMessage", "sendPhoto"}:
            return self._send(sent)
        if sent.method == "sendPoll":
            return self._ask(sent)
        if sent.method == "stopPoll":
            return self._stop(sent)
        if sent.method.startswith("editMessage"):
            return self._edit(sent)
        return True

    def _send(self, sent: Sent) -> Any:
        chat_id, message_id = sent.chat_id, self._next("message")
        is_photo = sent.method == "sendPhoto"
        html = self._text(sent.fields, is_caption=is_photo)
        photo = self._file(sent.fields["photo"], sent) if is_photo else None
        rows = self._rows(sent.fields.get("reply_markup"))
        shown = self.messages[chat_id, message_id] = Shown(chat_id, message_id, html, rows, photo)
        return shown.as_object()

    def _ask(self, sent: Sent) -> Any:
        fields = sent.fields
        options = [option["text"] for option in fields["options"]]
        right, told = fields["correct_option_ids"], fields["explanation"]
        texts = [(fields["question"], 300), *((option, 100) for option in options), (told or "-", 200)]
        for words, limit in texts:
            if not 1 <= len(words.encode("utf-16-le")) // 2 <= limit:
                self._complain(f"{len(words)} characters in a poll, {limit} fit")
        if not right or right != sorted({*right}) or right[-1] >= len(options) or told.count("\n") > 2:
            self._complain(f"poll {fields}")
        if len(right) > 1 and not fields["allows_multiple_answers"]:
            self._complain("several right options in a poll that takes one")
        photo = self._file(fields["media"]["media"], sent) if "media" in fields else None
        poll = {"id": f"poll-{self._next('poll')}", "options": fields["options"], "is_closed": False}
        rows, key = self._rows(fields.get("reply_markup")), (sent.chat_id, self._next("message"))
        shown = self.messages[key] = Shown(*key, escape(fields["question"]), rows, photo, poll)
        return shown.as_object()

    def _stop(self, sent: Sent) -> Any:
        shown = self.messages.get((sent.chat_id, sent.fields["message_id"]))
        if shown is None or shown.poll is None:
            raise RefusedError("message with poll to stop not found")
        if shown.poll["is_closed"]:
            raise RefusedError("poll has already been closed")
        shown.poll["is_closed"], shown.rows = True, []
        return shown.poll

    def _edit(self, sent: Sent) -> Any:
        shown = self.messages.get((sent.chat_id, sent.fields["message_id"]))
        if shown is None:
            raise RefusedError("message to edit not found")
        new = Shown(shown.chat_id, shown.message_id, shown.html, shown.rows, shown.photo)
        new.rows = self._rows(sent.fields.get("reply_markup"))
        if sent.method == "editMessageText":
            if shown.photo:
                raise RefusedError("there is no text in the message to edit")
            new.html = self._text(sent.fields, is_caption=False)
        elif sent.method == "editMessageCaption":
            if not shown.photo:
                raise RefusedError("there is no caption in the message to edit")
            new.html = self._text(sent.fields, is_caption=True)
        elif sent.method == "editMessageMedia":
            media = sent.fields["media"]
            new.html, new.photo = self._text(media, is_caption=True), self._file(media["media"], sent)
        if new == shown:
            raise RefusedError(NOT_MODIFIED.removeprefix("Bad Request: "))
        self.messages[shown.chat_id, shown.message_id] = new
        return new.as_object()

    def _text(self, fields: dict[str, Any], *, is_caption: bool) -> str:
        html = str(fields.get("caption" if is_caption else "text", ""))
        words = parsed(html) if fields.get("parse_mode") == "HTML" else html
        limit = 1024 if is_caption else 4096
        if len(words.encode("utf-16-le")) // 2 > limit:
            return self._complain(f"{len(words)} characters, {limit} fit")
        if not words.strip() and not is_caption:
            return self._complain("the text is empty")
        return html

    def _rows(self, markup: Any) -> list[list[dict[str, Any]]]:
        rows: list[list[dict[str, Any]]] = (markup or {}).get("inline_keyboard", [])
        for button in (button for row in rows for button in row):
            data = button.get("callback_data")
            if not button["text"] or (data is not None and not 1 <= len(data.encode()) <= 64):
                self._complain(f"button {button}")
        return rows

    def _file(self, named: str, sent: Sent) -> str:
        if sent.upload is not None:
            return f"file-{self._next('file')}"
        if not named.startswith("file-"):
            self._complain(f"no such file: {named}")
        return named

    def _complain(self, words: str) -> str:
        self.complaints.append(words)
        raise RefusedError(words)

    def _next(self, what: str) -> int:
        self._numbers[what] = self._numbers.get(what, 0) + 1
        return self._numbers[what]


def _read(method: str, body: bytes, content_type: str) -> Sent:
    if not content_type.startswith("multipart"):
        return Sent(method, json.loads(body or b"{}"))
    boundary = b"--" + content_type.partition("boundary=")[2].encode()
    fields: dict[str, Any] = {}
    upload = None
    for part in body.split(boundary)[1:-1]:
        head, _, value = part.strip(b"\r\n").partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode()
        if b"filename=" in head:
            upload, fields[name] = value, ""
        else:
            fields[name] = _value(value.decode())
    return Sent(method, fields, upload)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
