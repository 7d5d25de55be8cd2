"""Whatever happens in whatever order, both stores say the same, and no key sends out of turn."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from async_messaging import MemoryStore, Message, SqliteStore
from async_messaging.outbox.attempts import OutboxAttempts
from async_messaging.outbox.entries import Entry, Evidence, Limit, Wanted
from async_messaging.outbox.file import Rows
from async_messaging.outbox.rules import bury, claim, decide, finish, forget_expired
from async_messaging.outbox.store import Store
from async_messaging.settling.attempts import Change, Standing
from async_messaging.settling.states import OPEN, State

NAMES = "ab"
TO, REALM = "+14155550100", "AC us1"
KEYS = st.sampled_from(NAMES)
PLACES = st.integers(0, 1)
ENDS: tuple[State, ...] = (
    "UNKNOWN",
    "UNKNOWN",
    "UNKNOWN",
    "UNKNOWN",
    "ACCEPTED",
    "REJECTED",
    "READY",
)
FOUND: tuple[State, ...] = ("HELD", "HELD", "ACCEPTED", "READY", "SKIPPED", "UNKNOWN")


class Kept(RuleBasedStateMachine):
    """Two owners in memory and two on a file, told the same."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "o"
        first = MemoryStore()
        self.kinds: list[list[Store]] = [
            [first, MemoryStore(beside=first)],
            [SqliteStore(path), SqliteStore(path)],
        ]
        self.owners: list[dict[str, str]] = [{"": ""}, {"": ""}]
        self.now = 1000.0
        self.sids = 0
        self.owned: set[str] = set()
        self.claims: list[tuple[Entry, Entry]] = []

    def teardown(self) -> None:
        for kind in self.kinds:
            for store in kind:
                self.runner.run(store.aclose())
        self.runner.close()
        self.folder.cleanup()

    def ask(self, place: int, *works: Callable[[Rows], Any]) -> Any:
        """Tell both kinds, each in its own words where owners are named; their one answer."""
        answers = []
        for kind, stores in enumerate(self.kinds):
            name = self.runner.run(stores[place].read(lambda rows: rows.owner))
            self.owners[kind].setdefault(name, f"owner {len(self.owners[kind])}")
            answer = self.runner.run(stores[place].write(works[kind % len(works)]))
            answers.append(self.plain(kind, answer))
        assert answers[0] == answers[1]
        return answers[0]

    def plain(self, kind: int, answer: Any) -> Any:
        """An answer without what two stores draw at random."""
        if isinstance(answer, Entry):
            return replace(answer, owner=self.owners[kind][answer.owner])
        if hasattr(answer, "entry"):
            return answer.verdict, answer.rule, self.plain(kind, answer.entry)
        if isinstance(answer, list):
            return [self.plain(kind, one) for one in answer]
        return answer

    def each(self, key: str) -> list[Entry | None]:
        """A key as each kind has it."""
        return [self.runner.run(kind[0].read(lambda rows: rows.get(key))) for kind in self.kinds]

    @rule(seconds=st.sampled_from([1.0, 30.0, 5000.0]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @rule(
        place=PLACES,
        key=KEYS,
        digest=st.sampled_from([b"1", b"1", b"2"]),
        repeat=st.booleans(),
        knows=st.booleans(),
    )
    def call(self, place: int, key: str, digest: bytes, repeat: bool, knows: bool) -> None:
        before = self.each(key)[0]
        wanted = Wanted(
            key=key,
            digest=digest,
            evidence=Evidence(realm=REALM, to=TO),
            now=self.now,
            since=self.now if knows else None,
            ttl=60.0,
            attempt_time=5.0,
            repeat=repeat,
            limits=(Limit("per_number", b"n", 4, 100.0),),
        )
        verdict, blocked_by, after = self.ask(place, partial(claim, wanted=wanted))
        if verdict == "send":
            expired = before is not None and before.expires_at <= self.now
            fresh = before is None or (expired and before.state not in OPEN)
            free = before is not None and before.state == "READY" and before.digest == digest
            again = before is not None and repeat and before.state in {"UNKNOWN", "INTENT"}
            assert fresh or free or again
            assert after.state == "INTENT"
            memory, file = self.each(key)
            assert memory is not None
            assert file is not None
            self.claims.append((memory, file))
        assert (verdict == "blocked") is bool(blocked_by)

    @precondition(lambda self: self.claims)
    @rule(place=PLACES, which=st.integers(1, 3), state=st.sampled_from(ENDS), same=st.booleans())
    def end(self, place: int, which: int, state: State, same: bool) -> None:
        claims = self.claims[-which % len(self.claims)]
        self.sids += not same
        sid = f"SM{self.sids}" if state == "ACCEPTED" else ""
        self.ask(
            place,
            *(
                partial(
                    finish,
                    ended=replace(
                        entry,
                        state=state,
                        ended_at=self.now,
                        sid=sid,
                        evidence=replace(entry.evidence, latest=self.now),
                    ),
                )
                for entry in claims
            ),
        )

    @rule(place=PLACES, state=st.sampled_from(FOUND), looks=st.integers(0, 2))
    def settle(self, place: int, state: State, looks: int) -> None:
        self.sids += 1
        message = Message(sid=f"SM{self.sids}") if state == "ACCEPTED" else None

        def decide_all(standing: Standing) -> list[Change]:
            return [
                Change(
                    attempt=one,
                    state=None if state == "UNKNOWN" else state,
                    message=message,
                    looks=looks,
                )
                for one in standing.attempts
                if not one.live
            ][:1]

        states = []
        for kind in self.kinds:
            attempts = OutboxAttempts(kind[place], REALM, lambda: self.now, frozenset())
            changes = self.runner.run(attempts.conclude((TO,), decide_all))
            states.append([(change.attempt.key, change.state) for change in changes])
        assert states[0] == states[1]

    @rule(place=PLACES, key=KEYS, state=st.sampled_from(["READY", "SKIPPED"]))
    def decide(self, place: int, key: str, state: State) -> None:
        entry = self._first(key)
        held = entry is not None and entry.state == "HELD"
        assert self.ask(place, partial(decide, key=key, state=state, now=self.now)) is held

    @rule(place=PLACES)
    def die(self, place: int) -> None:
        for kind in self.kinds:
            kind[place].abandon()

    @rule(place=PLACES, knows=st.booleans())
    def notice_deaths(self, place: int, knows: bool) -> None:
        self.ask(place, partial(bury, now=self.now, until=self.now if knows else None))

    @rule(place=PLACES, ahead=st.sampled_from([0.0, 0.0, 1e6]))
    def purge(self, place: int, ahead: float) -> None:
        def work(rows: Rows) -> int:
            return forget_expired(rows, rows.some(0, 100)[0], self.now + ahead, self.now)

        before = [entry for entry in map(self._first, NAMES) if entry is not None]
        self.ask(place, work)
        for entry in before:
            if entry.state in OPEN or entry.expires_at > self.now:
                assert self._first(entry.key) is not None

    def _first(self, key: str) -> Entry | None:
        return self.each(key)[0]

    @invariant()
    def both_have_the_same(self) -> None:
        for key in NAMES:
            found = self.each(key)
            plain = [self.plain(kind, entry) for kind, entry in enumerate(found)]
            assert plain[0] == plain[1]

    @invariant()
    def keys_and_messages_are_counted(self) -> None:
        entries = [entry for entry in map(self._first, NAMES) if entry is not None]
        assert self.ask(0, lambda rows: rows.by_state()) == Counter(one.state for one in entries)
        owned = self.ask(
            0, lambda rows: sorted(rows.owned({f"SM{n}" for n in range(self.sids + 1)}))
        )
        assert {entry.sid for entry in entries if entry.sid} <= set(owned)
        assert self.owned <= set(owned)  # those of keys that are forgotten too
        self.owned = set(owned)
        assert self.ask(0, lambda rows: rows.counted(b"n", self.now - 100)) <= 4

    @invariant()
    def numbers_stay_only_while_an_outcome_is_open(self) -> None:
        for entry in map(self._first, NAMES):
            assert entry is None or bool(entry.evidence.to) is (entry.state in OPEN)


TestKept = Kept.TestCase
TestKept.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
