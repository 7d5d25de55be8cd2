"""With something in the place of aiohttp's session no request leaves: the server stays silent."""

from __future__ import annotations

from itertools import count
from typing import Any, Self

import aiohttp
import pytest
from aioresponses import CallbackResult, aioresponses

from async_messaging import MessageDraft, MessagingClient
from async_messaging.settings import TransportName
from tests.contract.wire_faults import ANY_SID, Read, Send, answer
from tests.integration.transport.wire import WireServer
from tests.mocked import mocked

ACCOUNT = "AC" + "0" * 32
BODY = b'{"sid": "' + ANY_SID + b'", "status": "queued"}'
GOOD = (Read(), Send(answer(BODY)))
HI = MessageDraft(to="+15005550009", from_="+15005550006", body="Hi")
MOCKED = "SM" + "9" * 24
"""How the sids begin that are not the server's."""

_numbers = count()


def mocked_sid() -> str:
    return f"{MOCKED}{next(_numbers):08}"


async def is_mocked(twilio: MessagingClient) -> bool:
    """Send a message; whether the mock has answered."""
    return (await twilio.messages.send(HI)).sid.startswith(MOCKED)


def client_of(server: WireServer, transport: TransportName | None = None) -> MessagingClient:
    return MessagingClient(
        account_sid=ACCOUNT,
        auth_token="x",
        base_url=server.url,
        transport=transport,
        retries=0,
    )


def answers(session: aioresponses, server: WireServer) -> None:
    url = f"{server.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"

    def accept(_url: object, **_: object) -> CallbackResult:
        return CallbackResult(status=201, payload={"sid": mocked_sid()})

    session.post(url, callback=accept, repeat=True)


@pytest.mark.parametrize("transport", [None, "wire", "pool"])
async def test_a_client_made_under_aioresponses_reaches_nobody(
    transport: TransportName | None,
) -> None:
    async with WireServer(GOOD) as server:
        with mocked() as session:
            answers(session, server)
            async with client_of(server, transport) as twilio:
                assert await is_mocked(twilio)
        assert server.connections == 0


@pytest.mark.parametrize("transport", [None, "pool"])
async def test_one_that_has_sent_before_reaches_nobody_while_it_is_active(
    transport: TransportName | None,
) -> None:
    async with WireServer(GOOD) as server, client_of(server, transport) as twilio:
        assert not await is_mocked(twilio)
        with mocked() as session:
            answers(session, server)
            assert await is_mocked(twilio)
            async with twilio.bulk([HI] * 5) as bulk:
                assert [result.outcome async for result in bulk] == ["accepted"] * 5
        assert len(server.requests) == 1
        assert not await is_mocked(twilio)
        assert len(server.requests) == 2


class Session:
    """What a test puts in the session's place."""

    def __init__(self, **_: object) -> None:
        self.closed = False

    async def request(self, method: str, _url: object, **_: object) -> object:
        return Answer(method)

    async def close(self) -> None:
        self.closed = True


class Answer:
    def __init__(self, method: str) -> None:
        self.status = 201 if method == "POST" else 200
        self.headers: dict[str, str] = {}
        self.content = self

    async def iter_any(self) -> Any:
        yield BODY.replace(ANY_SID, mocked_sid().encode())

    def close(self) -> None: ...

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...


@pytest.mark.parametrize("transport", [None, "pool"])
async def test_a_class_that_was_replaced_makes_the_next_session(
    transport: TransportName | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with WireServer(GOOD) as server, client_of(server, transport) as twilio:
        assert not await is_mocked(twilio)
        with monkeypatch.context() as patch:
            patch.setattr(aiohttp, "ClientSession", Session)
            assert await is_mocked(twilio)
        assert len(server.requests) == 1
        assert not await is_mocked(twilio)


async def test_an_instrumented_session_carries_the_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """As OpenTelemetry does it: a trace config is added to each new session."""
    begun: list[str] = []

    async def began(_session: object, _context: object, facts: Any) -> None:
        begun.append(facts.method)

    own = aiohttp.ClientSession.__init__

    def instrumented(self: aiohttp.ClientSession, *args: Any, **facts: Any) -> None:
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(began)
        own(self, *args, trace_configs=[trace], **facts)

    async with WireServer(GOOD) as server, client_of(server) as twilio:
        await twilio.messages.send(HI)
        monkeypatch.setattr(aiohttp.ClientSession, "__init__", instrumented)
        for _ in range(2):
            await twilio.messages.send(HI)
        assert begun == ["POST", "POST"]
        assert len(server.requests) == 3
