"""Twilio's own Python client has toll-free numbers verified."""

from __future__ import annotations

from typing import Any

from tests.integration.simulator.official_clients import QUIET, Official

REJECTED = "simulate TWILIO_REJECTED"
FORM: dict[str, Any] = {
    "business_name": "Owl Lamps",
    "business_website": "https://owl-lamps.example",
    "notification_email": "owner@owl-lamps.example",
    "use_case_categories": ["ACCOUNT_NOTIFICATIONS", "CUSTOMER_CARE"],
    "use_case_summary": "Tells customers when their lamp is ready.",
    "production_message_sample": "Your lamp is ready. Reply STOP to opt out.",
    "opt_in_image_urls": ["https://owl-lamps.example/opt-in.png"],
    "opt_in_type": "WEB_FORM",
    "message_volume": "1,000",
    "tollfree_phone_number_sid": "PN" + "3" * 32,
    "age_gated_content": False,
}

pytestmark = QUIET


def numbered(number: int, **fields: Any) -> dict[str, Any]:
    return {**FORM, "tollfree_phone_number_sid": f"PN{number:032x}", **fields}


async def test_a_verification_from_its_making_to_its_end(twilio: Official) -> None:
    verifications, call = twilio.v1.tollfree_verifications, twilio.call
    made = await call(verifications, "create", **FORM)
    assert (made.status, made.use_case_categories) == (
        "PENDING_REVIEW",
        FORM["use_case_categories"],
    )
    assert made.tollfree_phone_number.startswith("+18")
    twilio.clock.advance(60)
    assert (await call(verifications(made.sid), "fetch")).status == "TWILIO_APPROVED"
    assert await twilio.refusal(verifications(made.sid), "update", business_name="Owl") == 20409
    assert await call(verifications(made.sid), "delete")
    assert await twilio.refusal(verifications(made.sid), "fetch") == 20404


async def test_a_rejection_is_edited(twilio: Official) -> None:
    verifications = twilio.v1.tollfree_verifications
    made = await twilio.call(verifications, "create", **{**FORM, "use_case_summary": REJECTED})
    twilio.clock.advance(60)
    told = await twilio.call(verifications(made.sid), "fetch")
    assert (told.status, told.error_code, told.edit_allowed) == ("TWILIO_REJECTED", 30484, True)
    assert (told.edit_expiration - told.date_updated).days == 7
    edited = await twilio.call(
        verifications(made.sid), "update", use_case_summary="Lamps", edit_reason="A mistake"
    )
    assert edited.status == "PENDING_REVIEW"
    twilio.clock.advance(60)
    assert (await twilio.call(verifications(made.sid), "fetch")).status == "TWILIO_APPROVED"


async def test_lists_and_errors(twilio: Official) -> None:
    verifications, call = twilio.v1.tollfree_verifications, twilio.call
    for number in range(3):
        fields = numbered(number, external_reference_id=f"lamps-{number}")
        if number == 1:
            fields["use_case_summary"] = REJECTED
        await call(verifications, "create", **fields)
    twilio.clock.advance(60)
    listed = await call(verifications, "list", page_size=2)
    assert [one.external_reference_id for one in listed] == ["lamps-0", "lamps-1", "lamps-2"]
    rejected = await call(verifications, "list", status="TWILIO_REJECTED")
    assert [one.external_reference_id for one in rejected] == ["lamps-1"]
    assert len(await call(verifications, "list", external_reference_id="lamps-2")) == 1
    assert await twilio.refusal(verifications, "create", **numbered(1)) == 20409
    wrong = numbered(7, notification_email="owner")
    assert await twilio.refusal(verifications, "create", **wrong) == 20001


async def test_our_own_client_reads_it_too(twilio: Official) -> None:
    async with twilio.sim.client() as client:
        made = await client.tollfree.create(**{**FORM, "use_case_summary": REJECTED})
        twilio.clock.advance(60)
        told = await client.tollfree.fetch(made.sid)
        assert (told.status, told.edit_allowed) == ("TWILIO_REJECTED", True)
        assert (await client.tollfree.update(made.sid, use_case_summary="Lamps")).status
        assert [one.sid for one in await client.tollfree.list()] == [made.sid]
        await client.tollfree.delete(made.sid)
