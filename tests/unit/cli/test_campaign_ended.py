from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.options import Ending, RunResult
from async_messaging.campaigns.rows import Counts
from async_messaging.campaigns.run import Figures
from async_messaging.cli.campaign_ended import Ended
from async_messaging.cli.screen import Screen
from async_messaging.settling.states import State
from tests.unit.cli.campaign_shots import WHERE

COUNTS: Counter[State] = Counter({"ACCEPTED": 7, "HELD": 2, "UNKNOWN": 1})
FIGURES = Figures(counts=COUNTS, total=10, taken=500, rate=100.0)


def ended(
    ending: Ending | None = None, reason: str = "", counts: Counts | None = None, **more: Any
) -> Ended:
    """A run whose ledger can't be read any more."""
    result = None
    if ending is not None:
        result = RunResult(ending=ending, reason=reason, counts=counts or Counts(), moving=3)
    return Ended(
        campaign=Campaign(Path("/nowhere/spring.campaign")),
        where=WHERE,
        name="spring",
        figures=FIGURES,
        again="campaign run spring",
        result=result,
        **more,
    )


def shown(run: Ended) -> str:
    stream = io.StringIO()
    run.show(Screen(stream))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("run", "status"),
    [
        (ended("complete"), 0),
        (ended("complete", counts=Counts(held=1)), 3),
        (ended("cancelled"), 0),
        (ended("cancelled", counts=Counts(held=1, unknown=1)), 4),
        (ended("paused", counts=Counts(held=1)), 4),
        (ended("stopped", counts=Counts(held=1)), 8),
        (ended("storage"), 74),
        (ended(failure="x"), 74),
        (ended("paused", gave_up=True), 130),
        (ended(failure="x", gave_up=True), 130),
    ],
)
def test_of_several_statuses_the_highest(run: Ended, status: int) -> None:
    assert run.status == status
    assert run.record()["exit"] == status


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (ended("complete"), "Complete: every row has an outcome."),
        (ended("complete", counts=Counts(held=1)), "every row has an outcome or is held."),
        (ended("cancelled"), "Cancelled: nothing more will be sent."),
        (ended("stopped", "the token is wrong"), "Stopped: the token is wrong"),
        (ended("paused", "a cap"), "Paused: a cap. Go on with: campaign run spring"),
        (ended("paused", "paused on request"), "Paused on request. Go on with: "),
        (
            ended("paused", "9 messages of this run are through", canary=True),
            "Look at them, then run again: campaign run spring",
        ),
        (ended("paused"), "3 accepted messages have no final status that is known"),
        (ended(failure="the disk is full"), "Stopped: the disk is full"),
        (ended(gave_up=True), "Interrupted twice; go on with: campaign run spring"),
        (ended("complete", dry_rate=50.0), "At 50 segments/s it would take 0:10."),
    ],
)
def test_the_ending_is_said(run: Ended, said: str) -> None:
    assert said in shown(run)


def test_a_ledger_that_failed_is_reported_by_what_the_run_knew() -> None:
    run = ended(failure="the disk is full")
    text = shown(run)
    assert text.splitlines()[0] == "LIVE  https://api.twilio.com, account AC12...cdef"
    assert "2 rows are held: perhaps accepted. See them with: campaign held spring" in text
    assert "1 row is being checked: perhaps accepted" in text
    record = run.record()
    assert (record["accepted"], record["ending"], record["moving"]) == (7, "storage", None)
