"""Twilio's list is read to its end, by number or in full, whichever takes fewer pages."""

from __future__ import annotations

import pytest

from async_messaging.errors import ConnectionLost
from async_messaging.operation import Call
from async_messaging.resources.messages import Messages
from async_messaging.settling.attempts import Canary
from async_messaging.settling.listing import Lists
from async_messaging.settling.server_clock import ServerClock
from async_messaging.testing import FakeClock
from tests.unit.settling.lists import TwilioList, no_stream
from tests.unit.settling.scenes import ANN, BEN, DAY, message


@pytest.fixture
def twilio(clock: FakeClock) -> TwilioList:
    return TwilioList(clock, ServerClock(clock))


def lists_of(twilio: TwilioList, *canaries: Canary) -> Lists:
    return Lists(Messages(twilio, no_stream), canaries)


def number(count: int) -> str:
    return f"+1415{count:07d}"


async def test_a_short_list_is_read_once_for_all(twilio: TwilioList) -> None:
    twilio.messages = [message(), message(to=BEN), message(to=number(1))]
    lists = lists_of(twilio)
    await lists.read([ANN, BEN])
    assert twilio.pages == [None]
    ((numbers, reading),) = lists.readings([ANN, BEN])
    assert numbers == {ANN, BEN}
    assert reading.complete
    assert set(reading.messages) == set(twilio.messages)
    assert reading.date == DAY


async def test_a_long_list_is_read_by_number_to_its_end(twilio: TwilioList) -> None:
    mine = [message() for _ in range(1_500)]
    twilio.messages = [*(message(to=BEN) for _ in range(60)), *mine]
    lists = lists_of(twilio)
    await lists.read([ANN])
    assert twilio.pages == [None, ANN, ANN]
    ((_, reading),) = lists.readings([ANN])
    assert reading.complete
    assert set(mine) <= set(reading.messages)


async def test_an_old_message_first_is_no_end(twilio: TwilioList) -> None:
    # A queued message has no date sent: Twilio lists it after those that were sent long ago.
    young = message(created=5)
    twilio.messages = [*(message(created=-9_000) for _ in range(1_100)), young]
    lists = lists_of(twilio)
    await lists.read([ANN])
    ((_, reading),) = lists.readings([ANN])
    assert young in reading.messages


async def test_the_full_list_is_read_where_it_takes_fewer_pages(twilio: TwilioList) -> None:
    numbers = [number(count) for count in range(30)]
    twilio.messages = [message(to=number(count % 40)) for count in range(3_000)]
    lists = lists_of(twilio)
    await lists.read(numbers)
    assert twilio.pages == [None] * 3
    for to in numbers:
        ((_, reading),) = lists.readings([to])
        assert {m.to for m in reading.messages} >= {to}
        assert sum(m.to == to for m in reading.messages) == 75


async def test_it_is_given_up_after_as_many_pages_and_not_tried_again(twilio: TwilioList) -> None:
    numbers = [number(count) for count in range(21)]
    twilio.messages = [message(to=BEN) for _ in range(22_000)]
    lists = lists_of(twilio)
    await lists.read(numbers)
    assert twilio.pages.count(None) == 21
    assert sorted(filter(None, twilio.pages)) == numbers
    assert lists.too_long == 21
    twilio.pages.clear()
    await lists_of(twilio).read(numbers, too_long=lists.too_long)
    assert twilio.pages.count(None) == 1
    readings = lists.readings(numbers)
    assert [reading.complete for _, reading in readings] == [True] * 21


async def test_a_page_that_comes_again_spoils_the_list(twilio: TwilioList) -> None:
    twilio.messages = [message() for _ in range(10)]
    twilio.loops = True
    lists = lists_of(twilio)
    await lists.read([ANN])
    ((_, reading),) = lists.readings([ANN])
    assert not reading.complete
    assert len(twilio.pages) < 6


async def test_a_page_that_fails_leaves_what_was_read_before(twilio: TwilioList) -> None:
    twilio.messages = [message(to=number(1)) for _ in range(60)]

    def fails(call: Call[object]) -> ConnectionLost | None:
        return ConnectionLost("lost") if "101" in call.query else None

    twilio.fails = fails
    lists = lists_of(twilio)
    await lists.read([ANN, BEN])
    assert isinstance(lists.error, ConnectionLost)
    assert [numbers for numbers, _ in lists.readings([ANN, BEN])] == [{ANN}]


@pytest.mark.parametrize("shown", [None, "+1415XXX", "hidden"])
async def test_masked_numbers_are_seen_and_kept(twilio: TwilioList, shown: str | None) -> None:
    masked = message(to=shown)
    twilio.messages = [masked, *(message(to=BEN) for _ in range(60))]
    lists = lists_of(twilio)
    await lists.read([ANN])
    ((_, reading),) = lists.readings([ANN])
    assert reading.hides
    assert masked in reading.messages


async def test_what_others_send_us_hides_nothing(twilio: TwilioList) -> None:
    twilio.messages = [message(to="anonymous", direction="inbound")]
    lists = lists_of(twilio)
    await lists.read([ANN])
    ((_, reading),) = lists.readings([ANN])
    assert not reading.hides


async def test_a_canary_is_looked_for_in_the_list_of_its_own_number(twilio: TwilioList) -> None:
    bird = message(to=BEN)
    twilio.messages = [*(message(to=number(1)) for _ in range(60)), bird]
    lists = lists_of(twilio, Canary(bird.sid, DAY))
    await lists.read([ANN])
    ((_, reading),) = lists.readings([ANN])
    assert reading.canaries_missing == 0
    assert twilio.pages == [None, ANN, BEN]
    twilio.hidden = {bird.sid}
    lists = lists_of(twilio, Canary(bird.sid, DAY))
    await lists.read([ANN])
    ((_, reading),) = lists.readings([ANN])
    assert reading.canaries_missing == 1


async def test_a_canary_that_was_seen_is_not_asked_for(twilio: TwilioList) -> None:
    bird = message(to=BEN)
    twilio.messages = [bird]
    await lists_of(twilio, Canary(bird.sid, DAY)).read([ANN])
    assert twilio.fetched == []
