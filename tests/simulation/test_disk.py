"""The simulated disk: what was flushed stays, and what was not may be lost."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.simulation.disk import Disk, DiskOp

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs SQLite's library and fork")


class Quiet:
    """A watcher that lets everything pass."""

    def __init__(self) -> None:
        self.asked: list[DiskOp] = []
        self.errors: dict[DiskOp, int] = {}

    def operates(self, operation: DiskOp, name: str) -> int:
        assert name
        self.asked.append(operation)
        return self.errors.get(operation, 0)

    def asleep(self, seconds: float) -> None:
        raise AssertionError(seconds)

    def wall(self) -> float:
        return 0.0

    def owner(self) -> object:
        return self


def in_a_child(work: Callable[[], Any]) -> Any:
    """What a function gives in a process of its own: a VFS stays."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as given:
        text = given.read()
    os.waitpid(child, 0)
    return json.loads(text)


def rows_after_a_loss_of_power(path: Path, seed: int, synchronous: str) -> list[int]:
    watcher = Quiet()
    disk = Disk(watcher, Random(seed))
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute(f"PRAGMA synchronous = {synchronous}")
    database.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY)")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for number in range(5):
        database.execute("INSERT INTO rows VALUES (?)", (number,))
    disk.end_of(watcher)
    disk.lose_power()
    again = sqlite3.connect(path)
    assert again.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return [number for (number,) in again.execute("SELECT number FROM rows ORDER BY number")]


@pytest.mark.parametrize("seed", range(12))
def test_what_was_flushed_stays(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "x.db"
    assert in_a_child(lambda: rows_after_a_loss_of_power(path, seed, "FULL")) == [0, 1, 2, 3, 4]


def test_what_was_not_flushed_may_be_lost_from_some_commit_on(tmp_path: Path) -> None:
    found = [
        in_a_child(partial(rows_after_a_loss_of_power, tmp_path / f"{seed}.db", seed, "NORMAL"))
        for seed in range(12)
    ]
    assert all(rows == list(range(len(rows))) for rows in found)
    assert {len(rows) for rows in found} > {5}


def test_an_error_of_the_disk_is_sqlites(tmp_path: Path) -> None:
    def work() -> str:
        watcher = Quiet()
        Disk(watcher, Random(1))
        database = sqlite3.connect(tmp_path / "x.db")
        watcher.errors["write"] = sqlite3.SQLITE_FULL
        try:
            database.execute("CREATE TABLE rows (number)")
            database.commit()
        except sqlite3.OperationalError as error:
            return error.sqlite_errorname
        return ""

    assert in_a_child(work) == "SQLITE_FULL"


def test_a_dead_process_leaves_no_lock(tmp_path: Path) -> None:
    def work() -> list[int]:
        watcher = Quiet()
        disk = Disk(watcher, Random(1))
        one = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
        one.execute("PRAGMA journal_mode = WAL")
        one.execute("CREATE TABLE rows (number)")
        one.execute("BEGIN IMMEDIATE")
        one.execute("INSERT INTO rows VALUES (1)")
        disk.end_of(watcher)
        other = sqlite3.connect(tmp_path / "x.db", timeout=0, isolation_level=None)
        other.execute("INSERT INTO rows VALUES (2)")
        return [number for (number,) in other.execute("SELECT number FROM rows")]

    assert in_a_child(work) == [2]
