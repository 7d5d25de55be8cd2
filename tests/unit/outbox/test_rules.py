"""The rules of a key, one by one, over rows that nobody else has: what is claimed, ended, forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from msgspec.structs import replace

from async_messaging.outbox import rules
from async_messaging.outbox.entries import (
    NO_EVIDENCE,
    Claim,
    Entry,
    Evidence,
    Former,
    Limit,
    Wanted,
)
from async_messaging.outbox.file import Rows, open_in_memory
from async_messaging.settling.likeness import PrintOf
from async_messaging.settling.states import OPEN, State
from tests.unit.settling.scenes import sid_of

NOW = 1_700_000_000.0
SINCE = NOW - 5
DAY = 86_400.0
KEPT = 425 * DAY
KEY = "order-1"
SENT = Evidence(
    to="+14155550100", sender="+15005550006", print=PrintOf(b"k").text("Hi"), realm="AC1"
)
WANTED = Wanted(
    key=KEY, digest=b"d", evidence=SENT, now=NOW, since=SINCE, ttl=60.0, attempt_time=45.0
)
CLAIMED = Entry(
    key=KEY,
    digest=b"d",
    state="INTENT",
    attempt=1,
    owner="me",
    ttl=60.0,
    expires_at=NOW + 60,
    intent_at=NOW,
    grace=45.0,
    evidence=replace(SENT, earliest=SINCE),
)
ANSWER = replace(CLAIMED, state="ACCEPTED", sid=sid_of(1), ended_at=NOW + 2, status="queued")


@pytest.fixture
def living() -> set[str]:
    """Other owners whose process lives."""
    return set()


@pytest.fixture
def rows(living: set[str]) -> Iterator[Rows]:
    with closing(open_in_memory(NOW)) as connection:
        yield Rows(connection, None, "me", living.__contains__)


def kept(rows: Rows) -> Entry:
    found = rows.get(KEY)
    assert found is not None
    return found


def put(rows: Rows, state: State, **changes: Any) -> Entry:
    """A key in a state, with what the schema wants of it."""
    final: dict[str, Any] = {} if state in OPEN else {"evidence": NO_EVIDENCE}
    sid = {"sid": sid_of(1)} if state == "ACCEPTED" else {}
    made = replace(CLAIMED, state=state, **{**final, **sid, **changes})
    rows.put(made)
    return made


def test_a_new_key_is_claimed_with_all_that_settling_needs(rows: Rows) -> None:
    assert rules.claim(rows, WANTED) == Claim("send", CLAIMED)
    assert kept(rows) == CLAIMED
    assert rows.seen() == SINCE


def test_a_key_lasts_from_the_later_of_both_clocks(rows: Rows) -> None:
    found = rules.claim(rows, replace(WANTED, since=NOW + 30))
    assert found.entry.expires_at == NOW + 30 + 60
    assert found.entry.evidence.earliest == NOW + 30


def test_twilios_time_is_asked_for_before_the_first_send_of_all(rows: Rows) -> None:
    unknown = replace(WANTED, since=None)
    asked = rules.claim(rows, unknown)
    assert (asked.verdict, asked.entry.key) == ("time", KEY)
    assert rows.get(KEY) is None
    sent = rules.claim(rows, replace(unknown, asked=True))
    assert (sent.verdict, sent.entry.evidence.earliest) == ("send", None)
    assert rows.seen() is None


def test_a_time_that_another_saw_will_do(rows: Rows) -> None:
    rows.see(SINCE)
    sent = rules.claim(rows, replace(WANTED, since=None))
    assert (sent.verdict, sent.entry.evidence.earliest) == ("send", SINCE)


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ("INTENT", "under_way"),
        ("UNKNOWN", "unknown"),
        ("HELD", "unknown"),
        ("ACCEPTED", "known"),
        ("REJECTED", "known"),
        ("SKIPPED", "known"),
    ],
)
def test_a_key_that_was_claimed_tells_how_it_stands(rows: Rows, state: State, verdict: str) -> None:
    entry = put(rows, state)
    assert rules.claim(rows, WANTED) == Claim(verdict, entry)  # type: ignore[arg-type]
    assert rules.claim(rows, replace(WANTED, digest=b"other")) == Claim("reused", entry)
    assert kept(rows) == entry


def test_a_claim_whose_owner_died_is_unknown_and_one_whose_owner_lives_is_not(
    rows: Rows, living: set[str]
) -> None:
    entry = put(rows, "INTENT", owner="other")
    living.add("other")
    assert rules.claim(rows, WANTED) == Claim("under_way", entry)
    assert rules.is_under_way(rows, KEY)
    living.clear()
    assert not rules.is_under_way(rows, KEY)
    dead = replace(entry, state="UNKNOWN", ended_at=NOW, error=rules.DEAD)
    assert rules.claim(rows, WANTED) == Claim("unknown", dead)
    assert kept(rows) == dead
    assert not rules.is_under_way(rows, KEY)
    assert not rules.is_under_way(rows, "nobody's")


def test_what_is_unknown_is_sent_again_on_request_and_goes_on_competing(rows: Rows) -> None:
    entry = put(rows, "UNKNOWN", hint=sid_of(7), negatives=1)
    found = rules.claim(rows, replace(WANTED, repeat=True))
    assert found == Claim("send", replace(CLAIMED, attempt=2))
    assert rows.former() == [Former(key=KEY, attempt=1, hint=sid_of(7), evidence=entry.evidence)]
    held = put(rows, "HELD")
    assert rules.claim(rows, replace(WANTED, repeat=True)) == Claim("unknown", held)


def test_an_expired_key_is_a_new_one_once_twilios_time_says_so_too(rows: Rows) -> None:
    put(rows, "ACCEPTED", sid=sid_of(1), expires_at=NOW - 10, attempt=3, ended_at=NOW - 70)
    other = replace(WANTED, digest=b"other")
    assert rules.claim(rows, replace(other, since=NOW - 11)).verdict == "reused"
    assert rules.claim(rows, replace(other, since=None)).verdict == "time"
    assert rules.claim(rows, replace(other, since=None, now=NOW - 10)).verdict == "time"
    found = rules.claim(rows, replace(other, since=NOW - 10))
    assert (found.verdict, found.entry.attempt, found.entry.digest) == ("send", 4, b"other")
    assert rows.owned([sid_of(1)]) == {sid_of(1)}
    rows.tidy(NOW, spent_before=NOW - 70)
    assert rows.owned([sid_of(1)]) == {sid_of(1)}
    rows.tidy(NOW, spent_before=NOW - 69)
    assert rows.owned([sid_of(1)]) == set()


@pytest.mark.parametrize("state", ["INTENT", "UNKNOWN", "HELD"])
def test_what_is_open_does_not_expire(rows: Rows, state: State) -> None:
    entry = put(rows, state, expires_at=NOW - 100)
    assert rules.claim(rows, WANTED).entry == entry
    assert rules.forget_expired(rows, [entry], NOW, SINCE) == 0
    assert kept(rows) == entry


def test_a_limit_counts_what_was_claimed_and_what_never_went_out_is_given_back(rows: Rows) -> None:
    limit = Limit("one a minute", b"s", 1, 60.0)
    wanted = replace(WANTED, limits=(limit,))
    assert rules.claim(rows, wanted).verdict == "send"
    second = replace(wanted, key="order-2", now=NOW + 59, since=NOW)
    blocked = rules.claim(rows, second)
    assert (blocked.verdict, blocked.rule, rows.get("order-2")) == ("blocked", "one a minute", None)
    assert blocked.entry.key == "order-2"
    rows.tidy(NOW + 59, spent_before=0.0)
    assert rows.counted(b"s", NOW - 1) == 1
    rules.withdraw(rows, KEY, NOW + 1)
    assert not rules.finish(rows, CLAIMED)  # a claim is no end, of what is READY neither
    assert rules.claim(rows, second).verdict == "send"
    assert rules.claim(rows, replace(wanted, key="order-3", now=NOW + 60)).verdict == "blocked"
    rows.tidy(NOW + 119, spent_before=0.0)
    assert rows.counted(b"s", NOW) == 0
    forbidden = replace(wanted, key="order-4", forbidden="quiet hours")
    assert rules.claim(rows, forbidden).rule == "quiet hours"


def test_what_is_final_keeps_what_shows_how_texts_are_stored_and_no_number(rows: Rows) -> None:
    rules.claim(rows, WANTED)
    assert rules.finish(rows, ANSWER)
    expected = replace(
        ANSWER,
        expires_at=NOW + 62,
        evidence=replace(SENT, to="", earliest=SINCE),
    )
    assert kept(rows) == expected
    refused = replace(ANSWER, key="order-2", state="REJECTED", sid="", code=21211)
    rules.claim(rows, replace(WANTED, key="order-2"))
    assert rules.finish(rows, refused)
    assert rows.get("order-2") == replace(refused, expires_at=NOW + 62, evidence=NO_EVIDENCE)


@pytest.mark.parametrize(
    "changes", [{"owner": "other"}, {"attempt": 2}, {"key": "nobody's"}, {"state": "INTENT"}]
)
def test_an_outcome_of_another_claim_changes_nothing(rows: Rows, changes: dict[str, Any]) -> None:
    rules.claim(rows, WANTED)
    assert not rules.finish(rows, replace(ANSWER, **changes))
    assert kept(rows) == CLAIMED


def test_what_is_final_is_not_ended_again(rows: Rows) -> None:
    accepted = put(rows, "ACCEPTED", sid=sid_of(1))
    assert not rules.finish(rows, replace(ANSWER, state="REJECTED", sid=""))
    assert kept(rows) == accepted


@pytest.mark.parametrize(("before", "after"), [("INTENT", "UNKNOWN"), ("UNKNOWN", "HELD")])
def test_a_message_that_is_another_keys_accepts_nothing(
    rows: Rows, before: State, after: State
) -> None:
    put(rows, "ACCEPTED", key="order-2")
    put(rows, before)
    assert not rules.finish(rows, ANSWER)
    found = kept(rows)
    assert (found.state, found.sid, found.hint) == (after, "", sid_of(1))
    assert found.error == rules.NOT_OURS


def test_a_held_key_stays_held_whatever_message_is_said_to_be_its_own(rows: Rows) -> None:
    put(rows, "ACCEPTED", key="order-2")
    held = put(rows, "HELD")
    assert not rules.finish(rows, ANSWER)
    assert kept(rows) == held


def test_an_attempt_that_ends_unknown_keeps_its_bounds_and_the_first_end(rows: Rows) -> None:
    rules.claim(rows, WANTED)
    told = Evidence(earliest=SINCE + 1, latest=NOW + 40)
    lost = replace(CLAIMED, state="UNKNOWN", ended_at=NOW + 30, error="lost", evidence=told)
    assert rules.finish(rows, lost)
    found = kept(rows)
    assert (found.evidence.earliest, found.evidence.latest) == (SINCE + 1, NOW + 40)
    assert (found.ended_at, found.expires_at, found.error) == (NOW + 30, NOW + 90, "lost")
    rows.put(replace(found, negatives=1, looks=1, looked_at=NOW + 50))
    other = Evidence(earliest=SINCE, latest=NOW + 99)
    held = replace(lost, state="HELD", ended_at=NOW + 80, hint=sid_of(3), evidence=other)
    assert rules.finish(rows, held)
    found = kept(rows)
    assert (found.evidence.earliest, found.evidence.latest) == (SINCE + 1, NOW + 40)
    assert (found.ended_at, found.expires_at) == (NOW + 30, NOW + 140)
    assert (found.negatives, found.looks, found.looked_at) == (1, 1, NOW + 50)
    assert rules.finish(rows, replace(ANSWER, sid=sid_of(3), ended_at=NOW + 200))
    assert (kept(rows).ended_at, kept(rows).hint) == (NOW + 200, "")


@pytest.mark.parametrize("owner", ["me", "other"])
def test_only_own_claims_are_withdrawn_and_given_up(rows: Rows, owner: str) -> None:
    entry = put(rows, "INTENT", owner=owner)
    rules.give_up(rows, KEY, NOW + 9, NOW + 7)
    left = replace(
        entry,
        state="UNKNOWN",
        ended_at=NOW + 9,
        error=rules.LEFT,
        evidence=replace(entry.evidence, latest=NOW + 7 + 45),
    )
    assert kept(rows) == (left if owner == "me" else entry)
    rows.put(entry)
    rules.withdraw(rows, KEY, NOW + 9)
    ready = replace(entry, state="READY", ended_at=NOW + 9, evidence=NO_EVIDENCE)
    assert kept(rows).state == ("READY" if owner == "me" else "INTENT")
    assert kept(rows) == (replace(ready, evidence=kept(rows).evidence) if owner == "me" else entry)


def test_what_is_given_up_without_twilios_time_has_no_end_yet(rows: Rows) -> None:
    put(rows, "INTENT")
    rules.give_up(rows, KEY, NOW + 9, None)
    assert (kept(rows).state, kept(rows).evidence.latest) == ("UNKNOWN", None)
    rules.give_up(rows, "nobody's", NOW, None)
    rules.withdraw(rows, "nobody's", NOW)


def test_the_dead_are_buried_and_their_ends_dated(rows: Rows, living: set[str]) -> None:
    living.add("alive")
    for key, owner in (("a", "alive"), ("b", "dead"), ("c", "me"), ("d", "dead too")):
        rows.put(replace(CLAIMED, key=key, owner=owner))
    rows.put(replace(CLAIMED, key="e", owner="alive", state="UNKNOWN"))
    dated = replace(CLAIMED.evidence, latest=NOW - 1)
    rows.put(replace(CLAIMED, key="f", owner="dead", state="HELD", evidence=dated))
    assert rules.bury(rows, NOW + 9, None) == 2
    assert {key: entry.state for key in "abcdef" if (entry := rows.get(key))} == {
        "a": "INTENT",
        "b": "UNKNOWN",
        "c": "INTENT",
        "d": "UNKNOWN",
        "e": "UNKNOWN",
        "f": "HELD",
    }
    buried = rows.get("b")
    assert buried is not None
    assert (buried.ended_at, buried.error, buried.evidence.latest) == (NOW + 9, rules.DEAD, None)
    assert rules.bury(rows, NOW + 9, NOW + 8) == 0
    assert {key: entry.evidence.latest for key in "abcdef" if (entry := rows.get(key))} == {
        "a": None,
        "b": NOW + 8 + 45,
        "c": None,
        "d": NOW + 8 + 45,
        "e": NOW + 8 + 45,
        "f": NOW - 1,
    }


@pytest.mark.parametrize("state", ["UNKNOWN", "HELD"])
def test_a_time_that_is_learned_later_dates_an_attempt(rows: Rows, state: State) -> None:
    put(rows, state, evidence=SENT)
    rules.date(rows, KEY, 1, NOW - 3, NOW + 3)
    assert (kept(rows).evidence.earliest, kept(rows).evidence.latest) == (NOW - 3, NOW + 3)
    rules.date(rows, KEY, 1, NOW - 9, NOW + 9)
    assert (kept(rows).evidence.earliest, kept(rows).evidence.latest) == (NOW - 3, NOW + 3)
    rules.date(rows, KEY, 1, NOW - 1, NOW + 1)
    assert (kept(rows).evidence.earliest, kept(rows).evidence.latest) == (NOW - 1, NOW + 3)
    before = kept(rows)
    rules.date(rows, KEY, 2, NOW, NOW)
    rules.date(rows, "nobody's", 1, NOW, NOW)
    assert kept(rows) == before


def test_an_attempt_that_is_not_open_is_not_dated(rows: Rows) -> None:
    entry = put(rows, "INTENT", evidence=SENT)
    rules.date(rows, KEY, 1, NOW, NOW)
    assert kept(rows) == entry


@pytest.mark.parametrize("state", ["READY", "SKIPPED"])
def test_a_person_decides_what_is_held(rows: Rows, state: State) -> None:
    entry = put(rows, "HELD", hint=sid_of(7))
    assert rules.decide(rows, KEY, state, NOW + 5)
    found = kept(rows)
    assert (found.state, found.ended_at, found.error) == (state, NOW + 5, "a person decided")
    assert len(rows.former()) == (state == "READY")
    assert not rules.decide(rows, KEY, state, NOW + 6)
    assert not rules.decide(rows, "nobody's", state, NOW + 6)
    assert kept(rows) == found
    if state == "READY":
        assert rows.former() == [
            Former(key=KEY, attempt=1, hint=sid_of(7), evidence=entry.evidence)
        ]


def test_a_key_can_not_go_where_no_way_leads(rows: Rows) -> None:
    entry = put(rows, "ACCEPTED")
    with pytest.raises(AssertionError, match="no key goes from ACCEPTED to INTENT"):
        rules.moved(rows, entry, replace(entry, state="INTENT"))
    assert kept(rows) == entry


def test_what_has_expired_is_forgotten_and_old_evidence_before_it(rows: Rows) -> None:
    evidence = replace(SENT, to="")
    old = replace(ANSWER, key="old", expires_at=NOW, evidence=evidence)
    lasting = replace(ANSWER, key="lasting", sid=sid_of(2), expires_at=NOW + 2 * DAY)
    aged = replace(lasting, ended_at=NOW - DAY, evidence=evidence)
    fresh = replace(
        aged, key="fresh", sid=sid_of(3), ended_at=NOW - DAY + 1, expires_at=NOW + 2 * DAY
    )
    for entry in (old, aged, fresh):
        rows.put(entry)
    every = [old, aged, fresh]
    assert rules.forget_expired(rows, every, NOW, NOW - 1) == 0
    assert rules.forget_expired(rows, every, NOW - 1, NOW) == 0
    assert (rows.get("old"), rows.get("lasting")) == (old, aged)
    assert rules.forget_expired(rows, every, NOW, NOW) == 1
    assert rows.get("old") is None
    assert rows.get("lasting") == replace(aged, evidence=NO_EVIDENCE)
    assert rows.get("fresh") == fresh
    assert rows.owned([sid_of(1)]) == {sid_of(1)}


def test_a_spent_sid_is_kept_as_long_as_twilio_may_list_it(rows: Rows) -> None:
    rows.spend(sid_of(1), NOW)
    rules.forget_expired(rows, [], NOW + KEPT, NOW + KEPT)
    assert rows.owned([sid_of(1)]) == {sid_of(1)}
    rules.forget_expired(rows, [], NOW + KEPT + 1, NOW + KEPT + 1)
    assert rows.owned([sid_of(1)]) == set()


def test_an_end_tells_more_than_its_claim(rows: Rows) -> None:
    put(rows, "INTENT", negatives=1, looks=1, looked_at=NOW, evidence=replace(SENT, latest=NOW + 9))
    told = Evidence(earliest=NOW + 500, latest=NOW + 3)
    assert rules.finish(rows, replace(CLAIMED, state="UNKNOWN", evidence=told))
    assert (kept(rows).evidence.latest, kept(rows).expires_at) == (NOW + 3, NOW + 560)
    assert rules.finish(rows, ANSWER)
    assert (kept(rows).negatives, kept(rows).looks, kept(rows).looked_at) == (0, 0, None)
