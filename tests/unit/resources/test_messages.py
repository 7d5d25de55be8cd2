from __future__ import annotations

import datetime as dt
import inspect
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from async_messaging import InvalidInput, MessageDraft, MessagingClient, NotFound
from async_messaging.resources.messages import creation
from async_messaging.testing import FakeClock
from async_messaging.transport import Response, scripted
from tests.unit.resources.wire import (
    ACCOUNT,
    BASE,
    FROM,
    HOST,
    SID,
    TO,
    TOKEN,
    client_over,
    created,
    message,
    page,
    wire,
)

ONE = f"{HOST}{BASE}/Messages/{SID}.json"
ALL = f"{HOST}{BASE}/Messages.json"
DRAFT = MessageDraft(to=TO, from_=FROM, body="Hi")


async def test_create_writes_a_form(clock: FakeClock) -> None:
    client, transport = client_over([created(body="Hi")], clock)
    sent = await client.messages.create(to=TO, from_=FROM, body="Hi & bye")
    assert (sent.sid, sent.status, sent.body) == (SID, "queued", "Hi")
    (request,) = transport.requests
    body = "To=%2B15558675310&From=%2B15017122661&Body=Hi+%26+bye"
    assert wire(request) == ("POST", ALL, body)
    pair = b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    assert request.headers == {
        "Accept": "application/json",
        "Authorization": f"Basic {pair}",
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": request.headers["User-Agent"],
    }


# Fields of a message, and what the form has beside To.
FORMS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"body": ""}, [("Body", "")]),
    ({"from_": "MG" + "0" * 32, "body": "x"}, [("MessagingServiceSid", "MG" + "0" * 32), ("Body", "x")]),
    ({"media_url": ["https://a/1", "https://a/2"]}, [("MediaUrl", "https://a/1"), ("MediaUrl", "https://a/2")]),
    ({"media_url": "https://a/?b=c&d"}, [("MediaUrl", "https://a/?b=c&d")]),
    ({"content_sid": "HX", "content_variables": {"1": "Zoë"}}, [("ContentSid", "HX"), ("ContentVariables", '{"1":"Zoë"}')]),
    ({"body": "x", "shorten_urls": True, "send_as_mms": False}, [("Body", "x"), ("SendAsMms", "false"), ("ShortenUrls", "true")]),
    (
        {"body": "x", "send_at": dt.datetime(2026, 11, 22, 9, tzinfo=dt.timezone(dt.timedelta(hours=-8)))},
        [("Body", "x"), ("SendAt", "2026-11-22T17:00:00Z"), ("ScheduleType", "fixed")],
    ),
    ({"body": "x", "validity_period": 600, "attempt": 2}, [("Body", "x"), ("ValidityPeriod", "600"), ("Attempt", "2")]),
    ({"body": "x", "extra": {"NewParam": "1"}}, [("Body", "x"), ("NewParam", "1")]),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "pairs"), FORMS)
async def test_every_kind_of_field_reaches_the_wire(
    fields: dict[str, Any], pairs: list[tuple[str, str]], clock: FakeClock
) -> None:
    client, transport = client_over([created(), created(sid=f"SM{2:032x}")], clock)
    await client.messages.create(to=TO, **fields)
    await client.messages.send(MessageDraft(to=TO, **fields))
    one, other = transport.requests
    assert one.body == other.body
    assert parse_qsl(one.body.decode(), keep_blank_values=True) == [("To", TO), *pairs]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"to": "5558675310"}, "to"),
    ({"body": None}, "body"),
    ({"body": "\ud800"}, "body"),
    ({"from_": ""}, "from_"),
    ({"send_at": dt.datetime(2026, 11, 22)}, "send_at"),  # noqa: DTZ001 - a naive one is refused
    ({"extra": {"Tag": "\udc00"}}, "Tag"),
]


@pytest.mark.parametrize(("fields", "field"), BAD)
async def test_what_is_wrong_never_reaches_the_wire(
    fields: dict[str, Any], field: str, clock: FakeClock
) -> None:
    client, transport = client_over([], clock)
    with pytest.raises(InvalidInput) as caught:
        await client.messages.create(**{"to": TO, "from_": FROM, "body": "Hi", **fields})
    assert caught.value.field == field
    assert transport.requests == []


def test_create_has_the_drafts_own_signature(clock: FakeClock) -> None:
    client, _ = client_over([], clock)
    names = list(inspect.signature(client.messages.create).parameters)
    assert names == list(MessageDraft.__struct_fields__)
    with pytest.raises(TypeError, match="bdy"):
        client.messages.create(to=TO, bdy="Hi")  # type: ignore[call-arg, unused-coroutine]  # the mistake under test


def test_a_creation_is_a_value() -> None:
    call = creation(DRAFT)
    assert (call.operation, call.safety, call.lanes, call.weight) == (
        "CreateMessage",
        "creates",
        (FROM,),
        1,
    )
    assert "{AccountSid}" in call.path
    assert "Hi" not in repr(call)
    assert creation(DRAFT).body == call.body


# A call, its method, URL and body, and the answer.
CALLS: list[tuple[Callable[[MessagingClient], Awaitable[object]], str, str, str, Response]] = [
    (lambda c: c.messages.fetch(SID), "GET", ONE, "", scripted.json(200, message())),
    (lambda c: c.messages.redact(SID), "POST", ONE, "Body=", scripted.json(200, message())),
    (lambda c: c.messages.cancel(SID), "POST", ONE, "Status=canceled", scripted.json(200, message())),
    (lambda c: c.messages.update(SID, body=""), "POST", ONE, "Body=", scripted.json(200, message())),
    (lambda c: c.messages.update(SID, status="canceled"), "POST", ONE, "Status=canceled", scripted.json(200, message())),
    (lambda c: c.messages.delete(SID), "DELETE", ONE, "", Response(204, {}, b"")),
]  # fmt: skip


