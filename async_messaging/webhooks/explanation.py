"""Why a request was refused, told to its receiver: no secret, no parameter's value.

Most refusals are no attack but a URL that the application takes for another one than Twilio called:
a proxy ends TLS, names another host or port, adds a slash. So the URLs that it may have been are
tried, and those are named whose signature would have matched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from urllib.parse import parse_qsl

import msgspec

from ..codec.masking import mask_text
from .request import Headers
from .signature import Envelope, matches
from .urls import DEFAULT_PORTS, UrlParts, take_apart

_USUAL_PORTS = ("8080", "8443", "8000", "3000", "5000")
_LONGEST = 200


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What was verified, and what came of it.

    Attributes:
        valid: the signature is Twilio's.
        reason: why not, in a few words; empty if it is.
        url: the URL that was verified, without user, password and the query's values.
        would_match: what of the URL would have to differ for the signature to match, such as
            ``scheme http``, ``host sms.example.com``, ``port 8443``, ``a trailing slash``.
    """

    valid: bool
    reason: str = ""
    url: str = ""
    would_match: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.valid:
            return f"valid for {self.url}"
        hint = f"; it would match with {' or '.join(self.would_match)}" if self.would_match else ""
        return f"refused: {self.reason} ({self.url or 'no URL'}){hint}"


def explained(
    envelope: Envelope, secrets: Sequence[str], headers: Headers, *, limit: int = 3
) -> Explanation:
    """Whether the signature matches, and if not, with which other URL it would."""
    url = shown_url(envelope.url)
    if matches(envelope, secrets):
        return Explanation(valid=True, url=url)
    found: list[str] = []
    for difference, other in _others(envelope.url, headers):
        if len(found) < limit and matches(envelope, secrets, other):
            found.append(difference)
    reason = "the signature does not match"
    return Explanation(valid=False, reason=reason, url=url, would_match=tuple(found))


def shown_url(url: str) -> str:
    """The URL with its query's names, without what may be a secret, a number or a text."""
    parts = take_apart(url)
    if parts is None:
        return ""
    path, _, query = parts.rest.partition("?")
    names = "&".join(f"{name}=..." for name, _ in parse_qsl(query, keep_blank_values=True))
    whole = parts._replace(
        user="", rest=mask_text(path) + (f"?{mask_text(names)}" if names else "")
    )
    return "".join(one if " " < one <= "~" else "." for one in whole.url[:_LONGEST])


def _others(url: str, headers: Headers) -> Iterator[tuple[str, str]]:
    """Every other URL worth a try, with what is different in it; few differences first."""
    parts = take_apart(url)
    if parts is None:
        return
    choices = product(_schemes(parts), _hosts(parts, headers), _ports(parts), _rests(parts))
    tried = {url}
    for combination in sorted(choices, key=lambda one: sum(bool(text) for text, _ in one)):
        (_, scheme), (_, (user, host)), (_, port), (_, rest) = combination
        other = UrlParts(scheme, user, host, port, rest).url
        if other not in tried:
            tried.add(other)
            yield ", ".join(text for text, _ in combination if text), other


def _schemes(parts: UrlParts) -> list[tuple[str, str]]:
    other = "http" if parts.scheme.lower() == "https" else "https"
    return [("", parts.scheme), (f"scheme {other}", other)]


def _hosts(parts: UrlParts, headers: Headers) -> list[tuple[str, tuple[str, str]]]:
    found = [("", (parts.user, parts.host))]
    if parts.user:
        found.append(("no user and password", ("", parts.host)))
    if parts.host != parts.host.lower():
        found.append(("a host in lower case", (parts.user, parts.host.lower())))
    for name in ("x-forwarded-host", "host"):
        named = take_apart(f"http://{headers.get(name).partition(',')[0].strip()}")
        if named and not named.rest and not named.user and named.host != parts.host:
            found.append((f"host {shown_host(named.host)}", (parts.user, named.host)))
    return found


def shown_host(host: str) -> str:
    """A host that a header names: its length is bounded, and it is no line of its own."""
    return "".join(one if " " < one <= "~" else "." for one in host[:_LONGEST])


def _ports(parts: UrlParts) -> list[tuple[str, str]]:
    usual = [port for port in _USUAL_PORTS if port != parts.port]
    default = [("no port", "")] if parts.port not in {"", *DEFAULT_PORTS.values()} else []
    return [("", parts.port), *default, *((f"port {port}", port) for port in usual)]


def _rests(parts: UrlParts) -> list[tuple[str, str]]:
    path, mark, query = parts.rest.partition("?")
    found = [("", parts.rest)]
    if path.endswith("/"):
        found.append(("no trailing slash", path.rstrip("/") + mark + query))
    else:
        found.append(("a trailing slash", f"{path}/{mark}{query}"))
    if mark:
        found.append(("no query", path))
    if path.count("/") > 1:
        found.append(("no first part of the path", path[path.index("/", 1) :] + mark + query))
    return found
