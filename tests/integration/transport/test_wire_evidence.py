"""P5 and P6 at the transport: what the wire shows decides the error, on real sockets."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest

from async_messaging.errors import AnswerTimeout, ConnectFailed, MessagingError, NotSent
from async_messaging.settings import AttemptTimeout
from async_messaging.transport import Request
from tests.contract.wire_faults import FAULTS, SID, WireFault
from tests.integration.transport.conftest import Open
from tests.integration.transport.wire import FaultServer, provoke, settings_for

PATIENT = AttemptTimeout(connect=30, read=30, total=30)


def post(url: str, body: bytes, timeout: AttemptTimeout = PATIENT) -> Request:
    headers = {"Authorization": "Basic c2VjcmV0", "Content-Type": "text/plain"}
    return Request("POST", f"{url}/Messages.json", headers, body, timeout, 1 << 20)


async def once(opens: Open, fault: WireFault, number: int) -> None:
    async with FaultServer(fault) as server:
        settings = settings_for(ssl=server.ssl, limits=server.limits)
        pool = opens(settings)
        body = b"To=%2B15558675310&Body=number+" + str(number).encode()
        request = post(server.url, body, fault.timeout)
        try:
            with pytest.raises(MessagingError) as caught:
                await provoke(
                    fault,
                    server,
                    lambda: pool.send(request),
                    lambda: pool.send(post(server.url, b"first")),
                )
        finally:
            await pool.close()
        hurried = fault.written and fault.timeout.total < 1
        if hurried and isinstance(caught.value, ConnectFailed):
            assert not request.written
            return  # a busy machine did not connect in time, and nothing was met
        assert type(caught.value) is fault.error
        assert request.written == fault.written == (not isinstance(caught.value, NotSent))
        assert fault.status in {None, caught.value.status}
        assert (SID in (caught.value.raw() or "")) >= fault.salvage
        read = [seen.endswith(b"\r\n\r\n" + body) for seen in server.requests]
        late = hurried and isinstance(caught.value, AnswerTimeout)
        if read or not late:  # a busy server may not have read it in time
            assert read == [True] * fault.read_whole
        shown = f"{caught.value!s} {caught.value!r}"
        assert not any(
            secret in shown for secret in ("15558675310", "c2VjcmV0", "Messages.json", SID)
        )
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None


async def repeated(opens: Open, fault: WireFault, times: int) -> None:
    """Twenty at a time, each with a server and a pool of its own."""
    for start in range(0, times, 20):
        await asyncio.gather(*(once(opens, fault, number) for number in range(start, start + 20)))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_a_fault_shows_how_far_the_request_got(opens: Open, fault: WireFault) -> None:
    await repeated(opens, fault, 20)


@pytest.mark.soak
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_a_fault_shows_how_far_the_request_got_500_times(
    opens: Open, fault: WireFault
) -> None:
    await repeated(opens, fault, 500)


def test_the_evidence_holds_with_aiohttp_in_pure_python() -> None:
    """The table again in a process without aiohttp's C parser and writer."""
    table = f"{__file__}::{test_a_fault_shows_how_far_the_request_got.__name__}"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", table],
        env={**os.environ, "AIOHTTP_NO_EXTENSIONS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"{2 * len(FAULTS)} passed" in done.stdout, done.stdout


def test_there_are_enough_faults() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert sum(not fault.written for fault in FAULTS) >= 9
    assert sum(fault.written for fault in FAULTS) >= 28
