"""A sid as a ledger stores it: 18 bytes in place of 34, because its index is what a send costs most.

Sids are random, so each send changes another page of their index; packed, it has two fifths fewer.
"""

from __future__ import annotations

_PREFIX = 2
_RANDOM = 16

SID = (
    "iif(typeof(sid) = 'blob',"
    f" CAST(substr(sid, 1, {_PREFIX}) AS TEXT) || lower(hex(substr(sid, {_PREFIX + 1}))), sid)"
)
"""SQL that gives the sid of a row as text."""


def pack(sid: str) -> bytearray | str:
    """The prefix, then the hexadecimal digits as bytes; what does not look so stays as it is.

    Not ``bytes``: for those, not for a ``bytearray``, `sqlite3` looks for an adapter each time.
    """
    try:
        packed = bytearray(sid[:_PREFIX], "ascii") + bytes.fromhex(sid[_PREFIX:])
    except ValueError:
        return sid
    same = len(packed) == _PREFIX + _RANDOM and packed[_PREFIX:].hex() == sid[_PREFIX:]
    return packed if same else sid
