"""The parameters of a resource: their names, what they may be, and how a form or a JSON body of them is read.

A parameter that is not Twilio's is passed over, as Twilio does. A wrong one is refused with 20001, unless it has a code
of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import TypedDict, Unpack

import msgspec

from async_messaging.simulator.answers import RefusedError
from async_messaging.simulator.checks import Form
from async_messaging.simulator.webhooks import is_web_url

Reader = Callable[[Sequence[str]], object]

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter.

    Attributes:
        name: Twilio's, `FriendlyName`.
        read: makes the field's value of the values given; raises ValueError with what is wrong.
        field: the resource's field that it sets; by default its name in small letters, `friendly_name`.
        default: what a new resource has when it is not given.
        code: Twilio's code for a wrong value.
        missing: Twilio's code when it is required and not given.
    """

    name: str
    read: Reader
    field: str
    required: bool = False
    default: object = None
    code: int = 20001
    missing: int = 20001
    repeats: bool = False
    """It may be given several times."""


class How(TypedDict, total=False):
    """What every kind of parameter can be told (see `Parameter`)."""

    field: str
    required: bool
    default: object
    code: int
    missing: int


def _parameter(name: str, read: Reader, how: How, *, repeats: bool = False) -> Parameter:
    settings: How = {"field": _CAPITAL.sub("_", name).lower(), **how}
    return Parameter(name=name, read=read, repeats=repeats, **settings)


def text(name: str, limit: int = 0, pattern: str = "", **how: Unpack[How]) -> Parameter:
    """A text, of at most `limit` characters, or of one form."""

    def read(values: Sequence[str]) -> str:
        if limit and len(values[0]) > limit:
            raise ValueError(f"must be at most {limit} characters")
        if pattern and not re.fullmatch(pattern, values[0], re.ASCII):
            raise ValueError("is not in order")
        return values[0]

    return _parameter(name, read, how)


def sid(name: str, prefix: str, **how: Unpack[How]) -> Parameter:
    """A sid: `prefix`, which may be an alternative such as `PN|SC`, and 32 hex digits."""

    def read(values: Sequence[str]) -> str:
        if not re.fullmatch(f"(?:{prefix})[0-9a-fA-F]{{32}}", values[0]):
            raise ValueError("is no such sid")
        return values[0]

    return _parameter(name, read, how)


def boolean(name: str, **how: Unpack[How]) -> Parameter:
    """`true` or `false`."""

    def read(values: Sequence[str]) -> bool:
        if values[0].lower() not in ("true", "false"):
            raise ValueError("must be true or false")
        return values[0].lower() == "true"

    return _parameter(name, read, how)


def whole(name: str, low: int, high: int, **how: Unpack[How]) -> Parameter:
    """A whole number from `low` to `high`."""

    def read(values: Sequence[str]) -> int:
        if not _WHOLE.fullmatch(values[0]) or not low <= int(values[0]) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(values[0])

    return _parameter(name, read, how)


def choice(name: str, choices: Collection[str], **how: Unpack[How]) -> Parameter:
    """One of some words."""

    def read(values: Sequence[str]) -> str:
        if values[0] not in choices:
            raise ValueError(f"must be one of {', '.join(sorted(choices))}")
        return values[0]

    return _parameter(name, read, how)


def url(name: str, **how: Unpack[How]) -> Parameter:
    """An address on the web; an empty one takes it away."""

    def read(values: Sequence[str]) -> str | None:
        if values[0] and not is_web_url(values[0]):
            raise ValueError("must be a URL")
        return values[0] or None

    return _parameter(name, read, how)


def texts(name: str, low: int = 0, high: int = 1000, **how: Unpack[How]) -> Parameter:
    """A parameter that may be given several times."""

    def read(values: Sequence[str]) -> list[str]:
        if not low <= len(values) <= high:
            raise ValueError(f"must be given {low} to {high} times")
        return list(values)

    return _parameter(name, read, how, repeats=True)


def read_form(
    form: Form, parameters: Sequence[Parameter], *, whole_record: bool
) -> dict[str, object]:
    """The fields that a form gives; with `whole_record`, those of a new resource, defaults included.

    Raises:
        RefusedError: A value is wrong or repeated, or one that is required is missing.
    """
    fields: dict[str, object] = {}
    for parameter in parameters:
        values = form.get(parameter.name)
        if values:
            fields[parameter.field] = _read(parameter, values)
        elif whole_record and parameter.required:
            raise RefusedError(parameter.missing, f"{parameter.name} is required")
        elif whole_record:
            fields[parameter.field] = parameter.default
    return fields


def _read(parameter: Parameter, values: Sequence[str]) -> object:
    if len(values) > 1 and not parameter.repeats:
        raise RefusedError(20001, f"{parameter.name} is given more than once")
    try:
        return parameter.read(values)
    except ValueError as error:
        told = f"{parameter.name} {error}" if parameter.code == 20001 else values[0]
        raise RefusedError(parameter.code, told) from None
