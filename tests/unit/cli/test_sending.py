from __future__ import annotations

import datetime as dt

import pytest

from async_messaging.bulk.report import BulkResult
from async_messaging.bulk.results_file import DoneRows
from async_messaging.bulk.sources import Row
from async_messaging.cli.sending import check_same, record_of_result, sentence_of
from async_messaging.errors import BadRequest, ConnectionLost, InvalidInput
from async_messaging.models import Message, MessageDraft

SID = "SM" + "1" * 32
TO = "+14155550100"


def test_an_accepted_row_has_sid_and_status() -> None:
    message = Message(sid=SID, status="queued")
    result = BulkResult(
        index=0, row=1, outcome="accepted", to=TO, message=message, attempts=2, elapsed=0.25
    )
    record = record_of_result(result)
    assert (record.row, record.to, record.outcome) == (1, TO, "accepted")
    assert (record.sid, record.status, record.error) == (SID, "queued", "")
    assert (record.attempts, record.elapsed) == (2, 0.25)
    assert record.at == dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def test_a_refused_row_has_the_code() -> None:
    error = BadRequest("Twilio answered 400", code=21614)
    record = record_of_result(BulkResult(index=0, row=1, outcome="refused", error=error))
    assert (record.code, record.error, record.sid) == (21614, "Twilio answered 400", "")


def test_an_invalid_row_has_field_and_reason_apart() -> None:
    error = InvalidInput("is empty", field="name", row=7)
    record = record_of_result(BulkResult(index=6, row=7, outcome="invalid", error=error))
    assert (record.field, record.error) == ("name", "is empty")


def test_an_unknown_row_keeps_a_salvaged_sid() -> None:
    error = ConnectionLost("lost")
    error.sid = SID
    assert record_of_result(BulkResult(index=0, row=1, outcome="unknown", error=error)).sid == SID


def test_a_row_that_is_done_must_still_be_the_same() -> None:
    done = DoneRows()
    done.note(1, TO, "accepted")
    check_same(done, Row(1, MessageDraft(to=TO), TO))
    with pytest.raises(InvalidInput, match="has changed"):
        check_same(done, Row(1, MessageDraft(to="+14155550101"), "+14155550101"))


def test_a_files_error_is_said_without_its_path() -> None:
    assert sentence_of(FileNotFoundError(2, "No such file or directory", "/home/ada/x")) == (
        "No such file or directory"
    )
