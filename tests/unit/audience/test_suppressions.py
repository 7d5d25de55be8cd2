from __future__ import annotations

from pathlib import Path

import pytest

from async_messaging.audience.suppressions import SuppressionStore
from async_messaging.errors import LedgerError
from async_messaging.webhooks import Suppressions

ADA = "+15558675310"
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
