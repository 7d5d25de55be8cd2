"""Twilio's own Python client sets up link shortening."""

from __future__ import annotations

from tests.integration.simulator.official_clients import QUIET, Official
from tests.unit.simulator.certificates import EXPIRES, chain

DOMAIN = "DN" + "5" * 32
SERVICE = "MG" + "1" * 32

pytestmark = QUIET


async def test_certificates(twilio: Official) -> None:
    certificate, newer = twilio.v1.domain_certs(DOMAIN), twilio.v2.domain_certs(DOMAIN)
    assert await twilio.refusal(certificate, "fetch") == 20404
    made = await twilio.call(certificate, "update", tls_cert=chain())
    assert (made.date_expires, made.cert_in_validation["status"]) == (EXPIRES, "pending")
    twilio.clock.advance(60)
    told = await twilio.call(newer, "fetch")
    assert (told.certificate_sid, told.cert_in_validation) == (made.certificate_sid, None)
    assert (told.managed, told.requesting) == (False, False)
    assert await twilio.refusal(certificate, "update", tls_cert="none") == 20001
    assert await twilio.call(certificate, "delete")
    assert await twilio.refusal(newer, "fetch") == 20404


async def test_managed_certificates_and_dns(twilio: Official) -> None:
    made = await twilio.call(twilio.v1.request_managed_cert(DOMAIN), "update")
    assert (made.managed, made.requesting) == (True, True)
    twilio.clock.advance(60)
    assert (await twilio.call(twilio.v2.domain_certs(DOMAIN), "fetch")).requesting is False
    assert (await twilio.call(twilio.v1.domain_validate_dns(DOMAIN), "fetch")).is_valid


async def test_settings_and_services(twilio: Official) -> None:
    v1, call = twilio.v1, twilio.call
    config = v1.domain_config(DOMAIN)
    given = {"fallback_url": "https://owl-lamps.example", "continue_on_failure": True}
    told = await call(config, "update", **given)
    assert (told.fallback_url, told.continue_on_failure) == (given["fallback_url"], True)
    assert (await call(config, "fetch")).config_sid == told.config_sid
    pair = v1.linkshortening_messaging_service(DOMAIN, SERVICE)
    domain = v1.linkshortening_messaging_service_domain_association(SERVICE)
    assert await twilio.refusal(domain, "fetch") == 20404
    assert (await call(pair, "create")).domain_sid == DOMAIN
    assert (await call(domain, "fetch")).domain_sid == DOMAIN
    its_config = await call(v1.domain_config_messaging_service(SERVICE), "fetch")
    assert (its_config.config_sid, its_config.messaging_service_sid) == (told.config_sid, SERVICE)
    sent = await call(
        twilio.messages,
        "create",
        to="+14155550100",
        messaging_service_sid=SERVICE,
        body="See https://owl-lamps.example/1",
        shorten_urls=True,
    )
    assert sent.body.startswith("See https://links-55555555.example/")
    assert await call(pair, "delete")
    assert await twilio.refusal(pair, "delete") == 20404


async def test_our_own_client_reads_it_too(twilio: Official) -> None:
    async with twilio.sim.client() as client:
        links = client.links
        await links.services.associate(DOMAIN, SERVICE)
        assert (await links.services.fetch_domain(SERVICE)).domain_sid == DOMAIN
        assert (await links.managed_certificates.request(DOMAIN)).managed is True
        assert (await links.dns.validate(DOMAIN)).is_valid is True
        config = await links.config.update(DOMAIN, callback_url="https://owl-lamps.example/c")
        assert (await links.config.fetch_for_service(SERVICE)).config_sid == config.config_sid
        await links.services.dissociate(DOMAIN, SERVICE)
