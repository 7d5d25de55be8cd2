"""A simulator with a file, killed in the middle of its work: what it had accepted is there when it comes back."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession, web

from async_messaging import MessagingClient, MessagingError
from async_messaging.simulator import ManualClock, Simulator
from async_messaging.simulator.__main__ import announcement
from async_messaging.simulator.world import Conditions, World
from tests.integration.receiver import Received, Receiver

LINE = re.compile(r"(URL|Account SID|Auth token): (\S+)")
SENDER = "+15005550006"
WANTED = 150


class Process:
    """A simulator in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, told: dict[str, str]) -> None:
        self._process = process
        self.url = told["URL"]
        self.account_sid = told["Account SID"]
        self.auth_token = told["Auth token"]

    def client(self) -> MessagingClient:
        return MessagingClient(
            account_sid=self.account_sid,
            auth_token=self.auth_token,
            base_url=self.url,
            retries=0,
        )

    async def kill(self) -> None:
        """SIGKILL."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.communicate()


@asynccontextmanager
async def simulator(state: Path, *options: str) -> AsyncIterator[Process]:
    command = ["-m", "async_messaging.simulator", "--port", "0", "--state", str(state), *options]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    text = b"".join([await process.stdout.readline() for _ in range(3)]).decode()
    running = Process(process, dict(LINE.findall(text)))
    try:
        await until_open(running.url)
        yield running
    finally:
        await running.kill()


async def until_open(url: str) -> None:
    async with asyncio.timeout(10), ClientSession() as session:
        while True:
            with suppress(ClientError):
                async with session.get(f"{url}/simulator/stats"):
                    return
            await asyncio.sleep(0.01)


async def send_until_it_dies(running: Process, answered: list[str], callback: str) -> None:
    """Eight senders, one message after another, until nobody answers; the simulator dies after `WANTED` answers."""

    async def sender(client: MessagingClient, number: int) -> None:
        for i in range(10_000):
            message = await client.messages.create(
                to=f"+1415555{number}{i:03d}", from_=SENDER, body="Hi", status_callback=callback
            )
            answered.append(message.sid)
            if len(answered) == WANTED:
                await running.kill()

    async with running.client() as client:
        outcomes = await asyncio.gather(
            *(sender(client, number) for number in range(8)), return_exceptions=True
        )
    assert all(isinstance(outcome, MessagingError) for outcome in outcomes), outcomes


async def test_what_was_answered_is_never_forgotten(tmp_path: Path) -> None:
    state, answered = tmp_path / "state.db", list[str]()
    async with Receiver() as receiver:
        async with simulator(state) as running:
            await send_until_it_dies(running, answered, f"{receiver.url}/status")
        assert len(answered) >= WANTED
        async with simulator(state) as again, again.client() as client:
            assert (again.account_sid, again.auth_token) == (
                running.account_sid,
                running.auth_token,
            )
            listed = {message.sid: message.status async for message in client.messages.list()}
            assert set(answered) <= set(listed)
            async with asyncio.timeout(20):
                while not all(has_ended(receiver, sid) for sid in listed):
                    await receiver.changed()
            for sid in answered[:5]:
                assert (await client.messages.fetch(sid)).status == "delivered"
    assert_in_order_with_the_same_tokens(receiver)


def has_ended(receiver: Receiver, sid: str) -> bool:
    return any(
        got.form["MessageSid"] == sid and got.status == "delivered" for got in receiver.received
    )


def assert_in_order_with_the_same_tokens(receiver: Receiver) -> None:
    """One that came twice, since the simulator died before it knew of the answer, came with the same token."""
    tokens: dict[tuple[str, str], set[str]] = defaultdict(set)
    for got in receiver.received:
        token = got.headers["I-Twilio-Idempotency-Token"]
        tokens[got.form["MessageSid"], got.status].add(token)
    assert {status for _, status in tokens} == {"sending", "sent", "delivered"}
    assert all(len(seen) == 1 for seen in tokens.values())
    sids = {sid for sid, _ in tokens}
    assert len(tokens) == 3 * len(sids)


async def test_a_simulator_in_this_process_keeps_its_state_too(tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    async with Simulator(state=state) as sim, sim.client() as client:
        sent = await client.messages.create(to="+14155550100", from_=SENDER, body="Hi")
        await sim.reply(from_="+14155550100", body="STOP")
    async with Simulator(state=state) as again, again.client() as client:
        assert (await client.messages.fetch(sent.sid)).body == "Hi"
        assert [message.body for message in again.inbox][:2] == ["Hi", "STOP"]
        with pytest.raises(MessagingError, match="21610"):
            await client.messages.create(to="+14155550100", from_=SENDER, body="Hi")


def callbacks_of_next_life(state: Path) -> list[str]:
    """The tokens of what a simulator would post that found the file as it is now."""
    copy = state.with_name("copy.db")
    for tail in ("", "-wal"):
        shutil.copy(f"{state}{tail}", f"{copy}{tail}")
    world = World(Conditions(state=str(copy)), ManualClock())
    world.close()
    assert world.outgoing.planned == 0
    return [callback.token for callback in world.outgoing.ready]


async def test_a_callback_is_in_the_file_from_before_it_is_posted_until_it_is_answered(
    tmp_path: Path,
) -> None:
    state, found = tmp_path / "state.db", list[tuple[list[str], list[str]]]()

    async def respond(_: Received) -> web.Response:
        tokens = [got.headers["I-Twilio-Idempotency-Token"] for got in receiver.received]
        found.append((tokens, await asyncio.to_thread(callbacks_of_next_life, state)))
        return web.Response(status=204)

    clock = ManualClock()
    async with (
        Receiver(respond) as receiver,
        Simulator(state=str(state), clock=clock) as sim,
        sim.client() as client,
    ):
        to = "+14159993034"
        await client.messages.create(to=to, from_=SENDER, body="Hi", status_callback=receiver.url)
        clock.advance(5)
        await sim.callbacks_done()
        assert callbacks_of_next_life(state) == []
    ((tokens, kept),) = found
    assert kept == tokens


async def test_two_simulators_cannot_have_the_same_file(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    async with simulator(state):
        with pytest.raises(ValueError, match="in use"):
            Simulator(state=str(state))


async def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    state = tmp_path / "other.db"
    other = sqlite3.connect(state)
    other.execute("CREATE TABLE customers (name TEXT)")
    other.close()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "async_messaging.simulator",
        "--state",
        str(state),
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await process.communicate()
    assert process.returncode == 2
    assert err.decode() == f"state: {state} is a database, but no simulator's.\n"


async def test_the_announcement_tells_of_the_file(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    async with Simulator(state=str(state)) as sim, sim.client() as client:
        await client.messages.create(to="+14155550100", from_=SENDER, body="Hi")
    again = Simulator(state=str(state))
    assert announcement(again).endswith(f"\n\nKept in {state}: 1 messages\n")
    await again.close()
