"""Twilio's own Python client sets up messaging services, and ours too."""

from __future__ import annotations

from tests.integration.simulator.official_clients import QUIET, Official

PN, SC, XE = (prefix + "1" * 32 for prefix in ("PN", "SC", "XE"))

pytestmark = QUIET


async def test_a_service_from_its_making_to_its_end(twilio: Official) -> None:
    call, services = twilio.call, twilio.v1.services
    made = await call(services, "create", friendly_name="Lamps", sticky_sender=False)
    one = services(made.sid)
    assert (await call(one, "fetch")).sticky_sender is False
    assert (await call(one, "update", validity_period=60)).validity_period == 60
    assert [each.sid for each in await call(services, "list")] == [made.sid]
    assert (await call(twilio.v1.usecases, "fetch")).usecases
    assert await call(one, "delete")
    assert await twilio.refusal(one, "fetch") == 20404


async def test_senders(twilio: Official) -> None:
    call = twilio.call
    made = await call(twilio.v1.services, "create", friendly_name="Lamps")
    one = twilio.v1.services(made.sid)
    for senders, form in (
        (one.phone_numbers, {"phone_number_sid": PN}),
        (one.short_codes, {"short_code_sid": SC}),
        (one.alpha_senders, {"alpha_sender": "Owl"}),
        (one.destination_alpha_senders, {"alpha_sender": "Owl", "iso_country_code": "FR"}),
        (one.channel_senders, {"sid": XE}),
    ):
        sid = (await call(senders, "create", **form)).sid
        assert (await call(senders(sid), "fetch")).sid == sid
        assert [each.sid for each in await call(senders, "list")] == [sid]
        assert await call(senders(sid), "delete")
        assert await twilio.refusal(senders(sid), "fetch") == 20404


async def test_short_codes_of_the_account(twilio: Official) -> None:
    call, codes = twilio.call, twilio.short_codes
    made = await call(twilio.v1.services, "create", friendly_name="Lamps")
    added = await call(twilio.v1.services(made.sid).short_codes, "create", short_code_sid=SC)
    assert (await call(codes(SC), "fetch")).short_code == added.short_code
    assert (await call(codes(SC), "update", friendly_name="Lamps")).friendly_name == "Lamps"
    found = await call(codes, "list", friendly_name="Lamps", short_code=added.short_code)
    assert [each.sid for each in found] == [SC]
    assert await call(codes, "list", friendly_name="Other") == []


async def test_our_own_client_reads_it_too(twilio: Official) -> None:
    async with twilio.sim.client() as client:
        made = await client.services.create(friendly_name="Lamps")
        assert made.sid
        one = client.services(made.sid)
        number = await one.phone_numbers.create(phone_number_sid=PN)
        assert (await one.phone_numbers.fetch(PN)).phone_number == number.phone_number
        assert (await one.short_codes.create(short_code_sid=SC)).short_code
        assert (await one.channel_senders.create(sid=XE)).sender
        assert (await client.short_codes.update(SC, friendly_name="Code")).friendly_name == "Code"
        assert [code.sid async for code in client.short_codes.list()] == [SC]
        assert await client.services.use_cases()
        await client.services.delete(made.sid)
