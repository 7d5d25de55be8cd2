"""What the fixtures promise, each in a test file as a user writes it."""

from __future__ import annotations

import pytest

from tests.integration.testing.conftest import Session

MODES = {
    "pytest-asyncio, strict": (
        ("pytest_asyncio.plugin",),
        (),
        "import pytest\n@pytest.mark.asyncio",
    ),
    "pytest-asyncio, auto": (("pytest_asyncio.plugin",), ("-o", "asyncio_mode=auto"), ""),
    "anyio": (("anyio.pytest_plugin",), (), "import pytest\n@pytest.mark.anyio"),
}


@pytest.mark.parametrize(("plugins", "options", "mark"), MODES.values(), ids=MODES)
def test_client_and_inbox_work_in_async_tests(
    session: Session, plugins: tuple[str, ...], options: tuple[str, ...], mark: str
) -> None:
    backend = "@pytest.fixture\ndef anyio_backend(): return 'asyncio'" if "anyio" in mark else ""
    source = f"""{mark}
async def test_it(twilio, twilio_client, twilio_inbox):
    await twilio_client.messages.create(
        to="+14155550100", from_=twilio.number, body="Your code is 123-456"
    )
    message = await twilio_inbox.wait_for(to="+14155550100")
    assert message.code() == "123456"
    assert (twilio.accepted, twilio.requests, twilio.duplicates, len(twilio_inbox)) == (1, 1, 0, 1)
{backend}
"""
    result = session(
        source, *options, plugins=("async_messaging.testing.plugin", *plugins), subprocess=True
    )
    result.assert_outcomes(passed=1)


def test_the_environment_leads_to_it_and_is_as_before_afterwards(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "before")
    monkeypatch.setenv("TWILIO_API_KEY", "SK" + "1" * 32)
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    source = """
import asyncio, os
from async_messaging import MessagingClient

async def send():
    async with MessagingClient() as client:
        await client.messages.create(to="+14155550100", from_=os.environ["TWILIO_FROM"], body="Hi")

def test_it(twilio):
    asyncio.run(send())
    assert os.environ["TWILIO_ACCOUNT_SID"] == twilio.account_sid
    assert os.environ["ASYNC_MESSAGING_BASE_URL"] == twilio.url
    assert "127.0.0.1" in os.environ["NO_PROXY"]
    assert [message.body for message in twilio.messages] == ["Hi"]

def test_after():
    assert os.environ["TWILIO_ACCOUNT_SID"] == "before"
    assert os.environ["TWILIO_REGION"] == "ie1"
    assert "TWILIO_AUTH_TOKEN" not in os.environ
    assert "NO_PROXY" not in os.environ
"""
    session(source).assert_outcomes(passed=2)


def test_each_test_has_a_twilio_of_its_own_and_leaves_no_thread(session: Session) -> None:
    source = """
import os, threading
import pytest

urls, threads = set(), threading.active_count()

@pytest.mark.parametrize("number", range(3))
def test_it(twilio, twilio_inbox_sync, number):
    assert (twilio.accepted, len(twilio_inbox_sync), str(twilio.faults)) == (0, 0, "")
    twilio.faults = "429=100%"
    urls.add(twilio.url)
    assert threading.active_count() == threads + 1

def test_after():
    assert len(urls) == 3
    assert threading.active_count() == threads
"""
    session(source, subprocess=True).assert_outcomes(passed=4)


def test_faults_take_one_line(session: Session) -> None:
    source = """
import pytest
from async_messaging import OutcomeUnknown

async def test_it(twilio, twilio_client):
    twilio.faults = "drop_after=100%"
    with pytest.raises(OutcomeUnknown):
        await twilio_client.messages.create(to="+14155550100", from_=twilio.number, body="Hi")
    twilio.faults = ""
    await twilio_client.messages.create(to="+14155550100", from_=twilio.number, body="Hi")
    assert twilio.duplicates == 1
"""
    session(source, "-o", "asyncio_mode=auto").assert_outcomes(passed=1)


def test_a_scheduled_message_is_sent_by_moving_the_clock(session: Session) -> None:
    source = """
from datetime import UTC, datetime, timedelta
import pytest
from async_messaging.testing import MessageNotReceived

async def test_it(twilio, twilio_client, twilio_inbox):
    at = datetime.fromtimestamp(twilio.clock.time(), UTC) + timedelta(hours=1)
    sent = await twilio_client.messages.create(
        to="+14155550100", messaging_service_sid="MG" + "0" * 32, body="Hi", send_at=at
    )
    twilio.deliver()
    assert (sent.status, twilio.messages[0].status, len(twilio_inbox)) == ("scheduled", "scheduled", 0)
    with pytest.raises(MessageNotReceived, match="1 are scheduled"):
        await twilio_inbox.wait_for(timeout=0.01)
    twilio.clock.advance(3600)
    assert (await twilio_inbox.wait_for()).sid == sent.sid
    twilio.deliver()
    assert (await twilio_client.messages.fetch(sent.sid)).status == "delivered"
"""
    session(source, "-o", "asyncio_mode=auto").assert_outcomes(passed=1)


