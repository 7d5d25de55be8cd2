"""Holds a campaign's ledger against what the simulator accepted."""

from __future__ import annotations

import csv
from collections import Counter

from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.rows import Row
from async_messaging.settling.states import STATES
from tests.crash.arena import Arena

__all__ = ["judge", "no_send_without_intent", "rows_of"]


def rows_of(arena: Arena) -> list[Row]:
    """All rows of the ledger, which must be sound."""
    with LedgerView(arena.ledger) as view:
        assert view.check() == []
        rows = [row for state in STATES for row in view.rows(state)]
        counts, facts = view.counts(), view.facts()
    assert counts.total == len(rows)
    if facts.rows is not None:
        assert facts.rows == len(rows) == arena.source.rows
    return rows


def judge(arena: Arena, *, altered: bool = False) -> Counter[str]:
    """The campaign is over: nothing doubled, nothing lost, each sid right; the rows by state.

    Args:
        arena: the campaign, whose `on_unknown` says what is promised.
        altered: the simulator keeps other texts, so rows may be held that were accepted.
    """
    rows, accepted = rows_of(arena), arena.messages()
    resend = arena.options["on_unknown"] == "resend"
    states = Counter(str(row.state) for row in rows)
    assert {"READY", "INTENT", "UNKNOWN"}.isdisjoint(states), states
    assert states["SKIPPED"] == arena.source.odd, states
    assert [to for to, found in accepted.items() if len(found) > 1] == []
    texts = dict(arena.source.good)
    by_number = {row.to: row for row in rows if row.state != "SKIPPED"}
    assert set(accepted) <= set(texts)
    for to, name in texts.items():
        _judge_good(by_number[to], accepted.get(to, []), f"Hi {name}!")
    held = [row for row in rows if row.state == "HELD"]
    for to in arena.source.refused:
        row = by_number[to]
        assert row.state == ("HELD" if row in held else "REJECTED")
        assert row.code == 21211 or row in held
    if resend:
        assert altered or not held, held
        assert all(accepted[row.to] for row in held), "a held row that might have been sent again"
    _judge_report(arena, held)
    return states


def _judge_good(row: Row, accepted: list[dict[str, object]], text: str) -> None:
    if row.state == "ACCEPTED":
        assert [row.sid] == [message["sid"] for message in accepted], row
    else:
        assert row.state == "HELD", row
    assert all(message["body"] == text for message in accepted)


def _judge_report(arena: Arena, held: list[Row]) -> None:
    """Every held row is named in the report."""
    path = arena.folder / "report.csv"
    Campaign.open(arena.ledger).report(path)
    with path.open(encoding="utf-8", newline="") as file:
        told = [line for line in csv.DictReader(file) if line["outcome"] == "held"]
    assert sorted(int(line["row"]) for line in told) == sorted(row.row for row in held)
    assert all(line["error"] for line in told)


def no_send_without_intent(arena: Arena) -> None:
    """Whatever the simulator accepted was announced in the ledger, durably."""
    accepted = set(arena.messages())
    if accepted:
        assert accepted <= {row.to for row in rows_of(arena) if row.attempt}
