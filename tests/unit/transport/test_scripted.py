from __future__ import annotations

import asyncio
from itertools import repeat

import pytest

from async_messaging.errors import (
    AnswerTimeout,
    ClientClosed,
    ConnectFailed,
    MessagingError,
    RateLimited,
    ServerFailed,
    SettingsError,
    UnexpectedAnswer,
)
from async_messaging.settings import AttemptTimeout
from async_messaging.transport import (
    Hold,
    Request,
    Response,
    ScriptedTransport,
    ScriptExhausted,
    Transport,
    scripted,
)

OK = scripted.json(201, {"sid": "SM1"})


def request(cap: int = 1 << 20) -> Request:
    headers = {"Authorization": "Basic c2VjcmV0"}
    return Request("POST", "https://api.example/", headers, b"hunter2", AttemptTimeout(), cap)


async def test_answers_in_turn_and_records() -> None:
    transport: Transport = ScriptedTransport(
        [OK, scripted.json(429, {}, headers={"Retry-After": "1"})]
    )
    first, second = request(), request()
    assert await transport.send(first) is OK
    late = await transport.send(second)
    assert (late.status, late.headers["retry-after"], late.content) == (429, "1", b"{}")
    assert late.headers["content-type"] == "application/json"
    assert isinstance(transport, ScriptedTransport)
    assert transport.requests == [first, second]
    assert first.written
    assert second.written


async def test_an_endless_script() -> None:
    transport = ScriptedTransport(repeat(OK))
    for _ in range(3):
        assert (await transport.send(request())).status == 201


async def test_a_script_that_ends_is_no_failed_send() -> None:
    transport = ScriptedTransport([])
    with pytest.raises(ScriptExhausted, match="no answer left for this POST") as caught:
        await transport.send(request())
    assert isinstance(caught.value, AssertionError)
    assert not issubclass(ScriptExhausted, MessagingError)
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    ("error", "written"),
    [
        (ConnectFailed(), False),
        (ClientClosed(), False),
        (SettingsError(), False),
        (AnswerTimeout(), True),
        (ServerFailed(), True),
        (RateLimited(), True),
    ],
)
async def test_an_error_says_whether_the_request_was_written(
    error: MessagingError, *, written: bool
) -> None:
    asked = request()
    with pytest.raises(type(error)) as caught:
        await ScriptedTransport([error]).send(asked)
    assert caught.value is error
    assert asked.written is written


async def test_a_function_for_a_script() -> None:
    def plain(asked: Request) -> Response:
        return scripted.json(200, {"method": asked.method})

    async def later(asked: Request) -> Response:
        await asyncio.sleep(0)
        return plain(asked)

    for script in (plain, later):
        response = await ScriptedTransport(script).send(request())
        assert response.content == b'{"method":"POST"}'


@pytest.mark.parametrize("written", [True, False])
async def test_a_hold_waits(*, written: bool) -> None:
    release = asyncio.Event()
    hold = Hold(release, OK, written=written)
    asked = request()
    sending = asyncio.create_task(ScriptedTransport([hold]).send(asked))
    await hold.reached.wait()
    assert asked.written is written
    assert not sending.done()
    release.set()
    assert await sending is OK
    assert asked.written


async def test_a_hold_cancelled_keeps_the_evidence() -> None:
    for written in (True, False):
        hold = Hold(asyncio.Event(), OK, written=written)
        asked = request()
        sending = asyncio.create_task(ScriptedTransport([hold]).send(asked))
        await hold.reached.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert asked.written is written


async def test_a_hold_may_end_in_an_error_or_another_hold() -> None:
    open_ = asyncio.Event()
    open_.set()
    asked = request()
    script = [Hold(open_, Hold(open_, ConnectFailed(), written=False), written=False)]
    with pytest.raises(ConnectFailed):
        await ScriptedTransport(script).send(asked)
    assert not asked.written


async def test_the_cap_holds_as_in_a_real_transport() -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        await ScriptedTransport([OK]).send(request(cap=5))
    assert caught.value.status == 201


async def test_streams_in_pieces() -> None:
    body = bytes(200_000)
    transport = ScriptedTransport([Response(200, {"a": "b"}, body), ConnectFailed()])
    async with transport.stream(request(cap=1)) as streamed:
        assert (streamed.status, streamed.headers) == (200, {"a": "b"})
        pieces = [piece async for piece in streamed.chunks()]
    assert b"".join(pieces) == body
    assert max(map(len, pieces)) == 1 << 16
    with pytest.raises(ConnectFailed):
        async with transport.stream(request()):
            pytest.fail("there is nothing to read")


async def test_closed_it_refuses() -> None:
    transport = ScriptedTransport([OK])
    await transport.close()
    await transport.close()
    with pytest.raises(ClientClosed):
        await transport.send(request())
    with pytest.raises(ClientClosed):
        async with transport.stream(request()):
            pytest.fail("there is nothing to read")
    assert transport.requests == []


async def test_nothing_shows_a_secret() -> None:
    hold = Hold(asyncio.Event(), OK)
    transport = ScriptedTransport([OK])
    await transport.send(request())
    shown = f"{transport!r} {transport.requests!r} {hold!r} {OK!r}"
    assert not any(secret in shown for secret in ("hunter2", "c2VjcmV0", "SM1"))
