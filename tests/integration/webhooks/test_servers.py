"""The same requests to every server that a receiver can live in, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import urlencode

import pytest

from async_messaging.webhooks import Event, InboundMessage, StatusCallback, Webhooks
from tests.integration.webhooks.hosts import HOSTS, Host, ask, head, post, serve_asgi, talk
from tests.unit.webhooks.requests import FORM, SID, TOKEN, inbound, sid, signed, status

PUBLIC = "https://example.com/twilio"


class Shop:
    """A receiver that notes what it is told."""

    def __init__(self, **options: Any) -> None:
        self.events: list[Event] = []
        self.ended: list[str] = []
        self.entered = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()
        self.hooks = Webhooks(auth_token=TOKEN, public_url=PUBLIC, **options)
        self.hooks.on_message(self.message)
        self.hooks.on_status(self.status)

    async def message(self, message: InboundMessage) -> str:
        self.events.append(message)
        return f"You wrote: {message.body}"

    async def status(self, event: StatusCallback) -> None:
        self.events.append(event)
        self.entered.set()
        await self.open.wait()
        self.ended.append(event.sid)


@pytest.fixture
def shop() -> Shop:
    return Shop(read_within=0.15, answer_within=0.05)


@pytest.fixture(params=list(HOSTS))
def host(request: pytest.FixtureRequest) -> Host:
    return HOSTS[request.param]


@pytest.fixture
async def port(host: Host, shop: Shop) -> AsyncGenerator[int]:
    async with host(shop.hooks) as port:
        yield port


@pytest.fixture(params=["aiohttp", "uvicorn"])
async def bare(request: pytest.FixtureRequest, shop: Shop) -> AsyncGenerator[int]:
    """Without a framework between: what the receiver itself does with hostile requests."""
    async with HOSTS[request.param](shop.hooks) as port:
        yield port


async def test_a_message_is_answered_with_twiml(port: int, shop: Shop) -> None:
    answer = await post(port, "/twilio/sms", *signed(inbound(Body="a & ü"), url=f"{PUBLIC}/sms"))
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>'
        "<Response><Message>You wrote: a &amp; ü</Message></Response>"
    )


async def test_a_status_is_answered_with_nothing(port: int, shop: Shop) -> None:
    url = f"{PUBLIC}/status?row=a%2Fb%20c"
    answer = await post(port, "/twilio/status?row=a%2Fb%20c", *signed(status(), url=url))
    assert (answer.status, answer.body) == (204, b"")
    assert shop.events[0].query == {"row": "a/b c"}


async def test_a_get_works_too(bare: int, shop: Shop) -> None:
    query = urlencode(inbound(Body="é +1"))
    headers, _ = signed(url=f"{PUBLIC}/sms?{query}")
    answer = await ask(bare, "GET", f"/twilio/sms?{query}", headers)
    assert answer.status == 200
    assert "é +1" in answer.body.decode()


async def test_what_twilio_did_not_sign_gets_nothing(port: int, shop: Shop) -> None:
    headers, body = signed(inbound(), url=f"{PUBLIC}/sms", token="another")
    answer = await post(port, "/twilio/sms", headers, body)
    assert (answer.status, answer.body) == (403, b"")
    headers, body = signed(inbound(), url="https://evil.example/twilio/sms")
    forwarded = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert (await post(port, "/twilio/sms", {**headers, **forwarded}, body)).status == 403
    assert shop.events == []


async def test_other_methods_are_not_allowed(bare: int) -> None:
    headers, body = signed(inbound(), url=f"{PUBLIC}/sms")
    for method in ("PUT", "DELETE", "PATCH"):
        answer = await ask(bare, method, "/twilio/sms", headers, body)
        assert answer.status == 405
        assert set(answer.headers["allow"].replace(" ", "").split(",")) >= {"GET", "POST"}


async def test_other_paths_are_not_found(port: int) -> None:
    for path in ("/twilio/other", "/twilio/sms/x", "/"):
        headers, body = signed(inbound(), url=f"https://example.com{path}")
        assert (await post(port, path, headers, body)).status == 404


async def test_a_body_that_is_too_long_is_not_read_to_its_end(bare: int, shop: Shop) -> None:
    headers, _ = signed(inbound(), url=f"{PUBLIC}/sms")
    long = {**headers, "Content-Length": str(1 << 40)}
    assert (await talk(bare, head("POST", "/twilio/sms", long), b"Body=")).status == 413
    chunked = {**headers, "Transfer-Encoding": "chunked"}
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    answer = await talk(bare, head("POST", "/twilio/sms", chunked), *[chunk] * 5)
    assert answer.status == 413
    assert shop.events == []


async def test_a_body_that_comes_too_slowly_is_not_waited_for(bare: int, shop: Shop) -> None:
    headers, body = signed(inbound(), url=f"{PUBLIC}/sms")
    whole = {**headers, "Content-Length": str(len(body))}
    assert (await talk(bare, head("POST", "/twilio/sms", whole), body[:-1])).status == 408
    assert shop.events == []


async def test_who_hangs_up_in_the_middle_harms_nobody(bare: int, shop: Shop) -> None:
    headers, body = signed(inbound(), url=f"{PUBLIC}/sms")
    _, writer = await asyncio.open_connection("127.0.0.1", bare)
    writer.write(head("POST", "/twilio/sms", {**headers, "Content-Length": "999"}) + body[:20])
    await writer.drain()
    writer.transport.abort()
    assert (await post(bare, "/twilio/sms", headers, body)).status == 200
    assert len(shop.events) == 1


WRONG: tuple[tuple[int, dict[str, str], bytes], ...] = (
    (415, {"Content-Encoding": "gzip"}, b"\x1f\x8b" + b"\x00" * 40),
    (415, {"Content-Type": "application/json"}, b"{}"),
    (415, {"Content-Type": "multipart/form-data; boundary=x"}, b"--x--"),
    (400, {"Content-Type": FORM}, b"Body=%ff%fe"),
    (400, {"Content-Type": FORM}, b"\xff\xfe"),
    (400, {"Content-Type": FORM}, b"&".join(b"a%d" % n for n in range(101))),
)


async def test_what_no_webhook_is_gets_a_4xx(bare: int, shop: Shop) -> None:
    headers, _ = signed(inbound(), url=f"{PUBLIC}/sms")
    for expected, change, body in WRONG:
        answer = await post(bare, "/twilio/sms", {**headers, **change}, body)
        assert (answer.status, answer.body) == (expected, b""), change
    assert shop.events == []


async def test_a_slow_handler_goes_on_and_the_end_waits_for_it(host: Host, shop: Shop) -> None:
    shop.open.clear()
    async with host(shop.hooks) as port:
        answer = await post(port, "/twilio/status", *signed(status(), url=f"{PUBLIC}/status"))
        assert (answer.status, shop.ended) == (204, [])
        asyncio.get_running_loop().call_later(0.05, shop.open.set)
    assert shop.ended == [SID]


async def test_500_callbacks_over_many_connections_arrive_once_each(bare: int, shop: Shop) -> None:
    async def send(number: int) -> int:
        made = signed(status(sid=sid(number % 250)), url=f"{PUBLIC}/status")
        return (await post(bare, "/twilio/status", *made)).status

    gate = asyncio.Semaphore(20)

    async def in_turn(number: int) -> int:
        async with gate:
            return await send(number)

    answers = await asyncio.gather(*(in_turn(number) for number in range(500)))
    assert set(answers) == {204}
    assert sorted(event.sid for event in shop.events) == sorted(map(sid, range(250)))


async def test_a_websocket_is_closed(shop: Shop) -> None:
    app = shop.hooks.asgi()
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await app({"type": "websocket", "path": "/sms"}, receive, send)
    await app({"type": "something new"}, receive, send)
    assert sent == ["websocket.close"]


async def test_a_server_without_a_raw_path_is_served_too(shop: Shop) -> None:
    app = shop.hooks.asgi()

    async def older(scope: Any, receive: Any, send: Any) -> None:
        await app(
            {name: value for name, value in scope.items() if name != "raw_path"}, receive, send
        )

    async with serve_asgi(older, lifespan="on") as port:
        answer = await post(port, "/sms", *signed(inbound(), url=f"{PUBLIC}/sms"))
    assert answer.status == 200
