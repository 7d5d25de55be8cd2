"""Hide phone numbers and message texts in what leaves the process.

Twilio's error texts repeat the number, sometimes the body, of the request they answer. Two nets
catch them: the request's own values, which are known, in every spelling that an answer may use;
and whatever looks like a phone number. A five-digit code that stands alone, a sid and an ISO date
stay readable. Where digits may be a number or something else, they are hidden.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

__all__ = ["mask_number", "mask_text"]

_SHORTEST_VALUE = 4
"""Shorter request values are too common in other text, and say too little, to be replaced."""

_GAP = r"(?!\.\.\.|\s{1,3}\+)(?:[-+.()/\u00a0\u2000-\u2015\u202f \t]|%20|%2[89BDE]){0,4}"
"""What may stand between a number's digits: not a mask's dots, nor the next number's plus."""

_NUMBER = rf"(?:[a-z]+:)?[+(]{{0,2}}\d(?:{_GAP}\d){{3,}}"
_CHANNEL = r"[a-z]+:"
_BETWEEN_DIGITS = r"%[0-9A-F]{2}|[^\w]|_"
_PERCENT = r"%[0-9A-F]{2}"

_TOKEN = (
    r"(?P<readable>"
    r"(?<![0-9A-Za-z])[A-Z]{2}[0-9a-fA-F]{32}(?![0-9A-Za-z])"
    r"|(?<!\d)(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"(?:[T ][0-2][0-9]:[0-5][0-9](?::[0-6][0-9](?:\.[0-9]{1,6})?)?(?:Z|[+-][01][0-9]:?[0-5][0-9])?)?"
    r"(?!\d))"
    rf"|\+?\(?\d(?:{_GAP}\d){{6,}}"
)


def mask_number(number: str) -> str:
    """``+15558675310`` -> ``+1555...5310``: an address that can be told apart, not dialled.

    A channel's prefix stays: ``whatsapp:+1555...5310``. Eleven characters and more keep eight of
    them, seven and more keep four, fewer keep none.
    """
    found = re.match(_CHANNEL, number)
    prefix = found.group() if found else ""
    rest = number[len(prefix) :].strip()
    plus = "+" if rest.startswith("+") else ""
    kept = re.sub(_BETWEEN_DIGITS, "", rest)
    ends = 4 if len(kept) >= 11 else 2 if len(kept) >= 7 else 0
    return f"{prefix}{plus}{kept[:ends]}...{kept[len(kept) - ends :]}"


def mask_text(text: str, values: Iterable[str] = ()) -> str:
    """Hide phone numbers, and a request's own values, in a text.

    Every run of seven digits and more is hidden, with or without a plus, dots, dashes, brackets or
    spaces inside. Each value of four characters and more is replaced wherever it stands, also
    percent-encoded, JSON-escaped or HTML-escaped: a number by its mask, any other by
    ``<N characters>``.

    Args:
        text: what Twilio or a proxy wrote.
        values: the request's values that must not show.
    """
    shown: dict[str, str] = {}
    for value in values:
        if len(value) >= _SHORTEST_VALUE:
            mask = (
                mask_number(value) if re.fullmatch(_NUMBER, value) else f"<{len(value)} characters>"
            )
            shown.update((spelling, mask) for spelling in _spellings(value))
    present = sorted((one for one in shown if one in text), key=len, reverse=True)
    return _hide(text, [(one, shown[one]) for one in present])


def _hide(text: str, masks: list[tuple[str, str]]) -> str:
    if not masks:
        return re.sub(_TOKEN, _masked, text)
    (value, mask), shorter = masks[0], masks[1:]
    return mask.join(_hide(part, shorter) for part in text.split(value))


def _masked(found: re.Match[str]) -> str:
    return found.group() if found["readable"] else mask_number(found.group())


def _spellings(value: str) -> Iterator[str]:
    from html import escape  # only for errors, and its table is long

    for one in {value, value.strip()}:
        escaped = json.dumps(one)[1:-1]
        entities = escape(one)
        yield from (
            one,
            escaped,
            escaped.replace("/", "\\/"),
            json.dumps(one, ensure_ascii=False)[1:-1],
        )
        yield from (entities, entities.replace("&#x27;", "&#39;"), escape(one, quote=False))
        for encode in (quote, quote_plus):
            percent = encode(one, safe="", errors="replace")
            yield from (percent, re.sub(_PERCENT, lambda found: found.group().lower(), percent))
