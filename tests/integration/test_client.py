"""The whole client over real sockets, with the simulator as judge."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from async_messaging import Limits, MessageDraft, MessagingClient, Simulator
from async_messaging.errors import (
    AnswerTimeout,
    BadRequest,
    ConnectFailed,
    ConnectionLost,
    DailyLimitReached,
    MessagingError,
    ServerFailed,
    UnexpectedAnswer,
)
from async_messaging.testing import SimulatedTwilio

FROM = "+15005550006"
TO = "+14155550100"


async def test_create_fetch_list_redact_delete(twilio_client: MessagingClient) -> None:
    message = await twilio_client.messages.create(to=TO, from_=FROM, body="Olá, João")
    assert (message.status, message.num_segments) == ("queued", 1)
    again = await twilio_client.messages.fetch(message.sid)
    assert (again.body, again.to, again.from_) == ("Olá, João", TO, FROM)
    assert message.date_created is not None
    listed = await twilio_client.messages.list(to=TO)
    assert [item.sid for item in listed] == [message.sid]
    assert (await twilio_client.messages.redact(message.sid)).body == ""
    with pytest.raises(MessagingError) as caught:
        await twilio_client.messages.delete(message.sid)
    assert caught.value.code == 20009


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


async def test_media_feedback_prices_and_balance(tmp_path: Path) -> None:
    async with Simulator() as sim, sim.client() as client:
        before = await client.balance.fetch()
        message = await client.messages.create(
            to=TO, from_=FROM, body="Look", media_url=["https://example.com/a.png"]
        )
        media = [item async for item in client.messages(message.sid).media.list()]
        assert len(media) == 1
        target = tmp_path / "a.png"
        size = await client.messages(message.sid).media.download(media[0].sid, to=target)
        assert size > 0
        assert {name: len(data) for name, data in contents(tmp_path).items()} == {"a.png": size}
        await client.messages(message.sid).media.delete(media[0].sid)
        assert await client.messages(message.sid).media.list() == []
        feedback = await client.messages(message.sid).feedback.create(outcome="confirmed")
        assert feedback.outcome == "confirmed"
        after = await client.balance.fetch()
        assert before.balance is not None
        assert after.balance is not None
        assert after.balance <= before.balance
        price = await client.pricing.messaging.fetch("us")
        assert price.outbound_sms_prices is not None
        carrier = price.outbound_sms_prices[0]
        assert carrier.prices is not None
        assert carrier.prices[0].current_price
        countries = await client.pricing.messaging.list(page_size=5)
        assert len({country.iso_country for country in countries}) == len(countries) > 5


async def test_pages_stream_and_stop_at_the_limit() -> None:
    async with Simulator() as sim, sim.client() as client:
        drafts = [MessageDraft(to=f"+1415555{n:04d}", from_=FROM, body=str(n)) for n in range(130)]
        async with client.bulk(drafts) as results:
            assert Counter([r.outcome async for r in results]) == {"accepted": 130}
        streamed = [message.sid async for message in client.messages.list(page_size=50)]
        assert len(set(streamed)) == 130
        page = await client.messages.list(page_size=100).page()
        rest = await page.next()
        assert rest is not None
        assert (len(page.items), len(rest.items), rest.has_next) == (100, 30, False)
        assert len(await client.messages.list(limit=75)) == 75


@pytest.mark.parametrize(
    ("fault", "error", "accepted"),
    [
        ("500_before=100%", ServerFailed, 0),
        ("500_after=100%", ServerFailed, 1),
        ("503_before=100%", ServerFailed, 0),
        ("drop_before=100%", ConnectionLost, 0),
        ("drop_after=100%", ConnectionLost, 1),
        ("truncate=100%", UnexpectedAnswer, 1),
    ],
)
async def test_a_lost_answer_is_unknown_and_the_message_goes_out_once(
    twilio: SimulatedTwilio,
    twilio_client: MessagingClient,
    fault: str,
    error: type[MessagingError],
    accepted: int,
) -> None:
    twilio.faults = fault
    with pytest.raises(error) as caught:
        await twilio_client.messages.create(to=TO, from_=FROM, body="Hi")
    assert caught.value.outcome == "unknown"
    assert (twilio.requests, twilio.accepted) == (1, accepted)


async def test_a_truncated_answer_may_still_show_its_sid(
    twilio: SimulatedTwilio, twilio_client: MessagingClient
) -> None:
    twilio.faults = "truncate=100%"
    with pytest.raises(UnexpectedAnswer) as caught:
        await twilio_client.messages.create(to=TO, from_=FROM, body="Hi")
    assert caught.value.sid in {twilio.messages[0].sid, None}


async def test_an_answer_that_does_not_come_is_unknown() -> None:
    async with Simulator(faults="hang=100%") as sim, sim.client(attempt_timeout=0.2) as client:
        with pytest.raises(AnswerTimeout):
            await client.messages.create(to=TO, from_=FROM, body="Hi")
        assert (sim.requests, sim.accepted) == (1, 1)


async def test_429s_are_waited_out(twilio: SimulatedTwilio, twilio_client: MessagingClient) -> None:
    twilio.faults = "429@1-5"
    await twilio_client.messages.create(to=TO, from_=FROM, body="Hi")
    assert (twilio.requests, twilio.accepted) == (6, 1)


async def test_a_daily_cap_fails_at_once(
    twilio: SimulatedTwilio, twilio_client: MessagingClient
) -> None:
    twilio.faults = "63038=100%"
    with pytest.raises(DailyLimitReached):
        await twilio_client.messages.create(to=TO, from_=FROM, body="Hi")
    assert twilio.requests == 1


async def test_a_refused_connection_is_tried_again_and_sent_once() -> None:
    sim = Simulator()
    sim.bind()
    client = sim.client(retries=8)
    refused: list[object] = []
    client.events.on_retry(lambda event: refused.append(event.error))
    sending = asyncio.create_task(client.messages.create(to=TO, from_=FROM, body="Hi"))
    while not refused:
        await asyncio.sleep(0)
    async with sim, client:
        assert (await sending).sid
        assert isinstance(refused[0], ConnectFailed)
        assert (sim.requests, sim.accepted) == (1, 1)


@pytest.mark.parametrize(
    "fault", ["get.429@1-2", "get.500_before@1-2", "get.drop_before@1-2", "get.503_before@1"]
)
async def test_reads_go_through_faults(
    twilio: SimulatedTwilio, twilio_client: MessagingClient, fault: str
) -> None:
    message = await twilio_client.messages.create(to=TO, from_=FROM, body="Hi")
    twilio.faults = fault
    assert (await twilio_client.messages.fetch(message.sid)).sid == message.sid


async def test_refusals_carry_twilios_code(
    twilio: SimulatedTwilio, twilio_client: MessagingClient
) -> None:
    for to, code in (("+15005550001", 21211), ("+15005550004", 21610), ("+15005550009", 21614)):
        with pytest.raises(BadRequest) as caught:
            await twilio_client.messages.create(to=to, from_=FROM, body="Hi")
        assert caught.value.code == code
        assert to not in str(caught.value)
    assert twilio.accepted == 0


async def test_every_fault_at_once_loses_nothing_and_doubles_nothing() -> None:
    faults = (
        "429=5%,500_before=2%,500_after=2%,drop_before=2%,drop_after=2%,truncate=2%,latency=2ms±2"
    )
    async with Simulator(faults=faults, seed=11, concurrency=40) as sim, sim.client() as client:
        count = 1500
        drafts = (
            MessageDraft(to=f"+1415556{n:04d}", from_=FROM, body=f"{n}") for n in range(count)
        )
        async with client.bulk(drafts, concurrency=64) as results:
            outcomes = {r.to: r async for r in results}
        assert len(outcomes) == count
        accepted = {message.to: message.sid for message in sim.messages}
        assert len(accepted) == sim.accepted
        for to, result in outcomes.items():
            match result.outcome:
                case "accepted":
                    assert result.message is not None
                    assert accepted[to] == result.message.sid
                case "unknown":
                    assert isinstance(result.error, MessagingError)
                case _:
                    pytest.fail(f"{result.outcome} at {to}")
        assert client.stats().in_flight == 0


async def test_a_limit_of_the_account_at_twilio_is_found() -> None:
    async with Simulator(concurrency=6, faults="latency=5ms") as sim:
        async with sim.client(limits=Limits(account=100_000)) as client:
            drafts = (MessageDraft(to=f"+1415558{n:04d}", from_=FROM, body="x") for n in range(600))
            async with client.bulk(drafts, concurrency=64) as results:
                assert Counter([r.outcome async for r in results]) == {"accepted": 600}
            assert client.stats().in_flight_limit < 32
        assert sim.accepted == 600
