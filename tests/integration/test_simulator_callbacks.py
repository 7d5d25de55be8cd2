"""Status callbacks on the wire: signatures, retries, order, what they may reach, what they can't hurt."""

from __future__ import annotations

import asyncio
import gc
import re
import socket
import warnings
from collections import Counter
from collections.abc import AsyncIterator
from typing import NoReturn

import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator

from async_messaging.client import MessagingClient
from async_messaging.simulator import Callback, ManualClock, Simulator
from tests.integration.receiver import Received, Receiver, Responder

TO, FROM = "+14155550100", "+15005550006"
ORDER = ["sending", "sent", "delivered"]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as opened:
        yield opened


async def create(client: MessagingClient, url: str, to: str = TO, body: str = "Hi") -> str:
    message = await client.messages.create(to=to, from_=FROM, body=body, status_callback=url)
    return message.sid


def sequence(*statuses: int) -> Responder:
    """Answers with these, then with 204."""
    left = list(statuses)

    async def respond(_: Received) -> web.StreamResponse:
        return web.Response(status=left.pop(0) if left else 204, headers={"Location": "/x"})

    return respond


async def only_callback(url: str, *, speed: float = 50.0) -> Callback:
    """What became of the first callback of a message to a number without receipts."""
    async with Simulator(speed=speed) as sim, sim.client() as client:
        await create(client, url, to="+14159993000")
        await sim.callbacks_done()
        return sim.callbacks[0]


@pytest.mark.parametrize(
    "tail",
    [
        "/status",
        "/status?row=abc&x=1",
        "/a%2Fb?q=%C3%A9+%20&empty=&flag",
        "/status?x=1#rc=2&rp=all",
        "/st/../atus?u=http://h/?a=b",
    ],
)
async def test_the_official_validator_accepts_every_callback(tail: str, receiver: Receiver) -> None:
    async with Simulator(speed=50) as sim, sim.client() as client:
        url = receiver.url + tail
        await create(client, url)
        await create(client, url, to="+14159993005")
        await sim.callbacks_done()
        validator = RequestValidator(sim.auth_token)
        assert len(receiver.received) == 6
        for got in receiver.received:
            assert got.url == url.partition("#")[0]
            assert got.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
            signature = got.headers["X-Twilio-Signature"]
            assert validator.validate(got.url, got.form, signature)
            assert not validator.validate(got.url, {**got.form, "To": "+1"}, signature)
            assert not validator.validate(got.url + "&x=1", got.form, signature)


async def test_each_message_is_told_to_its_own_url(receiver: Receiver) -> None:
    async with Simulator(speed=20) as sim, sim.client() as client:
        sids = [await create(client, f"{receiver.url}/?row={row}") for row in range(20)]
        await sim.callbacks_done()
        assert sim.stats["callbacks"] == {
            "made": 60,
            "answered": 60,
            "failed": 0,
            "refused": 0,
            "lost": 0,
            "waiting": 0,
            "planned": 0,
        }
    for row, sid in enumerate(sids):
        mine = [got for got in receiver.received if got.form["MessageSid"] == sid]
        assert {got.url for got in mine} == {f"{receiver.url}/?row={row}"}
        assert sorted(got.status for got in mine) == sorted(ORDER)
        assert len({got.headers["I-Twilio-Idempotency-Token"] for got in mine}) == 3


async def test_a_manual_clock_decides_when_they_come(receiver: Receiver) -> None:
    clock = ManualClock()
    async with Simulator(clock=clock) as sim, sim.client() as client:
        await create(client, receiver.url)
        await sim.callbacks_done()
        assert receiver.received == []
        clock.advance(10)
        await sim.wait_until(lambda: sim.stats["callbacks"]["answered"] == 3)
        assert sorted(got.status for got in receiver.received) == sorted(ORDER)
        (sent,) = (made for made in sim.callbacks if made.fields["MessageStatus"] == "sent")
        assert sent.attempts[0].at == clock.time()


async def test_one_may_come_before_the_creates_answer(receiver: Receiver) -> None:
    async with Simulator(speed=100, faults="latency=300ms") as sim, sim.client() as client:
        call = asyncio.create_task(create(client, receiver.url))
        await sim.wait_until(lambda: sim.stats["callbacks"]["answered"] == 3)
        assert not call.done()
        assert await call == receiver.received[0].form["MessageSid"]


