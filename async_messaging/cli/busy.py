"""One line that says what a command is busy with, while nothing else is to be shown."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.text import Text

from .progress import Progress, clock_of
from .screen import Screen

__all__ = ["Busy"]


class Busy(Progress[str]):
    """Shows a line, and how long it has taken: an async context manager around the work.

    Args:
        screen: where to show it; only a terminal that can replace lines gets it.
        doing: gives the line.
        quiet: show nothing.
    """

    def __init__(self, screen: Screen, doing: Callable[[], str], *, quiet: bool = False) -> None:
        begun = time.monotonic()
        super().__init__(
            screen,
            "panel" if screen.is_live and not quiet else "none",
            lambda: f"{doing()}  {clock_of(time.monotonic() - begun)}",
            draw=lambda line, _: Text(line, no_wrap=True, overflow="ellipsis"),
            line=str,
        )
