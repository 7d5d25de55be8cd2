"""Dates of Twilio's answers and parameters, always in UTC.

The 2010 API writes RFC 2822 dates, the v1 APIs ISO 8601. Parsing is cached, because a page of a
thousand messages repeats few dates. What a user gives wrong (no time zone, out of range in UTC) is
``InvalidInput``; what a server gives wrong is a plain ``ValueError``, and its text is not repeated.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Self

from async_messaging.errors import InvalidInput

_LONGEST = 64
"""No date is longer; a longer text is neither parsed nor kept in the cache."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = {name: number for number, name in enumerate(_MONTHS, start=1)}

_ZERO = frozenset({"GMT", "+0000", "-0000"})

_is_rfc2822 = re.compile(
    r"[A-Z][a-z]{2}, ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4})"
    r" ([0-9]{2}):([0-9]{2}):([0-9]{2}) (GMT|[+-][0-9]{4})"
).fullmatch
_is_iso8601 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].+)?").fullmatch
_is_seconds = re.compile(r"\s*(-?[0-9]{1,9}(?:\.[0-9]{1,9})?)\s*", re.ASCII).fullmatch


class Timestamp(datetime):
    """A date of an answer: an aware datetime in UTC.

    A class of its own, because msgspec hands only types that it does not know to ``dec_hook``.
    """

    @classmethod
    def of(cls, value: datetime) -> Self:
        """The same moment; the value must be in UTC."""
        return cls.combine(value.date(), value.time(), UTC)


def dec_hook(kind: type, value: object) -> object:
    """Decode what msgspec can't: ``Timestamp`` in either of Twilio's formats."""
    if kind is Timestamp and isinstance(value, str):
        return _timestamp(_short(value))
    raise TypeError(f"can't read a {type(value).__name__} as {kind.__name__}")


def parse_date(text: str) -> datetime:
    """Read a date in either of Twilio's formats, as UTC.

    ``2015-07-30T20:00:00Z``, with any offset, with or without fractions, or a day alone, its
    midnight; ``Fri, 24 May 2019 17:18:27 +0000``, or another form of RFC 2822 or of HTTP. Without an
    offset, or with ``-0000``, it is taken as UTC.

    Raises:
        ValueError: it is in neither.
    """
    return (_iso8601 if text[4:5] == "-" else _rfc2822)(_short(text))


def retry_after_seconds(value: str, now: float) -> float | None:
    """Seconds to wait, from a ``Retry-After`` header: 0 for the past, None for anything else."""
    if seconds := _is_seconds(value):
        return max(0.0, float(seconds[1]))
    try:
        return max(0.0, _rfc2822(_short(value.strip())).timestamp() - now)
    except ValueError:
        return None


def to_iso(value: datetime, *, field: str = "") -> str:
    """``YYYY-MM-DDTHH:MM:SSZ`` in UTC; fractions of a second are dropped."""
    return _utc(value, field).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def to_day(value: date, *, field: str = "") -> str:
    """``YYYY-MM-DD``: a date as it stands, a datetime's day in UTC."""
    day = _utc(value, field).date() if isinstance(value, datetime) else value
    return day.isoformat()


def to_filter(value: date, *, field: str = "") -> str:
    """A value of a list's date filter: a date gives its day, a datetime its moment in UTC."""
    return to_iso(value, field=field) if isinstance(value, datetime) else value.isoformat()


def _utc(value: datetime, field: str) -> datetime:
    if value.utcoffset() is None:
        raise InvalidInput("the datetime has no time zone", field=field)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise InvalidInput("the datetime is out of range in UTC", field=field) from None


def _short(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(f"not a date: {len(text)} characters")
    return text


@lru_cache(maxsize=8192)
def _timestamp(text: str) -> Timestamp:
    return Timestamp.of(parse_date(text))


@lru_cache(maxsize=8192)
def _rfc2822(text: str) -> datetime:
    try:
        return _to_utc(_usual(text) or parsedate_to_datetime(text))
    except Exception:  # noqa: BLE001 - email's parser fails in ways of its own, by Python's version
        raise ValueError("not a date of RFC 2822") from None


def _usual(text: str) -> datetime | None:
    if (found := _is_rfc2822(text)) is None:
        return None
    day, month, year, hour, minute, second, offset = found.groups()
    if (number := _MONTH.get(month)) is None:
        return None
    zone = UTC if offset in _ZERO else _zone(offset)
    return datetime(int(year), number, int(day), int(hour), int(minute), int(second), tzinfo=zone)


def _zone(offset: str) -> timezone:
    away = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:5]))
    return timezone(-away if offset[0] == "-" else away)


@lru_cache(maxsize=8192)
def _iso8601(text: str) -> datetime:
    try:
        if not _is_iso8601(text):
            raise ValueError
        return _to_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise ValueError("not a date of ISO 8601") from None


def _to_utc(moment: datetime) -> datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC)
