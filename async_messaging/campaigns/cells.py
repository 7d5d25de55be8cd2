"""What a ledger's columns hold of outcomes, new rows and a plan."""

from __future__ import annotations

import math
import secrets

import msgspec

from ..codec.sids import pack
from .rows import NewRow, Outcome

TOKEN_BYTES = 12
"""Random bytes that a status callback carries back."""

_encode = msgspec.json.Encoder().encode


def encoded(value: object) -> str:
    """A value as JSON."""
    return _encode(value).decode()


def below(seconds: float) -> int:
    """A lower bound in whole milliseconds."""
    return math.floor(seconds * 1000)


def above(seconds: float) -> int:
    """An upper bound in whole milliseconds."""
    return math.ceil(seconds * 1000)


def ms(seconds: float | None) -> int | None:
    """A moment in whole milliseconds."""
    return None if seconds is None else round(seconds * 1000)


def cells_of(outcome: Outcome) -> tuple[object, ...]:
    """An outcome for `apply`, which makes NULL of what is empty."""
    put_back = outcome.at if outcome.not_before is None else outcome.not_before
    return (
        outcome.row,
        outcome.epoch,
        outcome.attempt,
        outcome.before,
        outcome.state,
        round(outcome.at * 1000),
        pack(outcome.sid),
        outcome.status,
        outcome.segments,
        outcome.code or 0,
        outcome.error,
        round(put_back * 1000),
    )


def new_cells(row: NewRow) -> tuple[object, ...]:
    """A new row for `add`."""
    return (
        row.row,
        row.to,
        encoded(row.variables),
        b"" if row.skip else secrets.token_bytes(TOKEN_BYTES),
        "SKIPPED" if row.skip else "READY",
        row.skip or None,
        row.segments or None,
    )
