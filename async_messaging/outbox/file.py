"""An outbox's SQLite file: how it is made and opened, and its rows within a transaction.

* **Rollback journal, not a write-ahead log**: several processes write, and before 3.51.3 SQLite
  could lose commits when several connections checkpointed a WAL file.
* **TRUNCATE**, with ``synchronous=FULL``: the journal's end is flushed, so a commit is durable on
  return (with DELETE it is not, under FULL: the journal's name could come back after a loss of
  power, and undo it). PERSIST would be as durable and a little faster, but keeps in the journal the
  old pages, and with them the numbers that were wiped; ``secure_delete`` wipes them in the file.
* **No check of all pages when it is opened**: others could not commit meanwhile. A damaged page is
  a `LedgerError` when it is met.
* **A transaction waits for its turn** in short random steps: SQLite's own way of waiting grows to
  100 ms, and whoever has waited longest is served last.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import asdict

from ..settling.attempts import Print, SendOptions
from ..settling.neighbours import Neighbours
from ..settling.states import State
from ..storage import sqlite
from ..storage.place import refuse_network
from ..storage.sqlite import Connect, Kind, set_journal
from ..storage.statements import queries
from .entries import NO_EVIDENCE, Entry, Evidence, Former

PACKAGE = __name__.rpartition(".")[0]
OUTBOX = Kind(
    name="outbox",
    described="an outbox",
    package=PACKAGE,
    application=0x41534D4F,
    version=2,
    migrations={1: "schema_1_to_2.sql"},
)

_MINUTE = 60.0

connect: Connect = partial(sqlite.connect, timeout=0)
"""The plain way to open a file. It waits for nobody: the thread does."""


def renamed(what: str) -> AbstractContextManager[None]:
    """Turn SQLite's and the system's errors into `LedgerError`."""
    return sqlite.renamed(what, "outbox")


def make(path: Path, opener: Connect, now: float) -> None:
    """Make a file with our tables, on a disk of this machine, readable by its owner alone, unless there is one."""
    refuse_network(path, "outbox")
    if not path.exists():
        create, values = queries(PACKAGE)["create"], _first(now)
        sqlite.create(
            path, OUTBOX, lambda connection, _: connection.execute(create, values), opener
        )


def _first(now: float) -> dict[str, object]:
    return {"secret": secrets.token_bytes(32), "at": now}


def open_in_memory(now: float) -> sqlite3.Connection:
    """A connection to an outbox that lasts as long as it."""
    connection = sqlite.in_memory(OUTBOX)
    connection.row_factory = sqlite3.Row
    connection.execute(queries(PACKAGE)["create"], _first(now))
    return connection


def open_file(path: Path, opener: Connect) -> sqlite3.Connection:
    """A connection that may write, as others do at the same time.

    Raises:
        LedgerError: the file is missing, damaged, no outbox, or newer than this version.
        sqlite3.OperationalError: it is busy.
    """
    refuse_network(path, "outbox")
    return sqlite.open_for_writing(path, OUTBOX, _set_up, opener)


def _set_up(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    set_journal(connection, "TRUNCATE", OUTBOX)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")


class Rows:
    """A store's rows, within a transaction that has begun. Not to be kept beyond it.

    Args:
        path: its file; None for one in memory, which no other store stands beside.
        owner: whose claims are made here.
        alive: whether another owner's process still holds it.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path | None,
        owner: str,
        alive: Callable[[str], bool],
    ) -> None:
        self._path = path
        self._run = connection.execute
        self._sql = queries(PACKAGE)
        self._alive = alive
        self.owner: str = owner

    def secret(self) -> bytes:
        """The key of all hashes."""
        found: bytes = self._run(self._sql["secret"]).fetchone()[0]
        return found

    def lives(self, owner: str) -> bool:
        """Whether an owner is still there."""
        return owner == self.owner or self._alive(owner)

    def get(self, key: str) -> Entry | None:
        """A key, or None."""
        found = self._run(self._sql["get"], {"key": key}).fetchone()
        return None if found is None else _entry(found)

    def put(self, entry: Entry) -> None:
        """Write a key, be it new or not."""
        self._run(self._sql["put"], _cells(entry))

    def remove(self, key: str) -> None:
        """Forget a key."""
        self._run(self._sql["remove"], {"key": key})

    def in_states(self, states: Sequence[State]) -> list[Entry]:
        """All keys in these states, open ones; the oldest first."""
        found = [
            row for state in states for row in self._run(self._sql["in_state"], {"state": state})
        ]
        return sorted(map(_entry, found), key=lambda entry: entry.intent_at)

    def some(self, after: int, limit: int) -> tuple[list[Entry], int]:
        """Up to so many keys past a mark, in the store's own order, and the mark to go on from."""
        found = self._run(self._sql["some"], {"after": after, "most": limit}).fetchall()
        return [_entry(row) for row in found], found[-1]["id"] if found else after

    def by_state(self) -> dict[State, int]:
        """How many keys there are by state."""
        return {row["state"]: row["number"] for row in self._run(self._sql["by_state"])}

    def owned(self, sids: Collection[str]) -> set[str]:
        """Those of these sids that are some key's, or were."""
        sql = self._sql["owned"]
        return {sid for sid in sids if self._run(sql, {"sid": sid}).fetchone() is not None}

    def spend(self, sid: str, at: float) -> None:
        """Remember the sid of a key that is forgotten."""
        self._run(self._sql["spend"], {"sid": sid, "at": at})

    def counted(self, subject: bytes, since: float) -> int:
        """Messages counted for a subject after a moment."""
        values = {"subject": subject, "since": since}
        found: int = self._run(self._sql["counted"], values).fetchone()[0]
        return found

    def count(self, subject: bytes, at: float, until: float, key: str, attempt: int) -> None:
        """Count a key's attempt for a subject; it may be forgotten after *until*."""
        values = {"subject": subject, "at": at, "until": until, "key": key, "attempt": attempt}
        self._run(self._sql["count"], values)

    def give_back(self, key: str, attempt: int) -> None:
        """Take the counts of an attempt back."""
        self._run(self._sql["give_back"], {"key": key, "attempt": attempt})

    def tidy(self, now: float, *, spent_before: float) -> None:
        """Drop counts whose time is over, and spent sids and former attempts from before a moment."""
        self._run(self._sql["forget_counts"], {"now": now})
        self._run(self._sql["forget_spent"], {"before": spent_before})
        self._run(self._sql["forget_former"], {"before": spent_before})

    def leave(self, former: Former) -> None:
        """Keep an attempt whose key is sent again."""
        cells = {"key": former.key, "attempt": former.attempt, "hint": former.hint}
        self._run(self._sql["leave"], cells | _evidence_cells(former.evidence))

    def former(self) -> list[Former]:
        """All attempts whose keys were sent again."""
        return [
            Former(
                key=row["key"],
                attempt=row["attempt"],
                hint=row["hint"],
                evidence=_evidence(row),
            )
            for row in self._run(self._sql["former"])
        ]

    def drop(self, former: Former) -> None:
        """Forget such an attempt: it is known what became of it."""
        self._run(self._sql["drop"], {"key": former.key, "attempt": former.attempt})

    def see(self, at: float) -> None:
        """Remember a time of Twilio's that is past. To the minute: it is a bound, each write costs."""
        seen = self.seen()
        if seen is None or at > seen + _MINUTE:
            self._run(self._sql["see"], {"at": at})

    def seen(self) -> float | None:
        """The latest time of Twilio's that was remembered."""
        found: float | None = self._run(self._sql["seen"]).fetchone()[0]
        return found

    def created(self, since: float, until: float, limit: int) -> list[Entry]:
        """Accepted keys whose message Twilio took between two moments, the latest first."""
        values = {"since": since, "until": until, "most": limit}
        return [_entry(row) for row in self._run(self._sql["created"], values)]

    def with_sids(self, sids: Collection[str]) -> list[Entry]:
        """The keys that have these sids."""
        sql = self._sql["with_sid"]
        return [_entry(row) for sid in sids for row in self._run(sql, {"sid": sid})]

    def beside(self, to: Collection[str], realm: str) -> Neighbours:
        """What other stores of the folder say of sends to some numbers.

        Asked while the folder's lock is held; whoever asks closes it.
        """
        return Neighbours(self._path, to, realm)


