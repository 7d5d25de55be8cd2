"""A message as it arrived on a phone, and what a person would read off it: the one-time code, the links."""

from __future__ import annotations

import re

from ..codec.masking import mask_number
from ..simulator import InboxMessage

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


class CodeNotFound(AssertionError):
    """A message has no one-time code, or several."""


class ArrivedMessage(InboxMessage, frozen=True, kw_only=True):
    """A message as the simulator's inbox shows it, for tests to read.

    Its text is in `body`; it shows in no repr.
    """

    def __repr__(self) -> str:
        return f"<ArrivedMessage {self.sid} to {mask_number(self.to)}, {len(self.body)} characters>"

    def code(self, digits: int | None = None) -> str:
        """The one-time code in its text, digits only: 4 to 8 of them, also ``123-456``, ``G-123456``.

        Args:
            digits: how many it has, where the text holds more numbers.

        Raises:
            CodeNotFound: there is none, or more than one.
        """
        found = [code for code in find_codes(self.body) if digits in (None, len(code))]
        if len(found) == 1:
            return found[0]
        wanted = "4 to 8" if digits is None else str(digits)
        if not found:
            raise CodeNotFound(f"no code of {wanted} digits is in {self!r}")
        hint = "; code(digits=...) takes one" if digits is None else ""
        lengths = ", ".join(str(len(code)) for code in found)
        raise CodeNotFound(f"{len(found)} codes ({lengths} digits) are in {self!r}, not one{hint}")

    def links(self) -> list[str]:
        """The links in its text, in their order."""
        return find_links(self.body)
