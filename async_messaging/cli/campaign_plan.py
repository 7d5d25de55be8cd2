"""What a campaign is about to do, for the person who decides it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from textwrap import wrap

import msgspec
from msgspec import UNSET

from ..campaigns.content import Content
from ..campaigns.reading import LedgerView
from ..campaigns.rows import Facts, Reason
from ..client import ClientView
from ..codec.masking import mask_number
from ..errors import InvalidInput, MessagingError
from ..models import MessageDraft
from .campaign_figures import all_reasons
from .progress import clock_of
from .screen import aligned, indented
from .tally import Where

_SHOWN_SENDERS = 5
_MOST_SENDERS = 400


class Pool(msgspec.Struct, frozen=True):
    """The senders of a messaging service, or why they could not be read."""

    service: str
    senders: tuple[str, ...] = ()
    trouble: str = ""


class Example(msgspec.Struct, frozen=True):
    """The first message that will go out; its text is for the screen only."""

    row: int
    to: str
    text: str


class ShownPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the plan shows; *rate* in segments a second."""

    where: Where
    facts: Facts
    ledger: str
    rows: int
    to_send: int
    segments: int
    skipped: tuple[Reason, ...] = ()
    pool: Pool | None = None
    rate: float | None = None
    example: Example | None = None

    @property
    def duration(self) -> float | None:
        """Seconds that it takes at the rate."""
        return None if self.rate is None else self.segments / self.rate


def plan_of(
    view: LedgerView, ledger: str, where: Where, rate: float | None, pool: Pool | None
) -> ShownPlan:
    """The plan of a ledger."""
    facts = view.facts()
    to_send, segments = view.to_go()
    return ShownPlan(
        where=where,
        facts=facts,
        ledger=ledger,
        rows=view.counts().total,
        to_send=to_send,
        segments=segments,
        skipped=tuple(reason for reason in all_reasons(view) if reason.state == "skipped"),
        pool=pool,
        rate=facts.rate if rate is None else rate,
        example=_example(view, facts),
    )


def _example(view: LedgerView, facts: Facts) -> Example | None:
    row = next(view.rows("READY"), None)
    if row is None:
        return None
    try:
        draft = Content(facts.plan, facts.campaign).draft(row)
    except InvalidInput as error:
        return Example(row.row, mask_number(row.to), f"({error})")
    return Example(row.row, mask_number(row.to), _text_of(draft))


def _text_of(draft: MessageDraft) -> str:
    parts: list[str] = []
    if draft.body is not UNSET:
        parts.append(draft.body)
    if draft.content_sid is not UNSET:
        parts.append(f"content {draft.content_sid}")
    if draft.media_url is not UNSET:
        parts.append(f"with {len(draft.media_url)} media")
    return "\n".join(parts)


async def pool_of(client: ClientView, sender: str | None) -> Pool | None:
    """The senders of a messaging service; None where the sender is none."""
    if sender is None or not sender.startswith("MG"):
        return None
    service = client.services(sender)
    try:
        numbers, codes, names = await asyncio.gather(
            service.phone_numbers.list(limit=_MOST_SENDERS),
            service.short_codes.list(limit=_MOST_SENDERS),
            service.alpha_senders.list(limit=_MOST_SENDERS),
        )
    except MessagingError as error:
        return Pool(sender, trouble=str(error))
    found = (
        *(number.phone_number for number in numbers),
        *(code.short_code for code in codes),
        *(name.alpha_sender for name in names),
    )
    return Pool(sender, tuple(sender for sender in found if sender))


def plan_lines(plan: ShownPlan, width: int) -> list[str]:
    """The plan, line by line."""
    stored = plan.facts.plan
    skipped = plan.rows - plan.to_send
    names = ["rows", "to send", "segments", "skipped"]
    counts = [f"{n:,}" for n in (plan.rows, plan.to_send, plan.segments, skipped)]
    return [
        str(plan.where),
        f"Campaign {stored.name} in {plan.ledger}, from {stored.source}",
        "",
        *indented(aligned([names, counts], right=range(4))),
        "",
        *indented(_reasons(plan.skipped, width - 2)),
        *indented(aligned(_facts(plan), width=width - 2)),
        *_example_lines(plan.example, width),
    ]


def _reasons(skipped: Sequence[Reason], width: int) -> list[str]:
    if not skipped:
        return []
    rows = [("rows", "skipped because"), *((f"{r.rows:,}", r.error) for r in skipped)]
    return [*aligned(rows, right=(0,), width=width), ""]


def _facts(plan: ShownPlan) -> list[tuple[str, str]]:
    rows = [("sender", plan.facts.plan.sender or "named by each row")]
    if plan.pool is not None:
        rows.append(("pool", _senders(plan.pool)))
    if plan.rate is not None and plan.duration is not None:
        rows.append(("takes", f"{clock_of(plan.duration)} at {plan.rate:,g} segments/s"))
    return rows


def _senders(pool: Pool) -> str:
    if pool.trouble:
        return f"its senders can't be read: {pool.trouble}"
    if not pool.senders:
        return "EMPTY: the service has no sender, so every message will be refused"
    more = len(pool.senders) - _SHOWN_SENDERS
    shown = ", ".join(pool.senders[:_SHOWN_SENDERS])
    return f"{shown} and {more} more" if more > 0 else shown


def _example_lines(example: Example | None, width: int) -> list[str]:
    if example is None:
        return []
    text = [part for line in example.text.split("\n") for part in wrap(line, width - 4) or [""]]
    return ["", f"  row {example.row} to {example.to}:", *(f"    {line}" for line in text)]


def plan_record(plan: ShownPlan) -> dict[str, object]:
    """The plan as ``--json`` prints it, without numbers or texts of rows."""
    stored, pool = plan.facts.plan, plan.pool
    return {
        "campaign": stored.name,
        "ledger": plan.ledger,
        "where": plan.where.kind.lower(),
        "origin": plan.where.origin,
        "account": plan.where.account,
        "source": stored.source,
        "rows": plan.rows,
        "to_send": plan.to_send,
        "segments": plan.segments,
        "skipped": plan.rows - plan.to_send,
        "reasons": [{"reason": r.error, "rows": r.rows} for r in plan.skipped],
        "sender": stored.sender,
        "pool": None if pool is None else list(pool.senders),
        "pool_trouble": None if pool is None else pool.trouble or None,
        "rate": plan.rate,
        "duration": None if plan.duration is None else round(plan.duration, 3),
    }
