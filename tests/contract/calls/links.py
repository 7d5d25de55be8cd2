"""Every operation of link shortening, every parameter."""

from __future__ import annotations

from tests.contract.spec import sid_of
from tests.contract.surface import Calls

DN, MG = sid_of("DN"), sid_of("MG")

CALLS: Calls = {
    ("messaging_v1", "FetchDomainCertV4"): lambda client: client.links.certificates.fetch(DN),
    ("messaging_v2", "FetchDomainCertV4"): lambda client: client.links.certificates.fetch_v2(DN),
    ("messaging_v1", "UpdateDomainCertV4"): lambda client: client.links.certificates.update(
        DN, tls_cert="-----BEGIN CERTIFICATE-----"
    ),
    ("messaging_v1", "DeleteDomainCertV4"): lambda client: client.links.certificates.delete(DN),
    ("messaging_v1", "UpdateRequestManagedCert"): (
        lambda client: client.links.managed_certificates.request(DN)
    ),
    ("messaging_v1", "FetchDomainDnsValidation"): lambda client: client.links.dns.validate(DN),
    ("messaging_v1", "FetchDomainConfig"): lambda client: client.links.config.fetch(DN),
    ("messaging_v1", "UpdateDomainConfig"): lambda client: client.links.config.update(
        DN,
        fallback_url="https://example.com/old",
        callback_url="https://example.com/click",
        continue_on_failure=True,
        disable_https=False,
    ),
    ("messaging_v1", "FetchDomainConfigMessagingService"): (
        lambda client: client.links.config.fetch_for_service(MG)
    ),
    ("messaging_v1", "CreateLinkshorteningMessagingService"): (
        lambda client: client.links.services.associate(DN, MG)
    ),
    ("messaging_v1", "DeleteLinkshorteningMessagingService"): (
        lambda client: client.links.services.dissociate(DN, MG)
    ),
    ("messaging_v1", "FetchLinkshorteningMessagingServiceDomainAssociation"): (
        lambda client: client.links.services.fetch_domain(MG)
    ),
}
