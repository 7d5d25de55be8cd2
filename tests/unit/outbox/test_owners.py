from __future__ import annotations

import os
from pathlib import Path

from async_messaging.outbox.owners import Owner, bury_owners, lives


def test_an_owner_lives_until_it_is_released(tmp_path: Path) -> None:
    owner = Owner(tmp_path / "owners")
    assert lives(tmp_path / "owners", owner.name)
    owner.release()
    assert not lives(tmp_path / "owners", owner.name)
    owner.release()


def test_two_owners_of_one_process_are_two(tmp_path: Path) -> None:
    one, other = Owner(tmp_path / "owners"), Owner(tmp_path / "owners")
    assert one.name != other.name
    one.release()
    assert lives(tmp_path / "owners", other.name)
    other.release()


def test_a_file_that_is_left_behind_is_no_owner(tmp_path: Path) -> None:
    folder = tmp_path / "owners"
    living = Owner(folder)
    (folder / "0123456789abcdef").touch()
    assert not lives(folder, "0123456789abcdef")
    assert bury_owners(folder) == 1
    assert [file.name for file in folder.iterdir()] == [living.name]
    assert lives(folder, living.name)
    living.release()


def test_a_child_that_leaves_lets_its_parents_lock_alone(tmp_path: Path) -> None:
    owner = Owner(tmp_path / "owners")
    copy = os.dup(owner._descriptor or 0)  # noqa: SLF001 - what a forked child has
    owner.leave()
    assert lives(tmp_path / "owners", owner.name)
    os.close(copy)
    assert not lives(tmp_path / "owners", owner.name)


def test_nobody_else_may_look(tmp_path: Path) -> None:
    owner = Owner(tmp_path / "owners")
    assert (tmp_path / "owners").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "owners" / owner.name).stat().st_mode & 0o777 == 0o600
    owner.release()
