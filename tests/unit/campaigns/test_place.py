from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from async_messaging.campaigns import place
from async_messaging.campaigns.place import RunLock, identity, network_filesystem
from async_messaging.errors import LedgerError

MOUNTS = r"""/dev/vda / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/vdb /home/me/disk xfs rw 0 0
me@host: /mnt/my\040share fuse.sshfs rw 0 0
tmpfs /tmp tmpfs rw 0 0
//box/share /mnt/win cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/a.campaign", ""),
        ("/home/me/a.campaign", "nfs4"),
        ("/home/me/disk/a.campaign", ""),
        ("/mnt/my share/a.campaign", "fuse.sshfs"),
        ("/mnt/win/deep/down/a.campaign", "cifs"),
        ("/homes/a.campaign", ""),
        ("/tmp/a.campaign", ""),
    ],
)
def test_network_file_systems_are_known(path: str, kind: str) -> None:
    assert network_filesystem(Path(path), MOUNTS) == kind


def test_a_lock_is_held_once_and_released(tmp_path: Path) -> None:
    path = tmp_path / "a.campaign"
    lock = RunLock(path)
    with pytest.raises(LedgerError, match=r"process .* runs this campaign"):
        RunLock(path)
    lock.release()
    lock.release()
    assert list(tmp_path.iterdir()) == []
    RunLock(path).release()


def test_a_stale_lock_file_is_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "a.campaign"
    path.with_name("a.campaign.lock").write_text("1 machine\n")
    RunLock(path).release()


def test_without_fcntl_the_file_is_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "fcntl", None)
    path = tmp_path / "a.campaign"
    lock = RunLock(path)
    with pytest.raises(LedgerError, match=r"if it is dead, remove a\.campaign\.lock"):
        RunLock(path)
    lock.release()
    RunLock(path).release()


def test_a_lock_that_can_not_be_written_is_a_ledger_error(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="lock file"):
        RunLock(tmp_path / "missing" / "a.campaign")


def test_a_copy_has_another_identity(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.touch()
    two.touch()
    assert identity(one) == identity(one)
    assert identity(one)[0] == identity(two)[0]
    assert identity(one)[1:] != identity(two)[1:]


def test_whoever_looks_who_has_a_lock_does_not_keep_a_run_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.campaign"
    with path.with_name("a.campaign.lock").open("w") as looked_at:
        fcntl.flock(looked_at, fcntl.LOCK_SH)
        monkeypatch.setattr("time.sleep", lambda _: fcntl.flock(looked_at, fcntl.LOCK_UN))
        RunLock(path).release()
