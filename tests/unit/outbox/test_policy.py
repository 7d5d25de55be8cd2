"""What a policy refuses and counts, asked of both stores."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from async_messaging import SendPolicy
from async_messaging.errors import Blocked, NotSent, OutcomeUnknown, SettingsError
from async_messaging.outbox.policy import seconds_of
from tests.unit.outbox.yard import SCAN, SETTLE, Yard


async def test_no_more_than_so_many_go_to_one_number(yard: Yard) -> None:
    policy = SendPolicy(per_number=(2, "1h"))
    async with yard.opened(policy=policy) as one, yard.opened(policy=policy) as other:
        await yard.send(one, "a")
        await yard.send(other, "b")
        for outbox in (one, other):
            found = await yard.send(outbox, "c")
            assert type(found) is Blocked
            assert isinstance(found, NotSent)
            assert found.rule == "per_number"
        assert not (await yard.send(one, "c", to="+14155550111")).again
        assert (await yard.send(one, "a")).again
    assert len(yard.twilio.posts) == 3


async def test_counts_outlive_their_process(yard: Yard) -> None:
    policy = SendPolicy(per_number=(1, "1h"))
    async with yard.opened(policy=policy) as outbox:
        await yard.send(outbox, "a")
    async with yard.opened(policy=policy) as outbox:
        assert type(await yard.send(outbox, "b")) is Blocked


async def test_the_window_slides(yard: Yard) -> None:
    async with yard.opened(policy=SendPolicy(per_number=(2, 100))) as outbox:
        await yard.send(outbox, "a")
        await yard.pass_time(60)
        await yard.send(outbox, "b")
        await yard.pass_time(45)  # the first has left it, the second has not
        assert not (await yard.send(outbox, "c")).again
        assert type(await yard.send(outbox, "d")) is Blocked
        await yard.pass_time(60)
        assert not (await yard.send(outbox, "d")).again


async def test_no_more_than_so_many_go_to_one_block_of_numbers(yard: Yard) -> None:
    async with yard.opened(policy=SendPolicy(per_prefix=(2, "1h"))) as outbox:
        await yard.send(outbox, "a", to="+14155550100")
        await yard.send(outbox, "b", to="+14155550999")
        blocked = await yard.send(outbox, "c", to="+14155550500")
        assert blocked.rule == "per_prefix"
        assert not (await yard.send(outbox, "d", to="+14155551500")).again


async def test_a_channels_address_counts_as_its_number(yard: Yard) -> None:
    async with yard.opened(policy=SendPolicy(per_number=(1, "1h"))) as outbox:
        await yard.send(outbox, "a", to="+14155550100")
        blocked = await yard.send(outbox, "b", to="whatsapp:+14155550100")
        assert blocked.rule == "per_number"
        await yard.send(outbox, "c", to="messenger:123")
        assert type(await yard.send(outbox, "d", to="messenger:123")) is Blocked


@pytest.mark.parametrize(
    ("to", "allowed"),
    [
        ("+14155550100", True),
        ("+16045550100", True),
        ("whatsapp:+14155550100", True),
        ("+18764155501", False),  # Jamaica: +1 too
        ("+4915112345678", False),
        ("+15558675310", False),  # nobody's: its country can't be told
        ("messenger:123", False),
    ],
)
async def test_only_to_these_countries(yard: Yard, to: str, allowed: bool) -> None:
    async with yard.opened(policy=SendPolicy(countries={"US", "CA"})) as outbox:
        found = await yard.send(outbox, to=to)
    assert isinstance(found, Blocked) is not allowed
    assert allowed or found.rule == "countries"
    assert len(yard.twilio.posts) == allowed


async def test_a_known_key_has_its_outcome_whatever_the_policy_is_now(yard: Yard) -> None:
    async with yard.opened() as outbox:
        await yard.send(outbox)
    async with yard.opened(policy=SendPolicy(countries={"DE"}, per_number=(1, "1h"))) as outbox:
        assert (await yard.send(outbox)).again


async def test_what_was_not_sent_gives_its_count_back(yard: Yard) -> None:
    behave = lambda number, _: "connect" if number == 1 else "accept"  # noqa: E731
    async with yard.opened(behave, policy=SendPolicy(per_number=(1, "1h"))) as outbox:
        await yard.send(outbox, "a")
        assert not (await yard.send(outbox, "b")).again
        assert type(await yard.send(outbox, "a")) is Blocked


async def test_what_was_not_accepted_gives_its_count_back(yard: Yard) -> None:
    policy = SendPolicy(per_number=(1, "1h"))
    behave = lambda number, _: "lost" if number == 1 else "accept"  # noqa: E731
    async with yard.opened(behave, policy=policy, on_unknown="resend") as outbox:
        await yard.send(outbox, "a")
        assert type(await yard.send(outbox, "b")) is Blocked
        assert type(await yard.send(outbox, "a")) is OutcomeUnknown
        for wait in (SETTLE + 2, SCAN + 1, 0):
            await yard.pass_time(wait)
            await yard.drive(outbox.settle())
        assert await yard.state("a") == "READY"
        assert not (await yard.send(outbox, "b")).again


async def test_purging_keeps_counts_until_their_time(yard: Yard) -> None:
    async with yard.opened(policy=SendPolicy(per_number=(1, 100))) as outbox:
        await yard.send(outbox, "a", ttl=1)
        await yard.pass_time(10)
        await outbox.purge()
        assert type(await yard.send(outbox, "b")) is Blocked


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("30m", 1800),
        ("1h", 3600),
        ("1d", 86400),
        ("1.5 h", 5400),
        (60, 60),
        (0.5, 0.5),
    ],
)
def test_times(text: str | float, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    "wrong",
    [
        {"per_number": (0, "1h")},
        {"per_number": (1, "0s")},
        {"per_number": (1, "soon")},
        {"per_prefix": (1, -1)},
        {"per_prefix": (1, float("inf"))},
        {"countries": "US"},
        {"countries": {"usa"}},
    ],
)
def test_a_rule_that_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        SendPolicy(**wrong)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    with pytest.raises(SettingsError, match=r"async-messaging\[campaign\]"):
        SendPolicy(countries={"US"})
    SendPolicy(per_number=(1, "1h"))
