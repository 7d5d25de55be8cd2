"""``--loop``: which event loop a command that sends many runs on."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import typer

from ..errors import SettingsError

T = TypeVar("T")
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class LoopName(StrEnum):
    """The event loops that there are."""

    ASYNCIO = "asyncio"
    UVLOOP = "uvloop"


Loop = Annotated[
    LoopName,
    typer.Option(
        "--loop",
        envvar="ASYNC_MESSAGING_LOOP",
        help="The event loop; uvloop comes with the extra speed.",
    ),
]


def run_on(loop: LoopName, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run *work* to its end on a new loop of that kind."""
    if loop is LoopName.ASYNCIO:
        return asyncio.run(work())
    try:
        import uvloop
    except ImportError:
        raise SettingsError(
            "uvloop is not installed: pip install 'async-messaging[speed]'"
        ) from None
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work())


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
