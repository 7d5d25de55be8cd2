from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from async_messaging import BadRequest, InvalidInput, NotFound, ServerFailed, UnexpectedAnswer
from async_messaging.models import TextContent, UnknownContent
from async_messaging.testing import FakeClock
from async_messaging.transport import Response, scripted
from tests.contract.path_tricks import PATH_TRICKS
from tests.unit.resources.wire import client_over, wire

HX = "HX" + "3" * 32
HOST = "https://content.twilio.com"
TEMPLATE = {"sid": HX, "types": {"twilio/text": {"body": "Hi {{1}}"}}}
TEXT = TextContent(body="Hi {{1}}")
WRONG_SIDS: list[Any] = [*PATH_TRICKS, HX[:-1], HX + "\n", "SM" + "3" * 32, None, 7]


async def test_create_sends_json_and_only_what_is_given(clock: FakeClock) -> None:
    client, transport = client_over([scripted.json(201, TEMPLATE)], clock)
    content = await client.content.create(language="en", types=[TEXT])
    assert (content.sid, content.types) == (HX, (TEXT,))
    (request,) = transport.requests
    assert request.headers["Content-Type"] == "application/json"
    body = '{"language":"en","types":{"twilio/text":{"body":"Hi {{1}}"}}}'
    assert wire(request) == ("POST", f"{HOST}/v1/Content", body)


async def test_create_takes_texts_of_any_language_and_new_types(clock: FakeClock) -> None:
    client, transport = client_over([scripted.json(201, TEMPLATE)], clock)
    pay = UnknownContent(content_type="twilio/pay", fields={"amount": 3})
    await client.content.create(
        language="es",
        types=[TextContent(body="¡Hola! 😀"), pay],
        friendly_name="",
        variables={"1": "Zoë"},
    )
    assert json.loads(transport.requests[0].body) == {
        "friendly_name": "",
        "variables": {"1": "Zoë"},
        "language": "es",
        "types": {"twilio/text": {"body": "¡Hola! 😀"}, "twilio/pay": {"amount": 3}},
    }


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"types": []}, "types"),
        ({"types": ["twilio/text"]}, "types"),
        ({"types": TEXT}, "types"),
        ({"language": None}, "language"),
        ({"language": "\ud800"}, "language"),
        ({"friendly_name": None}, "friendly_name"),
        ({"variables": {"1": 2}}, "variables"),
        ({"variables": '{"1": "Sarah"}'}, "variables"),
        ({"types": [UnknownContent(content_type="x/y", fields={"a": object()})]}, "types"),
    ],
)
async def test_what_is_wrong_never_reaches_the_wire(
    fields: dict[str, Any], field: str, clock: FakeClock
) -> None:
    client, transport = client_over([], clock)
    given: dict[str, Any] = {"language": "en", "types": [TEXT], **fields}
    with pytest.raises(InvalidInput) as caught:
        await client.content.create(**given)
    assert caught.value.field == field
    with pytest.raises(InvalidInput):
        await client.content.update(HX, **given)
    assert transport.requests == []


async def test_update_puts_what_is_given(clock: FakeClock) -> None:
    client, transport = client_over([scripted.json(200, TEMPLATE)], clock)
    assert (await client.content.update(HX, types=[TEXT])).sid == HX
    body = '{"types":{"twilio/text":{"body":"Hi {{1}}"}}}'
    assert wire(transport.requests[0]) == ("PUT", f"{HOST}/v1/Content/{HX}", body)


async def test_fetch_and_delete(clock: FakeClock) -> None:
    client, transport = client_over([scripted.json(200, TEMPLATE), Response(204, {}, b"")], clock)
    assert (await client.content.fetch(HX)).types == (TEXT,)
    await client.content.delete(HX)
    where = f"{HOST}/v1/Content/{HX}"
    assert [wire(one) for one in transport.requests] == [("GET", where, ""), ("DELETE", where, "")]


