from __future__ import annotations

from typing import Any

import pytest

from async_messaging import InvalidInput, OutcomeUnknown
from async_messaging.testing import FakeClock
from async_messaging.transport import Response, scripted
from tests.unit.resources.wire import client_over, wire

HX = "HX" + "3" * 32
URL = f"https://content.twilio.com/v1/Content/{HX}/ApprovalRequests"


async def test_create(clock: FakeClock) -> None:
    answer = {"name": "greeting", "category": "UTILITY", "status": "received"}
    client, transport = client_over([scripted.json(201, answer)], clock)
    request = await client.content(HX).approvals.create(name="greeting", category="UTILITY")
    assert (request.status, request.rejection_reason) == ("received", None)
    body = '{"name":"greeting","category":"UTILITY"}'
    assert wire(transport.requests[0]) == ("POST", f"{URL}/whatsapp", body)


async def test_fetch_keeps_what_is_not_published(clock: FakeClock) -> None:
    state = {"status": "approved", "flows": {"id": "1"}}
    client, transport = client_over([scripted.json(200, {"sid": HX, "whatsapp": state})], clock)
    assert (await client.content(HX).approvals.fetch()).whatsapp == state
    assert wire(transport.requests[0]) == ("GET", URL, "")


async def test_a_template_is_handed_over_once(clock: FakeClock) -> None:
    client, transport = client_over([Response(500, {}, b"")], clock)
    with pytest.raises(OutcomeUnknown):
        await client.content(HX).approvals.create(name="greeting", category="UTILITY")
    assert len(transport.requests) == 1


@pytest.mark.parametrize("field", ["name", "category"])
async def test_what_is_wrong_never_reaches_the_wire(field: str, clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    given: dict[str, Any] = {"name": "greeting", "category": "UTILITY", field: None}
    with pytest.raises(InvalidInput) as caught:
        await client.content(HX).approvals.create(**given)
    assert caught.value.field == field
    assert transport.requests == []
