"""Rules of messages that bots trip over, in Telegram's words."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from PIL import Image

from playground.scene import RawBot, Refused, Scene, keyboard, picture

if TYPE_CHECKING:
    from lplate_bot.playground.learner import Learner
    from lplate_bot.playground.objects import Json
    from lplate_bot.playground.server import PlaygroundServer

UNPARSABLE = "can't parse inline keyboard button"
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)
LIMIT = 10 * 1024 * 1024
TOO_BIG = f"file of size {LIMIT + 1} bytes is too big for a photo; the maximum size is {LIMIT} bytes"


async def refused(raw: RawBot, words: str, method: str, **params: Any) -> None:
    with pytest.raises(Refused) as refusal:
        await raw(method, **params)
    assert str(refusal.value) == words


class TestText:
    async def test_limit_counts_utf16(self, raw: RawBot, anna: Learner) -> None:
        """4096 UTF-16 code units fit after parsing, one more does not; a car counts two."""
        fits = "🚗" * 2048
        message = await raw("sendMessage", chat_id=1001, text=f"<b>{fits}</b>", parse_mode="HTML")
        assert message["text"] == fits
        words = "Bad Request: message is too long"
        await refused(raw, words, "sendMessage", chat_id=1001, text=fits + "x")
        await refused(raw, words, "sendMessage", chat_id=1001, text="x" * 1_000_000)

    @pytest.mark.parametrize("text", ["", " \n ", "\x00"])
    async def test_empty(self, raw: RawBot, anna: Learner, text: str) -> None:
        """A text of nothing but white space is refused."""
        await refused(raw, "Bad Request: message text is empty", "sendMessage", chat_id=1001, text=text)

    async def test_caption_limit(self, scene: Scene) -> None:
        """A caption has at most 1024 UTF-16 code units."""
        params = {"chat_id": scene.chat_id, "photo": scene.photo_file_id}
        assert await scene.raw("sendPhoto", **params, caption="x" * 1024)
        words = "Bad Request: message caption is too long"
        await refused(scene.raw, words, "sendPhoto", **params, caption="x" * 1025)

    async def test_markup_is_checked_before_the_chat(self, raw: RawBot) -> None:
        """Wrong markup is told first, even if the chat does not exist."""
        words = "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\""
        await refused(raw, words, "sendMessage", chat_id=999, text="<b>", parse_mode="HTML")

    async def test_mention_of_a_user(self, raw: RawBot, anna: Learner) -> None:
        """A link to a known user mentions them, one to a stranger is dropped."""
        text = '<a href="tg://user?id=1002">Ben</a> <a href="tg://user?id=77">Eve</a>'
        message = await raw("sendMessage", chat_id=1001, text=text, parse_mode="HTML")
        assert [entity["user"]["first_name"] for entity in message["entities"]] == ["Ben"]


class TestChats:
    async def test_stranger(self, server: PlaygroundServer, raw: RawBot) -> None:
        """A learner who never wrote is no chat for the bot."""
        await refused(raw, "Bad Request: chat not found", "sendMessage", chat_id=1002, text="x")
        server.learner(1002).start()
        assert await raw("sendMessage", chat_id=1002, text="x")

    async def test_missing_chat(self, raw: RawBot) -> None:
        """chat_id is required."""
        await refused(raw, "Bad Request: chat_id is empty", "sendMessage", text="x")

    async def test_unblocked_again(self, raw: RawBot, anna: Learner) -> None:
        """Unblocking, or pressing Start again, lets the bot write."""
        anna.set_blocked(blocked=True)
        words = "Forbidden: bot was blocked by the user"
        await refused(raw, words, "sendMessage", chat_id=1001, text="x")
        await refused(raw, words, "sendChatAction", chat_id=1001, action="typing")
        anna.start()
        assert await raw("sendMessage", chat_id=1001, text="x")

    async def test_edits_reach_blocked_chats(self, scene: Scene) -> None:
        """Blocking stops new messages; what is there can still be edited and deleted."""
        scene.anna.set_blocked(blocked=True)
        edit = {"chat_id": scene.chat_id, "message_id": scene.text_id}
        assert (await scene.raw("editMessageText", **edit, text="new"))["text"] == "new"
        assert await scene.raw("deleteMessage", **edit)

    @pytest.mark.parametrize(
        ("params", "words"),
        [
            ({"message_thread_id": 5}, "Bad Request: message thread not found"),
            ({"business_connection_id": "b"}, "Bad Request: business connection not found"),
        ],
    )
    async def test_foreign_surfaces(self, raw: RawBot, anna: Learner, params: Json, words: str) -> None:
        """Topics and business chats do not exist here."""
        await refused(raw, words, "sendMessage", chat_id=1001, text="x", **params)


class TestKeyboards:
    @pytest.mark.parametrize(
        ("button", "words"),
        [
            ({"text": "x", "callback_data": "é" * 33}, "BUTTON_DATA_INVALID"),
            ({"text": "x", "callback_data": ""}, "BUTTON_DATA_INVALID"),
            ({"text": " ", "callback_data": "a"}, "inline keyboard button text must be non-empty"),
            ({"text": "x"}, f"{UNPARSABLE}: Text buttons are unallowed in the inline keyboard"),
            ({"callback_data": "a"}, f'{UNPARSABLE}: Can\'t find field "text"'),
            ({"text": "x", "url": "no"}, "inline keyboard button URL 'no' is invalid: Wrong HTTP URL"),
            ({"text": "x", "callback_data": "a", "style": "pink"}, "invalid button style specified"),
            ({"text": "x", "copy_text": {"text": ""}}, "BUTTON_COPY_TEXT_INVALID"),
        ],
    )
    async def test_wrong_buttons(self, raw: RawBot, anna: Learner, button: Json, words: str) -> None:
        """A wrong button is refused, and no message is sent."""
        markup = {"inline_keyboard": [[button]]}
        words = f"Bad Request: {words}"
        await refused(raw, words, "sendMessage", chat_id=1001, text="x", reply_markup=markup)
        assert anna.replies == []

    async def test_64_bytes_fit(self, raw: RawBot, anna: Learner) -> None:
        """callback_data counts bytes, 64 fit."""
        message = await raw("sendMessage", chat_id=1001, text="x", reply_markup=keyboard("é" * 32))
        assert message["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "é" * 32

    async def test_many_buttons(self, raw: RawBot, anna: Learner) -> None:
        """No number of buttons is refused: the API states no limit."""
        rows = [[{"text": str(i), "callback_data": str(i)} for i in range(9)] for _ in range(20)]
        message = await raw("sendMessage", chat_id=1001, text="x", reply_markup={"inline_keyboard": rows})
        assert message["reply_markup"] == {"inline_keyboard": rows}

    async def test_empty_keyboard_is_none(self, raw: RawBot, anna: Learner) -> None:
        """Rows without buttons vanish, and a keyboard without rows as well."""
        message = await raw("sendMessage", chat_id=1001, text="x", reply_markup={"inline_keyboard": [[], []]})
        assert "reply_markup" not in message

    async def test_reply_keyboard(self, raw: RawBot, anna: Learner) -> None:
        """A reply keyboard is shown to the learner, not returned to the bot; an empty one is refused."""
        markup = {"keyboard": [[{"text": "50"}]], "resize_keyboard": True}
        message = await raw("sendMessage", chat_id=1001, text="x", reply_markup=markup)
        assert "reply_markup" not in message
        assert anna.chat.posts[message["message_id"]].reply_interface == markup
        words = "Bad Request: reply keyboard must be non-empty"
        await refused(raw, words, "sendMessage", chat_id=1001, text="x", reply_markup={"keyboard": []})

    @pytest.mark.parametrize("markup", ["[]", "5", "{", '"x"'])
    async def test_no_markup_at_all(self, raw: RawBot, anna: Learner, markup: str) -> None:
        """What is no JSON object is refused as a markup."""
        with pytest.raises(Refused, match="can't parse inline keyboard button"):
            await raw("sendMessage", chat_id=1001, text="x", reply_markup=markup)


class TestEditing:
    async def test_unchanged(self, scene: Scene) -> None:
        """The same text and keyboard again is refused, in the long words."""
        await refused(
            scene.raw,
            NOT_MODIFIED,
            "editMessageText",
            chat_id=scene.chat_id,
            message_id=scene.text_id,
            text="Who must wait? ",
            reply_markup=keyboard("a", "b"),
        )

    async def test_keyboard_goes(self, scene: Scene) -> None:
        """An edit without reply_markup removes the keyboard, and its buttons cannot be pressed."""
        edit = {"chat_id": scene.chat_id, "message_id": scene.text_id}
        message = await scene.raw("editMessageText", **edit, text="The red car")
        assert "reply_markup" not in message
        assert message["edit_date"] >= message["date"]

    async def test_forced_reply_cannot_be_edited(self, raw: RawBot, anna: Learner) -> None:
        """A message sent with a reply interface is not editable."""
        message = await raw("sendMessage", chat_id=1001, text="x", reply_markup={"force_reply": True})
        edit = {"chat_id": 1001, "message_id": message["message_id"]}
        await refused(raw, "Bad Request: message can't be edited", "editMessageText", **edit, text="y")

    @pytest.mark.parametrize(
        ("params", "words"),
        [
            ({}, "Bad Request: chat_id is empty"),
            ({"chat_id": 1001}, "Bad Request: message identifier is not specified"),
            ({"inline_message_id": "x"}, "Bad Request: MESSAGE_ID_INVALID"),
        ],
    )
    async def test_which_message(self, raw: RawBot, anna: Learner, params: Json, words: str) -> None:
        """An edit must name its message."""
        await refused(raw, words, "editMessageText", text="x", **params)

    async def test_media_never_becomes_text(self, scene: Scene) -> None:
        """A picture has no text to edit, also after a text became a picture."""
        edit = {"chat_id": scene.chat_id, "message_id": scene.text_id}
        media = {"type": "photo", "media": scene.photo_file_id}
        await scene.raw("editMessageMedia", **edit, media=media)
        words = "Bad Request: there is no text in the message to edit"
        await refused(scene.raw, words, "editMessageText", **edit, text="x")

    async def test_caption_goes(self, scene: Scene) -> None:
        """EditMessageCaption without a caption removes it."""
        message = await scene.raw("editMessageCaption", chat_id=scene.chat_id, message_id=scene.photo_id)
        assert "caption" not in message

    async def test_unknown_media(self, scene: Scene) -> None:
        """A kind of media that the server does not know is refused."""
        media = {"type": "hologram", "media": "x"}
        edit = {"chat_id": scene.chat_id, "message_id": scene.text_id}
        words = "Bad Request: can't parse InputMedia: unsupported InputMedia type specified"
        await refused(scene.raw, words, "editMessageMedia", **edit, media=media)


class TestDeleting:
    async def test_both_sides(self, scene: Scene) -> None:
        """In private chats the bot deletes its own and the learner's messages."""
        for message_id in (scene.text_id, scene.learner_message_id):
            assert await scene.raw("deleteMessage", chat_id=scene.chat_id, message_id=message_id)
        left = {message.message_id for message in scene.anna.messages}
        assert left.isdisjoint({scene.text_id, scene.learner_message_id})

    async def test_not_in_groups(self, scene: Scene) -> None:
        """A learner's message in a group is not the bot's to delete."""
        message = scene.anna.send_text("/start", chat_id=scene.group_id)
        words = "Bad Request: message can't be deleted"
        params = {"chat_id": scene.group_id, "message_id": message.message_id}
        await refused(scene.raw, words, "deleteMessage", **params)


