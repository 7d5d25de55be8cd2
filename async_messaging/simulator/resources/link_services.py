"""Which domain shortens a messaging service's links: association, and the domain's settings by service.

A service has one domain, a domain any number of services; the same association again is no error, another domain is
refused with 20409 until the first is gone (the simulator's choice). Once a service has a domain, its messages'
shortened links (`alter`'s `links`, or `ShortenUrls`) lead there. Source: Twilio's reference, "Link Shortening".
"""

from __future__ import annotations

from async_messaging.simulator.accounts import Account
from async_messaging.simulator.answers import Answer, RefusedError, json_answer
from async_messaging.simulator.exchange import Exchange
from async_messaging.simulator.resources import link_domains
from async_messaging.simulator.routes import Route
from async_messaging.simulator.shelves import Record

KIND = "link_services"

_PAIR = "/v1/LinkShortening/Domains/{DomainSid}/MessagingServices/{ServiceSid}"
_DOMAIN = "/v1/LinkShortening/MessagingServices/{ServiceSid}/Domain"
_CONFIG = "/v1/LinkShortening/MessagingService/{ServiceSid}/DomainConfig"


def short_host(account: Account, service: str | None, otherwise: str) -> str:
    """Where the short links of a service's messages lead."""
    kept = account.shelves[KIND].get(service) if service else None
    if kept is None:
        return otherwise
    domain = account.shelves[link_domains.KIND].get(kept.parent)
    plain = domain is not None and bool(domain.fields["disable_https"])
    return link_domains.host_of(kept.parent, https=not plain)


def _find(exchange: Exchange, domain: str | None = None) -> Record:
    found = exchange.account.shelves[KIND].get(exchange.path["ServiceSid"], domain)
    if found is None:
        raise RefusedError(20404, exchange.target)
    return found


def _represent(exchange: Exchange, record: Record, path: str) -> dict[str, object]:
    names = {"DomainSid": record.parent, "ServiceSid": record.sid}
    return {
        "domain_sid": record.parent,
        "messaging_service_sid": record.sid,
        "url": exchange.origin + path.format(**names),
    }


def associate(exchange: Exchange) -> Answer:
    """POST of a pair: 201."""
    shelf = exchange.account.shelves[KIND]
    domain, service = exchange.path["DomainSid"], exchange.path["ServiceSid"]
    record = shelf.get(service)
    if record is None:
        link_domains.domain(exchange, domain)
        record = Record(sid=service, created=exchange.now, updated=exchange.now, parent=domain)
        shelf.put(record)
    elif record.parent != domain:
        raise RefusedError(20409, f"the messaging service {service} has a domain already")
    return json_answer(_represent(exchange, record, _PAIR), 201)


def dissociate(exchange: Exchange) -> Answer:
    """DELETE of a pair: 204."""
    record = _find(exchange, exchange.path["DomainSid"])
    exchange.account.shelves[KIND].remove(record.sid)
    return Answer(204)


def show_domain(exchange: Exchange) -> Answer:
    """GET Domain of a service."""
    return json_answer(_represent(exchange, _find(exchange), _DOMAIN))


def show_config(exchange: Exchange) -> Answer:
    """GET DomainConfig of a service."""
    record = _find(exchange)
    told = link_domains.represent_config(exchange, link_domains.domain(exchange, record.parent))
    del told["disable_https"]
    url = exchange.origin + _CONFIG.format(ServiceSid=record.sid)
    return json_answer({**told, "messaging_service_sid": record.sid, "url": url})


ROUTES = (
    Route("POST", _PAIR, associate, "change", host="messaging"),
    Route("DELETE", _PAIR, dissociate, "change", host="messaging"),
    Route("GET", _DOMAIN, show_domain, host="messaging"),
    Route("GET", _CONFIG, show_config, host="messaging"),
)
