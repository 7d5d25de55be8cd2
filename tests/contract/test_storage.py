"""Only the storage room opens SQLite and takes locks; the others say what they keep."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "async_messaging"
OWN_WORLD = {"storage", "simulator"}
"""The simulator shares no code with the client, and keeps its state by itself."""
KEEPERS = {"audience", "campaigns", "outbox", "settling"}


def found(pattern: str, rooms: Collection[str] = ()) -> set[str]:
    """Lines of these rooms, or of all but storage, that the pattern is in."""
    return {
        f"{file.relative_to(PACKAGE)}: {line.strip()}"
        for file in PACKAGE.rglob("*.py")
        for room in [file.relative_to(PACKAGE).parts[0]]
        if (room in rooms if rooms else room not in OWN_WORLD)
        for line in file.read_text().splitlines()
        if re.search(pattern, line)
    }


def test_the_patterns_find_what_they_look_for() -> None:
    for pattern in (r"sqlite3\.connect\(", r"\bflock\(", r"\bos\.open\(", r"/proc/self/mounts"):
        assert found(pattern, {"storage"})


def test_only_storage_opens_a_database() -> None:
    assert found(r"sqlite3\.(connect|Connection)\(|\bexecutescript\b") == set()


def test_no_placeholder_has_a_number() -> None:
    """Python 3.12 warns of them, where values come as a sequence."""
    texts = [file for file in PACKAGE.rglob("*.sql") if re.search(r"\?\d", file.read_text())]
    assert texts == []


def test_only_storage_takes_a_lock() -> None:
    assert found(r"\bfcntl\b|\bflock\b|\bmsvcrt\b|\blockf\b") == set()


def test_only_storage_makes_and_replaces_files_beside_a_database() -> None:
    """Closing any descriptor of a file drops the locks that SQLite has on it for this process."""
    made = r"\bos\.(open|link|replace|rename)\(|\bmkstemp\b|\bFileIO\(|\.hardlink_to\("
    assert found(made, KEEPERS) == set()


def test_only_storage_knows_where_a_file_is() -> None:
    assert found(r"/proc/self/mounts|machine-id|f_fsid") == set()
