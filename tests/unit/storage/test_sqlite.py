from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from async_messaging.errors import LedgerError
from async_messaging.storage.sqlite import (
    connect,
    create,
    open_for_reading,
    open_for_writing,
    renamed,
    set_journal,
    understood,
    uri_of,
    version_of,
)
from async_messaging.storage.statements import for_group, statements
from tests.unit.storage.things import OLD, THINGS, named, rows


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.box"


def opened(path: Path, prepare: Callable[[sqlite3.Connection], object] = id) -> sqlite3.Connection:
    return open_for_writing(path, THINGS, prepare)


def test_names_split_a_file() -> None:
    assert dict(statements("-- x\n-- name: a\n-- A.\nSELECT 1;\n-- name: b\nSELECT 2;")) == {
        "a": "-- A.\nSELECT 1;",
        "b": "SELECT 2;",
    }


@pytest.mark.parametrize("count", [0, 1, 7, 8, 127, 128, 129, 512, 1000])
def test_few_statements_serve_a_group_each_item_once_and_in_order(count: int) -> None:
    items = [(number, -number) for number in range(count)]
    connection = sqlite3.connect(":memory:")
    found: list[tuple[int, int]] = []
    few = list(for_group("SELECT * FROM (VALUES (?, ?))", items))
    for text, values in few:
        found += connection.execute(text, values)
    connection.close()
    assert found == items
    assert len(few) <= count // 128 + 3 + 3 + 7


def test_a_file_is_made_once_whole_and_its_owners_alone(path: Path) -> None:
    old = os.umask(0)
    try:
        assert create(path, THINGS, named)
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not create(path, THINGS, named)
    assert rows(path) == [(1, "Ada", 3)]
    assert list(path.parent.iterdir()) == [path]
    assert version_of(path, THINGS) == 2


def test_an_empty_file_is_used_and_any_other_is_not(path: Path) -> None:
    path.touch()
    assert create(path, THINGS, named)
    path.write_bytes(b"something else")
    assert not create(path, THINGS, named)
    assert path.read_bytes() == b"something else"


def test_a_creation_that_fails_leaves_nothing(path: Path) -> None:
    def fails(connection: sqlite3.Connection, _: Path) -> None:
        connection.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(LedgerError, match="the box can't be created: no such table"):
        create(path, THINGS, fails)
    assert list(path.parent.iterdir()) == []


def test_a_link_is_made_to_the_real_file(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.box"
    link.symlink_to(path)
    create(link, THINGS, named)
    assert link.is_symlink()
    assert rows(path) == [(1, "Ada", 3)]


def test_an_older_file_is_brought_up_to_date_by_whoever_writes(path: Path) -> None:
    create(path, OLD, named)
    assert version_of(path, THINGS) == 1
    with pytest.raises(LedgerError, match="the box is of an older version"):
        open_for_reading(path, THINGS)
    opened(path).close()
    assert rows(path) == [(1, "Ada", 3)]
    open_for_reading(path, THINGS).close()
    with pytest.raises(LedgerError, match="of version 2, this program reads up to 1"):
        open_for_reading(path, OLD)


def test_two_that_bring_it_up_to_date_do_it_once(path: Path) -> None:
    create(path, OLD, named)
    with closing(connect(uri_of(path, "rw"))) as other:
        other.execute("BEGIN IMMEDIATE")
        late = threading.Thread(target=lambda: opened(path).close())
        late.start()
        other.execute("ALTER TABLE things ADD COLUMN size INTEGER")
        other.execute("PRAGMA user_version = 2")
        other.execute("COMMIT")
        late.join()
    assert rows(path) == [(1, "Ada", None)]


def test_a_migration_that_fails_changes_nothing(path: Path) -> None:
    create(path, OLD, named)

    def spoil(connection: sqlite3.Connection) -> None:
        connection.execute(
            "CREATE TRIGGER no BEFORE UPDATE ON things BEGIN SELECT raise(abort, 'no'); END"
        )

    with pytest.raises(sqlite3.IntegrityError):
        opened(path, spoil)
    assert version_of(path, THINGS) == 1
    assert rows(path) == [(1, "Ada")]


def test_what_is_of_another_kind_is_refused(path: Path) -> None:
    create(path, THINGS._replace(application=8), named)
    for open_it in (opened, lambda path: open_for_reading(path, THINGS)):
        with pytest.raises(LedgerError, match="the file is not a box"):
            open_it(path)


def test_a_journal_that_can_not_be_had_is_told(path: Path) -> None:
    with (
        closing(sqlite3.connect(":memory:")) as connection,
        pytest.raises(LedgerError, match="can't use a write-ahead log here, only 'memory'"),
    ):
        set_journal(connection, "WAL", THINGS)


def test_foreign_errors_are_renamed_and_show_no_values() -> None:
    with (
        pytest.raises(LedgerError, match=r"the box can't be read: full \(OperationalError\)"),
        renamed("read", "box"),
    ):
        raise sqlite3.OperationalError("full")
    with pytest.raises(LedgerError, match="the box can't be read: gone"), renamed("read", "box"):
        raise OSError(2, "gone")
    with pytest.raises(LedgerError, match="the box is damaged") as caught, understood("box"):
        raise ValueError("+15558675310")
    assert "+1555" not in f"{caught.value}{caught.value.__cause__}"


LOCKED = (
    "import sqlite3, sys\n"
    "c = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)\n"
    "try: c.execute('BEGIN IMMEDIATE'); print('in')\n"
    "except sqlite3.OperationalError: print('locked')\n"
)


def locked_for_others(path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", LOCKED, path], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_whatever_is_done_to_a_file_that_exists_keeps_the_locks_of_its_process(path: Path) -> None:
    create(path, THINGS, named)
    with closing(connect(uri_of(path, "rw"))) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert not create(path, THINGS, named)
        version_of(path, THINGS)
        open_for_reading(path, THINGS).close()
        assert locked_for_others(path) == "locked"
        writer.execute("ROLLBACK")
        assert locked_for_others(path) == "in"
