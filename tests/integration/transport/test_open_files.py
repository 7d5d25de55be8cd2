"""A process at its limit of open files: what gets no connection waits, or was not sent."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest

from async_messaging.settings import TransportName
from tests.contract.wire_faults import ANY_SID, Read, Send, answer
from tests.integration.transport.wire import WireServer

pytest.importorskip("resource")

GOOD = (Read(), Send(answer(b'{"sid": "' + ANY_SID + b'"}')))

SENDER = """
import asyncio, json, os, resource, sys
from async_messaging import MessageDraft, MessagingClient, MessagingError

url, transport, spare = sys.argv[1], sys.argv[2], int(sys.argv[3])
HI = MessageDraft(to="+15005550009", from_="+15005550006", body="Hi")

async def outcome(twilio):
    try:
        await twilio.messages.send(HI)
    except Exception as error:
        return getattr(error, "outcome", type(error).__name__)
    return "accepted"

async def main():
    account = {"account_sid": "AC" + "0" * 32, "auth_token": "x", "insecure_http": True}
    async with MessagingClient(base_url=url, transport=transport, retries=1, **account) as twilio:
        # The loop has opened what it needs by now: the next file is a connection's.
        here = os.open(os.devnull, os.O_RDONLY)
        os.close(here)
        resource.setrlimit(resource.RLIMIT_NOFILE, (here + spare, 10_000))
        return await asyncio.gather(*(outcome(twilio) for _ in range(40)))

print(json.dumps(asyncio.run(main())))
"""


async def outcomes(url: str, transport: TransportName, spare: int) -> list[str]:
    """What 40 sends at once came to, with so many files left."""
    sender = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SENDER, url, transport, str(spare), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await sender.communicate()
    found: list[str] = json.loads(said)
    return found


async def test_they_wait_for_the_connections_that_there_are() -> None:
    async with WireServer(GOOD) as server:
        assert await outcomes(server.url, "wire", 5) == ["accepted"] * 40
        assert len(server.requests) == 40
        assert 2 <= server.connections <= 5  # uvloop opens a file of its own


async def test_a_session_says_that_they_were_not_sent() -> None:
    async with WireServer(GOOD) as server:
        found = await outcomes(server.url, "pool", 5)
        assert set(found) <= {"accepted", "not_sent"}
        assert found.count("accepted") == len(server.requests) >= 5


@pytest.mark.parametrize("transport", ["wire", "pool"])
@pytest.mark.parametrize("host", ["an address", "a name"])
async def test_without_a_file_nothing_is_sent(transport: TransportName, host: str) -> None:
    async with WireServer(GOOD) as server:
        url = server.url if host == "an address" else "http://nowhere.invalid"
        assert await outcomes(url, transport, 0) == ["not_sent"] * 40
        assert server.connections == 0
