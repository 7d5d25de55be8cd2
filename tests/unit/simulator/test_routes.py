from __future__ import annotations

import pytest

from async_messaging.simulator.operations import TABLE
from async_messaging.simulator.routes import product_of
from tests.unit.simulator.visitor import Visitor, code_of

ACCOUNT = "AC" + "a" * 32
MESSAGE = "SM" + "B" * 32


@pytest.mark.parametrize(
    ("method", "path", "found", "exists"),
    [
        ("GET", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", True, True),
        ("PUT", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", False, True),
        ("GET", f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{MESSAGE}.json", True, True),
        ("GET", f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{MESSAGE}", False, False),
        ("GET", f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{MESSAGE}x.json", False, False),
        ("GET", f"/2010-04-01/Accounts/{ACCOUNT}/Messages", False, False),
        ("GET", "/2010-04-01/Accounts/AC1/Messages.json", False, False),
        ("GET", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json/", False, False),
        ("GET", "/v1/Messaging/Countries/US", True, True),
        ("GET", "/v1/Messaging/Countries/US/x", False, False),
        ("GET", "/", True, True),
        ("GET", "//", False, False),
        ("GET", "", False, False),
    ],
)
def test_find(method: str, path: str, found: bool, exists: bool) -> None:
    route, _, known = TABLE.find(method, path)
    assert (route is not None, known) == (found, exists)


def test_placeholders_are_decoded_after_the_path_is_split() -> None:
    _, values, _ = TABLE.find("GET", "/v1/Messaging/Countries/a%2Fb")
    assert values == {"IsoCountry": "a/b"}


@pytest.mark.parametrize(
    ("host", "product"),
    [
        ("api.twilio.com", "api"),
        ("messaging.twilio.com", "messaging"),
        ("messaging.sydney.au1.twilio.com", "messaging"),
        ("api.ashburn-ix.us1.twilio.com", "api"),
        ("api.au1.twilio.com", "api"),
        ("oauth.twilio.com", "oauth"),
        ("twilio.com", ""),
        ("evil.com", ""),
        ("api.twilio.com.evil.com", ""),
        ("api.evil-twilio.com", ""),
        ("apitwilio.com", ""),
        ("api.a.b.c.twilio.com", ""),
        ("127.0.0.1", ""),
        ("", ""),
    ],
)
def test_the_product_of_a_host(host: str, product: str) -> None:
    assert product_of(host) == product


@pytest.mark.parametrize("host", ["messaging", "content", "pricing", "oauth"])
def test_a_path_is_found_at_its_own_host_only(visitor: Visitor, host: str) -> None:
    path = f"{visitor.base}/Balance.json"
    assert visitor.ask("GET", path, host="api").answer.status == 200
    verdict = visitor.ask("GET", path, host=host)
    assert (verdict.answer.status, code_of(verdict), verdict.host) == (404, 20404, host)


def test_a_method_that_another_host_knows_is_not_found_either(visitor: Visitor) -> None:
    assert code_of(visitor.ask("PUT", f"{visitor.base}/Balance.json", host="api")) == 20004
    assert code_of(visitor.ask("PUT", f"{visitor.base}/Balance.json", host="pricing")) == 20404


def test_a_verdict_names_the_host_that_the_path_belongs_to(visitor: Visitor) -> None:
    assert visitor.get("Balance.json").host == "api"
    assert visitor.get("/v1/Messaging/Countries").host == "pricing"


@pytest.mark.parametrize("path", ["/", "/inbox/messages", "/simulator/stats"])
def test_our_own_pages_are_at_no_host_of_twilios(visitor: Visitor, path: str) -> None:
    assert visitor.ask("GET", path).answer.status == 200
    assert visitor.ask("GET", path, host="api").answer.status == 404
