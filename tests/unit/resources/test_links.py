from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote_plus

import pytest

from async_messaging import BadRequest, InvalidInput, MessagingClient, OutcomeUnknown
from async_messaging.testing import FakeClock
from async_messaging.transport import Response, scripted
from tests.contract.path_tricks import PATH_TRICKS
from tests.unit.resources.wire import client_over, wire

HOST = "https://messaging.twilio.com"
DN, MG = "DN" + "1" * 32, "MG" + "1" * 32
DOMAIN = f"{HOST}/v1/LinkShortening/Domains/{DN}"
PEM = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"

Call = Callable[[MessagingClient], Awaitable[Any]]

# A call, and how it goes out; the last one makes something anew.
CALLS: list[tuple[Call, str, str, str]] = [
    (lambda c: c.links.certificates.fetch(DN), "GET", f"{DOMAIN}/Certificate", ""),
    (
        lambda c: c.links.certificates.fetch_v2(DN),
        "GET",
        f"{HOST}/v2/LinkShortening/Domains/{DN}/Certificate",
        "",
    ),
    (
        lambda c: c.links.certificates.update(DN, tls_cert="a+b\nc"),
        "POST",
        f"{DOMAIN}/Certificate",
        "TlsCert=a%2Bb%0Ac",
    ),
    (lambda c: c.links.certificates.delete(DN), "DELETE", f"{DOMAIN}/Certificate", ""),
    (lambda c: c.links.dns.validate(DN), "GET", f"{DOMAIN}/ValidateDns", ""),
    (lambda c: c.links.config.fetch(DN), "GET", f"{DOMAIN}/Config", ""),
    (
        lambda c: c.links.config.update(DN, fallback_url="", disable_https=False),
        "POST",
        f"{DOMAIN}/Config",
        "FallbackUrl=&DisableHttps=false",
    ),
    (
        lambda c: c.links.config.fetch_for_service(MG),
        "GET",
        f"{HOST}/v1/LinkShortening/MessagingService/{MG}/DomainConfig",
        "",
    ),
    (
        lambda c: c.links.services.associate(DN, MG),
        "POST",
        f"{DOMAIN}/MessagingServices/{MG}",
        "",
    ),
    (
        lambda c: c.links.services.dissociate(DN, MG),
        "DELETE",
        f"{DOMAIN}/MessagingServices/{MG}",
        "",
    ),
    (
        lambda c: c.links.services.fetch_domain(MG),
        "GET",
        f"{HOST}/v1/LinkShortening/MessagingServices/{MG}/Domain",
        "",
    ),
]


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize(("call", "method", "url", "body"), CALLS)
async def test_all_but_requests_of_certificates_are_repeated_until_done(
    call: Call, method: str, url: str, body: str, status: int, clock: FakeClock
) -> None:
    script = [Response(500, {}, b""), scripted.json(status, {"domain_sid": DN})]
    client, transport = client_over(script, clock)
    found = await call(client)
    assert found is None if method == "DELETE" else found.domain_sid == DN
    assert [wire(request) for request in transport.requests] == [(method, url, body)] * 2


async def test_a_certificate_is_requested_once(clock: FakeClock) -> None:
    answer = scripted.json(201, {"domain_sid": DN, "managed": True, "requesting": True})
    client, transport = client_over([answer, Response(500, {}, b"")], clock)
    certificate = await client.links.managed_certificates.request(DN)
    assert (certificate.managed, certificate.requesting) == (True, True)
    assert wire(transport.requests[0]) == ("POST", f"{DOMAIN}/RequestManagedCert", "")
    with pytest.raises(OutcomeUnknown):
        await client.links.managed_certificates.request(DN)
    assert len(transport.requests) == 2


# Every place that an id goes into.
PLACES: dict[str, Callable[[MessagingClient, Any], Awaitable[Any]]] = {
    "certificates.fetch": lambda c, value: c.links.certificates.fetch(value),
    "certificates.fetch_v2": lambda c, value: c.links.certificates.fetch_v2(value),
    "certificates.update": lambda c, value: c.links.certificates.update(value, tls_cert=PEM),
    "certificates.delete": lambda c, value: c.links.certificates.delete(value),
    "managed_certificates.request": lambda c, value: c.links.managed_certificates.request(value),
    "dns.validate": lambda c, value: c.links.dns.validate(value),
    "config.fetch": lambda c, value: c.links.config.fetch(value),
    "config.update": lambda c, value: c.links.config.update(value),
    "config.fetch_for_service": lambda c, value: c.links.config.fetch_for_service(value),
    "services.associate domain": lambda c, value: c.links.services.associate(value, MG),
    "services.associate service": lambda c, value: c.links.services.associate(DN, value),
    "services.dissociate domain": lambda c, value: c.links.services.dissociate(value, MG),
    "services.dissociate service": lambda c, value: c.links.services.dissociate(DN, value),
    "services.fetch_domain": lambda c, value: c.links.services.fetch_domain(value),
}


@pytest.mark.parametrize("place", PLACES)
async def test_nothing_but_the_right_sid_reaches_the_wire(place: str, clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    for value in [*PATH_TRICKS, None, 7, "AC" + "1" * 32, DN[:-1], MG + "0", DN + "/x"]:
        with pytest.raises(InvalidInput) as caught:
            await PLACES[place](client, value)
        assert caught.value.field in {"domain_sid", "service_sid"}, ascii(value)
    assert transport.requests == []


async def test_none_is_not_left_out(clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    with pytest.raises(InvalidInput) as caught:
        await client.links.config.update(DN, callback_url=None)  # type: ignore[arg-type]  # the mistake under test
    assert caught.value.field == "callback_url"
    assert transport.requests == []


@pytest.mark.parametrize("said", [PEM, PEM.replace("\n", "\\n"), quote_plus(PEM)])
async def test_a_private_key_stays_secret(said: str, clock: FakeClock) -> None:
    problem = {"code": 20001, "message": f"Can't read {said[:-1]}", "status": 400}
    client, _ = client_over([scripted.json(400, problem)], clock)
    with pytest.raises(BadRequest) as caught:
        await client.links.certificates.update(DN, tls_cert=PEM)
    assert "c2VjcmV0" not in str(caught.value)
    assert "c2VjcmV0" not in repr(caught.value)
    assert "c2VjcmV0" not in repr(caught.value.call)


async def test_a_certificate_in_validation_comes_as_twilio_gives_it(clock: FakeClock) -> None:
    waiting = {"date_expires": "2027-01-01T00:00:00Z", "status": "pending"}
    answer = {"domain_sid": DN, "cert_in_validation": waiting, "domain_name": "https://x.example"}
    client, _ = client_over([scripted.json(200, answer)], clock)
    certificate = await client.links.certificates.fetch(DN)
    assert certificate.cert_in_validation == waiting
    assert certificate.managed is None
