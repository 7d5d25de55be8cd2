"""What goes into a ledger and comes out of it. No repr shows a number, a text or a token.

Times are seconds since 1970; a ledger keeps whole milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from ..bulk.records import Value
from ..errors import InvalidInput
from ..models.shown import Shown
from ..settling.states import State, may_go

NoteKind = Literal[
    "pause", "resume", "cancel", "rate", "receipt", "listed", "stop", "probe", "unknown"
]

CANCELLED = "cancelled"
"""Why a row of a cancelled campaign is skipped."""

_OPEN = frozenset({"state", "before", "kind"})


class _Entry(Shown, frozen=True, kw_only=True, gc=False):
    """A struct of the ledger: its repr shows states, counts and sids only."""

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Name and safe text of each field that is set."""
        return [
            (name, repr(getattr(self, name)) if name in _OPEN else text)
            for name, text in super().__rich_repr__()
        ]


class Plan(_Entry, frozen=True, kw_only=True):
    """What a campaign sends: stored once, while rows keep their number and variables alone.

    Attributes:
        template: the text; None where the columns are the message's fields.
        sender: who sends the rows that name nobody themselves.
        media_url: media of the rows that have none of their own.
        columns: the source's columns.
        recipient: the one that holds the recipient.
        status_callback: where Twilio tells what becomes of messages; each gets its row's token.
        source: the source's name, without its folder.
        source_hash: SHA-256 of the source's bytes.
        repeats: a number that stands in several rows gets several messages.
        retry_of: the random name of the campaign whose undelivered rows these are.
    """

    name: str
    template: str | None = None
    sender: str | None = None
    media_url: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    recipient: str = "to"
    status_callback: str | None = None
    source: str = ""
    source_hash: str = ""
    repeats: bool = False
    retry_of: str = ""


class NewRow(_Entry, frozen=True, kw_only=True):
    """One row at import. Of a bad row *to* is what its file says; *skip* is why it, or a duplicate, will not be sent."""

    row: int
    to: str
    variables: Mapping[str, Value] = msgspec.field(default_factory=dict[str, Value])
    skip: str = ""
    segments: int = 0


class Row(_Entry, frozen=True, kw_only=True):
    """A row as the ledger has it.

    Attributes:
        variables: the cells that the message needs, by column.
        token: random text that a status callback carries back.
        epoch: the run that made its last attempt, 0 before the first.
        attempt: attempts made.
        intent_at: when the last attempt was announced.
        ended_at: when the last outcome was recorded.
        not_before: of a row that was put back: when it may go again.
        status: the message's last known status.
        error: what went wrong, or why it was skipped or held; masked.
    """

    row: int
    to: str
    variables: dict[str, Value]
    token: str
    state: State
    epoch: int = 0
    attempt: int = 0
    intent_at: float | None = None
    ended_at: float | None = None
    not_before: float | None = None
    sid: str = ""
    status: str = ""
    code: int | None = None
    error: str = ""
    segments: int = 0


class Claim(_Entry, frozen=True, kw_only=True):
    """Leave to send one row once: its intent is durable."""

    row: int
    to: str
    token: str
    epoch: int
    attempt: int
    at: float
    state: State = "INTENT"


class Outcome(_Entry, frozen=True, kw_only=True):
    """How one attempt ended, or what was found out about it later; else its fields are a `Row`'s.

    Attributes:
        before: the state that the row must have.
        at: when that was learnt.
        to: the recipient, for the rescue file; so is the token.
        hint: a sid that stood in an answer which could not be read.
    """

    row: int
    epoch: int
    attempt: int
    before: State = "INTENT"
    state: State
    at: float
    sid: str = ""
    status: str = ""
    code: int | None = None
    error: str = ""
    segments: int = 0
    not_before: float | None = None
    to: str = ""
    token: str = ""
    hint: str = ""

    def __post_init__(self) -> None:
        if not may_go(self.before, self.state) or self.state == "INTENT":
            raise InvalidInput(f"no row goes from {self.before} to {self.state}", field="state")
        if (self.state == "ACCEPTED") != bool(self.sid):
            raise InvalidInput("an accepted row has a sid, and no other", field="sid")


