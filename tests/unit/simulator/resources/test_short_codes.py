from __future__ import annotations

import pytest

from tests.contract.asked.short_codes import SID, own
from tests.contract.asking import Visitor
from tests.unit.simulator.visitor import code_of


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def test_filters(visitor: Visitor) -> None:
    first = visitor.read(visitor.get(own(visitor)))["short_code"]
    visitor.made(own(visitor, "SC" + "2" * 32), {"FriendlyName": "Lamps"})
    for query, count in (
        ("", 2),
        ("?FriendlyName=Lamps", 1),
        (f"?ShortCode={first}", 1),
        ("?ShortCode=*****", 2),
        ("?ShortCode=****", 0),
    ):
        told = visitor.read(visitor.get(f"SMS/ShortCodes.json{query}"))
        assert len(told["short_codes"]) == count, query


def test_changes(visitor: Visitor) -> None:
    assert code_of(visitor.get(f"SMS/ShortCodes/{SID}.json")) == 20404
    path = own(visitor)
    for wrong in ({"FriendlyName": "x" * 65}, {"SmsMethod": "PUT"}, {"SmsUrl": "lamps"}):
        assert code_of(visitor.ask("POST", path, wrong)) == 20001
    code = visitor.made(path, {"SmsUrl": "http://h/code", "SmsMethod": "GET"})["short_code"]
    webhook = visitor.world.webhooks.inbound(code, None)
    assert (webhook.url, webhook.method) == ("http://h/code", "GET")
