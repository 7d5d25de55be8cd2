"""How a long command is shown while it runs: a calm panel on a terminal, plain lines elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Generic, Literal, Self, TypeVar

from rich.live import Live
from rich.text import Text

from .screen import Screen
from .tally import Shot, Where

S = TypeVar("S")

Mode = Literal["panel", "lines", "none"]

Part = str | tuple[str, str]
"""A piece of a panel: text, or text and its style."""

STYLES = {
    "LIVE": "bold red",
    "SIMULATOR": "bold cyan",
    "DRY RUN": "bold green",
    "accepted": "green",
    "refused": "yellow",
    "unknown": "magenta",
    "being checked": "magenta",
    "held": "red",
    "not sent": "yellow",
    "invalid": "red",
}

_FRAME = 0.25
_LINE_EVERY = 5.0
_BAR_WIDTH = 42


def put_styled(screen: Screen, lines: Iterable[str]) -> None:
    """Print the lines, with the colours of their outcomes."""
    for line in lines:
        text = Text(line)
        for word, style in STYLES.items():
            text.highlight_regex(rf"(?:^|  ){word}(?:  |$)", style)
        screen.put(text)


def panel(head: Where | str, title: str, shot: Shot, ascii_only: bool = False) -> Text:
    """The live display; it fits 80 columns and keeps its shape while figures grow.

    One text and nothing nested: drawing it takes a millisecond of the loop that sends.
    """
    left = "" if shot.left is None else f"  {clock_of(shot.left)} left"
    throttled = "" if shot.throttled is None else f"    throttled (429) {shot.throttled:>5,}"
    return Text.assemble(
        *_head(head),
        (f"{title}\n\n", "dim"),
        *_cells(shot.figures),
        f"\n  rate {shot.rate_now:>7,.1f}{_limit(shot)} segments/s",
        f"    in flight {shot.in_flight:>3}{throttled}\n",
        *_bar(shot.done, shot.total, ascii_only=ascii_only),
        f"  {clock_of(shot.elapsed)}{left}\n",
        "" if shot.delivery is None else f"  delivery  {shot.delivery}\n",
        (f"  {shot.note}", "bold"),
        no_wrap=True,
        overflow="ellipsis",
    )


def _head(head: Where | str) -> tuple[Part, ...]:
    if isinstance(head, str):
        return (f"{head}\n",)
    return (head.kind, STYLES[head.kind]), f"{str(head).removeprefix(head.kind)}\n"


def _cells(figures: dict[str, int | None]) -> Iterator[Part]:
    """Three in a line, below each other."""
    names = list(figures)
    for place, name in enumerate(names):
        width = max(map(len, names[place % 3 :: 3])) + 1
        yield f"  {name:<{width}}", STYLES.get(name, "")
        yield f"{_number(figures[name]):>10}", "bold"
        yield "\n" if place % 3 == 2 else "   "


def _number(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def _limit(shot: Shot) -> str:
    return "" if shot.rate is None else f" of {shot.rate:,g}"


def _bar(done: int, total: int | None, *, ascii_only: bool) -> tuple[Part, ...]:
    """How much is done, drawn and in percent."""
    if total is None:
        return (f"  {done:,} rows",)
    share = min(1.0, done / max(1, total))
    full = int(share * _BAR_WIDTH)
    drawn, rest = ("#", ".") if ascii_only else ("\u2501", "\u2500")
    return (
        "  ",
        (drawn * full, "green"),
        (rest * (_BAR_WIDTH - full), "dim"),
        f"  {int(share * 100):>3}%",
    )


def plain_line(shot: Shot) -> str:
    """The same figures in one line, for logs and files."""
    rows = f"{shot.done:,} rows" if shot.total is None else f"{shot.done:,} of {shot.total:,} rows"
    figures = ", ".join(f"{name} {_number(rows)}" for name, rows in shot.figures.items())
    throttled = "" if shot.throttled is None else f", throttled {shot.throttled:,}"
    left = "" if shot.left is None else f", {clock_of(shot.left)} left"
    note = f"; {shot.note}" if shot.note else ""
    return (
        f"{clock_of(shot.elapsed)}  {rows}: {figures}; {shot.rate_now:,.1f}{_limit(shot)}"
        f" segments/s, in flight {shot.in_flight}{throttled}{left}{note}"
    )


def clock_of(seconds: float) -> str:
    """Minutes and seconds, hours where there are any: ``0:07``, ``1:02:33``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def mode_for(screen: Screen, *, no_progress: bool, verbose: bool) -> Mode:
    """A panel where lines can be replaced and no log comes between them."""
    if no_progress:
        return "none"
    return "panel" if screen.is_live and not verbose else "lines"


class Progress(Generic[S]):
    """Shows something while it runs: an async context manager around it.

    Args:
        draw: makes a panel of a shot; told whether the terminal knows ASCII only.
        head: lines that are put once before the others, where there is no panel.
        every: seconds between two lines; one that says the same as the last is left out.
    """

    def __init__(
        self,
        screen: Screen,
        mode: Mode,
        shoot: Callable[[], S],
        draw: Callable[[S, bool], Text],
        line: Callable[[S], str],
        head: Sequence[str] = (),
        every: float = _LINE_EVERY,
    ) -> None:
        self._screen = screen
        self._shoot = shoot
        self._draw = draw
        self._line = line
        self._head = head
        self._every = every
        self._last = ""
        self._live = self._new_live() if mode == "panel" else None
        self._lines = mode == "lines"
        self._task: asyncio.Task[None] | None = None

    def _new_live(self) -> Live:
        return Live(
            console=self._screen,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    async def __aenter__(self) -> Self:
        self._shoot()  # the first figures are what later rates are counted from
        if self._lines:
            for line in self._head:
                self._screen.put(line)
        if self._live is not None:
            self._live.start()
        self._task = asyncio.create_task(self._keep_showing())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
        with suppress(OSError):
            self._show()
            if self._live is not None:
                self._live.stop()

    async def _keep_showing(self) -> None:
        due = time.monotonic()
        while True:
            await asyncio.sleep(_FRAME)
            if self._live is not None or time.monotonic() - due >= self._every:
                due = time.monotonic()
                self._show()

    def _show(self) -> None:
        if self._lines and (line := self._line(self._shoot())) != self._last:
            self._screen.put(line)
            self._last = line
        if self._live is not None:
            with suppress(OSError):
                ascii_only = self._screen.options.ascii_only
                self._live.update(self._draw(self._shoot(), ascii_only), refresh=True)


def figures_shown(
    screen: Screen, mode: Mode, shoot: Callable[[], Shot], head: Where | str, title: str
) -> Progress[Shot]:
    """Shows the figures of what takes long, under a head and a title."""
    draw = partial(panel, head, title)
    return Progress(screen, mode, shoot, draw, plain_line, head=(str(head), title))


class Busy(Progress[str]):
    """Shows a line, and how long it has taken: an async context manager around the work."""

    def __init__(self, screen: Screen, doing: Callable[[], str], *, quiet: bool = False) -> None:
        begun = time.monotonic()
        super().__init__(
            screen,
            "panel" if screen.is_live and not quiet else "none",
            lambda: f"{doing()}  {clock_of(time.monotonic() - begun)}",
            draw=lambda line, _: Text(line, no_wrap=True, overflow="ellipsis"),
            line=str,
        )
