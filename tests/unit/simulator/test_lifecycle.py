from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.simulator.lifecycle import FINAL, moment
from async_messaging.simulator.records import Mark, StoredMessage

STEP = 0.02


def message(sid: str = "SM" + "8" * 32, **fields: object) -> StoredMessage:
    base: dict[str, object] = {
        "serial": 1,
        "sid": sid,
        "account": "AC" + "0" * 32,
        "to": "+14155550100",
        "from_": "+15005550006",
        "service": None,
        "body": "Hi",
        "segments": 1,
        "created": 1000.0,
        "start": 1000.0,
    }
    return StoredMessage(**{**base, **fields})  # type: ignore[arg-type]  # fields by name


def statuses(stored: StoredMessage, seconds: float = 3.0, speed: float = 1.0) -> list[str]:
    seen: list[str] = []
    for step in range(int(seconds / STEP)):
        status = moment(stored, stored.created + step * STEP, speed).status
        if not seen or seen[-1] != status:
            seen.append(status)
    return seen


@given(st.integers(0, 0xFFFF))
def test_every_message_is_delivered_within_two_seconds(digits: int) -> None:
    stored = message(f"SM{digits:032x}")
    assert statuses(stored, 2.0 + STEP) == ["queued", "sending", "sent", "delivered"]


def test_a_service_accepts_first_and_chooses_then() -> None:
    stored = message(chosen_later=True)
    assert statuses(stored)[:3] == ["accepted", "queued", "sending"]
    assert not moment(stored, 1000.0).sender_known
    assert moment(stored, 1001.0).sender_known


def test_scheduled_waits_for_its_time() -> None:
    stored = message(start=1400.0, chosen_later=True)
    assert moment(stored, 1399.9).status == "scheduled"
    assert moment(stored, 1400.0).status == "accepted"
    assert moment(stored, 1402.0).status == "delivered"


def test_canceled_stays_canceled() -> None:
    stored = message(start=1400.0, canceled=1100.0)
    assert {moment(stored, now).status for now in (1100.0, 1400.0, 9999.0)} == {"canceled"}
    assert "canceled" in FINAL


def test_a_queue_holds_it_back() -> None:
    stored = message(wait=50.0)
    assert moment(stored, 1050.0).status == "queued"
    assert moment(stored, 1052.0).status == "delivered"


def test_validity_ends_a_long_wait() -> None:
    stored = message(wait=50.0, validity=10.0)
    assert moment(stored, 1009.9).status == "queued"
    ended = moment(stored, 1010.0)
    assert (ended.status, ended.error, ended.sent) == ("failed", 30036, None)


def test_a_full_queue_fails_after_acceptance() -> None:
    stored = message(fate=30001, chosen_later=True)
    assert statuses(stored) == ["accepted", "failed"]
    assert moment(stored, 1001.0).error == 30001


@pytest.mark.parametrize("code", [30003, 30007])
def test_undelivered(code: int) -> None:
    stored = message(fate=code)
    assert statuses(stored) == ["queued", "sending", "sent", "undelivered"]
    assert moment(stored, 1003.0).error == code


@pytest.mark.parametrize("code", [30001, 30032, 30034])
def test_a_number_that_may_not_send_fails_after_it_has_queued(code: int) -> None:
    stored = message(fate=code)
    assert statuses(stored) == ["queued", "failed"]
    ended = moment(stored, 1003.0)
    assert (ended.error, ended.sent) == (code, None)


def test_some_carriers_send_no_receipt() -> None:
    assert statuses(message(fate=-1), 10.0) == ["queued", "sending", "sent"]


def test_sent_is_known_only_once_it_is_sent_and_does_not_change() -> None:
    stored = message()
    assert moment(stored, 1000.0).sent is None
    times = {moment(stored, 1000 + at).sent for at in (1.9, 2.0, 500.0)}
    assert len(times) == 1
    assert times != {None}


def test_speed_divides_the_steps() -> None:
    assert statuses(message(), 0.2 + STEP, speed=10.0)[-1] == "delivered"


@given(st.integers(0, 0xFFFF), st.lists(st.floats(0, 5), min_size=2, max_size=20))
def test_time_never_takes_a_step_back(digits: int, offsets: list[float]) -> None:
    order = ["accepted", "queued", "sending", "sent", "delivered"]
    stored = message(f"SM{digits:032x}", chosen_later=True)
    ranks = [order.index(moment(stored, 1000 + offset).status) for offset in sorted(offsets)]
    assert ranks == sorted(ranks)


@given(
    st.integers(0, 0xFFFF),
    st.sampled_from([0, -1, 30001, 30003, 30034]),
    st.booleans(),
    st.sampled_from([0.0, 4.0, 50.0]),
    st.sampled_from([1000.0, 1400.0]),
)
def test_until_is_when_the_status_changes_next(
    digits: int, fate: int, by_service: bool, wait: float, start: float
) -> None:
    stored = message(
        f"SM{digits:032x}",
        fate=fate,
        chosen_later=by_service,
        wait=wait,
        start=start,
        validity=20.0,
    )
    now, steps = 1000.0, 0
    while (state := moment(stored, now)).until is not None:
        before = moment(stored, (now + state.until) / 2)
        assert (before.status, before.until) == (state.status, state.until)
        assert moment(stored, state.until).status != state.status
        assert moment(stored, state.until).changed == state.until
        now, steps = state.until, steps + 1
    assert moment(stored, now + 1e6).status == state.status
    assert steps <= 6


def test_a_mark_holds_from_its_time_on() -> None:
    stored = message(mark=Mark("undelivered", 1000.5, 30005, 1000.4))
    assert moment(stored, 1000.4).status != "undelivered"
    marked = moment(stored, 1000.5)
    assert marked == moment(stored, 2000.0)
    assert (marked.status, marked.error, marked.sent, marked.until) == (
        "undelivered",
        30005,
        1000.4,
        None,
    )
