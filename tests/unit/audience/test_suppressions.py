from __future__ import annotations

import asyncio
import datetime as dt
import gc
import hmac
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from async_messaging.audience.people import person_hash
from async_messaging.audience.suppressions import SuppressionStore
from async_messaging.errors import LedgerError
from async_messaging.storage import sqlite
from async_messaging.webhooks import Suppressions

ADA, BOB = "+15558675310", "+15558675322"
SENDER, OTHER = "+15005550006", "+15005550007"
SERVICE = "MG" + "a" * 32


@pytest.fixture
def store(tmp_path: Path) -> SuppressionStore:
    return SuppressionStore(tmp_path / "suppressions.db")


async def stop(store: Suppressions, sid: str = "SM1", service: str = "") -> None:
    told = store.stop(number=ADA, sender=SENDER, service=service, account="AC1", sid=sid)
    assert told is not None
    await told


async def start(store: Suppressions, sid: str = "SM2", service: str = "") -> None:
    told = store.start(number=ADA, sender=SENDER, service=service, account="AC1", sid=sid)
    assert told is not None
    await told


async def test_stop_suppresses_towards_its_sender_and_service(store: SuppressionStore) -> None:
    assert not store.holds(ADA, SENDER)
    assert not store.path.exists()
    await stop(store, service=SERVICE)
    assert store.holds(ADA, SENDER)
    assert store.holds(ADA, SERVICE)
    assert store.holds(ADA, OTHER, SERVICE)
    assert not store.holds(ADA, OTHER)
    assert not store.holds("+15558675311", SENDER)
    store.close()


async def test_start_lifts_only_what_stop_has_set(store: SuppressionStore) -> None:
    store.refused([(ADA, OTHER)])
    await stop(store)
    await start(store)
    assert not store.holds(ADA, SENDER)
    store.refused([(BOB, SENDER)])
    await store.stop(number=BOB, sender=SENDER, service="", account="AC1", sid="SM4")
    await store.start(number=BOB, sender=SENDER, service="", account="AC1", sid="SM5")
    assert [one.reason for one in store.about(BOB)] == ["refused"]
    assert store.holds(ADA, OTHER)
    store.add([ADA])
    await start(store, sid="SM3")
    assert store.holds(ADA, SENDER)
    assert store.remove([ADA, "+15558675311"]) == 1
    assert not store.holds(ADA, SENDER, OTHER)
    store.close()


async def test_what_is_replayed_changes_nothing(store: SuppressionStore) -> None:
    await stop(store, sid="SM1")
    await start(store, sid="SM2")
    await stop(store, sid="SM1")
    assert not store.holds(ADA, SENDER)
    await stop(store, sid="SM3")
    await start(store, sid="SM2")
    assert store.holds(ADA, SENDER)
    assert await store.knows("SM3")
    assert not await store.knows("SM4")
    store.close()


def test_what_another_process_writes_is_seen_at_once(store: SuppressionStore) -> None:
    store.add(["+15558675311"])
    assert not store.holds(ADA, SENDER)
    assert SuppressionStore(store.path).add([ADA, ADA]) == 1
    assert store.holds(ADA, SENDER)
    assert store.counts() == {"stop": 0, "refused": 0, "hand": 2}
    store.close()


def test_no_number_is_in_the_files_and_their_owner_alone_reads_them(
    store: SuppressionStore,
) -> None:
    store.add([ADA])
    for file in store.path.parent.iterdir():
        assert ADA.encode() not in file.read_bytes()
        assert ADA[1:].encode() not in file.read_bytes()
        assert file.stat().st_mode & 0o777 == 0o600
    assert ADA not in repr(store)


def test_without_its_key_nobody_is_taken_for_willing(store: SuppressionStore) -> None:
    store.add([ADA])
    key = store.path.with_name("suppressions.db-key")
    kept = key.read_bytes()
    for wrong in (None, b"x" * 32):
        if wrong is None:
            key.unlink()
        else:
            key.write_bytes(wrong)
        with pytest.raises(LedgerError, match=r"restore suppressions\.db-key"):
            SuppressionStore(store.path).holds(ADA, SENDER)
        with pytest.raises(LedgerError, match=r"restore suppressions\.db-key"):
            SuppressionStore(store.path).add([ADA])
    key.write_bytes(kept)
    assert store.holds(ADA)
    store.close()


