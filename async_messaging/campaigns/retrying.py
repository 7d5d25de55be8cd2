"""A new campaign of what carriers did not deliver: a ledger of its own, whose rows keep their numbers.

Only what ended is sent again: messages that Twilio accepted and that are `undelivered` or `failed`
with one of the codes that were asked for. The first campaign is not changed. A row is in one retry
only: what another ledger of the folder retries already is left out, and so are people who opted out
and those whose number is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import islice
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ..clock import Clock
from ..codec.codes import facts_of
from ..errors import InvalidInput, LedgerError
from ..models.shown import Shown
from ..storage.sqlite import Durability
from .content import Content
from .importing import importing, same_campaign
from .pseudonyms import is_pseudonym
from .reading import LedgerView, asked_beside
from .rows import Facts, NewRow, Plan, Row
from .workers import OPTED_OUT, Suppressions, is_blocked

RETRIED = (30001, 30003, 30008)
"""Queue overflow, a handset out of reach, no known reason: what time alone may cure."""

NEVER = frozenset({OPTED_OUT, 30004, 30005, 30006, 30007})
"""Opted out, blocked, no such handset, a landline, filtered as unwanted: another try does harm."""

_AT_ONCE = 2_000


class RetryResult(Shown, frozen=True, kw_only=True):
    """What a retry is made of.

    Attributes:
        rows: rows of the new campaign.
        segments: their segments.
        opted_out: rows that are left out since their people want no more messages.
        retried: rows that are left out since another campaign retries them.
        gone: rows that are left out since their number was purged or forgotten.
    """

    rows: int = 0
    segments: int = 0
    opted_out: int = 0
    retried: int = 0
    gone: int = 0


def checked_codes(codes: Iterable[int]) -> tuple[int, ...]:
    """The codes, each once. None, or one that is never retried, is `InvalidInput`."""
    wanted = tuple(dict.fromkeys(codes))
    if not wanted:
        raise InvalidInput("must name at least one of Twilio's codes", field="codes")
    for code in wanted:
        facts = facts_of(code)
        if code in NEVER or (facts is not None and facts.action == "suppress_recipient"):
            meaning = facts.meaning if facts is not None else "the recipient is to be left alone"
            raise InvalidInput(f"{code} is never retried: {meaning}", field="codes")
    return wanted


async def _chosen(
    view: LedgerView,
    codes: Sequence[int],
    others: set[int],
    suppressions: Suppressions | None,
    left_out: dict[str, int],
) -> AsyncIterator[Row]:
    """The rows of a retry, in order; what is *left_out* is counted."""
    facts, opted_out = view.facts(), view.opted_out()
    content = Content(facts.plan, facts.campaign)
    for row in view.undelivered(codes):
        if row.row in others:
            left_out["retried"] += 1
        elif is_pseudonym(row.to):
            left_out["gone"] += 1
        elif row.row in opted_out or (
            suppressions is not None
            and await is_blocked(suppressions, row.to, content.draft(row).lanes)
        ):
            left_out["opted_out"] += 1
        else:
            yield row


async def retry(
    path: Path,
    target: Path,
    codes: Iterable[int] = RETRIED,
    *,
    suppressions: Suppressions | None = None,
    durability: Durability = "disk",
    clock: Clock | None = None,
) -> RetryResult:
    """Make a sealed campaign of what was not delivered; a retry that was killed is gone on with."""
    wanted = checked_codes(codes)
    with LedgerView(path) as view:
        facts = view.facts()
        others, names = _retried(facts.campaign, {path.parent, target.parent}, target)
        left_out = {"opted_out": 0, "retried": 0, "gone": 0}
        chosen = _chosen(view, wanted, others, suppressions, left_out)
        rows = [_new_row(row) async for row in chosen]
    if not rows:
        raise InvalidInput(_nothing(left_out, names), field="codes")
    plan = _plan(facts, path, target, [row.row for row in rows])
    if other := same_campaign(target.parent, plan, target):
        raise LedgerError(f"{other} sends the same to the same people")
    async with importing(target, plan, durability, clock) as ledger:
        left = iter(rows)
        while part := list(islice(left, _AT_ONCE)):
            await ledger.add(part, repeats=plan.repeats)
        await ledger.seal(plan.source_hash)
    segments = sum(row.segments for row in rows)
    return RetryResult(rows=len(rows), segments=segments, **left_out)


def _new_row(row: Row) -> NewRow:
    return NewRow(row=row.row, to=row.to, variables=row.variables, segments=row.segments)


def _nothing(left_out: dict[str, int], names: list[str]) -> str:
    if left_out["retried"]:
        return f"no row is left: {', '.join(names)} retries them already"
    said = ", ".join(f"{rows:,} {why.replace('_', ' ')}" for why, rows in left_out.items() if rows)
    return f"no row that may be retried ended with one of them{f' ({said})' if said else ''}"


def _plan(facts: Facts, path: Path, target: Path, rows: list[int]) -> Plan:
    """The first campaign's plan; its source is known by the campaign and the rows."""
    source = msgspec.json.encode([facts.campaign, rows])
    return replace(
        facts.plan,
        name=target.stem,
        source=path.name,
        source_hash=hashlib.sha256(source).hexdigest(),
        retry_of=facts.campaign,
    )


def _retried(campaign: str, folders: set[Path], target: Path) -> tuple[set[int], list[str]]:
    """Rows that other ledgers retry already, and their names."""

    def ask(view: LedgerView) -> set[int] | None:
        return view.numbers() if view.facts().plan.retry_of == campaign else None

    found = asked_beside(target, folders, ask)
    return {row for _, rows in found for row in rows}, [name for name, _ in found]
