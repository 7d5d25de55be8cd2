"""What became of accepted messages: delivered or not, and what they cost.

Twilio reports a message's way by status callbacks; its list tells the same, and the price once the
message is billed (`sync`). What is not billed yet is estimated from what is, by segment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

from ..codec.codes import facts_of
from ..codec.statuses import FINAL_STATUSES
from ..models.shown import Shown
from ..storage.sqlite import understood
from .reading import LedgerView

_ARRIVED = ("delivered", "read")


class Undelivered(Shown, frozen=True, kw_only=True):
    """Messages that ended alike, and not with the recipient.

    Attributes:
        status: ``undelivered``, ``failed`` or ``canceled``.
        code: Twilio's error code.
        rows: how many there are.
        meaning: what the code stands for, empty if that is not known.
    """

    status: str
    code: int | None
    rows: int
    meaning: str = ""


class Delivery(Shown, frozen=True, kw_only=True):
    """Accepted messages by what is known of their way; each is counted once.

    Attributes:
        delivered: the carrier says that they arrived; those that were read are among them.
        read: the recipient has read them.
        undelivered: those that did not arrive, the most frequent reason first.
        under_way: Twilio has reported something, but nothing final.
        no_report: nothing is known since they were accepted.
    """

    delivered: int = 0
    read: int = 0
    undelivered: tuple[Undelivered, ...] = ()
    under_way: int = 0
    no_report: int = 0

    @property
    def failed(self) -> int:
        """All that did not arrive."""
        return sum(part.rows for part in self.undelivered)

    @property
    def known(self) -> bool:
        """Whether anything was reported at all."""
        return bool(self.delivered or self.undelivered or self.under_way)


class Billing(Shown, frozen=True, kw_only=True):
    """What accepted messages cost.

    Attributes:
        billed: the sum of the prices that Twilio has named, by currency; above 0.
        billed_rows: messages that have a price.
        open_rows: messages that have none yet.
        estimated: what those may cost, by segment as the billed ones did; None where the billed
            ones say nothing: there are none, or in several currencies.
    """

    billed: Mapping[str, Decimal]
    billed_rows: int = 0
    open_rows: int = 0
    estimated: Decimal | None = None


def delivery_of(view: LedgerView) -> Delivery:
    """The way of a campaign's messages; reads the whole ledger."""
    counts: Counter[str] = Counter()
    lost: Counter[tuple[str, int | None]] = Counter()
    with understood("ledger"):
        for status, code, is_reported, rows in view.all("delivery"):
            if status in _ARRIVED:
                counts["delivered"] += rows
                counts["read"] += rows if status == "read" else 0
            elif status in FINAL_STATUSES:
                lost[status, code] += rows
            else:
                counts["under_way" if is_reported else "no_report"] += rows
    return Delivery(**counts, undelivered=tuple(_undelivered(lost)))


def _undelivered(lost: Counter[tuple[str, int | None]]) -> Iterable[Undelivered]:
    for (status, code), rows in lost.most_common():
        facts = None if code is None else facts_of(code)
        meaning = facts.meaning if facts else ""
        yield Undelivered(status=status, code=code, rows=rows, meaning=meaning)


def billing_of(view: LedgerView) -> Billing:
    """What a campaign's messages cost; reads the whole ledger."""
    billed: Counter[str] = Counter()
    sums: dict[str, Decimal] = {}
    segments = {"billed": 0, "open": 0}
    with understood("ledger"):
        for price, unit, size, rows in view.all("billing"):
            part = "open" if price is None else "billed"
            billed[part] += rows
            segments[part] += (size or 1) * rows
            if price is not None:
                sums[unit or ""] = sums.get(unit or "", Decimal()) - Decimal(price) * rows
    estimated = None
    if len(sums) == 1 and segments["open"]:
        (total,) = sums.values()
        estimated = (total / segments["billed"] * segments["open"]).quantize(Decimal("0.0001"))
    return Billing(
        billed=sums,
        billed_rows=billed["billed"],
        open_rows=billed["open"],
        estimated=estimated,
    )