def test_a_file_that_is_only_being_made_holds_nobody(store: SuppressionStore) -> None:
    store.path.touch()
    assert not store.holds(ADA, SENDER)
    store.add([ADA])
    assert store.holds(ADA, SENDER)
    store.close()


def test_a_file_that_is_none_is_refused(store: SuppressionStore) -> None:
    store.path.write_bytes(b"no database at all, but long enough" * 40)
    with pytest.raises(LedgerError, match="can't be read"):
        store.holds(ADA, SENDER)
    with pytest.raises(LedgerError, match="can't be written"):
        store.add([ADA])


async def test_pairs_are_asked_together_and_those_that_are_blocked_come_back(
    store: SuppressionStore,
) -> None:
    assert await store.blocked([(ADA, SENDER)]) == set()
    await stop(store)
    store.add([BOB], channel="whatsapp")
    asked = {
        (ADA, SENDER),
        (ADA, OTHER),
        (ADA, ""),
        (BOB, SENDER),
        (f"whatsapp:{BOB}", OTHER),
        (f"whatsapp:{ADA}", SENDER),
        (f"rcs:{BOB}", OTHER),
    }
    assert await store.blocked(asked) == {
        (ADA, SENDER),
        (f"whatsapp:{BOB}", OTHER),
        (f"whatsapp:{ADA}", SENDER),
    }
    store.close()


async def test_who_writes_meanwhile_is_waited_for_beside_the_loop(store: SuppressionStore) -> None:
    store.add([ADA])
    assert await store.blocked([(ADA, SENDER)])
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        asking = asyncio.ensure_future(store.blocked([(ADA, SENDER), (BOB, SENDER)]))
        await asyncio.sleep(0)
        assert not asking.done()
        other.execute("COMMIT")
        assert await asking == {(ADA, SENDER)}
    store.close()


def test_by_hand_towards_a_sender_or_for_a_time(store: SuppressionStore) -> None:
    past, future = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (2020, 2900))
    assert store.add([ADA], sender=SENDER, expires=past) == 1
    assert not store.holds(ADA, SENDER)
    assert store.counts()["hand"] == 0
    assert store.add([ADA], sender=SENDER, expires=future) == 1
    assert (store.holds(ADA, SENDER), store.holds(ADA, OTHER)) == (True, False)
    assert store.add([ADA], sender=SENDER) == 0
    (found,) = store.about(ADA)
    assert (found.scope, found.name, found.reason, found.count) == ("sender", SENDER, "hand", 3)
    assert found.expires is None
    assert found.first <= found.last
    with pytest.raises(ValueError, match="time zone"):
        store.add([ADA], expires=dt.datetime(2900, 1, 1))  # noqa: DTZ001 - it is refused
    with pytest.raises(ValueError, match="a sender or a channel"):
        store.add([ADA], sender=SENDER, channel="sms")
    store.close()


async def test_each_stop_is_counted_once(store: SuppressionStore) -> None:
    for sid in ("SM1", "SM1", "SM2"):
        await stop(store, sid=sid)
    store.refused([(ADA, "")])
    assert {(one.scope, one.reason): one.count for one in store.about(f"whatsapp:{ADA}")} == {
        ("sender", "stop"): 2,
        ("anyone", "refused"): 1,
    }
    assert store.about(BOB) == []
    assert SuppressionStore(store.path.with_name("none")).about(ADA) == []


def replaced(path: Path) -> None:
    copy = path.with_name("copy")
    shutil.copy2(path, copy)
    copy.replace(path)


@pytest.mark.parametrize(
    "happens",
    [
        replaced,
        lambda path: path.write_bytes(b""),
        Path.unlink,
        lambda path: path.rename(path.with_name("moved")),
    ],
    ids=["replaced", "emptied", "removed", "moved"],
)
async def test_a_file_that_is_another_by_now_says_of_nobody_that_they_are_willing(
    store: SuppressionStore, happens: Callable[[Path], object]
) -> None:
    store.add([ADA])
    assert not store.holds(BOB, SENDER)
    happens(store.path)
    for _ in range(2):
        with pytest.raises(LedgerError, match="while it was used"):
            await store.blocked([(BOB, SENDER)])
        with pytest.raises(LedgerError):
            await stop(store)
    store.close()


