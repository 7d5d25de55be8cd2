"""Options that several commands take."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ..errors import SettingsError

__all__ = ["BaseUrl", "Json", "Sender", "Verbose", "needed_sender", "sender_of"]

BaseUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="One origin for all of Twilio's hosts, such as the simulator's;"
        " else ASYNC_MESSAGING_BASE_URL.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Sender = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="SENDER",
        help="Number, short code, name, whatsapp:+..., or messaging service (MG...);"
        " else TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID.",
        show_default=False,
    ),
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Log to stderr; numbers and texts are masked.")
]


def sender_of(given: str | None) -> str | None:
    """The sender on the command line, else the environment's."""
    names = ("TWILIO_FROM", "TWILIO_MESSAGING_SERVICE_SID")
    return given or next((value for name in names if (value := os.environ.get(name))), None)


def needed_sender(given: str | None) -> str:
    """The sender.

    Raises:
        SettingsError: there is none.
    """
    if sender := sender_of(given):
        return sender
    raise SettingsError(
        "no sender: give --from, or set TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID"
    )
