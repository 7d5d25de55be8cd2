"""Link shortening: domains, their certificates, settings, and the services that use them."""

from __future__ import annotations

from ..codec.dates import Timestamp
from .shown import Json, Shown


class DomainCertificate(Shown, frozen=True, kw_only=True, gc=False):
    """The TLS certificate of a domain. Twilio's reference: Domain Certificates resource.

    Attributes:
        domain_sid: the domain, ``DN...``.
        certificate_sid: the certificate, ``CW...``.
        cert_in_validation: a new certificate that is still being checked, as Twilio gives it.
        managed: Twilio gets and renews the certificate; not in `fetch` and `update`.
        requesting: Twilio is getting one now; not in `fetch` and `update`.
    """

    domain_sid: str | None = None
    certificate_sid: str | None = None
    domain_name: str | None = None
    cert_in_validation: Json = None
    managed: bool | None = None
    requesting: bool | None = None
    date_created: Timestamp | None = None
    date_updated: Timestamp | None = None
    date_expires: Timestamp | None = None
    url: str | None = None


class DomainConfig(Shown, frozen=True, kw_only=True, gc=False):
    """The settings of a domain. Twilio's reference: Domain Config resource.

    Attributes:
        domain_sid: the domain, ``DN...``.
        config_sid: the settings, ``ZK...``.
        messaging_service_sid: whose settings were asked for; only in `fetch_for_service`.
        fallback_url: where a link leads that is unknown or too old.
        callback_url: what Twilio tells of every click.
        continue_on_failure: send messages with their long links if shortening fails.
        disable_https: short links start with ``http://``; not in `fetch_for_service`.
    """

    domain_sid: str | None = None
    config_sid: str | None = None
    messaging_service_sid: str | None = None
    fallback_url: str | None = None
    callback_url: str | None = None
    continue_on_failure: bool | None = None
    disable_https: bool | None = None
    date_created: Timestamp | None = None
    date_updated: Timestamp | None = None
    url: str | None = None


class DnsValidation(Shown, frozen=True, kw_only=True, gc=False):
    """Whether a domain's DNS records are right. Twilio's reference: Domain DNS Validation.

    Attributes:
        reason: what is wrong, where something is.
    """

    domain_sid: str | None = None
    is_valid: bool | None = None
    reason: str | None = None
    url: str | None = None


class DomainAssociation(Shown, frozen=True, kw_only=True, gc=False):
    """A messaging service and the domain that shortens its links.

    Twilio's reference: Linkshortening Messaging Service resource.
    """

    domain_sid: str | None = None
    messaging_service_sid: str | None = None
    url: str | None = None
