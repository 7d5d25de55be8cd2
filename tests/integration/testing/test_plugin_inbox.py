"""The inbox: what has arrived, in async and in sync tests."""

from __future__ import annotations

import asyncio
import re
import threading
from base64 import b64encode
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aiohttp import web

from async_messaging import BadRequest, MessageDraft, MessagingClient
from async_messaging.simulator.desk import Arrival, decide
from async_messaging.testing import Inbox, MessageNotReceived, SimulatedTwilio, SyncInbox
from tests.integration.receiver import Received, Receiver

ANN, BOB, OFF = "+14155550100", "+14155550101", "+14159993003"
SERVICE = "MG" + "0" * 32
THANKS = "<Response><Message>Thanks</Message></Response>"
SECRET = "the code is 482913"


@pytest.fixture
def client(twilio_client: MessagingClient) -> MessagingClient:
    return twilio_client


async def send(client: MessagingClient, to: str, body: str) -> str:
    return (await client.messages.create(to=to, from_="+15005550006", body=body)).sid


async def test_it_waits_until_the_message_comes(
    client: MessagingClient, twilio_inbox: Inbox
) -> None:
    waiting = asyncio.create_task(twilio_inbox.wait_for(to=BOB))
    await send(client, ANN, "Hi Ann")
    assert not waiting.done()
    sid = await send(client, BOB, "Hi Bob")
    message = await waiting
    assert (message.sid, message.to, message.from_, message.body) == (
        sid,
        BOB,
        "+15005550006",
        "Hi Bob",
    )


async def test_who_waits_for_a_scheduled_message_is_woken_when_the_clock_is_moved(
    twilio: SimulatedTwilio, client: MessagingClient, twilio_inbox: Inbox
) -> None:
    at = datetime.fromtimestamp(twilio.clock.time(), UTC) + timedelta(hours=1)
    await client.messages.create(to=ANN, messaging_service_sid=SERVICE, body="Hi", send_at=at)
    waiting = asyncio.create_task(twilio_inbox.wait_for(to=ANN))
    await asyncio.sleep(0)
    assert len(twilio_inbox) == 0
    twilio.clock.advance(3600)
    assert (await waiting).body == "Hi"


async def test_each_message_is_handed_out_once_the_oldest_first(
    client: MessagingClient, twilio_inbox: Inbox, twilio_inbox_sync: SyncInbox
) -> None:
    sids = [await send(client, ANN, body) for body in ("one", "two", "three")]
    assert (await twilio_inbox.wait_for(matching="t")).sid == sids[1]
    assert (await twilio_inbox.wait_for(to=ANN)).sid == sids[0]
    assert await asyncio.to_thread(lambda: twilio_inbox_sync.wait_for().sid) == sids[2]
    with pytest.raises(MessageNotReceived):
        await twilio_inbox.wait_for(timeout=0.01)
    assert [message.sid for message in twilio_inbox] == sids
    assert len(twilio_inbox) == 3


async def test_matching_is_a_part_of_the_text_or_a_pattern(
    client: MessagingClient, twilio_inbox: Inbox
) -> None:
    await send(client, ANN, "Total: 1.50")
    with pytest.raises(MessageNotReceived):
        await twilio_inbox.wait_for(matching="1.5$", timeout=0.01)
    found = await twilio_inbox.wait_for(matching=re.compile("1.50$"), from_="+15005550006")
    assert found.body == "Total: 1.50"


async def test_clear_forgets_what_has_come(client: MessagingClient, twilio_inbox: Inbox) -> None:
    await send(client, ANN, "before")
    twilio_inbox.clear()
    assert len(twilio_inbox) == 0
    await send(client, ANN, "after")
    assert (await twilio_inbox.wait_for(to=ANN)).body == "after"
    assert [message.body for message in twilio_inbox.messages] == ["after"]


async def test_a_phone_knows_who_writes_before_twilio_tells(
    client: MessagingClient, twilio_inbox: Inbox
) -> None:
    sent = await client.messages.create(to=ANN, messaging_service_sid=SERVICE, body="Hi")
    assert sent.from_ is None
    assert (await twilio_inbox.wait_for(to=ANN, from_="+15005550006")).from_ == "+15005550006"


async def test_a_reset_empties_it_also_while_somebody_waits(
    twilio: SimulatedTwilio, client: MessagingClient, twilio_inbox: Inbox
) -> None:
    for body in ("one", "two"):
        await send(client, ANN, body)
    waiting = asyncio.create_task(twilio_inbox.wait_for(matching="three"))
    await asyncio.sleep(0)
    form = f"To=%2B{ANN[1:]}&From=%2B15005550006&Body=three".encode()
    pair = b64encode(f"{twilio.account_sid}:{twilio.auth_token}".encode()).decode()
    path = f"/2010-04-01/Accounts/{twilio.account_sid}/Messages.json"
    kind = "application/x-www-form-urlencoded"
    arrival = Arrival("POST", path, twilio.url, kind, f"Basic {pair}", form)

    def reset_and_send() -> None:  # at once, before whoever waits can look
        twilio.simulator.reset()
        decide(twilio.simulator.world, arrival)

    twilio.call(reset_and_send)
    assert (await waiting).body == "three"
    assert len(twilio_inbox) == 1


