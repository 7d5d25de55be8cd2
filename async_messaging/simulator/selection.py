"""Which sender of a messaging service's pool sends a message.

A sender fits when it is of the recipient's channel and can carry the message (`SMS`, `MMS`). Of those that fit:

1. sticky sender: the one that wrote to this recipient last for this service, while it is in the pool. A number of
   another country gives way as soon as the pool has a short code or a number of the recipient's.
2. an alpha sender that was set for the recipient's country
3. a short code of the country
4. an alpha sender for every country; none may write to numbers of `+1`, and none carries media
5. a number of the country; with area code geomatch, of the recipient's area code if there is one
6. a number of the US
7. any other number

Where several are equal, messages are spread over them by recipient and message. A pool that is empty refuses with 21704,
one in which nothing fits with 21703. A `From` beside the service must be in the pool (21711). SMS is never sent by RCS
here, since no handset says that it has it. A service that was never created has no pool (see `acceptance`).
Source: Twilio's pages "Messaging Services", "What is Geomatch", "Sticky Sender" and its error dictionary.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import cast

import msgspec

from . import senders
from .answers import RefusedError
from .countries import area_code, country_of
from .records import Record, Shelf, Shelves

SERVICES = "services"

KINDS = (
    "phone_numbers",
    "short_codes",
    "alpha_senders",
    "destination_alpha_senders",
    "channel_senders",
)
"""The kinds of senders that a service has, as their shelves are named."""

_ADDRESSED = {
    "phone_numbers": "phone_number",
    "short_codes": "short_code",
    "channel_senders": "sender",
}
"""The kinds that one service alone has and that can be written to, with the field of their address."""


class Sender(msgspec.Struct, frozen=True, gc=False):
    """A phone number or a short code of a pool; no `abilities` means that nobody has told them."""

    address: str
    country: str
    abilities: frozenset[str]

    def carries(self, ability: str) -> bool:
        """Whether it can send `SMS` or `MMS`."""
        return not self.abilities or ability in self.abilities


class Ranked(msgspec.Struct, frozen=True):
    """The senders that come first for some recipients, and all with which one of them may stay."""

    best: tuple[str, ...]
    stays: frozenset[str]


class Pool(msgspec.Struct, frozen=True):
    """The senders of one service; `ranked` is what was found out already, by kind of recipient and message."""

    numbers: tuple[Sender, ...]
    codes: tuple[Sender, ...]
    alphas: tuple[str, ...]
    by_country: dict[str, list[str]]
    channels: tuple[str, ...]
    addresses: frozenset[str]
    ranked: dict[tuple[str, str, str, bool], Ranked] = {}


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """A message that wants a sender; `number` is its account's count of messages."""

    to: str
    is_mms: bool
    number: int


class Pools:
    """The pools of an account's services, read from its shelves when these have changed."""

    def __init__(self, shelves: Shelves) -> None:
        self._services = shelves[SERVICES]
        self._shelves: tuple[Shelf, ...] = tuple(shelves[kind] for kind in KINDS)
        self._version = -1
        self._pools: dict[str, Pool] = {}
        self._owners: dict[str, str] = {}

    def service(self, sid: str | None) -> Record | None:
        """The service, if it was created."""
        return self._services.get(sid) if sid else None

    def pool(self, sid: str) -> Pool:
        """The senders of a service now."""
        self._refresh()
        pool = self._pools.get(sid)
        if pool is None:
            pool = self._pools[sid] = _read(*(shelf.of(sid) for shelf in self._shelves))
        return pool

    def owner(self, address: str) -> str | None:
        """The service that has this number, short code or channel sender in its pool."""
        self._refresh()
        return self._owners.get(address)

    def _refresh(self) -> None:
        version = sum(shelf.changes for shelf in self._shelves)
        if version == self._version:
            return
        self._version = version
        self._pools.clear()
        self._owners = {
            record.text(field): record.parent
            for kind, shelf in zip(KINDS, self._shelves, strict=True)
            if (field := _ADDRESSED.get(kind))
            for record in shelf
        }

    def check_member(self, service: Record, sender: str) -> None:
        """Refuses a `From` that is none of the service's senders (21711)."""
        if sender not in self.pool(service.sid).addresses:
            raise RefusedError(21711, sender)

    def choose(self, service: Record, wanted: Wanted, latest: Callable[[], str]) -> str:
        """The sender of a message (21703, 21704); `latest` tells who sent this service's last one to the recipient, if any."""
        pool = self.pool(service.sid)
        ranked = _rank(pool, wanted, by_area=bool(service.fields.get("area_code_geomatch")))
        if not ranked.best:
            raise RefusedError(21703 if pool.addresses else 21704, service.sid)
        if service.fields.get("sticky_sender", True) and (last := latest()) in ranked.stays:
            return last
        best = ranked.best
        return best[zlib.crc32(f"{wanted.to} {wanted.number}".encode()) % len(best)]


