"""The judge over HTTP, for clients in other processes; no credentials, loopback only.

| request | answer |
|---|---|
| `GET /simulator/stats` | all counts as JSON |
| `GET /simulator/messages?after=N` | accepted messages with a `number` above N, one JSON object a line; of the first account, unless `&account=AC...` names another |
| `POST /simulator/faults` | body: a specification (see `faults`); 400 with the reason if it is wrong |
| `POST /simulator/reset` | forgets messages and counts |
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from operator import attrgetter
from typing import TypedDict

import msgspec

from . import alter
from .answers import Answer, ComplaintError, json_answer
from .exchange import Exchange
from .faults import Faults
from .outgoing import Outgoing
from .records import StoredMessage
from .traffic import Post
from .world import World

_LINES = 500
_encode = msgspec.json.Encoder().encode


class Stats(TypedDict):
    """What `GET /simulator/stats` tells.

    `answers` is keyed `201` or `429/20429`, `0` where none was given; `callbacks` by `made`, of which some are
    `answered`, `failed`, `refused` or `lost`, and some `waiting`; `planned` are the changes of status to come.
    """

    accepted: int
    requests: int
    reads: int
    duplicates: int
    answers: dict[str, int]
    segments: int
    segments_per_second: float
    first_post: Post | None
    last_post: Post | None
    in_flight: int
    peak_in_flight: int
    faults: str
    alter: str
    seed: int
    callbacks: dict[str, int]


def stats_of(world: World) -> Stats:
    """All counts."""
    counters = world.counters
    return Stats(
        accepted=counters.accepted,
        requests=counters.requests,
        reads=counters.reads,
        duplicates=world.duplicates(),
        answers={
            f"{status}/{code}" if code else str(status): count
            for (status, code), count in sorted(counters.answers.items())
        },
        segments=counters.segments,
        segments_per_second=counters.segments_per_second,
        first_post=counters.first,
        last_post=counters.last,
        in_flight=sum(account.in_flight for account in world.accounts.values()),
        peak_in_flight=counters.peak_in_flight,
        faults=str(world.deck.faults),
        alter=alter.spell(world.conditions.alter),
        seed=world.seed,
        callbacks=_count_callbacks(world.outgoing),
    )


def _count_callbacks(outgoing: Outgoing) -> dict[str, int]:
    states = ("made", "answered", "failed", "refused", "lost")
    return {
        **{state: outgoing.counts[state] for state in states},
        "waiting": outgoing.waiting,
        "planned": outgoing.planned,
    }


def show_stats(exchange: Exchange) -> Answer:
    """GET /simulator/stats."""
    return json_answer(stats_of(exchange.world))


def show_messages(exchange: Exchange) -> Answer:
    """GET /simulator/messages: a stream of lines."""
    after = exchange.number("after", 0)
    stored = exchange.world.stored(exchange.account.sid)
    stored = stored[bisect_right(stored, after, key=attrgetter("serial")) :]
    chunks = _lines(exchange.world, stored, exchange.now)
    return Answer(200, content_type="application/x-ndjson", chunks=chunks)


def _lines(world: World, stored: list[StoredMessage], now: float) -> Iterator[bytes]:
    for start in range(0, len(stored), _LINES):
        batch = stored[start : start + _LINES]
        yield b"".join(_encode(world.describe(message, now)) + b"\n" for message in batch)


def set_faults(exchange: Exchange) -> Answer:
    """POST /simulator/faults."""
    try:
        faults = Faults.parse(exchange.raw.decode())
    except ValueError as error:
        raise ComplaintError(error) from None
    exchange.world.set_faults(faults)
    return json_answer({"faults": str(faults)})


def reset(exchange: Exchange) -> Answer:
    """POST /simulator/reset."""
    exchange.world.reset()
    return Answer(204)
