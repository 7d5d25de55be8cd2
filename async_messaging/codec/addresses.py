"""Whether two ways to write a recipient mean the same one.

Twilio answers a creation with the recipient as it keeps it. That differs in form from what was asked:

* the channel's prefix: ``whatsapp:+1...``, ``rcs:+1...``, which a fallback to SMS drops;
* punctuation and blanks;
* a digit that marks mobiles and that networks drop or add: the 1 in Mexico's ``+52 1``, the 9 in
  Argentina's ``+54 9``, the 9 before the eight digits of a Brazilian subscriber;
* numbers that are hidden, in part or altogether: ``+1415555XXXX``.

An answer that differs in more is the answer to another request.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

_MASK = re.compile(r"[Xx*#\u2022\u2026]+")
_MOBILES = (
    (re.compile(r"521([0-9]{10})"), r"52\1"),
    (re.compile(r"549([0-9]{10})"), r"54\1"),
    (re.compile(r"55([0-9]{2})9([0-9]{8})"), r"55\1\2"),
)


def is_sent_to(form: bytes, answered: str) -> bool:
    """Whether *answered* is the recipient that a creation's form names."""
    named = [to for name, to in parse_qsl(form.decode("utf-8", "replace")) if name == "To"]
    return not answered or not named or any(same_recipient(to, answered) for to in named)


def same_recipient(asked: str, answered: str) -> bool:
    """Whether both mean the same recipient, as far as *answered* shows it."""
    wanted, given = _without_channel(asked), _without_channel(answered)
    if wanted == given:
        return True
    shown = _MASK.split(given) if _is_number(wanted) else [given]
    if len(shown) == 1:
        return _bare(wanted) == _bare(given)
    first, last = _plain(shown[0]), _plain(shown[-1])
    forms = _plain(wanted), _bare(wanted)
    return any(form.startswith(first) and form.endswith(last) for form in forms)


def _without_channel(address: str) -> str:
    return address.rpartition(":")[2]


def _is_number(address: str) -> bool:
    return not any(map(str.isalpha, address))


def _plain(address: str) -> str:
    """Its letters and digits."""
    return "".join(filter(str.isalnum, address)).casefold()


def _bare(address: str) -> str:
    """Its letters and digits, without a mobile's extra digit."""
    plain = _plain(address)
    for pattern, replacement in _MOBILES:
        if found := pattern.fullmatch(plain):
            return found.expand(replacement)
    return plain