async def test_copies_carry_the_same_token(receiver: Receiver) -> None:
    async with Simulator(speed=50, faults="callback.twice=100%") as sim, sim.client() as client:
        await create(client, receiver.url)
        await sim.callbacks_done()
    tokens = Counter(got.headers["I-Twilio-Idempotency-Token"] for got in receiver.received)
    assert sorted(tokens.values()) == [2, 2, 2]


@pytest.mark.parametrize(
    ("fragment", "statuses", "tries", "state"),
    [
        ("", [500], [500], "failed"),
        ("", [404], [404], "failed"),
        ("#rc=3", [500], [500], "failed"),
        ("#rp=5xx", [500, 503], [500, 503], "failed"),
        ("#rc=3&rp=5xx", [500, 503], [500, 503, 204], "answered"),
        ("#rc=3&rp=5xx", [404], [404], "failed"),
        ("#rc=3&rp=4xx", [404], [404, 204], "answered"),
        ("#rc=0&rp=all", [500], [500], "failed"),
        ("#rc=5&rp=all", [302], [302], "failed"),
        ("#rc=5&rp=all", [200], [200], "answered"),
        ("#rc=5&rp=all", [299], [299], "answered"),
    ],
)
async def test_retries_are_what_the_fragment_asks_for(
    fragment: str, statuses: list[int], tries: list[int], state: str
) -> None:
    async with (
        Receiver(sequence(*statuses)) as receiver,
        Simulator() as sim,
        sim.client() as client,
    ):
        sid = await create(client, f"{receiver.url}/{fragment}")
        sim.mark(sid, "delivered")
        await sim.callbacks_done()
        (made,) = sim.callbacks
        assert [attempt.status for attempt in made.attempts] == tries
        assert (made.state, len(receiver.received)) == (state, len(tries))
        tokens = {got.headers["I-Twilio-Idempotency-Token"] for got in receiver.received}
        assert tokens == {made.token}
        assert made.error_code == (0 if state == "answered" else 11200)


async def test_a_connection_that_fails_is_tried_once_more() -> None:
    async with Receiver() as receiver:
        pass
    made = await only_callback(receiver.url)
    assert (made.state, made.error_code) == ("failed", 11205)
    assert [attempt.failure for attempt in made.attempts] == ["ct", "ct"]


async def test_a_receiver_that_starts_late_is_found() -> None:
    async with Receiver() as receiver:
        pass
    async with Simulator() as sim, sim.client() as client:
        sid = await create(client, f"{receiver.url}/#rc=5")
        sim.mark(sid, "delivered")
        await sim.wait_until(lambda: sim.stats["callbacks"]["waiting"] == 1)
        while not sim.callbacks[0].attempts:
            await asyncio.sleep(0)
        await receiver.open()
        await sim.callbacks_done()
        assert sim.callbacks[0].state == "answered"
        await receiver.close()


