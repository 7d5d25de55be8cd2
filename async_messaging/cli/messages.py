"""``async-messaging messages``: list what was sent and received, or read one message."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from ..client import MessagingClient
from ..codec.codes import facts_of, link_of
from ..codec.dates import to_iso
from ..errors import InvalidInput
from ..models import Message
from .exits import command
from .options import BaseUrl, Json
from .screen import facts, out, record_of, say_json

app: typer.Typer = typer.Typer(help="List messages, or fetch one.", no_args_is_help=True)

_When = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="A day (UTC), 2025-01-31, or a moment with its zone."),
]


@app.command("list")
@command(verbose=True)
async def list_messages(
    to: Annotated[str | None, typer.Option(metavar="NUMBER", help="Only those to it.")] = None,
    sender: Annotated[
        str | None, typer.Option("--from", metavar="SENDER", help="Only those from it.")
    ] = None,
    sent_after: _When = None,
    sent_before: _When = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="No more than so many.")] = 50,
    base_url: BaseUrl = None,
    as_json: Json = False,
) -> None:
    """List messages, newest first."""
    after, before = _date(sent_after, "sent_after"), _date(sent_before, "sent_before")
    async with MessagingClient(base_url=base_url) as client:
        listing = client.messages.list(
            to=to, from_=sender, date_sent_after=after, date_sent_before=before, limit=limit
        )
        async for message in listing:
            if as_json:
                say_json(record_of(message))
            else:
                out().put(_line(message))


@app.command("fetch")
@command(verbose=True)
async def fetch_message(
    sid: Annotated[str, typer.Argument(metavar="SID", help="The message's sid, SM... or MM...")],
    base_url: BaseUrl = None,
    as_json: Json = False,
) -> None:
    """Read one message."""
    async with MessagingClient(base_url=base_url) as client:
        message = await client.messages.fetch(sid)
    if as_json:
        say_json(record_of(message))
    else:
        facts((name, value) for name, value in _details(message) if value not in {None, ""})


def _line(message: Message) -> str:
    when = message.date_sent or message.date_created
    day = f"{when:%Y-%m-%d %H:%M}" if when else ""
    code = f" {message.error_code}" if message.error_code else ""
    return f"{message.sid}  {day:<16}  {message.to or '':<12}  {message.status}{code}"


def _details(message: Message) -> list[tuple[str, object]]:
    price = None if message.price is None else f"{message.price} {message.price_unit or ''}"
    return [
        ("sid", message.sid),
        ("status", message.status),
        ("error", _error(message)),
        ("direction", message.direction),
        ("to", message.to),
        ("from", message.from_),
        ("service", message.messaging_service_sid),
        ("body", message.body),
        ("segments", message.num_segments),
        ("media", message.num_media or None),
        ("price", price),
        ("created", _moment(message.date_created)),
        ("went out", _moment(message.date_sent)),
        ("updated", _moment(message.date_updated)),
    ]


def _error(message: Message) -> str | None:
    code = message.error_code
    if not code:
        return None
    known = facts_of(code)
    meaning = known.meaning if known else message.error_message or "see Twilio's page"
    return f"{code}: {meaning}. {link_of(code)}"


def _moment(value: dt.datetime | None) -> str | None:
    return None if value is None else to_iso(value)


def _date(text: str | None, field: str) -> dt.date | None:
    """A day, or a moment."""
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text) if len(text) <= 10 else dt.datetime.fromisoformat(text)
    except ValueError:
        reason = "must be a day (2025-01-31) or a moment (2025-01-31T12:00:00Z)"
        raise InvalidInput(reason, field=field) from None
