"""Why a request was refused: what would have matched is named, what is secret is not."""

from __future__ import annotations

import logging

import pytest

from async_messaging.testing import FakeClock
from async_messaging.webhooks import Webhooks
from tests.unit.webhooks.requests import ACCOUNT, TOKEN, URL, inbound, signed


def would_match(
    url: str, real: str, public: str = "https://example.com", **headers: str
) -> tuple[str, ...]:
    given, body = signed(inbound(), url=real)
    hooks = Webhooks(auth_token=["older", TOKEN], public_url=public)
    found = hooks.explain(url=url, headers={**given, **headers}, body=body)
    assert not found.valid
    assert found.reason == "the signature does not match"
    return found.would_match


@pytest.mark.parametrize(
    ("real", "difference"),
    [
        ("http://example.com/sms", "scheme http"),
        ("https://example.com/sms/", "a trailing slash"),
        ("https://example.com:8443/sms", "port 8443"),
        ("http://example.com:8080/sms", "scheme http, port 8080"),
        ("https://hooks.example.org/sms", "host hooks.example.org"),
        (
            "http://hooks.example.org:3000/sms/",
            "scheme http, host hooks.example.org, port 3000, a trailing slash",
        ),
    ],
)
def test_it_names_what_is_different(real: str, difference: str) -> None:
    found = would_match("/sms", real, **{"X-Forwarded-Host": "hooks.example.org"})
    assert found[0] == difference


def test_it_names_slashes_queries_and_paths_that_are_too_many() -> None:
    assert would_match("/sms/", URL)[0] == "no trailing slash"
    assert would_match("/sms?x=1", URL)[0] == "no query"
    assert would_match("/inner/sms", URL)[0] == "no first part of the path"
    assert would_match("/sms", URL, "https://u:p@example.com")[0] == "no user and password"


def test_a_valid_request_is_called_valid() -> None:
    headers, body = signed(inbound())
    hooks = Webhooks(auth_token=TOKEN, public_url="https://example.com")
    found = hooks.explain(url="/sms", headers=headers, body=body)
    assert found.valid
    assert str(found) == "valid for https://example.com/sms"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"X-Twilio-Signature": ""}, "has no X-Twilio-Signature"),
        ({"X-Twilio-Webhooks-Signature-Settings": "key=a,algorithm=HMAC_SHA1"}, "not known"),
        ({"Content-Type": "application/json"}, "bodySHA256"),
    ],
)
def test_other_reasons_are_named(change: dict[str, str], reason: str) -> None:
    headers, body = signed(inbound())
    hooks = Webhooks(auth_token=TOKEN, public_url="https://example.com")
    found = hooks.explain(url="/sms", headers={**headers, **change}, body=body)
    assert reason in found.reason
    assert found.url == URL
    assert not found.would_match


def test_no_secret_and_no_value_shows() -> None:
    url = "https://user:hunter2@example.com/to/+14155550100?Body=tulip&row=r0wt0ken"
    headers, body = signed(inbound(Body="tulip"), token="another")
    hooks = Webhooks(auth_token=TOKEN)
    found = hooks.explain(url=url, headers=headers, body=body)
    shown = f"{found} {found!r}"
    assert "https://example.com/to/+1415...0100?Body=...&row=..." in shown
    for secret in (
        TOKEN,
        "hunter2",
        "tulip",
        "r0wt0ken",
        "4155550100",
        headers["X-Twilio-Signature"],
        ACCOUNT,
    ):
        assert secret not in shown


def test_nothing_that_a_stranger_sends_makes_a_line_of_its_own() -> None:
    headers, body = signed(inbound(), token="another")
    hooks = Webhooks(auth_token=TOKEN)
    found = hooks.explain(
        url="https://example.com/sms\r\nINFO forged\x1b[31m" + "x" * 5000,
        headers=headers,
        body=body,
    )
    assert str(found).isprintable()
    assert len(str(found)) < 400


async def test_refusals_are_logged_once_a_minute(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    hooks = Webhooks(auth_token=TOKEN, public_url="https://example.com", clock=clock)
    headers, body = signed(inbound(Body="tulip"), url="http://example.com/sms")

    async def refused(times: int) -> None:
        for _ in range(times):
            answer = await hooks.handle(method="POST", target="/sms", headers=headers, body=body)
            assert (answer.status, answer.body) == (403, b"")

    with caplog.at_level(logging.DEBUG):
        await refused(50)
        assert len(caplog.messages) == 1
        assert "https://example.com/sms); it would match with scheme http" in caplog.text
        await clock.advance(61)
        await refused(2)
    assert len(caplog.messages) == 2
    assert "(49 more since the last such line)" in caplog.messages[1]
    assert "tulip" not in caplog.text
    assert "4155550100" not in caplog.text
