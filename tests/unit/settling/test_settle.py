"""`error.settle()`: what became of a message, by two looks at the list."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import format_datetime

import msgspec
import pytest

from async_messaging import Message, MessageDraft, MessagingClient
from async_messaging.errors import ConnectionLost, MessagingError, OutcomeUnknown, ServerError
from async_messaging.resources.messages import creation
from async_messaging.testing import FakeClock
from async_messaging.transport import Hold, Request, Response, scripted
from async_messaging.transport.scripted import Item
from tests.unit.pipeline.calls import DRAFT, problem, scripted_client


class Twilio:
    """Loses the answer to every creation, and lists what it accepted after a lag."""

    def __init__(
        self, clock: FakeClock, *, accepts: bool = True, lag: float = 0.0, stored: str = "Hi"
    ) -> None:
        self.clock = clock
        self.accepts = accepts
        self.lag = lag
        self.stored = stored
        self.accepted_at: float | None = None
        self.scans: list[float] = []
        self.posts = 0

    def answer(self, request: Request) -> Item:
        if request.method == "POST":
            self.posts += 1
            self.accepted_at = self.clock.time() if self.accepts else None
            return ConnectionLost("lost")
        if "/Messages/SM" in request.url:
            return self.json(self.message())
        self.scans.append(self.clock.monotonic())
        listed = self.accepted_at is not None and self.clock.time() >= self.accepted_at + self.lag
        return self.json({"messages": [self.message()] if listed else []})

    def json(self, data: object) -> Response:
        now = datetime.fromtimestamp(int(self.clock.time()), UTC)
        return scripted.json(200, data, headers={"Date": format_datetime(now, usegmt=True)})

    def message(self) -> dict[str, object]:
        assert self.accepted_at is not None
        created = format_datetime(datetime.fromtimestamp(int(self.accepted_at), UTC))
        return {
            "sid": f"SM{9:032x}",
            "direction": "outbound-api",
            "to": "+15558675310",
            "from": "+15017122661",
            "body": self.stored,
            "num_media": "0",
            "date_created": created,
        }


async def lost(
    twilio: Twilio, draft: MessageDraft = DRAFT
) -> tuple[MessagingClient, OutcomeUnknown]:
    client, _ = scripted_client(twilio.answer, twilio.clock)
    with pytest.raises(OutcomeUnknown) as caught:
        await client.messages.send(draft)
    return client, caught.value


async def test_a_message_in_the_list_was_accepted(clock: FakeClock) -> None:
    twilio = Twilio(clock)
    _, error = await lost(twilio)
    message = await error.settle()
    assert isinstance(message, Message)
    assert message.sid == f"SM{9:032x}"
    assert clock.monotonic() == 0


async def test_a_message_whose_number_is_masked_is_never_called_unsent(clock: FakeClock) -> None:
    draft = msgspec.structs.replace(DRAFT, address_retention="obfuscate")
    _, error = await lost(Twilio(clock, lag=1e9), draft)
    with pytest.raises(OutcomeUnknown) as caught:
        await error.settle()
    assert caught.value is error


async def test_a_message_that_is_listed_late_is_found(clock: FakeClock) -> None:
    twilio = Twilio(clock, lag=100)
    _, error = await lost(twilio)
    assert (await error.settle()).sid
    assert 120 <= clock.monotonic() <= 122  # dates are whole seconds


async def test_two_negatives_mean_not_accepted(clock: FakeClock) -> None:
    twilio = Twilio(clock, accepts=False)
    _, error = await lost(twilio)
    assert await error.settle() is None
    first, second = twilio.scans[-2:]
    assert 120 <= first <= 122
    assert 60 <= second - first <= 61
    assert twilio.posts == 1


async def test_a_text_that_differs_decides_nothing(clock: FakeClock) -> None:
    twilio = Twilio(clock, stored="Sent from your trial account - Hi")
    _, error = await lost(twilio)
    with pytest.raises(ConnectionLost) as caught:
        await error.settle()
    assert caught.value is error


async def test_a_list_that_comes_to_show_a_stranger_decides_nothing(clock: FakeClock) -> None:
    twilio = Twilio(clock, lag=150, stored="stranger")
    _, error = await lost(twilio)
    with pytest.raises(ConnectionLost):
        await error.settle()


async def test_a_salvaged_sid_is_enough(clock: FakeClock) -> None:
    sid = f"SM{9:032x}"
    broken = Response(201, {}, b'{"sid": "' + sid.encode() + b'", "status": "que')
    client, transport = scripted_client([broken, scripted.json(200, {"sid": sid})], clock)
    with pytest.raises(OutcomeUnknown) as caught:
        await client.messages.send(DRAFT)
    assert (await caught.value.settle()).sid == sid
    assert len(transport.requests) == 2


async def test_a_list_that_can_not_be_read_is_an_error(clock: FakeClock) -> None:
    def answer(request: Request) -> Item:
        return ConnectionLost("lost") if request.method == "POST" else problem(500, 20500)

    client, _ = scripted_client(answer, clock)
    with pytest.raises(OutcomeUnknown) as caught:
        await client.messages.send(DRAFT)
    with pytest.raises(ServerError):
        await caught.value.settle()


async def test_results_of_a_bulk_send_can_be_settled_too(clock: FakeClock) -> None:
    twilio = Twilio(clock)
    client, _ = scripted_client(twilio.answer, clock)
    async with client.bulk([DRAFT]) as results:
        (result,) = [result async for result in results]
    assert isinstance(result.error, OutcomeUnknown)
    assert (await result.error.settle()).sid


async def test_other_calls_can_not_be_settled(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: ConnectionLost("lost"), clock, retries=0)
    with pytest.raises(MessagingError) as caught:
        await client.balance.fetch()
    assert isinstance(caught.value, OutcomeUnknown)
    with pytest.raises(OutcomeUnknown):
        await caught.value.settle()


async def test_a_text_that_a_service_rewrites_is_found_by_its_letters(clock: FakeClock) -> None:
    draft = MessageDraft(
        to=DRAFT.to,
        from_="+15017122661",
        messaging_service_sid="MG" + "1" * 32,
        body="\u201cYour order\u201d is ready \u2013 come by!",
        smart_encoded=True,
    )
    _, error = await lost(Twilio(clock, stored='"Your order" is ready - come by!'), draft)
    assert (await error.settle()).sid
    _, error = await lost(Twilio(clock, stored="Your appointment is on Tuesday"), draft)
    with pytest.raises(OutcomeUnknown):
        await error.settle()


@pytest.mark.parametrize("body", [b"", b"To=nobody", b"Body=Hi", b"\xff=\xff", b"To=%2B1&To"])
async def test_a_creation_that_can_not_be_looked_up_is_still_unknown(
    body: bytes, clock: FakeClock
) -> None:
    """What prepares `settle` must not replace the error: 'invalid' would read as 'send it again'."""
    client, transport = scripted_client(lambda _: ConnectionLost("lost"), clock)
    call = msgspec.structs.replace(creation(DRAFT), body=body)
    with pytest.raises(ConnectionLost) as caught:
        await client.run(call)
    assert caught.value.outcome == "unknown"
    assert len(transport.requests) == 1
    with pytest.raises(ConnectionLost) as still:
        await caught.value.settle()
    assert still.value is caught.value


async def test_a_read_that_ran_out_of_time_does_not_go_on(clock: FakeClock) -> None:
    client, _ = scripted_client([Hold(asyncio.Event(), problem(500, 20500))], clock, timeout=5)
    with pytest.raises(OutcomeUnknown) as caught:
        await client.balance.fetch()
    assert not caught.value.still_runs
