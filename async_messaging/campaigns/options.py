"""How a campaign is run, how a run ended, and what it tells while it goes on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Literal, TypeAlias, TypedDict

import msgspec

from ..errors import SettingsError
from ..settling.states import OnUnknown, State
from .rows import Counts, Reason

Ending = Literal["complete", "paused", "stopped", "cancelled", "storage"]
"""How a run ended: every row final or held; paused, to be run again; stopped by credentials, account
or a redirect; cancelled; or the ledger failed."""


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a campaign is run.

    Attributes:
        rate: segments a second; None for the client's own limits only.
        concurrency: calls under way at most.
        on_unknown: what becomes of rows whose send can't be settled.
        settle: seconds until an accepted message is in Twilio's list for sure.
        scan_interval: seconds between two scans of the list.
        max_messages: pause after so many messages of this run.
        not_after: send nothing after this moment, and let nothing wait in Twilio's queue beyond it.
        pause_above: pause when more than this share of the last 200 rows was refused or unknown;
            None never does.
        grace: seconds that a pause waits for calls under way.
        exclusive: senders and messaging services that nobody else uses: then a message of theirs to
            a row's person settles the row although its text can't be told.

    Raises:
        SettingsError: a value can't be used.
    """

    rate: float | None = None
    concurrency: int = 64
    on_unknown: OnUnknown = "hold"
    settle: float = 120.0
    scan_interval: float = 60.0
    max_messages: int | None = None
    not_after: dt.datetime | None = None
    pause_above: float | None = 0.5
    grace: float = 30.0
    exclusive: Collection[str] = ()

    def __post_init__(self) -> None:
        if self.rate is not None and not 0 < self.rate < float("inf"):
            raise SettingsError("rate must be above 0 segments a second")
        if self.concurrency < 1:
            raise SettingsError("concurrency must be at least 1")
        if self.on_unknown not in ("hold", "resend", "repeat"):
            raise SettingsError("on_unknown must be hold, resend or repeat")
        times = (self.settle, self.scan_interval, self.grace)
        if not all(0 <= seconds < float("inf") for seconds in times):
            raise SettingsError("settle, scan_interval and grace must not be negative or endless")
        if self.max_messages is not None and self.max_messages < 1:
            raise SettingsError("max_messages must be at least 1")
        if self.not_after is not None and self.not_after.utcoffset() is None:
            raise SettingsError("not_after needs a time zone")
        if self.pause_above is not None and not 0 < self.pause_above <= 1:
            raise SettingsError("pause_above must be above 0 and at most 1")
        if isinstance(self.exclusive, str):  # a collection of letters
            raise SettingsError("exclusive must be a collection of senders and services")
        msgspec.structs.force_setattr(self, "exclusive", tuple(self.exclusive))


class RunChanges(TypedDict, total=False):
    """Single fields of `RunOptions`, as keywords."""

    rate: float | None
    concurrency: int
    on_unknown: OnUnknown
    settle: float
    scan_interval: float
    max_messages: int | None
    not_after: dt.datetime | None
    pause_above: float | None
    grace: float
    exclusive: Collection[str]


class RowEvent(msgspec.Struct, frozen=True, gc=False):
    """A row has changed.

    Attributes:
        row: the row.
        state: what it is now; READY if it was put back, to be sent again.
        sid: the message's sid, of an accepted row.
        code: Twilio's error code.
        error: what went wrong, masked.
    """

    row: int
    state: State
    sid: str = ""
    code: int | None = None
    error: str = ""


class Said(msgspec.Struct, frozen=True, gc=False):
    """Something about the run as a whole: a sender is parked, Twilio is failing, it pauses."""

    text: str


RunEvent: TypeAlias = RowEvent | Said


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended.

    Attributes:
        ending: in a word.
        reason: why, in a sentence; empty if it is complete.
        counts: rows by state.
        elapsed: seconds that the run took.
        moving: accepted messages of which no last status is known.
        attained: segments a second that were let go.
    """

    ending: Ending
    reason: str = ""
    counts: Counts
    elapsed: float = 0.0
    moving: int = 0
    attained: float = 0.0


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign is about to do.

    Attributes:
        rows: rows of the source.
        to_send: rows that will be sent.
        segments: their segments, as far as can be told before.
        skipped: rows that will not be sent: bad and repeated ones.
        reasons: why rows are skipped, the most frequent first.
    """

    rows: int
    to_send: int
    segments: int
    skipped: int
    reasons: tuple[Reason, ...] = ()
