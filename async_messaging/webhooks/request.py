"""What matters of a request: a few of its headers, and its parameters, in its form or the query of a GET."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias, cast
from urllib.parse import unquote_plus

from ..errors import InvalidInput, InvalidSignature

GivenHeaders: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
"""Headers in any case: a mapping, or pairs of which names may repeat."""

_READ = frozenset(
    {
        "content-encoding",
        "content-type",
        "host",
        "i-twilio-idempotency-token",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-forwarded-proto",
        "x-twilio-signature",
        "x-twilio-webhooks-signature-settings",
    }
)


class Headers:
    """The headers that are read, by lower-case names. No value is ever in a repr."""

    __slots__ = ("_found",)

    def __init__(self, given: GivenHeaders) -> None:
        self._found: dict[str, list[str]] = {}
        pairs = cast("Mapping[str, str]", given).items() if isinstance(given, Mapping) else given
        for name, value in pairs:
            lower = name.lower()
            if lower in _READ:
                self._found.setdefault(lower, []).append(value.strip())

    def get(self, name: str) -> str:
        """The header's value, empty if there is none."""
        values = self._found.get(name)
        if values is None:
            return ""
        if len(values) > 1 and len(set(values)) > 1:
            raise InvalidSignature(f"the header {name} is there twice, with different values")
        return values[0]


MAX_BODY = 64 * 1024
"""Bytes of a body; Twilio's longest message has 1,600 characters."""

MAX_PARAMETERS = 100
"""Parameters of a request; Twilio sends some forty at most."""

Pairs: TypeAlias = Sequence[tuple[str, str]]
"""Names and values in their order, names may repeat, values may be empty."""


def media_type(content_type: str) -> str:
    """``text/html; charset=utf-8`` -> ``text/html``."""
    return content_type.partition(";")[0].strip().lower()


def is_form(content_type: str) -> bool:
    """Whether a body of this type is a form; so is one that doesn't say."""
    return media_type(content_type) in {"", "application/x-www-form-urlencoded"}


def pairs_in(form: bytes | str) -> Pairs:
    """The pairs of a form or a query; blanks and empty values are kept.

    Most need no decoding, and are not decoded: a third of the cost of ``parse_qsl``.
    """
    try:
        text = form if isinstance(form, str) else form.decode("ascii")
        if text.count("&") >= MAX_PARAMETERS:
            raise InvalidInput(f"more than {MAX_PARAMETERS} parameters")
        return [_pair(part) for part in text.split("&") if part]
    except UnicodeError:
        raise InvalidInput("the parameters are not UTF-8, percent-encoded") from None


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    if "%" in part or "+" in part:
        return unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict")
    return name, value


def query_of(target: str) -> str:
    """The query of a URL or of a request's target, without its fragment."""
    return target.partition("#")[0].partition("?")[2]
