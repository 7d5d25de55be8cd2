"""A SQLite connection that fails on demand, and one that tells of its commits."""

from __future__ import annotations

import sqlite3
import threading
from typing import Any


class Faults:
    """Opens connections; from `break_now` on, the statement that is named fails, every time."""

    def __init__(self) -> None:
        self.broken = ""
        self.message = "disk I/O error"
        self.commits = 0
        self.tried = 0
        self.committed = threading.Event()
        self.waiting = threading.Event()
        self.hold = threading.Event()
        self.hold.set()
        self.setup: list[str] = []

    def break_now(self, statement: str = "COMMIT", message: str = "disk I/O error") -> None:
        self.broken, self.message = statement, message

    def __call__(self, uri: str) -> sqlite3.Connection:
        faults = self

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
                if faults.broken and sql.startswith(faults.broken):
                    faults.tried += 1
                    raise sqlite3.OperationalError(faults.message)
                if sql == "COMMIT":
                    if not faults.hold.is_set():
                        faults.waiting.set()
                    faults.hold.wait(10)
                done = super().execute(sql, parameters)
                if sql == "COMMIT":
                    faults.commits += 1
                    faults.committed.set()
                return done

        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, factory=Connection
        )
        for statement in self.setup:
            connection.execute(statement).fetchall()
        return connection
