from __future__ import annotations

from pathlib import Path

import pytest

from async_messaging.audience.people import number_of, own_key, person_hash
from async_messaging.errors import LedgerError


def test_a_person_is_the_same_on_every_channel() -> None:
    key = b"k" * 32
    assert person_hash(key, "+15558675310") == person_hash(key, "whatsapp:+15558675310")
    assert person_hash(key, "+15558675310") != person_hash(key, "+15558675311")
    assert person_hash(key, "+15558675310") != person_hash(b"l" * 32, "+15558675310")
    assert number_of("messenger:somebody") == "messenger:somebody"


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "key"
    assert own_key(file) == own_key(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_damaged_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(LedgerError, match="damaged"):
        own_key(tmp_path / "key")