def _read(
    numbers: Iterator[Record],
    codes: Iterator[Record],
    alphas: Iterator[Record],
    destinations: Iterator[Record],
    channels: Iterator[Record],
) -> Pool:
    everywhere = [record.text("alpha_sender") for record in alphas]
    by_country: dict[str, list[str]] = {}
    for record in destinations:
        country, alpha = record.text("iso_country_code"), record.text("alpha_sender")
        if country:
            by_country.setdefault(country, []).append(alpha)
        else:
            everywhere.append(alpha)
    phones = tuple(_sender(record, "phone_number") for record in numbers)
    short = tuple(_sender(record, "short_code") for record in codes)
    channel_senders = tuple(record.text("sender") for record in channels)
    countries = chain.from_iterable(by_country.values())
    plain = (sender.address for sender in (*phones, *short))
    return Pool(
        numbers=phones,
        codes=short,
        alphas=tuple(dict.fromkeys(everywhere)),
        by_country=by_country,
        channels=channel_senders,
        addresses=frozenset((*plain, *everywhere, *countries, *channel_senders)),
    )


def _sender(record: Record, name: str) -> Sender:
    address = record.text(name)
    abilities = cast("Sequence[object]", record.fields.get("capabilities") or ())
    return Sender(
        address,
        record.text("country_code") or country_of(address),
        frozenset(str(ability).upper() for ability in abilities),
    )


def _rank(pool: Pool, wanted: Wanted, *, by_area: bool) -> Ranked:
    to = wanted.to
    area = area_code(to) if by_area else ""
    # A channel's address has no country, so what begins the key tells channels from numbers.
    key = (senders.channel_of(to) or to[:2], country_of(to), area, wanted.is_mms)
    ranked = pool.ranked.get(key)
    if ranked is None:
        channel = senders.channel_of(to)
        ranked = pool.ranked[key] = (
            _rank_channel(pool, channel) if channel else _rank_phones(pool, wanted, area)
        )
    return ranked


def _rank_channel(pool: Pool, channel: str) -> Ranked:
    fitting = tuple(one for one in pool.channels if senders.channel_of(one) == channel)
    return Ranked(fitting, frozenset(fitting))


def _rank_phones(pool: Pool, wanted: Wanted, area: str) -> Ranked:
    country = country_of(wanted.to)
    ability = "MMS" if wanted.is_mms else "SMS"
    numbers = [one for one in pool.numbers if one.carries(ability)]
    local = [one.address for one in numbers if one.country == country]
    foreign = [one.address for one in numbers if one.country != country]
    american = [one.address for one in numbers if one.country == "US"]
    near = [one for one in local if area and area_code(one) == area]
    codes = [one.address for one in pool.codes if one.country == country and one.carries(ability)]
    has_alphas = not wanted.is_mms and not wanted.to.startswith("+1")
    own_alphas = pool.by_country.get(country, []) if has_alphas else []
    alphas = pool.alphas if has_alphas else ()
    best = next(filter(None, (own_alphas, codes, alphas, near, local, american, foreign)), ())
    stays = (*own_alphas, *codes, *alphas, *local, *(() if codes or local else foreign))
    return Ranked(tuple(best), frozenset(stays))
