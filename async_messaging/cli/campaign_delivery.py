"""What became of accepted messages and what they cost, for people and as JSON."""

from __future__ import annotations

from ..campaigns.delivery import Billing, Delivery
from .screen import aligned

__all__ = ["billing_lines", "billing_record", "delivery_lines", "delivery_record"]


def delivery_lines(found: Delivery, width: int) -> list[str]:
    """How accepted messages fared, then why some did not arrive."""
    parts = [
        ("delivered", found.delivered),
        ("read", found.read),
        ("undelivered", found.failed),
        ("on its way", found.under_way),
        ("no report yet", found.no_report),
    ]
    shown = [(name, f"{n:,}") for name, n in parts if n or name in {"delivered", "undelivered"}]
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
    return {
        "delivered": found.delivered,
        "read": found.read,
        "undelivered": found.failed,
        "under_way": found.under_way,
        "no_report": found.no_report,
        "reasons": [
            {
                "status": part.status,
                "code": part.code,
                "rows": part.rows,
                "meaning": part.meaning,
            }
            for part in found.undelivered
        ],
    }


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
