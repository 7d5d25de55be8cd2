"""Where an outbox keeps its keys: what a store promises, whatever it is made of.

A store runs functions over its rows, each in a transaction of its own or together with others. The
rules (`rules.py`) are such functions, so a store has none.

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

from collections.abc import Callable
from typing import Protocol, TypeVar

from .file import Rows

T = TypeVar("T")


class Store(Protocol):
    """Keys, durable and shared. What fails is a `LedgerError`."""

    @property
    def pending(self) -> int:
        """Functions that were asked for and are not done."""
        ...

    async def secret(self) -> bytes:
        """The key of all hashes; opens the store where it is not open."""
        ...

    async def read(self, work: Callable[[Rows], T]) -> T:
        """Run a function that only reads."""
        ...

    async def conclude(self, work: Callable[[Rows], T]) -> T:
        """As `write`, under the lock of all stores that stand beside each other."""
        ...

    async def write(self, work: Callable[[Rows], T]) -> T:
        """Run a function; what it wrote is durable on return. If it raises, nothing may be sent on the strength of it."""
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
