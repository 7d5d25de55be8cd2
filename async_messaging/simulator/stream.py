"""What happens in one account, as server-sent events: `GET /inbox/events`; counts and faults are those of all accounts.

| event | data |
|---|---|
| `hello` | first, and after a reset: `{"now", "resumed", "accepted", "rates"}`; unless `resumed`, what was known is void |
| `batch` | any of `messages` (new ones and those whose status changed), `refused`, `callbacks` (finished), `rates`, `faults`, with `now` and `accepted`; `behind` when more happened than it tells |

An event's id says how far its reader has come, so that a reader who comes back with `Last-Event-ID` (or `?last=`) misses
nothing. Nothing is queued for a reader: it has places in the simulator's own bounded logs. One who falls far behind skips
to the newest and is told so (`behind`), also once the statuses of what it skipped have come to rest.
`rates` are `[second, accepted, refused]`.
"""

from __future__ import annotations

import heapq
from itertools import islice, takewhile

import msgspec

from .clock import ManualClock
from .conversations import refusal
from .inbox import InboxMessage, describe
from .outgoing import Callback
from .records import StoredMessage
from .world import World

_MOST = 300
_FAR = 1_000
_FOLLOWED = 2_000
_AGAIN = 200
_SETTLED = 4.0
_IDLE = 15.0
_RETRY = b"retry: 500\n"
_encode = msgspec.json.Encoder().encode


class Batch(msgspec.Struct, omit_defaults=True, kw_only=True):
    """What happened since the last event."""

    now: float
    accepted: int
    messages: list[InboxMessage] = []
    refused: list[dict[str, object]] = []
    callbacks: list[dict[str, object]] = []
    rates: list[tuple[int, int, int]] = []
    faults: str | None = None
    behind: bool = False


