"""All chapters of the surface, and where they differ from the specification, each with its reason."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from async_messaging.client import ClientView

__all__ = ["BEYOND", "WITHOUT", "Calls", "all_calls"]

Key = tuple[str, str]
Caller = Callable[[ClientView], Any]
Calls = dict[Key, Caller | tuple[Caller, ...]]
"""How an operation is called; several ways where its body has several forms."""


def all_calls() -> dict[Key, tuple[Caller, ...]]:
    """The calls of every chapter, by api and operation."""
    found: Calls = {}
    for file in sorted((Path(__file__).parent / "calls").glob("*.py")):
        found |= import_module(f"tests.contract.calls.{file.stem}").CALLS
    return {key: call if isinstance(call, tuple) else (call,) for key, call in found.items()}


PAGING = {"Page", "PageToken"}
"""Never sent by us: pages are followed by the links that Twilio gives."""

BEYOND: dict[Key, dict[str, str]] = {
    ("api_v2010", "CreateMessage"): {
        "MessageIntent": "in Twilio's documentation and its Python library since 9.11.1",
        "Tags": "in an example of the specification and in answers",
    },
    ("messaging_v2", "CreateChannelsSender"): {"friendly_name": "in Twilio's Python library 9.13"},
    ("messaging_v2", "UpdateChannelsSender"): {"friendly_name": "in Twilio's Python library 9.13"},
    ("content_v1", "CreateApprovalCreate"): {
        "send_ttl_seconds": "in Twilio's Python library 9.13",
        "bid_amount": "in Twilio's Python library 9.13",
    },
}
"""Parameters that we send and the specification does not name."""

WITHOUT: dict[Key, dict[str, str]] = {}
"""Parameters of the specification that we don't send."""
