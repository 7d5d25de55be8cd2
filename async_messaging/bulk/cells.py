"""What a cell of a file means as a field of a message.

A cell is text; JSON may also give a list or an object. Every reader gives None for a cell that is
blank, which means "not given", and raises InvalidInput for one that it can't read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import cast

import msgspec

from ..codec.numbers import normalise_number
from ..errors import InvalidInput
from ..models.draft import fit
from .records import Value

_YES_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_field(field: str, cell: Value) -> object:
    """The value that the cell gives to the field of a `MessageDraft`."""
    return _READERS.get(field, _text)(cell)


def _text(cell: Value) -> str | None:
    if not isinstance(cell, str):
        raise InvalidInput("must be a text")
    return cell.strip() or None


def _body(cell: Value) -> str | None:
    return None if _text(cell) is None else fit(cast("str", cell))


def read_sender(cell: Value) -> str | None:
    """The sender: a number in E.164, anything else as it is."""
    text = _text(cell)
    if text is None or not (text.startswith("+") or text.lower().startswith("whatsapp:")):
        return text
    return normalise_number(text)


def _words(cell: Value) -> Sequence[object] | None:
    return cell if isinstance(cell, list) else (_text(cell) or "").split() or None


def _items(cell: Value) -> Sequence[object] | None:
    if isinstance(cell, list):
        return cell
    text = _text(cell)
    return None if text is None else (text,)


def _whole(cell: Value) -> int | None:
    if (text := _text(cell)) is None:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise InvalidInput("must be a whole number")
    return int(text)


def _flag(cell: Value) -> bool | None:
    if (text := _text(cell)) is None:
        return None
    if (value := _YES_NO.get(text.lower())) is None:
        raise InvalidInput("must be true or false, yes or no, 1 or 0")
    return value


def _moment(cell: Value) -> dt.datetime | None:
    if (text := _text(cell)) is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput("must be a date and time such as 2030-01-31T09:00:00Z") from None
    if moment.utcoffset() is None:
        raise InvalidInput("needs a time zone: Z, or an offset such as +02:00")
    return moment


def _price(cell: Value) -> Decimal | None:
    if (text := _text(cell)) is None:
        return None
    try:
        price = Decimal(text)
    except InvalidOperation:
        raise InvalidInput("must be a number") from None
    if not price.is_finite():
        raise InvalidInput("must be a number")
    return price


def _mapping(cell: Value) -> dict[str, str] | None:
    if isinstance(cell, str) and not (cell := cell.strip()):
        return None
    try:
        if isinstance(cell, str):
            return msgspec.json.decode(cell, type=dict[str, str])
        return msgspec.convert(cell, dict[str, str])
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise InvalidInput("must be a JSON object of texts") from None


_READERS: Mapping[str, Callable[[Value], object]] = {
    "body": _body,
    "from_": read_sender,
    "media_url": _words,
    "persistent_action": _items,
    "content_variables": _mapping,
    "tags": _mapping,
    "extra": _mapping,
    "send_at": _moment,
    "max_price": _price,
    "validity_period": _whole,
    "attempt": _whole,
    "send_as_mms": _flag,
    "smart_encoded": _flag,
    "provide_feedback": _flag,
    "force_delivery": _flag,
    "shorten_urls": _flag,
}
