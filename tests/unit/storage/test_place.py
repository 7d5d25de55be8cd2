from __future__ import annotations

from pathlib import Path

import pytest

from async_messaging.storage import place
from async_messaging.storage.place import identity, network_filesystem

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


def test_a_copy_has_another_identity(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.touch()
    two.touch()
    assert identity(one) == identity(one)
    assert identity(one)[0] == identity(two)[0]
    assert identity(one)[1:] != identity(two)[1:]


def test_without_a_machines_id_the_disk_tells_where_a_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Containers have a new name each; the disk that they are given stays."""
    monkeypatch.setattr(place, "_MACHINE", (str(tmp_path / "missing"), str(tmp_path / "empty")))
    (tmp_path / "empty").touch()
    found = []
    for name in ("container-1", "container-2"):
        monkeypatch.setattr("platform.node", lambda name=name: name)
        found.append(identity(tmp_path / "empty"))
    assert found[0] == found[1]
    assert found[0][0].startswith("disk ")


def test_a_file_that_is_being_made_has_the_place_it_will_have(tmp_path: Path) -> None:
    made = tmp_path / "new"
    made.touch()
    before = identity(tmp_path / "a", made_as=made)
    made.rename(tmp_path / "a")
    assert identity(tmp_path / "a") == before
