"""What settling reads of a ledger, and what it finds out. Times are Twilio's, seconds since 1970."""

from __future__ import annotations

from ..models.shown import Shown
from .rows import Outcome, Row

__all__ = ["Attempted", "Finding"]


class Attempted(Shown, frozen=True, kw_only=True):
    """An open attempt of a row, as settling sees it.

    Attributes:
        row: the row. If the attempt is a former one, it has gone on since.
        attempt: which attempt it is.
        former: the row was sent again although nobody knows what became of this attempt.
        earliest: when it was announced, at least; None if that is not known.
        latest: when it ended, at most; None while it is under way, or if that is not known.
        hint: a sid that stood in an answer which could not be read.
        negatives: complete scans of Twilio's list that did not find it.
        looks: scans that decided nothing.
        looked_at: when the last of either was.
    """

    row: Row
    attempt: int
    former: bool = False
    earliest: float | None = None
    latest: float | None = None
    hint: str = ""
    negatives: int = 0
    looks: int = 0
    looked_at: float | None = None


class Finding(Shown, frozen=True, kw_only=True):
    """What settling found out about an open attempt.

    Attributes:
        attempt: the attempt, as it was seen.
        outcome: what becomes of its row; None if it stays, or has gone on since.
        sid: the message that a former attempt made.
        stays_open: the row is sent again although nobody knows what became of this attempt.
        negatives: how many it has now.
        looks: how many it has now.
        looked_at: when the last of either was.
    """

    attempt: Attempted
    outcome: Outcome | None = None
    sid: str = ""
    stays_open: bool = False
    negatives: int = 0
    looks: int = 0
    looked_at: float | None = None
