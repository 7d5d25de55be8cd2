"""The file: who may read it, what stands in it, what becomes of it when it fails."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from async_messaging import Outbox, SqliteStore
from async_messaging.errors import LedgerError, OutcomeUnknown
from async_messaging.outbox.file import OUTBOX, connect
from async_messaging.outbox.policy import SendPolicy
from tests.unit.outbox.yard import SENDER, TO, Yard


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard("sqlite", tmp_path)


def contents(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def journal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-journal")


async def test_nothing_is_made_before_it_is_used(yard: Yard) -> None:
    outbox = Outbox.open(yard.path, yard.outbox()[0]._client)  # noqa: SLF001
    assert not yard.path.exists()
    await outbox.aclose()
    assert not yard.path.exists()


async def test_its_owner_alone_may_read_it(yard: Yard) -> None:
    async with yard.opened() as outbox:
        await yard.send(outbox)
        for file in (yard.path, journal_of(yard.path)):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_numbers_and_texts_are_gone_with_the_outcome(yard: Yard) -> None:
    secret = "Never to be read by anybody"
    policy = SendPolicy(per_number=(5, "1h"), per_prefix=(5, "1h"))
    async with yard.opened(lambda *_: "lost after", policy=policy) as outbox:
        await yard.send(outbox, body=secret)
        assert TO.encode() in contents(yard.path.parent)  # settling needs it
        assert secret.encode() not in contents(yard.path.parent)
        await yard.drive(outbox.settle())
        assert await yard.state() == "ACCEPTED"
        found = contents(yard.path.parent)
    for known in (TO, TO[1:], secret):
        assert known.encode() not in found


async def test_a_claim_is_flushed_and_there_is_no_write_ahead_log(yard: Yard) -> None:
    asked: list[str] = []

    def tracing(uri: str) -> sqlite3.Connection:
        connection = connect(uri)
        connection.set_trace_callback(asked.append)
        return connection

    async with yard.opened(store=SqliteStore(yard.path, opener=tracing)) as outbox:
        await yard.send(outbox)
    assert "PRAGMA synchronous = FULL" in asked
    assert "PRAGMA journal_mode = TRUNCATE" in asked
    assert not yard.path.with_name(f"{yard.path.name}-wal").exists()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.write_bytes(b""), "not an outbox"),
        (lambda path: path.write_bytes(b"x" * 5000), "NOTADB"),
        (
            lambda path: sqlite3.connect(path).execute("CREATE TABLE t (x)").connection.close(),
            "not",
        ),
        (lambda path: path.mkdir(), "can't be"),
    ],
    ids=["empty", "no database", "another database", "a folder"],
)
async def test_what_is_no_outbox_is_refused(
    yard: Yard, make: Callable[[Path], object], reason: str
) -> None:
    make(yard.path)
    async with yard.opened() as outbox:
        error = await yard.send(outbox)
    assert isinstance(error, LedgerError)
    assert reason in str(error)
    assert yard.twilio.posts == []


async def test_a_newer_outbox_is_refused(yard: Yard) -> None:
    with sqlite3.connect(yard.path) as connection:
        connection.execute(f"PRAGMA application_id = {OUTBOX.application}")
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    async with yard.opened() as outbox:
        assert "version 99" in str(await yard.send(outbox))


async def test_a_damaged_page_is_a_ledger_error(yard: Yard) -> None:
    async with yard.opened() as outbox:
        for number in range(40):
            await yard.send(outbox, f"k{number}")
    whole = yard.path.read_bytes()
    yard.path.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    async with yard.opened() as outbox:
        found = [await yard.send(outbox, f"k{number}") for number in range(3)]
    assert {type(error) for error in found} == {LedgerError}
    assert len(yard.twilio.posts) == 40


class Failing(sqlite3.Connection):
    """A database whose commits fail, while it is told so."""

    wrong: list[str] = []  # noqa: RUF012 - shared by all

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql == "COMMIT" and Failing.wrong:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            error.sqlite_errorname = Failing.wrong.pop()
            raise error
        return super().execute(sql, *values)


def failing(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(
        uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False, factory=Failing
    )


async def test_nothing_is_sent_whose_claim_is_not_durable(yard: Yard) -> None:
    async with yard.opened(store=SqliteStore(yard.path, opener=failing)) as outbox:
        await outbox.status()
        Failing.wrong = ["SQLITE_IOERR_FSYNC"]
        error = await yard.send(outbox)
        assert type(error) is LedgerError
        assert "SQLITE_IOERR_FSYNC" in str(error)
        assert error.outcome == "not_sent"
        assert yard.twilio.posts == []
        assert not (await yard.send(outbox)).again  # with a new owner


async def test_an_outcome_that_can_not_be_kept_is_told_and_kept_later(
    yard: Yard, caplog: pytest.LogCaptureFixture
) -> None:
    async with yard.opened(store=SqliteStore(yard.path, opener=failing)) as outbox:
        calling = asyncio.ensure_future(yard.send(outbox))
        while not yard.twilio.posts:
            await asyncio.sleep(0)
        Failing.wrong = ["SQLITE_IOERR_FSYNC"] * 2
        first = await calling
        assert first.sid
        assert first.sid in caplog.text
        assert "can't be kept" in caplog.text
        assert TO not in caplog.text
        await yard.pass_time(10)
        assert (await yard.send(outbox)).sid == first.sid
    assert len(yard.twilio.posts) == 1


async def test_where_it_never_can_be_kept_the_key_is_unknown(yard: Yard) -> None:
    store = SqliteStore(yard.path, opener=failing)
    async with yard.opened(store=store) as outbox:
        calling = asyncio.ensure_future(yard.send(outbox))
        while not yard.twilio.posts:
            await asyncio.sleep(0)
        Failing.wrong = ["SQLITE_IOERR_FSYNC"] * 4
        await calling
        await yard.pass_time(60)
        assert Failing.wrong == []
        assert type(await yard.send(outbox)) is OutcomeUnknown
    assert len(yard.twilio.posts) == 1


async def test_one_functions_fault_is_not_the_others(yard: Yard) -> None:
    store = yard.store()
    await store.secret()

    def fails(_rows: object) -> None:
        raise RuntimeError("a fault")

    found = await asyncio.gather(
        store.read(lambda rows: rows.by_state()),
        store.write(fails),
        store.read(lambda rows: rows.by_state()),
        return_exceptions=True,
    )
    assert [type(one) for one in found] == [dict, RuntimeError, dict]
    await store.aclose()


async def test_another_loop_may_use_it_later(yard: Yard) -> None:
    store = SqliteStore(yard.path)
    await asyncio.to_thread(lambda: asyncio.run(_read(store)))
    assert await store.read(lambda rows: rows.by_state()) == {}
    await store.aclose()


async def _read(store: SqliteStore) -> None:
    await store.read(lambda rows: rows.by_state())


def replaced(path: Path) -> None:
    shutil.copy2(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


@pytest.mark.parametrize(
    "happens",
    [replaced, lambda path: path.write_bytes(b""), Path.unlink],
    ids=["replaced", "emptied", "removed"],
)
async def test_an_outbox_that_is_another_by_now_sends_nothing_more(
    yard: Yard, happens: Callable[[Path], object]
) -> None:
    """Keys would be missing in it: it is neither used nor made anew by whoever used it."""
    async with yard.opened() as outbox:
        await yard.send(outbox, "k1")
        happens(yard.path)
        for key in ("k1", "k2"):
            error = await yard.send(outbox, key)
            assert isinstance(error, LedgerError)
            assert "while it was used" in str(error)
        assert len(yard.twilio.posts) == 1
    assert happens is not Path.unlink or not yard.path.exists()


async def test_by_a_link_it_is_the_same_outbox(yard: Yard, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "outbox.db"
    link.parent.mkdir()
    link.symlink_to(yard.path)
    async with yard.opened() as outbox:
        first = await yard.send(outbox)
    async with yard.opened(store=SqliteStore(link)) as outbox:
        again = await yard.send(outbox)
    assert (again.sid, again.again) == (first.sid, True)
    assert [file.name for file in link.parent.iterdir()] == ["outbox.db"]


async def test_a_claim_that_becomes_durable_after_its_caller_has_left_is_withdrawn(
    yard: Yard,
) -> None:
    outbox, store = yard.outbox()
    await yard.send(outbox, "before")
    gate = threading.Event()
    store.post(lambda _rows: gate.wait())
    calling = asyncio.ensure_future(outbox.send(key="a", to=TO, from_=SENDER, body="Code 1"))
    while store.pending < 2:
        await asyncio.sleep(0)
    closing = asyncio.ensure_future(outbox.aclose(grace=0))
    with pytest.raises(OutcomeUnknown):
        await calling
    gate.set()
    await closing
    assert await yard.state() == "READY"
    assert len(yard.twilio.posts) == 1