async def serve_one_request_a_connection(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answers one, keeps the connection, and hangs up when another comes."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    assert length is not None
    await reader.readexactly(int(length[1]))
    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
    await reader.read(1)
    writer.close()


async def test_a_kept_connection_that_has_died_costs_no_attempt() -> None:
    server = await asyncio.start_server(serve_one_request_a_connection, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    async with server, Simulator() as sim, sim.client() as client:
        for number in range(3):
            sid = await create(client, f"http://127.0.0.1:{port}/#rc=0", body=str(number))
            sim.mark(sid, "delivered")
            await sim.callbacks_done()
        assert [made.state for made in sim.callbacks] == ["answered"] * 3
        assert [len(made.attempts) for made in sim.callbacks] == [1] * 3


async def test_a_new_connection_that_dies_is_an_attempt() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1")
    async with server:
        made = await only_callback(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        assert (made.state, made.error_code) == ("failed", 11200)
        assert [attempt.failure for attempt in made.attempts] == ["rt"]


async def test_a_slow_answer_is_given_up() -> None:
    async def never(_: Received) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with Receiver(never) as receiver:
        made = await only_callback(f"{receiver.url}/#rt=100")
        assert (made.attempts[0].failure, made.error_code) == ("rt", 11200)
        assert len(made.attempts) == 1
        made = await only_callback(f"{receiver.url}/#rt=100&rp=rt&rc=1")
        assert len(made.attempts) == 2


@pytest.mark.parametrize(
    "url",
    [
        "http://203.0.113.1/status",
        "http://callbacks.example/status",
        "https://hooks.example:8443/status",
        "http://0.0.0.0:1/status",
        "http://127.0.0.1.example/status",
        "http://user@evil.example:127/127.0.0.1",
        "http://[::ffff:203.0.113.1]/status",
    ],
)
async def test_nothing_leaves_this_machine(url: str) -> None:
    made = await only_callback(url)
    assert (made.state, made.attempts) == ("refused", [])
    assert made.error_code == 11205


async def test_a_named_host_may_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def looked_up(host: str, *_: object, **__: object) -> NoReturn:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "no such host")

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    async with (
        Simulator(speed=50, callback_hosts=["Hooks.invalid"]) as sim,
        sim.client() as client,
    ):
        await create(client, "http://hooks.invalid/#rc=0")
        await sim.callbacks_done()
        assert {made.state for made in sim.callbacks} == {"failed"}
        assert {attempt.failure for made in sim.callbacks for attempt in made.attempts} == {"ct"}
    assert set(asked) == {"hooks.invalid"}


async def test_localhost_ipv6_and_a_password_in_the_url(receiver: Receiver) -> None:
    async with Simulator(speed=50) as sim, sim.client() as client:
        urls = [
            f"http://localhost:{receiver.port}/a",
            f"http://me:s%20cret@127.0.0.1:{receiver.port}/b?x",
        ]
        for url in urls:
            await create(client, url)
        await sim.callbacks_done()
        assert sim.stats["callbacks"]["answered"] == 6
        mine = [got for got in receiver.received if "Authorization" in got.headers]
        assert {got.headers["Authorization"] for got in mine} == {"Basic bWU6cyBjcmV0"}
        validator = RequestValidator(sim.auth_token)
        for got in mine:
            assert (
                validator.compute_signature(urls[1], got.form) == got.headers["X-Twilio-Signature"]
            )


async def test_many_are_posted_at_once_but_not_too_many() -> None:
    gate = asyncio.Event()

    async def held(_: Received) -> web.StreamResponse:
        await gate.wait()
        return web.Response()

    async with Receiver(held) as receiver, Simulator() as sim, sim.client() as client:
        sids = [await create(client, receiver.url, body=str(number)) for number in range(100)]
        for sid in sids:
            sim.mark(sid, "undelivered", 30003)
        while len(receiver.received) < 64:
            await asyncio.sleep(0)
        await create(client, "http://127.0.0.1:1/")  # the API answers while they wait
        gate.set()
        await sim.wait_until(lambda: sim.stats["callbacks"]["answered"] == 100)
        assert receiver.peak == 64


async def test_callbacks_that_fail_do_not_hurt_the_api() -> None:
    async def drop(_: Received) -> web.StreamResponse:
        raise ConnectionResetError

    async with Receiver(drop) as receiver, Simulator(speed=50) as sim, sim.client() as client:
        for number in range(30):
            await create(client, f"{receiver.url}/#rc=1&rp=all", body=str(number))
        await sim.callbacks_done()
        assert sim.accepted == 30
        assert sim.stats["callbacks"]["failed"] == 90


async def test_closing_leaves_nothing_behind() -> None:
    async def never(_: Received) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with Receiver(never) as receiver:
        before = asyncio.all_tasks()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            async with Simulator() as sim, sim.client() as client:
                sid = await create(client, receiver.url)
                await create(client, receiver.url)
                sim.mark(sid, "delivered")
                while not receiver.received:
                    await asyncio.sleep(0)
            gc.collect()
        ours = {task for task in asyncio.all_tasks() - before if "Courier" in repr(task)}
        assert not ours
        assert sim.world.outgoing.next_time() is None


async def test_a_share_is_undelivered_and_told_so(receiver: Receiver) -> None:
    async with (
        Simulator(speed=100, seed=5, faults="undelivered=20%") as sim,
        sim.client() as client,
    ):
        for number in range(100):
            await create(client, receiver.url, body=str(number))
        await sim.callbacks_done()
        ends = Counter(message.status for message in sim.messages)
        codes = {got.form.get("ErrorCode", "") for got in receiver.received}
        told = Counter(got.status for got in receiver.received if got.status not in ORDER[:2])
    assert told == ends
    assert 8 <= ends["undelivered"] <= 35
    assert codes <= {"", "30003", "30004", "30005", "30006", "30007", "30008"}
    assert len(codes) > 2