class TestQueries:
    async def test_second_answer_is_not_shown(self, scene: Scene) -> None:
        """A query may be answered again, but the learner sees the first answer."""
        for text in ("first", "second"):
            assert await scene.raw("answerCallbackQuery", callback_query_id=scene.query_id, text=text)
        assert (await scene.anna.answer_to(scene.query_id)).text == "first"

    async def test_foreign_address(self, scene: Scene) -> None:
        """Only a deep link of the bot itself may be opened."""
        params = {"callback_query_id": scene.query_id}
        await refused(
            scene.raw, "Bad Request: URL_INVALID", "answerCallbackQuery", **params, url="https://x.org"
        )
        own = "https://t.me/lplate_playground_bot?start=x"
        assert await scene.raw("answerCallbackQuery", **params, url=own)


class TestGroups:
    async def test_privacy_mode(self, scene: Scene) -> None:
        """In a group the bot gets commands, replies to it and mentions of it, nothing else."""
        anna, group_id = scene.anna, scene.group_id
        asked = await scene.raw("sendMessage", chat_id=group_id, text="Who?")
        anna.send_text("hello all", chat_id=group_id)
        anna.send_text("/start@other_bot", chat_id=group_id)
        anna.send_text("/stats", chat_id=group_id)
        anna.send_text("/stats@lplate_playground_bot now", chat_id=group_id)
        anna.send_text("me", reply_to=asked["message_id"], chat_id=group_id)
        anna.send_text("you, @lplate_playground_bot", chat_id=group_id)
        updates = await scene.raw("getUpdates")
        texts = [
            u["message"]["text"]
            for u in updates
            if u.get("message", {}).get("chat", {}).get("id") == group_id
        ]
        assert texts == ["/stats", "/stats@lplate_playground_bot now", "me", "you, @lplate_playground_bot"]

    async def test_members(self, scene: Scene) -> None:
        """The first member owns the group, the bot is a member, others are not there."""
        statuses = [
            (await scene.raw("getChatMember", chat_id=scene.group_id, user_id=user_id))["status"]
            for user_id in (1001, 1, 1002)
        ]
        assert statuses == ["creator", "member", "left"]

    async def test_pin(self, scene: Scene) -> None:
        """A pinned message shows in the chat and leaves a service message that cannot be edited."""
        params = {"chat_id": scene.chat_id, "message_id": scene.text_id}
        await scene.raw("pinChatMessage", **params)
        chat = await scene.raw("getChat", chat_id=scene.chat_id)
        assert chat["pinned_message"]["message_id"] == scene.text_id
        notice = scene.anna.messages[-1]
        assert notice.pinned_message is not None
        assert notice.pinned_message.message_id == scene.text_id
        edit = {"chat_id": scene.chat_id, "message_id": notice.message_id}
        await refused(scene.raw, "Bad Request: message can't be edited", "editMessageReplyMarkup", **edit)


