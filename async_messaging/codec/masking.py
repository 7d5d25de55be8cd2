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

_SHORTEST_VALUE = 4
"""Shorter request values are too common in other text, and say too little, to be replaced."""

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_PLAIN = "[0-9A-Za-z]+"

_OPTIONS = frozenset(
    [
        "AddressRetention",
        "Attempt",
        "ContentRetention",
        "ForceDelivery",
        "MaxPrice",
        "MessageIntent",
        "Outcome",
        "Page",
        "PageSize",
        "ProvideFeedback",
        "RiskCheck",
        "ScheduleType",
        "SendAsMms",
        "SendAt",
        "ShortenUrls",
        "SmartEncoded",
        "Status",
        "TrafficType",
        "ValidityPeriod",
    ]
)
"""Parameters whose values are words of Twilio's, counts and dates, which its texts use too."""

_OPTION = "[A-Za-z0-9_.:+-]{1,40}"

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
    """Hide phone numbers, and a request's own values, in a text. Total: takes any text, raises nothing.

    Every run of seven digits and more is hidden, with or without a plus, dots, dashes, brackets or
    spaces inside. Each value of four characters and more is replaced wherever it stands, also
    percent-encoded, JSON-escaped or HTML-escaped: a number by its mask, any other by
    ``<N characters>``. Where values overlap, all that they cover goes.
    """
    shown: list[str] = []
    end = 0
    for start, stop, mask in _covered(text, values):
        shown += (re.sub(_TOKEN, _masked, text[end:start]), mask)
        end = stop
    return "".join((*shown, re.sub(_TOKEN, _masked, text[end:])))


def is_option(name: str, value: str) -> bool:
    """Whether a parameter's value may show: ``Status=canceled`` is no text of the user's."""
    return name in _OPTIONS and re.fullmatch(_OPTION, value) is not None


def _covered(text: str, values: Iterable[str]) -> list[tuple[int, int, str]]:
    """Where values stand, in order: start, end, the mask of the longest. None overlaps another."""
    found = sorted(
        (start, start + len(spelling), _mask_of(value))
        for value in {*values}
        if _may_stand_in(text, value)
        for spelling in {*_spellings(value)}
        if len(spelling) >= _SHORTEST_VALUE
        for start in _places(text, spelling)
    )
    merged: list[tuple[int, int, str]] = []
    longest = 0
    for start, stop, mask in found:
        if not merged or start >= merged[-1][1]:
            merged.append((start, stop, mask))
            longest = stop - start
            continue
        first, last, before = merged[-1]
        merged[-1] = first, max(last, stop), mask if stop - start > longest else before
        longest = max(longest, stop - start)
    return merged


def _may_stand_in(text: str, value: str) -> bool:
    """No spelling changes letters and digits: a text without the value's has none of them."""
    return len(value) >= _SHORTEST_VALUE and all(run in text for run in re.findall(_PLAIN, value))


def _places(text: str, spelling: str) -> Iterator[int]:
    start = text.find(spelling)
    while start >= 0:
        yield start
        start = text.find(spelling, start + 1)


def _mask_of(value: str) -> str:
    return mask_number(value) if re.fullmatch(_NUMBER, value) else f"<{len(value)} characters>"


def _masked(found: re.Match[str]) -> str:
    return found.group() if found["readable"] else mask_number(found.group())


def _spellings(value: str) -> Iterator[str]:
    for one in {value, value.strip()}:
        escaped = json.dumps(one)[1:-1]
        yield from (
            one,
            escaped,
            escaped.replace("/", "\\/"),
            json.dumps(one, ensure_ascii=False)[1:-1],
        )
        entities = one.translate(_ENTITIES)
        quotes = entities.replace('"', "&quot;")
        yield from (entities, quotes.replace("'", "&#x27;"), quotes.replace("'", "&#39;"))
        for encode in (quote, quote_plus):
            percent = encode(one, safe="", errors="replace")
            yield from (percent, re.sub(_PERCENT, lambda found: found.group().lower(), percent))
