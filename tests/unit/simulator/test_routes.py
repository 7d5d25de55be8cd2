from __future__ import annotations

import pytest

from async_messaging.simulator.operations import TABLE

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
