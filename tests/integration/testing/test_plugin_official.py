"""Code that uses the official library reaches the simulator without a change."""

from __future__ import annotations

import pytest

from tests.integration.testing.conftest import Session

IMPORTS = """
import asyncio, os
import pytest
from twilio.base.client_base import ClientBase
from twilio.rest import Client

FORM = {"to": "+14155550100", "from_": "+15005550006", "body": "Your code is 1234"}
"""


def test_a_client_made_in_the_test(session: Session) -> None:
    source = f"""{IMPORTS}
def test_it(twilio, twilio_inbox_sync):
    client = Client()
    sent = client.messages.create(**FORM)
    assert twilio_inbox_sync.wait_for(to="+14155550100").code() == "1234"
    twilio.deliver()
    assert client.messages(sent.sid).fetch().status == "delivered"
    assert [one.sid for one in client.messages.list()] == [sent.sid]
    assert client.pricing.v1.messaging.countries("US").fetch().iso_country == "US"
"""
    session(source, subprocess=True).assert_outcomes(passed=1)


def test_a_client_made_before_every_fixture_with_the_same_credentials(session: Session) -> None:
    source = f"""{IMPORTS}
SID, TOKEN = "AC" + "1" * 32, "2" * 32
client = Client(SID, TOKEN)
client.api

@pytest.fixture
def twilio_options():
    return {{"account_sid": SID, "auth_token": TOKEN, "numbers": ["+15558675310"]}}

@pytest.mark.parametrize("times", [1, 2])
def test_it(twilio, times):
    client.messages.create(**{{**FORM, "from_": "+15558675310"}})
    assert [message.from_ for message in twilio.messages] == ["+15558675310"]
"""
    session(source, subprocess=True).assert_outcomes(passed=2)


def test_an_edge_and_a_region_do_not_lead_past_it(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    source = f"""{IMPORTS}
def test_it(twilio):
    Client(region="ie1", edge="dublin").messages.create(**FORM)
    Client().messages.create(**FORM)
    client = Client(region="ie1")
    client.api.base_url = twilio.url
    client.messages.create(**FORM)
    assert twilio.accepted == 3
"""
    session(source, subprocess=True).assert_outcomes(passed=1)


def test_the_async_client(session: Session) -> None:
    source = f"""{IMPORTS}
from twilio.http.async_http_client import AsyncTwilioHttpClient

async def test_it(twilio, twilio_inbox):
    async with AsyncTwilioHttpClient() as http:
        client = Client(http_client=http)
        await client.messages.create_async(**FORM)
    assert (await twilio_inbox.wait_for(matching="code")).code() == "1234"
"""
    session(source, "-o", "asyncio_mode=auto", subprocess=True).assert_outcomes(passed=1)


def test_afterwards_the_library_is_as_before_and_blocked(session: Session) -> None:
    source = f"""{IMPORTS}
before = ClientBase.get_hostname

def test_it(twilio):
    assert ClientBase.get_hostname is not before

def test_after():
    assert ClientBase.get_hostname is before
    Client("AC" + "1" * 32, "2" * 32).messages.create(**FORM)
"""
    result = session(source, subprocess=True)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        "*TwilioBlocked: test_it.py::test_after tried to reach api.twilio.com*"
    )


def test_a_library_that_the_code_under_test_imports_later_is_caught_then(session: Session) -> None:
    source = """
import sys

def test_it(twilio):
    assert "twilio" not in sys.modules
    from twilio.rest import Client
    Client().messages.create(to="+14155550100", from_="+15005550006", body="Hi")
    assert twilio.accepted == 1
"""
    session(source, subprocess=True).assert_outcomes(passed=1)


def test_djangos_views_and_test_cases(session: Session) -> None:
    source = """
import django
import pytest
from django.conf import settings

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="k")
django.setup()

from django.http import HttpResponse
from django.test import Client as Browser, SimpleTestCase
from django.urls import path
from async_messaging import MessagingClient

def plain(request):
    from twilio.rest import Client
    Client().messages.create(to="+14155550100", from_="+15005550006", body="Your code is 1234")
    return HttpResponse("sent")

async def by_await(request):
    async with MessagingClient() as client:
        await client.messages.create(to="+14155550100", from_="+15005550006", body="Your code is 5678")
    return HttpResponse("sent")

urlpatterns = [path("plain", plain), path("by_await", by_await)]

def test_views(twilio, twilio_inbox_sync):
    for view, code in (("/plain", "1234"), ("/by_await", "5678")):
        assert Browser().get(view).content == b"sent"
        assert twilio_inbox_sync.wait_for(to="+14155550100").code() == code

class TestViews(SimpleTestCase):
    @pytest.fixture(autouse=True)
    def _inbox(self, twilio_inbox_sync):
        self.inbox = twilio_inbox_sync

    def test_a_view(self):
        self.client.get("/plain")
        assert self.inbox.wait_for().code() == "1234"
"""
    session(source, subprocess=True).assert_outcomes(passed=2)
