"""Files of earlier versions, as SQL that can be read, and how they come back as files.

    restore(folder)                 # spring.campaign, orders.outbox, twilio.db

They were made by ``python -m tests.crash.old_files`` and written down by `keep`. See ``README.md``.
"""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection, connect
from typing import Literal

__all__ = ["keep", "move_times", "restore"]

_HERE = Path(__file__).parent
_TIMES = {
    "campaign": ("created_at", "run_at", "ended_at"),
    "rows": ("intent_at", "ended_at", "not_before", "dead_at", "negative_at", "reported_at"),
    "outbox": ("created_at",),
    "entries": ("expires_at", "intent_at", "ended_at", "looked_at"),
}
"""Columns with times since 1970: milliseconds in a ledger, seconds in an outbox."""

_FILES = {
    "spring.campaign": "spring-{version}.sql",
    "orders.outbox": "orders-{version}.sql",
    "twilio.db": "twilio-{version}.sql",
}


def restore(folder: Path, version: Literal[1, 2] = 2, *, ended: float | None = None) -> None:
    """Write the files of this version of the ledger into a folder.

    Args:
        folder: where; ``twilio.db`` is what ``simulator --state`` takes.
        version: of the ledger; the outbox, of which there is one version, is with the second.
        ended: when the last program was killed, in seconds since 1970; a minute ago, if not given.
            All times are moved, those of the simulator's messages too.
    """
    made = float((_HERE / "made.txt").read_text().split()[version - 1])
    later = (time.time() - 60 if ended is None else ended) - made
    for name, pattern in _FILES.items():
        script = _HERE / pattern.format(version=version)
        if script.exists():
            with closing(connect(folder / name)) as database:
                database.executescript(script.read_text(encoding="utf-8"))
                move_times(database, later)


def move_times(database: Connection, seconds: float) -> None:
    """Let all that is in a ledger, an outbox or a simulator's state have happened so much later."""
    listed = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    tables = {name for (name,) in listed}
    with database:
        for table in tables & _TIMES.keys():
            more = seconds if table in {"outbox", "entries"} else round(seconds * 1000)
            there = {column[1] for column in database.execute(f"PRAGMA table_info({table})")}
            for column in there.intersection(_TIMES[table]):
                change = f"UPDATE {table} SET {column} = {column} + ? WHERE {column} > 0"
                database.execute(change, (more,))
        if "messages" in tables:
            query = "SELECT account, serial, data FROM messages"
            for account, serial, data in database.execute(query).fetchall():
                kept = json.loads(data)
                for name in ("created", "start", "changed"):
                    if kept.get(name):
                        kept[name] += seconds
                change = "UPDATE messages SET data = ? WHERE account = ? AND serial = ?"
                database.execute(change, (json.dumps(kept), account, serial))


def keep(folder: Path, version: int) -> None:
    """Write down what `tests.crash.old_files` made; the place of the making is left out."""
    for name, pattern in _FILES.items():
        if not (folder / name).exists():
            continue
        with closing(connect(folder / name)) as database:
            heads = [
                f"PRAGMA {pragma} = {database.execute(f'PRAGMA {pragma}').fetchone()[0]};"
                for pragma in ("journal_mode", "application_id", "user_version")
            ]
            if name == "spring.campaign":
                place = "'another machine', path = '/home/ann/spring.campaign', inode = 1"
                database.execute(f"UPDATE campaign SET machine = {place}")
            lines = [*heads, *database.iterdump()]
        text = "\n".join(lines) + "\n"
        (_HERE / pattern.format(version=version)).write_text(text, encoding="utf-8")
