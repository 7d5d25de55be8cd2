"""A kind of file for the tests, with its SQL in a package made for them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from async_messaging.storage.sqlite import Kind, uri_of

OLD = Kind("box", "a box", "tests.sql", 7, 1, schema="old.sql")
THINGS = OLD._replace(version=2, schema="new.sql", migrations={1: "old_to_new.sql"})
SQL = {
    "old.sql": "-- A table.\nCREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT);\n",
    "new.sql": (
        "CREATE TABLE things (\n    id INTEGER PRIMARY KEY,  -- a comment; with a semicolon\n"
        "    name TEXT,\n    size INTEGER\n);\n"
        "CREATE TRIGGER measured AFTER INSERT ON things BEGIN\n"
        "    UPDATE things SET size = length(name) WHERE id = new.id;\nEND;\n"
    ),
    "old_to_new.sql": (
        "ALTER TABLE things ADD COLUMN size INTEGER;\nUPDATE things SET size = length(name);\n"
    ),
}


def named(connection: sqlite3.Connection, _: Path) -> None:
    connection.execute("INSERT INTO things (name) VALUES ('Ada')")


def rows(path: Path) -> list[Any]:
    with closing(sqlite3.connect(uri_of(path, "ro"), uri=True)) as connection:
        return connection.execute("SELECT * FROM things").fetchall()