@pytest.mark.parametrize("wrong", WRONG_SIDS)
async def test_a_wrong_sid_never_reaches_the_wire(wrong: Any, clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    with pytest.raises(InvalidInput):
        await client.content.fetch(wrong)
    with pytest.raises(InvalidInput):
        await client.content.update(wrong, types=[TEXT])
    with pytest.raises(InvalidInput):
        await client.content.delete(wrong)
    with pytest.raises(InvalidInput):
        client.content(wrong)
    assert transport.requests == []


async def test_a_creation_is_not_repeated_and_an_update_is(clock: FakeClock) -> None:
    failed = Response(503, {}, b"")
    client, transport = client_over([failed, failed, scripted.json(200, TEMPLATE)], clock)
    with pytest.raises(ServerFailed):
        await client.content.create(language="en", types=[TEXT])
    assert len(transport.requests) == 1
    await client.content.update(HX, types=[TEXT])
    assert len(transport.requests) == 3


async def test_a_creation_answered_without_a_sid_is_unknown(clock: FakeClock) -> None:
    client, _ = client_over([scripted.json(201, {"types": {}})], clock)
    with pytest.raises(UnexpectedAnswer) as caught:
        await client.content.create(language="en", types=[TEXT])
    assert caught.value.outcome == "unknown"


async def test_an_error_does_not_repeat_the_template(clock: FakeClock) -> None:
    problem = {"code": 20001, "message": "Body 'our secret text' is too long", "status": 400}
    client, _ = client_over([scripted.json(400, problem)], clock)
    with pytest.raises(BadRequest) as caught:
        await client.content.create(language="en", types=[TextContent(body="our secret text")])
    assert "secret" not in str(caught.value)
    assert "20001" in str(caught.value)


async def test_a_template_that_is_not_there(clock: FakeClock) -> None:
    problem = {"code": 20404, "message": "not found", "status": 404}
    client, _ = client_over([scripted.json(404, problem)], clock)
    with pytest.raises(NotFound):
        await client.content.fetch(HX)


def page(sid: str, following: str | None) -> Response:
    meta = {"key": "contents", "next_page_url": following}
    return scripted.json(200, {"contents": [{"sid": sid}], "meta": meta})


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("list", "/v2/Content"),
        ("list_with_approvals", "/v2/ContentAndApprovals"),
        ("list_v1", "/v1/Content"),
        ("list_with_approvals_v1", "/v1/ContentAndApprovals"),
        ("list_legacy", "/v1/LegacyContent"),
    ],
)
async def test_listings_follow_their_links_up_to_the_limit(
    name: str, where: str, clock: FakeClock
) -> None:
    following = f"{HOST}{where}?PageSize=2&Page=1&PageToken=DN%2F1"
    client, transport = client_over([page(HX, following), page("HX" + "4" * 32, None)], clock)
    found = [one.sid async for one in getattr(client.content, name)(limit=2)]
    assert found == [HX, "HX" + "4" * 32]
    assert [one.url for one in transport.requests] == [f"{HOST}{where}?PageSize=2", following]


@pytest.mark.parametrize("name", ["list", "list_with_approvals"])
@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({}, ""),
        ({"language": ["en", "es"]}, "Language=en&Language=es&"),
        ({"language": "en"}, "Language=en&"),
        ({"content": "a b&c"}, "Content=a+b%26c&"),
        (
            {
                "date_created_after": dt.datetime(
                    2026, 1, 2, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))
                )
            },
            "DateCreatedAfter=2026-01-02T00%3A00%3A00Z&",
        ),
    ],
)
async def test_filters(name: str, filters: dict[str, Any], query: str, clock: FakeClock) -> None:
    client, transport = client_over([page(HX, None)], clock)
    await getattr(client.content, name)(**filters)
    assert transport.requests[0].url.partition("?")[2] == f"{query}PageSize=50"


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"language": []}, "language"),
        ({"content_type": ["twilio/text", 7]}, "content_type"),
        ({"content_name": 7}, "content_name"),
        ({"date_created_after": dt.datetime(2026, 1, 2)}, "date_created_after"),  # noqa: DTZ001 - a naive one is what is refused
        ({"date_created_before": dt.date(2026, 1, 2)}, "date_created_before"),
        ({"page_size": 1001}, "page_size"),
    ],
)
async def test_a_wrong_filter_is_refused(
    filters: dict[str, Any], field: str, clock: FakeClock
) -> None:
    client, transport = client_over([], clock)
    with pytest.raises(InvalidInput) as caught:
        client.content.list(**filters)
    assert caught.value.field == field
    assert transport.requests == []
