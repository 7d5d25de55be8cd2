"""What number is this? The one place that says so, for drafts, files, suppressions and commands.

An address is E.164, or a channel's such as ``whatsapp:+15558675310``; what follows a channel's name
and begins with ``+`` is E.164 too. Numbers as people and spreadsheets write them become E.164 by
taking away what groups digits: spaces, dashes, dots, brackets around a group inside the number,
``tel:``, a spreadsheet's leading apostrophe, and marks that nobody sees.

No digit is ever added, and none is taken for one that it is not: a decimal fraction (``.0``), an
extension, a power of ten, a second number in the same cell would each make the number another
person's, so they are refused. No country code is guessed, and ``00`` is not read as ``+``.
"""

from __future__ import annotations

import re
import unicodedata

from ..errors import InvalidInput

_E164 = r"\+[1-9][0-9]{6,14}"
_PREFIX = r"[a-z][a-z0-9_-]{1,31}:"
_READY = re.compile(_E164)
_ADDRESS = re.compile(rf"(?:{_PREFIX})?{_E164}|{_PREFIX}[^\s\x00-\x1f+][^\s\x00-\x1f]{{0,254}}")
_FEWEST, _MOST = 7, 15
_LONGEST = 300
"""Characters that are looked at: what is longer is no address, in whatever way it is written."""


def is_address(value: str) -> bool:
    """Whether *value* can receive: E.164, or a channel address such as ``whatsapp:+1...``."""
    return _ADDRESS.fullmatch(value) is not None


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
    if len(text) > _LONGEST:
        raise InvalidInput(f"has {len(text):,} characters, no address has as many", field="to")
    channel = re.fullmatch(rf"(?!tel:)({_PREFIX})(.*)", text, re.IGNORECASE | re.DOTALL)
    if channel is None:
        return _number(text)
    prefix, user = channel[1].lower(), channel[2].strip()
    if prefix == "whatsapp:" or user[:1] in {"+", "("}:
        return prefix + _number(user)
    address = prefix + "".join(user.split())
    if not is_address(address):
        raise InvalidInput("is not an address of a channel", field="to")
    return address


def _visible(text: str) -> str:
    """The text without marks that nobody sees, and without white space around it."""
    return "".join(char for char in text if unicodedata.category(char) != "Cf").strip()


def _number(text: str) -> str:
    text = text.removeprefix("'")
    written = _grouped(text[4:].lstrip() if text[:4].lower() == "tel:" else text)
    digits = re.sub("[^0-9]", "", written)
    if reason := _misread(written) or _wrong(written[:1] == "+", digits):
        raise InvalidInput(reason, field="to")
    return f"+{digits}"


def _grouped(text: str) -> str:
    """The text with a blank for every space, a hyphen for every dash; brackets are in `_misread`."""
    plain = "".join(_GROUPING.get(unicodedata.category(char), char) for char in text)
    plain = plain.replace("\t", " ").replace("\N{MINUS SIGN}", "-")
    inside = re.sub(r"[(\[]([ -]*\+?[1-9][0-9 .-]*)[)\]](?=[ .-]*[0-9])", r" \1 ", plain)
    return re.sub(r" *\. *", ".", inside).strip(" .")


_GROUPING = {"Zs": " ", "Pd": "-"}


def _misread(written: str) -> str:
    """Why the digits alone would be another number; empty if they are this one."""
    if not re.search(r"[^][ ().+-]", written):
        return "has no digits"
    if re.fullmatch(r"\+?[0-9]+([.,][0-9]*)?e\+?[0-9]+", written, re.IGNORECASE):
        return "is in scientific notation, digits are lost: export the column as text"
    if re.search(r"[(\[][ -]*0", written):
        return "has (0) in it: leave out the zero that is dialled inside a country"
    groups = re.split("[ .-]+", written.removeprefix("+"))
    if (
        "+" in written[1:]
        or sum(len(group) >= _FEWEST for group in groups if group.isdecimal()) > 1
    ):
        return "holds more than one number"
    if not re.fullmatch(r"\+?[ .-]*[0-9]+([ .-]+[0-9]+)*[ .-]*", written):
        return "holds a character that no number has"
    if _is_fraction(written):
        return "ends like a decimal fraction: export the column as text"
    return ""


def _is_fraction(written: str) -> bool:
    """Whether a dot before the last digits is a decimal point: none after it belongs to a number.

    Groups of three or four digits, and French pairs (``.12.34.56.78``), are groups.
    """
    last = re.search(r"([0-9]+)\.([0-9]+)$", written)
    if last is None or re.search(r"(\.[0-9]{2}){3}$", written):
        return False
    return len(last[2]) < 3 or not last[2].strip("0") or len(last[1]) >= _FEWEST


def _wrong(plus: bool, digits: str) -> str:
    """Why this is not E.164; empty if it is."""
    if not plus and digits.startswith("00"):
        return "starts with 00: write + instead"
    if not plus:
        return "has no + and country code"
    if digits[0] == "0":
        return "has a country code that starts with 0"
    if not _FEWEST <= len(digits) <= _MOST:
        return f"has {len(digits)} digits, a number has {_FEWEST} to {_MOST}"
    return ""
