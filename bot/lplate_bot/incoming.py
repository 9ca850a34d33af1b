"""Read raw updates: only what the hot kinds need, the rest stays bytes for python-telegram-bot."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from lplate.domain.session import Address
from lplate.trainer.press import Press, PressKind
from lplate_bot.render import buttons
from lplate_native.fields import split_numbers

_Id = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""What store and containers take; Telegram's own ids have at most 52 bits."""


_NOTHING: Final = msgspec.Raw()


class _User(msgspec.Struct, gc=False):
    id: _Id
    language_code: str = ""


class _Chat(msgspec.Struct, gc=False):
    id: _Id
    type: str = ""


class _Message(msgspec.Struct, gc=False):
    message_id: _Id
    chat: _Chat
    sender: _User | None = msgspec.field(name="from", default=None)
    text: str | None = None
    forward_origin: msgspec.Raw = _NOTHING


class _Place(msgspec.Struct, gc=False):
    id: _Id


class _Pressed(msgspec.Struct, gc=False):
    """What matters of the message that bears a button; its text stays unread."""

    message_id: _Id
    chat: _Place
    photo: msgspec.Raw = _NOTHING  # only whether there is one matters: its sizes stay unread


class _CallbackQuery(msgspec.Struct, gc=False):
    id: str
    sender: _User = msgspec.field(name="from")
    message: _Pressed | None = None
    data: str = ""


class _Member(msgspec.Struct, gc=False):
    status: str


class _Membership(msgspec.Struct, gc=False):
    chat: _Chat
    new_chat_member: _Member
    sender: _User = msgspec.field(name="from")


class _Vote(msgspec.Struct):
    poll_id: str
    option_ids: list[int]
    user: _User | None = None


class _Update(msgspec.Struct, gc=False):
    update_id: _Id
    message: _Message | None = None
    callback_query: _CallbackQuery | None = None
    my_chat_member: _Membership | None = None
    poll_answer: _Vote | None = None


class _AnyParty(msgspec.Struct, gc=False):
    sender: _User | None = msgspec.field(name="from", default=None)
    user: _User | None = None
    chat: _Chat | None = None


class _BareUpdate(msgspec.Struct, gc=False):
    update_id: _Id


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """Hold one update as far as it was read; a Struct, not a dataclass, because one is made for every update.

    *lane* is the sender's id, the chat's where there is no sender. *press* is what the update means to the
    trainer, None if nothing. *query_id* is set where a callback query waits for its answer. A cold one is
    (also) handled by python-telegram-bot, by a message of its own if it *asks_for_message*; a command that
    *only_asks* has no other effect. *is_private*
    marks messages and presses in the sender's private chat, whose id is the sender's; *is_foreign* a button
    pressed anywhere else.
    """

    update_id: int
    lane: int
    raw: bytes
    press: Press | None = None
    query_id: str = ""
    is_cold: bool = True
    asks_for_message: bool = False
    only_asks: bool = False
    is_private: bool = False
    is_foreign: bool = False


class MalformedUpdateError(ValueError):
    """The bytes are no update: no JSON object with an integer update_id, or not readable to the end."""


_UPDATE: Final = msgspec.json.Decoder(_Update)
_PARTIES: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PARTY: Final = msgspec.json.Decoder(_AnyParty)
_BARE: Final = msgspec.json.Decoder(_BareUpdate)

