"""SQL by name: it stands in files, one named and described query after another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import chain

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_ITEM = re.compile(r"VALUES (\([?, ]+\))")
_SIZES = (128, 32, 8, 1)


@cache
def script(package: str, name: str) -> str:
    """An SQL file of a package."""
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def statements(text: str) -> Mapping[str, str]:
    """Named statements of an SQL text."""
    parts = _NAME.split(text)
    return {name: sql.strip() for name, sql in zip(parts[1::2], parts[2::2], strict=True)}


@cache
def queries(package: str, name: str = "queries.sql") -> Mapping[str, str]:
    """The named statements of a package's SQL file, read once."""
    return statements(script(package, name))


def for_group(sql: str, items: Sequence[Sequence[object]]) -> Iterator[tuple[str, list[object]]]:
    """The few statements, with their values, that run a query of one item for many.

    Each lets go of the interpreter's lock once, however many items it has; the event loop's
    thread, if it is busy, gives the lock back after 5 ms.
    """
    start = 0
    for size in _SIZES:
        while len(items) - start >= size:
            yield _repeated(sql, size), list(chain.from_iterable(items[start : start + size]))
            start += size


@cache
def _repeated(sql: str, size: int) -> str:
    """A query whose one item is repeated; few sizes, so that SQLite's work on them is kept."""
    return _ITEM.sub(lambda found: "VALUES " + ", ".join([found[1]] * size), sql, count=1)
