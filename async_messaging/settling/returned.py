"""The sids that a client's creations returned: evidence of no other send.

Packed, an entry takes 25 bytes: the message's kind, its random 16 bytes, its time. The latest are kept
as they came, and packed by the thousand, which costs a send least. The oldest go once nothing needs
them; what is then asked about an earlier time can't be answered any more.
"""

from __future__ import annotations

import re
from array import array
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterator

import msgspec

from .attempts import Canary

_BLOCK = 4_096
_RANDOM = 16
_PLAIN = re.compile(r"(?:[SM]M[0-9a-f]{32}\n)*+")


class _Block(msgspec.Struct, frozen=True, gc=False):
    """Entries, packed: of each the first letter, the digits, the time."""

    kinds: str
    digits: bytes
    times: array[float]

    def entries(self) -> Iterator[tuple[str, float]]:
        digits = self.digits.hex("\n", _RANDOM).split("\n")
        entries = zip(self.kinds, digits, self.times, strict=False)
        return ((f"{kind}M{one}", at) for kind, one, at in entries)


class Returned:
    """Sids in the order in which they came; the latest are kept, of those that are needed.

    Args:
        needed: since when they are needed, seen from a time; earlier ones go.

    Attributes:
        forgotten: everything before this time may have been forgotten.
    """

    def __init__(self, most: int, needed: Callable[[float], float]) -> None:
        self._most = most
        self._needed = needed
        self._blocks: deque[_Block] = deque()
        self._latest: dict[str, float] = {}
        self._last: dict[str, float] = {}
        self._before: dict[str, float] = {}
        self._odd: OrderedDict[str, float] = OrderedDict()
        self.forgotten: float = float("-inf")

    def __len__(self) -> int:
        return sum(len(block.kinds) for block in self._blocks) + len(self._latest) + len(self._odd)

    def add(self, sid: str, at: float) -> bool:
        """A creation returned it; False, and nothing changes, if `has` says that one did before."""
        latest = self._latest
        if sid in latest or sid in self._before:
            return False
        latest[sid] = at
        if len(latest) >= _BLOCK:
            self._pack(at)
        return True

    def has(self, sid: str) -> bool:
        """Whether it is one of the last 8,192, or of a few more."""
        return sid in self._latest or sid in self._before

    def among(self, sids: Collection[str]) -> set[str]:
        """Those of these sids that are kept."""
        wanted = {*sids}
        return {sid for sid, _ in self._entries() if sid in wanted} | (wanted & self._odd.keys())

    def between(self, since: float, until: float, limit: int) -> list[Canary]:
        """The last of those that came between two times, the latest first."""
        found = [Canary(sid, at) for sid, at in self._entries() if since <= at <= until]
        return found[: -limit - 1 : -1]

    def _entries(self) -> Iterator[tuple[str, float]]:
        latest = tuple(self._latest.items())  # first: it may be packed meanwhile
        for block in tuple(self._blocks):
            yield from block.entries()
        yield from latest

    def _pack(self, now: float) -> None:
        """The latest become a block; drop blocks that nothing needs."""
        latest = plain = self._latest
        if not _PLAIN.fullmatch("\n".join((*latest, ""))):
            odd = {sid: at for sid, at in latest.items() if not _PLAIN.fullmatch(f"{sid}\n")}
            plain = {sid: at for sid, at in latest.items() if sid not in odd}
            self._odd.update(odd)
        kinds, digits = "".join([sid[0] for sid in plain]), "".join([sid[2:] for sid in plain])
        self._blocks.append(_Block(kinds, bytes.fromhex(digits), array("d", plain.values())))
        self._before, self._last, self._latest = self._last | latest, latest, {}
        needed, room = self._needed(now), -(-self._most // _BLOCK)
        while self._blocks:
            newest = max(self._blocks[0].times, default=float("-inf"))
            if newest >= needed and len(self._blocks) <= room:
                break
            self._blocks.popleft()
            self.forgotten = max(self.forgotten, newest)
        while len(self._odd) > _BLOCK:
            self.forgotten = max(self.forgotten, self._odd.popitem(last=False)[1])
