"""Twilio's own Python client finds Twilio where the plugin's simulator runs."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from async_messaging.testing import SimulatedTwilio

with warnings.catch_warnings():
    # Its dependencies use what newer Pythons deprecate, while they are imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    from twilio.base.exceptions import TwilioRestException
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

SERVICE = "MG" + "0" * 32


@pytest.fixture
def official(twilio: SimulatedTwilio) -> Any:
    return Client(http_client=TwilioHttpClient(pool_connections=False))


def send(official: Any, **fields: Any) -> Any:
    return official.messages.create(
        **{"to": "+14155550100", "from_": "+15005550006", "body": "Hi", **fields}
    )


def test_create_fetch_redact_delete(twilio: SimulatedTwilio, official: Any) -> None:
    message = send(official, provide_feedback=True)
    assert (message.status, message.price) == ("queued", None)
    twilio.clock.advance(2)
    message = message.fetch()
    assert (message.status, message.body, message.num_segments) == ("delivered", "Hi", "1")
    assert message.date_sent.tzinfo is not None
    assert official.messages(message.sid).feedback.create(outcome="confirmed").outcome
    assert official.messages(message.sid).update(body="").body == ""
    assert official.messages(message.sid).delete()
    with pytest.raises(TwilioRestException) as caught:
        official.messages(message.sid).fetch()
    assert (caught.value.status, caught.value.code) == (404, 20404)
    assert (twilio.accepted, twilio.messages[0].body) == (1, "Hi")


def test_list_with_filters_and_pages(twilio: SimulatedTwilio, official: Any) -> None:
    for number in range(25):
        send(official, body=str(number), to=f"+1415555010{number % 2}")
    twilio.clock.advance(2)
    bodies = [message.body for message in official.messages.list(page_size=10)]
    assert bodies == [str(number) for number in reversed(range(25))]
    to_one = official.messages.list(to="+14155550101", page_size=5, limit=7)
    assert [message.body for message in to_one] == ["23", "21", "19", "17", "15", "13", "11"]
    today = datetime.fromtimestamp(twilio.clock.time(), UTC).date()
    assert len(official.messages.list(date_sent_after=today - timedelta(days=1))) == 25
    assert official.messages.list(date_sent_after=today + timedelta(days=2)) == []
    page = official.messages.page(page_size=20)
    following = page.next_page()
    assert [message.body for message in following] == ["4", "3", "2", "1", "0"]
    assert next(message.body for message in following.previous_page()) == "24"


def test_schedule_and_cancel(twilio: SimulatedTwilio, official: Any) -> None:
    message = official.messages.create(
        to="+14155550100",
        messaging_service_sid=SERVICE,
        body="Hi",
        schedule_type="fixed",
        send_at=datetime.fromtimestamp(twilio.clock.time(), UTC) + timedelta(hours=1),
    )
    assert (message.status, message.from_) == ("scheduled", None)
    assert message.update(status="canceled").status == "canceled"


def test_media(official: Any) -> None:
    message = send(official, media_url=["https://a.example/1.png", "https://a.example/2.gif"])
    assert message.num_media == "2"
    media = message.media.list()
    assert [item.content_type for item in media] == ["image/png", "image/gif"]
    assert media[0].fetch().sid == media[0].sid
    assert media[0].delete()
    assert [item.sid for item in message.media.list()] == [media[1].sid]


def test_prices_and_balance(official: Any) -> None:
    countries = official.pricing.v1.messaging.countries.list(page_size=5)
    assert len(countries) > 12
    prices = official.pricing.v1.messaging.countries("US").fetch()
    assert prices.outbound_sms_prices[0]["prices"]
    assert official.balance.fetch().currency == "USD"


def test_errors(official: Any) -> None:
    with pytest.raises(TwilioRestException) as caught:
        send(official, to="+12029990610")
    assert (caught.value.status, caught.value.code) == (400, 21610)
