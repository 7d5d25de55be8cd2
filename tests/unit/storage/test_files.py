from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from async_messaging.errors import LedgerError
from async_messaging.storage.files import Watched, beside, create_private, new_file, replacing


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


def test_what_stands_beside_a_file_stands_beside_the_real_one(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "folder").symlink_to(tmp_path / "data")
    (tmp_path / "link").symlink_to(tmp_path / "folder" / "a")
    for name in (tmp_path / "data" / "a", tmp_path / "folder" / "a", tmp_path / "link"):
        assert beside(name, ".lock") == tmp_path / "data" / "a.lock"


def test_a_new_file_is_private_and_takes_no_name_that_is_taken(tmp_path: Path) -> None:
    target, taken = tmp_path / "file", tmp_path / "taken"
    old = os.umask(0)
    try:
        with new_file(target) as new:
            new.write_text("whole")
            assert not target.exists()
    finally:
        os.umask(old)
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("whole", 0o600)
    taken.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError), new_file(taken) as new:
        new.write_text("mine")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "taken"]
    with pytest.raises(FileExistsError):
        create_private(taken)


def test_where_there_are_no_links_a_new_file_gets_its_name_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("os.link", refuse)
    with new_file(tmp_path / "file") as new:
        new.write_text("whole")
    with pytest.raises(FileExistsError), new_file(tmp_path / "file") as new:
        new.write_text("other")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("file", "whole")]


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (lambda path: path.rename(path.with_name("moved")), "moved or removed"),
        (lambda path: path.write_bytes(b""), "emptied"),
        (
            lambda path: (
                shutil.copy(path, path.with_name("b")) and path.with_name("b").replace(path)
            ),
            "replaced",
        ),
    ],
)
def test_a_file_that_is_another_by_now_is_noticed(
    tmp_path: Path, happens: Callable[[Path], object], said: str
) -> None:
    path = tmp_path / "a"
    path.write_text("content")
    watched = Watched(path, "ledger")
    with path.open("a") as file:
        file.write("more")
    watched.check()
    happens(path)
    with pytest.raises(LedgerError, match=f"the ledger was .*{said}.* while it was used"):
        watched.check()
