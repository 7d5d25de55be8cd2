from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.simulator import callbacks
from async_messaging.simulator.outgoing import Callback
from async_messaging.simulator.webhooks import Webhook
from async_messaging.simulator.world import Conditions
from tests.unit.simulator.visitor import SERVICE, Visitor

URL = "http://127.0.0.1:8020/status?row=1"


def pass_time(visitor: Visitor, seconds: float) -> list[Callback]:
    """What becomes ready to be posted."""
    visitor.clock.advance(seconds)
    callbacks.advance(visitor.world, visitor.clock.time())
    ready = list(visitor.world.outgoing.ready)
    visitor.world.outgoing.ready.clear()
    return ready


def told(visitor: Visitor, seconds: float = 10.0) -> list[str]:
    return [made.fields["MessageStatus"] for made in pass_time(visitor, seconds)]


def test_every_change_but_the_first_status_is_told(visitor: Visitor) -> None:
    visitor.create(StatusCallback=URL)
    assert told(visitor) == ["sending", "sent", "delivered"]
    assert visitor.world.outgoing.planned == 0


def test_they_come_when_their_time_has_come(visitor: Visitor) -> None:
    sid = visitor.create(StatusCallback=URL)["sid"]
    assert told(visitor, 0) == []
    seen: list[str] = []
    for _ in range(100):
        seen += told(visitor, 0.02)
        assert visitor.fetch(sid)["status"] == (seen[-1] if seen else "queued")
    assert seen == ["sending", "sent", "delivered"]


def test_a_message_without_a_url_tells_nobody(visitor: Visitor) -> None:
    visitor.create()
    assert visitor.world.outgoing.planned == 0


def test_a_services_message_is_queued_after_it_is_accepted(visitor: Visitor) -> None:
    visitor.create(From=None, MessagingServiceSid=SERVICE, StatusCallback=URL)
    first, *rest = pass_time(visitor, 10)
    assert first.fields["MessageStatus"] == "queued"
    assert {made.fields["MessagingServiceSid"] for made in (first, *rest)} == {SERVICE}
    assert [made.fields["MessageStatus"] for made in rest] == ["sending", "sent", "delivered"]


def test_a_scheduled_message_is_accepted_without_a_sender_or_canceled(visitor: Visitor) -> None:
    form = {
        "From": None,
        "MessagingServiceSid": SERVICE,
        "ScheduleType": "fixed",
        "SendAt": "2026-01-01T00:10:00Z",
        "StatusCallback": URL,
    }
    visitor.create(**form)
    canceled = visitor.create(**form)["sid"]
    assert told(visitor, 300) == []
    visitor.update(canceled, {"Status": "canceled"})
    assert told(visitor, 0) == ["canceled"]
    made = pass_time(visitor, 400)
    statuses = [one.fields["MessageStatus"] for one in made]
    assert statuses == ["accepted", "queued", "sending", "sent", "delivered"]
    assert ["From" in one.fields for one in made] == [False, True, True, True, True]


@pytest.mark.parametrize(
    ("last_digits", "status", "code"),
    [("3003", "undelivered", "30003"), ("3034", "failed", "30034"), ("3032", "failed", "30032")],
)
def test_an_unhappy_end_has_its_code(
    visitor: Visitor, last_digits: str, status: str, code: str
) -> None:
    visitor.create(To=f"+1415999{last_digits}", StatusCallback=URL)
    last = pass_time(visitor, 10)[-1].fields
    assert (last["MessageStatus"], last["ErrorCode"]) == (status, code)
    assert last["ErrorMessage"]


def test_the_form_is_twilios(visitor: Visitor) -> None:
    sid = visitor.create(StatusCallback=URL)["sid"]
    sending, sent, delivered = (made.fields for made in pass_time(visitor, 10))
    assert sending == {
        "AccountSid": visitor.world.account_sid,
        "ApiVersion": "2010-04-01",
        "From": "+15005550006",
        "MessageSid": sid,
        "MessageStatus": "sending",
        "SmsSid": sid,
        "SmsStatus": "sending",
        "To": "+14155550100",
    }
    assert "RawDlrDoneDate" not in sent
    assert delivered["RawDlrDoneDate"] == "2601010000"


