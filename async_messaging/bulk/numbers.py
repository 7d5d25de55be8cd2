"""Phone numbers as people and spreadsheets write them, to E.164.

What goes: spaces of every kind, dots, dashes, brackets, ``tel:``, and the invisible marks that
spreadsheets paste along. Nothing else is guessed: no country code is added, ``00`` is not read as
``+``, and digits that a spreadsheet rounded away can't come back.
"""

from __future__ import annotations

import re
import unicodedata

from ..errors import InvalidInput
from ..models.draft import is_address

__all__ = ["normalise_number"]

_READY = re.compile(r"\+[1-9][0-9]{6,14}")
_CHANNEL = re.compile(r"(?!tel:)([a-z][a-z0-9_-]{1,31}):(.*)", re.IGNORECASE | re.DOTALL)
_SCIENTIFIC = re.compile(r"\+?[0-9]+([.,][0-9]*)?e\+?[0-9]+", re.IGNORECASE)
_TRUNK_ZERO = re.compile(r"[(\[]0[)\]]")
_DIGITS = re.compile(r"[0-9]+")
_SEPARATORS = frozenset(".()[]\N{MINUS SIGN}")
_INVISIBLE = frozenset({"Cf", "Zs"})
_FEWEST, _MOST = 7, 15


def normalise_number(text: str) -> str:
    """The recipient's address: E.164, or a channel address such as ``whatsapp:+15558675310``.

    A channel's prefix is put in lower case. What follows it is read as a number where it starts
    like one, or where the channel is ``whatsapp``; else it is the channel's own name of a user.

    Raises:
        InvalidInput: it is no such address; the reason says why and never repeats the number.
    """
    if _READY.fullmatch(text):
        return text
    text = _visible(text)
    if not text:
        raise InvalidInput("is empty", field="to")
    channel = _CHANNEL.fullmatch(text)
    if channel is None:
        return _number(text)
    prefix, user = channel[1].lower(), channel[2]
    if prefix == "whatsapp" or user[:1] in {"+", "("}:
        user = _number(user)
    address = f"{prefix}:{user}"
    if not is_address(address):
        raise InvalidInput("is not an address of a channel", field="to")
    return address


def _visible(text: str) -> str:
    """The text without white space and marks that nobody sees."""
    return "".join(
        char for char in text if not char.isspace() and unicodedata.category(char) not in _INVISIBLE
    )


def _number(text: str) -> str:
    text = text[4:] if text[:4].lower() == "tel:" else text
    if _SCIENTIFIC.fullmatch(text):
        raise InvalidInput(
            "is in scientific notation, digits are lost: export the column as text", field="to"
        )
    if _TRUNK_ZERO.search(text):
        raise InvalidInput(
            "has (0) in it: leave out the zero that is dialled inside a country", field="to"
        )
    bare = "".join(
        char for char in text if char not in _SEPARATORS and unicodedata.category(char) != "Pd"
    )
    if reason := _wrong(bare):
        raise InvalidInput(reason, field="to")
    return bare


def _wrong(bare: str) -> str:
    """Why this is not E.164; empty if it is."""
    plus, digits = bare[:1] == "+", bare.removeprefix("+")
    if not digits:
        return "has no digits"
    if not _DIGITS.fullmatch(digits):
        return "holds a character that no number has"
    if not plus and digits.startswith("00"):
        return "starts with 00: write + instead"
    if not plus:
        return "has no + and country code"
    if digits[0] == "0":
        return "has a country code that starts with 0"
    if not _FEWEST <= len(digits) <= _MOST:
        return f"has {len(digits)} digits, a number has {_FEWEST} to {_MOST}"
    return ""
