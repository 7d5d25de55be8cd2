"""Where an outbox keeps its keys: what a store promises, whatever it is made of.

A store runs functions over its rows, each in a transaction of its own or together with others. The
rules (`rules.py`) are such functions, so a store has none. One that keeps its rows in a server, such
as PostgreSQL, needs a table for `Entry`, one for counts, and transactions that are serial for a key:
it may run a function again when the server says that two of them met.

What every store must promise:

* **Durable on return.** When `write` returns, what the function wrote outlives the process and the
  machine's power. If it raises, the function had no effect, or one that `rows.lives` will turn into
  "its owner is dead"; then nothing may be sent.
* **Serial.** Two functions that write never see half of each other, in any process.
* **Owners.** Each store object has an owner's name, new each time that it begins. `Rows.lives` says
  of any owner whether its process still holds it: a process id says nothing, since they are used
  again. A child process that was forked is another owner than its parent.
* **Secret.** Random bytes, drawn once for all users of the same rows: key of all hashes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol, TypeVar

from ..settling.attempts import OpenAttempt
from ..settling.states import State
from .entries import Entry, Former

__all__ = ["Alone", "Beside", "Rows", "Store"]

T = TypeVar("T")


class Beside(Protocol):
    """What the stores that stand beside one say of sends to some numbers."""

    @property
    def attempts(self) -> Sequence[OpenAttempt]:
        """Their open attempts to these numbers."""
        ...

    @property
    def readable(self) -> bool:
        """Whether all could be read; else nothing can be concluded."""
        ...

    def claimed(self, sids: Collection[str]) -> set[str]:
        """Those of these sids that are theirs."""
        ...

    def close(self) -> None:
        """Let them go."""
        ...


class Alone:
    """No store stands beside it."""

    attempts: Sequence[OpenAttempt] = ()
    readable: bool = True

    def claimed(self, sids: Collection[str]) -> set[str]:
        """None of them."""
        return set()

    def close(self) -> None:
        """There is nothing to let go."""


class Rows(Protocol):
    """A store's rows, within a transaction. Not to be kept beyond it."""

    @property
    def owner(self) -> str:
        """Whose claims are made here."""
        ...

    def lives(self, owner: str) -> bool:
        """Whether an owner is still there."""
        ...

    def get(self, key: str) -> Entry | None:
        """A key, or None."""
        ...

    def put(self, entry: Entry) -> None:
        """Write a key, be it new or not."""
        ...

    def remove(self, key: str) -> None:
        """Forget a key."""
        ...

    def in_states(self, states: Sequence[State]) -> list[Entry]:
        """All keys in these states, open ones; the oldest first."""
        ...

    def some(self, after: int, limit: int) -> tuple[list[Entry], int]:
        """Up to so many keys past a mark, in the store's own order, and the mark to go on from."""
        ...

    def by_state(self) -> dict[State, int]:
        """How many keys there are by state."""
        ...

    def owned(self, sids: Collection[str]) -> set[str]:
        """Those of these sids that are some key's, or were."""
        ...

    def spend(self, sid: str, at: float) -> None:
        """Remember the sid of a key that is forgotten."""
        ...

    def counted(self, subject: bytes, since: float) -> int:
        """Messages counted for a subject after a moment."""
        ...

    def count(self, subject: bytes, at: float, until: float, key: str, attempt: int) -> None:
        """Count a key's attempt for a subject; it may be forgotten after *until*."""
        ...

    def give_back(self, key: str, attempt: int) -> None:
        """Take the counts of an attempt back."""
        ...

    def tidy(self, now: float, *, spent_before: float) -> None:
        """Drop counts whose time is over, and spent sids and former attempts from before a moment."""
        ...

    def leave(self, former: Former) -> None:
        """Keep an attempt whose key is sent again."""
        ...

    def former(self) -> list[Former]:
        """All attempts whose keys were sent again."""
        ...

    def drop(self, former: Former) -> None:
        """Forget such an attempt: it is known what became of it."""
        ...

    def see(self, at: float) -> None:
        """Remember a time of Twilio's that is past; an earlier one than was seen changes nothing."""
        ...

    def seen(self) -> float | None:
        """The latest time of Twilio's that was remembered."""
        ...

    def created(self, since: float, until: float, limit: int) -> list[Entry]:
        """Accepted keys whose message Twilio took between two moments, the latest first."""
        ...

    def with_sids(self, sids: Collection[str]) -> list[Entry]:
        """The keys that have these sids."""
        ...

    def beside(self, to: Collection[str], realm: str) -> Beside:
        """What other stores that stand beside this one say of sends to some numbers.

        Asked while the folder's lock is held; whoever asks closes it.

        Args:
            to: recipients.
            realm: the account and region, or origin, whose list is read.
        """
        ...


class Store(Protocol):
    """Keys, durable and shared."""

    @property
    def pending(self) -> int:
        """Functions that were asked for and are not done."""
        ...

    async def secret(self) -> bytes:
        """The key of all hashes; opens the store where it is not open.

        Raises:
            LedgerError: the store can't be opened.
        """
        ...

    async def read(self, work: Callable[[Rows], T]) -> T:
        """Run a function that only reads.

        Raises:
            LedgerError: the store failed.
        """
        ...

    async def conclude(self, work: Callable[[Rows], T]) -> T:
        """As `write`, under the lock of all stores that stand beside each other.

        Raises:
            LedgerError: the store failed.
        """
        ...

    async def write(self, work: Callable[[Rows], T]) -> T:
        """Run a function; what it wrote is durable on return.

        Raises:
            LedgerError: nothing may be sent on the strength of it.
        """
        ...

    def post(self, work: Callable[[Rows], object]) -> None:
        """Run a function without waiting for it, as when the loop ends; a failure is logged."""
        ...

    async def aclose(self) -> None:
        """Do what was asked for, and let the owner go. Using the store again begins anew."""
        ...

    def abandon(self) -> None:
        """Let go as a kill would: what was asked for and is not durable never will be."""
        ...
