from __future__ import annotations

import sqlite3

import pytest

from async_messaging.codec.sids import SID, pack
from tests.unit.campaigns.ledgers import sid_of

ODD = ["", "SM", "SM1", "SM" + "0" * 31, "SM" + "0" * 33, "SM" + "A" * 32, "SM" + " 0" * 16, "ÄM12"]


@pytest.mark.parametrize("sid", [sid_of(0), sid_of(2**128 - 1), "MM" + "0a" * 16, *ODD])
def test_a_sid_comes_back_as_it_was(sid: str) -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE t (sid BLOB)")
        connection.execute("INSERT INTO t VALUES (?)", (pack(sid),))
        assert connection.execute(f"SELECT {SID} FROM t").fetchone() == (sid,)
    connection.close()


def test_a_usual_sid_takes_18_bytes() -> None:
    assert len(pack(sid_of(1))) == 18


@pytest.mark.parametrize("sid", ODD)
def test_what_looks_otherwise_stays_a_text(sid: str) -> None:
    assert pack(sid) == sid
