"""What a client is made with: credentials, hosts, limits, time-outs. Frozen, and read once.

Arguments come before the environment: ``TWILIO_EDGE``, ``TWILIO_REGION``,
``ASYNC_MESSAGING_BASE_URL``, ``ASYNC_MESSAGING_TRANSPORT``, and what `credentials.py` names.

Hosts follow Twilio's rule (product, edge, region, ``twilio.com``). A region without an edge no
longer answers since 2026-04-28, ``us1`` apart, so the edge is then completed from a table.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Literal, Unpack

from .credentials import (
    Credentials,
    CredentialsGiven,
    Secret,
    find_auth_token,
    find_credentials,
)
from .errors import SettingsError

__all__ = [
    "AttemptTimeout",
    "Credentials",
    "Limits",
    "OnUnknown",
    "Options",
    "Priority",
    "Secret",
    "Settings",
    "TransportName",
    "check_base_url",
    "find_auth_token",
    "from_env",
]

Priority = Literal["normal", "high"]
OnUnknown = Literal["raise", "retry"]
TransportName = Literal["wire", "pool"]
"""``wire`` speaks HTTP itself over aiohttp's connections; ``pool`` is aiohttp's session."""

_EDGE_OF_REGION = {
    "au1": "sydney",
    "br1": "sao-paulo",
    "de1": "frankfurt",
    "ie1": "dublin",
    "jp1": "tokyo",
    "jp2": "osaka",
    "sg1": "singapore",
    "us1": "",
    "us2": "umatilla",
}
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_ORIGIN = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_NAME}(?:\.{_NAME})*|\[[0-9A-Fa-f:.]{{2,45}}\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?/?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast a client may go. Rates are in segments per second, Twilio's unit.

    Attributes:
        account: the whole account's rate.
        sender: rates by sender (``{"+15017122661": 1, "ACME": 10}``); others are not slowed.
        service: rates by messaging service sid.
        in_flight: a fixed number of calls in flight; None adapts it to Twilio's 429s.
        max_connections: connections per host, and the adaptive limit's ceiling.
    """

    account: float = 2000.0
    sender: Mapping[str, float] = field(default_factory=dict[str, float])
    service: Mapping[str, float] = field(default_factory=dict[str, float])
    in_flight: int | None = None
    max_connections: int = 256

    def __post_init__(self) -> None:
        rates = (self.account, *self.sender.values(), *self.service.values())
        if not all(0 < rate < float("inf") for rate in rates):
            raise SettingsError("limits: every rate must be a number above 0")
        if self.max_connections < 1 or (self.in_flight is not None and self.in_flight < 1):
            raise SettingsError("limits: in_flight and max_connections must be at least 1")

    def __repr__(self) -> str:
        return (
            f"Limits(account={self.account:g}, sender=<{len(self.sender)}>, "
            f"service=<{len(self.service)}>, in_flight={self.in_flight}, "
            f"max_connections={self.max_connections})"
        )


@dataclass(frozen=True, slots=True)
class AttemptTimeout:
    """Seconds that one attempt may take: to connect, to wait for the answer, in all."""

    connect: float = 10.0
    read: float = 30.0
    total: float = 45.0

    def __post_init__(self) -> None:
        if not all(seconds > 0 for seconds in (self.connect, self.read, self.total)):
            raise SettingsError("attempt_timeout must be above 0 seconds")

    @classmethod
    def of(cls, value: AttemptTimeout | float) -> AttemptTimeout:
        """A number is the total, and caps the other two.

        Raises:
            SettingsError: the number is not above 0.
        """
        if isinstance(value, AttemptTimeout):
            return value
        base = cls()
        return cls(min(base.connect, value), min(base.read, value), value)


@dataclass(frozen=True, slots=True)
class Options:
    """How one call is run; see `MessagingClient.with_options`.

    Attributes:
        timeout: all the time the caller waits, in seconds; None waits as long as it takes.
        attempt_timeout: the time of one attempt.
        retries: further attempts after failures that are safe to repeat.
        max_wait: the longest single wait for the rate limits; None is no bound.
        priority: ``high`` goes before waiting bulk sends.
        on_unknown: ``retry`` repeats a creation whose outcome is unknown: it may send twice.
        extra: further parameters of the request, by Twilio's names.
        ends_in: seconds within which all must have ended; infinite without a timeout.
        begins_in: seconds within which a POST must be written: what is left then is the smaller of
            the read time and half of the timeout.
    """

    timeout: float | None = 60.0
    attempt_timeout: AttemptTimeout = AttemptTimeout()
    retries: int = 4
    max_wait: float | None = None
    priority: Priority = "normal"
    on_unknown: OnUnknown = "raise"
    extra: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    ends_in: float = field(init=False, repr=False)
    begins_in: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.retries < 0:
            raise SettingsError("retries must be 0 or more")
        if self.timeout is not None and not self.timeout > 0:
            raise SettingsError("timeout must be above 0 seconds, or None")
        if self.max_wait is not None and not self.max_wait >= 0:
            raise SettingsError("max_wait must be 0 seconds or more, or None")
        if self.priority not in {"normal", "high"} or self.on_unknown not in {"raise", "retry"}:
            raise SettingsError("priority is normal or high; on_unknown is raise or retry")
        texts: list[object] = [*self.extra, *self.extra.values()]
        if not all(isinstance(text, str) for text in texts):
            raise SettingsError("extra must map Twilio's names to texts")
        ends = float("inf") if self.timeout is None else self.timeout
        object.__setattr__(self, "ends_in", ends)
        least = min(self.attempt_timeout.read, ends / 2) if ends < float("inf") else 0.0
        object.__setattr__(self, "begins_in", ends - least)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a client is made with. Made by `from_env`.

    Attributes:
        transport: the transport that was asked for; None takes the fastest that applies.
    """

    credentials: Credentials
    base_url: str | None = None
    edge: str | None = None
    region: str | None = None
    limits: Limits = Limits()
    options: Options = Options()
    ssl: SSLContext | None = None
    proxy: str | None = field(default=None, repr=False)
    transport: TransportName | None = None

    @property
    def is_elsewhere(self) -> bool:
        """Whether the base URL names a host that is not Twilio's."""
        return self.base_url is not None and not _is_twilio(_origin_parts(self.base_url)[1])

    def origin(self, product: str) -> str:
        """Scheme and host that serve a product: ``https://api.twilio.com``."""
        if self.base_url is not None:
            return self.base_url
        parts = (product, self.edge, self.region, "twilio.com")
        return "https://" + ".".join(part for part in parts if part)


