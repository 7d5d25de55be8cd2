from __future__ import annotations

from pathlib import Path

import pytest

from async_messaging.campaigns.privacy import (
    number_hash,
)
from async_messaging.campaigns.pseudonyms import is_pseudonym
from async_messaging.errors import LedgerError
from tests.unit.campaigns.people import PERSON


def test_the_key_is_made_once_and_decides_the_hash(tmp_path: Path) -> None:
    one = number_hash(tmp_path, PERSON)
    key = tmp_path / ".campaign-key"
    assert len(key.read_bytes()) == 32
    assert number_hash(tmp_path, "whatsapp:+1 555 867 0003") == one
    assert is_pseudonym(one)
    assert [file.name for file in tmp_path.iterdir()] == [key.name]
    key.write_bytes(bytes(32))
    other = number_hash(tmp_path, PERSON)
    assert other != one
    assert other == "#6cc57810e22599f326ff7b716c5227ed"
    key.write_bytes(b"short")
    with pytest.raises(LedgerError, match="is damaged"):
        number_hash(tmp_path, PERSON)
    with pytest.raises(LedgerError, match="their key can't be used"):
        number_hash(tmp_path / "missing", PERSON)
