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

from .entries import Entry
from .states import State

__all__ = ["Rows", "Store"]

T = TypeVar("T")


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

    def forget_counts(self, now: float, *, spent_before: float) -> None:
        """Drop counts whose time is over, and spent sids from before a moment."""
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