class Reader:
    """One reader of the stream, and how far it has come."""

    def __init__(self, world: World, last: str = "", origin: str = "", account: str = "") -> None:
        self._world = world
        self._sid = account or world.account_sid
        self._origin = origin
        self._started = False
        self._begin(last)

    def _begin(self, last: str) -> None:
        world = self._world
        self._traffic = world.traffic
        account = world.accounts[self._sid]
        self._serial, self._request = len(account.messages), self._traffic.seen
        self._callback = world.outgoing.log[-1].number if world.outgoing.log else 0
        self._resumed = self._resume(last)
        self._change = self._traffic.changes
        self._second = 0
        self._last_rate = (0, 0, 0)
        self._faults = str(world.deck.faults)
        self._pending: dict[int, Callback] = {}
        self._lives: list[tuple[float, int]] = []
        self._settles: float | None = None
        now = world.clock.time()
        for message in islice(account.ahead_of(self._serial + 1), _FOLLOWED):
            self._live(message, now)

    def _resume(self, last: str) -> bool:
        era, *numbers = last.split(".")
        if era != self._traffic.era or len(numbers) != 3 or not all(map(str.isdecimal, numbers)):
            return False
        serial, request, callback = map(int, numbers)
        # What it was told last may have changed since.
        self._serial = max(0, min(self._serial, serial) - _AGAIN)
        self._request, self._callback = min(self._request, request), min(self._callback, callback)
        return True

    def read(self) -> bytes:
        """The next event, or a comment that keeps the connection."""
        if self._traffic is not self._world.traffic:
            self._started = False
            self._begin("")
        if not self._started:
            self._started = True
            return _RETRY + self._event("hello", self._hello())
        batch = self._batch()
        return b":\n\n" if batch is None else self._event("batch", batch)

    def pause(self) -> float:
        """Seconds until there is something to tell, if nothing else happens."""
        account = self._world.accounts[self._sid]
        if self._serial < len(account.messages):
            return 0.0
        if isinstance(self._world.clock, ManualClock):
            return _IDLE
        now = self._world.clock.time()
        due = [self._lives[0][0]] if self._lives else []
        if self._settles is not None:
            due.append(self._settles)
        return max(0.0, min(_IDLE, *(at - now for at in due))) if due else _IDLE

    def _event(self, name: str, data: object) -> bytes:
        place = f"{self._traffic.era}.{self._serial}.{self._request}.{self._callback}"
        return b"id: %s\nevent: %s\ndata: %s\n\n" % (place.encode(), name.encode(), _encode(data))

    def _hello(self) -> dict[str, object]:
        return {
            "now": self._world.clock.time(),
            "resumed": self._resumed,
            "accepted": self._world.counters.accepted,
            "rates": self._rates(),
            "faults": self._faults,
        }

    def _batch(self) -> Batch | None:
        world, now = self._world, self._world.clock.time()
        batch = Batch(now=now, accepted=world.counters.accepted)
        found = {message.serial: message for message in self._new(batch, now)}
        found.update((message.serial, message) for message in self._changed(now))
        batch.messages = [describe(world, found[n], now, self._origin) for n in sorted(found)]
        batch.refused = self._refused()
        batch.callbacks = self._callbacks()
        batch.rates = self._rates()
        if self._faults != (faults := str(world.deck.faults)):
            self._faults = batch.faults = faults
        if self._settles is not None and now >= self._settles:
            self._settles, batch.behind = None, True
        says = (batch.messages, batch.refused, batch.callbacks, batch.rates, batch.behind)
        return batch if any(says) or batch.faults is not None else None

    def _new(self, batch: Batch, now: float) -> list[StoredMessage]:
        account = self._world.accounts[self._sid]
        if len(account.messages) - self._serial > _FAR:
            self._serial = len(account.messages) - _MOST
            self._lose_sight(now)
            batch.behind = True
        new = list(islice(account.since(self._serial), _MOST))
        self._serial += len(new)
        for message in new:
            self._live(message, now)
        return new

    def _live(self, message: StoredMessage, now: float) -> None:
        state = self._world.moment(message, now)
        if state.until is None or message.mark is not None:
            return
        if len(self._lives) >= _FOLLOWED:
            self._lose_sight(now)
        else:
            heapq.heappush(self._lives, (state.until, message.serial))

    def _lose_sight(self, now: float) -> None:
        self._settles = now + _SETTLED / self._world.conditions.speed

    def _changed(self, now: float) -> list[StoredMessage]:
        account = self._world.accounts[self._sid]
        sids = dict.fromkeys(self._traffic.changed_since(self._change))
        self._change = self._traffic.changes
        found = [message for sid in sids if (message := account.find(sid)) is not None]
        while self._lives and self._lives[0][0] <= now and len(found) < _MOST:
            message = account.messages[heapq.heappop(self._lives)[1] - 1]
            found.append(message)
            self._live(message, now)
        return found

    def _refused(self) -> list[dict[str, object]]:
        new = self._traffic.requests_since(self._request, self._sid)
        self._request = self._traffic.seen
        failed = [request for request in new if not request.sid]
        return [refusal(request) for request in failed[-_MOST:]]

    def _callbacks(self) -> list[dict[str, object]]:
        log = self._world.outgoing.log
        newer = takewhile(lambda made: made.number > self._callback, reversed(log))
        mine = (made for made in newer if made.account_sid == self._sid)
        self._pending.update((made.number, made) for made in list(islice(mine, _MOST))[::-1])
        self._callback = log[-1].number if log else self._callback
        over = [made for made in self._pending.values() if made.state != "waiting"][:_MOST]
        for made in over:
            del self._pending[made.number]
        while len(self._pending) > _FOLLOWED:
            del self._pending[next(iter(self._pending))]
        return [_tell(made) for made in over]

    def _rates(self) -> list[tuple[int, int, int]]:
        new = [second for second in self._traffic.seconds if second.at >= self._second]
        told = [(second.at, second.accepted, second.refused) for second in new]
        if not told or (self._second == told[-1][0] and told[-1] == self._last_rate):
            return []
        self._second, self._last_rate = told[-1][0], told[-1]
        return told


def _tell(made: Callback) -> dict[str, object]:
    """A callback that has come to its end."""
    names = ("number", "kind", "message_sid", "url", "state", "error_code", "answer")
    last = made.attempts[-1] if made.attempts else None
    told = {name: getattr(made, name) for name in names}
    return {
        **told,
        "status": last.status if last else 0,
        "elapsed": last.elapsed if last else 0.0,
    }
