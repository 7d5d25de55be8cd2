"""The base of every model: what it shows of itself is safe to log."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sized
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import UNSET

from ..codec.dates import Timestamp
from ..codec.masking import mask_number, mask_text

_OPEN = frozenset(
    {
        "campaign_status",
        "code",
        "content_type",
        "country",
        "country_code",
        "currency",
        "direction",
        "event_type",
        "identity_status",
        "iso_country",
        "iso_country_code",
        "keyword",
        "opt_out_type",
        "outcome",
        "price_unit",
        "sender_type",
        "status",
        "usecase",
        "vetting_status",
    }
)
_LONGEST_WORD = 64
_LONGEST_INTEGER = 256
_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_ADDRESSES = frozenset(
    {
        "to",
        "from_",
        "phone_number",
        "short_code",
        "fallback_from",
        "tollfree_phone_number",
        "sender",
        "sender_id",
    }
)

Sid: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{2}[0-9a-fA-F]{32}\Z")]
"""A resource's own sid. An answer with any other text in its place is none that Twilio gives."""

Json: TypeAlias = Any
"""A part of an answer for which Twilio publishes no form: dicts, lists, texts, as they came."""


class Shown(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A struct whose repr shows sids, states and counts, masks numbers, hides texts."""

    def __repr__(self) -> str:
        inner = ", ".join(f"{name}={text}" for name, text in self.__rich_repr__())
        return f"{type(self).__name__}({inner})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Name and safe text of each field that is set."""
        given = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return [(name, _safe(name, value)) for name, value in given if _is_set(value)]


def _is_set(value: object) -> bool:
    return value is not None and value is not UNSET and value not in ("", (), {})


def _safe(name: str, value: object) -> str:
    match value:
        case str() if _SID.fullmatch(value):
            return repr(value)
        case str() if name in _OPEN and len(value) <= _LONGEST_WORD:
            return repr(mask_text(value))
        case str() if name in _ADDRESSES:
            return repr(mask_number(value))
        case int() if value.bit_length() > _LONGEST_INTEGER:
            return f"<{value.bit_length()} bits>"  # Python refuses to write it
        case bool() | int() | float() | Decimal() | dt.date() | Shown():
            return repr(value)
        case str():
            return f"<{len(value)} characters>"
        case Sized():
            return f"<{len(value)} items>"
        case _:
            return f"<{type(value).__name__}>"


class Kept(Shown, frozen=True, kw_only=True, gc=False):
    """What Twilio keeps under a sid of its own, and tells of with its dates."""

    sid: Sid
    account_sid: str | None = None
    date_created: Timestamp | None = None
    date_updated: Timestamp | None = None

    def __hash__(self) -> int:
        return hash(self.sid)