class TestCopies:
    async def test_forward_names_its_origin(self, scene: Scene) -> None:
        """A forwarded message says who wrote it, a copy does not."""
        params = {
            "chat_id": scene.chat_id,
            "from_chat_id": scene.chat_id,
            "message_id": scene.learner_message_id,
        }
        forwarded = await scene.raw("forwardMessage", **params)
        assert forwarded["forward_origin"]["sender_user"]["first_name"] == "Anna"
        await scene.raw("copyMessage", **params)
        assert scene.anna.messages[-1].forward_origin is None
        assert scene.anna.messages[-1].text == "/start"

    async def test_protected(self, raw: RawBot, anna: Learner) -> None:
        """A protected message is neither copied nor forwarded."""
        message = await raw("sendMessage", chat_id=1001, text="secret", protect_content=True)
        params = {"chat_id": 1001, "from_chat_id": 1001, "message_id": message["message_id"]}
        await refused(raw, "Bad Request: message can't be copied", "copyMessage", **params)
        await refused(raw, "Bad Request: message can't be forwarded", "forwardMessage", **params)


class TestPolls:
    @pytest.mark.parametrize(
        ("params", "words"),
        [
            ({"question": "x" * 301}, "Bad Request: poll question length must not exceed 300"),
            ({"options": [{"text": "x" * 101}]}, "Bad Request: poll options length must not exceed 100"),
            ({"options": [{"text": "x"}] * 13}, "Bad Request: poll can't have more than 12 options"),
            ({"type": "quiz", "correct_option_ids": [2]}, "Bad Request: wrong correct option ID specified"),
            (
                {"type": "quiz", "correct_option_ids": [0, 1]},
                "Bad Request: wrong correct option ID specified",
            ),
            ({"open_period": 4}, "Bad Request: can't specify such open_period or close_date"),
            ({"type": "riddle"}, "Bad Request: unsupported poll type specified"),
            ({"explanation": "a\nb\nc\nd"}, "Bad Request: explanation has too many line feeds"),
        ],
    )
    async def test_limits(self, raw: RawBot, anna: Learner, params: Json, words: str) -> None:
        """A poll keeps the API's limits."""
        poll = {"chat_id": 1001, "question": "Q?", "options": [{"text": "a"}, {"text": "b"}], **params}
        await refused(raw, words, "sendPoll", **poll)

    async def test_votes(self, scene: Scene) -> None:
        """A vote is told with its options; a closed poll takes no more."""
        poll = next(message.poll for message in scene.anna.messages if message.poll)
        await scene.raw("getUpdates", offset=-1)
        scene.anna.vote(poll.id, [1])
        updates = await scene.raw("getUpdates")
        answer = updates[-1]["poll_answer"]
        assert (answer["option_ids"], answer["user"]["id"]) == ([1], 1001)
        assert answer["option_persistent_ids"] == [poll.options[1].persistent_id]
        stopped = await scene.raw("stopPoll", chat_id=scene.chat_id, message_id=scene.poll_id)
        assert stopped["is_closed"]
        assert stopped["total_voter_count"] == 1
        params = {"chat_id": scene.chat_id, "message_id": scene.poll_id}
        await refused(scene.raw, "Bad Request: poll has already been closed", "stopPoll", **params)


