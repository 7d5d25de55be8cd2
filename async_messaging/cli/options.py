"""Options that several commands take."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ..errors import SettingsError

NO_RATE = (
    "--rate is missing: the segments a second that the sender may take; Twilio's usual figures are"
    " 1 for a long code, 3 toll-free, 10 for a name, 80 WhatsApp, 100 for a short code,"
    " and 3.75 to 225 for a 10DLC registration"
)

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
SuppressionsFile = Annotated[
    Path | None,
    typer.Option(
        "--suppressions",
        metavar="FILE",
        help="Who wants no more messages; else ASYNC_MESSAGING_SUPPRESSIONS, else"
        " suppressions.db beside the campaign.",
        show_default=False,
    ),
]
Template = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        help='The text, "Hi {name}": a column in braces. Without it, columns named as a'
        " message's fields (body, media_url, ...) are those fields.",
    ),
]
PhoneColumn = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The recipient's column; else to, phone or number."),
]
MediaUrls = Annotated[
    list[str] | None, typer.Option(metavar="URL", help="Media to send along; repeatable.")
]
Concurrency = Annotated[int, typer.Option(min=1, metavar="N", help="Calls under way at most.")]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="Show no progress.")]
Settle = Annotated[
    float, typer.Option(metavar="SECONDS", help="Until Twilio's list has what it accepted.")
]
ScanInterval = Annotated[
    float, typer.Option(metavar="SECONDS", help="Between two scans of the list.")
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Log to stderr; numbers and texts are masked.")
]


def sender_of(given: str | None) -> str | None:
    """The sender on the command line, else the environment's."""
    names = ("TWILIO_FROM", "TWILIO_MESSAGING_SERVICE_SID")
    return given or next((value for name in names if (value := os.environ.get(name))), None)


def needed_sender(given: str | None) -> str:
    """The sender; `SettingsError` if there is none."""
    if sender := sender_of(given):
        return sender
    raise SettingsError(
        "no sender: give --from, or set TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID"
    )


def check_rate(rate: float | None) -> float | None:
    """The rate, if it is one, else `SettingsError`."""
    if rate is not None and not 0 < rate < float("inf"):
        raise SettingsError("--rate must be above 0 segments a second")
    return rate


def suppressions_file(given: Path | None, folder: Path) -> Path:
    """The file of those who want no more messages: as given, as the environment says, or here."""
    return given or Path(
        os.environ.get("ASYNC_MESSAGING_SUPPRESSIONS") or folder / "suppressions.db"
    )
