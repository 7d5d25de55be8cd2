"""Attempts that compete: twins, live ones, held ones, those of other stores, those of unknown text."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from async_messaging.settling.attempts import OpenAttempt, Reading, SendOptions, Sent, Verdict
from async_messaging.settling.likeness import ENOUGH, PrintOf
from tests.unit.settling.scenes import (
    DUE,
    OTHER,
    SENDER,
    SERVICE,
    TEXT,
    attempt,
    judge,
    live,
    message,
    reading,
)

LONG = f"{TEXT} Reply STOP to unsubscribe."


def findings(*sent: OpenAttempt, read: Reading) -> dict[object, str]:
    return {key: v.finding for key, v in judge(sent, read).items()}


def test_twins_are_matched_as_many_as_can_be() -> None:
    late, early = message(created=30), message(created=5)
    # The wide window reaches both; the narrow one only the early message.
    wide, narrow = attempt("wide", ended=40), attempt("narrow", ended=-50 + 10)
    verdicts = judge([wide, narrow], reading(late, early))
    assert verdicts["wide"].sid == late.sid
    assert verdicts["narrow"].sid == early.sid


def test_a_twin_that_comes_later_makes_another_take_another_message() -> None:
    # Own first: the own attempt is given the early message, until the other can have no other.
    early, late = message(created=5), message(created=80)
    own = attempt("own", ended=40)
    other = attempt("other", ended=-40, own=False)
    verdicts = judge([other, own], reading(early, late))
    assert (verdicts["own"].sid, verdicts["other"].sid) == (late.sid, early.sid)


def test_own_attempts_are_served_first() -> None:
    found = message()
    verdicts = judge([attempt("a", own=False, ended=5), attempt("b")], reading(found))
    assert verdicts["b"].sid == found.sid
    assert verdicts["a"].finding == "absent"


def test_twins_wait_until_all_are_due() -> None:
    found = message()
    sent = [attempt("a"), attempt("b", ended=20)]
    early = judge(sent, reading(found, at=10 + 121))
    assert early == {"a": Verdict("wait", why="not due"), "b": Verdict("wait", why="not due")}
    due = judge(sent, reading(found, at=20 + 120))
    assert {v.finding for v in due.values()} == {"accepted", "absent"}


@pytest.mark.parametrize("changes", [{"complete": False}, {"canaries_missing": 2}])
def test_twins_are_not_matched_by_a_list_that_may_lack_some(changes: dict[str, Any]) -> None:
    verdicts = judge([attempt("a"), attempt("b")], reading(message(), **changes))
    assert {v.finding for v in verdicts.values()} == {"undecided"}


def test_a_live_twin_may_own_the_message() -> None:
    verdicts = judge([attempt("a"), live()], reading(message()))
    assert verdicts["a"] == Verdict("wait", why="live")


@pytest.mark.parametrize("listed", [OTHER, LONG, ""])
def test_a_live_attempt_may_own_any_candidate(listed: str) -> None:
    rival = live(text=None)
    assert judge([attempt("a"), rival], reading(message(listed)))["a"].finding == "wait"


def test_a_live_attempt_is_waited_for_whatever_its_times() -> None:
    rival = attempt("live", live=True)
    assert judge([attempt("a"), rival], reading(message()))["a"] == Verdict("wait", why="live")
    unknown = attempt("live", None, live=True)
    other = judge([attempt("a"), unknown], reading(message(OTHER)))
    assert other["a"] == other["live"] == Verdict("wait", why="live")


def test_a_live_attempt_that_began_later_owns_nothing_earlier() -> None:
    found = message(created=5)
    verdicts = judge([attempt("a"), live(begun=20)], reading(found))
    assert verdicts["a"].sid == found.sid
    assert verdicts["live"].finding == "wait"


def test_a_blind_twin_is_in_the_way() -> None:
    sent = [attempt("a"), attempt("b", bounds="blind", begun=-1e6)]
    verdicts = judge(sent, reading(message()))
    assert verdicts["a"] == Verdict("undecided", why="blind", counts=True)


def test_a_held_attempt_goes_on_competing() -> None:
    read = reading(message(LONG))
    sent = [attempt("a"), attempt("b", text=None, held=True)]
    assert findings(*sent, read=read) == {"a": "undecided", "b": "undecided"}


def test_an_attempt_of_another_store_competes() -> None:
    read = reading(message(LONG))
    assert findings(attempt("a"), attempt("b", OTHER, own=False), read=read)["a"] == "accepted"
    assert findings(attempt("a"), attempt("b", None, own=False), read=read)["a"] == "undecided"


def test_more_messages_than_attempts_are_somebody_elses_too() -> None:
    verdict = judge([attempt("a")], reading(message(), message()))["a"]
    assert verdict == Verdict("undecided", why="surplus", counts=True)
    three = [message() for _ in range(3)]
    verdicts = judge([attempt("a"), attempt("b")], reading(*three))
    assert {v.why for v in verdicts.values()} == {"surplus"}


def test_the_same_text_takes_a_message_from_another_known_text() -> None:
    found = message(LONG)
    verdicts = judge([attempt("long", LONG), attempt("short")], reading(found, at=11.0))
    assert verdicts["long"].sid == found.sid
    assert verdicts["short"].finding == "absent"


def test_a_text_like_it_takes_a_message_from_texts_that_differ() -> None:
    found = message(LONG)
    verdicts = judge([attempt("a"), attempt("b", OTHER)], reading(found))
    assert verdicts["a"].sid == found.sid
    assert verdicts["b"].finding == "absent"


def test_a_text_that_is_not_known_may_be_a_twin() -> None:
    found = message()
    unknown = attempt("unknown", None, options=SendOptions.CONTENT, ended=30)
    assert judge([attempt("a"), unknown], reading(found, at=140.0))["a"].finding == "wait"
    due = judge([attempt("a"), unknown], reading(found, at=150.0))
    assert due["a"].sid == found.sid
    assert due["unknown"].finding == "absent"


def test_the_unknown_twin_counts_but_is_given_nothing() -> None:
    unknown = attempt("unknown", None, options=SendOptions.CONTENT)
    verdicts = judge([attempt("a"), unknown], reading(message(), message()))
    assert verdicts["a"].finding == "accepted"
    assert verdicts["unknown"].finding == "undecided"


def test_twins_of_texts_that_are_stored_like_theirs_are_matched() -> None:
    listed = [message(LONG, created=3), message(LONG, created=4)]
    sent = [attempt("a"), attempt("b"), attempt("c")]
    verdicts = judge(sent, reading(*listed))
    assert sorted(v.sid or "" for v in verdicts.values()) == ["", *sorted(m.sid for m in listed)]
    assert findings(*sent[:2], read=reading(*listed, at=20.0)) == {"a": "wait", "b": "wait"}


def test_a_twin_whose_window_has_no_candidate_is_not_waited_for() -> None:
    found = message(LONG, created=5)
    later = attempt("later", begun=100, ended=130)
    read = reading(found, at=DUE)
    assert findings(attempt("a"), later, read=read)["a"] == "accepted"


def test_texts_that_are_both_like_one_message_but_differ_decide_nothing() -> None:
    head, tail = "Your order 4711 is ready", "ready to be collected."
    read = reading(message(LONG))
    sent = (attempt("a", head), attempt("b", tail))
    assert findings(*sent, read=read) == {"a": "undecided", "b": "undecided"}


def test_twins_are_known_as_such_by_hashes_too() -> None:
    listed = [message(LONG, created=3), message(LONG, created=4)]
    secret = b"the outbox's"
    sent = [attempt("a", secret=secret), attempt("b"), attempt("c", secret=secret)]
    assert sorted(findings(*sent, read=reading(*listed)).values()) == [
        "absent",
        "accepted",
        "accepted",
    ]


def test_hashes_of_two_secrets_can_not_be_compared() -> None:
    listed = [message(LONG, created=3), message(LONG, created=4)]
    sent = (attempt("a", secret=b"one"), attempt("b", secret=b"two"))
    assert set(findings(*sent, read=reading(*listed)).values()) == {"undecided"}


def test_who_ended_first_has_the_message_that_was_made_first() -> None:
    late, early, undated = message(created=15), message(created=5), message(created=None)
    assert late.sid < early.sid
    first, second = attempt("first", ended=10), attempt("second", ended=20)
    verdicts = judge([second, first], reading(late, early))
    assert (verdicts["first"].sid, verdicts["second"].sid) == (early.sid, late.sid)
    verdicts = judge([second, first], reading(early, undated))
    assert (verdicts["first"].sid, verdicts["second"].sid) == (undated.sid, early.sid)


def test_an_attempt_without_a_candidate_keeps_no_other_from_its_own() -> None:
    like = message(LONG, created=80)
    verdicts = judge([attempt("none", ended=5), attempt("one", ended=40)], reading(like))
    assert verdicts["one"] == Verdict("accepted", like.sid, "like text")
    assert verdicts["none"].finding == "absent"


def test_twins_that_share_no_candidate_do_not_wait_for_each_other() -> None:
    like = message(LONG)
    verdicts = judge([attempt("a"), live("b", begun=5000)], reading(like))
    assert verdicts["a"] == Verdict("accepted", like.sid, "like text")


@pytest.mark.parametrize(
    ("changes", "why"), [({"complete": False}, "incomplete"), ({"canaries_missing": 1}, "lags")]
)
def test_twins_are_matched_on_a_whole_list_alone(changes: Any, why: Any) -> None:
    twins = [attempt("a"), attempt("b")]
    verdicts = judge(twins, reading(message(), **changes))
    assert set(verdicts.values()) == {Verdict("undecided", None, why, counts=True)}


def test_a_witness_makes_a_differing_text_somebody_elses() -> None:
    shown, foreign = message(f"{OTHER} STOP", created=2), message("Hello, this is a dentist's.")
    witness = Sent(sender=SENDER, print=PrintOf().text(OTHER))
    sent, claimed = [attempt("a")], {shown.sid}
    for read in (reading(shown, foreign), reading(foreign, shown)):
        assert judge(sent, read, claimed)["a"].finding == "undecided"
        assert judge(sent, read, claimed, {shown.sid: witness})["a"].finding == "absent"


def test_a_witness_has_at_least_the_letters_that_tell_texts_apart() -> None:
    text = "Code 1234567890"[: ENOUGH + 1]
    shown, foreign = message(text, created=2), message("Hello, this is a dentist's.")
    witness = Sent(sender=SENDER, print=PrintOf().text(text))
    found = judge([attempt("a")], reading(shown, foreign), {shown.sid}, {shown.sid: witness})
    assert found["a"].finding == "absent"


def test_a_route_is_known_from_its_first_witness_on() -> None:
    first, foreign, last = message(OTHER, created=2), message("A dentist's."), message(OTHER)
    witness = Sent(sender=SENDER, print=PrintOf().text(OTHER))
    witnesses = dict.fromkeys([first.sid, last.sid], witness)
    later = replace(last, date_created_text=message(created=8).date_created_text)
    at_once = replace(first, date_created_text=foreign.date_created_text)
    for read in (
        reading(first, foreign, later),
        reading(later, foreign, first),
        reading(at_once, foreign),
    ):
        assert judge([attempt("a")], read, witnesses, witnesses)["a"].finding == "absent"


@pytest.mark.parametrize(
    ("witness", "created"),
    [
        (Sent(sender=SENDER, print=PrintOf().text("Another text than is stored.")), 2),
        (Sent(sender="+15005550001", print=PrintOf().text(OTHER)), 2),
        (Sent(service=SERVICE, print=PrintOf().text(OTHER)), 2),
        (
            Sent(
                sender=SENDER,
                options=SendOptions.LINKS,
                print=PrintOf().text(OTHER, SendOptions(1)),
            ),
            2,
        ),
        (Sent(sender=SENDER, print=PrintOf().text(OTHER)), 6),
        (Sent(sender=SENDER, print=PrintOf().text("Ok!")), 2),
    ],
    ids=["stored otherwise", "another sender", "a service", "other options", "later", "too short"],
)
def test_who_is_no_witness(witness: Sent, created: int) -> None:
    short = witness.print.exact == "Ok!"  # what rewrites long texts may leave it as it is
    shown = message("Ok!" if short else OTHER, created=created)
    foreign = message("Hello, this is a dentist's.")
    verdicts = judge([attempt("a")], reading(shown, foreign), {shown.sid}, {shown.sid: witness})
    assert verdicts["a"].finding == "undecided"


@pytest.mark.parametrize("link", ["https://shop.example/1", "twil.io/x7"])
def test_a_text_without_a_link_shows_nothing_of_one_that_has_one(link: str) -> None:
    foreign = message(f"Look here: {link} and come by.")
    found: list[str] = []
    for text in (OTHER, f"{OTHER} https://shop.example/2"):
        shown = message(text, created=2)
        witness = Sent(sender=SENDER, print=PrintOf().text(text))
        verdicts = judge([attempt("a")], reading(shown, foreign), {shown.sid}, {shown.sid: witness})
        found.append(verdicts["a"].finding)
    assert found == ["undecided", "absent"]


def test_discarded_texts_are_never_somebody_elses() -> None:
    options = SendOptions.DISCARD
    shown, foreign = message(OTHER, created=2), message("Hello, this is a dentist's.")
    witness = Sent(sender=SENDER, options=options, print=PrintOf().text(OTHER))
    sent = [attempt("a", options=options)]
    verdicts = judge(sent, reading(shown, foreign), {shown.sid}, {shown.sid: witness})
    assert verdicts["a"].finding == "undecided"
