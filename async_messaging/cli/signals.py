"""Ctrl-C and SIGTERM during a bulk send: the first drains, the second gives up waiting."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

__all__ = ["signals_handled"]

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def signals_handled(first: Callable[[], None], second: Callable[[], None]) -> Generator[None]:
    """Call *first* on the first signal and *second* on the next; those ignored stay ignored."""
    loop = asyncio.get_running_loop()
    actions = iter((first, second))

    def act() -> None:
        next(actions, _nothing)()

    taken: list[signal.Signals] = []
    for name in _NAMES:
        number: signal.Signals | None = getattr(signal, name, None)
        if number is None or signal.getsignal(number) is signal.SIG_IGN:
            continue
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, act)
            taken.append(number)
    try:
        yield
    finally:
        for number in taken:
            loop.remove_signal_handler(number)


def _nothing() -> None:
    """A third signal adds nothing: the end is near."""
