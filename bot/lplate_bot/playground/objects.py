"""Objects of the Bot API that the server makes: only the fields it fills.

Names and meaning are those of https://core.telegram.org/bots/api; absent fields are left out of the JSON.
A Message is changed in place when it is edited; all else is immutable.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

Json = dict[str, Any]
"""A JSON object that the server only passes on, as a keyboard."""


class User(Struct, omit_defaults=True, frozen=True):
    """A learner or a bot."""

    id: int
    is_bot: bool
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None


class Me(Struct, omit_defaults=True, frozen=True):
    """A User with the fields that only getMe returns."""

    id: int
    is_bot: bool
    first_name: str
    username: str
    can_join_groups: bool
    can_read_all_group_messages: bool
    supports_guest_queries: bool
    supports_inline_queries: bool
    can_connect_to_business: bool
    has_main_web_app: bool
    has_topics_enabled: bool
    allows_users_to_create_topics: bool
    can_manage_bots: bool
    supports_join_request_queries: bool


class ChatInfo(Struct, omit_defaults=True, frozen=True):
    """Chat, as it appears in messages."""

    id: int
    type: str
    title: str | None = None
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class MessageEntity(Struct, omit_defaults=True, frozen=True):
    """A span of formatted text; offset and length count UTF-16 code units."""

    type: str
    offset: int
    length: int
    url: str | None = None
    user: User | None = None
    language: str | None = None
    custom_emoji_id: str | None = None
    unix_time: int | None = None
    date_time_format: str | None = None


class PhotoSize(Struct, omit_defaults=True, frozen=True):
    """One size of a photo; width and height in pixels."""

    file_id: str
    file_unique_id: str
    width: int
    height: int
    file_size: int | None = None


class Document(Struct, omit_defaults=True, frozen=True):
    """A general file."""

    file_id: str
    file_unique_id: str
    file_name: str | None = None
    mime_type: str | None = None
    file_size: int | None = None


class PollOption(Struct, omit_defaults=True, frozen=True):
    """One option of a poll and its votes."""

    persistent_id: str
    text: str
    voter_count: int
    text_entities: list[MessageEntity] | None = None


class Poll(Struct, omit_defaults=True, frozen=True):
    """A poll or quiz."""

    id: str
    question: str
    options: list[PollOption]
    total_voter_count: int
    is_closed: bool
    is_anonymous: bool
    type: str
    allows_multiple_answers: bool
    allows_revoting: bool
    members_only: bool
    question_entities: list[MessageEntity] | None = None
    correct_option_ids: list[int] | None = None
    explanation: str | None = None
    explanation_entities: list[MessageEntity] | None = None
    open_period: int | None = None
    close_date: int | None = None
    description: str | None = None
    description_entities: list[MessageEntity] | None = None
    media: Json | None = None
    explanation_media: Json | None = None


class Message(Struct, omit_defaults=True):
    """A message of any kind."""

    message_id: int
    date: int
    chat: ChatInfo
    from_: User | None = field(name="from", default=None)
    message_thread_id: int | None = None
    forward_origin: Json | None = None
    reply_to_message: Message | None = None
    quote: Json | None = None
    edit_date: int | None = None
    has_protected_content: bool = False
    effect_id: str | None = None
    text: str | None = None
    entities: list[MessageEntity] | None = None
    link_preview_options: Json | None = None
    photo: list[PhotoSize] | None = None
    document: Document | None = None
    poll: Poll | None = None
    caption: str | None = None
    caption_entities: list[MessageEntity] | None = None
    show_caption_above_media: bool = False
    has_media_spoiler: bool = False
    pinned_message: Message | None = None
    reply_markup: Json | None = None


class CallbackQuery(Struct, omit_defaults=True, frozen=True):
    """A press of a callback button."""

    id: str
    from_: User = field(name="from")
    message: Message
    chat_instance: str
    data: str


class PollAnswer(Struct, omit_defaults=True, frozen=True):
    """A vote in a poll that is not anonymous."""

    poll_id: str
    user: User
    option_ids: list[int]
    option_persistent_ids: list[str]


class ChatMember(Struct, omit_defaults=True, frozen=True):
    """Any variant of ChatMember; which fields belong to which status is the maker's care."""

    status: str
    user: User
    until_date: int | None = None
    is_anonymous: bool | None = None


class ChatMemberUpdated(Struct, omit_defaults=True, frozen=True):
    """A learner blocked or unblocked the bot."""

    chat: ChatInfo
    from_: User = field(name="from")
    date: int
    old_chat_member: ChatMember
    new_chat_member: ChatMember


class WebhookInfo(Struct, omit_defaults=True, frozen=True):
    """The state of delivery by webhook."""

    url: str
    has_custom_certificate: bool
    pending_update_count: int
    ip_address: str | None = None
    last_error_date: int | None = None
    last_error_message: str | None = None
    max_connections: int | None = None
    allowed_updates: list[str] | None = None


class BotCommand(Struct, frozen=True):
    """A command in the bot's menu."""

    command: str
    description: str


class File(Struct, omit_defaults=True, frozen=True):
    """A file ready to be downloaded."""

    file_id: str
    file_unique_id: str
    file_size: int | None = None
    file_path: str | None = None