def test_a_channel_has_fields_of_its_own(visitor: Visitor) -> None:
    visitor.create(To="whatsapp:+14155550100", From="whatsapp:+15005550006", StatusCallback=URL)
    last = pass_time(visitor, 10)[-1].fields
    assert last["ChannelPrefix"] == "whatsapp"
    assert last["ChannelInstallSid"].startswith("XE")
    assert "RawDlrDoneDate" not in last


def test_a_services_own_url_is_told_unless_the_message_names_one() -> None:
    webhook = Webhook(status_callback="http://127.0.0.1:1/service")
    visitor = Visitor(Conditions(seed=1, webhooks={SERVICE: webhook}))
    visitor.create(From=None, MessagingServiceSid=SERVICE)
    visitor.create(From=None, MessagingServiceSid=SERVICE, StatusCallback=URL)
    visitor.create()
    made = pass_time(visitor, 10)
    assert {(one.url, one.fields["MessageSid"]) for one in made} == {
        ("http://127.0.0.1:1/service", visitor.world.stored()[0].sid),
        (URL, visitor.world.stored()[1].sid),
    }


def test_speed_holds_for_them_too() -> None:
    visitor = Visitor(Conditions(seed=1, speed=100.0))
    visitor.create(StatusCallback=URL)
    assert told(visitor, 0.02) == ["sending", "sent", "delivered"]


def test_twice_has_one_token(visitor: Visitor) -> None:
    visitor = Visitor(faults="callback.twice=100%")
    visitor.create(StatusCallback=URL)
    made = pass_time(visitor, 10)
    assert len(made) == 6
    assert len({one.token for one in made}) == 3
    assert len({one.number for one in made}) == 6


def test_lost_is_written_down_and_not_posted() -> None:
    visitor = Visitor(faults="callback.lost@2")
    visitor.create(StatusCallback=URL)
    assert told(visitor) == ["sending", "delivered"]
    assert [made.state for made in visitor.world.outgoing.log] == ["waiting", "lost", "waiting"]


def test_late_ones_are_overtaken() -> None:
    visitor = Visitor(faults="callback.late@1")
    visitor.create(StatusCallback=URL)
    seen = [status for _ in range(800) for status in told(visitor, 0.01)]
    assert sorted(seen) == ["delivered", "sending", "sent"]
    assert seen[0] == "sent"


def orders(seed: int) -> Iterator[str]:
    visitor = Visitor(Conditions(seed=seed), faults="callback.late=100%")
    visitor.create(StatusCallback=URL)
    for _ in range(400):
        yield from told(visitor, 0.02)


def test_any_order_occurs_and_the_seed_fixes_it() -> None:
    seen = [tuple(orders(seed)) for seed in range(40)]
    assert len(set(seen)) == 6
    assert seen[:5] == [tuple(orders(seed)) for seed in range(5)]


@given(st.lists(st.floats(0.001, 3), min_size=1, max_size=12), st.integers(0, 1000))
def test_however_time_passes_each_status_is_told_once_in_order(
    steps: list[float], seed: int
) -> None:
    visitor = Visitor(Conditions(seed=seed))
    visitor.create(From=None, MessagingServiceSid=SERVICE, StatusCallback=URL)
    seen = [status for step in [*steps, 10.0] for status in told(visitor, step)]
    assert seen == ["queued", "sending", "sent", "delivered"]


def test_a_validity_that_ends_is_told() -> None:
    visitor = Visitor(Conditions(seed=1, throughput={"*": 0.1}))
    visitor.create()
    visitor.create(ValidityPeriod="5", StatusCallback=URL)
    (failed,) = pass_time(visitor, 60)
    assert (failed.fields["MessageStatus"], failed.fields["ErrorCode"]) == ("failed", "30036")


def test_reset_forgets_what_was_to_come(visitor: Visitor) -> None:
    visitor.create(StatusCallback=URL)
    visitor.world.reset()
    assert told(visitor) == []
