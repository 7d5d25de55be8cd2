from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from async_messaging.simulator.state import StateFile, StateFileError

FACT = "INSERT INTO facts VALUES (:name, :value)"
FACTS = "SELECT name, value FROM facts ORDER BY name"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def file(path: Path) -> Iterator[StateFile]:
    with closing(StateFile(str(path))) as made:
        yield made


def test_only_its_owner_may_read_it(path: Path, file: StateFile) -> None:
    file.write([(FACT, {"name": "a", "value": "1"})])
    for each in path.parent.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == 0o600


def test_all_of_a_transaction_is_written_or_nothing(file: StateFile) -> None:
    file.write([(FACT, {"name": "a", "value": "1"})])
    with pytest.raises(sqlite3.IntegrityError):
        file.write([(FACT, {"name": name, "value": "2"}) for name in "ba"])
    assert list(file.read(FACTS)) == [("a", "1")]
    file.write([(FACT, {"name": "b", "value": "2"})])
    assert list(file.read(FACTS)) == [("a", "1"), ("b", "2")]


def test_it_opens_again_when_it_is_used_after_close(file: StateFile) -> None:
    file.write([(FACT, {"name": "a", "value": "1"})])
    file.close()
    assert list(file.read(FACTS)) == [("a", "1")]


@pytest.mark.usefixtures("file")
def test_a_file_in_use(path: Path) -> None:
    with pytest.raises(StateFileError, match="in use"):
        StateFile(str(path))


def test_a_file_of_something_else(path: Path) -> None:
    path.write_text("this is no database, but long enough to look at" * 100)
    with pytest.raises(StateFileError, match="can't be used"):
        StateFile(str(path))
    assert path.read_text().startswith("this is no database")


def test_a_database_of_something_else_is_left_as_it_is(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE customers (name TEXT)")
    with pytest.raises(StateFileError, match="no simulator's"):
        StateFile(str(path))
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("customers",)]
        assert other.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_file_of_a_newer_version(path: Path, file: StateFile) -> None:
    file.close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 99")
    with pytest.raises(StateFileError, match="newer"):
        StateFile(str(path))


@pytest.mark.parametrize("name", ["", "missing/state.db"])
def test_a_file_that_cannot_be_made(tmp_path: Path, name: str) -> None:
    with pytest.raises(StateFileError, match="can't be opened"):
        StateFile(str(tmp_path / name))
