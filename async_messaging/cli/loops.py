"""``--loop``: which event loop a command that sends many runs on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import typer

from ..errors import SettingsError

__all__ = ["Loop", "LoopName", "run_on"]

T = TypeVar("T")


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
    """Run *work* to its end on a new loop of that kind.

    Raises:
        SettingsError: uvloop is not installed.
    """
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
