from __future__ import annotations

import pytest

from lplate_bot.egress import ApiResponse, ApiUnreachable, Kind, ResponseParameters, classify

BAD = "Bad Request: "


@pytest.mark.parametrize(
    ("code", "words", "kind"),
    [
        (
            400,
            BAD
            + "message is not modified: specified new message content and reply markup are exactly the same",
            Kind.NOT_MODIFIED,
        ),
        (400, "MESSAGE_NOT_MODIFIED", Kind.NOT_MODIFIED),
        (
            400,
            BAD + "query is too old and response timeout expired or query ID is invalid",
            Kind.QUERY_TOO_OLD,
        ),
        (400, BAD + "QUERY_ID_INVALID", Kind.QUERY_TOO_OLD),
        (400, BAD + "message to edit not found", Kind.MESSAGE_GONE),
        (400, BAD + "Message To Edit Not Found", Kind.MESSAGE_GONE),
        (400, BAD + "message can't be edited", Kind.MESSAGE_GONE),
        (400, BAD + "MESSAGE_ID_INVALID", Kind.MESSAGE_GONE),
        (400, BAD + "message to delete not found", Kind.MESSAGE_GONE),
        (400, BAD + "there is no text in the message to edit", Kind.CANNOT_BECOME_TEXT),
        (400, BAD + "there is no caption in the message to edit", Kind.HAS_NO_CAPTION),
        (403, "Forbidden: bot was blocked by the user", Kind.BLOCKED),
        (403, "Forbidden: user is deactivated", Kind.BLOCKED),
        (403, "Forbidden: bot can't initiate conversation with a user", Kind.BLOCKED),
        (400, BAD + "chat not found", Kind.BLOCKED),
        (400, BAD + "PEER_ID_INVALID", Kind.BLOCKED),
        (400, BAD + "wrong file identifier/HTTP URL specified", Kind.WRONG_FILE),
        (400, BAD + "wrong remote file identifier specified: Wrong string length", Kind.WRONG_FILE),
        (400, BAD + "wrong file_id or the file is temporarily unavailable", Kind.WRONG_FILE),
        (400, BAD + "can't use file of type Document as Photo", Kind.WRONG_FILE),
        (400, BAD + "message text is empty", Kind.REJECTED),
        (400, BAD + "can't parse entities: unsupported start tag", Kind.REJECTED),
        (413, "Request Entity Too Large", Kind.REJECTED),
        (404, "Not Found", Kind.REJECTED),
        (401, "Unauthorized", Kind.UNAUTHORIZED),
        (500, "Internal Server Error", Kind.RETRY),
        (502, "Bad Gateway", Kind.RETRY),
        (301, "Moved Permanently", Kind.RETRY),
    ],
)
def test_refusals_are_told_apart(code: int, words: str, kind: Kind) -> None:
    """Each thing that Telegram says is the outcome that callers decide on."""
    assert classify(ApiResponse(code, ok=False, error_code=code, description=words)).kind is kind


def test_success_carries_its_result() -> None:
    """A success is OK whatever its words."""
    assert classify(ApiResponse(200, ok=True, description="chat not found")).kind is Kind.OK


def test_no_response_is_to_be_repeated() -> None:
    """Failing to reach the Bot API is RETRY and keeps the reason."""
    error = ApiUnreachable("closed")
    outcome = classify(error)
    assert (outcome.kind, outcome.error, outcome.result) == (Kind.RETRY, error, None)


@pytest.mark.parametrize(
    ("words", "retry_after_s", "wait_s"),
    [
        ("Too Many Requests: retry after 14", 14, 14.0),
        ("Too Many Requests: retry after 14", None, 14.0),
        ("Too Many Requests", None, 1.0),
        ("Too Many Requests: retry after 0", 0, 0.02),
        ("Too Many Requests: retry after -5", -5, 0.02),
    ],
)
def test_a_flood_knows_its_wait(words: str, retry_after_s: float | None, wait_s: float) -> None:
    """A 429 tells how long to wait, by its parameter, else by its words, else a second."""
    asked = ResponseParameters(retry_after=retry_after_s)
    response = ApiResponse(429, ok=False, error_code=429, description=words, parameters=asked)
    outcome = classify(response)
    assert (outcome.kind, outcome.retry_after_s) == (Kind.FLOOD, wait_s)


def test_a_migrated_group_is_told() -> None:
    """A group that became a supergroup is MIGRATED and the response knows where to."""
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    moved = ResponseParameters(migrate_to_chat_id=-1001)
    response = ApiResponse(400, ok=False, error_code=400, description=words, parameters=moved)
    assert classify(response).kind is Kind.MIGRATED
