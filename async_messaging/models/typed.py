"""The base of what is both given and answered in JSON: parts of templates, of senders' profiles."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from msgspec import UNSET

from ..errors import InvalidInput
from .shown import Shown

__all__ = ["Typed"]


class Typed(Shown, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A struct that checks its fields against their types; lists become tuples.

    A field that is left at its default does not go on the wire.

    Raises:
        InvalidInput: a field has the wrong type; `.field` names it.
    """

    def __post_init__(self) -> None:
        for name, kind, default in _types(type(self)):
            value: object = getattr(self, name)
            if value is UNSET or value == default:
                continue
            fitting = _fitted(name, kind, value)
            if fitting is not value:
                msgspec.structs.force_setattr(self, name, fitting)


def _fitted(name: str, kind: Any, value: object) -> object:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        reason = str(error)
    raise InvalidInput(f"has the wrong type: {reason}", field=name)


@cache
def _types(kind: type[msgspec.Struct]) -> tuple[tuple[str, Any, Any], ...]:
    """Name, type and default of each field."""
    return tuple((one.name, one.type, one.default) for one in msgspec.structs.fields(kind))
