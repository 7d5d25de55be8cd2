"""A ledger and the files beside it as one erases from them: what goes is gone from their bytes.

SQLite leaves what it deletes in the file, in its log and in free pages. So deleted content is
overwritten, the file is written anew (`VACUUM`, which keeps its inode), and the log is cut off.
What a file system or a drive keeps of blocks that were freed is out of reach from here.
"""

from __future__ import annotations

import glob
import sqlite3
import tempfile
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ..errors import LedgerError
from ..storage.files import replacing
from ..storage.place import identity, refuse_network
from ..storage.sqlite import connect, renamed, uri_of
from .database import run_lock
from .file import LedgerFile
from .findings import take_in_spool
from .pseudonyms import Person, Pseudonyms, is_pseudonym
from .reading import Tables
from .rescue import RescueRecord, record_in
from .spool import spool_path

_encode = msgspec.json.Encoder().encode


def _connect(uri: str) -> sqlite3.Connection:
    """Overwrite what is deleted, and keep no copies of pages in temporary files."""
    connection = connect(uri)
    connection.execute("PRAGMA secure_delete = ON").fetchone()
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def rows_of(tables: Tables, person: Person) -> list[tuple[int, str]]:
    """The rows of one person, and how each names its recipient."""
    tables.connection.create_function("may_have", 1, person.may_have, deterministic=True)
    return [(row, to) for row, to in tables.all("rows_of", person.number, person.pseudonym)]


class Eraser(LedgerFile):
    """A ledger that people are taken out of. It is a run: it has its epoch, and the lock."""

    def __init__(self, path: Path, now: float) -> None:
        super().__init__(path, since=now, now=now, adopt=False, durability="disk", opener=_connect)

    def _own_place(self, *, adopt: bool) -> None:
        """A copy has people in it as well; it stays a copy, and leaves the original its outcomes."""
        if self._one("place") == identity(self._path):
            return
        temporary = Path(tempfile.gettempdir())
        if any(temporary.glob(f"{glob.escape(self._path.name)}.*.rescue.jsonl")):
            raise LedgerError(
                "the ledger is a copy, or was moved, and a rescue file of its name is where"
                " temporary files are: the original has to take that in first"
            )

    def take_in(self) -> None:
        """Take in what others had to say, and erase it from the spool."""
        if not spool_path(self._path).exists():
            return
        take_in_spool(self._path, self, [])
        with closing(_connect(uri_of(spool_path(self._path), "rw"))) as connection:
            connection.execute("VACUUM")

    def purge(self, pseudonyms: Pseudonyms) -> int:
        """Take everybody out; give the rows changed."""
        define = self.connection.create_function
        define("pseudonym", 1, pseudonyms.of, deterministic=True)
        define("is_pseudonym", 1, is_pseudonym, deterministic=True)
        return self.run("purge")

    def forget(self, person: Person, now: float) -> tuple[int, int, int]:
        """Take one person out; give the rows, those that were skipped, and those that are held."""

        def clean(error: str | None) -> str | None:
            return error and person.clean(error)

        self.connection.create_function("clean", 1, clean, deterministic=True)
        at = round(now * 1000)
        rows = [row for row, _ in rows_of(self, person)]
        skipped = sum(self.run("forget_ready", at, row) for row in rows)
        held = sum(self.run("forget_unknown", at, row) for row in rows)
        for row in rows:
            self.run("forget", person.pseudonym, row)
        return len(rows), skipped, held

    def wipe(self) -> None:
        """Let nothing of what was erased stay in file or log; `LedgerError` while another process reads what was there."""
        self.connection.execute("PRAGMA temp_store = DEFAULT")
        self.connection.execute("VACUUM")
        busy = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise LedgerError(
                "another process reads the ledger, so what was erased is still in its log:"
                " erase again when it is done"
            )


@contextmanager
def erasing(path: Path, now: float) -> Generator[Eraser]:
    """Open a ledger to erase from it, its spool taken in, while no run may begin; `InUse` if one has it."""
    if not path.exists():
        raise LedgerError("there is no such ledger")
    refuse_network(path)
    with run_lock(path), renamed("erased from", "ledger"):
        eraser = Eraser(path, now)
        try:
            eraser.take_in()
            yield eraser
        except LedgerError:
            eraser.close()
            raise
        except BaseException:
            eraser.abandon()
            raise
        eraser.close()


def rewrite_rescues(ledger: Path, change: Callable[[str], str]) -> int:
    """Change lines of rescue files that the ledger did not take in, an earlier campaign's of that name; give how many."""
    name = glob.escape(ledger.name)
    for unfinished in ledger.parent.glob(f".{name}.*.rescue.jsonl.*.part"):
        unfinished.unlink()
    return sum(_rewrite(path, change) for path in ledger.parent.glob(f"{name}.*.rescue.jsonl"))


def _rewrite(path: Path, change: Callable[[str], str]) -> int:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as old:
        changed = sum(change(line) != line for line in old)
        if changed:
            old.seek(0)
            with replacing(path) as new:
                new.writelines(map(change, old))
    return changed


def _line(record: RescueRecord) -> str:
    return _encode(record).decode() + "\n"


def purge_line(pseudonyms: Pseudonyms) -> Callable[[str], str]:
    """Takes everybody out of a rescue file's lines; half a line goes."""

    def change(line: str) -> str:
        if (record := record_in(line)) is None:
            return ""
        return _line(replace(record, to=pseudonyms.of(record.to), error=""))

    return change


def forget_line(person: Person) -> Callable[[str], str]:
    """Takes one person out; half a line goes if it may be theirs."""

    def change(line: str) -> str:
        if (record := record_in(line)) is None:
            return line if '"outcome"' in line and person.number not in line else ""
        if not person.has(record.to):
            return line
        return _line(replace(record, to=person.pseudonym, error=person.clean(record.error)))

    return change
