"""The parameters of a resource: their names, what they may be, and how a form or a JSON body of them is read.

A parameter that is not Twilio's is passed over, as Twilio does. A wrong one is refused with 20001, unless it has a code
of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import TypedDict, Unpack

import msgspec

from .answers import RefusedError
from .checks import Form
from .senders import is_phone
from .webhooks import is_web_url

Reader = Callable[[Sequence[str]], object]

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_KEYWORD = re.compile(r"[A-Za-z0-9]+", re.ASCII)
_MAX_KEYWORD = 255


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter, by Twilio's name, with the resource's field that it sets.

    `read` makes the field's value of the values given, and raises ValueError with what is wrong. `code` and `missing` are
    Twilio's codes for a wrong value and for a required one that is not given; `default` is what a new resource has then.
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


def _checked(holds: Callable[[str], object], wrong: str) -> Callable[[str], str]:
    """Reads a text for which this holds; of another it tells what is wrong."""

    def read(value: str) -> str:
        if not holds(value):
            raise ValueError(wrong)
        return value

    return read


def _single(name: str, read: Callable[[str], object], how: How) -> Parameter:
    return _parameter(name, lambda values: read(values[0]), how)


def _several(name: str, read: Callable[[str], object], low: int, high: int, how: How) -> Parameter:
    def read_all(values: Sequence[str]) -> list[object]:
        told = [read(value) for value in values]
        if not low <= len(values) <= high:
            raise ValueError(f"must be given {low} to {high} times")
        return told

    return _parameter(name, read_all, how, repeats=True)


def _parameter(name: str, read: Reader, how: How, *, repeats: bool = False) -> Parameter:
    settings: How = {"field": _CAPITAL.sub("_", name).lower(), **how}
    return Parameter(name=name, read=read, repeats=repeats, **settings)


def text(name: str, limit: int = 0, pattern: str = "", **how: Unpack[How]) -> Parameter:
    """A text, of at most `limit` characters, or of one form."""

    def read(value: str) -> str:
        if limit and len(value) > limit:
            raise ValueError(f"must be at most {limit} characters")
        if pattern and not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError("is not in order")
        return value

    return _single(name, read, how)


def _long(low: int, high: int, whose: str = "") -> Callable[[str], str]:
    wrong = f"must have {low} to {high} characters{whose}"
    return _checked(lambda value: low <= len(value) <= high, wrong)


def passage(name: str, low: int, high: int, **how: Unpack[How]) -> Parameter:
    """A text of `low` to `high` characters."""
    return _single(name, _long(low, high), how)


def sid(name: str, prefix: str, **how: Unpack[How]) -> Parameter:
    """A sid: `prefix`, which may be an alternative such as `PN|SC`, and 32 hex digits."""
    form = re.compile(f"(?:{prefix})[0-9a-fA-F]{{32}}")
    return _single(name, _checked(form.fullmatch, "is no such sid"), how)


def boolean(name: str, **how: Unpack[How]) -> Parameter:
    """`true` or `false`."""
    word = _checked(lambda value: value.lower() in ("true", "false"), "must be true or false")
    return _single(name, lambda value: word(value).lower() == "true", how)


def whole(name: str, low: int, high: int, **how: Unpack[How]) -> Parameter:
    """A whole number from `low` to `high`."""
    digits = _checked(
        lambda value: _WHOLE.fullmatch(value) and low <= int(value) <= high,
        f"must be a whole number from {low} to {high}",
    )
    return _single(name, lambda value: int(digits(value)), how)


def choice(name: str, choices: Collection[str], **how: Unpack[How]) -> Parameter:
    """One of some words."""
    wrong = f"must be one of {', '.join(sorted(choices))}"
    return _single(name, _checked(lambda value: value in choices, wrong), how)


def url(name: str, **how: Unpack[How]) -> Parameter:
    """An address on the web; an empty one takes it away."""
    read = _checked(lambda value: not value or is_web_url(value), "must be a URL")
    return _single(name, lambda value: read(value) or None, how)


def address(name: str, **how: Unpack[How]) -> Parameter:
    """An address on the web, which can't be empty."""
    return _single(name, _checked(is_web_url, "must be a URL"), how)


def email(name: str, **how: Unpack[How]) -> Parameter:
    """An address of electronic mail."""
    return _single(name, _checked(_EMAIL.fullmatch, "must be an email address"), how)


def phone(name: str, **how: Unpack[How]) -> Parameter:
    """A phone number in E.164."""
    return _single(name, _checked(is_phone, "must be a phone number in E.164"), how)


def texts(name: str, low: int = 0, high: int = 1000, **how: Unpack[How]) -> Parameter:
    """A parameter that may be given several times."""
    return _several(name, str, low, high, how)


def passages(
    name: str, low: int, high: int, at_least: int, at_most: int, **how: Unpack[How]
) -> Parameter:
    """Several texts of `low` to `high` characters each."""
    return _several(name, _long(low, high, " each"), at_least, at_most, how)


def keywords(name: str, **how: Unpack[How]) -> Parameter:
    """Words of letters and digits that a handset may send."""
    wrong = f"must be letters and digits, at most {_MAX_KEYWORD}"
    word = _checked(lambda value: len(value) <= _MAX_KEYWORD and _KEYWORD.fullmatch(value), wrong)
    return _several(name, word, 0, 100, how)


def choices(name: str, known: Collection[str], **how: Unpack[How]) -> Parameter:
    """One or more of some words."""
    wrong = f"must be of {', '.join(sorted(known))}"
    return _several(name, _checked(lambda value: value in known, wrong), 1, len(known), how)


def urls(name: str, **how: Unpack[How]) -> Parameter:
    """One or more addresses on the web."""
    return _several(name, _checked(is_web_url, "must be URLs"), 1, 50, how)


def read_form(
    form: Form, parameters: Sequence[Parameter], *, whole_record: bool
) -> dict[str, object]:
    """The fields that a form gives; with `whole_record`, those of a new resource, defaults included."""
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
