from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest

from async_messaging import InvalidInput, MessagingClient, OutcomeUnknown, UnexpectedAnswer
from async_messaging.models import TollfreeChanges, TollfreeDraft
from async_messaging.testing import FakeClock
from async_messaging.transport import Response, scripted
from tests.contract.path_tricks import PATH_TRICKS
from tests.unit.resources.wire import client_over, wire

URL = "https://messaging.twilio.com/v1/Tollfree/Verifications"
HH, PN, BU = (prefix + "1" * 32 for prefix in ("HH", "PN", "BU"))
REQUEST: dict[str, Any] = {
    "tollfree_phone_number_sid": PN,
    "business_name": "Owl, Inc.",
    "business_website": "https://example.com",
    "notification_email": "owl@example.com",
    "use_case_categories": ["TWO_FACTOR_AUTHENTICATION", "MARKETING"],
    "use_case_summary": "Codes",
    "production_message_sample": "Your code is 1",
    "opt_in_image_urls": "https://example.com/1.png",
    "opt_in_type": "WEB_FORM",
    "message_volume": "1,000",
}

Call = Callable[[MessagingClient], Awaitable[Any]]


@pytest.mark.parametrize("status", [200, 201])
async def test_a_request_is_made_once(status: int, clock: FakeClock) -> None:
    answer = {"sid": HH, "status": "PENDING_REVIEW", "date_created": "2026-01-02T03:04:05Z"}
    client, transport = client_over([scripted.json(status, answer)], clock)
    made = await client.tollfree.create(**REQUEST, age_gated_content=False, business_city="")
    assert (made.sid, made.status) == (HH, "PENDING_REVIEW")
    assert made.date_created == dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    (request,) = transport.requests
    assert (request.method, request.url) == ("POST", URL)
    pairs = parse_qsl(request.body.decode(), keep_blank_values=True)
    assert len(pairs) == len(REQUEST) + 1 + 2
    assert {
        ("TollfreePhoneNumberSid", PN),
        ("UseCaseCategories", "TWO_FACTOR_AUTHENTICATION"),
        ("UseCaseCategories", "MARKETING"),
        ("OptInImageUrls", "https://example.com/1.png"),
        ("AgeGatedContent", "false"),
        ("BusinessCity", ""),
    } <= set(pairs)


async def test_a_request_is_not_made_twice(clock: FakeClock) -> None:
    client, transport = client_over([Response(500, {}, b"")], clock)
    with pytest.raises(OutcomeUnknown):
        await client.tollfree.create(**REQUEST)
    assert len(transport.requests) == 1


async def test_a_request_without_its_sid_is_none(clock: FakeClock) -> None:
    client, _ = client_over([scripted.json(201, {"status": "PENDING_REVIEW"})], clock)
    with pytest.raises(UnexpectedAnswer):
        await client.tollfree.create(**REQUEST)


OTHERS: list[tuple[Call, str, str, Response]] = [
    (lambda c: c.tollfree.fetch(HH), "GET", "", scripted.json(200, {"sid": HH})),
    (
        lambda c: c.tollfree.update(HH, business_name="Owl", opt_in_keywords=("GO", "YES")),
        "POST",
        "OptInKeywords=GO&OptInKeywords=YES&BusinessName=Owl",
        scripted.json(202, {"sid": HH}),
    ),
    (lambda c: c.tollfree.update(HH), "POST", "", scripted.json(202, {"sid": HH})),
    (lambda c: c.tollfree.delete(HH), "DELETE", "", Response(204, {}, b"")),
]


@pytest.mark.parametrize(("call", "method", "body", "answer"), OTHERS)
async def test_the_rest_is_repeated_until_it_is_done(
    call: Call, method: str, body: str, answer: Response, clock: FakeClock
) -> None:
    client, transport = client_over([Response(503, {}, b""), answer], clock)
    await call(client)
    sent = [wire(request) for request in transport.requests]
    assert sent == [(method, f"{URL}/{HH}", body)] * 2


