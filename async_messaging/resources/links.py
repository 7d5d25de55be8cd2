"""Link shortening: domains, certificates, settings. Twilio's reference: Link Shortening."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from ..codec.form import path
from ..codec.reading import reads
from ..models.links import DnsValidation, DomainAssociation, DomainCertificate, DomainConfig
from ..operation import Call, Done
from .base import Resource, sid

_DOMAIN = "LinkShortening/Domains/{domain_sid}"

_certificate = reads(DomainCertificate)
_config = reads(DomainConfig)
_validation = reads(DnsValidation)
_association = reads(DomainAssociation)


class LinkCertificates(Resource):
    """The TLS certificates of domains: ``client.links.certificates``."""

    async def fetch(self, domain_sid: str) -> DomainCertificate:
        """Read a domain's certificate. Twilio's reference: Fetch a Domain Certificate.

        Raises:
            NotFound: there is no such domain, or it has none.
        """
        return await self._read("FetchDomainCertV4", _at(domain_sid, "/Certificate"), _certificate)

    async def fetch_v2(self, domain_sid: str) -> DomainCertificate:
        """Read a domain's certificate, and whether Twilio manages it.

        Twilio's reference: Fetch a Domain Certificate, version 2.

        Raises:
            NotFound: there is no such domain, or it has none.
        """
        return await self._read(
            "FetchDomainCertV4", _at(domain_sid, "/Certificate", version="v2"), _certificate
        )

    async def update(self, domain_sid: str, *, tls_cert: str) -> DomainCertificate:
        """Give a domain a certificate of yours. Twilio's reference: Update a Domain Certificate.

        Args:
            domain_sid: the domain, ``DN...``.
            tls_cert: certificate and private key, both in PEM. It is a secret.
        """
        where, given = _at(domain_sid, "/Certificate"), {"tls_cert": tls_cert}
        return await self._send("UpdateDomainCertV4", where, _certificate, "repeatable", given)

    async def delete(self, domain_sid: str) -> None:
        """Delete a domain's certificate. Twilio's reference: Delete a Domain Certificate."""
        await self._delete("DeleteDomainCertV4", _at(domain_sid, "/Certificate"))


class LinkManagedCertificates(Resource):
    """Certificates that Twilio gets and renews: ``client.links.managed_certificates``."""

    async def request(self, domain_sid: str) -> DomainCertificate:
        """Have Twilio get a certificate for a domain. Twilio's reference: Request Managed Cert."""
        where = _at(domain_sid, "/RequestManagedCert")
        return await self._send("UpdateRequestManagedCert", where, _certificate, "creates")


class LinkDns(Resource):
    """The DNS records of domains: ``client.links.dns``."""

    async def validate(self, domain_sid: str) -> DnsValidation:
        """Ask whether a domain's records are right. Twilio's reference: Domain DNS Validation."""
        return await self._read(
            "FetchDomainDnsValidation", _at(domain_sid, "/ValidateDns"), _validation
        )


class LinkConfig(Resource):
    """The settings of domains: ``client.links.config``."""

    async def fetch(self, domain_sid: str) -> DomainConfig:
        """Read a domain's settings. Twilio's reference: Fetch a Domain Config.

        Raises:
            NotFound: there is no such domain.
        """
        return await self._read("FetchDomainConfig", _at(domain_sid, "/Config"), _config)

    async def update(
        self,
        domain_sid: str,
        *,
        fallback_url: str | UnsetType = UNSET,
        callback_url: str | UnsetType = UNSET,
        continue_on_failure: bool | UnsetType = UNSET,
        disable_https: bool | UnsetType = UNSET,
    ) -> DomainConfig:
        """Change a domain's settings. Twilio's reference: Update a Domain Config.

        Args:
            domain_sid: the domain, ``DN...``.
            fallback_url: where a link leads that is unknown or too old.
            callback_url: what Twilio tells of every click.
            continue_on_failure: send messages with their long links if shortening fails.
            disable_https: short links start with ``http://``.
        """
        given = {
            "fallback_url": fallback_url,
            "callback_url": callback_url,
            "continue_on_failure": continue_on_failure,
            "disable_https": disable_https,
        }
        return await self._send(
            "UpdateDomainConfig", _at(domain_sid, "/Config"), _config, "repeatable", given
        )

    async def fetch_for_service(self, service_sid: str) -> DomainConfig:
        """Read the settings of a messaging service's domain.

        Twilio's reference: Domain Config Messaging Service.

        Raises:
            NotFound: there is no such service, or it has no domain.
        """
        return await self._read(
            "FetchDomainConfigMessagingService",
            _service_at("LinkShortening/MessagingService", service_sid, "/DomainConfig"),
            _config,
        )


class LinkServices(Resource):
    """Which domain shortens a messaging service's links: ``client.links.services``."""

    def _domain_of(self, service_sid: str) -> Call[DomainAssociation]:
        return self._reading(
            "FetchLinkshorteningMessagingServiceDomainAssociation",
            _service_at("LinkShortening/MessagingServices", service_sid, "/Domain"),
            _association,
        )

    async def associate(self, domain_sid: str, service_sid: str) -> DomainAssociation:
        """Let a domain shorten a messaging service's links.

        Twilio's reference: Create a Linkshortening Messaging Service.
        """
        return await self._send(
            "CreateLinkshorteningMessagingService",
            _pair_at(domain_sid, service_sid),
            _association,
            "repeatable",
            done=Done(self._domain_of(service_sid), lambda found: found.domain_sid == domain_sid),
        )

    async def dissociate(self, domain_sid: str, service_sid: str) -> None:
        """Let a domain no longer shorten a messaging service's links.

        Twilio's reference: Delete a Linkshortening Messaging Service.
        """
        await self._delete(
            "DeleteLinkshorteningMessagingService", _pair_at(domain_sid, service_sid)
        )

    async def fetch_domain(self, service_sid: str) -> DomainAssociation:
        """Read which domain shortens a messaging service's links.

        Twilio's reference: Linkshortening Messaging Service Domain Association.

        Raises:
            NotFound: there is no such service, or it has no domain.
        """
        return (await self._run(self._domain_of(service_sid))).value


class Links(Resource):
    """Link shortening: ``client.links``."""

    @property
    def certificates(self) -> LinkCertificates:
        """The TLS certificates of domains."""
        return LinkCertificates(self._run)

    @property
    def managed_certificates(self) -> LinkManagedCertificates:
        """Certificates that Twilio gets and renews."""
        return LinkManagedCertificates(self._run)

    @property
    def dns(self) -> LinkDns:
        """The DNS records of domains."""
        return LinkDns(self._run)

    @property
    def config(self) -> LinkConfig:
        """The settings of domains."""
        return LinkConfig(self._run)

    @property
    def services(self) -> LinkServices:
        """Which domain shortens a messaging service's links."""
        return LinkServices(self._run)


def _at(domain_sid: str, suffix: str, *, version: str = "v1") -> str:
    domain = sid(domain_sid, "DN", field="domain_sid")
    return path(f"/{version}/{_DOMAIN}{suffix}", domain_sid=domain)


def _service_at(folder: str, service_sid: str, suffix: str) -> str:
    service = sid(service_sid, "MG", field="service_sid")
    return path(f"/v1/{folder}/{{service_sid}}{suffix}", service_sid=service)


def _pair_at(domain_sid: str, service_sid: str) -> str:
    return _service_at(_at(domain_sid, "/MessagingServices").removeprefix("/v1/"), service_sid, "")
