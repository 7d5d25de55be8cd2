"""The state of one account: its numbers, its messages and their indexes, its balance."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice
from operator import attrgetter

from . import alter, senders
from .optout import OptOuts
from .records import Shelves, StoredMedia, StoredMessage
from .selection import Pools, Wanted
from .throughput import SenderQueues

MAGIC_SENDER = "+15005550006"

_SERIAL = attrgetter("serial")
_MASK = (1 << 64) - 1
_LOOKED_BACK = 1000
"""Of a recipient's messages, so many are looked through in search of a service's last one."""


class SidMint:
    """Makes sids that never repeat: a random half, and the serial number multiplied by an odd factor."""

    def __init__(self, generator: random.Random) -> None:
        self._half = generator.getrandbits(64)
        self._factor = generator.getrandbits(64) | 1
        self._made = 0

    @property
    def secrets(self) -> tuple[int, int]:
        """The random half and the factor."""
        return self._half, self._factor

    @property
    def made(self) -> int:
        """How many sids it has made."""
        return self._made

    def resume(self, secrets: tuple[int, int], made: int) -> None:
        """Goes on where another one ended."""
        (self._half, self._factor), self._made = secrets, made

    def mint(self, prefix: str) -> str:
        """The next sid: `prefix` and 32 hex digits."""
        self._made += 1
        return f"{prefix}{self._half:016x}{self._made * self._factor & _MASK:016x}"


class Account:
    """One account and everything that belongs to it."""

    def __init__(
        self,
        sid: str,
        numbers: Sequence[str],
        queues: SenderQueues,
        balance: int,
        mint: SidMint,
        shelves: Shelves | None = None,
    ) -> None:
        self.sid: str = sid
        self.numbers: tuple[str, ...] = tuple(dict.fromkeys((*numbers, MAGIC_SENDER)))
        self.queues: SenderQueues = queues
        self.balance: int = balance
        self.in_flight: int = 0
        self.shelves: Shelves = Shelves() if shelves is None else shelves
        self.pools: Pools = Pools(self.shelves)
        self.opt_outs: OptOuts = OptOuts()
        self.messages: list[StoredMessage] = []
        self._by_sid: dict[str, StoredMessage] = {}
        # Most recipients have one message, and a list of one costs as much as a quarter of it.
        self._by_to: dict[str, StoredMessage | list[StoredMessage]] = {}
        self._from_handsets: dict[str, list[StoredMessage]] = {}
        self._senders: set[str] = set()
        self._media: dict[str, StoredMedia] = {}
        self._mint = mint

    def new_sid(self, prefix: str) -> str:
        """A sid nobody has yet."""
        return self._mint.mint(prefix)

    @property
    def minted(self) -> int:
        """How many sids were made by what makes this account's."""
        return self._mint.made

    def keep(self, message: StoredMessage) -> None:
        """Stores an accepted message and charges for it."""
        self.messages.append(message)
        self._by_sid[message.sid] = message
        to = message.shown_to
        known = self._by_to.get(to)
        if known is None:
            self._by_to[to] = message
        elif isinstance(known, list):
            known.append(message)
        else:
            self._by_to[to] = [known, message]
        if message.direction == "inbound":
            self._from_handsets.setdefault(message.from_, []).append(message)
        elif message.from_:
            self._senders.add(message.from_)
        for media in message.media:
            self._media[media.sid] = media
        self.balance -= message.price

    def choose_sender(self, service: str, to: str, number: int, *, is_mms: bool) -> str:
        """The sender of a service's message `number`; of a service that was never created, the account's numbers are the pool."""
        record = self.pools.service(service)
        if record is None:
            return senders.choose_sender(to, self.numbers)
        wanted = Wanted(to, is_mms, number)
        return self.pools.choose(record, wanted, lambda: self._last_sender(to, service))

    def _last_sender(self, to: str, service: str) -> str:
        """Who sent the service's newest message to a recipient, as far as that is known; or an empty text."""
        newest = 0, ""
        # An account that hides the ends of numbers keeps messages to them under what it shows.
        for shown in dict.fromkeys((to, alter.mask(to))):
            for message in islice(self.newest_first(shown), _LOOKED_BACK):
                mine = message.service == service and message.to == to and message.wait >= 0
                if mine and message.from_ and message.direction != "inbound":
                    newest = max(newest, (message.serial, message.from_))
                    break
        return newest[1]

    def assign(self, message: StoredMessage, sender: str) -> None:
        """Gives a scheduled message its sender."""
        message.from_ = sender
        self._senders.add(sender)

    def find(self, sid: str) -> StoredMessage | None:
        """The message with this sid, unless it was deleted."""
        message = self._by_sid.get(sid)
        return None if message is None or message.deleted else message

    def find_media(self, sid: str) -> StoredMedia | None:
        """The media with this sid, deleted or not."""
        return self._media.get(sid)

    def serial_of(self, sid: str) -> int | None:
        """The serial number of a message, deleted or not."""
        message = self._by_sid.get(sid)
        return None if message is None else message.serial

    def newest_first(self, to: str | None, before: int | None = None) -> Iterator[StoredMessage]:
        """Messages (to one recipient, if given) with a serial below `before`, newest first."""
        kept = self._kept(to)
        end = len(kept) if before is None else bisect_left(kept, before, key=_SERIAL)
        return (message for message in _backwards(kept, end) if not message.deleted)

    def oldest_first(self, to: str | None, after: int) -> Iterator[StoredMessage]:
        """Messages (to one recipient, if given) with a serial above `after`, oldest first."""
        kept = self._kept(to)
        start = bisect_right(kept, after, key=_SERIAL)
        return (kept[i] for i in range(start, len(kept)) if not kept[i].deleted)

    def since(self, after: int, address: str = "") -> Iterator[StoredMessage]:
        """Messages with a serial above `after`, oldest first, deleted ones too; at least those of the address, if one is given."""
        if self._is_quick(address):
            parts = (
                part[bisect_right(part, after, key=_SERIAL) :] for part in self._parts(address)
            )
            return merge(*parts, key=_SERIAL)
        return (self.messages[i] for i in range(after, len(self.messages)))

    def ahead_of(self, before: int, address: str = "") -> Iterator[StoredMessage]:
        """Messages with a serial below `before`, newest first; else as `since`."""
        if self._is_quick(address):
            parts = (
                _backwards(part, bisect_left(part, before, key=_SERIAL))
                for part in self._parts(address)
            )
            return merge(*parts, key=_SERIAL, reverse=True)
        return _backwards(self.messages, min(before - 1, len(self.messages)))

    def _is_quick(self, address: str) -> bool:
        """Whether the address is a handset's, and has sent nothing but what came in."""
        return bool(address) and address not in self._senders

    def _parts(self, address: str) -> tuple[list[StoredMessage], ...]:
        # An account that hides the ends of numbers keeps messages to them under what it shows.
        names = dict.fromkeys((address, alter.mask(address)))
        return (*map(self._kept, names), self._from_handsets.get(address, []))

    def from_handset(self, address: str) -> Sequence[StoredMessage]:
        """What a handset has written, oldest first; deleted ones too."""
        return self._from_handsets.get(address, ())

    def _kept(self, to: str | None) -> list[StoredMessage]:
        if to is None:
            return self.messages
        found = self._by_to.get(to, [])
        return found if isinstance(found, list) else [found]


def _backwards(kept: list[StoredMessage], end: int) -> Iterator[StoredMessage]:
    return (kept[i] for i in range(end - 1, -1, -1))