_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises: wrong JSON or wrong types, broken UTF-8, brackets without end."""

_PRIVATE: Final = "private"
_HOT_COMMANDS: Final = {
    "/start": PressKind.START,
    "/skip": PressKind.SKIP,
    "/resend": PressKind.RESEND,
    "/stats": PressKind.STATISTICS,
    "/language": PressKind.WELCOME,
}
_GROUP_COMMANDS: Final = frozenset({"/start", "/help"})
"""Answered in groups too; other talk there is not for us."""
_ON_CARD: Final = {
    buttons.ANSWER: PressKind.ANSWER,
    buttons.TOGGLE: PressKind.TOGGLE,
    buttons.SUBMIT: PressKind.SUBMIT,
    buttons.NEXT: PressKind.NEXT,
    buttons.SKIP: PressKind.SKIP,
}
_NAMED: Final = {
    buttons.BANK: PressKind.BANK,
    buttons.LANGUAGE: PressKind.LANGUAGE,
    buttons.PRACTISE: PressKind.RESEND,
    buttons.TOPIC: PressKind.TOPIC,
    buttons.MODE: PressKind.MODE,
    buttons.FAST: PressKind.FAST,
}
_MENUS: Final = frozenset({PressKind.TOPIC, PressKind.MODE, PressKind.FAST})
"""The trainer applies these; the menu that bore the button is drawn anew by its handler."""
_LEFT: Final = frozenset({"kicked", "left"})
_VOTED: Final = range(64)
"""Places of options that may be voted for; a poll has 12 at most."""


def read(raw: bytes, at_ms: int) -> Incoming:
    """Return *raw* as far as the gate needs it; *at_ms* is the wall clock of receipt.

    Raises:
        MalformedUpdateError: if there is no integer ``update_id`` in it, or it cannot be read to its end.
    """
    try:
        update = _UPDATE.decode(raw)
    except _UNREADABLE:
        return _odd(raw)
    if update.callback_query is not None:
        return _callback(update.update_id, update.callback_query, raw, at_ms)
    if update.message is not None:
        return _message(update.update_id, update.message, raw, at_ms)
    if update.my_chat_member is not None and update.my_chat_member.chat.type == _PRIVATE:
        return _membership(update.update_id, update.my_chat_member, raw, at_ms)
    if update.poll_answer is not None and update.poll_answer.user is not None:
        return _vote(update.update_id, update.poll_answer, update.poll_answer.user, raw, at_ms)
    return _odd(raw)


def _message(update_id: int, message: _Message, raw: bytes, at_ms: int) -> Incoming:
    sender = message.sender
    if sender is None:
        return Incoming(update_id, message.chat.id, raw)
    if message.chat.type != _PRIVATE:
        is_ours = _command(message.text or "") in _GROUP_COMMANDS
        return Incoming(update_id, sender.id, raw, asks_for_message=is_ours)
    is_own = message.forward_origin is _NOTHING  # what somebody else wrote is no answer
    kind, argument = _meaning(message.text) if is_own else (None, "")
    if kind is None:
        only_asks = message.text is not None
        return Incoming(
            update_id, sender.id, raw, is_private=True, asks_for_message=True, only_asks=only_asks
        )
    press = Press(
        update_id,
        sender.id,
        message.chat.id,
        at_ms,
        kind,
        text=argument,
        client_language=sender.language_code,
    )
    return Incoming(update_id, sender.id, raw, press, is_cold=False, is_private=True)


def _membership(update_id: int, change: _Membership, raw: bytes, at_ms: int) -> Incoming:
    lane = change.sender.id
    kind = PressKind.BLOCKED if change.new_chat_member.status in _LEFT else PressKind.UNBLOCKED
    return Incoming(update_id, lane, raw, Press(update_id, lane, lane, at_ms, kind), is_cold=False)


def _vote(update_id: int, vote: _Vote, voter: _User, raw: bytes, at_ms: int) -> Incoming:
    chosen = sum(1 << place for place in {*vote.option_ids} if place in _VOTED)
    press = Press(
        update_id, voter.id, voter.id, at_ms, PressKind.VOTE, choice=chosen, text=vote.poll_id,
        client_language=voter.language_code,
    )  # fmt: skip
    return Incoming(update_id, voter.id, raw, press, is_cold=False, is_private=True)


def _meaning(text: str | None) -> tuple[PressKind | None, str]:
    if not text:
        return None, ""
    if not text.startswith("/"):
        return PressKind.TYPED, text
    return _HOT_COMMANDS.get(_command(text)), text.partition(" ")[2].strip()


def _command(text: str) -> str:
    return text.partition(" ")[0].partition("@")[0].lower()


def _callback(update_id: int, query: _CallbackQuery, raw: bytes, at_ms: int) -> Incoming:
    lane = query.sender.id
    message = query.message
    if message is None or message.chat.id != lane:
        return Incoming(update_id, lane, raw, query_id=query.id, is_cold=False, is_foreign=True)
    address = Address(lane, message.message_id, message.photo is not _NOTHING)
    press = _on_card(update_id, query, address, at_ms)
    if press is not None:
        return Incoming(update_id, lane, raw, press, query.id, is_cold=False, is_private=True)
    press = _named(update_id, query, address, at_ms)
    is_cold = press is None or press.kind in _MENUS
    return Incoming(update_id, lane, raw, press, query.id, is_cold, is_private=True)


def _on_card(update_id: int, query: _CallbackQuery, address: Address, at_ms: int) -> Press | None:
    """Return what a button of a card means, None if it is none, or one whose data name no card."""
    fields = split_numbers(query.data, buttons.SEPARATOR, 2, 4)
    if fields is None:
        return None
    code, session, step, choice, wanted = fields
    if code not in _ON_CARD:
        return None
    lane = address.chat_id
    return Press(
        update_id, lane, lane, at_ms, _ON_CARD[code], session, step, choice, wanted != 0, "", address,
        query.sender.language_code,
    )  # fmt: skip


def _named(update_id: int, query: _CallbackQuery, address: Address, at_ms: int) -> Press | None:
    """Return what any other button means to the trainer, None if nothing."""
    sender = query.sender
    code, *parts = query.data.split(buttons.SEPARATOR)
    kind = _NAMED.get(code)
    if kind is not None:
        return Press(
            update_id, sender.id, sender.id, at_ms, kind, text=parts[0] if parts else "",
            wanted=parts[-1:] == ["1"], message=address, client_language=sender.language_code,
        )  # fmt: skip
    kind = _ON_CARD.get(code)
    if kind is None:
        return None
    return Press(  # forged: names no card, so it is stale
        update_id, sender.id, sender.id, at_ms, kind, message=address, client_language=sender.language_code
    )


def _odd(raw: bytes) -> Incoming:
    """Read an update of another kind, or one whose fields have other types than the API says."""
    try:
        return Incoming(_BARE.decode(raw).update_id, _lane_of(raw), raw)
    except _UNREADABLE as error:
        raise MalformedUpdateError(str(error)) from None


def _lane_of(raw: bytes) -> int:
    for name, value in _PARTIES.decode(raw).items():
        if name == "update_id":
            continue
        try:
            party = _PARTY.decode(value)
        except _UNREADABLE:
            continue
        found = party.sender or party.user or party.chat
        if found is not None:
            return found.id
    return 0
