"""Domains of link shortening: Certificate (v1 and v2), RequestManagedCert, Config, ValidateDns; and who uses them.

Domains are made in Twilio's console, so any well-formed `DN` sid is one here; its name is made of the sid. A
certificate that was handed in is validated after 60 s (until then the one before it holds), one that Twilio shall get has
come after 60 s and holds for 90 days; `speed` divides the minute.

| the domain's sid ends in | outcome |
|---|---|
| `0bad` | ValidateDns finds a wrong CNAME record |
| `4e7e` | a certificate stays in validation, or requested |

A service has one domain, a domain any number of services; the same association again is no error, another domain is
refused with 20409 until the first is gone (the simulator's choice). Once a service has a domain, its messages'
shortened links (`alter`'s `links`, or `ShortenUrls`) lead there.

`TlsCert` must be PEM, with a certificate that is X.509 and not over and a private key (20001). Private keys are not
kept. Source: Twilio's reference, "Link Shortening", and its guide for `cert_in_validation`.
"""

from __future__ import annotations

from .. import dates, parameters
from ..accounts import Account
from ..answers import Answer, RefusedError, json_answer
from ..exchange import Exchange
from ..parameters import read_form
from ..records import Record
from ..routes import Route
from . import pem

KIND = "link_domains"
VALIDATED_AFTER = 60.0
MANAGED_FOR = 90 * 86_400.0

_PATH = "/LinkShortening/Domains/{DomainSid}"
_CERTIFICATE = _PATH + "/Certificate"
_WRONG_DNS = "0bad"
_STUCK = "4e7e"
_TLS = (parameters.text("TlsCert", 100_000, required=True),)
_SETTINGS = (
    parameters.url("FallbackUrl"),
    parameters.url("CallbackUrl"),
    parameters.boolean("ContinueOnFailure", default=False),
    parameters.boolean("DisableHttps", default=False),
)
_NO_CERTIFICATE: dict[str, object] = {
    "certificate_sid": None,
    "certified": None,
    "expires": None,
    "expires_before": None,
    "handed_in": None,
    "managed": False,
}
SERVICES_KIND = "link_services"

_PAIR = "/v1/LinkShortening/Domains/{DomainSid}/MessagingServices/{ServiceSid}"
_DOMAIN = "/v1/LinkShortening/MessagingServices/{ServiceSid}/Domain"
_CONFIG = "/v1/LinkShortening/MessagingService/{ServiceSid}/DomainConfig"


def domain_of(exchange: Exchange, sid: str) -> Record:
    """What is kept of a domain, from the first time that it is asked about."""
    shelf = exchange.account.shelves[KIND]
    found = shelf.get(sid)
    if found is None:
        settings = {parameter.field: parameter.default for parameter in _SETTINGS}
        config = exchange.account.new_sid("ZK")
        now = exchange.now
        fields = {**_NO_CERTIFICATE, **settings, "config_sid": config, "config_updated": now}
        found = Record(sid=sid, created=now, updated=now, fields=fields)
        shelf.put(found)
    return found


def host_of(sid: str, *, https: bool = True) -> str:
    """Where a domain's short links lead: scheme and name, without a slash at the end."""
    return f"{'https' if https else 'http'}://links-{sid[2:10].lower()}.example"


def _here(exchange: Exchange) -> Record:
    return domain_of(exchange, exchange.path["DomainSid"])


def _change(exchange: Exchange, record: Record, fields: dict[str, object]) -> None:
    exchange.account.shelves[KIND].change(record, exchange.now, fields)


def _is_validated(exchange: Exchange, record: Record) -> bool:
    handed_in = record.time("handed_in")
    speed = exchange.world.conditions.speed
    if handed_in is None or record.sid.lower().endswith(_STUCK):
        return False
    return exchange.now >= handed_in + VALIDATED_AFTER / speed


