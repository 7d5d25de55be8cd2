"""The URL that Twilio signed: how it is put together, and in which spellings it may stand.

Twilio signs the URL that it was given, and the application behind a proxy sees another one. So the
URL is made from the public address that the user names and the path and query of the request. What
a proxy says in ``X-Forwarded-*`` is believed only if the proxy's own address is named: anyone can
send such headers.

Twilio's side is not consistent about ports, nor about how a query is encoded: the URL with its port
(or the default one) and without, each with the query as it is and encoded anew, may be what was
signed. A user and password in the URL, or an IPv6 host, stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import parse_qsl, quote

from ..errors import InvalidSignature, SettingsError
from .request import Headers

DEFAULT_PORTS = {"https": "443", "http": "80"}

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<user>[^/?#@]*@)?"
    r"(?P<host>\[[0-9A-Fa-f:.%\w]+\]|[^/?#@:\[\]\s]+)(?::(?P<port>[0-9]{0,5}))?(?P<rest>(?:[/?].*)?)",
    re.IGNORECASE | re.DOTALL,
)
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")
_LEGACY_SAFE = "!'()*-._~"


class UrlParts(NamedTuple):
    """A URL taken apart: ``scheme://user@host:port`` and the rest, path and query."""

    scheme: str
    user: str
    host: str
    port: str
    rest: str

    @property
    def url(self) -> str:
        """The parts put together again."""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{self.user}{self.host}{port}{self.rest}"


def take_apart(url: str) -> UrlParts | None:
    """The parts of an http or https URL without its fragment; None if it is none."""
    found = _URL.fullmatch(url.partition("#")[0])
    if found is None:
        return None
    return UrlParts(
        found["scheme"], found["user"] or "", found["host"], found["port"] or "", found["rest"]
    )


def spellings(url: str) -> Iterator[str]:
    """Every form of the URL that Twilio may have signed, the likeliest first."""
    url = url.partition("#")[0]
    yield url
    if parts := take_apart(url):
        other = "" if parts.port else DEFAULT_PORTS[parts.scheme.lower()]
        ported = parts._replace(port=other).url
        yield ported
        if "?" in parts.rest:
            for one in (url, ported):
                head, _, query = one.partition("?")
                if (anew := _encoded_anew(query)) != query:
                    yield f"{head}?{anew}"


def _encoded_anew(query: str) -> str:
    """The query decoded and encoded, its repeated names side by side."""
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return "&".join(
        f"{quote(name, safe=_LEGACY_SAFE)}={quote(value, safe=_LEGACY_SAFE)}"
        for name, own in values.items()
        for value in own
    )


def target_of(raw: str) -> str:
    """Path and query of a request's target, which may be a whole URL."""
    parts = take_apart(raw)
    rest = parts.rest if parts else raw
    return rest if rest.startswith("/") else f"/{rest}"


class PublicAddress:
    """Where Twilio reaches the application."""

    def __init__(self, public_url: str | None, trusted_hops: Sequence[str] = ()) -> None:
        self.base: str = "" if public_url is None else _base(public_url)
        parts = take_apart(self.base)
        self.prefix: str = parts.rest if parts else ""
        self._hops = [_network(hop) for hop in trusted_hops]

    def url_of(self, target: str, headers: Headers, peer: str | None) -> str:
        """The URL of a request.

        A path that begins with the public URL's own path is not prefixed again.
        """
        target = target_of(target)
        base = (self._forwarded(headers) if self._trusts(peer) else "") or self.base
        if not base:
            raise InvalidSignature("no public_url is set, and no trusted hop names the host")
        if self.prefix and re.match(re.escape(self.prefix) + "(?:[/?]|$)", target):
            base = base.removesuffix(self.prefix)
        return base + target

    def _trusts(self, peer: str | None) -> bool:
        if not self._hops or not peer:
            return False
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._hops)

    def _forwarded(self, headers: Headers) -> str:
        """What the hop says, if it says one thing: a list holds what anyone may have sent."""
        host = headers.get("x-forwarded-host")
        if not _HOST.fullmatch(host):
            return ""
        own = take_apart(self.base)
        scheme = headers.get("x-forwarded-proto").lower() or (own.scheme if own else "https")
        port = headers.get("x-forwarded-port")
        if scheme not in DEFAULT_PORTS or not re.fullmatch("[0-9]{0,5}", port):
            return ""
        named = re.search(r":[0-9]+$", host) or port in {"", DEFAULT_PORTS[scheme]}
        user = own.user if own else ""
        return f"{scheme}://{user}{host}" + ("" if named else f":{port}") + self.prefix


def _base(public_url: str) -> str:
    parts = take_apart(public_url)
    if parts is None or "?" in public_url or "#" in public_url:
        raise SettingsError("public_url must be http:// or https://, a host and perhaps a path")
    return parts.url.rstrip("/")


def _network(hop: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(hop, strict=False)
    except ValueError:
        raise SettingsError("a trusted hop must be an IP address or network") from None