@pytest.mark.parametrize(("call", "method", "url", "body", "answer"), CALLS)
async def test_what_goes_on_the_wire(
    call: Callable[[MessagingClient], Awaitable[object]],
    method: str,
    url: str,
    body: str,
    answer: Response,
    clock: FakeClock,
) -> None:
    client, transport = client_over([answer], clock)
    await call(client)
    (request,) = transport.requests
    assert wire(request) == (method, url, body)
    assert ("Content-Type" in request.headers) == (method == "POST")


@pytest.mark.parametrize(("call", "method", "url", "body", "answer"), CALLS)
async def test_all_of_them_can_be_repeated(
    call: Callable[[MessagingClient], Awaitable[object]],
    method: str,
    url: str,
    body: str,
    answer: Response,
    clock: FakeClock,
) -> None:
    client, transport = client_over([Response(500, {}, b""), answer], clock)
    await call(client)
    assert [wire(request) for request in transport.requests] == [(method, url, body)] * 2


async def test_an_update_of_nothing_is_refused(clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    with pytest.raises(InvalidInput):
        await client.messages.update(SID)
    assert transport.requests == []


async def test_a_message_that_is_not_there(clock: FakeClock) -> None:
    body = {"code": 20404, "message": "not found", "status": 404}
    client, _ = client_over([scripted.json(404, body)], clock)
    with pytest.raises(NotFound) as caught:
        await client.messages.fetch(SID)
    assert caught.value.call is not None
    assert caught.value.call.operation == "FetchMessage"


UTC = dt.UTC
ZONE = dt.timezone(dt.timedelta(hours=2))

# Filters, and the query that they make.
FILTERS: list[tuple[dict[str, Any], str]] = [
    ({}, "PageSize=50"),
    ({"limit": 0}, "PageSize=1"),
    ({"limit": 20}, "PageSize=20"),
    ({"limit": 5000}, "PageSize=1000"),
    ({"limit": 5000, "page_size": 7}, "PageSize=7"),
    ({"to": TO, "from_": FROM}, "To=%2B15558675310&From=%2B15017122661&PageSize=50"),
    ({"to": "whatsapp:+1"}, "To=whatsapp%3A%2B1&PageSize=50"),
    ({"date_sent": dt.date(2026, 11, 22)}, "DateSent=2026-11-22&PageSize=50"),
    ({"date_sent_after": dt.date(2026, 11, 22)}, "DateSent%3E=2026-11-22&PageSize=50"),
    ({"date_sent_before": dt.date(2026, 11, 22)}, "DateSent%3C=2026-11-22&PageSize=50"),
    (
        {"date_sent_after": dt.datetime(2026, 11, 22, 1, tzinfo=ZONE), "date_sent_before": dt.datetime(2026, 11, 22, tzinfo=UTC)},
        "DateSent%3C=2026-11-22T00%3A00%3A00Z&DateSent%3E=2026-11-21T23%3A00%3A00Z&PageSize=50",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("filters", "query"), FILTERS)
async def test_filters_of_a_list(filters: dict[str, Any], query: str, clock: FakeClock) -> None:
    client, transport = client_over([page([1])], clock)
    await client.messages.list(**filters).page()
    assert wire(transport.requests[0]) == ("GET", f"{ALL}?{query}", "")


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"limit": -1}, "limit"),
        ({"page_size": 0}, "page_size"),
        ({"page_size": 1001}, "page_size"),
        ({"date_sent": dt.datetime(2026, 11, 22)}, "date_sent"),  # noqa: DTZ001 - a naive one is refused
        ({"date_sent_after": dt.datetime(2026, 11, 22)}, "date_sent_after"),  # noqa: DTZ001 - as above
        ({"to": "\ud800"}, "to"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused_at_once(
    filters: dict[str, Any], field: str, clock: FakeClock
) -> None:
    client, _ = client_over([], clock)
    with pytest.raises(InvalidInput) as caught:
        client.messages.list(**filters)
    assert caught.value.field == field


async def test_next_pages_go_out_as_the_server_wrote_them(clock: FakeClock) -> None:
    following = f"{BASE}/Messages.json?PageSize=1&Page=1&PageToken=PASM%2Fx%2By%3D"
    client, transport = client_over([page([1], following), page([2])], clock)
    assert [one.sid for one in await client.messages.list(page_size=1)] == [
        message(1)["sid"],
        message(2)["sid"],
    ]
    assert [request.url for request in transport.requests] == [
        f"{ALL}?PageSize=1",
        f"{HOST}{following}",
    ]


async def test_a_foreign_host_in_a_link_gets_nothing(clock: FakeClock) -> None:
    client, transport = client_over(
        [page([1], "https://evil.example/x.json?Page=1"), page([2], "//evil.example/y"), page([3])],
        clock,
    )
    assert len(await client.messages.list()) == 3
    assert {urlsplit(request.url).netloc for request in transport.requests} == {"api.twilio.com"}


@given(body=st.text(st.characters(exclude_categories=["Cs"]), max_size=99))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_body_arrives_as_it_was(body: str) -> None:
    client, transport = client_over([created(body=body)], FakeClock(autojump=True))
    sent = await client.messages.create(to=TO, from_=FROM, body=body)
    assert sent.body == json.loads(json.dumps(body))
    form = parse_qsl(transport.requests[0].body.decode(), keep_blank_values=True)
    assert form[-1] == ("Body", body)