def _represent(exchange: Exchange, record: Record, version: str = "v1") -> dict[str, object]:
    certified = exchange.found(record.time("certified"))
    expires = exchange.found(record.time("expires"))
    validated = _is_validated(exchange, record)
    managed = bool(record.fields["managed"])
    current = expires if validated else record.time("expires_before")
    if current is None and not managed:
        current = expires
    told: dict[str, object] = {
        "domain_sid": record.sid,
        "date_created": dates.iso8601(certified),
        "date_updated": dates.iso8601(record.time("handed_in") or certified),
        "date_expires": None if current is None else dates.iso8601(current),
        "domain_name": host_of(record.sid),
        "certificate_sid": record.fields["certificate_sid"],
        "url": f"{exchange.origin}/{version}{_CERTIFICATE.format(DomainSid=record.sid)}",
        "cert_in_validation": None,
    }
    if not validated and not managed:
        coming = dates.iso8601(expires)
        told["cert_in_validation"] = {"date_expires": coming, "status": "pending"}
    if version == "v2":
        told |= {"managed": managed, "requesting": managed and not validated}
    return told


def show_certificate(exchange: Exchange) -> Answer:
    """GET Certificate: 404 while the domain has none."""
    return json_answer(_represent(exchange, _here(exchange)))


def show_certificate_v2(exchange: Exchange) -> Answer:
    """GET Certificate of v2, which tells of managed ones too."""
    return json_answer(_represent(exchange, _here(exchange), "v2"))


def hand_in(exchange: Exchange) -> Answer:
    """POST Certificate: 201 for the first, 200 for one that takes another's place."""
    text = str(read_form(exchange.form, _TLS, whole_record=True)["tls_cert"])
    try:
        expires = pem.read_chain(text)
    except ValueError as error:
        raise RefusedError(20001, f"TlsCert {error}") from None
    if expires <= exchange.now:
        raise RefusedError(20001, "TlsCert holds a certificate that is over")
    record = _here(exchange)
    status = _certify(exchange, record, expires, managed=False)
    return json_answer(_represent(exchange, record), status)


def request_managed(exchange: Exchange) -> Answer:
    """POST RequestManagedCert: Twilio gets a certificate; 201, or 200 if it did already."""
    record, expires = _here(exchange), exchange.now + MANAGED_FOR
    status = 200
    if not record.fields["managed"]:
        status = _certify(exchange, record, expires, managed=True)
    told = _represent(exchange, record, "v2")
    del told["cert_in_validation"]
    path = (_PATH + "/RequestManagedCert").format(DomainSid=record.sid)
    return json_answer({**told, "url": f"{exchange.origin}/v1{path}"}, status)


def _certify(exchange: Exchange, record: Record, expires: float, *, managed: bool) -> int:
    first = record.fields["certificate_sid"] is None
    fields: dict[str, object] = {"expires": expires, "handed_in": exchange.now, "managed": managed}
    if _is_validated(exchange, record):
        fields["expires_before"] = record.fields["expires"]
    if first:
        fields |= {
            "certificate_sid": exchange.account.new_sid("CW"),
            "certified": exchange.now,
        }
    _change(exchange, record, fields)
    return 201 if first else 200


def delete_certificate(exchange: Exchange) -> Answer:
    """DELETE Certificate: 204."""
    record = _here(exchange)
    exchange.found(record.fields["certificate_sid"])
    _change(exchange, record, dict(_NO_CERTIFICATE))
    return Answer(204)


def represent_config(exchange: Exchange, record: Record) -> dict[str, object]:
    """A domain's settings as Twilio shows them."""
    return {
        "domain_sid": record.sid,
        "config_sid": record.fields["config_sid"],
        **{parameter.field: record.fields[parameter.field] for parameter in _SETTINGS},
        "date_created": dates.iso8601(record.created),
        "date_updated": dates.iso8601(record.time("config_updated") or record.created),
        "url": f"{exchange.origin}/v1{_PATH.format(DomainSid=record.sid)}/Config",
    }


def show_config(exchange: Exchange) -> Answer:
    """GET Config."""
    return json_answer(represent_config(exchange, _here(exchange)))


def set_config(exchange: Exchange) -> Answer:
    """POST Config: what is given changes, the rest stays."""
    fields = read_form(exchange.form, _SETTINGS, whole_record=False)
    record = _here(exchange)
    _change(exchange, record, {**fields, "config_updated": exchange.now})
    return json_answer(represent_config(exchange, record))