@pytest.mark.parametrize("happens", [lambda path: path.write_bytes(b""), Path.unlink])
async def test_a_key_without_its_file_says_that_the_file_is_lost(
    store: SuppressionStore, happens: Callable[[Path], object]
) -> None:
    store.add([ADA])
    happens(store.path)
    later = SuppressionStore(store.path)
    for ask in (lambda: later.holds(BOB), lambda: later.add([BOB]), later.counts):
        with pytest.raises(LedgerError, match="gone or empty, though its key is there"):
            ask()
    with pytest.raises(LedgerError, match="gone or empty"):
        await later.knows("SM1")
    store.path.with_name("suppressions.db-key").unlink()
    later.add([BOB])
    assert (later.holds(BOB), later.holds(ADA)) == (True, False)
    later.close()


def test_a_making_that_was_killed_before_the_key_had_its_name_is_ended(
    store: SuppressionStore,
) -> None:
    store.add([ADA])
    key = store.path.with_name("suppressions.db-key")
    key.rename(store.path.with_name("suppressions.db-key-new-0123456789abcdef"))
    store.path.with_name("suppressions.db-key-new-another").write_bytes(b"x" * 32)
    later = SuppressionStore(store.path)
    assert later.holds(ADA)
    assert key.exists()
    later.close()


def test_who_asks_while_the_file_is_made_does_not_disturb_its_maker(
    store: SuppressionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = sqlite.create

    def and_ask(*given: Any) -> bool:
        made = create(*given)
        other = SuppressionStore(store.path)
        assert not other.holds(ADA)  # the file is there, its key has not its name yet
        other.close()
        return made

    monkeypatch.setattr(sqlite, "create", and_ask)
    store.add([ADA])
    assert store.holds(ADA)


def test_a_store_that_nobody_closes_leaves_nothing_open(tmp_path: Path) -> None:
    store = SuppressionStore(tmp_path / "suppressions.db")
    store.add([ADA])
    assert store.holds(ADA)
    reader = store._file.reader()  # noqa: SLF001 - nobody else has it
    assert reader is not None
    connection = reader.connection
    del store, reader
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


def test_by_a_link_it_is_the_same_file(store: SuppressionStore, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "suppressions.db"
    link.parent.mkdir()
    link.symlink_to(store.path)
    SuppressionStore(link).add([ADA])  # also where there is none yet
    assert link.is_symlink()
    assert store.holds(ADA)
    assert not link.with_name("suppressions.db-key").exists()
    store.path.with_name("suppressions.db-key").rename(link.with_name("suppressions.db-key"))
    assert SuppressionStore(link).holds(ADA)  # version 0.1 put it beside the link
    store.close()


OLD = """
CREATE TABLE store (one INTEGER PRIMARY KEY CHECK (one = 1), proof BLOB NOT NULL);
CREATE TABLE suppressed (
    person BLOB NOT NULL, scope TEXT NOT NULL, origin TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (person, scope, origin)
) WITHOUT ROWID;
CREATE TABLE heeded (sid TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO heeded VALUES ('SM1');
"""


async def test_a_file_of_version_0_1_is_used(store: SuppressionStore) -> None:
    key = bytes(range(32))
    store.path.with_name("suppressions.db-key").write_bytes(key)
    with closing(sqlite3.connect(store.path)) as old, old:
        old.executescript(OLD)
        proof = hmac.digest(key, b"suppressions", "sha256")
        old.execute("INSERT INTO store VALUES (1, ?)", (proof,))
        for scope, origin in ((SENDER, "stop"), (OTHER, "refused"), ("", "hand")):
            person = ADA if scope else BOB
            cells = person_hash(key, person), scope, origin, 1_500_000_000_000
            old.execute("INSERT INTO suppressed VALUES (?, ?, ?, ?)", cells)
    asked = [(ADA, SENDER), (ADA, OTHER), (ADA, SERVICE), (BOB, SERVICE)]
    assert await store.blocked(asked) == set(asked) - {(ADA, SERVICE)}
    await stop(store, sid="SM1")  # heeded long ago
    found = {one.reason: one for one in store.about(ADA)}
    assert found["stop"].count == 1
    assert found["stop"].first == dt.datetime(2017, 7, 14, 2, 40, tzinfo=dt.UTC)
    await start(store)
    assert await store.blocked(asked) == {(ADA, OTHER), (BOB, SERVICE)}
    store.close()
