from __future__ import annotations

from pathlib import Path

import pytest

from async_messaging.campaigns.replacing import replacing


def test_a_file_is_replaced_when_the_new_one_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    with replacing(target) as file:
        file.write("new\r\n\udcff")
        file.flush()
        assert target.read_text() == "old"
    assert target.read_bytes() == b"new\r\n\xff"
    assert target.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [target]


def test_after_an_error_the_old_file_is_there_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt), replacing(target) as file:
        file.write("half")
        raise KeyboardInterrupt
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("file", "old")]
