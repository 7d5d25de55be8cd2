from __future__ import annotations

from typing import Any

import pytest

from async_messaging import APIError, InvalidInput
from async_messaging.testing import FakeClock
from async_messaging.transport import Response, scripted
from tests.unit.resources.wire import client_over, wire

SERVICE = "MG" + "1" * 32
BASE = f"https://messaging.twilio.com/v1/Services/{SERVICE}"


def sid(prefix: str) -> str:
    return prefix + "2" * 32


# Attribute, path, prefix of the sids, key of a page, how one is created, and its form.
KINDS = [
    ("phone_numbers", "PhoneNumbers", "PN", "phone_numbers", "phone_number_sid", "PhoneNumberSid"),
    ("short_codes", "ShortCodes", "SC", "short_codes", "short_code_sid", "ShortCodeSid"),
    ("alpha_senders", "AlphaSenders", "AI", "alpha_senders", "alpha_sender", "AlphaSender"),
    (
        "destination_alpha_senders",
        "DestinationAlphaSenders",
        "AI",
        "alpha_senders",
        "alpha_sender",
        "AlphaSender",
    ),
    ("channel_senders", "ChannelSenders", "XE", "senders", "sid", "Sid"),
]
each_kind = pytest.mark.parametrize(
    ("attribute", "path", "prefix", "key", "keyword", "name"), KINDS, ids=[one[0] for one in KINDS]
)


@each_kind
async def test_the_same_grammar_for_all(
    attribute: str, path: str, prefix: str, key: str, keyword: str, name: str, clock: FakeClock
) -> None:
    own = sid(prefix)
    one = {"sid": own, "date_created": "2015-07-30T20:12:31Z", "capabilities": ["SMS", "MMS"]}
    page = {key: [one], "meta": {"key": key, "next_page_url": None}}
    script = [
        scripted.json(201, one),
        scripted.json(200, one),
        scripted.json(200, page),
        Response(204, {}, b""),
    ]
    client, transport = client_over(script, clock)
    senders: Any = getattr(client.services(SERVICE), attribute)
    added = await senders.create(**{keyword: own})
    assert (added.sid, added.date_created.year) == (own, 2015)
    assert (await senders.fetch(own)).sid == own
    assert [item.sid for item in await senders.list(limit=5)] == [own]
    await senders.delete(own)
    assert [wire(request) for request in transport.requests] == [
        ("POST", f"{BASE}/{path}", f"{name}={own}"),
        ("GET", f"{BASE}/{path}/{own}", ""),
        ("GET", f"{BASE}/{path}?PageSize=5", ""),
        ("DELETE", f"{BASE}/{path}/{own}", ""),
    ]


@each_kind
async def test_adding_twice_is_no_error(
    attribute: str, path: str, prefix: str, key: str, keyword: str, name: str, clock: FakeClock
) -> None:
    """What was lost on the way is added again, and answered 200 instead of 201."""
    own = sid(prefix)
    script = [Response(502, {}, b""), scripted.json(200, {"sid": own})]
    client, transport = client_over(script, clock)
    senders: Any = getattr(client.services(SERVICE), attribute)
    answer = await client.with_raw_response(senders.create(**{keyword: own}))
    assert (answer.status, answer.value.sid, answer.attempts) == (200, own, 2)
    assert len(transport.requests) == 2


@each_kind
async def test_the_wrong_kind_of_sid_is_not_sent(
    attribute: str, path: str, prefix: str, key: str, keyword: str, name: str, clock: FakeClock
) -> None:
    client, transport = client_over([], clock)
    senders: Any = getattr(client.services(SERVICE), attribute)
    for wrong in (SERVICE, sid(prefix)[:-1], "", None, 7):
        with pytest.raises(InvalidInput):
            await senders.fetch(wrong)
        with pytest.raises(InvalidInput):
            await senders.delete(wrong)
        if keyword.endswith("sid"):
            with pytest.raises(InvalidInput) as caught:
                await senders.create(**{keyword: wrong})
            assert caught.value.field == keyword
    assert transport.requests == []


@pytest.mark.parametrize("wrong", ["", "PN" + "1" * 32, "../Accounts", None])
def test_a_service_has_its_own_kind_of_sid(wrong: Any, clock: FakeClock) -> None:
    client, _ = client_over([], clock)
    with pytest.raises(InvalidInput):
        client.services(wrong)


@pytest.mark.parametrize(
    ("country", "body"),
    [
        ({}, "AlphaSender=A+%2B+B"),
        ({"iso_country_code": "FR"}, "AlphaSender=A+%2B+B&IsoCountryCode=FR"),
    ],
)
async def test_a_country_is_given_or_not(
    country: dict[str, str], body: str, clock: FakeClock
) -> None:
    one = {"sid": sid("AI"), "alpha_sender": "A + B", "iso_country_code": ""}
    client, transport = client_over([scripted.json(201, one)], clock)
    senders = client.services(SERVICE).destination_alpha_senders
    assert (await senders.create(alpha_sender="A + B", **country)).iso_country_code == ""
    assert transport.requests[0].body.decode() == body


async def test_senders_of_one_country(clock: FakeClock) -> None:
    page = {"alpha_senders": [], "meta": {"key": "alpha_senders", "next_page_url": None}}
    client, transport = client_over([scripted.json(200, page)], clock)
    assert (
        await client.services(SERVICE).destination_alpha_senders.list(iso_country_code="FR") == []
    )
    query = "IsoCountryCode=FR&PageSize=50"
    assert transport.requests[0].url == f"{BASE}/DestinationAlphaSenders?{query}"


async def test_a_name_is_text(clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    name: Any = None
    with pytest.raises(InvalidInput) as caught:
        await client.services(SERVICE).alpha_senders.create(alpha_sender=name)
    assert caught.value.field == "alpha_sender"
    assert transport.requests == []


async def test_a_number_of_another_service(clock: FakeClock) -> None:
    body = {"code": 21712, "message": "in another service", "status": 409}
    client, _ = client_over([scripted.json(409, body)], clock)
    with pytest.raises(APIError) as caught:
        await client.services(SERVICE).phone_numbers.create(phone_number_sid=sid("PN"))
    assert (caught.value.code, caught.value.outcome) == (21712, "refused")


async def test_what_a_sender_shows_of_itself(clock: FakeClock) -> None:
    one = {"sid": sid("XE"), "sender": "whatsapp:+15558675310", "sender_type": "WhatsApp"}
    client, _ = client_over([scripted.json(200, one)], clock)
    shown = repr(await client.services(SERVICE).channel_senders.fetch(sid("XE")))
    assert "whatsapp:+1555...5310" in shown
    assert "WhatsApp" in shown
    assert "8675" not in shown
