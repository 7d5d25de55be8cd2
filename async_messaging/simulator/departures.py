"""Scheduled messages and their departure: at `SendAt` each gets its sender, and its place in the sender's queue.

Nothing of that is decided when a message is scheduled: who has said STOP by then (21610), which senders the service has
by then (21703, 21704), and how long their queues are by then (30001) is found out at departure, and who must not be sent
to fails, free of charge. Departures come in the order of their times, before anything else that comes at the same time.
Until then a message has a `wait` of `NOT_DEPARTED`. A message whose time came while nobody looked departs when somebody
looks again, as of its own time.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator

from .accounts import Account
from .answers import RefusedError
from .records import NOT_DEPARTED, StoredMessage

MOST = 500_000


class Departures:
    """The scheduled messages of all accounts, by time; `touched` has what departed since it was written, if it is `kept`."""

    def __init__(self, *, kept: bool = False) -> None:
        self._queue: list[tuple[float, int, str, StoredMessage]] = []
        self._waiting: Counter[str] = Counter()
        self.kept: bool = kept
        self.touched: list[str] = []

    def check_room(self, account_sid: str) -> None:
        """Refuses more scheduled messages than an account may have (35125)."""
        if self._waiting[account_sid] >= MOST:
            raise RefusedError(35125)

    def add(self, message: StoredMessage) -> None:
        """Lets a scheduled message wait for its time."""
        heapq.heappush(self._queue, (message.start, message.serial, message.sid, message))
        self._waiting[message.account] += 1

    def forget(self, message: StoredMessage) -> None:
        """A message that waited was canceled or marked: it does not depart."""
        self._waiting[message.account] -= 1

    def due(self, now: float) -> Iterator[StoredMessage]:
        """Takes out what departs up to now, in order of time."""
        queue = self._queue
        while queue and queue[0][0] <= now:
            message = heapq.heappop(queue)[3]
            if is_waiting(message):
                self._waiting[message.account] -= 1
                if self.kept:
                    self.touched.append(message.sid)
                yield message


def is_waiting(message: StoredMessage) -> bool:
    """Whether a message is scheduled, and will depart as far as anybody knows."""
    return message.wait == NOT_DEPARTED and not message.canceled and message.mark is None


def depart(account: Account, opted_out: frozenset[str], message: StoredMessage) -> None:
    """Gives a message its sender and its place in the queue, or lets it fail."""
    message.wait = 0.0
    try:
        wait = _join_queue(account, opted_out, message)
    except RefusedError as refusal:
        _fail(account, message, refusal.code)
    else:
        if wait is None:
            _fail(account, message, 30001)
        else:
            message.wait = wait


def _fail(account: Account, message: StoredMessage, code: int) -> None:
    message.fate = code
    account.balance += message.price
    message.price = 0


def _join_queue(
    account: Account, opted_out: frozenset[str], message: StoredMessage
) -> float | None:
    service, to = message.service, message.to
    assert service is not None
    if not message.from_:
        sender = account.choose_sender(service, to, message.serial, is_mms=message.mms)
        account.assign(message, sender)
    if to in opted_out or account.opt_outs.refuses(to, message.from_, service):
        raise RefusedError(21610)
    return account.queues.reserve(message.from_, message.segments, message.start)
