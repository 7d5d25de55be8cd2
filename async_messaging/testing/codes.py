"""What a person would read off a message: the one-time code, and the links."""

from __future__ import annotations

import re

__all__ = ["find_codes", "find_links"]

_LINK = re.compile(r"https?://[^\s<>\"'\u2018-\u201f]+", re.IGNORECASE)
_AFTER_A_LINK = ".,;:!?)]}"

_PHONE = re.compile(
    r"\+[0-9][0-9 ().-]{5,}[0-9]|(?<![0-9])\(?[0-9]{3}\)?[ .-]?[0-9]{3}[ .-][0-9]{4}(?![0-9])"
)
_CODE = re.compile(
    r"(?<![\w$\u00a3\u20ac+])(?<!\w-)(?<![0-9][.,:/])(?<![0-9][^\S\n])"  # part of no price, date, longer number
    r"(?:[A-Z]{1,3}-)?([0-9]{3}[- ][0-9]{3}|[0-9]{4,8})"
    r"(?!\w|[.,:/-][0-9]|[^\S\n][0-9]|\s?[%\u20ac])",
    re.ASCII,
)


def find_codes(text: str) -> list[str]:
    """The one-time codes in a text: 4 to 8 digits, also ``123-456``, ``123 456`` and ``G-123456``.

    Links, phone numbers, prices, dates and times are passed over. A code that stands there twice is
    one, as where a browser is to fill it in (``@example.com #123456``).
    """
    bare = _PHONE.sub(" ; ", _LINK.sub(" ; ", text))
    found = (re.sub("[^0-9]", "", code) for code in _CODE.findall(bare))
    return list(dict.fromkeys(found))


def find_links(text: str) -> list[str]:
    """The ``http`` and ``https`` links in a text, without what a sentence puts behind them."""
    return [_trimmed(link) for link in _LINK.findall(text)]


def _trimmed(link: str) -> str:
    while link[-1] in _AFTER_A_LINK and not (
        link[-1] == ")" and link.count("(") >= link.count(")")
    ):
        link = link[:-1]
    return link
