"""getMe, logOut, close and getFile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lplate_bot.playground.objects import File, Me

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lplate_bot.playground.call import Call, Handler


def get_me(call: Call) -> Me:
    """Return the bot itself."""
    user = call.bot.account.user
    return Me(
        user.id,
        is_bot=True,
        first_name=user.first_name,
        username=user.username or "",
        can_join_groups=True,
        can_read_all_group_messages=False,
        supports_guest_queries=False,
        supports_inline_queries=False,
        can_connect_to_business=False,
        has_main_web_app=False,
        has_topics_enabled=False,
        allows_users_to_create_topics=False,
        can_manage_bots=False,
        supports_join_request_queries=False,
    )


def let_go(call: Call) -> bool:
    """Accept logOut and close: there is no other server to move to."""
    call.bot.queue.interrupt()
    return True


def get_file(call: Call) -> File:
    """Return where a file can be downloaded."""
    return call.messenger.files.info(call.bot.id, call.params["file_id"])


HANDLERS: Final[Mapping[str, Handler]] = {
    "getMe": get_me,
    "logOut": let_go,
    "close": let_go,
    "getFile": get_file,
}
