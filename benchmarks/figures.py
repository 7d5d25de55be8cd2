"""Figures of a run: medians with the least and the most of its rounds, by name."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence

import msgspec

__all__ = ["Figures", "Spread", "spread", "table"]


class Spread(msgspec.Struct, frozen=True, array_like=True):
    """The median of some rounds, and how far they lie apart."""

    median: float
    least: float
    most: float
    rounds: int

    def shown(self, digits: int = 2) -> str:
        """`0.16 (0.15-0.18)`, the median alone where there was one round."""
        if self.rounds == 1:
            return f"{self.median:,.{digits}f}"
        return f"{self.median:,.{digits}f} ({self.least:,.{digits}f}-{self.most:,.{digits}f})"


def spread(values: Iterable[float]) -> Spread | None:
    """Of the rounds' values; None if there is none."""
    found = sorted(values)
    return Spread(statistics.median(found), found[0], found[-1], len(found)) if found else None


class Figures:
    """What was measured, and what was left out.

    Attributes:
        all: the figures by name.
        left_out: a sentence for each thing that was not measured.
    """

    def __init__(self) -> None:
        self.all: dict[str, Spread] = {}
        self.left_out: list[str] = []

    def keep(self, name: str, values: Iterable[float]) -> Spread | None:
        """Keep what the rounds gave under this name."""
        found = spread(values)
        if found is not None:
            self.all[name] = found
        return found

    def ratio(
        self, name: str, above: Sequence[float | None], below: Sequence[float | None]
    ) -> Spread | None:
        """Round by round, one side over the other: both were measured one after the other."""
        pairs = zip(above, below, strict=True)
        found = spread(one / other for one, other in pairs if one and other)
        if found is not None and above != below:  # nothing says that a side is once itself
            self.all[name] = found
        return found

    def leave_out(self, sentence: str) -> None:
        """Say once why something is missing."""
        if sentence not in self.left_out:
            self.left_out.append(sentence)


def table(
    heading: str, columns: Sequence[str], rows: Mapping[str, Sequence[Spread | None]]
) -> None:
    """Print figures: rows that have none at all are not shown."""
    shown = {
        name: [one.shown() if one else "-" for one in row] for name, row in rows.items() if any(row)
    }
    widths = [
        max([len(column), *(len(row[at]) for row in shown.values())])
        for at, column in enumerate(columns)
    ]
    first = max([0, *map(len, shown)])
    print(f"\n{heading}")
    print(
        " " * first,
        *(f"{one:>{wide}}" for one, wide in zip(columns, widths, strict=True)),
        sep="  ",
    )
    for name, row in shown.items():
        cells = (f"{one:>{wide}}" for one, wide in zip(row, widths, strict=True))
        print(f"{name:<{first}}", *cells, sep="  ", flush=True)
