"""What is given is checked by the types of its fields: drafts, and what goes as JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, TypeAlias, Union, cast, get_args, get_origin

import msgspec
from msgspec import UNSET, UnsetType

from ..errors import InvalidInput
from .shown import Shown

Check: TypeAlias = Callable[[msgspec.Struct, str, object], None]
"""Looks at one field of a draft: the draft, the field's name, its value."""


class Checked(Shown, frozen=True, kw_only=True):
    """A draft of which each field that is given is checked.

    Raises:
        InvalidInput: a field has the wrong type; `.field` names it.
    """

    def __post_init__(self) -> None:
        check_given(self)


def check_given(draft: msgspec.Struct, *but: str) -> None:
    """Apply the checks to the fields that are given, *but* some.

    Raises:
        InvalidInput: a field has the wrong type or form; `.field` names it.
    """
    for name, check in _checks(type(draft), *but):
        value: object = getattr(draft, name)
        if value is not UNSET:
            check(draft, name, value)


@cache
def _checks(kind: type[msgspec.Struct], *but: str) -> tuple[tuple[str, Check], ...]:
    fields = msgspec.structs.fields(kind)
    return tuple((one.name, _CHECKS[_given(one.type)]) for one in fields if one.name not in but)


def _given(kind: Any) -> frozenset[Any]:
    """The types that a field may be given."""
    kinds = get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)
    return frozenset(kinds) - {UnsetType}


def is_text(_draft: msgspec.Struct, name: str, value: object) -> None:
    """A text, be it empty."""
    if not isinstance(value, str):
        raise InvalidInput("must be text", field=name)


def is_flag(_draft: msgspec.Struct, name: str, value: object) -> None:
    """True or False, and nothing that is merely true."""
    if type(value) is not bool:
        raise InvalidInput("must be True or False", field=name)


def is_whole(_draft: msgspec.Struct, name: str, value: object) -> None:
    """A whole number; True is none."""
    if type(value) is not int:
        raise InvalidInput("must be a whole number", field=name)


def is_price(_draft: msgspec.Struct, name: str, value: object) -> None:
    """A number, best a Decimal."""
    if not isinstance(value, Decimal | int | float) or isinstance(value, bool):
        raise InvalidInput("must be a number", field=name)


def is_moment(_draft: msgspec.Struct, name: str, value: object) -> None:
    """A datetime that says which zone it is in."""
    if not isinstance(value, dt.datetime) or value.utcoffset() is None:
        raise InvalidInput("must be a datetime with a time zone", field=name)


def is_mapping(draft: msgspec.Struct, name: str, value: object) -> None:
    """A mapping of texts to texts, or its JSON."""
    if not isinstance(value, str):
        is_texts(draft, name, value)


def is_texts(draft: msgspec.Struct, name: str, value: object) -> None:
    """A mapping of texts to texts; the draft keeps a copy."""
    if not value and type(value) is dict:
        return
    pairs = dict(cast("Mapping[object, object]", value)) if isinstance(value, Mapping) else {1: 1}
    if not all(isinstance(text, str) for pair in pairs.items() for text in pair):
        raise InvalidInput("must map texts to texts", field=name)
    msgspec.structs.force_setattr(draft, name, pairs)


def as_tuple(draft: msgspec.Struct, name: str, value: object) -> None:
    """A list of texts, at least one, or one text alone; the draft keeps a tuple."""
    items: tuple[object, ...] = ()
    if isinstance(value, str):
        items = (value,)
    elif isinstance(value, Sequence):
        items = tuple(cast("Sequence[object]", value))
    if not items or not all(isinstance(item, str) for item in items):
        raise InvalidInput("must be a list of texts", field=name)
    msgspec.structs.force_setattr(draft, name, items)


_CHECKS: Mapping[frozenset[Any], Check] = {
    frozenset({str}): is_text,
    frozenset({bool}): is_flag,
    frozenset({int}): is_whole,
    frozenset({Decimal}): is_price,
    frozenset({dt.datetime}): is_moment,
    frozenset({Sequence[str]}): as_tuple,
    frozenset({Mapping[str, str]}): is_texts,
    frozenset({Mapping[str, str], str}): is_mapping,
}


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
