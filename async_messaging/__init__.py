"""Text messages through Twilio from asyncio.

    async with MessagingClient() as client:
        message = await client.messages.create(to="+15558675310", from_="+15017122661", body="Hi")

What is named here is loaded on first use, so that importing the package stays cheap. A program may import it before it
runs pytest, which loads our plugin (PYTEST_DONT_REWRITE: else pytest would warn that it came too late).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .bulk.fanout import BulkSend
    from .bulk.report import BulkResult, Summary
    from .campaigns.campaign import Campaign
    from .campaigns.options import RowEvent, RunOptions, RunResult, Said
    from .campaigns.run import CampaignRun
    from .client import ClientView, MessagingClient
    from .codec.codes import CodeFacts, facts_of
    from .codec.segments import Segmentation, count_segments
    from .errors import (
        AccountStopped,
        AnswerTimeout,
        APIError,
        BadRequest,
        Blocked,
        CircuitOpen,
        ClientClosed,
        Conflict,
        ConnectFailed,
        ConnectionLost,
        DailyLimitReached,
        Forbidden,
        InvalidInput,
        InvalidSignature,
        KeyReused,
        LedgerError,
        MessagingError,
        NotFound,
        NotSent,
        OutcomeUnknown,
        RateLimited,
        Redirected,
        SenderQueueFull,
        ServerError,
        ServerFailed,
        SettingsError,
        Unauthorized,
        UnexpectedAnswer,
        WaitTooLong,
    )
    from .models import Message, MessageDraft
    from .outbox.memory import MemoryStore
    from .outbox.outbox import Outbox
    from .outbox.policy import SendPolicy
    from .outbox.results import HeldKey, OutboxCounts, OutboxResult, Settled
    from .outbox.sqlite import SqliteStore
    from .settings import AttemptTimeout, Limits
    from .simulator import Simulator
    from .transport.scripted import ScriptedTransport

    __version__: str

_HOMES = {
    "bulk.fanout": "BulkSend",
    "bulk.report": "BulkResult Summary",
    "campaigns.campaign": "Campaign",
    "campaigns.options": "RowEvent RunOptions RunResult Said",
    "campaigns.run": "CampaignRun",
    "client": "ClientView MessagingClient",
    "codec.codes": "CodeFacts facts_of",
    "codec.segments": "Segmentation count_segments",
    "errors": "APIError AccountStopped AnswerTimeout BadRequest Blocked CircuitOpen ClientClosed"
    " Conflict ConnectFailed ConnectionLost DailyLimitReached Forbidden InvalidInput"
    " InvalidSignature KeyReused LedgerError MessagingError NotFound NotSent OutcomeUnknown"
    " RateLimited Redirected SenderQueueFull ServerError ServerFailed SettingsError Unauthorized"
    " UnexpectedAnswer WaitTooLong",
    "models": "Message MessageDraft",
    "outbox.memory": "MemoryStore",
    "outbox.outbox": "Outbox",
    "outbox.policy": "SendPolicy",
    "outbox.results": "HeldKey OutboxCounts OutboxResult Settled",
    "outbox.sqlite": "SqliteStore",
    "settings": "AttemptTimeout Limits",
    "simulator": "Simulator",
    "transport.scripted": "ScriptedTransport",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "APIError",
    "AccountStopped",
    "AnswerTimeout",
    "AttemptTimeout",
    "BadRequest",
    "Blocked",
    "BulkResult",
    "BulkSend",
    "Campaign",
    "CampaignRun",
    "CircuitOpen",
    "ClientClosed",
    "ClientView",
    "CodeFacts",
    "Conflict",
    "ConnectFailed",
    "ConnectionLost",
    "DailyLimitReached",
    "Forbidden",
    "HeldKey",
    "InvalidInput",
    "InvalidSignature",
    "KeyReused",
    "LedgerError",
    "Limits",
    "MemoryStore",
    "Message",
    "MessageDraft",
    "MessagingClient",
    "MessagingError",
    "NotFound",
    "NotSent",
    "Outbox",
    "OutboxCounts",
    "OutboxResult",
    "OutcomeUnknown",
    "RateLimited",
    "Redirected",
    "RowEvent",
    "RunOptions",
    "RunResult",
    "Said",
    "ScriptedTransport",
    "Segmentation",
    "SendPolicy",
    "SenderQueueFull",
    "ServerError",
    "ServerFailed",
    "SettingsError",
    "Settled",
    "Simulator",
    "SqliteStore",
    "Summary",
    "Unauthorized",
    "UnexpectedAnswer",
    "WaitTooLong",
    "__version__",
    "count_segments",
    "facts_of",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("async-messaging")
    if name in _HOME:
        value: object = getattr(import_module(f".{_HOME[name]}", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
