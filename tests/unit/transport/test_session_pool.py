"""The session pool's plain cases, with aiohttp's session replaced by aioresponses.

No connector sees these requests, so there is no evidence of its own: only an exception that names
the connecting phase then counts as not sent.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from aioresponses import aioresponses

from async_messaging.credentials import Credentials
from async_messaging.errors import (
    AnswerTimeout,
    ConnectFailed,
    ConnectionLost,
    MessagingError,
    UnexpectedAnswer,
)
from async_messaging.settings import AttemptTimeout, Settings
from async_messaging.transport import Request, SessionPool
from tests.mocked import mocked

URL = "https://api.twilio.com/2010-04-01/Accounts/AC/Messages.json"
KEY = ConnectionKey("api.twilio.com", 443, True, True, None, None, None)


@pytest.fixture
def twilio() -> Iterator[aioresponses]:
    with mocked() as session:
        yield session


@pytest.fixture
async def pool() -> AsyncIterator[SessionPool]:
    opened = SessionPool(Settings(Credentials("AC", "AC", "secret")))
    yield opened
    await opened.close()


def post(cap: int = 1 << 20) -> Request:
    headers = {"Authorization": "Basic c2VjcmV0"}
    return Request("POST", URL, headers, b"Body=hunter2", AttemptTimeout(), cap)


@pytest.mark.parametrize("status", [200, 201, 204, 400, 401, 404, 429, 500, 503])
async def test_every_status_is_an_answer(
    pool: SessionPool, twilio: aioresponses, status: int
) -> None:
    twilio.post(URL, status=status, payload={"sid": "SM1"}, headers={"Twilio-Request-Id": "RQ1"})
    request = post()
    response = await pool.send(request)
    assert request.written
    assert (response.status, response.content) == (status, b'{"sid": "SM1"}')
    assert response.headers["twilio-request-id"] == "RQ1"
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (aiohttp.ClientConnectorError(KEY, OSError(111, "refused")), ConnectFailed),
        (aiohttp.ClientConnectorDNSError(KEY, OSError(-2, "unknown")), ConnectFailed),
        (aiohttp.ConnectionTimeoutError(URL), ConnectFailed),
        (aiohttp.SocketTimeoutError(URL), AnswerTimeout),
        (TimeoutError(), AnswerTimeout),
        (aiohttp.ServerDisconnectedError(), ConnectionLost),
        (aiohttp.ClientOSError(104, URL), ConnectionLost),
        (ConnectionResetError(104, URL), ConnectionLost),
        (aiohttp.ClientPayloadError(URL), UnexpectedAnswer),
        (aiohttp.ClientError(URL), UnexpectedAnswer),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
async def test_an_exception_becomes_ours(
    pool: SessionPool, twilio: aioresponses, error: Exception, ours: type[MessagingError]
) -> None:
    twilio.post(URL, exception=error)
    twilio.post(URL, status=201, payload={})
    request = post()
    with pytest.raises(ours) as caught:
        await pool.send(request)
    assert request.written == (caught.value.outcome == "unknown")
    assert caught.value.__context__ is None
    assert not any(secret in str(caught.value) for secret in ("Messages.json", "hunter2"))
    assert sum(map(len, twilio.requests.values())) == 1


async def test_cancelled_it_stays_cancelled(pool: SessionPool, twilio: aioresponses) -> None:
    reached = asyncio.Event()

    async def never(url: object, **_: object) -> None:
        reached.set()
        await asyncio.Event().wait()

    twilio.post(URL, callback=never)
    sending = asyncio.create_task(pool.send(post()))
    await reached.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending


async def test_the_cap(pool: SessionPool, twilio: aioresponses) -> None:
    twilio.post(URL, status=201, body=b"x" * 11, repeat=True)
    assert len((await pool.send(post(cap=11))).content) == 11
    with pytest.raises(UnexpectedAnswer) as caught:
        await pool.send(post(cap=10))
    assert caught.value.status == 201


def test_the_package_loads_aiohttp_on_first_use_only() -> None:
    code = (
        "import sys\n"
        "from async_messaging.transport import ScriptedTransport, base, scripted\n"
        "assert 'aiohttp' not in sys.modules\n"
        "from async_messaging.transport import SessionPool\n"
        "assert 'aiohttp' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
