from __future__ import annotations

import io
from decimal import Decimal

import pytest

from async_messaging.cli.screen import Screen, aligned, error_record, masked_sid, record_of
from async_messaging.errors import BadRequest, ConnectionLost
from async_messaging.models import CarrierPrices, Message, MessagingCountry, MessagingPrice

SID = "SM" + "1" * 32


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_columns_are_aligned_and_the_last_is_broken_between_words() -> None:
    rows = [("rows", "meaning"), ("1,234", "the recipient has opted out of it all")]
    assert aligned(rows, right=(0,), width=30) == [
        " rows  meaning",
        "1,234  the recipient has opted",
        "       out of it all",
    ]


def test_a_pipe_is_never_broken_into_lines() -> None:
    stream = io.StringIO()
    Screen(stream).put("word " * 200, by_words=True)
    assert stream.getvalue().count("\n") == 1
    assert not Screen(stream).is_live


@pytest.mark.parametrize(("term", "live"), [("xterm-256color", True), ("dumb", False)])
def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch, term: str, live: bool) -> None:
    monkeypatch.setenv("TERM", term)
    assert Screen(Terminal()).is_live is live


def test_forced_colours_do_not_make_a_file_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert not Screen(io.StringIO()).is_live


def test_a_sid_is_masked() -> None:
    assert masked_sid("AC" + "0" * 28 + "beef") == "AC00...beef"


def test_fields_have_the_models_names_and_dates_are_iso() -> None:
    message = Message(
        sid=SID,
        from_="+15005550006",
        price=Decimal("-0.00790"),
        date_created_text="Thu, 24 Aug 2023 05:01:45 +0000",
        tags={"a": "b"},
    )
    record = record_of(message)
    assert record["sid"] == SID
    assert record["from_"] == "+15005550006"
    assert record["price"] == "-0.00790"
    assert record["date_created"] == "2023-08-24T05:01:45Z"
    assert record["date_sent"] is None
    assert record["tags"] == {"a": "b"}
    assert not [name for name in record if name.endswith("_text")]


def test_structs_inside_structs_become_objects() -> None:
    price = MessagingPrice(number_type="mobile", base_price=Decimal("0.0079"))
    country = MessagingCountry(outbound_sms_prices=(CarrierPrices(carrier="X", prices=(price,)),))
    assert record_of(country)["outbound_sms_prices"] == [
        {
            "carrier": "X",
            "mcc": None,
            "mnc": None,
            "prices": [{"number_type": "mobile", "base_price": "0.0079", "current_price": None}],
        }
    ]


def test_an_error_tells_outcome_code_and_link() -> None:
    record = error_record(BadRequest("no", status=400, code=21614))
    assert (record["outcome"], record["status"], record["code"]) == ("refused", 400, 21614)
    assert record["link"] == "https://www.twilio.com/docs/api/errors/21614"


def test_a_salvaged_sid_is_told() -> None:
    error = ConnectionLost("lost")
    error.sid = SID
    assert error_record(error)["sid"] == SID
