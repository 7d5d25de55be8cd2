"""How long keys are remembered, asked of both stores."""

from __future__ import annotations

import asyncio

from async_messaging.errors import KeyReused, OutcomeUnknown
from tests.unit.outbox.yard import Yard


async def test_an_expired_key_may_be_another_messages(yard: Yard) -> None:
    async with yard.opened() as outbox:
        first = await yard.send(outbox, ttl=60)
        await yard.pass_time(50)
        assert (await yard.send(outbox, ttl=60)).sid == first.sid  # the first call's time counts
        await yard.pass_time(9)
        assert type(await yard.send(outbox, body="Code 2", ttl=60)) is KeyReused
        await yard.pass_time(2)
        second = await yard.send(outbox, body="Code 2", ttl=60)
        assert not second.again
        assert second.sid != first.sid
        await yard.pass_time(50)
        assert (await yard.send(outbox, body="Code 2")).sid == second.sid


async def test_a_refused_and_a_free_key_expire_too(yard: Yard) -> None:
    what = {1: "refused", 2: "connect"}
    async with yard.opened(lambda n, _: what.get(n, "accept")) as outbox:
        await yard.send(outbox, "a", ttl=60)
        await yard.send(outbox, "b", ttl=60)
        await yard.pass_time(61)
        for key in ("a", "b"):
            assert not (await yard.send(outbox, key, body="Code 2")).again


async def test_an_unknown_or_held_key_never_expires(yard: Yard) -> None:
    async with yard.opened(lambda *_: "lost") as outbox:
        await yard.send(outbox, ttl=60)
        await yard.pass_time(61)
        assert type(await yard.send(outbox, body="Code 2")) is KeyReused
        assert type(await yard.send(outbox)) is OutcomeUnknown
        assert await outbox.purge() == 0
        for _ in range(3):
            await yard.drive(outbox.settle())
            await yard.pass_time(20)
        assert await yard.state() == "HELD"
        assert type(await yard.send(outbox, body="Code 2")) is KeyReused
        assert await outbox.purge() == 0
    assert len(yard.twilio.posts) == 1


async def test_purging_drops_what_has_expired_and_nothing_else(yard: Yard) -> None:
    async with yard.opened() as outbox:
        for number in range(5):
            await yard.send(outbox, f"short{number}", ttl=60)
            await yard.send(outbox, f"long{number}", ttl=600)
        await yard.pass_time(61)
        assert await outbox.purge() == 5
        assert (await outbox.status()).total == 5
        assert await outbox.purge() == 0
        assert (await yard.send(outbox, "long0")).again


async def test_a_clock_that_runs_ahead_forgets_no_key(yard: Yard) -> None:
    async with yard.opened() as outbox:
        first = await yard.send(outbox, ttl=60)
        assert await outbox.purge() == 0
        yard.wall += 1e6  # it is set a week ahead, and will be set right
        assert (await yard.send(outbox, ttl=60)).sid == first.sid
        assert await outbox.purge() == 0
    async with yard.opened() as later:  # a process that has not seen Twilio's time yet
        assert (await yard.send(later, ttl=60)).sid == first.sid
    assert len(yard.twilio.posts) == 1


async def test_a_key_lives_as_long_as_its_call(yard: Yard) -> None:
    yard.twilio.latency = 3.0
    async with yard.opened() as outbox:
        calls = [asyncio.ensure_future(yard.send(outbox, ttl=1)) for _ in range(2)]
        await yard.pass_time(3.5)
        found = [await call for call in calls]
    assert found[0].sid == found[1].sid
    assert len(yard.twilio.posts) == 1
