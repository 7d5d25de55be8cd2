"""What a campaign has come to: for people, and as one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from msgspec.structs import asdict

from ..campaigns.delivery import Billing, Delivery
from ..campaigns.rows import Reason
from .campaign_figures import Standing, fates
from .progress import put_styled
from .screen import Screen, aligned, indented
from .tally import Where

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
        lines += ["", *indented(block)] if block else []
    put_styled(screen, lines)


def delivery_lines(found: Delivery, width: int) -> list[str]:
    """How accepted messages fared, then why some did not arrive."""
    shown = [
        (name, f"{n:,}") for name, n in fates(found) if n or name in {"delivered", "undelivered"}
    ]
    if len(shown) == 2 and not found.known:
        return []  # nothing was accepted
    names, counts = zip(*shown, strict=True)
    lines = aligned([names, counts], right=range(len(names)))
    if found.undelivered:
        table = [("rows", "status", "code", "meaning")]
        table += [
            (f"{part.rows:,}", part.status, str(part.code or ""), part.meaning)
            for part in found.undelivered
        ]
        lines += ["", *aligned(table, right=(0,), width=width)]
    return lines


def delivery_record(found: Delivery) -> dict[str, object]:
    """How accepted messages fared, as ``--json`` prints it."""
    reasons = [asdict(part) for part in found.undelivered]
    return {**asdict(found), "undelivered": found.failed, "reasons": reasons}


def billing_lines(found: Billing) -> list[str]:
    """What is billed, and what the rest may cost."""
    rows = [
        (f"billed {amount:,f} {unit}".rstrip(), f"{found.billed_rows:,} messages")
        for unit, amount in found.billed.items()
    ]
    if found.billed and found.open_rows:
        unit = next(iter(found.billed))
        about = "" if found.estimated is None else f" about {found.estimated:,f} {unit}"
        rows.append((f"not yet billed{about}".rstrip(), f"{found.open_rows:,} messages"))
    return aligned(rows) if rows else []


def billing_record(found: Billing) -> dict[str, object]:
    """What messages cost, as ``--json`` prints it."""
    return {
        "billed": {unit: f"{amount:f}" for unit, amount in found.billed.items()},
        "billed_rows": found.billed_rows,
        "estimated": None if found.estimated is None else f"{found.estimated:f}",
        "not_yet_billed": found.open_rows,
    }
