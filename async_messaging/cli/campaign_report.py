"""What a campaign has come to: for people, and as one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from rich.text import Text

from ..campaigns.rows import Reason
from .campaign_figures import Standing
from .progress import STYLES
from .screen import Screen, aligned
from .tally import Where

__all__ = [
    "moving_text",
    "reason_lines",
    "reasons_record",
    "show_report",
    "standing_record",
    "totals_lines",
]

_NAMES = ("accepted", "refused", "skipped", "being checked", "held", "in flight", "to go")
_LEFT_OUT = frozenset({"being checked", "in flight"})
_OUTCOMES = {
    "rejected": "refused",
    "unknown": "being checked",
    "held": "held",
    "skipped": "skipped",
}


def totals_lines(standing: Standing) -> list[str]:
    """Rows by what is known of them; what is only there while a run goes on may be left out."""
    named = [(name, getattr(standing, name.replace(" ", "_"))) for name in _NAMES]
    shown = [(name, f"{n:,}") for name, n in named if n or name not in _LEFT_OUT]
    shown.append(("rows", f"{standing.total:,}"))
    names, counts = zip(*shown, strict=True)
    return aligned([names, counts], right=range(len(names)))


def reason_lines(reasons: Sequence[Reason], width: int) -> list[str]:
    """Why rows are not accepted, as a table."""
    if not reasons:
        return []
    rows = [
        (f"{why.rows:,}", _OUTCOMES.get(why.state, why.state), str(why.code or ""), why.error)
        for why in reasons
    ]
    return aligned([("rows", "outcome", "code", "why"), *rows], right=(0,), width=width)


def moving_text(moving: int) -> str:
    """How many accepted messages are still on their way, in a sentence."""
    if not moving:
        return "Every accepted message has its final status."
    messages = "1 accepted message has" if moving == 1 else f"{moving:,} accepted messages have"
    return f"{messages} no final status that is known: Twilio may still deliver."


def standing_record(standing: Standing) -> dict[str, object]:
    """Rows by what is known of them, as ``--json`` prints it."""
    return {name: getattr(standing, name) for name in standing.__struct_fields__}


def reasons_record(reasons: Sequence[Reason]) -> list[dict[str, object]]:
    """Why rows are not accepted, as ``--json`` prints it."""
    return [
        {
            "outcome": _OUTCOMES.get(why.state, why.state).replace(" ", "_"),
            "code": why.code,
            "why": why.error,
            "rows": why.rows,
        }
        for why in reasons
    ]


def show_report(
    screen: Screen,
    where: Where | str,
    sentences: Sequence[str],
    standing: Standing,
    reasons: Sequence[Reason],
    figures: Sequence[tuple[str, str]],
) -> None:
    """Print how a campaign stands, or how its run ended."""
    width = screen.width - 2
    blocks = [totals_lines(standing), reason_lines(reasons, width), aligned(figures, width=width)]
    lines = [str(where), *(line for said in sentences for line in wrap(said, screen.width))]
    for block in blocks:
        lines += ["", *(f"  {line}" for line in block)] if block else []
    for line in lines:
        text = Text(line)
        for word, style in STYLES.items():
            text.highlight_regex(rf"(?:^|  ){word}(?:  |$)", style)
        screen.put(text)