# Filters, and the query that they make.
FILTERS: list[tuple[dict[str, Any], str]] = [
    ({}, "PageSize=50"),
    ({"limit": 3}, "PageSize=3"),
    ({"tollfree_phone_number_sid": PN, "page_size": 9}, f"TollfreePhoneNumberSid={PN}&PageSize=9"),
    ({"status": "IN_REVIEW"}, "Status=IN_REVIEW&PageSize=50"),
    ({"external_reference_id": "a b"}, "ExternalReferenceId=a+b&PageSize=50"),
    ({"include_sub_accounts": False}, "IncludeSubAccounts=false&PageSize=50"),
    ({"trust_product_sid": BU}, f"TrustProductSid={BU}&PageSize=50"),
    ({"trust_product_sid": [BU, "BU2"]}, f"TrustProductSid={BU}&TrustProductSid=BU2&PageSize=50"),
]


@pytest.mark.parametrize(("filters", "query"), FILTERS)
async def test_filters_of_a_list(filters: dict[str, Any], query: str, clock: FakeClock) -> None:
    page = {"verifications": [{"sid": HH, "tollfree_phone_number": "+18885550123"}]}
    client, transport = client_over([scripted.json(200, page)], clock)
    (found,) = await client.tollfree.list(**filters)
    assert "+1888...0123" in repr(found)
    assert wire(transport.requests[0]) == ("GET", f"{URL}?{query}", "")


WRONG: list[tuple[Call, str]] = [
    (lambda c: c.tollfree.create(**REQUEST | {"use_case_categories": []}), "use_case_categories"),
    (lambda c: c.tollfree.create(**REQUEST | {"opt_in_image_urls": [1]}), "opt_in_image_urls"),
    (lambda c: c.tollfree.create(**REQUEST | {"message_volume": 1000}), "message_volume"),
    (lambda c: c.tollfree.create(**REQUEST | {"age_gated_content": "no"}), "age_gated_content"),
    (lambda c: c.tollfree.create(**REQUEST | {"vetting_id": None}), "vetting_id"),
    (lambda c: c.tollfree.update(HH, edit_reason=None), "edit_reason"),  # type: ignore[arg-type]  # the mistake under test
    (lambda c: c.tollfree.update(HH, opt_in_keywords=[]), "opt_in_keywords"),
    (lambda c: c.tollfree.list(trust_product_sid=[]), "trust_product_sid"),
    (lambda c: c.tollfree.list(page_size=1001), "page_size"),
]


@pytest.mark.parametrize(("call", "field"), WRONG)
async def test_what_is_wrong_never_reaches_the_wire(
    call: Call, field: str, clock: FakeClock
) -> None:
    client, transport = client_over([], clock)
    with pytest.raises(InvalidInput) as caught:
        await call(client)
    assert caught.value.field == field
    assert transport.requests == []


@pytest.mark.parametrize("verb", ["fetch", "update", "delete"])
async def test_nothing_but_the_right_sid_reaches_the_wire(verb: str, clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    for value in [*PATH_TRICKS, None, 7, PN, HH[:-1], HH + "0", HH + "/x", HH.lower()]:
        with pytest.raises(InvalidInput) as caught:
            await getattr(client.tollfree, verb)(value)
        assert caught.value.field == "sid"
    assert transport.requests == []


@pytest.mark.parametrize("left_out", sorted(REQUEST))
async def test_what_twilio_needs_must_be_given(left_out: str, clock: FakeClock) -> None:
    client, _ = client_over([], clock)
    given = {name: value for name, value in REQUEST.items() if name != left_out}
    with pytest.raises(TypeError, match=left_out):
        await client.tollfree.create(**given)


def test_the_methods_show_the_drafts_keywords(clock: FakeClock) -> None:
    client, _ = client_over([], clock)
    create = inspect.signature(client.tollfree.create).parameters
    update = inspect.signature(client.tollfree.update).parameters
    assert list(create) == list(TollfreeDraft.__struct_fields__)
    assert list(update) == ["verification_sid", *TollfreeChanges.__struct_fields__]
