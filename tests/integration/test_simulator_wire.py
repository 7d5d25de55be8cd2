"""What the simulator does to connections: faults, limits, hanging up, closing, who may ask."""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from collections import Counter

import pytest
from aiohttp import ClientError, ClientPayloadError, ClientSession, ServerDisconnectedError

from async_messaging.simulator import Faults, ManualClock, Simulator

FORM = {"To": "+14155550100", "From": "+15005550006", "Body": "Hi"}


def basic(sim: Simulator) -> dict[str, str]:
    secret = b64encode(f"{sim.account_sid}:{sim.auth_token}".encode()).decode()
    return {"Authorization": f"Basic {secret}"}


def messages_url(sim: Simulator) -> str:
    return f"{sim.url}/2010-04-01/Accounts/{sim.account_sid}/Messages.json"


async def post(sim: Simulator, session: ClientSession) -> int:
    async with session.post(messages_url(sim), data=FORM, headers=basic(sim)) as got:
        await got.read()
        return got.status


@pytest.mark.parametrize(
    ("fault", "accepted", "expected"),
    [
        ("drop_before", 0, ServerDisconnectedError),
        ("drop_after", 1, ServerDisconnectedError),
        ("truncate", 1, ClientPayloadError),
    ],
)
async def test_broken_answers(fault: str, accepted: int, expected: type[ClientError]) -> None:
    async with Simulator(faults=f"{fault}@1") as sim, ClientSession() as session:
        with pytest.raises(expected):
            await post(sim, session)
        assert sim.accepted == accepted
        assert await post(sim, session) == 201
        assert sim.answers == Counter(
            {(201, 0): 2} if fault == "truncate" else {(0, 0): 1, (201, 0): 1}
        )


@pytest.mark.parametrize(("fault", "accepted"), [("hang", 1), ("hang_before", 0)])
async def test_a_hanging_call_is_in_flight_until_its_client_goes(fault: str, accepted: int) -> None:
    async with Simulator(faults=f"{fault}@1", concurrency=1) as sim, ClientSession() as session:
        hanging = asyncio.create_task(post(sim, session))
        await sim.wait_until(lambda: sim.requests == 1)
        assert await post(sim, session) == 429
        hanging.cancel()
        await sim.wait_until(lambda: sim.stats["in_flight"] == 0)
        assert await post(sim, session) == 201
        assert sim.accepted == accepted + 1


async def test_a_call_stays_in_flight_for_its_latency_though_its_client_hangs_up() -> None:
    async with Simulator(faults="latency=150ms", concurrency=1) as sim, ClientSession() as session:
        call = asyncio.create_task(post(sim, session))
        await sim.wait_until(lambda: sim.requests == 1)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        sim.faults = Faults()
        assert await post(sim, session) == 429
        await sim.wait_until(lambda: sim.stats["in_flight"] == 0)
        assert await post(sim, session) == 201
        assert sim.accepted == 2


async def test_latency_is_real_and_concurrency_counts_it() -> None:
    async with Simulator(faults="latency=50ms", concurrency=3) as sim, ClientSession() as session:
        began = time.monotonic()
        statuses = await asyncio.gather(*(post(sim, session) for _ in range(5)))
        assert time.monotonic() - began >= 0.05
        assert Counter(statuses) == {201: 3, 429: 2}
        assert sim.stats["peak_in_flight"] == 3


async def test_a_freed_call_is_free_before_its_answer_is_out() -> None:
    async with Simulator(concurrency=4) as sim, ClientSession() as session:

        async def run() -> list[int]:
            return [await post(sim, session) for _ in range(25)]

        statuses = await asyncio.gather(*(run() for _ in range(4)))
        assert {status for run_statuses in statuses for status in run_statuses} == {201}


async def test_rate() -> None:
    clock = ManualClock()
    async with Simulator(rate=10, clock=clock, retry_after=2) as sim, ClientSession() as session:
        assert await post(sim, session) == 201
        async with session.post(messages_url(sim), data=FORM, headers=basic(sim)) as got:
            assert (got.status, (await got.json())["code"]) == (429, 63017)
            assert got.headers["Retry-After"] == "2"
        clock.advance(0.2)
        assert await post(sim, session) == 201


async def test_closing_does_not_wait_for_calls_that_hang_or_sleep() -> None:
    sim = Simulator(faults="hang@1,latency=60s")
    await sim.start()
    async with ClientSession() as session:
        calls = [asyncio.create_task(post(sim, session)) for _ in range(3)]
        await sim.wait_until(lambda: sim.requests == 3)
        began = time.monotonic()
        await sim.close()
        assert time.monotonic() - began < 2
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(result, ClientError) for result in results)
    assert sim.accepted == 3


async def test_it_opens_again_on_its_port_with_its_state() -> None:
    sim = Simulator()
    async with ClientSession() as session:
        async with sim:
            url = sim.url
            assert await post(sim, session) == 201
        with pytest.raises(ClientError):
            await post(sim, session)
        async with sim:
            assert sim.url == url
            assert await post(sim, session) == 201
    assert sim.accepted == 2


async def test_starting_twice_is_a_mistake() -> None:
    async with Simulator() as sim:
        with pytest.raises(RuntimeError, match="running"):
            await sim.start()


async def test_a_client_that_leaves_amid_its_request_is_not_accepted() -> None:
    async with Simulator() as sim, ClientSession() as session:
        host, port = sim.url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nTo=%2B1415")
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        assert await post(sim, session) == 201
        assert sim.accepted == sim.requests == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:1234"}, 200),
        ({"Host": "127.9.9.9"}, 200),
        ({"Host": "[::1]:80"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "localhost.evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "10.0.0.1"}, 403),
        ({"Host": "twilio.com"}, 403),
        ({"Host": "api.twilio.com.evil.example"}, 403),
        ({"Host": "verify.twilio.com"}, 403),
        ({"Host": "api.twilio.com"}, 404),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_who_may_ask(headers: dict[str, str], status: int) -> None:
    async with (
        Simulator() as sim,
        ClientSession() as session,
        session.get(f"{sim.url}/simulator/stats", headers=headers) as got,
    ):
        assert got.status == status


async def test_remote_names_are_let_in_when_told() -> None:
    async with Simulator(allow_remote=True, auth_token="given") as sim, ClientSession() as session:
        headers = {**basic(sim), "Host": "sim.example"}
        async with session.get(messages_url(sim), headers=headers) as got:
            assert got.status == 200


def test_it_binds_loopback_only_unless_told() -> None:
    with pytest.raises(ValueError, match="loopback"):
        Simulator(host="0.0.0.0")
    with pytest.raises(ValueError, match="token"):
        Simulator(host="0.0.0.0", allow_remote=True)
    told = Simulator(host="0.0.0.0", allow_remote=True, auth_token="given", port=1)
    assert told.url == "http://0.0.0.0:1"


async def test_ipv6() -> None:
    async with Simulator(host="::1") as sim, ClientSession() as session:
        assert sim.url.startswith("http://[::1]:")
        assert await post(sim, session) == 201


def test_a_bad_specification_is_named() -> None:
    with pytest.raises(ValueError, match="'429=x'"):
        Simulator(faults="429=x")
