"""The ledger against a model: any order of calls, kills and take-overs gives what the model gives.

The model is the ledger in memory. It could be wrong in the same way, so what must hold whatever the
order is also checked on the rows themselves: final states stay, READY is entered again by permitted
ways only, claims are granted once, no row is lost.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from async_messaging.campaigns.ledger import Ledger
from async_messaging.campaigns.rows import Claim, Note, Outcome, Row, outcome_of
from async_messaging.errors import LedgerError
from async_messaging.settling.states import FINAL, TRANSITIONS, State
from async_messaging.testing import FakeClock
from tests.unit.campaigns.ledgers import (
    Keeper,
    MemoryKeeper,
    SQLiteKeeper,
    all_rows,
    events_of,
    number_of,
    sealed,
    sid_of,
    wrong_in,
)

T = TypeVar("T")
ROWS = 4
rows = st.integers(1, ROWS)
sids = st.integers(1, 6)
outcomes: st.SearchStrategy[State] = st.sampled_from(["ACCEPTED", "REJECTED", "READY", "UNKNOWN"])
found: st.SearchStrategy[State] = st.sampled_from(["ACCEPTED", "READY", "HELD", "SKIPPED"])


class LedgerAgainstModel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FakeClock()
        self.keepers: list[Keeper] = [
            SQLiteKeeper(Path(self.folder.name), self.clock),
            MemoryKeeper(self.clock),
        ]
        self.ledgers: list[Ledger] = [self.run(sealed_one(keeper)) for keeper in self.keepers]
        self.claims: list[Claim] = []
        self.seen: list[Row] = []
        self.before: dict[int, Row] = {}
        self.pending = False
        self.look()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def look(self) -> list[dict[int, Row]]:
        """All rows of both, without their tokens; looking makes outcomes durable."""
        dumps = [self.run(all_rows(ledger)) for ledger in self.ledgers]
        bare = [{n: replace(row, token="") for n, row in dump.items()} for dump in dumps]
        self.seen.extend(bare[0].values())
        del self.seen[: -8 * ROWS]
        return bare

    def both(self, name: str, *arguments: Any) -> Any:
        """Call a method of both, and compare."""
        return self.alike(lambda ledger: getattr(ledger, name)(*arguments))

    def alike(self, ask: Callable[[Ledger], Coroutine[Any, Any, T]]) -> T:
        """Ask both the same, and compare."""
        answers = [self.run(ask(ledger)) for ledger in self.ledgers]
        assert plain(answers[0]) == plain(answers[1])
        self.pending = False
        return answers[0]

    @rule(data=st.data())
    def claim(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self.seen))
        claim = self.both("intend", row)
        if claim is not None:
            key = (claim.row, claim.attempt)
            assert key not in {(old.row, old.attempt) for old in self.claims}, "claimed twice"
            self.claims.append(claim)

    @rule(data=st.data(), state=outcomes, sid=sids, wait=st.sampled_from([None, 5.0]))
    def finish(self, data: st.DataObject, state: State, sid: int, wait: float | None) -> None:
        if self.claims:
            claim = data.draw(st.sampled_from(self.claims))
            for ledger in self.ledgers:
                ledger.record(self.outcome(claim, state, sid, wait))
            self.pending = True  # nobody looks now: looking would make it durable

    def outcome(self, claim: Claim, state: State, sid: int, wait: float | None) -> Outcome:
        now = self.clock.time()
        return outcome_of(
            claim,
            state,
            now,
            sid=sid_of(sid) if state == "ACCEPTED" else "",
            code=21610 if state == "REJECTED" else None,
            not_before=None if wait is None else now + wait,
        )

    @rule(data=st.data(), state=found, sid=sids)
    def settle(self, data: st.DataObject, state: State, sid: int) -> None:
        row = data.draw(st.sampled_from(self.seen))
        if (row.state, state) in TRANSITIONS and row.state in {"UNKNOWN", "HELD"}:
            facts = {"sid": sid_of(sid)} if state == "ACCEPTED" else {"error": "why"}
            self.both("settle", [outcome_of(row, state, self.clock.time(), **facts)])

    @rule(data=st.data())
    def skip(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self.seen))
        self.both("skip", [row], "suppressed", self.clock.time())

    @rule(row=rows)
    def stop(self, row: int) -> None:
        self.tell(Note(kind="stop", at=self.clock.time(), to=number_of(row)))

    @rule(row=rows, sid=sids, status=st.sampled_from(["sent", "delivered"]))
    def receipt(self, row: int, sid: int, status: str) -> None:
        self.tell(
            Note(kind="receipt", at=self.clock.time(), row=row, sid=sid_of(sid), status=status)
        )

    def tell(self, note: Note) -> None:
        self.pending = False
        for keeper, ledger in zip(self.keepers, self.ledgers, strict=True):
            token = self.run(all_rows(ledger))[max(1, note.row)].token
            keeper.post([replace(note, token=token)])
            assert len(self.run(ledger.take_in())) == 1

    @rule(seconds=st.sampled_from([0.01, 1.0, 60.0]))
    def time_passes(self, seconds: float) -> None:
        self.run(self.clock.advance(seconds))
        self.both("drain")

    @rule(flush=st.booleans())
    def end_and_go_on(self, flush: bool) -> None:
        for place, ledger in enumerate(self.ledgers):
            self.run(ledger.close(flush=flush))
            self.ledgers[place] = self.run(self.keepers[place].open())
        self.pending = False

    @rule(data=st.data(), state=outcomes, sid=sids)
    def usurp(self, data: st.DataObject, state: State, sid: int) -> None:
        """Another run takes over while this one lives: what it still writes is refused."""
        dead, self.ledgers = self.ledgers, [self.run(keeper.usurp()) for keeper in self.keepers]
        self.pending = False
        self.settled()
        before = self.look()
        for ledger in dead:
            if self.claims:
                claim = data.draw(st.sampled_from(self.claims))
                ledger.record(self.outcome(claim, state, sid, None))
            for act in (ledger.intend(self.seen[-1]), ledger.drain(), ledger.close()):
                refused(self.run, act)
        assert self.look() == before

    def settled(self) -> None:
        """Compare the two, and both with what they were before."""
        dumps = self.look()
        assert dumps[0] == dumps[1]
        assert sorted(dumps[0]) == list(range(1, ROWS + 1))
        for number, row in dumps[0].items():
            check_step(self.before.get(number), row)
        self.before = dumps[0]

    @invariant()
    def the_ledger_is_as_the_model(self) -> None:
        if self.pending:
            return
        self.settled()
        assert self.alike(wrong_in) == []
        assert self.both("counts").total == ROWS
        assert plain(self.alike(events_of)) is not None
        self.both("ready", 0)
        self.both("due", self.clock.time())
        self.both("next_due")

    def teardown(self) -> None:
        for ledger in self.ledgers:
            self.run(ledger.close())
        self.loop.close()
        self.folder.cleanup()


async def sealed_one(keeper: Keeper) -> Ledger:
    return await sealed(await keeper.create(), ROWS)


def plain(value: Any) -> Any:
    """Without tokens, which differ."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    return replace(value, token="") if isinstance(value, Row | Claim) else value


def refused(run: Any, act: Coroutine[Any, Any, object]) -> None:
    try:
        run(act)
    except LedgerError as error:
        assert "another run" in str(error)  # noqa: PT017 - one of three may find nothing to do
    else:
        raise AssertionError("a dead run was let in")


def check_step(before: Row | None, after: Row) -> None:
    """One look to the next: several steps may lie between, but no final state was left."""
    if before is None:
        return
    if before.state in FINAL:
        assert (after.state, after.sid, after.attempt) == (
            before.state,
            before.sid,
            before.attempt,
        )
    assert (after.state == "ACCEPTED") == bool(after.sid)
    assert before.attempt <= after.attempt <= before.attempt + 1
    if after.state == "READY" and before.state != "READY":
        assert after.not_before is not None


TestLedgerAgainstModel = LedgerAgainstModel.TestCase
TestLedgerAgainstModel.settings = settings(
    max_examples=30,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
