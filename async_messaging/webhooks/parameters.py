"""The parameters of a request: its form, or the query of a GET.

Most need no decoding, and are not decoded: a third of the cost of ``parse_qsl``; a property test
holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias
from urllib.parse import unquote_plus

from ..errors import InvalidInput

__all__ = ["MAX_BODY", "MAX_PARAMETERS", "Pairs", "is_form", "media_type", "pairs_in", "query_of"]

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

    Raises:
        InvalidInput: too many pairs, or no UTF-8.
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
