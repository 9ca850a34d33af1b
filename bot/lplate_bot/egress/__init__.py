"""Send to Telegram: client, limits, order, retries, pictures."""

from lplate_bot.egress.body import FilePart, multipart
from lplate_bot.egress.call import PICTURE_SLOT, Call, Picture
from lplate_bot.egress.client import ApiClient, ApiResponse, ResponseParameters
from lplate_bot.egress.failure import ApiTimeout, ApiUnreachable
from lplate_bot.egress.files import FileIds
from lplate_bot.egress.limits import SendLimits, SendRates
from lplate_bot.egress.outbox import Outbox
from lplate_bot.egress.outcome import Kind, Outcome, classify
from lplate_bot.egress.pool import PoolLimits
from lplate_bot.egress.room import Room

__all__ = [
    "PICTURE_SLOT",
    "ApiClient",
    "ApiResponse",
    "ApiTimeout",
    "ApiUnreachable",
    "Call",
    "FileIds",
    "FilePart",
    "Kind",
    "Outbox",
    "Outcome",
    "Picture",
    "PoolLimits",
    "ResponseParameters",
    "Room",
    "SendLimits",
    "SendRates",
    "classify",
    "multipart",
]
