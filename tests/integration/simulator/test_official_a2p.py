"""Twilio's own Python client registers brands and campaigns."""

from __future__ import annotations

from typing import Any

from tests.integration.simulator.official_clients import QUIET, Official

SERVICE = "MG" + "1" * 32
BRAND: dict[str, Any] = {
    "customer_profile_bundle_sid": "BU" + "1" * 32,
    "a2p_profile_bundle_sid": "BU" + "2" * 32,
}
CHANGES: dict[str, Any] = {
    "description": "Sends one-time codes to people who sign in to their account.",
    "message_flow": "People type their number on our sign-up page and tick a box there.",
    "message_samples": ["Your code for Owl Lamps is 123456.", "654321 is your Owl Lamps code."],
    "has_embedded_links": False,
    "has_embedded_phone": False,
    "age_gated": False,
    "direct_lending": False,
}

pytestmark = QUIET


async def brand(twilio: Official, **fields: Any) -> str:
    made = await twilio.call(twilio.v1.brand_registrations, "create", **{**BRAND, **fields})
    twilio.clock.advance(60)
    sid: str = made.sid
    return sid


async def test_brands(twilio: Official) -> None:
    brands, call = twilio.v1.brand_registrations, twilio.call
    made = await call(brands, "create", **BRAND, brand_type="STANDARD", mock=True)
    assert (made.status, made.mock, made.brand_score) == ("PENDING", True, None)
    twilio.clock.advance(60)
    told = await call(brands(made.sid), "fetch")
    assert (told.status, told.identity_status) == ("APPROVED", "VERIFIED")
    assert told.date_updated > told.date_created
    sids = [made.sid, await brand(twilio), await brand(twilio)]
    assert [one.sid for one in await call(brands, "list", page_size=2)] == sids
    failed = await brand(twilio, a2p_profile_bundle_sid="BU" + "2" * 28 + "fa10")
    assert (await call(brands(failed), "fetch")).errors[0]["error_code"] == 21736
    assert (await call(brands(failed), "update")).status == "PENDING"
    assert await twilio.refusal(brands(made.sid), "update") == 20409
    assert await twilio.refusal(brands("BN" + "0" * 32), "fetch") == 20404
    assert await twilio.refusal(brands, "create", **{**BRAND, "brand_type": "X"}) == 20001


async def test_the_password_of_a_sole_proprietor(twilio: Official) -> None:
    sid = await brand(twilio, brand_type="SOLE_PROPRIETOR")
    context = twilio.v1.brand_registrations(sid)
    assert (await twilio.call(context, "fetch")).status == "IN_REVIEW"
    otp = await twilio.call(context.brand_registration_otps, "create")
    assert otp.brand_registration_sid == sid
    twilio.clock.advance(20)
    assert (await twilio.call(context, "fetch")).status == "APPROVED"


async def test_vettings(twilio: Official) -> None:
    vettings = twilio.v1.brand_registrations(await brand(twilio)).brand_vettings
    made = await twilio.call(vettings, "create", vetting_provider="aegis")
    assert (made.vetting_status, made.vetting_class) == ("PENDING", "STANDARD")
    await twilio.call(
        vettings, "create", vetting_provider="campaign-verify", vetting_id="cv|1.0|tcr"
    )
    twilio.clock.advance(30)
    told = await twilio.call(vettings(made.brand_vetting_sid), "fetch")
    assert told.vetting_status == "SUCCESS"
    listed = await twilio.call(vettings, "list", page_size=1)
    assert [one.vetting_provider for one in listed] == ["aegis", "campaign-verify"]
    assert len(await twilio.call(vettings, "list", vetting_provider="aegis")) == 1
    assert await twilio.refusal(vettings, "create", vetting_provider="me") == 20001


async def test_campaigns(twilio: Official) -> None:
    form = {**CHANGES, "brand_registration_sid": await brand(twilio)}
    form["us_app_to_person_usecase"] = "2FA"
    campaigns, call = twilio.v1.services(SERVICE).us_app_to_person, twilio.call
    made = await call(campaigns, "create", **form, opt_in_keywords=["JOIN", "YES"])
    assert (made.campaign_status, made.opt_in_keywords) == ("PENDING", ["JOIN", "YES"])
    assert await twilio.refusal(campaigns(made.sid), "update", **CHANGES) == 20409
    twilio.clock.advance(60)
    told = await call(campaigns(made.sid), "fetch")
    assert (told.campaign_status, told.errors) == ("VERIFIED", [])
    assert told.rate_limits["att"]["mps"] > 0
    changed = await call(campaigns(made.sid), "update", **{**CHANGES, "age_gated": True})
    assert (changed.campaign_status, changed.age_gated) == ("PENDING", True)
    assert [one.sid for one in await call(campaigns, "list", page_size=1)] == [made.sid]
    assert await twilio.refusal(campaigns, "create", **form) == 20409
    assert await call(campaigns(made.sid), "delete")
    assert await twilio.refusal(campaigns(made.sid), "fetch") == 20404
    assert await twilio.refusal(campaigns, "create", **{**form, "description": "Short"}) == 20001


async def test_use_cases_and_campaigns_from_elsewhere(twilio: Official) -> None:
    service = twilio.v1.services(SERVICE)
    told = await twilio.call(service.us_app_to_person_usecases, "fetch")
    assert "2FA" in [one["code"] for one in told.us_app_to_person_usecases]
    brought = await twilio.call(
        twilio.v1.external_campaign,
        "create",
        campaign_id="CABC123",
        messaging_service_sid=SERVICE,
    )
    assert brought.campaign_id == "CABC123"
    (listed,) = await twilio.call(service.us_app_to_person, "list")
    assert (listed.sid, listed.is_externally_registered) == (brought.sid, True)


async def test_our_own_client_reads_it_too(twilio: Official) -> None:
    async with twilio.sim.client() as client:
        made = await client.a2p.brands.create(**BRAND)
        twilio.clock.advance(60)
        told = await client.a2p.brands.fetch(made.sid)
        assert (told.status, told.brand_feedback is None) == ("APPROVED", False)
        vetting = await client.a2p.brands(made.sid).vettings.create(vetting_provider="aegis")
        assert vetting.vetting_status == "PENDING"
        registrations = client.a2p.registrations(SERVICE)
        use_case: dict[str, Any] = {
            "us_app_to_person_usecase": "2FA",
            "brand_registration_sid": made.sid,
        }
        await registrations.create(**CHANGES, **use_case)
        twilio.clock.advance(60)
        (listed,) = await registrations.list()
        assert (listed.campaign_status, listed.date_created is None) == ("VERIFIED", False)
        assert any(one.code == "2FA" for one in await client.a2p.use_cases(SERVICE))
