"""The table of routes: method, path and handler. One port serves every Twilio host, since their paths differ.

A request that names a Twilio host in its `Host` header finds the paths of that host only.

A placeholder `{Name}` stands for one segment of a path; where `SID_PREFIXES` knows the name, only such a sid matches.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal, get_args
from urllib.parse import unquote

import msgspec

from .answers import Answer
from .exchange import Exchange
from .faults import Target

Handler = Callable[[Exchange], Answer]
Access = Literal["api", "cdn", "judge", "token"]
Host = Literal["api", "messaging", "pricing", "content", "oauth"]

SID_PREFIXES = {
    "AccountSid": "AC",
    "MessageSid": "SM|MM",
    "MediaSid": "ME",
    "ServiceSid": "MG",
    "BrandSid": "BN",
    "VettingSid": "VT",
    "CampaignSid": "QE",
    "VerificationSid": "HH",
    "DomainSid": "DN",
    "ChannelsSenderSid": "XE",
    "ContentSid": "HX",
    "PhoneNumberSid": "PN",
    "ShortCodeSid": "SC",
    "AlphaSenderSid": "AI",
}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_PRODUCT_HOST = re.compile(
    rf"({'|'.join(get_args(Host))})(?:\.[a-z0-9-]{{1,63}}){{0,2}}\.twilio\.com", re.ASCII
)


class Route(msgspec.Struct, frozen=True):
    """One line of the table; `creates` marks POST Messages, which the judge counts; `host` is Twilio's, without its domain."""

    method: str
    template: str
    handler: Handler
    access: Access = "api"
    creates: bool = False
    host: Host = "api"

    @property
    def target(self) -> Target:
        """The faults that can hit it."""
        return "get" if self.method == "GET" else "post" if self.creates else "change"


class RouteTable:
    """Finds the route of a request."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._by_length: dict[int, list[tuple[re.Pattern[str], Route]]] = {}
        for route in routes:
            entry = (re.compile(_pattern(route.template)), route)
            self._by_length.setdefault(route.template.count("/"), []).append(entry)

    def find(
        self, method: str, path: str, host: str = ""
    ) -> tuple[Route | None, dict[str, str], bool]:
        """The route of a request, its placeholders' values, and whether the path exists for another method.

        Of one of Twilio's hosts (`messaging`); by default the paths of all are found, and our own.
        """
        exists = False
        for pattern, route in self._by_length.get(path.count("/"), ()):
            match = pattern.fullmatch(path)
            if match is None or (host and not _is_of(route, host)):
                continue
            if route.method == method:
                return route, _values(match), True
            exists = True
        return None, {}, exists


def _is_of(route: Route, host: str) -> bool:
    return route.host == host and route.access != "judge"


def _values(match: re.Match[str]) -> dict[str, str]:
    return {name: unquote(value) for name, value in match.groupdict().items()}


def _form(name: str) -> str:
    prefix = SID_PREFIXES.get(name)
    return "[^/]+" if prefix is None else f"(?:{prefix})[0-9a-fA-F]{{32}}"


def _pattern(template: str) -> str:
    parts = _PLACEHOLDER.split(template)
    literal = [re.escape(part) for part in parts[::2]]
    named = [f"(?P<{name}>{_form(name)})" for name in parts[1::2]]
    return "".join(piece for pair in zip(literal, [*named, ""], strict=True) for piece in pair)


@lru_cache(maxsize=64)
def product_of(host: str) -> str:
    """The product that a host of Twilio's names, with or without edge and region; empty for every other host."""
    match = _PRODUCT_HOST.fullmatch(host)
    return match[1] if match else ""
