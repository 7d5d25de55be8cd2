from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from email.utils import format_datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.codec.dates import (
    Timestamp,
    dec_hook,
    parse_date,
    retry_after_seconds,
    to_day,
    to_filter,
    to_iso,
)
from async_messaging.errors import InvalidInput

MOMENT = datetime(2019, 5, 24, 17, 18, 27, tzinfo=UTC)
EAST = timezone(timedelta(hours=5, minutes=30))

zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=zones)  # noqa: DTZ001 - bounds are naive


class Nowhere(tzinfo):
    """A time zone that does not know its offset."""

    def utcoffset(self, moment: datetime | None, /) -> timedelta | None:
        return None

    dst = utcoffset

    def tzname(self, moment: datetime | None, /) -> str | None:
        return None


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 24 May 2019 17:18:27 +0000",
        "Fri, 24 May 2019 17:18:27 -0000",
        "Fri, 24 May 2019 17:18:27 GMT",
        "Fri, 24 May 2019 19:18:27 +0200",
        "Fri, 24 May 2019 11:48:27 -0530",
        "24 May 2019 17:18:27 +0000",
        "Fri, 24 may 2019 17:18:27 +0000",
        "Fri, 24 May 2019 17:18:27",
        "Fri May 24 17:18:27 2019",
        "Friday, 24-May-19 17:18:27 GMT",
    ],
)
def test_rfc2822(text: str) -> None:
    assert parse_date(text) == MOMENT
    assert parse_date(text).tzinfo is UTC
    assert retry_after_seconds(f" {text} ", MOMENT.timestamp() - 7) == 7


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-05-24T17:18:27Z", MOMENT),
        ("2019-05-24 17:18:27", MOMENT),
        ("2019-05-24T17:18:27.250Z", MOMENT.replace(microsecond=250_000)),
        ("2019-05-24T22:48:27+05:30", MOMENT),
        ("2019-05-24", datetime(2019, 5, 24, tzinfo=UTC)),
    ],
)
def test_iso8601(text: str, expected: datetime) -> None:
    assert parse_date(text) == expected
    assert parse_date(text).tzinfo is UTC


def test_parse_date_takes_both_formats() -> None:
    assert parse_date("Fri, 24 May 2019 17:18:27 +0000") == parse_date("2019-05-24T17:18:27Z")


BAD = [
    "",
    " ",
    "null",
    "2019-05-24x17:18:27",
    "2019-W21-5",
    "20190524",
    "2019-02-30T00:00:00Z",
    "2019-05-24T25:00:00Z",
    "0001-01-01T00:00:00+05:00",
    "\u0662\u0660\u0661\u0669-05-24",
    "2019-05-24T\ud800",
    "Fri, 31 Feb 2019 17:18:27 +0000",
    "Fri, 24 Xxx 2019 17:18:27 +0000",
    "Fri, 24 May 2019 27:18:27 +0000",
    "Fri, 24 May 2019 17:18:27 +9999",
    "Mon, 01 Jan 0001 00:00:00 +0500",
    "Fri, 31 Dec 9999 23:59:59 -0500",
    "Mon, 99999999999999999999 Nov 1994 08:49:37 GMT",
    "Fri, 24 May 2019 17:18:27 +0000" + "x" * 100,
    "+15558675310",
]


@pytest.mark.parametrize("text", BAD)
def test_a_bad_date_of_a_server_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="not a date") as caught:
        parse_date(text)
    assert not isinstance(caught.value, InvalidInput)
    assert not text.strip() or text not in str(caught.value)


@given(st.text(max_size=80))
def test_parsing_gives_utc_or_a_value_error(text: str) -> None:
    try:
        found = parse_date(text)
    except ValueError:
        return
    assert found.tzinfo is UTC


@given(moments)
def test_rfc2822_round_trip(moment: datetime) -> None:
    assert parse_date(format_datetime(moment)) == moment.replace(microsecond=0)


@given(moments)
def test_iso_round_trip(moment: datetime) -> None:
    text = to_iso(moment)
    assert len(text) == 20
    assert text.endswith("Z")
    assert parse_date(text) == moment.replace(microsecond=0)
    assert to_filter(moment) == text
    assert to_day(moment) == text[:10]
    assert parse_date(moment.isoformat()) == moment


class Dated(msgspec.Struct):
    at: Timestamp | None = None


def test_msgspec_decodes_both_formats_through_the_hook() -> None:
    for text in ("Fri, 24 May 2019 17:18:27 +0000", "2019-05-24T17:18:27Z"):
        found = msgspec.convert({"at": text}, Dated, dec_hook=dec_hook).at
        assert found == MOMENT
        assert isinstance(found, Timestamp)
    assert msgspec.json.decode(b'{"at":null}', type=Dated, dec_hook=dec_hook).at is None


@pytest.mark.parametrize("value", [b'"yesterday"', b"5", b"[]", b'""'])
def test_msgspec_names_the_field_of_a_bad_date(value: bytes) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.at"):
        msgspec.json.decode(b'{"at":' + value + b"}", type=Dated, dec_hook=dec_hook)


def test_the_hook_knows_its_type_alone() -> None:
    with pytest.raises(TypeError, match="complex"):
        dec_hook(complex, "2019-05-24")


def test_a_timestamp_is_a_datetime_that_copies_and_pickles() -> None:
    stamp = Timestamp.of(MOMENT.replace(microsecond=7))
    assert stamp == MOMENT.replace(microsecond=7)
    for twin in (copy.copy(stamp), copy.deepcopy(stamp), pickle.loads(pickle.dumps(stamp))):
        assert (twin, type(twin)) == (stamp, Timestamp)


def test_a_users_datetime_is_sent_in_utc() -> None:
    late = datetime(2024, 1, 1, 2, 0, 0, 999_999, tzinfo=EAST)
    assert to_iso(late) == "2023-12-31T20:30:00Z"
    assert to_day(late) == "2023-12-31"
    assert to_filter(late) == "2023-12-31T20:30:00Z"
    assert to_day(date(2024, 1, 1)) == to_filter(date(2024, 1, 1)) == "2024-01-01"
    assert to_iso(datetime(33, 4, 3, tzinfo=UTC)) == "0033-04-03T00:00:00Z"


@pytest.mark.parametrize("write", [to_iso, to_day, to_filter])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (datetime(2024, 1, 1), "no time zone"),  # noqa: DTZ001 - naive on purpose
        (datetime(2024, 1, 1, tzinfo=Nowhere()), "no time zone"),
        (datetime(1, 1, 1, tzinfo=EAST), "out of range"),
    ],
)
def test_a_users_bad_datetime_names_its_field(write: object, value: datetime, reason: str) -> None:
    assert callable(write)
    with pytest.raises(InvalidInput, match=reason) as caught:
        write(value, field="send_at")
    assert caught.value.field == "send_at"


NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 5 ", 5.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
        ("Sunday, 22-Nov-26 12:00:30 GMT", 30.0),
        ("Sun Nov 22 12:00:30 2026", 30.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
        ("٣", None),
        ("9" * 400, None),
        ("x" * 1000, None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(value, NOW) == seconds


@given(st.text(max_size=80))
def test_retry_after_never_raises(value: str) -> None:
    found = retry_after_seconds(value, NOW)
    assert found is None or found >= 0


def test_a_date_seen_before_is_not_parsed_again() -> None:
    text = "Fri, 24 May 2019 17:18:28 +0000"
    assert parse_date(text) is parse_date(text)
