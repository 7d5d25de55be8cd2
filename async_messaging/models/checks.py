"""What drafts check of their fields: types, dates with a zone, lists kept as tuples.

A draft names its checks in a table, made once by `table` and applied in ``__post_init__`` by
`check_given`:

```python
_CHECKS = table({is_text: "friendly_name status_callback", is_flag: "sticky_sender"})
```
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias, cast

import msgspec
from msgspec import UNSET

from ..errors import InvalidInput

__all__ = [
    "Check",
    "Table",
    "as_tuple",
    "check_given",
    "is_flag",
    "is_mapping",
    "is_moment",
    "is_price",
    "is_text",
    "is_texts",
    "is_whole",
    "table",
]

Check: TypeAlias = Callable[[msgspec.Struct, str, object], None]
"""Looks at one field of a draft: the draft, the field's name, its value."""

Table: TypeAlias = tuple[tuple[str, Check], ...]
"""Fields and their checks."""


def table(kinds: Mapping[Check, str]) -> Table:
    """The checks of a draft, from each check and the names of its fields, one blank between."""
    return tuple((name, check) for check, names in kinds.items() for name in names.split())


def check_given(draft: msgspec.Struct, checks: Table) -> None:
    """Apply the checks to the fields that are given.

    Raises:
        InvalidInput: a field has the wrong type or form; `.field` names it.
    """
    for name, check in checks:
        value: object = getattr(draft, name)
        if value is not UNSET:
            check(draft, name, value)


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
