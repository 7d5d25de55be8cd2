from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from async_messaging.campaigns import rescue as rescue_module
from async_messaging.campaigns.rescue import Rescue, rescued_outcomes
from async_messaging.campaigns.rows import Outcome

OUTCOME = Outcome(row=1, epoch=2, attempt=1, state="REJECTED", at=1.0, code=21610)


def test_without_outcomes_there_is_no_file(tmp_path: Path) -> None:
    rescue = Rescue(tmp_path / "a.campaign", epoch=2)
    rescue.close()
    assert (rescue.paths, list(tmp_path.iterdir())) == ([], [])


def test_each_outcome_is_a_line(tmp_path: Path) -> None:
    rescue = Rescue(tmp_path / "a.campaign", "c", 2)
    rescue.write([OUTCOME, OUTCOME])
    rescue.close()
    (path,) = rescue.paths
    assert re.fullmatch(r"a\.campaign\.2\.[0-9a-f]{16}\.rescue\.jsonl", path.name)
    assert path.parent == tmp_path
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes().count(b"\n") == 2
    assert rescue.lost == 0


def test_where_the_ledgers_folder_fails_another_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    rescue = Rescue(tmp_path / "missing" / "a.campaign", "c", 2)
    rescue.write([OUTCOME])
    rescue.close()
    (path,) = rescue.paths
    assert re.fullmatch(r"a\.campaign\.2\.[0-9a-f]{16}\.rescue\.jsonl", path.name)
    assert path.parent == tmp_path
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_can_be_written_nowhere_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    rescue = Rescue(tmp_path / "missing" / "a.campaign")
    rescue.write([OUTCOME, OUTCOME])
    rescue.close()
    assert (rescue.paths, rescue.lost) == ([], 2)


def test_outcomes_are_read_back_and_half_a_line_is_not(tmp_path: Path) -> None:
    ledger = tmp_path / "a.campaign"
    rescue = Rescue(ledger, "c", 2)
    accepted = Outcome(row=2, epoch=2, attempt=1, state="ACCEPTED", at=1.5, sid="SM1", to="+1")
    rescue.write([OUTCOME, accepted])
    rescue.close()
    (path,) = rescue.paths
    with path.open("ab") as file:
        file.write(b'{"row":3,"to":"+15')
    rescued = rescued_outcomes(ledger, "c")
    assert rescued.outcomes == [OUTCOME, accepted]
    rescued.remove()
    assert list(tmp_path.iterdir()) == []


def test_outcomes_of_another_campaign_of_this_name_are_left_alone(tmp_path: Path) -> None:
    ledger = tmp_path / "a.campaign"
    rescue = Rescue(ledger, "other", 2)
    rescue.write([OUTCOME])
    rescue.close()
    rescued = rescued_outcomes(ledger, "c")
    rescued.remove()
    assert rescued.outcomes == []
    assert len(list(tmp_path.iterdir())) == 1


class Disk:
    """What is written to files of a folder, whose disk takes so many bytes more."""

    def __init__(self, folder: Path, left: int) -> None:
        self.folder, self.left = folder, left

    def write(self, descriptor: int, line: bytes) -> int:
        if Path(f"/proc/self/fd/{descriptor}").readlink().parent != self.folder:
            return os.write(descriptor, line)
        if not self.left:
            raise OSError(28, "No space left on device")
        taken = min(len(line), self.left)
        self.left -= taken
        return os.write(descriptor, line[:taken])


@pytest.mark.parametrize("left", [0, 1, 100, 250, 300])
def test_a_full_disk_loses_no_outcome_not_even_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    ledger, elsewhere = tmp_path / "data" / "a.campaign", tmp_path / "elsewhere"
    ledger.parent.mkdir()
    ledger.touch()
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))

    monkeypatch.setattr(rescue_module, "write", Disk(ledger.parent, left).write)
    rescue = Rescue(ledger, "c", 2)
    rescue.write([OUTCOME])
    rescue.write([OUTCOME, OUTCOME])
    rescue.close()
    assert rescue.lost == 0
    assert all(path.stat().st_size for path in rescue.paths)
    assert len(rescue.paths) == (1 if left == 0 else 2)
    assert rescued_outcomes(ledger, "c").outcomes == [OUTCOME] * 3


def test_a_name_that_others_have_planted_is_never_written_nor_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, elsewhere = tmp_path / "data" / "a.campaign", tmp_path / "elsewhere"
    ledger.parent.mkdir()
    ledger.touch()
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    monkeypatch.setattr("secrets.token_hex", lambda _: "guessed")
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    for folder in (ledger.parent, elsewhere):
        (folder / "a.campaign.2.guessed.rescue.jsonl").symlink_to(victim)
    rescue = Rescue(ledger, "c", 2)
    rescue.write([OUTCOME])
    assert (rescue.lost, victim.read_text()) == (1, "untouched")
    (elsewhere / "a.campaign.2.guessed.rescue.jsonl").unlink()
    other = Rescue(elsewhere / "a.campaign", "c", 2)
    other.write([OUTCOME])
    other.close()
    assert rescued_outcomes(ledger, "c").outcomes == [OUTCOME]
    mine = os.geteuid()
    monkeypatch.setattr("os.geteuid", lambda: mine + 1)
    if mine == 0:  # who else could give a file away
        os.chown(ledger, mine + 1, -1)
        assert rescued_outcomes(ledger, "c").outcomes == []