_OWN = tuple(name for name in Entry.__struct_fields__ if name != "evidence")
_decoded: Callable[[str], Print] = msgspec.json.Decoder(Print).decode


def _evidence_cells(evidence: Evidence) -> dict[str, object]:
    return {
        **asdict(evidence),
        "recipient": evidence.to or None,
        "sender": evidence.sender or "",
        "service": evidence.service or "",
        "print": msgspec.json.encode(evidence.print).decode(),
    }


def _evidence(row: sqlite3.Row) -> Evidence:
    if row["recipient"] is None and row["print"] == "{}":
        return NO_EVIDENCE
    return Evidence(
        realm=row["realm"],
        to=row["recipient"] or "",
        sender=row["sender"] or None,
        service=row["service"] or None,
        options=SendOptions(row["options"]),
        print=_decoded(row["print"]),
        media=row["media"],
        earliest=row["earliest"],
        latest=row["latest"],
        wall=bool(row["wall"]),
    )


def _cells(entry: Entry) -> dict[str, object]:
    return {**asdict(entry), "sid": entry.sid or None, **_evidence_cells(entry.evidence)}


def _entry(row: sqlite3.Row) -> Entry:
    values: dict[str, Any] = {name: row[name] for name in _OWN}
    values["sid"] = values["sid"] or ""
    return Entry(**values, evidence=_evidence(row))
