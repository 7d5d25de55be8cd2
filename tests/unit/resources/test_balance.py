from __future__ import annotations

from decimal import Decimal

import pytest

from async_messaging import Unauthorized
from async_messaging.testing import FakeClock
from async_messaging.transport import scripted
from tests.unit.resources.wire import BASE, HOST, client_over, wire


async def test_the_balance(clock: FakeClock) -> None:
    answer = scripted.json(200, {"balance": "-0.50", "currency": "USD", "account_sid": "AC"})
    client, transport = client_over([answer], clock)
    balance = await client.balance.fetch()
    assert (balance.balance, balance.currency) == (Decimal("-0.50"), "USD")
    assert wire(transport.requests[0]) == ("GET", f"{HOST}{BASE}/Balance.json", "")


async def test_wrong_credentials_stop(clock: FakeClock) -> None:
    answer = scripted.json(401, {"code": 20003, "message": "Authenticate", "status": 401})
    client, transport = client_over([answer], clock)
    with pytest.raises(Unauthorized) as caught:
        await client.balance.fetch()
    assert caught.value.stops
    assert len(transport.requests) == 1
