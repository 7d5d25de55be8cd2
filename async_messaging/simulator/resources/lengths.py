"""Parameters whose texts have a least and a greatest length, or a form that goes by no pattern."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Unpack

import msgspec

from async_messaging.simulator.parameters import How, Parameter, text, texts
from async_messaging.simulator.senders import is_phone
from async_messaging.simulator.webhooks import is_web_url

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_KEYWORD = re.compile(r"[A-Za-z0-9]+", re.ASCII)
_MAX_KEYWORD = 255

Check = Callable[[str], None]


def passage(name: str, low: int, high: int, **how: Unpack[How]) -> Parameter:
    """A text of `low` to `high` characters."""

    def check(value: str) -> None:
        if not low <= len(value) <= high:
            raise ValueError(f"must have {low} to {high} characters")

    return _checked(name, check, how)


def passages(
    name: str, low: int, high: int, at_least: int, at_most: int, **how: Unpack[How]
) -> Parameter:
    """Several texts of `low` to `high` characters each."""

    def check(value: str) -> None:
        if not low <= len(value) <= high:
            raise ValueError(f"must have {low} to {high} characters each")

    return _each(name, check, at_least, at_most, how)


def keywords(name: str, **how: Unpack[How]) -> Parameter:
    """Words of letters and digits that a handset may send."""

    def check(value: str) -> None:
        if len(value) > _MAX_KEYWORD or not _KEYWORD.fullmatch(value):
            raise ValueError(f"must be letters and digits, at most {_MAX_KEYWORD}")

    return _each(name, check, 0, 100, how)


def choices(name: str, known: Collection[str], **how: Unpack[How]) -> Parameter:
    """One or more of some words."""

    def check(value: str) -> None:
        if value not in known:
            raise ValueError(f"must be of {', '.join(sorted(known))}")

    return _each(name, check, 1, len(known), how)


def urls(name: str, **how: Unpack[How]) -> Parameter:
    """One or more addresses on the web."""

    def check(value: str) -> None:
        if not is_web_url(value):
            raise ValueError("must be URLs")

    return _each(name, check, 1, 50, how)


def address(name: str, **how: Unpack[How]) -> Parameter:
    """An address on the web, which can't be empty."""

    def check(value: str) -> None:
        if not is_web_url(value):
            raise ValueError("must be a URL")

    return _checked(name, check, how)


def email(name: str, **how: Unpack[How]) -> Parameter:
    """An address of electronic mail."""

    def check(value: str) -> None:
        if not _EMAIL.fullmatch(value):
            raise ValueError("must be an email address")

    return _checked(name, check, how)


def phone(name: str, **how: Unpack[How]) -> Parameter:
    """A phone number in E.164."""

    def check(value: str) -> None:
        if not is_phone(value):
            raise ValueError("must be a phone number in E.164")

    return _checked(name, check, how)


def _checked(name: str, check: Check, how: How) -> Parameter:
    def read(values: Sequence[str]) -> str:
        check(values[0])
        return values[0]

    return msgspec.structs.replace(text(name, **how), read=read)


def _each(name: str, check: Check, at_least: int, at_most: int, how: How) -> Parameter:
    counted = texts(name, at_least, at_most, **how)

    def read(values: Sequence[str]) -> object:
        for value in values:
            check(value)
        return counted.read(values)

    return msgspec.structs.replace(counted, read=read)
