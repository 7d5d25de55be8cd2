from __future__ import annotations

import pytest

from async_messaging.bulk.report import BulkResult, Summary
from async_messaging.cli.exits import Exit
from async_messaging.cli.report import report_lines, report_record
from async_messaging.cli.tally import Ending, Tally, Where
from async_messaging.errors import BadRequest, ConnectionLost, InvalidInput

WHERE = Where("LIVE", "https://api.twilio.com", "AC12...cdef")


@pytest.fixture
def tally() -> Tally:
    made = Tally(Summary(rate=100.0), 100.0, 0.0)
    errors = [
        ("refused", BadRequest("x", code=21610)),
        ("refused", BadRequest("x", code=21610)),
        ("unknown", ConnectionLost("x")),
        ("invalid", InvalidInput("is empty", field="name")),
    ]
    for index, (outcome, error) in enumerate(errors):
        result = BulkResult(index=index, row=index + 1, outcome=outcome, error=error)  # type: ignore[arg-type]  # an outcome
        made.summary.add(result)
        made.note(result)
    made.summary.latencies.add(0.1)
    made.summary.attained, made.summary.elapsed = 99.5, 12.34
    made.total = 4
    return made


def test_the_report_fits_80_columns_and_adds_up(tally: Tally) -> None:
    lines = report_lines(tally, WHERE, "results.jsonl", 80)
    assert max(map(len, lines)) <= 80
    assert lines[:3] == [
        "LIVE  https://api.twilio.com, account AC12...cdef",
        "Complete: every row has an outcome.",
        "1 row is unknown: perhaps accepted, and for that reason not sent again.",
    ]
    assert lines[5].split() == ["0", "2", "1", "0", "1", "4"]
    text = "\n".join(lines)
    assert "     2  refused  21610  the recipient has opted out" in text
    assert "  rate      99.5 of 100 segments/s (99.5%)" in text
    assert "  elapsed   12.3 s" in text
    assert "  results   results.jsonl" in text


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ("interrupted", "go on with --continue"),
        ("gave up", "Interrupted twice"),
        ("account", "Stopped: the reason"),
        ("storage", "can't be written: the reason"),
        ("input", "can't be read further: the reason"),
    ],
)
def test_the_headline_says_why_it_ended(tally: Tally, ending: Ending, said: str) -> None:
    tally.ending, tally.why = ending, "the reason"
    assert said in report_lines(tally, WHERE, "results.jsonl", 80)[1]


def test_json_has_the_same_figures(tally: Tally) -> None:
    record = report_record(tally, WHERE, "results.jsonl", Exit.UNKNOWN)
    assert (record["rows"], record["refused"], record["unknown"], record["exit"]) == (4, 2, 1, 7)
    reasons = record["reasons"]
    assert isinstance(reasons, list)
    assert reasons[0] == {
        "outcome": "refused",
        "code": 21610,
        "meaning": "the recipient has opted out",
        "rows": 2,
    }
    assert record["where"] == "live"
