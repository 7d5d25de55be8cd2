"""Link shortening."""

from __future__ import annotations

from tests.contract.asking import Asked, Verdict, Visitor
from tests.unit.simulator.certificates import chain

DOMAIN = "DN" + "5" * 32
SERVICE = "MG" + "1" * 32
PATH = f"/v1/LinkShortening/Domains/{DOMAIN}"
PAIR = f"{PATH}/MessagingServices/{SERVICE}"


def hand_in(visitor: Visitor) -> Verdict:
    return visitor.ask("POST", f"{PATH}/Certificate", {"TlsCert": chain()})


def show_certificate(visitor: Visitor, version: str = "v1") -> Verdict:
    hand_in(visitor)
    return visitor.get(f"/{version}/LinkShortening/Domains/{DOMAIN}/Certificate")


def delete_certificate(visitor: Visitor) -> Verdict:
    hand_in(visitor)
    return visitor.ask("DELETE", f"{PATH}/Certificate")


def associate(visitor: Visitor) -> Verdict:
    return visitor.ask("POST", PAIR)


def dissociate(visitor: Visitor) -> Verdict:
    associate(visitor)
    return visitor.ask("DELETE", PAIR)


def show_domain(visitor: Visitor) -> Verdict:
    associate(visitor)
    return visitor.get(f"/v1/LinkShortening/MessagingServices/{SERVICE}/Domain")


def show_service_config(visitor: Visitor) -> Verdict:
    associate(visitor)
    return visitor.get(f"/v1/LinkShortening/MessagingService/{SERVICE}/DomainConfig")


def set_config(visitor: Visitor) -> Verdict:
    form = {"FallbackUrl": "https://owl-lamps.example", "ContinueOnFailure": "true"}
    return visitor.ask("POST", f"{PATH}/Config", form)


ASKED: Asked = {
    ("messaging_v1", "UpdateDomainCertV4"): hand_in,
    ("messaging_v1", "FetchDomainCertV4"): show_certificate,
    ("messaging_v1", "DeleteDomainCertV4"): delete_certificate,
    ("messaging_v2", "FetchDomainCertV4"): lambda visitor: show_certificate(visitor, "v2"),
    ("messaging_v1", "UpdateRequestManagedCert"): lambda visitor: visitor.ask(
        "POST", f"{PATH}/RequestManagedCert"
    ),
    ("messaging_v1", "FetchDomainConfig"): lambda visitor: visitor.get(f"{PATH}/Config"),
    ("messaging_v1", "UpdateDomainConfig"): set_config,
    ("messaging_v1", "FetchDomainConfigMessagingService"): show_service_config,
    ("messaging_v1", "FetchDomainDnsValidation"): lambda visitor: visitor.get(
        f"{PATH}/ValidateDns"
    ),
    ("messaging_v1", "CreateLinkshorteningMessagingService"): associate,
    ("messaging_v1", "DeleteLinkshorteningMessagingService"): dissociate,
    ("messaging_v1", "FetchLinkshorteningMessagingServiceDomainAssociation"): show_domain,
}
