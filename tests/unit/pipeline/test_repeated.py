"""What a repetition tells of an attempt whose answer was lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from async_messaging import MessagingClient, errors
from async_messaging.errors import ConnectFailed, ConnectionLost, MessagingError
from async_messaging.testing import FakeClock
from async_messaging.transport import scripted
from async_messaging.transport.scripted import Item
from tests.unit.pipeline.calls import SID, created, problem, scripted_client

MG, PN = "MG" + "2" * 32, "PN" + "3" * 32
HX, HH, ME, XE, SC, DN = (two + "4" * 32 for two in ("HX", "HH", "ME", "XE", "SC", "DN"))
LOST: list[Item] = [ConnectionLost("lost"), problem(500, 20500), problem(502)]

DELETES: dict[str, Callable[[MessagingClient], Awaitable[None]]] = {
    "message": lambda client: client.messages.delete(SID),
    "media": lambda client: client.messages(SID).media.delete(ME),
    "service": lambda client: client.services.delete(MG),
    "number": lambda client: client.services(MG).phone_numbers.delete(PN),
    "template": lambda client: client.content.delete(HX),
    "verification": lambda client: client.tollfree.delete(HH),
    "sender": lambda client: client.channel_senders.delete(XE),
}


@pytest.mark.parametrize("lost", LOST, ids=["lost", "500", "502"])
@pytest.mark.parametrize("name", DELETES)
async def test_a_delete_that_finds_nothing_any_more_succeeded(
    name: str, lost: Item, clock: FakeClock
) -> None:
    client, transport = scripted_client([lost, problem(404, 20404)], clock)
    await DELETES[name](client)
    assert [request.method for request in transport.requests] == ["DELETE"] * 2


async def test_a_delete_that_finds_nothing_at_once_is_refused(clock: FakeClock) -> None:
    scripts: list[list[Item]] = [[problem(404, 20404)], [ConnectFailed("x"), problem(404, 20404)]]
    for script in scripts:
        client, _ = scripted_client(script, clock)
        with pytest.raises(errors.NotFound):
            await client.messages.delete(SID)


async def test_a_delete_of_what_is_there_still_is_refused(clock: FakeClock) -> None:
    client, _ = scripted_client([LOST[0], problem(409, 20009)], clock)
    with pytest.raises(errors.Conflict):
        await client.messages.delete(SID)


async def test_the_whole_answer_of_such_a_delete(clock: FakeClock) -> None:
    client, _ = scripted_client([LOST[0], problem(404, 20404)], clock)
    answer = await client.with_raw_response(client.messages.delete(SID))
    assert (answer.status, answer.attempts, answer.value) == (404, 2, None)


CANNOT = problem(400, 30409)


def read(status: str) -> Item:
    return scripted.json(200, {"sid": SID, "status": status})


async def test_a_cancellation_that_was_done_already_succeeded(clock: FakeClock) -> None:
    client, transport = scripted_client([LOST[0], CANNOT, read("canceled")], clock)
    assert (await client.messages.cancel(SID)).status == "canceled"
    assert [request.method for request in transport.requests] == ["POST", "POST", "GET"]


async def test_a_cancellation_that_came_too_late_is_refused(clock: FakeClock) -> None:
    client, _ = scripted_client([LOST[0], CANNOT, read("sent")], clock)
    with pytest.raises(errors.BadRequest):
        await client.messages.cancel(SID)


@pytest.mark.parametrize("seen", [problem(404, 20404), scripted.json(200, {}), problem(401)])
async def test_a_cancellation_that_nobody_can_look_up_is_unknown(
    seen: Item, clock: FakeClock
) -> None:
    client, _ = scripted_client([LOST[0], CANNOT, seen], clock)
    with pytest.raises(ConnectionLost):
        await client.messages.cancel(SID)


ADDED: dict[str, tuple[str, Callable[[MessagingClient], Awaitable[Any]]]] = {
    "number": (PN, lambda client: client.services(MG).phone_numbers.create(phone_number_sid=PN)),
    "code": (SC, lambda client: client.services(MG).short_codes.create(short_code_sid=SC)),
    "channel": (XE, lambda client: client.services(MG).channel_senders.create(sid=XE)),
}


@pytest.mark.parametrize("name", ADDED)
async def test_a_sender_that_the_service_has_already_was_added(name: str, clock: FakeClock) -> None:
    own, add = ADDED[name]
    there = scripted.json(200, {"sid": own})
    client, transport = scripted_client([LOST[0], problem(409, 21710), there], clock)
    assert (await add(client)).sid == own
    assert transport.requests[-1].url.endswith(own)


async def test_a_domain_that_the_service_has_already_was_associated(clock: FakeClock) -> None:
    there = scripted.json(200, {"domain_sid": DN, "messaging_service_sid": MG})
    client, _ = scripted_client([LOST[0], problem(409, 20409), there], clock)
    assert (await client.links.services.associate(DN, MG)).domain_sid == DN


async def test_one_that_has_another_domain_was_not(clock: FakeClock) -> None:
    there = scripted.json(200, {"domain_sid": "DN" + "9" * 32})
    client, _ = scripted_client([LOST[0], problem(409, 20409), there], clock)
    with pytest.raises(errors.Conflict):
        await client.links.services.associate(DN, MG)


@pytest.mark.parametrize(
    "later", [[ConnectFailed("x")] * 9, [problem(401, 20003)], [problem(307)]], ids=str
)
async def test_an_update_whose_first_answer_was_lost_is_never_called_not_sent(
    later: list[Item], clock: FakeClock
) -> None:
    client, _ = scripted_client([LOST[0], *later], clock)
    with pytest.raises(MessagingError) as caught:
        await client.messages.redact(SID)
    assert caught.value.outcome == "unknown"


async def test_a_refusal_that_the_first_attempt_would_have_met_too_stands(
    clock: FakeClock,
) -> None:
    client, _ = scripted_client([LOST[0], problem(400, 20001)], clock)
    with pytest.raises(errors.BadRequest):
        await client.messages.update(SID, body="")


async def test_another_refusal_by_the_state_is_unknown(clock: FakeClock) -> None:
    client, _ = scripted_client([LOST[0], problem(409, 20409)], clock)
    with pytest.raises(ConnectionLost):
        await client.services.update(MG, friendly_name="x")


async def test_a_repeated_update_that_is_answered_is_no_different(clock: FakeClock) -> None:
    client, _ = scripted_client([LOST[0], created()], clock)
    assert (await client.messages.redact(SID)).sid
