"""One attempt of a client's own of which nobody knows."""

from __future__ import annotations

import math
from typing import Any

from msgspec.structs import asdict

from ..models import Message
from ..operation import Call
from .attempts import OpenAttempt, Sent
from .sent import sent_in
from .server_clock import ServerClock

__all__ = ["Doubt"]

_NEVER = float("-inf")


class Doubt:
    """One attempt of which nobody knows.

    Attributes:
        call: the creation.
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
        return OpenAttempt(
            key=self.key,
            **asdict(sent),
            earliest=_NEVER if self.earliest is None else self.earliest,
            latest=math.inf if self.latest is None else self.latest,
            bounds="blind" if self.earliest is None else "server",
            live=self.ended == math.inf,
            held=self.held,
            own=own,
            hint=self.hint,
            negatives=self.negatives,
            looks=self.looks,
            looked_at=self.looked_at,
        )
