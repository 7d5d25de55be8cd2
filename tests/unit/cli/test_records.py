from __future__ import annotations

from decimal import Decimal

from async_messaging.cli.screen import error_record, record_of
from async_messaging.errors import BadRequest, ConnectionLost
from async_messaging.models import CarrierPrices, Message, MessagingCountry, MessagingPrice

SID = "SM" + "1" * 32


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
