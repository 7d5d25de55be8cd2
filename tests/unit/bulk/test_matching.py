"""What a listing proves, and what it does not."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from email.utils import format_datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging import Message, MessageDraft
from async_messaging.bulk.matching import Attempt, Finding, Verdict, attempt_of, findings

TO, FROM, OTHER = "+14155550100", "+15005550006", "+15005550007"
SERVICE = "MG" + "1" * 32
NOW = 1_700_000_000.0


def sent(number: int, **fields: object) -> Message:
    """A message in Twilio's list."""
    at = fields.pop("at", NOW)
    assert isinstance(at, float)
    known: dict[str, object] = {
        "sid": f"SM{number:032x}",
        "direction": "outbound-api",
        "to": TO,
        "from": FROM,
        "body": "Hi",
        "num_media": "0",
        "date_created": format_datetime(datetime.fromtimestamp(int(at), UTC)),
    }
    return msgspec.convert(known | fields, Message, strict=False)


def attempt(key: int = 1, **fields: object) -> Attempt:
    known: dict[str, object] = {
        "key": key,
        "to": TO,
        "from_": FROM,
        "body": "Hi",
        "earliest": NOW - 1,
        "latest": NOW + 1,
    }
    return msgspec.convert(known | fields, Attempt)


def found(
    attempts: list[Attempt], listed: list[Message], claimed: frozenset[str] = frozenset()
) -> dict[int, Verdict]:
    return dict(findings(attempts, listed, claimed, skew=1.0, settle=10.0))


def test_the_same_text_is_evidence() -> None:
    assert found([attempt()], [sent(7)])[1] == Verdict("accepted", f"SM{7:032x}")


@pytest.mark.parametrize("body", ["Hi ", "Hi\n", "Hi"])
def test_trailing_white_space_does_not_count(body: str) -> None:
    assert found([attempt()], [sent(7, body=body)])[1].finding == "accepted"


def test_nothing_listed_is_absence() -> None:
    assert found([attempt()], [])[1] == Verdict("absent")


def test_a_number_that_twilio_masks_is_never_absent() -> None:
    draft = MessageDraft(to=TO, from_=FROM, body="Hi", address_retention="obfuscate")
    hidden = attempt_of(1, draft, NOW - 1, NOW + 1)
    assert found([hidden], [sent(7, to="+1415555XXXX")])[1] == Verdict("undecided")
    assert found([hidden], [sent(7)])[1].finding == "accepted"


@pytest.mark.parametrize(
    "fields",
    [
        {"body": "Sent from your trial account - Hi"},
        {"body": ""},
        {"body": None},
        {"num_media": "1"},
    ],
)
def test_a_differing_text_is_no_negative(fields: dict[str, object]) -> None:
    assert found([attempt()], [sent(7, **fields)])[1] == Verdict("undecided")


@pytest.mark.parametrize(
    "fields",
    [
        {"direction": "inbound"},
        {"direction": "outbound-reply"},
        {"to": "+14155550101"},
        {"from": OTHER},
        {"at": NOW - 5},
        {"at": NOW + 16},
    ],
)
def test_what_can_not_be_the_send_is_no_candidate(fields: dict[str, object]) -> None:
    assert found([attempt()], [sent(7, **fields)])[1] == Verdict("absent")


@pytest.mark.parametrize("at", [NOW - 4, NOW + 13])
def test_clocks_and_whole_seconds_are_allowed_for(at: float) -> None:
    assert found([attempt()], [sent(7, at=at)])[1].finding == "accepted"


def test_a_date_that_can_not_be_read_excludes_nothing() -> None:
    assert found([attempt()], [sent(7, date_created="soon")])[1].finding == "accepted"


def test_a_sid_that_others_claim_is_no_evidence() -> None:
    assert found([attempt()], [sent(7)], frozenset({f"SM{7:032x}"}))[1] == Verdict("absent")


def test_identical_sends_match_as_a_multiset() -> None:
    verdicts = found([attempt(n) for n in range(3)], [sent(7), sent(8)])
    assert Counter(one.finding for one in verdicts.values()) == {"accepted": 2, "absent": 1}
    assert len({one.sid for one in verdicts.values() if one.sid}) == 2