class Note(_Entry, frozen=True, kw_only=True):
    """What another process has to say to a campaign.

    Attributes:
        kind: ``pause``, ``resume``, ``cancel``, ``rate``, ``receipt``, ``listed`` (a message as
            Twilio's list has it), ``stop``, ``probe``, which changes nothing, or ``unknown``: a newer
            version's, which this one passes over.
        rate: of ``rate``: segments a second.
        row: of ``receipt``: the row that the callback's URL names.
        token: of ``receipt`` and ``probe``: the token that the callback's URL carries.
        sid: of ``receipt`` and ``listed``, as are status, code and sender: the message's.
        to: of ``stop``: who wants no more messages.
        segments: of ``listed``, as are price and price_unit: as Twilio writes them.
        key: what tells the event from every other: the spool keeps one of each.
    """

    kind: NoteKind
    at: float
    rate: float | None = None
    row: int = 0
    token: str = ""
    sid: str = ""
    status: str = ""
    code: int | None = None
    to: str = ""
    sender: str = ""
    segments: int = 0
    price: str | None = None
    price_unit: str = ""
    key: str = ""


class Event(_Entry, frozen=True, kw_only=True):
    """Something that contradicts the ledger: it is kept, and the row stays as it is.

    Attributes:
        kind: ``late_outcome``, ``sid_twice`` or ``no_such_row``.
        state: the state that the row would have got.
    """

    at: float
    kind: str
    row: int
    attempt: int
    state: State
    sid: str = ""
    code: int | None = None


class Counts(_Entry, frozen=True, kw_only=True):
    """Rows by state."""

    ready: int = 0
    intent: int = 0
    accepted: int = 0
    rejected: int = 0
    unknown: int = 0
    held: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        """All rows."""
        return sum(getattr(self, name) for name in self.__struct_fields__)


class Reason(_Entry, frozen=True, kw_only=True):
    """Why some *rows* are rejected, held, skipped or unknown: Twilio's code, and what is said of them, masked."""

    state: str
    code: int | None
    error: str
    rows: int


class Facts(_Entry, frozen=True, kw_only=True):
    """What a ledger knows of its campaign.

    Attributes:
        campaign: a random name that no other campaign has.
        rows: the sealed row count, None while rows are imported.
        source_hash: the hash of the source, empty until sealed.
        epoch: the run that may write.
        wish: ``pause`` or ``cancel`` if somebody said so last, ``cancelled`` when that is carried
            out, else empty.
        rate: the rate that was set last, in segments a second.
        options: what the last run was started with, as JSON.
        ending: how the last run ended, empty while one runs or if it was killed.
        reason: why it ended so, in a sentence.
        realm: the account and origin of its messages; empty if that is not known.
        exclusive: senders and services that nobody else uses.
        wall_epoch: attempts up to this run were made by version 0.1, with times of a wall clock.
    """

    campaign: str
    plan: Plan
    created_at: float
    rows: int | None = None
    source_hash: str = ""
    epoch: int = 0
    run_at: float = 0.0
    wish: str = ""
    rate: float | None = None
    options: str = ""
    ending: str = ""
    reason: str = ""
    ended_at: float | None = None
    realm: str = ""
    exclusive: tuple[str, ...] = ()
    wall_epoch: int = 0


def outcome_of(seen: Claim | Row, state: State, at: float, **facts: Any) -> Outcome:
    """The outcome of an attempt, or of a row that is unknown or held, as it was *seen*; *facts* are further fields."""
    return Outcome(
        row=seen.row,
        epoch=seen.epoch,
        attempt=seen.attempt,
        before=seen.state,
        state=state,
        at=at,
        to=seen.to,
        token=seen.token,
        **facts,
    )
