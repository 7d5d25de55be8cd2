"""What a creation sent, read from its form; and one of the client's own of which nobody knows."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import unquote_plus

from ..codec.numbers import is_address
from ..models import Message, MessageDraft
from ..operation import Call
from ..resources.messages import creation
from .attempts import OpenAttempt, SendOptions, Sent, open_attempt
from .likeness import PrintOf
from .server_clock import ServerClock


def sent_by(draft: MessageDraft) -> Sent:
    """What *draft* sends."""
    return sent_in(creation(draft).body)


def sent_in(form: bytes, secret: bytes = b"") -> Sent:
    """What a creation's form sends; `ValueError` if it is no form of a message to an address.

    Args:
        secret: the key of a store that keeps no texts: their print is made of hashes, and a template
            and its variables are left out.
    """
    fields: dict[str, list[str]] = {}
    for pair in form.decode("ascii").split("&"):
        name, _, text = pair.partition("=")  # names that matter are never quoted
        fields.setdefault(name, []).append(text)

    def value(name: str) -> str:
        return unquote_plus(fields[name][-1]) if name in fields else ""

    to, sender = value("To"), value("From")
    if not is_address(to):
        raise ValueError("the form names no address")
    options = SendOptions.NONE
    for name, wanted, option in _OPTIONS:
        if value(name) == wanted:
            options |= option
    template = value("ContentSid")
    if template:
        options |= SendOptions.CONTENT
    told = bool(template) and not secret
    # Another sender may stand in for these: nothing to compare.
    open_sender = not sender or bool(value("FallbackFrom")) or sender.startswith("rcs:")
    return Sent(
        to=to,
        sender=None if open_sender else sender,
        service=value("MessagingServiceSid") or None,
        options=options,
        print=PrintOf(secret).text(None if template else value("Body"), options),
        media=None if template else len(fields.get("MediaUrl", ())),
        template=template if told else "",
        variables=value("ContentVariables") if told else "",
    )


_OPTIONS = (
    ("ShortenUrls", "true", SendOptions.LINKS),
    ("ContentRetention", "discard", SendOptions.DISCARD),
    ("AddressRetention", "obfuscate", SendOptions.HIDDEN),
)


class Doubt:
    """One attempt of which nobody knows.

    Attributes:
        sent_at: when its first byte may have left, by the monotonic clock.
        ended: when it ended; infinite while it goes on.
        kept: a ledger or an outbox settles it.
        hint: a sid that its answer named.
        known: its outcome: the message, or None if there is none; not set while nobody knows.
    """

    __slots__ = (
        "call", "earliest", "ended", "held", "hint", "kept", "known", "latest",
        "looked_at", "looks", "negatives", "sent", "sent_at",
    )  # fmt: skip

    def __init__(self, call: Call[Any], sent_at: float, ended: float, *, kept: bool) -> None:
        self.call: Call[Any] = call
        self.sent_at: float = sent_at
        self.ended: float = ended
        self.kept: bool = kept
        self.hint: str = ""
        self.earliest: float | None = None
        self.latest: float | None = None
        self.sent: Sent | None = None
        self.known: tuple[Message | None] | None = None
        self.ask_again()

    def ask_again(self) -> None:
        """Somebody wants to know: looks begin anew."""
        self.held: bool = False
        self.looks: int = 0
        self.negatives: int = 0
        self.looked_at: float | None = None

    @property
    def key(self) -> tuple[int, float]:
        """Its call, which it holds, and its moment."""
        return id(self.call), self.sent_at

    def reads(self, server: ServerClock) -> None:
        """Bounds of its times, as soon as Twilio's clock is known."""
        if self.earliest is None and (found := server.bounds(self.sent_at)) is not None:
            self.earliest = found[0]
        if self.latest is None and self.ended < math.inf:
            found = server.bounds(self.ended)
            self.latest = server.now_high() if found is None else found[1]

    def attempt(self, server: ServerClock, *, own: bool) -> OpenAttempt | None:
        """It as the rules take it; None if its form is not one of ours."""
        self.reads(server)
        try:
            sent = self.sent = self.sent or sent_in(self.call.body)
        except ValueError:
            return None
        return open_attempt(
            sent,
            self.key,
            self.earliest,
            self.latest,
            live=self.ended == math.inf,
            held=self.held,
            own=own,
            hint=self.hint,
            negatives=self.negatives,
            looks=self.looks,
            looked_at=self.looked_at,
        )
