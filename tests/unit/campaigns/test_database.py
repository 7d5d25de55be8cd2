from __future__ import annotations

import re
from pathlib import Path

from async_messaging.campaigns import database
from async_messaging.campaigns.database import LEDGER, PACKAGE
from async_messaging.storage.statements import queries, script

FILES = ("queries.sql", "evidence.sql", "report.sql", "privacy.sql")
QUERIES = {name: text for file in FILES for name, text in queries(PACKAGE, file).items()}
CODE = Path(database.__file__).parent


def test_every_query_says_what_it_is_for() -> None:
    for name, text in QUERIES.items():
        assert re.match(r"-- [A-Z].*\.\n", text), name


def test_every_query_is_used() -> None:
    code = "".join(file.read_text() for file in CODE.glob("*.py"))
    assert [name for name in QUERIES if f'"{name}"' not in code] == []


def test_every_update_of_a_rows_outcome_names_epoch_attempt_and_state() -> None:
    for name in ("intend", "apply", "skip"):
        condition = QUERIES[name].rpartition("WHERE")[2]
        for column in ("id =", "epoch =", "attempt =", "state ="):
            assert column in condition, name


def test_the_sql_files_are_of_this_version() -> None:
    assert f"schema version {LEDGER.version}" in script(PACKAGE, "schema.sql")


def test_no_query_hides_another() -> None:
    assert len(QUERIES) == sum(len(queries(PACKAGE, file)) for file in FILES)