def test_messages_go_on_by_themselves_or_at_once_and_callbacks_follow(session: Session) -> None:
    source = """
import pytest

@pytest.fixture
def twilio_options(request):
    return {"speed": 100}

FORM = {"to": "+14155550100", "body": "Hi", "status_callback": "http://127.0.0.1:9/"}

async def test_by_itself(twilio, twilio_client):
    await twilio_client.messages.create(from_=twilio.number, **FORM)
    await twilio.wait(twilio.simulator.callbacks_done)
    assert twilio.messages[0].status == "delivered"

@pytest.mark.parametrize("twilio_options", [{}])
async def test_at_once(twilio, twilio_client):
    await twilio_client.messages.create(from_=twilio.number, **FORM)
    twilio.deliver()
    await twilio.callbacks_done()
    assert [one.fields["MessageStatus"] for one in twilio.callbacks] == ["sending", "sent", "delivered"]
    assert twilio.messages[0].status == twilio.inbox[0].status == "delivered"

@pytest.mark.parametrize("twilio_options", [{}])
async def test_marked(twilio, twilio_client):
    sent = await twilio_client.messages.create(from_=twilio.number, **FORM)
    twilio.mark(sent.sid, "undelivered", 30005)
    assert (await twilio_client.messages.fetch(sent.sid)).error_code == 30005
    twilio.reset()
    assert (twilio.accepted, twilio.stats["accepted"], twilio.messages) == (0, 0, ())
"""
    session(source, "-o", "asyncio_mode=auto").assert_outcomes(passed=3)


def test_a_client_is_closed_on_its_loop_whatever_that_loop_is(session: Session) -> None:
    source = """
import asyncio
import pytest
from anyio.from_thread import start_blocking_portal
from functools import partial
from async_messaging import ClientClosed, MessageDraft, Unauthorized

FORM = {"to": "+14155550100", "from_": "+15005550006", "body": "Hi"}
seen = []

@pytest.mark.asyncio(loop_scope="session")
async def test_on_a_loop_that_goes_on(twilio_client):
    await twilio_client.messages.create(**FORM)
    seen.append(twilio_client)

@pytest.mark.asyncio(loop_scope="session")
async def test_and_is_closed_there():
    with pytest.raises(ClientClosed):
        await seen.pop().messages.create(**FORM)

@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("way", ["bulk", "view", "account"])
async def test_used_another_way(twilio_client, way):
    if way == "bulk":
        async with twilio_client.bulk([MessageDraft(**FORM)]) as results:
            assert [one.message.status async for one in results] == ["queued"]
    elif way == "view":
        await twilio_client.with_options(timeout=9).messages.create(**FORM)
    else:
        own = twilio_client.settings.credentials
        view = twilio_client.for_account(own.account_sid, auth_token="0" * 32)
        with pytest.raises(Unauthorized):
            await view.messages.create(**FORM)
    seen.append(twilio_client)

@pytest.mark.asyncio(loop_scope="session")
async def test_and_is_closed_then_too():
    assert len(seen) == 3
    while seen:
        with pytest.raises(ClientClosed):
            await seen.pop().messages.create(**FORM)

@pytest.mark.asyncio
async def test_on_a_loop_of_its_own(twilio_client):
    await twilio_client.messages.create(**FORM)

def test_on_a_loop_that_the_test_runs(twilio_client):
    asyncio.run(twilio_client.messages.create(**FORM))

def test_in_a_thread(twilio, twilio_client):
    with start_blocking_portal() as portal:
        portal.call(partial(twilio_client.messages.create, **FORM))
    assert twilio.accepted == 1

def test_never_used(twilio_client):
    assert twilio_client
"""
    result = session(source, "-W", "error", subprocess=True)
    result.assert_outcomes(passed=10)
    assert "Warning" not in result.stdout.str() + result.stderr.str()


def test_a_projects_own_fixture_goes_before(session: Session) -> None:
    source = """
import pytest

@pytest.fixture
def twilio():
    return "mine"

@pytest.fixture
def twilio_client(twilio_client):
    return twilio_client.with_options(retries=0)

async def test_it(twilio, twilio_client, twilio_inbox):
    await twilio_client.messages.create(to="+14155550100", from_="+15005550006", body="Hi")
    assert (await twilio_inbox.wait_for()).body == "Hi"
    assert (twilio, twilio_client.options.retries) == ("mine", 0)
"""
    session(source, "-o", "asyncio_mode=auto").assert_outcomes(passed=1)


LIGHT = """
import sys

def test_it():
    heavy = {"aiohttp", "msgspec", "anyio", "asyncio", "ssl", "async_messaging.simulator", "async_messaging.client"}
    assert not heavy & set(sys.modules)
"""


def test_a_session_that_does_not_use_it_loads_nothing_heavy(session: Session) -> None:
    plugins = ("async_messaging.testing.plugin",)
    session(LIGHT, plugins=plugins, subprocess=True).assert_outcomes(passed=1)
