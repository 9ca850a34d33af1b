"""Tell the file ids of pictures that Telegram has, and upload the others once."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from lplate_bot.egress.body import JSON
from lplate_bot.egress.files import sent_file_id
from lplate_bot.egress.outcome import Kind, Outcome, classify

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate_bot.egress.call import Call, Picture
    from lplate_bot.egress.client import ApiResponse
    from lplate_bot.egress.failure import ApiUnreachable
    from lplate_bot.egress.files import FileIds
    from lplate_bot.egress.metrics import OutboxMetrics

    End = ApiResponse | ApiUnreachable
    OnEnd = Callable[[ApiResponse | ApiUnreachable | Outcome], None]

_log = logging.getLogger(__name__)

UPLOAD_TIMEOUT_S: Final = 120.0
"""Ten megabytes, the most a photo may have, over a slow line."""


class Client(Protocol):
    """What sending needs of the Bot API client."""

    def start(
        self,
        method: str,
        body: bytes,
        on_end: Callable[[ApiResponse | ApiUnreachable], None],
        content_type: str = JSON,
        timeout_s: float | None = None,
        *,
        is_repeatable: bool = False,
    ) -> object:
        """Begin a call; *on_end* runs once, after this returned."""


class Upload:
    """Know by which file id a call can name its picture; send the picture along where there is none.

    A waiting call holds no connection.
    """

    def __init__(self, client: Client, files: FileIds, metrics: OutboxMetrics) -> None:
        self._metrics = metrics
        self._client = client
        self._files = files
        self._tasks: set[asyncio.Task[None]] = set()

    def file_id(self, picture: Picture) -> str | None:
        """Return the file id that a call is to name *picture* by, if it is in memory."""
        file_id = self._files.known(picture)
        if file_id is not None:
            self._metrics.uploads_avoided += 1
        return file_id

    def forget(self, picture: Picture, file_id: str) -> None:
        """Forget a file id that Telegram refused."""
        self._files.forget(picture, file_id)

    def start(self, call: Call, picture: Picture, on_known: Callable[[], None], on_end: OnEnd) -> None:
        """Start *call* with the picture in it; *on_end* is told the response or the outcome.

        If the file id turns up in the store, or somebody else uploads the picture, *on_known* is run instead.
        """
        task = asyncio.get_running_loop().create_task(self._claim(call, picture, on_known, on_end))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Give up what waits."""
        for task in self._tasks:
            task.cancel()

    async def _claim(self, call: Call, picture: Picture, on_known: Callable[[], None], on_end: OnEnd) -> None:
        try:
            file_id = await self._files.claim(picture)
        except Exception:  # noqa: BLE001 - logged; the lane must go on whatever happened
            _log.exception("file_id_lookup_failed picture=%s", picture.digest)
            on_end(Outcome(Kind.RETRY, "the file id cannot be looked up"))
            return
        if file_id is not None:
            on_known()
        else:
            self._upload(call, picture, on_end)

    def _upload(self, call: Call, picture: Picture, on_end: OnEnd) -> None:
        try:
            body, content_type = call.with_upload(picture)
        except Exception:  # noqa: BLE001 - logged; the lane must go on whatever happened
            _log.exception("picture_unreadable picture=%s", picture.digest)
            self._files.settle(picture, None)
            on_end(Outcome(Kind.REJECTED, "the picture cannot be read"))
            return
        self._metrics.uploads += 1
        then = partial(self._on_uploaded, picture, on_end)
        timeout_s = call.timeout_s or UPLOAD_TIMEOUT_S
        self._client.start(call.method, body, then, content_type, timeout_s, is_repeatable=True)

    def _on_uploaded(self, picture: Picture, on_end: OnEnd, end: End) -> None:
        outcome = classify(end)
        file_id = sent_file_id(outcome.result) if outcome.kind is Kind.OK else None
        self._files.settle(picture, file_id)
        on_end(outcome)
