from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from async_messaging import InvalidInput, MessagingClient, OutcomeUnknown
from async_messaging.models import A2PRegistrationChanges, A2PRegistrationDraft, A2PUseCase
from async_messaging.testing import FakeClock
from async_messaging.transport import Response, scripted
from tests.contract.path_tricks import PATH_TRICKS
from tests.unit.resources.wire import client_over, wire

HOST = "https://messaging.twilio.com/v1"
BN, MG, QE = (prefix + "1" * 32 for prefix in ("BN", "MG", "QE"))
USA2P = f"{HOST}/Services/{MG}/Compliance/Usa2p"
PURPOSE: dict[str, Any] = {
    "brand_registration_sid": BN,
    "description": "Codes",
    "message_flow": "A box",
    "message_samples": ["Your code is 1", "2 is your code"],
    "us_app_to_person_usecase": "2FA",
    "has_embedded_links": False,
    "has_embedded_phone": False,
}
CHANGES: dict[str, Any] = {
    "has_embedded_links": True,
    "has_embedded_phone": False,
    "message_samples": "One",
    "message_flow": "A box",
    "description": "Codes",
    "age_gated": False,
    "direct_lending": False,
}

Call = Callable[[MessagingClient], Awaitable[Any]]

# What costs money or can't be taken back, and how it goes out.
CREATIONS: list[tuple[Call, str, str]] = [
    (
        lambda c: c.a2p.registrations(MG).create(**PURPOSE),
        USA2P,
        (
            f"BrandRegistrationSid={BN}&Description=Codes&MessageFlow=A+box"
            "&MessageSamples=Your+code+is+1&MessageSamples=2+is+your+code"
            "&UsAppToPersonUsecase=2FA&HasEmbeddedLinks=false&HasEmbeddedPhone=false"
        ),
    ),
    (
        lambda c: c.a2p.preregistered.create(campaign_id="C1", messaging_service_sid=MG),
        f"{HOST}/Services/PreregisteredUsa2p",
        f"CampaignId=C1&MessagingServiceSid={MG}",
    ),
]


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize(("call", "url", "body"), CREATIONS)
async def test_a_creation_goes_out_once_whatever_good_status_it_has(
    call: Call, url: str, body: str, status: int, clock: FakeClock
) -> None:
    client, transport = client_over([scripted.json(status, {"sid": QE})], clock)
    await call(client)
    assert [wire(request) for request in transport.requests] == [("POST", url, body)]


@pytest.mark.parametrize(("call", "url", "body"), CREATIONS)
async def test_what_may_cost_a_fee_is_not_repeated(
    call: Call, url: str, body: str, clock: FakeClock
) -> None:
    client, transport = client_over([Response(500, {}, b"")], clock)
    with pytest.raises(OutcomeUnknown):
        await call(client)
    assert len(transport.requests) == 1


OTHERS: list[tuple[Call, str, str, str]] = [
    (
        lambda c: c.a2p.registrations(MG).update(QE, **CHANGES),
        "POST",
        f"{USA2P}/{QE}",
        (
            "HasEmbeddedLinks=true&HasEmbeddedPhone=false&MessageSamples=One&MessageFlow=A+box"
            "&Description=Codes&AgeGated=false&DirectLending=false"
        ),
    ),
    (lambda c: c.a2p.registrations(MG).delete(QE), "DELETE", f"{USA2P}/{QE}", ""),
    (lambda c: c.a2p.registrations(MG).fetch(QE), "GET", f"{USA2P}/{QE}", ""),
    (lambda c: c.a2p.use_cases(MG), "GET", f"{USA2P}/Usecases", ""),
    (
        lambda c: c.a2p.use_cases(MG, brand_registration_sid=BN),
        "GET",
        f"{USA2P}/Usecases?BrandRegistrationSid={BN}",
        "",
    ),
]


@pytest.mark.parametrize(("call", "method", "url", "body"), OTHERS)
async def test_the_rest_is_repeated_until_it_is_done(
    call: Call, method: str, url: str, body: str, clock: FakeClock
) -> None:
    script = [Response(503, {}, b""), scripted.json(200, {"sid": QE})]
    client, transport = client_over(script, clock)
    await call(client)
    assert [wire(request) for request in transport.requests] == [(method, url, body)] * 2


@pytest.mark.parametrize(
    ("call", "sent"),
    [
        (lambda c: c.a2p.registrations(MG, api_version="v1.2").fetch(QE), "v1.2"),
        (lambda c: c.a2p.registrations(MG, api_version="v1.2").create(**PURPOSE), "v1.2"),
        (lambda c: c.a2p.registrations(MG, api_version="v1.2").update(QE, **CHANGES), "v1.2"),
        (lambda c: c.a2p.registrations(MG, api_version="v1.2").delete(QE), None),
        (lambda c: c.a2p.registrations(MG).fetch(QE), None),
    ],
)
async def test_the_version_goes_where_the_specification_names_it(
    call: Call, sent: str | None, clock: FakeClock
) -> None:
    client, transport = client_over([scripted.json(200, {"sid": QE})], clock)
    await call(client)
    assert transport.requests[0].headers.get("X-Twilio-Api-Version") == sent


