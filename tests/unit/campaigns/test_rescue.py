from __future__ import annotations

from pathlib import Path

import pytest

from async_messaging.campaigns.rescue import Rescue, rescued_outcomes
from async_messaging.campaigns.rows import Outcome

OUTCOME = Outcome(row=1, epoch=2, attempt=1, state="REJECTED", at=1.0, code=21610)


def test_without_outcomes_there_is_no_file(tmp_path: Path) -> None:
    rescue = Rescue(tmp_path / "a.campaign", epoch=2)
    rescue.close()
    assert (rescue.path, list(tmp_path.iterdir())) == (None, [])


def test_each_outcome_is_a_line(tmp_path: Path) -> None:
    rescue = Rescue(tmp_path / "a.campaign", "c", 2)
    rescue.write([OUTCOME, OUTCOME])
    rescue.close()
    assert rescue.path == tmp_path / "a.campaign.2.rescue.jsonl"
    assert rescue.path.read_bytes().count(b"\n") == 2
    assert rescue.lost == 0


def test_where_the_ledgers_folder_fails_another_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    rescue = Rescue(tmp_path / "missing" / "a.campaign", "c", 2)
    rescue.write([OUTCOME])
    rescue.close()
    assert rescue.path == tmp_path / "a.campaign.2.rescue.jsonl"


def test_what_can_be_written_nowhere_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    rescue = Rescue(tmp_path / "missing" / "a.campaign")
    rescue.write([OUTCOME, OUTCOME])
    rescue.close()
    assert (rescue.path, rescue.lost) == (None, 2)


def test_outcomes_are_read_back_and_half_a_line_is_not(tmp_path: Path) -> None:
    ledger = tmp_path / "a.campaign"
    rescue = Rescue(ledger, "c", 2)
    accepted = Outcome(row=2, epoch=2, attempt=1, state="ACCEPTED", at=1.5, sid="SM1", to="+1")
    rescue.write([OUTCOME, accepted])
    rescue.close()
    assert rescue.path is not None
    with rescue.path.open("ab") as file:
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
