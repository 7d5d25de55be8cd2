"""P8: a total outage of 60 seconds. Few rows become unknown, none is lost, none is doubled."""

from __future__ import annotations

from collections import Counter

import pytest

from async_messaging import MessageDraft
from async_messaging.errors import CircuitOpen, ConnectionLost, MessagingError, OutcomeUnknown
from async_messaging.testing import FakeClock
from async_messaging.transport import Request, Response
from async_messaging.transport.scripted import Item
from tests.unit.pipeline.calls import DRAFT, created, scripted_client

BEGIN, END = 5.0, 65.0


class Outage:
    def __init__(self, clock: FakeClock, *, accepts_while_out: bool) -> None:
        self.clock = clock
        self.accepts_while_out = accepts_while_out
        self.accepted: Counter[bytes] = Counter()
        self.answered_probes = 0

    async def answer(self, request: Request) -> Item:
        await self.clock.sleep(0.05)
        out = BEGIN <= self.clock.monotonic() < END
        if request.method == "GET":
            self.answered_probes += not out
            return ConnectionLost("out") if out else Response(200, {}, b"{}")
        if not out or self.accepts_while_out:
            self.accepted[request.body] += 1
        return ConnectionLost("out") if out else created(sum(self.accepted.values()))


@pytest.mark.parametrize("accepts_while_out", [True, False])
async def test_an_outage_makes_few_unknown(clock: FakeClock, accepts_while_out: bool) -> None:
    server = Outage(clock, accepts_while_out=accepts_while_out)
    client, _ = scripted_client(server.answer, clock)
    count, concurrency = 4000, 32
    drafts = (
        MessageDraft(to=f"+1415555{n:04d}", from_="+15017122661", body=f"{n}") for n in range(count)
    )
    async with client.bulk(drafts, concurrency=concurrency, rate=200) as results:
        outcomes = Counter([result.outcome async for result in results])
    assert outcomes["accepted"] + outcomes["unknown"] == count
    assert 10 <= outcomes["unknown"] <= concurrency + 20 + server.answered_probes
    assert max(server.accepted.values()) == 1
    assert clock.monotonic() > END


async def test_single_calls_are_refused_at_once_while_twilio_is_out(clock: FakeClock) -> None:
    client, transport = scripted_client(lambda _: ConnectionLost("out"), clock)
    ends: list[MessagingError] = []
    for _ in range(30):
        with pytest.raises(MessagingError) as caught:
            await client.messages.send(DRAFT)
        ends.append(caught.value)
    assert sum(isinstance(end, OutcomeUnknown) for end in ends) == 10
    assert sum(isinstance(end, CircuitOpen) for end in ends) == 20
    assert sum(request.method == "POST" for request in transport.requests) == 10
    await client.close()


async def test_a_bulk_sends_outage_does_not_refuse_a_single_call(clock: FakeClock) -> None:
    def answer(request: Request) -> Item:
        return created() if b"login" in request.body else ConnectionLost("out")

    client, _ = scripted_client(answer, clock)
    drafts = [DRAFT] * 10
    async with client.bulk(drafts, concurrency=2) as results:
        assert [result.outcome async for result in results] == ["unknown"] * 10
    assert client.stats().breakers_open == 1
    message = await client.messages.create(to=DRAFT.to, from_="+15017122661", body="login code")
    assert message.sid
    await client.close()
