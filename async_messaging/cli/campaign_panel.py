"""How a campaign is shown while it runs: the same lines all the time, whatever happens."""

from __future__ import annotations

from rich.text import Text

from .campaign_figures import Shot
from .progress import Part, bar, cell, clock_of, head_parts
from .tally import Where


def campaign_panel(head: Where | str, title: str, shot: Shot, ascii_only: bool = False) -> Text:
    """The live display; it fits 80 columns and keeps its shape while figures grow."""
    rows = shot.standing
    done = rows.total - rows.open
    left = "" if shot.left is None else f"  {clock_of(shot.left)} left"
    return Text.assemble(
        *head_parts(head),
        (f"{title}\n\n", "dim"),
        *cell("accepted", rows.accepted, 9),
        *cell("refused", rows.refused, 8),
        *cell("being checked", rows.being_checked, 14, end="\n"),
        *cell("held", rows.held, 9),
        *cell("skipped", rows.skipped, 8),
        *cell("to go", rows.to_go, 14, end="\n\n"),
        *_pace(shot),
        *bar(done, max(1, rows.total), ascii_only=ascii_only),
        f"  {clock_of(shot.elapsed)}{left}\n",
        f"  delivery  {shot.delivery}\n",
        (f"  {shot.note}", "bold"),
        no_wrap=True,
        overflow="ellipsis",
    )


def _pace(shot: Shot) -> tuple[Part, ...]:
    limit = "" if shot.rate is None else f" of {shot.rate:,g}"
    throttled = "" if shot.throttled is None else f"    throttled (429) {shot.throttled:>5,}"
    return (
        f"  rate {shot.rate_now:>7,.1f}{limit} segments/s",
        f"    in flight {shot.standing.in_flight:>3}{throttled}\n",
    )


def campaign_line(shot: Shot) -> str:
    """The same figures in one line, for logs and files."""
    rows = shot.standing
    left = "" if shot.left is None else f", {clock_of(shot.left)} left"
    throttled = "" if shot.throttled is None else f", throttled {shot.throttled:,}"
    limit = "" if shot.rate is None else f" of {shot.rate:,g}"
    note = f"; {shot.note}" if shot.note else ""
    return (
        f"{clock_of(shot.elapsed)}  {rows.total - rows.open:,} of {rows.total:,} rows:"
        f" accepted {rows.accepted:,}, refused {rows.refused:,}, skipped {rows.skipped:,},"
        f" being checked {rows.being_checked:,}, held {rows.held:,}, to go {rows.to_go:,};"
        f" {shot.rate_now:,.1f}{limit} segments/s, in flight {rows.in_flight}"
        f"{throttled}{left}{note}"
    )