def from_env(
    *,
    base_url: str | None = None,
    edge: str | None = None,
    region: str | None = None,
    insecure_http: bool = False,
    limits: Limits | None = None,
    options: Options | None = None,
    ssl: SSLContext | None = None,
    proxy: str | None = None,
    transport: TransportName | None = None,
    **given: Unpack[CredentialsGiven],
) -> Settings:
    """Settings from arguments, completed from the environment; a `SettingsError` names what is missing or can't be used."""
    base_url = base_url or os.environ.get("ASYNC_MESSAGING_BASE_URL") or None
    edge, region = _host_parts(
        edge or os.environ.get("TWILIO_EDGE"), region or os.environ.get("TWILIO_REGION")
    )
    return Settings(
        credentials=find_credentials(**given),
        base_url=None if base_url is None else check_base_url(base_url, insecure_http),
        edge=edge,
        region=region,
        limits=limits or Limits(),
        options=options or Options(),
        ssl=ssl,
        proxy=proxy,
        transport=_transport(transport or os.environ.get("ASYNC_MESSAGING_TRANSPORT") or None),
    )


def _transport(name: str | None) -> TransportName | None:
    match name:
        case None | "wire" | "pool":
            return name
        case _:
            raise SettingsError("transport must be wire or pool")


def _host_parts(edge: str | None, region: str | None) -> tuple[str | None, str | None]:
    for name, value in (("edge", edge), ("region", region)):
        if value and not _LABEL.fullmatch(value):
            raise SettingsError(f"{name} must be a name such as dublin or ie1")
    if edge:
        return edge, region or "us1"
    if region:
        if region not in _EDGE_OF_REGION:
            raise SettingsError("region is not known; give its edge too")
        return _EDGE_OF_REGION[region] or None, region
    return None, None


def check_base_url(url: str, insecure_http: bool = False) -> str:
    """The origin that *url* names, if it is safe to send credentials there.

    Plain http goes to loopback literals only (``127.0.0.0/8``, ``[::1]``; not ``localhost``, which
    a resolver may answer otherwise), or anywhere but Twilio's own hosts with *insecure_http*.

    Raises:
        SettingsError: not an origin, or plain http to a host where it is not allowed.
    """
    scheme, host, port = _origin_parts(url)
    if scheme == "http" and not _is_loopback(host):
        if _is_twilio(host):
            raise SettingsError("base_url: Twilio's hosts are called over https only")
        if not insecure_http:
            raise SettingsError("base_url: plain http only goes to 127.0.0.0/8 or [::1]; use https")
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" + (f":{port}" if port is not None else "")


def _origin_parts(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port, if there is nothing else that a parser could read another way."""
    found = _ORIGIN.fullmatch(url)
    if found is None:
        raise SettingsError(
            "base_url must be https:// (or http:// for loopback), host and port, nothing else"
        )
    scheme, host = found["scheme"].lower(), found["host"].lower()
    port = None if found["port"] is None else int(found["port"])
    if port is not None and not 0 < port < 65536:
        raise SettingsError("base_url has no usable port")
    if host.startswith("["):
        return scheme, _ipv6(host[1:-1]), port
    if len(host) > 253 or (_NUMBER.fullmatch(host.rpartition(".")[2]) and _ipv4(host) is None):
        raise SettingsError("base_url has no usable host")
    return scheme, host, port


def _ipv6(host: str) -> str:
    try:
        packed = ipaddress.IPv6Address(host).packed
    except ValueError:
        raise SettingsError("base_url has no usable host") from None
    from socket import AF_INET6, inet_ntop  # one spelling, whatever Python's version

    return inet_ntop(AF_INET6, packed)


def _ipv4(host: str) -> ipaddress.IPv4Address | None:
    try:
        return ipaddress.IPv4Address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    if host == "::1":
        return True
    address = _ipv4(host)
    return address is not None and address in ipaddress.IPv4Network("127.0.0.0/8")


def _is_twilio(host: str) -> bool:
    return host == "twilio.com" or host.endswith(".twilio.com")
