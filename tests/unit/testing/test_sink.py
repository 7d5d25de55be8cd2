from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from async_messaging import Message, MessageDraft, MessagingClient
from async_messaging.errors import ClientClosed, NotFound
from async_messaging.operation import Method
from async_messaging.settings import AttemptTimeout
from async_messaging.testing import FakeClock, Sink
from async_messaging.transport import Request, Transport

ACCOUNT = "AC" + "0" * 32
BASE = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}"
FROM = "+15005550006"
TO = "+14155550100"


def client_of(sink: Sink) -> MessagingClient:
    return MessagingClient(transport=sink, account_sid=ACCOUNT, auth_token="x" * 32)


def request(method: Method, url: str) -> Request:
    return Request(method, url, {}, b"", AttemptTimeout(), 1 << 20)


async def answer(sink: Sink, method: Method, url: str) -> tuple[int, Any]:
    response = await sink.send(request(method, url))
    assert response.headers["content-type"].startswith("application/json")
    return response.status, json.loads(response.content)


def test_it_is_a_transport_that_shows_its_count() -> None:
    transport: Transport = Sink()
    assert repr(transport) == "<Sink, 0 accepted>"


async def test_a_client_sends_into_it() -> None:
    sink = Sink(clock=FakeClock(start=1_700_000_000.0))
    async with client_of(sink) as client:
        message = await client.messages.create(to=TO, from_=FROM, body="Hi")
    assert sink.accepted == 1
    assert (message.sid, message.account_sid) == (f"SM{1:032x}", ACCOUNT)
    assert (message.status, message.direction, message.num_segments) == (
        "queued",
        "outbound-api",
        1,
    )
    assert message.date_created is not None
    assert message.date_created.timestamp() == 1_700_000_000
    assert message.uri == f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{message.sid}.json"
    assert message.subresource_uris == {
        "media": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{message.sid}/Media.json"
    }


async def test_bulk_sends_get_a_sid_each() -> None:
    sink = Sink()
    drafts = [MessageDraft(to=f"+1415555{n:04d}", from_=FROM, body="Hi") for n in range(500)]
    async with client_of(sink) as client, client.bulk(drafts) as results:
        found = [result async for result in results]
    assert Counter(result.outcome for result in found) == {"accepted": 500}
    assert len({result.message.sid for result in found if result.message}) == 500
    assert sink.accepted == 500


async def test_lists_are_empty_and_there_is_money() -> None:
    sink = Sink()
    async with client_of(sink) as client:
        await client.messages.create(to=TO, from_=FROM, body="Hi")
        assert await client.messages.list(to=TO, page_size=10) == []
        balance = await client.balance.fetch()
    assert (balance.balance, balance.currency) == (Decimal("10000.00"), "USD")
    assert sink.accepted == 1


async def test_everything_else_is_not_found() -> None:
    sink = Sink()
    sid = "SM" + "0" * 32
    async with client_of(sink) as client:
        with pytest.raises(NotFound) as caught:
            await client.messages.fetch(sid)
        assert caught.value.code == 20404
        with pytest.raises(NotFound):
            await client.messages.redact(sid)
        with pytest.raises(NotFound):
            await client.pricing.messaging.fetch("us")


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("DELETE", f"{BASE}/Messages.json"),
        ("PUT", f"{BASE}/Messages.json"),
        ("POST", f"{BASE}/Balance.json"),
        ("POST", f"{BASE}/Messages/SM{0:032x}.json"),
        ("GET", f"{BASE}/Messages/SM{0:032x}.json?a=/Balance.json"),
        ("GET", "https://api.twilio.com/"),
    ],
)
async def test_nothing_is_accepted_elsewhere(method: Method, url: str) -> None:
    sink = Sink()
    status, problem = await answer(sink, method, url)
    assert (status, problem["status"], problem["code"]) == (404, 404, 20404)
    assert "twilio.com/docs/errors" in problem["more_info"]
    assert "?" not in problem["message"]
    assert sink.accepted == 0


async def test_subaccounts_have_answers_of_their_own() -> None:
    sink = Sink()
    other = "AC" + "1" * 32
    for account in (ACCOUNT, other, ACCOUNT):
        _, message = await answer(sink, "POST", f"{BASE}/Messages.json".replace(ACCOUNT, account))
        assert message["account_sid"] == account
    assert (message["sid"], sink.accepted) == (f"SM{3:032x}", 3)


async def test_its_message_has_the_fields_that_ours_have() -> None:
    _, message = await answer(Sink(), "POST", f"{BASE}/Messages.json")
    texts = {"date_created_text", "date_updated_text", "date_sent_text", "from_", "tags"}
    assert set(Message.__struct_fields__) - texts <= set(message)
    assert {"date_created", "date_updated", "date_sent", "from"} <= set(message)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_every_request_counts_as_written(method: Method) -> None:
    asked = request(method, f"{BASE}/Messages.json")
    await Sink().send(asked)
    assert asked.written


async def test_an_answer_takes_its_latency() -> None:
    clock = FakeClock()
    sink = Sink(latency=0.2, clock=clock)
    asked = request("POST", f"{BASE}/Messages.json")
    sending = asyncio.create_task(sink.send(asked))
    while not clock.sleepers:
        await asyncio.sleep(0)
    await clock.advance(0.1)
    assert asked.written
    assert not sending.done()
    assert sink.accepted == 1
    await clock.advance(0.1)
    assert (await sending).status == 201


async def test_streams_are_answered_too() -> None:
    async with Sink().stream(request("GET", f"{BASE}/Messages/SM1/Media/ME1")) as streamed:
        content = b"".join([piece async for piece in streamed.chunks()])
    assert (streamed.status, json.loads(content)["code"]) == (404, 20404)


async def test_a_closed_one_refuses() -> None:
    sink = Sink()
    await sink.close()
    asked = request("POST", f"{BASE}/Messages.json")
    with pytest.raises(ClientClosed):
        await sink.send(asked)
    with pytest.raises(ClientClosed):
        async with sink.stream(asked):
            pass
    assert (asked.written, sink.accepted) == (False, 0)


async def test_it_costs_little() -> None:
    sink, asked = Sink(), request("POST", f"{BASE}/Messages.json")
    spent = []
    for _ in range(20):
        began = time.perf_counter()
        for _ in range(1000):
            await sink.send(asked)
        spent.append((time.perf_counter() - began) / 1000)
    assert min(spent) < 3e-6


def test_it_is_loaded_on_first_use() -> None:
    code = (
        "import sys, async_messaging.testing as t; name = 'async_messaging.testing.sink';"
        "assert name not in sys.modules; assert 'Sink' in dir(t); t.Sink; assert name in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_there_is_nothing_else() -> None:
    import async_messaging.testing as surface

    with pytest.raises(AttributeError, match="no attribute 'Source'"):
        _ = surface.Source
