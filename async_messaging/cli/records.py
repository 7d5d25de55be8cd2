"""Models as JSON objects: the models' field names, ISO dates, decimals as strings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import cast

import msgspec

from ..codec.codes import link_of
from ..codec.dates import to_iso
from ..errors import MessagingError, OutcomeUnknown


def record_of(value: msgspec.Struct) -> dict[str, object]:
    """The struct's fields and dates; a date kept as text is given as the date it means."""
    names = (name.removesuffix("_text") for name in value.__struct_fields__)
    return {name: _plain(getattr(value, name)) for name in names}


def error_record(error: MessagingError) -> dict[str, object]:
    """What is known of a call that failed."""
    return {
        "outcome": error.outcome,
        "error": str(error),
        "status": error.status,
        "code": error.code,
        "link": None if error.code is None else link_of(error.code),
        "advice": error.advice,
        "sid": error.sid if isinstance(error, OutcomeUnknown) else None,
        "request_id": error.request_id,
        "attempts": error.attempts,
    }


def _plain(value: object) -> object:
    match value:
        case dt.datetime():
            return to_iso(value)
        case Decimal():
            return str(value)
        case msgspec.Struct():
            return record_of(value)
        case list() | tuple():
            return [_plain(item) for item in cast("list[object]", value)]
        case Mapping():
            return dict(cast("Mapping[str, object]", value))
        case _:
            return value
