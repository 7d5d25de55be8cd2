"""The sids that a client's creations returned: evidence of no other send.

An entry takes 25 bytes: the message's kind, its random 16 bytes, its time. The oldest go once nothing
needs them; what is then asked about an earlier time can't be answered any more.
"""

from __future__ import annotations

import struct
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterator

from .attempts import Canary

__all__ = ["Returned"]

_ENTRY = struct.Struct("<c16sd")
_BLOCK = 4_096
_LATEST = 8_192
_RANDOM = 16
_FULL = _BLOCK * _ENTRY.size
_KINDS = {"SM": b"S", "MM": b"M"}


class Returned:
    """Sids in the order in which they came.

    Args:
        most: how many are kept at most.
        needed: since when they are needed, seen from a time; earlier ones go.

    Attributes:
        forgotten: everything before this time may have been forgotten.
    """

    def __init__(self, most: int, needed: Callable[[float], float]) -> None:
        self._most = most
        self._needed = needed
        self._blocks: deque[bytearray] = deque([bytearray()])
        self._latest: set[str] = set()
        self._before: set[str] = set()
        self._odd: OrderedDict[str, float] = OrderedDict()
        self.forgotten: float = float("-inf")

    def __repr__(self) -> str:
        return f"<Returned: {len(self)} sids>"

    def __len__(self) -> int:
        return sum(map(len, self._blocks)) // _ENTRY.size + len(self._odd)

    def add(self, sid: str, at: float) -> None:
        """A creation returned it.

        Args:
            sid: the message's.
            at: its `date_created`, or the time of its answer.
        """
        latest = self._latest
        latest.add(sid)
        if len(latest) >= _LATEST:
            self._before, self._latest = latest, set()
        kind, digits = _KINDS.get(sid[:2]), _bytes_of(sid)
        if kind is None or len(digits) != _RANDOM:
            self._add_odd(sid, at)
            return
        block = self._blocks[-1]
        block += _ENTRY.pack(kind, digits, at)
        if len(block) >= _FULL:
            self._trim(at)

    def has(self, sid: str) -> bool:
        """Whether it is one of the last 8,192, or perhaps of twice as many."""
        return sid in self._latest or sid in self._before

    def among(self, sids: Collection[str]) -> set[str]:
        """Those of these sids that are kept."""
        wanted = {_bytes_of(sid) for sid in sids}
        found = {digits for _, digits, _ in self._entries() if digits in wanted}
        return {sid for sid in sids if sid in self._odd or _bytes_of(sid) in found}

    def between(self, since: float, until: float, limit: int) -> list[Canary]:
        """The last of those that came between two times, the latest first."""
        found = [
            Canary(f"{kind}M{digits.hex()}", at)
            for kind, digits, at in self._entries()
            if since <= at <= until
        ]
        return found[: -limit - 1 : -1]

    def _entries(self) -> Iterator[tuple[str, bytes, float]]:
        for block in tuple(self._blocks):
            for kind, digits, at in _ENTRY.iter_unpack(bytes(block)):
                yield kind.decode(), digits, at

    def _trim(self, now: float) -> None:
        """A block is full: begin another, drop those that nothing needs."""
        needed, room = self._needed(now), -(-self._most // _BLOCK)
        self._blocks.append(bytearray())
        while len(self._blocks) > 1:
            last = max(at for _, _, at in _ENTRY.iter_unpack(bytes(self._blocks[0])))
            if last >= needed and len(self._blocks) - 1 <= room:
                break
            self._blocks.popleft()
            self.forgotten = max(self.forgotten, last)

    def _add_odd(self, sid: str, at: float) -> None:
        self._odd[sid] = at
        if len(self._odd) > _BLOCK:
            self.forgotten = max(self.forgotten, self._odd.popitem(last=False)[1])


def _bytes_of(sid: str) -> bytes:
    try:
        return bytes.fromhex(sid[2:])
    except ValueError:
        return b""
