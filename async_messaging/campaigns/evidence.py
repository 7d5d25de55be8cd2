"""What a ledger tells settling of its open attempts, through any connection."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ..codec.sids import pack
from .attempted import Attempted
from .reading import Tables, row_of
from .rows import Row

__all__ = ["EvidenceReader"]

_NEAR = 2_000
"""Rows on either side of one that were sent about the same time, more or less."""


def _seconds(stored: int | None) -> float | None:
    return None if stored is None else stored / 1000


class EvidenceReader:
    """Reads what settling asks. Raises SQLite's own errors."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def claimed(self, sids: Collection[str]) -> set[str]:
        """Which of these sids attempts have, former ones too."""
        return self._tables.claimed(sids)

    def unsettled(self, *, held: bool) -> list[Attempted]:
        """Unknown attempts; held and former ones too, if they are asked for."""
        found = self._attempts("unsettled_attempts", held)
        return found + self._attempts("former") if held else found

    def open_to(self, numbers: Collection[str]) -> list[Attempted]:
        """All open attempts to these numbers."""
        found = [
            _attempted(cells)
            for cells in self._tables.for_each("open_to", [(number,) for number in numbers])
        ]
        former = [one for one in self._attempts("former") if one.row.to in numbers]
        return found + former

    def owned(self, sids: Collection[str]) -> dict[str, Row]:
        """The rows of these messages, by sid."""
        rows = (
            row_of(text)
            for (text,) in self._tables.for_each("owned", [(pack(sid),) for sid in sids])
        )
        return {row.sid: row for row in rows}

    def canaries(
        self, near: int, since: float, until: float, limit: int
    ) -> list[tuple[str, float, str]]:
        """Messages that were accepted for rows near this one: sid, time, recipient."""
        found = self._tables.all(
            "canaries", near - _NEAR, near + _NEAR, since * 1000, until * 1000, limit
        )
        return [(sid, at / 1000, to) for sid, at, to in found]

    def _attempts(self, query: str, *values: object) -> list[Attempted]:
        return list(map(_attempted, self._tables.all(query, *values)))


def _attempted(cells: Sequence[Any]) -> Attempted:
    text, attempt, former, earliest, latest, hint, negatives, looks, looked_at = cells
    return Attempted(
        row=row_of(text),
        attempt=attempt,
        former=bool(former),
        earliest=_seconds(earliest),
        latest=_seconds(latest),
        hint=hint or "",
        negatives=negatives,
        looks=looks,
        looked_at=_seconds(looked_at),
    )
