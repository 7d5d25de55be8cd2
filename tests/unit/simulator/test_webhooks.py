from __future__ import annotations

import pytest

from async_messaging.simulator.records import Record, Shelves
from async_messaging.simulator.webhooks import Webhook, Webhooks, is_web_url

NUMBER, SERVICE = "+15005550006", "MG" + "0" * 32


def test_the_service_goes_before_the_number_and_the_number_before_all_others() -> None:
    hooks = Webhooks()
    assert hooks.inbound(NUMBER, SERVICE) == Webhook()
    hooks.put("*", Webhook("http://h/all"))
    assert hooks.inbound(NUMBER, SERVICE).url == "http://h/all"
    hooks.put(NUMBER, Webhook("http://h/number"))
    assert hooks.inbound(NUMBER, SERVICE).url == "http://h/number"
    hooks.put(SERVICE, Webhook("http://h/service"))
    assert hooks.inbound(NUMBER, SERVICE).url == "http://h/service"
    assert hooks.inbound(NUMBER, None).url == "http://h/number"
    hooks.put(SERVICE, Webhook("http://h/service", use_number=True))
    assert hooks.inbound(NUMBER, SERVICE).url == "http://h/number"


def test_of_accounts_that_share_a_code_the_one_that_has_set_a_url_gets_the_message() -> None:
    accounts = [Shelves(), Shelves()]
    for shelves, url in zip(accounts, ("", "http://h/second"), strict=True):
        fields: dict[str, object] = {"short_code": "12345", "sms_url": url}
        fields |= {"sms_method": "POST", "sms_fallback_url": ""}
        record = Record(sid="SC" + "1" * 32, created=0, updated=0, fields=fields)
        shelves["account_short_codes"].put(record)
    assert Webhooks(accounts).inbound("12345", None).url == "http://h/second"


def test_a_services_status_callback_goes_before_that_of_all() -> None:
    hooks = Webhooks()
    assert hooks.status_callback(SERVICE) == ""
    hooks.put("*", Webhook(status_callback="http://h/all"))
    assert hooks.status_callback(SERVICE) == "http://h/all"
    hooks.put(SERVICE, Webhook(status_callback="http://h/own"))
    assert hooks.status_callback(SERVICE) == "http://h/own"


@pytest.mark.parametrize("url", ["h/x", "ftp://h/", "http://", "http://h:0/", "http://h:99999/"])
def test_what_is_no_url(url: str) -> None:
    assert not is_web_url(url)
    for wrong in (Webhook(url), Webhook(fallback=url), Webhook(status_callback=url)):
        with pytest.raises(ValueError, match="URL"):
            Webhooks().put("*", wrong)


def test_methods() -> None:
    with pytest.raises(ValueError, match="POST or GET"):
        Webhooks().put("*", Webhook("http://h/", method="PUT"))
