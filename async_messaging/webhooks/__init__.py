"""What Twilio sends: messages that come in, and the statuses of those that went out.

    hooks = Webhooks(auth_token=..., public_url="https://example.com")

    @hooks.on_message
    async def reply(message: InboundMessage) -> MessagingResponse | str | None: ...

    @hooks.on_status
    async def track(status: StatusCallback) -> None: ...

    app.add_routes(hooks.aiohttp_routes("/sms", "/status"))     # aiohttp
    app.mount("/twilio", hooks.asgi())                          # Starlette, FastAPI, any ASGI server
    hooks.validate(url=..., headers=..., body=...)              # anywhere else

Twilio's reference: Messaging webhooks.
"""

from __future__ import annotations

from ..codec.statuses import FINAL_STATUSES, STATUS_RANK, merge_status, outranks
from .answer import WebhookAnswer
from .events import Event, InboundMedia, InboundMessage, StatusCallback
from .explanation import Explanation
from .keys import SharedKey
from .keywords import KEYWORDS, Keyword, Keywords, KeywordTable
from .reading import read_event
from .router import MessageHandler, StatusHandler, Suppressions, Webhooks
from .seen import MemorySeen, Seen

__all__ = [
    "FINAL_STATUSES",
    "KEYWORDS",
    "STATUS_RANK",
    "Event",
    "Explanation",
    "InboundMedia",
    "InboundMessage",
    "Keyword",
    "KeywordTable",
    "Keywords",
    "MemorySeen",
    "MessageHandler",
    "Seen",
    "SharedKey",
    "StatusCallback",
    "StatusHandler",
    "Suppressions",
    "WebhookAnswer",
    "Webhooks",
    "merge_status",
    "outranks",
    "read_event",
]