def test_an_exact_match_leaves_a_strange_candidate_to_the_others() -> None:
    verdicts = found([attempt(1), attempt(2, body="Yo")], [sent(7), sent(8, body="???")])
    assert verdicts[1].finding == "accepted"
    assert verdicts[2].finding == "undecided"


def test_a_send_that_is_stored_otherwise_matches_without_its_text() -> None:
    one = attempt(from_=None, messaging_service_sid=SERVICE, body=None)
    listed = sent(7, body="rendered", messaging_service_sid=SERVICE, **{"from": None})
    assert found([one], [listed])[1].finding == "accepted"
    other = sent(8, body="rendered", messaging_service_sid="MG" + "2" * 32)
    assert found([one], [other])[1].finding == "absent"


def test_a_candidate_that_two_sends_could_be_decides_nothing() -> None:
    textless = attempt(1, body=None)
    plain = attempt(2, body="Yo")
    verdicts = found([textless, plain], [sent(7, body="rewritten")])
    assert {one.finding for one in verdicts.values()} == {"undecided"}


@pytest.mark.parametrize(
    ("fields", "textless"),
    [
        ({}, False),
        ({"smart_encoded": False}, False),
        ({"smart_encoded": True}, True),
        ({"shorten_urls": True}, True),
        ({"content_retention": "discard"}, True),
        ({"content_sid": "HX" + "1" * 32}, True),
        ({"messaging_service_sid": SERVICE}, True),
    ],
)
def test_what_twilio_rewrites_is_matched_without_its_text(
    fields: dict[str, object], textless: bool
) -> None:
    known: dict[str, object] = {"to": TO, "from_": FROM, "body": "Hi "}
    draft = MessageDraft(**(known | fields))  # type: ignore[arg-type]  # a table of keywords
    made = attempt_of(1, draft, 1.0, 2.0)
    assert (made.body is None) == textless
    assert made.body in {None, "Hi"}


@given(
    st.lists(st.sampled_from(["Hi", "Yo"]), max_size=5),
    st.lists(st.tuples(st.sampled_from(["Hi", "Yo", "??"]), st.booleans()), max_size=6),
)
def test_nothing_accepted_is_ever_called_absent(
    unknown: list[str], listed: list[tuple[str, bool]]
) -> None:
    """However texts are rewritten: as many absences as there are messages too few, at most."""
    attempts = [attempt(n, body=body) for n, body in enumerate(unknown)]
    stored = [sent(n, body="rewritten" if odd else body) for n, (body, odd) in enumerate(listed)]
    verdicts = found(attempts, stored)
    counts: Counter[Finding] = Counter(one.finding for one in verdicts.values())
    assert counts["absent"] <= max(0, len(unknown) - len(stored)) or not any(
        odd or body == "??" for body, odd in listed
    )
    sids = [one.sid for one in verdicts.values() if one.sid]
    assert len(set(sids)) == len(sids) == counts["accepted"]
    if any(body not in unknown or odd for body, odd in listed):
        assert counts["absent"] == 0


def test_overlapping_windows_never_leave_a_message_of_ours_to_nobody() -> None:
    """The list is newest first; the attempt that could be either must not take the other's."""
    early = attempt(1, earliest=NOW, latest=NOW + 40)
    late = attempt(2, earliest=NOW + 30, latest=NOW + 60)
    listed = [sent(7, at=NOW + 35), sent(8, at=NOW + 5)]
    for order in ([early, late], [late, early]):
        for messages in (listed, listed[::-1]):
            verdicts = found(order, messages)
            assert verdicts == {
                1: Verdict("accepted", f"SM{8:032x}"),
                2: Verdict("accepted", f"SM{7:032x}"),
            }


@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 60)), min_size=1, max_size=6),
    st.data(),
)
def test_messages_that_were_accepted_are_never_called_absent(
    spans: list[tuple[int, int]], data: st.DataObject
) -> None:
    attempts = [
        attempt(n, earliest=NOW + start, latest=NOW + start + long)
        for n, (start, long) in enumerate(spans)
    ]
    accepted = data.draw(st.sets(st.sampled_from(range(len(spans)))))
    listed = data.draw(
        st.permutations([sent(n, at=NOW + spans[n][0] + spans[n][1] / 2) for n in accepted])
    )
    verdicts = found(attempts, listed)
    tally = Counter(verdict.finding for verdict in verdicts.values())
    assert tally == +Counter(accepted=len(accepted), absent=len(spans) - len(accepted))
