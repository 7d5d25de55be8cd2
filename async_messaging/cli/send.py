"""``async-messaging send``: one message, and what became of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated

import typer

from ..client import MessagingClient
from ..errors import AnswerTimeout
from ..models import Message, MessageDraft
from ..pipeline.events import LateAnswer
from .exits import Exit, command
from .options import BaseUrl, Json, MediaUrls, Sender, needed_sender
from .screen import facts, record_of, say, say_json

_GRACE = 10.0


@command(verbose=True, creates=True)
async def send(
    to: Annotated[
        str, typer.Option(metavar="NUMBER", help="Recipient: +15558675310, whatsapp:+...")
    ],
    body: Annotated[str | None, typer.Option(metavar="TEXT", help="The text.")] = None,
    sender: Sender = None,
    media_url: MediaUrls = None,
    messaging_service: Annotated[
        str | None, typer.Option(metavar="MG...", help="Messaging service that picks the sender.")
    ] = None,
    timeout: Annotated[  # noqa: ASYNC109  # an option of the command
        float,
        typer.Option(
            metavar="SECONDS",
            help="How long to wait; a request under way then gets 10 seconds more.",
        ),
    ] = 60.0,
    base_url: BaseUrl = None,
    as_json: Json = False,
) -> None:
    """Send one message, at most once.

    Credentials come from TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (or TWILIO_API_KEY and
    TWILIO_API_KEY_SECRET).
    """
    draft = _draft(to, sender, messaging_service, body, media_url)
    message = await _sent(draft, MessagingClient(base_url=base_url, timeout=timeout))
    if as_json:
        say_json({"outcome": "accepted", **record_of(message)})
    else:
        _show(message)


def _draft(
    to: str,
    sender: str | None,
    service: str | None,
    body: str | None,
    media_url: list[str] | None,
) -> MessageDraft:
    given = {"body": body, "media_url": media_url or None, "messaging_service_sid": service}
    values = {name: value for name, value in given.items() if value is not None}
    if sender or not service:
        values["from_"] = needed_sender(sender)
    return MessageDraft(to=to, **values)  # type: ignore[arg-type]  # the names are the draft's own


async def _sent(draft: MessageDraft, client: MessagingClient) -> Message:
    """The message as accepted; an answer that comes after the time-out counts too."""
    async with client:
        late: list[LateAnswer] = []
        client.events.on_late_answer(late.append)
        try:
            return await client.messages.send(draft)
        except AnswerTimeout as error:
            with suppress(TimeoutError):
                async with asyncio.timeout(_GRACE):
                    message: Message = await error.late_answer()
                    return message
            raise
        except asyncio.CancelledError:
            await client.close(_GRACE)
            say(f"interrupted; {_what_is_known(late, written=client.stats().late > 0)}")
            raise typer.Exit(Exit.INTERRUPTED) from None


def _what_is_known(late: list[LateAnswer], *, written: bool) -> str:
    if not written:
        return "the message was not sent"
    sid = next((answer.sid for answer in late if answer.sid), None)
    return f"the message was accepted as {sid}" if sid else "the message may have been accepted"


def _show(message: Message) -> None:
    segments = "chosen with the sender" if message.num_segments == 0 else message.num_segments
    sender = message.from_ or message.messaging_service_sid
    facts(
        [
            ("accepted", message.sid),
            ("status", message.status),
            ("to", message.to),
            ("from", sender),
            ("segments", segments),
        ]
    )
