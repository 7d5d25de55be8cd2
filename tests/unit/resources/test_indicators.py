from __future__ import annotations

from typing import Any

import pytest

from async_messaging import InvalidInput
from async_messaging.testing import FakeClock
from async_messaging.transport import Response, scripted
from tests.unit.resources.wire import SID, client_over, wire

URL = "https://messaging.twilio.com"
SHOWN = scripted.json(200, {"success": True})


async def test_whatsapp(clock: FakeClock) -> None:
    client, transport = client_over([SHOWN], clock)
    assert (await client.indicators.create_whatsapp(SID)).success is True
    (request,) = transport.requests
    assert request.headers["Content-Type"] == "application/json"
    body = f'{{"channel":"WHATSAPP","messageId":"{SID}"}}'
    assert wire(request) == ("POST", f"{URL}/v3/Indicators/Typing.json", body)


@pytest.mark.parametrize(
    ("event", "sent"), [({}, ""), ({"event": "END"}, ',"event":"END"')], ids=["start", "end"]
)
async def test_apple(event: dict[str, Any], sent: str, clock: FakeClock) -> None:
    client, transport = client_over([SHOWN], clock)
    await client.indicators.create_apple(from_="urn:biz:1", to="urn:mbid:2", **event)
    body = f'{{"channel":"APPLE","from":"urn:biz:1","to":"urn:mbid:2"{sent}}}'
    assert wire(transport.requests[0]) == ("POST", f"{URL}/v3/Indicators/Typing.json", body)


async def test_v2(clock: FakeClock) -> None:
    client, transport = client_over([SHOWN], clock)
    await client.indicators.create_v2(SID)
    body = f"channel=whatsapp&messageId={SID}"
    assert wire(transport.requests[0]) == ("POST", f"{URL}/v2/Indicators/Typing.json", body)


async def test_it_is_shown_until_it_works(clock: FakeClock) -> None:
    client, transport = client_over([Response(503, {}, b""), SHOWN], clock)
    await client.indicators.create_whatsapp(SID)
    assert len(transport.requests) == 2


@pytest.mark.parametrize("wrong", ["", "SM1", "HX" + "1" * 32, None])
async def test_a_wrong_sid_never_reaches_the_wire(wrong: Any, clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    for call in (client.indicators.create_whatsapp(wrong), client.indicators.create_v2(wrong)):
        with pytest.raises(InvalidInput) as caught:
            await call
        assert caught.value.field == "message_sid"
    assert transport.requests == []


@pytest.mark.parametrize("field", ["from_", "to", "event"])
async def test_what_is_wrong_never_reaches_the_wire(field: str, clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    given: dict[str, Any] = {"from_": "urn:biz:1", "to": "urn:mbid:2", field: None}
    with pytest.raises(InvalidInput) as caught:
        await client.indicators.create_apple(**given)
    assert caught.value.field == field
    assert transport.requests == []
