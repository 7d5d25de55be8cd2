"""Only the storage room opens SQLite and takes locks; the others say what they keep."""

from __future__ import annotations

import re
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "async_messaging"
OWN_WORLD = {"storage", "simulator"}
"""The simulator shares no code with the client, and keeps its state by itself."""


def found(pattern: str) -> set[str]:
    return {
        f"{file.relative_to(PACKAGE)}: {line.strip()}"
        for file in PACKAGE.rglob("*.py")
        if file.relative_to(PACKAGE).parts[0] not in OWN_WORLD
        for line in file.read_text().splitlines()
        if re.search(pattern, line)
    }


def test_only_storage_takes_a_lock() -> None:
    assert found(r"\bfcntl\b|\bflock\b|\bmsvcrt\b|lockf") == set()


def test_only_storage_refuses_network_file_systems_and_knows_a_files_place() -> None:
    assert found(r"/proc/self/mounts|machine-id|f_fsid") == set()
