"""The rules, clause by clause."""

from __future__ import annotations

import math
from typing import Any

import pytest

from async_messaging.settling.attempts import SendOptions, Verdict
from async_messaging.settling.rules import TOO_OLD
from tests.unit.settling.scenes import (
    BEN,
    OTHER,
    SERVICE,
    SETTLE,
    TEXT,
    attempt,
    judge,
    live,
    message,
    one,
    reading,
)


def test_a_message_with_the_same_text_is_evidence_at_once() -> None:
    found = message()
    assert one(attempt(), found, at=11.0) == Verdict("accepted", found.sid, "same text")


def test_nothing_listed_is_a_negative_once_it_must_be_listed() -> None:
    due = 10.0 + SETTLE
    assert one(attempt(), at=due) == Verdict("absent", None, "not listed", counts=True)
    assert one(attempt(), at=due - 0.001) == Verdict("absent", None, "not listed", counts=False)


@pytest.mark.parametrize(
    "changes",
    [
        {"direction": "inbound"},
        {"direction": "outbound-reply"},
        {"to": BEN},
        {"from_": "+15005550009"},
        {"created": -4},
        {"created": 10 + 60 + 3},
    ],
    ids=str,
)
def test_who_is_no_candidate(changes: dict[str, Any]) -> None:
    assert one(attempt(), message(**changes)).finding == "absent"


@pytest.mark.parametrize(
    "changes",
    [
        {"created": -3},
        {"created": 10 + 60 + 2},
        {"created": None},
        {"from_": None},
        {"from_": "rcs:brand"},
        {"messaging_service_sid": SERVICE},
        {"date_created_text": "yesterday"},
    ],
    ids=str,
)
def test_who_is_a_candidate(changes: dict[str, Any]) -> None:
    assert one(attempt(), message(**changes)).finding == "accepted"


def test_a_service_that_was_named_is_compared_where_twilio_shows_one() -> None:
    sent = attempt(sender=None, service=SERVICE)
    other = message(messaging_service_sid="MG" + "6" * 32)
    assert one(sent, other).finding == "absent"
    assert one(sent, message(messaging_service_sid=SERVICE)).finding == "accepted"
    assert one(sent, message()).finding == "accepted"


def test_the_window_is_as_wide_as_the_two_clocks_of_twilio_differ() -> None:
    early = message(created=-10)
    assert judge([attempt()], reading(early))["a"].finding == "absent"
    assert judge([attempt()], reading(early), allowance=9.0)["a"].finding == "accepted"


def test_a_sid_that_belongs_to_another_send_is_evidence_of_nothing() -> None:
    found = message()
    assert one(attempt(), found, claimed={found.sid}).finding == "absent"


def test_a_call_under_way_is_waited_for() -> None:
    assert one(live()) == Verdict("wait", why="live")


@pytest.mark.parametrize("text", [OTHER, "", "Your order 4711 is"])
def test_a_message_is_no_evidence_by_its_existence(text: str) -> None:
    verdict = one(attempt(), message(text))
    assert verdict == Verdict("undecided", None, "candidates", counts=True)


def test_an_undecided_look_counts_once_it_is_due() -> None:
    assert not one(attempt(), message(OTHER), at=100.0).counts


def test_a_text_that_contains_it_is_evidence() -> None:
    found = message(f"{TEXT} Reply STOP to unsubscribe.")
    assert one(attempt(), found) == Verdict("accepted", found.sid, "like text")


def test_a_text_like_it_beside_one_that_differs_decides_nothing() -> None:
    assert one(attempt(), message(f"{TEXT} STOP"), message(OTHER)).finding == "undecided"


def test_two_texts_like_it_are_one_too_many() -> None:
    assert one(attempt(), message(f"{TEXT} STOP"), message(f"{TEXT} Bye")).finding == "undecided"


def test_the_same_text_with_other_media_is_a_text_like_it() -> None:
    found = message(num_media=1)
    assert one(attempt(), found) == Verdict("accepted", found.sid, "like text")
    assert one(attempt(media=1), found) == Verdict("accepted", found.sid, "same text")


def test_an_exclusive_sender_makes_any_message_evidence() -> None:
    unknown = attempt(text=None, options=SendOptions.CONTENT)
    found = message(OTHER)
    assert one(unknown, found).finding == "undecided"
    exclusive = attempt(text=None, options=SendOptions.CONTENT, exclusive=True)
    assert one(exclusive, found) == Verdict("accepted", found.sid, "like text")
    two = [exclusive, attempt("b", text=None, exclusive=True)]
    assert {v.finding for v in judge(two, reading(found)).values()} == {"undecided"}


