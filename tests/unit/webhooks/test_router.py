"""Requests as servers hand them over: what is let in, and what is turned away with which status."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from async_messaging import SettingsError
from async_messaging.webhooks import Event, InboundMessage, StatusCallback, Webhooks
from tests.unit.webhooks.requests import (
    ACCOUNT,
    FORM,
    SID,
    TOKEN,
    Params,
    inbound,
    sid,
    signed,
    status,
)

BASE = "https://example.com"


def receiver(**options: Any) -> tuple[Webhooks, list[Event]]:
    hooks = Webhooks(**{"auth_token": TOKEN, "public_url": BASE, **options})
    events: list[Event] = []

    @hooks.on_message
    async def reply(message: InboundMessage) -> str:
        events.append(message)
        return "Hi"

    @hooks.on_status
    async def track(event: StatusCallback) -> None:
        events.append(event)

    return hooks, events


async def post(
    hooks: Webhooks,
    params: Params,
    target: str = "/sms",
    *,
    method: str = "POST",
    body: bytes | None = None,
    **headers: Any,
) -> int:
    given, form = signed(params, url=BASE + target)
    answer = await hooks.handle(
        method=method,
        target=target,
        headers={**given, **headers},
        body=form if body is None else body,
    )
    assert answer.status == 200 or not answer.body
    return answer.status


async def test_messages_and_statuses_reach_their_handlers_whatever_the_path() -> None:
    hooks, events = receiver()
    assert await post(hooks, inbound()) == 200
    assert await post(hooks, status()) == 204
    assert await post(hooks, inbound(MessageSid=sid(2)), "/status") == 200
    assert [type(event) for event in events] == [InboundMessage, StatusCallback, InboundMessage]


async def test_the_callback_urls_own_parameters_reach_the_handler() -> None:
    hooks, events = receiver()
    assert await post(hooks, status(), "/status?row=r0w%2F1&x=") == 204
    assert events[0].query == {"row": "r0w/1", "x": ""}


async def test_a_get_brings_its_parameters_in_the_url() -> None:
    hooks, events = receiver()
    target = f"/sms?{urlencode(inbound(Row='r0w'))}"
    headers, _ = signed(url=BASE + target)
    answer = await hooks.handle(method="GET", target=target, headers=headers)
    assert answer.status == 200
    assert isinstance(events[0], InboundMessage)
    assert (events[0].body, events[0].extra) == ("Hello there", {"Row": "r0w"})
    assert events[0].query == {"Row": "r0w"}


async def test_an_unsigned_request_gets_nothing() -> None:
    hooks, events = receiver()
    for headers in (
        {},
        {"Content-Type": FORM},
        {"X-Twilio-Signature": "AAAA", "Content-Type": FORM},
    ):
        answer = await hooks.handle(method="POST", target="/sms", headers=headers, body=b"Body=Hi")
        assert (answer.status, answer.body, answer.headers) == (403, b"", {})
    assert events == []


@pytest.mark.parametrize("peer", [None, "10.0.0.1"])
async def test_a_forwarded_host_does_not_choose_the_url(peer: str | None) -> None:
    """Else a request signed for another application of the account would pass here."""
    hooks, events = receiver(trusted_hops=["127.0.0.1"])
    headers, body = signed(inbound(), url="https://another.example/sms")
    forwarded = {
        "X-Forwarded-Host": "another.example",
        "X-Forwarded-Proto": "https",
        "Host": "another.example",
    }
    answer = await hooks.handle(
        method="POST", target="/sms", headers={**headers, **forwarded}, body=body, peer=peer
    )
    assert (answer.status, events) == (403, [])
    trusted = await hooks.handle(
        method="POST", target="/sms", headers={**headers, **forwarded}, body=body, peer="127.0.0.1"
    )
    assert trusted.status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "post", ""])
async def test_other_methods_are_not_allowed(method: str) -> None:
    hooks, events = receiver()
    assert await post(hooks, inbound(), method=method) == 405
    assert events == []


@pytest.mark.parametrize(
    ("expected", "change"),
    [
        (415, {"Content-Type": "application/json"}),
        (415, {"Content-Type": "multipart/form-data; boundary=x"}),
        (415, {"Content-Encoding": "gzip"}),
        (413, {"body": b"Body=" + b"x" * 65_536}),
        (400, {"method": "GET"}),
        (400, {"body": b"Body=%ff"}),
        (400, {"body": b"Body=\xc3\xa9"}),
        (400, {"body": b"&".join(b"a%d=" % n for n in range(101))}),
        (403, {"body": b"\x00\x01"}),
        (403, {"Content-Type": FORM + "; charset=utf-16", "X-Twilio-Signature": ""}),
    ],
)
async def test_what_no_webhook_is_gets_a_4xx(expected: int, change: dict[str, Any]) -> None:
    hooks, events = receiver()
    assert await post(hooks, inbound(), **change) == expected
    assert events == []


async def test_100_parameters_and_64_kib_are_allowed() -> None:
    hooks, events = receiver()
    many = {f"P{number}": "" for number in range(100 - len(inbound()))}
    assert await post(hooks, inbound(**many)) == 200
    assert await post(hooks, inbound(MessageSid=sid(2), Body="x" * 65_000)) == 200
    assert len(events) == 2


async def test_a_signed_request_that_tells_of_no_message_is_a_400() -> None:
    hooks, events = receiver()
    assert await post(hooks, {"AccountSid": ACCOUNT, "CallSid": "CA1"}) == 400
    twice = [*inbound().items(), ("Body", "another")]
    assert await post(hooks, twice) == 400
    assert events == []


async def test_a_charset_or_the_case_of_a_type_does_not_matter() -> None:
    hooks, _ = receiver()
    typed: dict[str, Any] = {"Content-Type": "Application/X-WWW-Form-URLEncoded; charset=UTF-8"}
    assert await post(hooks, inbound(), **typed) == 200


async def later(account: str = "") -> str | None:
    return TOKEN if account in {"", ACCOUNT} else None


async def test_secrets_may_be_awaited() -> None:
    for options in ({"auth_token": later}, {"auth_token": None, "secrets": later}):
        hooks, _ = receiver(**options)
        assert await post(hooks, inbound()) == 200
    assert await post(hooks, inbound(AccountSid="AC" + "b" * 32)) == 403


async def broken() -> str:
    raise RuntimeError(TOKEN)


def broken_at_once() -> str:
    raise RuntimeError(TOKEN)


@pytest.mark.parametrize("source", [broken, broken_at_once])
async def test_a_source_of_secrets_that_fails_is_a_500(
    source: Callable[[], Any], caplog: pytest.LogCaptureFixture
) -> None:
    hooks, events = receiver(auth_token=source)
    with caplog.at_level(logging.DEBUG):
        assert await post(hooks, inbound()) == 500
    assert "RuntimeError" in caplog.text
    assert TOKEN not in caplog.text
    assert events == []


async def test_one_accounts_event_does_not_hide_anothers() -> None:
    other = "AC" + "b" * 32
    hooks, events = receiver(auth_token=None, secrets={ACCOUNT: TOKEN, other: TOKEN})
    token: dict[str, Any] = {"I-Twilio-Idempotency-Token": "t0ken"}
    assert await post(hooks, status(AccountSid=other), **token) == 204
    assert await post(hooks, status(), **token) == 204
    assert {event.account_sid for event in events} == {ACCOUNT, other}


async def test_a_token_of_any_length_is_bounded() -> None:
    hooks, events = receiver()
    token: dict[str, Any] = {"I-Twilio-Idempotency-Token": "t" * 9999}
    assert await post(hooks, inbound(), **token) == 200
    assert len(events[0].token) == 128


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("I-Twilio-Idempotency-Token", 400),
        ("Content-Type", 400),
        ("X-Twilio-Signature", 403),
        ("X-Twilio-Webhooks-Signature-Settings", 403),
    ],
)
async def test_a_header_twice_is_refused_wherever_it_is_read(name: str, expected: int) -> None:
    hooks, events = receiver()
    headers, body = signed(inbound())
    twice = [*headers.items(), (name, "one"), (name.lower(), "another")]
    answer = await hooks.handle(method="POST", target="/sms", headers=twice, body=body)
    assert (answer.status, events) == (expected, [])


def test_a_second_handler_is_a_mistake() -> None:
    hooks, _ = receiver()

    async def handler(event: Any) -> None:
        """Never called."""

    for register in (hooks.on_message, hooks.on_status):
        with pytest.raises(SettingsError):
            register(handler)


def test_no_repr_shows_contents() -> None:
    hooks, _ = receiver()
    assert repr(hooks) == "<Webhooks <Running, 0 handlers, 0 behind their answer>>"
    assert SID not in repr(hooks)