@pytest.mark.parametrize("version", ["", "1.2", "v1.2\r\nHost: evil.example", "v", "v1.", None, 2])
def test_what_is_no_version_is_refused(version: Any, clock: FakeClock) -> None:
    client, _ = client_over([], clock)
    with pytest.raises(InvalidInput) as caught:
        client.a2p.registrations(MG, api_version=version)
    assert caught.value.field == "api_version"


# Every place that an id goes into, and how the error calls it.
PLACES: dict[str, tuple[Callable[[MessagingClient, Any], Any], str]] = {
    "registrations": (lambda c, value: c.a2p.registrations(value), "service_sid"),
    "registrations.fetch": (lambda c, value: c.a2p.registrations(MG).fetch(value), "sid"),
    "registrations.update": (
        lambda c, value: c.a2p.registrations(MG).update(value, **CHANGES),
        "sid",
    ),
    "registrations.delete": (lambda c, value: c.a2p.registrations(MG).delete(value), "sid"),
    "use_cases": (lambda c, value: c.a2p.use_cases(value), "service_sid"),
    "use_cases brand": (
        lambda c, value: c.a2p.use_cases(MG, brand_registration_sid=value or "x"),
        "brand_registration_sid",
    ),
    "preregistered.create": (
        lambda c, value: c.a2p.preregistered.create(campaign_id="C1", messaging_service_sid=value),
        "messaging_service_sid",
    ),
}


@pytest.mark.parametrize("place", PLACES)
async def test_nothing_but_the_right_sid_reaches_the_wire(place: str, clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    call, field = PLACES[place]
    for value in [*PATH_TRICKS, None, 7, "AC" + "1" * 32, BN[:-1], MG + "0", QE + "/x", QE.lower()]:
        with pytest.raises(InvalidInput) as caught:
            made = call(client, value)
            if inspect.isawaitable(made):
                await made
        assert caught.value.field == field, ascii(value)
    assert transport.requests == []


WRONG: list[tuple[Call, str]] = [
    (lambda c: c.a2p.registrations(MG).create(**PURPOSE | {"message_samples": []}), "message_samples"),
    (lambda c: c.a2p.registrations(MG).create(**PURPOSE | {"description": None}), "description"),
    (lambda c: c.a2p.registrations(MG).create(**PURPOSE | {"age_gated": "no"}), "age_gated"),
    (lambda c: c.a2p.registrations(MG).create(**PURPOSE | {"help_keywords": None}), "help_keywords"),
    (lambda c: c.a2p.registrations(MG).update(QE, **CHANGES | {"age_gated": 1}), "age_gated"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "field"), WRONG)
async def test_what_is_wrong_never_reaches_the_wire(
    call: Call, field: str, clock: FakeClock
) -> None:
    client, transport = client_over([], clock)
    with pytest.raises(InvalidInput) as caught:
        await call(client)
    assert caught.value.field == field
    assert transport.requests == []


def test_an_update_needs_all_that_twilio_needs(clock: FakeClock) -> None:
    client, _ = client_over([], clock)
    with pytest.raises(TypeError, match="has_embedded_phone"):
        client.a2p.registrations(MG).update(QE, has_embedded_links=True)  # type: ignore[call-arg, unused-coroutine]  # the mistake under test


def test_the_methods_show_the_drafts_keywords(clock: FakeClock) -> None:
    of = client_over([], clock)[0].a2p.registrations(MG)
    create, update = inspect.signature(of.create), inspect.signature(of.update)
    assert list(create.parameters) == list(A2PRegistrationDraft.__struct_fields__)
    changes = A2PRegistrationChanges.__struct_fields__
    assert list(update.parameters) == ["registration_sid", *changes]


async def test_registrations_are_listed_page_by_page(clock: FakeClock) -> None:
    def page(sid: str, following: str | None) -> Response:
        meta = {"key": "compliance", "next_page_url": following}
        return scripted.json(200, {"compliance": [{"sid": sid}], "meta": meta})

    following = f"{USA2P}?PageSize=1&Page=1&PageToken=PAQE%2F1"
    client, transport = client_over([page(QE, following), page(QE[:-1] + "2", None)], clock)
    listing = client.a2p.registrations(MG, api_version="v1.2").list(page_size=1)
    assert [one.sid for one in await listing] == [QE, QE[:-1] + "2"]
    assert [request.url for request in transport.requests] == [f"{USA2P}?PageSize=1", following]
    versions = [request.headers["X-Twilio-Api-Version"] for request in transport.requests]
    assert versions == ["v1.2"] * 2


async def test_use_cases(clock: FakeClock) -> None:
    found = [{"code": "2FA", "name": "Codes", "post_approval_required": False}]
    script = [
        scripted.json(200, {"us_app_to_person_usecases": found}),
        scripted.json(200, {"us_app_to_person_usecases": None}),
    ]
    client, _ = client_over(script, clock)
    one = A2PUseCase(code="2FA", name="Codes", post_approval_required=False)
    assert await client.a2p.use_cases(MG) == (one,)
    assert await client.a2p.use_cases(MG) == ()
