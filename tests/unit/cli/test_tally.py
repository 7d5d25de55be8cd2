from __future__ import annotations

import pytest

from async_messaging.bulk.report import BulkResult, Summary
from async_messaging.cli.tally import Meter, Reason, Tally, Where, meaning_of
from async_messaging.errors import (
    BadRequest,
    ConnectionLost,
    InvalidInput,
    MessagingError,
    NotSent,
    ServerFailed,
)
from async_messaging.settings import Credentials, Settings

ACCOUNT = Credentials("AC12" + "0" * 26 + "cdef", "AC12" + "0" * 26 + "cdef", "secret")


@pytest.mark.parametrize(
    ("base_url", "kind"),
    [
        (None, "LIVE"),
        ("https://api.twilio.com", "LIVE"),
        ("https://api.dublin.ie1.twilio.com", "LIVE"),
        ("http://127.0.0.1:8010", "SIMULATOR"),
        ("https://twilio.com.example.org", "SIMULATOR"),
    ],
)
def test_the_host_says_whether_it_is_live(base_url: str | None, kind: str) -> None:
    where = Where.of(Settings(ACCOUNT, base_url=base_url))
    assert where.kind == kind
    assert where.account == "AC12...cdef"
    assert str(where).startswith(f"{kind}  http")


def test_a_meter_looks_at_the_last_seconds() -> None:
    meter = Meter()
    assert meter.read(0.0, 0) == 0.0
    assert meter.read(1.0, 100) == 100.0
    assert meter.read(4.0, 400) == 100.0
    assert meter.read(7.0, 1300) == 300.0


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BadRequest("x", code=21610), "the recipient has opted out"),
        (BadRequest("x", code=99999), "see Twilio's page"),
        (InvalidInput("is empty", field="name", row=3), "name: is empty"),
        (ConnectionLost("x"), "the connection broke after the request was written"),
        (ServerFailed("x"), "Twilio answered a creation with a server error"),
        (NotSent("stopped before it was sent"), "stopped before it was sent"),
    ],
)
def test_a_reason_is_in_words(error: MessagingError, words: str) -> None:
    assert meaning_of(error).lower() == words.lower()


def test_reasons_are_counted_and_bounded() -> None:
    tally = Tally(Summary(), 10.0, 0.0)
    for row in range(100):
        error = InvalidInput(f"has {row} cells", row=row)
        tally.note(BulkResult(index=row, row=row, outcome="invalid", error=error))
    tally.note(BulkResult(index=100, row=101, outcome="accepted"))
    assert tally.reasons.total() == 100
    assert len(tally.reasons) == 41
    assert tally.reasons[Reason("invalid", None, "other reasons")] == 60


def test_a_shot_tells_what_is_left() -> None:
    summary = Summary(rows=50, accepted=50, segments=100, requests=50)
    tally = Tally(summary, 10.0, 100.0)
    tally.total, tally.skipped = 200, 50
    tally.shot(100.0, in_flight=0)
    summary.requests = 60
    shot = tally.shot(110.0, in_flight=3)
    assert (shot.elapsed, shot.left, shot.figures["to go"]) == (10.0, 20.0, 100)
    assert shot.rate_now == 2.0
    assert (shot.done, shot.total) == (100, 200), "rows done before count"


def test_nothing_is_left_to_wait_for_once_it_is_stopped() -> None:
    tally = Tally(Summary(rows=50), 10.0, 0.0)
    tally.total = 100
    tally.ending = "interrupted"
    assert tally.shot(10.0, in_flight=3).left is None
