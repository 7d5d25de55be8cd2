from __future__ import annotations

from datetime import date, datetime

import pytest

from async_messaging.simulator import dates

MOMENT = 1_692_853_305.9  # Thu, 24 Aug 2023 05:01:45.9 UTC


def test_rfc2822_rounds_down() -> None:
    assert dates.rfc2822(MOMENT) == "Thu, 24 Aug 2023 05:01:45 +0000"


def test_http_date() -> None:
    assert dates.http_date(int(MOMENT)) == "Thu, 24 Aug 2023 05:01:45 GMT"


def test_send_at_wants_one_form() -> None:
    assert dates.send_at("2023-08-24T05:01:45Z") == 1_692_853_305


@pytest.mark.parametrize(
    "text",
    ["2023-08-24", "2023-08-24T05:01:45", "2023-08-24T05:01:45+00:00", "2023-13-24T05:01:45Z", ""],
)
def test_send_at_refuses_others(text: str) -> None:
    assert dates.send_at(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2023-08-24T05:01:45Z",
        "2023-08-24 05:01:45",
        "2023-08-24T07:01:45+02:00",
        "Thu, 24 Aug 2023 05:01:45 +0000",
    ],
)
def test_filter_moments(text: str) -> None:
    bound = dates.filter_value(text)
    assert isinstance(bound, datetime)
    assert bound.timestamp() == 1_692_853_305


def test_filter_day() -> None:
    assert dates.filter_value("2023-08-24") == date(2023, 8, 24)


@pytest.mark.parametrize("text", [">=2023-08-24", "yesterday", "2023-02-30", "", "20a3-08-24"])
def test_filter_refuses_what_is_no_date(text: str) -> None:
    assert dates.filter_value(text) is None


@pytest.mark.parametrize(
    ("operator", "bound", "holds"),
    [
        ("=", "2023-08-24", True),
        ("=", "2023-08-25", False),
        ("<", "2023-08-24", True),
        ("<", "2023-08-23", False),
        (">", "2023-08-24", True),
        (">", "2023-08-25", False),
        (">", "2023-08-24T05:01:45Z", True),
        (">", "2023-08-24T05:01:46Z", False),
        ("<", "2023-08-24T05:01:45Z", True),
        ("<", "2023-08-24T05:01:44Z", False),
    ],
)
def test_within(operator: str, bound: str, holds: bool) -> None:
    value = dates.filter_value(bound)
    assert value is not None
    assert dates.within(MOMENT, value, operator) is holds