class TestPhotos:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "Bad Request: file must be non-empty"),
            (b"<svg/>", "Bad Request: IMAGE_PROCESS_FAILED"),
            (picture(2100, 100), "Bad Request: PHOTO_INVALID_DIMENSIONS"),
            (b"x" * (LIMIT + 1), f"Bad Request: {TOO_BIG}"),
        ],
        ids=["empty", "no picture", "too long", "too big"],
    )
    async def test_bad_uploads(self, raw: RawBot, anna: Learner, content: bytes, words: str) -> None:
        """What is no proper picture is refused."""
        form = aiohttp.FormData({"chat_id": "1001"})
        form.add_field("photo", io.BytesIO(content), filename="p.png")
        async with raw.session.post(f"{raw.root}/sendPhoto", data=form) as response:
            assert (await response.json())["description"] == words

    async def test_address(self, raw: RawBot, anna: Learner) -> None:
        """This server fetches no addresses, and says so as Telegram does when it cannot."""
        words = "Bad Request: failed to get HTTP URL content"
        await refused(raw, words, "sendPhoto", chat_id=1001, photo="https://example.org/p.png")

    async def test_small_sizes_are_real(self, scene: Scene) -> None:
        """A smaller size of a photo can be downloaded and has that size."""
        small = next(m.photo[0] for m in scene.anna.messages if m.photo)
        path = (await scene.raw("getFile", file_id=small.file_id))["file_path"]
        address = f"{scene.server.url}/file/bot{scene.server.config.tokens[0]}/{path}"
        async with scene.raw.session.get(address) as response:
            image = Image.open(io.BytesIO(await response.read()))
        assert image.size == (small.width, small.height) == (90, 68)
