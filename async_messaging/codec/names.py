"""Names of columns: how they are compared, and how an error may show them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_LONGEST = 40
_MOST = 20
_NUMBER_DIGITS = 7


def clean_name(name: str) -> str:
    """The name as columns are compared: composed (NFC), without white space around it."""
    return unicodedata.normalize("NFC", name).strip()


def shown_name(name: str) -> str:
    """The name as an error may show it: a short one in full, one that may be a number never."""
    if sum(map(str.isdigit, name)) >= _NUMBER_DIGITS or not name.isprintable():
        return f"<{len(name)} characters>"
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}..."


def listed(names: Iterable[str]) -> str:
    """The names in one line, at most 20 of them."""
    shown = [shown_name(name) for name in names]
    rest = len(shown) - _MOST
    return ", ".join(shown[:_MOST]) + (f" and {rest} more" if rest > 0 else "")