def validate_dns(exchange: Exchange) -> Answer:
    """GET ValidateDns."""
    sid = exchange.path["DomainSid"]
    wrong = sid.lower().endswith(_WRONG_DNS)
    return json_answer(
        {
            "domain_sid": sid,
            "is_valid": not wrong,
            "reason": "The CNAME record leads elsewhere." if wrong else None,
            "url": f"{exchange.origin}/v1{_PATH.format(DomainSid=sid)}/ValidateDns",
        }
    )


def short_host(account: Account, service: str | None, otherwise: str) -> str:
    """Where the short links of a service's messages lead."""
    kept = account.shelves[SERVICES_KIND].get(service) if service else None
    if kept is None:
        return otherwise
    domain = account.shelves[KIND].get(kept.parent)
    plain = domain is not None and bool(domain.fields["disable_https"])
    return host_of(kept.parent, https=not plain)


def _find_pair(exchange: Exchange, domain: str | None = None) -> Record:
    shelf = exchange.account.shelves[SERVICES_KIND]
    return exchange.found(shelf.get(exchange.path["ServiceSid"], domain))


def _represent_pair(exchange: Exchange, record: Record, path: str) -> dict[str, object]:
    names = {"DomainSid": record.parent, "ServiceSid": record.sid}
    return {
        "domain_sid": record.parent,
        "messaging_service_sid": record.sid,
        "url": exchange.origin + path.format(**names),
    }


def associate(exchange: Exchange) -> Answer:
    """POST of a pair: 201."""
    shelf = exchange.account.shelves[SERVICES_KIND]
    domain, service = exchange.path["DomainSid"], exchange.path["ServiceSid"]
    record = shelf.get(service)
    if record is None:
        domain_of(exchange, domain)
        record = Record(sid=service, created=exchange.now, updated=exchange.now, parent=domain)
        shelf.put(record)
    elif record.parent != domain:
        raise RefusedError(20409, f"the messaging service {service} has a domain already")
    return json_answer(_represent_pair(exchange, record, _PAIR), 201)


def dissociate(exchange: Exchange) -> Answer:
    """DELETE of a pair: 204."""
    record = _find_pair(exchange, exchange.path["DomainSid"])
    exchange.account.shelves[SERVICES_KIND].remove(record.sid)
    return Answer(204)


def show_domain(exchange: Exchange) -> Answer:
    """GET Domain of a service."""
    return json_answer(_represent_pair(exchange, _find_pair(exchange), _DOMAIN))


def show_service_config(exchange: Exchange) -> Answer:
    """GET DomainConfig of a service."""
    record = _find_pair(exchange)
    told = represent_config(exchange, domain_of(exchange, record.parent))
    del told["disable_https"]
    url = exchange.origin + _CONFIG.format(ServiceSid=record.sid)
    return json_answer({**told, "messaging_service_sid": record.sid, "url": url})


ROUTES = (
    Route("GET", "/v1" + _CERTIFICATE, show_certificate, host="messaging"),
    Route("GET", "/v2" + _CERTIFICATE, show_certificate_v2, host="messaging"),
    Route("POST", "/v1" + _CERTIFICATE, hand_in, host="messaging"),
    Route("DELETE", "/v1" + _CERTIFICATE, delete_certificate, host="messaging"),
    Route("POST", f"/v1{_PATH}/RequestManagedCert", request_managed, host="messaging"),
    Route("GET", f"/v1{_PATH}/Config", show_config, host="messaging"),
    Route("POST", f"/v1{_PATH}/Config", set_config, host="messaging"),
    Route("GET", f"/v1{_PATH}/ValidateDns", validate_dns, host="messaging"),
    Route("POST", _PAIR, associate, host="messaging"),
    Route("DELETE", _PAIR, dissociate, host="messaging"),
    Route("GET", _DOMAIN, show_domain, host="messaging"),
    Route("GET", _CONFIG, show_service_config, host="messaging"),
)
