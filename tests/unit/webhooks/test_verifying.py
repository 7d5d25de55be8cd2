"""Requests that come: which secret lets them in, and what the log says of those that it doesn't."""

from __future__ import annotations

import logging

import pytest

from async_messaging.webhooks import Webhooks
from async_messaging.webhooks.explanation import Explanation
from tests.unit.webhooks.requests import ACCOUNT, FORM, TOKEN, inbound, signed

BASE, SMS = "https://example.com", "/sms"
KEY, SHARED = "webhooks_sharedkey_01", "a shared secret"
TOO_MANY = b"&".join(b"a%d=1" % number for number in range(101))


async def answered(hooks: Webhooks, headers: dict[str, str], body: bytes) -> int:
    return (await hooks.handle(method="POST", target=SMS, headers=headers, body=body)).status


@pytest.mark.parametrize(
    ("token", "key", "status"),
    [
        (TOKEN, "", 204),
        (SHARED, KEY, 204),
        (SHARED, "", 403),
        (TOKEN, KEY, 403),
        (SHARED, "another", 403),
    ],
)
async def test_a_request_is_let_in_by_the_secret_that_it_names(
    token: str, key: str, status: int
) -> None:
    hooks = Webhooks(auth_token=TOKEN, shared_keys={KEY: SHARED}, public_url=BASE)
    assert await answered(hooks, *signed(inbound(), token=token, key=key)) == status


async def test_a_request_is_let_in_by_the_secret_of_its_account() -> None:
    hooks = Webhooks(secrets={ACCOUNT: TOKEN, "AC" + "b" * 32: "other"}, public_url=BASE)
    assert await answered(hooks, *signed(inbound())) == 204
    assert await answered(hooks, *signed(inbound(), token="other")) == 403


async def test_the_log_says_why_a_request_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    hooks = Webhooks(auth_token=TOKEN, public_url=BASE)
    assert await answered(hooks, {"Content-Type": FORM}, b"a=1") == 403
    (line,) = caplog.messages
    assert line == (
        "webhook refused: the request has no X-Twilio-Signature (https://example.com/sms)"
    )


async def test_the_log_shows_no_url_where_none_is_known(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    assert await answered(Webhooks(auth_token=TOKEN), *signed(inbound())) == 403
    (line,) = caplog.messages
    assert line.endswith("no trusted hop names the host (no URL)")


@pytest.mark.parametrize(
    ("signature", "body", "reason"),
    [
        ("", b"a=1", "the request has no X-Twilio-Signature"),
        ("x", TOO_MANY, "more than 100 parameters"),
    ],
)
def test_an_explanation_says_what_could_not_be_read(
    signature: str, body: bytes, reason: str
) -> None:
    hooks = Webhooks(auth_token=TOKEN, public_url=BASE)
    headers = {"X-Twilio-Signature": signature, "Content-Type": FORM}
    found = hooks.explain(url=SMS, headers=headers, body=body)
    assert found == Explanation(valid=False, reason=reason, url=BASE + SMS)


def test_an_explanation_without_a_public_url_shows_none() -> None:
    headers, body = signed(inbound())
    found = Webhooks(auth_token=TOKEN).explain(url=SMS, headers=headers, body=body)
    assert not found.valid
    assert found.url == ""
