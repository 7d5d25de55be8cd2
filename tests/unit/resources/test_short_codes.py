from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from async_messaging import InvalidInput, NotFound
from async_messaging.testing import FakeClock
from async_messaging.transport import scripted
from tests.unit.resources.wire import BASE, HOST, client_over, wire

SID = "SC" + "1" * 32
CODES = f"{HOST}{BASE}/SMS/ShortCodes"
ONE = {"sid": SID, "short_code": "895895", "date_created": "Thu, 24 Aug 2023 05:01:45 +0000"}


async def test_fetch(clock: FakeClock) -> None:
    gone = scripted.json(404, {"code": 20404, "message": "gone", "status": 404})
    client, transport = client_over([scripted.json(200, ONE), gone], clock)
    code = await client.short_codes.fetch(SID)
    assert code.date_created is not None
    assert (code.short_code, code.date_created.day, code.sms_url) == ("895895", 24, None)
    assert "895895" not in repr(code)
    with pytest.raises(NotFound):
        await client.short_codes.fetch(SID)
    assert wire(transport.requests[0]) == ("GET", f"{CODES}/{SID}.json", "")


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({}, "PageSize=50"),
        ({"short_code": "895*"}, "ShortCode=895*&PageSize=50"),
        ({"friendly_name": "a&b", "limit": 2}, "FriendlyName=a%26b&PageSize=2"),
        ({"friendly_name": "", "page_size": 7}, "FriendlyName=&PageSize=7"),
    ],
)
async def test_list(filters: dict[str, Any], query: str, clock: FakeClock) -> None:
    page = {"short_codes": [ONE, ONE, ONE], "next_page_uri": None}
    client, transport = client_over([scripted.json(200, page)], clock)
    found = await client.short_codes.list(**filters)
    assert len(found) == filters.get("limit", 3)
    assert wire(transport.requests[0]) == ("GET", f"{CODES}.json?{query}", "")


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({}, ""),
        ({"sms_url": ""}, "SmsUrl="),
        ({"sms_url": UNSET, "sms_method": "GET"}, "SmsMethod=GET"),
        (
            {"friendly_name": "Shop", "api_version": "2010-04-01"},
            "FriendlyName=Shop&ApiVersion=2010-04-01",
        ),
    ],
)
async def test_an_update_sends_what_is_given(
    fields: dict[str, Any], body: str, clock: FakeClock
) -> None:
    client, transport = client_over([scripted.json(200, ONE)], clock)
    assert (await client.short_codes.update(SID, **fields)).sid == SID
    assert wire(transport.requests[0]) == ("POST", f"{CODES}/{SID}.json", body)


@pytest.mark.parametrize("value", [None, b"x", ["x", None], object()])
async def test_what_is_no_parameter_is_not_sent(value: Any, clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    with pytest.raises(InvalidInput) as caught:
        await client.short_codes.update(SID, sms_url=value)
    assert caught.value.field == "sms_url"
    assert transport.requests == []
