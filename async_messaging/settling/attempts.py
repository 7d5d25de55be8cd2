"""What settling knows of a send that is open, and what it asks of whoever keeps such sends.

An *attempt* is one POST that may have made a message. It is open while its state is INTENT, UNKNOWN
or HELD. A former attempt of a row that was sent again stays an attempt of its own. Settling decides
over all open attempts to one recipient, in whatever ledger, outbox or client they are kept.

All times are seconds since 1970 **by Twilio's clock** (stores keep whole milliseconds). No wall
clock decides anything; see `server_clock`.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

import msgspec
from msgspec.structs import asdict

from ..models import Message, Shown
from .states import State


class SendOptions(enum.IntFlag):
    """What makes Twilio store another text, or another number, than was sent."""

    NONE = 0
    LINKS = 1
    """Links are shortened."""
    CONTENT = 2
    """A content template makes the text."""
    DISCARD = 4
    """The text is not kept (`ContentRetention`)."""
    HIDDEN = 8
    """The number is not kept (`AddressRetention`)."""


class Piece(NamedTuple):
    """A run of letters and digits: how many, and itself or its keyed hash in hexadecimal."""

    length: int
    value: str

    def __repr__(self) -> str:
        return f"<Piece of {self.length} letters and digits>"


class Print(Shown, frozen=True, kw_only=False, omit_defaults=True):
    """What is known of a text; `likeness` makes it and holds it against stored texts.

    A store that must not keep texts keeps keyed hashes: the same struct, made with a secret, stored
    as JSON (`msgspec.json.encode`).

    Attributes:
        exact: the text without trailing blanks, or its keyed hash; None where the text is not known
            (an unknown content template, a stored text that was discarded).
        letters: its letters and digits as one run.
        pieces: where links are shortened, the runs outside of them, in order.
    """

    exact: str | None = None
    letters: Piece = Piece(0, "")
    pieces: tuple[Piece, ...] = ()


Bounds = Literal["server", "wall", "blind"]
"""How the times of an attempt are known: by Twilio's clock; by a wall clock, one hour wider on both
sides (version 0.1): a match by its text counts and absence holds; or not at all: only a callback or
a hint settles it."""


class Sent(Shown, frozen=True, kw_only=True):
    """What is known of a message that was sent, as it is held against those that Twilio lists.

    One whose sid is known is a *witness*: it shows how Twilio stores what goes its way.

    Attributes:
        to: the recipient; of a witness it need not be known.
        sender: the sender that the request named, or None; its service likewise.
        options: what makes Twilio store another text or number.
        secret: the key of its print's hashes; empty where the print is plain.
        media: how many media it had; None where that is not known.
        template: the content template that makes its text; empty where that is known, or none does.
        variables: what it fills in, as JSON.
    """

    to: str = ""
    sender: str | None = None
    service: str | None = None
    options: SendOptions = SendOptions.NONE
    print: Print = Print()
    secret: bytes = b""
    media: int | None = 0
    template: str = ""
    variables: str = ""


class OpenAttempt(Sent, frozen=True, kw_only=True):
    """A send of which nobody knows, or whose call is under way; what it sent is told in `Sent`.

    Attributes:
        key: what its keeper calls it; other than every other attempt's of the same reading, those
            of other stores included: ``(store, row, attempt)``.
        earliest: it was not sent before; a lower bound.
        latest: its end, answer or error; an upper bound. Infinite while its call is under way.
        bounds: how these two are known.
        live: its call is under way, so its own answer may still tell.
        held: a person is to decide (HELD); it goes on competing until one has.
        own: it is kept by the store that settles now; others only compete.
        hint: a sid that stood in an answer which could not be read, or came with a callback.
        exclusive: its sender or service sends nothing but what this folder, database or client sends.
        negatives: complete scans of Twilio's list that did not find it.
        looks: scans that decided nothing.
        looked_at: when the last of either was, or None.
    """

    key: Hashable
    earliest: float = -math.inf
    latest: float = math.inf
    bounds: Bounds = "server"
    live: bool = False
    held: bool = False
    own: bool = True
    hint: str = ""
    exclusive: bool = False
    negatives: int = 0
    looks: int = 0
    looked_at: float | None = None


def open_attempt(
    sent: Sent,
    key: Hashable,
    earliest: float | None,
    latest: float | None,
    *,
    wall: bool = False,
    exclusive: Collection[str] = (),
    **noted: Any,
) -> OpenAttempt:
    """An attempt as a store keeps it: a time that is None is not known, so it bounds nothing.

    Args:
        wall: the times are a wall clock's.
        exclusive: senders and services that nobody else uses.
        noted: further fields.
    """
    known: Bounds = "wall" if wall else "server"
    return OpenAttempt(
        **asdict(sent),
        key=key,
        earliest=-math.inf if earliest is None else earliest,
        latest=math.inf if latest is None else latest,
        bounds="blind" if earliest is None else known,
        exclusive=not {sent.sender, sent.service}.isdisjoint(exclusive),
        **noted,
    )


class Canary(msgspec.Struct, frozen=True):
    """A message of ours, created at that time, that Twilio's list must have; *to* is empty where it is not kept any more."""

    sid: str
    created: float
    to: str = ""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What one reading of Twilio's list gave.

    Attributes:
        messages: those to the numbers in question, those that hints led to, and any others seen
            (witnesses).
        date: Twilio's time when it began: its first answer's `Date`.
        complete: the list was read to its end, without a page that failed or came twice.
        hides: numbers are masked in it, so absence says nothing.
        canaries_missing: messages that it should have and doesn't: it lags, or stands still.
    """

    messages: Sequence[Message]
    date: float
    complete: bool = True
    hides: bool = False
    canaries_missing: int = 0


Finding = Literal["accepted", "absent", "undecided", "wait"]
"""It was accepted; it is not in the list; the list decides nothing; not to be decided yet."""

Why = Literal[
    "hint",
    "same text",
    "like text",
    "not listed",
    "not due",
    "live",
    "candidates",
    "surplus",
    "hidden",
    "old",
    "blind",
    "incomplete",
    "lags",
    "unreadable",
    "undated",
]


class Verdict(msgspec.Struct, frozen=True):
    """What a reading says about one attempt.

    Attributes:
        sid: the message's, where it was accepted.
        why: the rule that decided.
        counts: an absence that is a negative; an undecided look that counts as one.
    """

    finding: Finding
    sid: str | None = None
    why: Why = "not listed"
    counts: bool = False


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand at the moment of a conclusion, read under the lock: attempts, then sids.

    Attributes:
        attempts: all open attempts to the numbers asked for, in every store that is seen from here.
        claimed: of these sids, those that belong to any row, key or call, present or former.
        witnesses: of these sids, the messages whose text is known.
        readable: False where a store could not be read: then nothing is decided.
    """

    attempts: Sequence[OpenAttempt]
    claimed: Callable[[Collection[str]], Collection[str]]
    witnesses: Callable[[Collection[str]], Mapping[str, Sent]] = lambda _sids: {}
    readable: bool = True


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an attempt: what it has now, *looked_at* by Twilio's clock.

    Attributes:
        attempt: the attempt, as it stood.
        state: what it is to become; None where only a look is noted, and it stays what it is.
        message: the message that it made, where it was accepted.
        why: what a person may read: the rule that decided.
    """

    attempt: OpenAttempt
    state: State | None = None
    message: Message | None = None
    why: str = ""
    negatives: int = 0
    looks: int = 0
    looked_at: float | None = None


class Attempts(Protocol):
    """What a ledger, an outbox and a client's registry are to settling."""

    @property
    def realm(self) -> str:
        """The account and region, or origin, that they were made in; see `realm_of`. Empty: not known."""
        ...

    async def due(self, *, held: bool = False) -> Sequence[OpenAttempt]:
        """Own attempts whose outcome is wanted: unknown ones, no live ones; on request those *held* for a person too."""
        ...

    async def canaries(self, since: float, until: float, limit: int) -> Sequence[Canary]:
        """Own messages with a known `date_created` between two moments, the latest first."""
        ...

    async def conclude(
        self, to: Collection[str], decide: Callable[[Standing], Sequence[Change]]
    ) -> Sequence[Change]:
        """Decide and write, under the one lock of folder, database or client; give the changes that were written.

        With the lock held it reads all open attempts to these numbers, calls *decide*, which asks
        for claimed sids, writes the changes with their claims in one transaction, and lets go. A change
        is written if its attempt still is as it stood.

        Args:
            decide: gives the changes; pure, quick, and without I/O but what it asks the standing.
        """
        ...


def realm_of(account_sid: str, base_url: str | None = None, region: str | None = None) -> str:
    """Where an attempt was made; no other realm's list says anything about it.

    Edges of one region are one realm. Another base URL than Twilio's is a realm by its origin.
    """
    return f"{account_sid} {base_url.rstrip('/') if base_url else region or 'us1'}"