async def test_many_messages_are_no_burden(client: MessagingClient, twilio_inbox: Inbox) -> None:
    drafts = (
        MessageDraft(to=f"+1415{n:07d}", from_="+15005550006", body="Hi") for n in range(1000)
    )
    waiting = asyncio.create_task(twilio_inbox.wait_for(to="+14150000999", timeout=60))
    async with client.bulk(drafts) as results:
        assert [result.outcome async for result in results] == ["accepted"] * 1000
    assert (await waiting).to == "+14150000999"
    assert len(twilio_inbox) == 1000


async def test_what_a_phone_never_gets_is_not_there(
    twilio: SimulatedTwilio, client: MessagingClient, twilio_inbox: Inbox
) -> None:
    await send(client, OFF, SECRET)
    with pytest.raises(MessageNotReceived, match="1 never will"):
        await twilio_inbox.wait_for(timeout=0.01)
    assert (len(twilio_inbox), twilio.accepted) == (0, 1)


async def test_when_nothing_comes_it_says_what_did_and_shows_neither_texts_nor_numbers(
    twilio: SimulatedTwilio, client: MessagingClient, twilio_inbox: Inbox
) -> None:
    sids = [await send(client, ANN, SECRET) for _ in range(12)]
    with pytest.raises(BadRequest):
        await send(client, "+15005550001", "Hi")
    await twilio_inbox.wait_for(to=ANN)
    with pytest.raises(MessageNotReceived) as caught:
        await twilio_inbox.wait_for(to=BOB, matching=SECRET, timeout=0.01)
    said = str(caught.value)
    assert said.startswith("no message to +1415...0101 that matches has arrived in 0.01 s")
    assert "12 others have" in said
    assert "and 2 before them" in said
    assert sids[-1] in said
    assert "400 with code 21211: 1" in said
    assert not re.search("482913|4155550100|4155550101", said)


async def test_a_reply_reaches_a_webhook_on_the_tests_own_loop_and_its_answer_comes_back(
    twilio: SimulatedTwilio, client: MessagingClient, twilio_inbox: Inbox
) -> None:
    async def thank(_: Received) -> web.Response:
        return web.Response(text=THANKS, content_type="text/xml")

    async with Receiver(thank) as hook:
        twilio.webhook = hook.url
        assert twilio.webhook == hook.url
        await send(client, ANN, "Coming?")
        await twilio_inbox.wait_for(to=ANN)
        reply = await twilio_inbox.reply(from_=ANN, body="Yes")
        assert (await twilio_inbox.wait_for(to=ANN)).body == "Thanks"
    assert reply.webhook[0].fields["Body"] == "Yes"
    assert [message.direction for message in twilio.inbox] == [
        "outbound-api",
        "inbound",
        "outbound-reply",
    ]


class Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.end_headers()
        self.wfile.write(THANKS.encode())

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - its name in the base class
        """Nothing."""


@pytest.fixture
def hook() -> Generator[str]:
    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/sms"
        server.shutdown()
        thread.join()


def test_the_same_without_asyncio(
    twilio: SimulatedTwilio, twilio_inbox_sync: SyncInbox, client: MessagingClient, hook: str
) -> None:
    twilio.webhook = hook
    asyncio.run(send(client, ANN, "Coming? https://example.com/r/1."))
    message = twilio_inbox_sync.wait_for(to=ANN, matching="Coming")
    assert message.links() == ["https://example.com/r/1"]
    assert twilio_inbox_sync.reply(from_=ANN, body="Yes").webhook[0].state == "answered"
    assert twilio_inbox_sync.wait_for(matching=re.compile("^Thanks$")).to == ANN
    with pytest.raises(MessageNotReceived):
        twilio_inbox_sync.wait_for(timeout=0.01)


def test_stop_opts_out(
    twilio_inbox_sync: SyncInbox, client: MessagingClient, twilio: SimulatedTwilio
) -> None:
    asyncio.run(send(client, ANN, "Hi"))
    assert twilio_inbox_sync.reply(from_=ANN, body="STOP").opt_out_type == "STOP"
    with pytest.raises(BadRequest, match="21610"):
        asyncio.run(send(client, ANN, "Hi again"))
    assert twilio.accepted == 1


async def test_the_sync_inbox_does_not_let_an_event_loop_stand_still(
    twilio_inbox_sync: SyncInbox,
) -> None:
    with pytest.raises(RuntimeError, match="await twilio_inbox"):
        twilio_inbox_sync.wait_for()
    with pytest.raises(RuntimeError, match="await twilio_inbox"):
        twilio_inbox_sync.reply(from_=ANN, body="Hi")


async def test_a_phone_that_can_not_write_is_told_why(twilio_inbox: Inbox) -> None:
    with pytest.raises(ValueError, match="nobody has written"):
        await twilio_inbox.reply(from_=ANN, body="Hi")
