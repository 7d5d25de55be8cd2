from __future__ import annotations

from decimal import Decimal

from async_messaging.campaigns.delivery import Billing, Delivery, Undelivered
from async_messaging.cli.campaign_figures import delivery_text
from async_messaging.cli.campaign_report import (
    billing_lines,
    billing_record,
    delivery_lines,
    delivery_record,
)

LOST = (
    Undelivered(status="undelivered", code=30003, rows=31, meaning="out of reach"),
    Undelivered(status="canceled", code=None, rows=1),
)
SOME = Delivery(delivered=1203, read=12, undelivered=LOST, under_way=7, no_report=5)
USD = Billing(
    billed={"USD": Decimal("9.5037")}, billed_rows=1203, open_rows=5, estimated=Decimal("0.0395")
)


def test_delivery_is_a_line_of_words_and_figures() -> None:
    assert delivery_text(SOME) == (
        "delivered 1,203, read 12, undelivered 32, on its way 7, no report yet 5"
    )
    assert delivery_text(Delivery()) == "delivered 0"


def test_a_report_shows_how_messages_fared_and_why() -> None:
    assert delivery_lines(SOME, 78) == [
        "delivered  read  undelivered  on its way  no report yet",
        "    1,203    12           32           7              5",
        "",
        "rows  status       code   meaning",
        "  31  undelivered  30003  out of reach",
        "   1  canceled",
    ]
    assert delivery_lines(Delivery(), 78) == []


def test_a_report_shows_what_is_billed_and_what_may_follow() -> None:
    assert billing_lines(USD) == [
        "billed 9.5037 USD                1,203 messages",
        "not yet billed about 0.0395 USD  5 messages",
    ]
    assert billing_lines(Billing(billed={}, open_rows=5)) == []


def test_records_have_decimals_as_text() -> None:
    assert billing_record(USD) == {
        "billed": {"USD": "9.5037"},
        "billed_rows": 1203,
        "estimated": "0.0395",
        "not_yet_billed": 5,
    }
    record = delivery_record(SOME)
    assert (record["undelivered"], record["no_report"]) == (32, 5)