def test_a_hint_that_is_listed_is_certain_whatever_its_text_and_date() -> None:
    found = message(OTHER, created=-500)
    assert one(attempt(hint=found.sid), found) == Verdict("accepted", found.sid, "hint")


def test_a_hint_is_never_absent_and_nothing_else_settles_it() -> None:
    sent = attempt(hint="SM" + "f" * 32)
    assert one(sent) == Verdict("undecided", None, "hint", counts=True)
    assert one(sent, message()).finding == "undecided"


def test_a_hint_that_belongs_to_another_send_settles_nothing() -> None:
    found = message()
    assert one(attempt(hint=found.sid), found, claimed=[found.sid]).finding == "undecided"
    assert one(attempt(hint=found.sid), message(to=BEN, sid=found.sid)).finding == "undecided"


def test_a_hint_that_two_have_is_nobodys() -> None:
    found = message()
    sent = [attempt("a", hint=found.sid), attempt("b", hint=found.sid)]
    assert {v.finding for v in judge(sent, reading(found)).values()} == {"undecided"}


def test_a_blind_attempt_is_settled_by_a_hint_alone() -> None:
    found = message()
    blind = attempt(bounds="blind", begun=-math.inf)
    assert one(blind, found) == Verdict("undecided", None, "blind", counts=True)
    assert one(blind, message(f"{TEXT} STOP")) == Verdict("undecided", None, "blind", counts=True)
    assert one(attempt(bounds="blind", hint=found.sid), found).finding == "accepted"
    assert one(blind).finding == "absent"


def test_times_of_a_wall_clock_are_good_for_the_same_text_only() -> None:
    wall = attempt(bounds="wall", begun=-3600, ended=3610)
    assert one(wall, message()).finding == "accepted"
    assert one(wall, message(f"{TEXT} STOP"), at=9000.0).finding == "undecided"


@pytest.mark.parametrize(
    ("sent", "changes", "why"),
    [
        (attempt(), {"hides": True}, "hidden"),
        (attempt(options=SendOptions.HIDDEN), {}, "hidden"),
        (attempt(to="whatsapp:+5215512345678"), {}, "hidden"),
        (attempt(), {"complete": False}, "incomplete"),
        (attempt(), {"canaries_missing": 1}, "lags"),
        (attempt(), {"at": 11 + TOO_OLD}, "old"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_when_absence_says_nothing(sent: Any, changes: dict[str, Any], why: Any) -> None:
    verdict = judge([sent], reading(**changes))[sent.key]
    assert verdict == Verdict("undecided", None, why, counts=True)


def test_absence_is_a_negative_up_to_an_age() -> None:
    assert one(attempt(ended=10), at=10 + TOO_OLD).finding == "absent"


@pytest.mark.parametrize(
    "shown", [None, "+1415555XXXX", "+1415*****00", "+1...0100", "+1XX555XX00"]
)
def test_a_masked_number_is_compared_in_what_it_shows(shown: str | None) -> None:
    assert one(attempt(), message(to=shown)).finding == "accepted"


@pytest.mark.parametrize("shown", ["+1415555XXX7", "+44****", "anonymous", "(415)"])
def test_a_masked_number_that_shows_another_is_no_candidate(shown: str) -> None:
    assert one(attempt(), message(to=shown)).finding == "absent"


def test_numbers_are_decided_apart() -> None:
    found = message(to=BEN)
    verdicts = judge([attempt("a"), attempt("b", to=BEN)], reading(found))
    assert verdicts["a"].finding == "absent"
    assert verdicts["b"].sid == found.sid


def test_every_attempt_has_a_verdict_and_no_message_two() -> None:
    sent = [attempt(n, begun=n, ended=n + 1) for n in range(40)]
    listed = [message(created=n) for n in range(0, 40, 2)]
    verdicts = judge(sent, reading(*listed))
    sids = [v.sid for v in verdicts.values() if v.sid]
    assert len(verdicts) == len(sent)
    assert sorted(sids) == sorted(m.sid for m in listed)
    assert {v.finding for v in verdicts.values()} == {"accepted", "absent"}
