"""What Twilio has to tell its users' servers: what is to come and when, what is ready to be posted, what became of it.

Pure: `callbacks` and `replies` put requests in, the courier takes them out. The log keeps the last 5,000.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Iterator
from itertools import count
from random import getrandbits
from typing import Literal

import msgspec

from .records import StoredMessage

Kind = Literal["status", "message"]
State = Literal["waiting", "answered", "failed", "refused", "lost"]

_KEPT = 5000


class Attempt(msgspec.Struct, frozen=True, gc=False):
    """One try to reach a webhook.

    Attributes:
        at: when it began, in the simulator's time.
        status: the HTTP status; 0 without an answer.
        error_code: Twilio's code for what went wrong, or 0.
        failure: `4xx`, `5xx`, `3xx`, `ct` (no connection), `rt` (no answer), or empty.
        elapsed: real seconds that it took.
    """

    at: float
    status: int = 0
    error_code: int = 0
    failure: str = ""
    elapsed: float = 0.0


class Callback(msgspec.Struct, kw_only=True):
    """A request to a user's server: a status callback or an inbound message. Not to be changed by who looks at it.

    Attributes:
        number: counts from 1, in the order in which they came about.
        url: as it was given, fragment included.
        fields: the form, as it is signed; of a GET, its query.
        token: `I-Twilio-Idempotency-Token`, the same in every attempt.
        state: `waiting`; `answered` with 2xx; `failed`; `refused` when the host is neither this machine nor named; `lost`
            by a fault.
        error_code: Twilio's code for what went wrong, or 0.
        answer: the TwiML that an inbound message's webhook gave.
    """

    number: int
    kind: Kind
    url: str
    message_sid: str
    fields: dict[str, str]
    method: str = "POST"
    token: str = msgspec.field(default_factory=lambda: f"{getrandbits(128):032x}")
    signature: str = ""
    state: State = "waiting"
    error_code: int = 0
    attempts: list[Attempt] = []
    answer: str = ""

    @property
    def account_sid(self) -> str:
        """The account whose message it is, and whose token signs it."""
        return self.fields["AccountSid"]


class Reply(msgspec.Struct, kw_only=True):
    """A message that a handset wrote, and what came of it.

    Attributes:
        sid: of the message that came in.
        opt_out_type: `STOP`, `START` or `HELP` if the text was one of their words, else empty.
        webhook: the requests that asked what to answer; several if one redirected or failed over.
        replies: sids of the messages that were sent back, the automatic confirmation first.
        refused: Twilio's codes of replies that could not be sent.
        finished: whether nothing more will come of it.
    """

    sid: str
    opt_out_type: str = ""
    webhook: list[Callback] = []
    replies: list[str] = []
    refused: list[int] = []
    finished: bool = False

    @property
    def twiml(self) -> str:
        """What the webhook answered at last."""
        return self.webhook[-1].answer if self.webhook else ""


class Outgoing:
    """Callbacks in all their states; `in_flight` is the courier's to count.

    If it is `kept`, changes are noted: callbacks by number, and messages by sid with when their status changes next.
    """

    def __init__(self, *, kept: bool = False) -> None:
        self.kept: bool = kept
        self.touched_plans: dict[str, tuple[str, float | None]] = {}
        self.touched_posts: dict[int, Callback] = {}
        self._queue: list[tuple[float, int, StoredMessage | Callback]] = []
        self._live: dict[str | int, int] = {}
        self._order = count()
        self._numbers = count(1)
        self.ready: deque[Callback] = deque()
        self.log: deque[Callback] = deque(maxlen=_KEPT)
        self.counts: Counter[str] = Counter()
        self.in_flight: int = 0
        self.asked: dict[int, Reply] = {}

    def number(self) -> int:
        """The next callback's number."""
        return next(self._numbers)

    def plan(self, at: float, what: StoredMessage | Callback) -> None:
        """Notes when a message's status changes next, or when a callback that is held back goes."""
        order = next(self._order)
        self._live[_key(what)] = order
        heapq.heappush(self._queue, (at, order, what))
        self._touch(what, at)

    def unplan(self, message: StoredMessage) -> None:
        """Forgets what was planned for a message."""
        self._live.pop(message.sid, None)
        self._touch(message)

    def next_time(self) -> float | None:
        """When the next of what is planned is due."""
        self._drop_dead()
        return self._queue[0][0] if self._queue else None

    def due(self, now: float) -> Iterator[tuple[float, StoredMessage | Callback]]:
        """Takes out what is due, in order of time; more may be planned in the meantime."""
        while (first := self.next_time()) is not None and first <= now:
            at, _, what = heapq.heappop(self._queue)
            del self._live[_key(what)]
            self._touch(what)
            yield at, what

    def _touch(self, what: StoredMessage | Callback, at: float | None = None) -> None:
        if not self.kept:
            return
        if isinstance(what, Callback):
            self.touched_posts[what.number] = what
        else:
            self.touched_plans[what.sid] = (what.account, at)

    def _drop_dead(self) -> None:
        queue, live = self._queue, self._live
        while queue and live.get(_key(queue[0][2])) != queue[0][1]:
            heapq.heappop(queue)

    def keep(self, callback: Callback) -> None:
        """Puts a callback that came about into the log."""
        self.log.append(callback)
        self.counts["made"] += 1
        self._touch(callback)

    def resume(self, callback: Callback) -> None:
        """Takes in a callback that was waiting when an earlier simulator ended; in the order of their numbers."""
        self._numbers = count(callback.number + 1)
        if callback.kind == "message":
            self.asked[callback.number] = Reply(sid=callback.message_sid, webhook=[callback])
        self.keep(callback)
        self.ready.append(callback)

    def abandon(self) -> None:
        """Posts nothing more, and lets nobody wait for an answer that will not come."""
        self.ready.clear()
        self._queue.clear()
        self._live.clear()
        for reply in self.asked.values():
            reply.finished = True
        self.asked.clear()

    def settle(self, callback: Callback, state: State, error_code: int = 0) -> None:
        """Says what became of a callback."""
        callback.state, callback.error_code = state, error_code
        self.counts[state] += 1
        self._touch(callback)

    def is_quiet(self, now: float) -> bool:
        """Whether nothing waits, and nothing that is planned is due by then."""
        at = self.next_time()
        return not self.waiting and (at is None or at > now)

    @property
    def planned(self) -> int:
        """How many changes of status and callbacks held back are still to come."""
        return len(self._live)

    @property
    def waiting(self) -> int:
        """How many callbacks are ready or being posted."""
        return len(self.ready) + self.in_flight


def _key(what: StoredMessage | Callback) -> str | int:
    return what.number if isinstance(what, Callback) else what.sid
