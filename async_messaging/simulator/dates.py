"""Dates in the two forms Twilio writes, and the forms it reads in filters and `SendAt`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from operator import eq, ge, le

_SEND_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_COMPARE: dict[str, Callable[[date, date], bool]] = {"=": eq, "<": le, ">": ge}
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@lru_cache(maxsize=4096)
def _rfc2822(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC))


def rfc2822(moment: float) -> str:
    """`Thu, 24 Aug 2023 05:01:45 +0000`, whole seconds, rounded down."""
    return _rfc2822(int(moment))


def iso8601(moment: float) -> str:
    """`2015-07-30T20:12:31Z`, whole seconds, rounded down: the form of v1."""
    return f"{datetime.fromtimestamp(int(moment), UTC):%Y-%m-%dT%H:%M:%SZ}"


@lru_cache(maxsize=64)
def http_date(second: int) -> str:
    """The form of the `Date` header."""
    return _rfc2822(second)[:-5] + "GMT"


def send_at(text: str) -> float | None:
    """Reads `SendAt`: exactly `YYYY-MM-DDTHH:MM:SSZ`; None for anything else."""
    if not _SEND_AT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def filter_value(text: str) -> date | datetime | None:
    """Reads a date filter: a day, or a moment in ISO 8601 or RFC 2822; None for anything else."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        return _aware(datetime.fromisoformat(text))
    except ValueError:
        pass
    try:
        return _aware(parsedate_to_datetime(text))
    except (ValueError, TypeError):
        return None


def _aware(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def within(moment: float, bound: date | datetime, operator: str) -> bool:
    """Whether `moment` satisfies `=`, `<` (at or before) or `>` (at or after) of a filter."""
    second = datetime.fromtimestamp(int(moment), UTC)
    if isinstance(bound, datetime):
        return _COMPARE[operator](second, bound.replace(microsecond=0))
    return _COMPARE[operator](second.date(), bound)
