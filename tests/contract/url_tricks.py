"""P21: ways to send credentials where they must not go, and the plain URLs that must work.

Each is a URL, what becomes of it, and what becomes of it with ``insecure_http``: the origin that
calls then go to, or None where the URL is refused.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["TRICKS", "Trick"]


class Trick(NamedTuple):
    url: str
    origin: str | None = None
    insecure: str | None = None


def _same(url: str, origin: str) -> Trick:
    return Trick(url, origin, origin)


ALLOWED = [
    _same("https://api.twilio.com", "https://api.twilio.com"),
    _same("HTTPS://API.Twilio.COM/", "https://api.twilio.com"),
    _same("https://sim.example:8443", "https://sim.example:8443"),
    _same("https://127.0.0.1", "https://127.0.0.1"),
    _same("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
    _same("http://127.0.0.1:8010", "http://127.0.0.1:8010"),
    _same("http://127.0.0.1:8010/", "http://127.0.0.1:8010"),
    _same("HTTP://127.255.255.254", "http://127.255.255.254"),
    _same("http://[::1]:8010", "http://[::1]:8010"),
    _same("http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
]

ONLY_INSECURE = [
    Trick("http://localhost:8010", None, "http://localhost:8010"),
    Trick("http://sim.example", None, "http://sim.example"),
    Trick("http://localhost.twilio.com.example", None, "http://localhost.twilio.com.example"),
    Trick("http://127.0.0.1.example", None, "http://127.0.0.1.example"),
    Trick("http://twilio_sim:8010", None, "http://twilio_sim:8010"),
    Trick("http://0.0.0.0:8010", None, "http://0.0.0.0:8010"),
    Trick("http://[::]:8010", None, "http://[::]:8010"),
    Trick("http://10.0.0.1", None, "http://10.0.0.1"),
    Trick("http://128.0.0.1", None, "http://128.0.0.1"),
    Trick("http://[::ffff:127.0.0.1]", None, "http://[::ffff:127.0.0.1]"),
    Trick("http://nottwilio.com", None, "http://nottwilio.com"),
]

REFUSED = [
    # Twilio in the clear
    "http://api.twilio.com",
    "http://API.TWILIO.COM:80",
    "http://twilio.com",
    "http://api.dublin.ie1.twilio.com",
    "http://api.twilio.com.",
    # numbers that resolvers read as 127.0.0.1, or as something else
    "http://127.1",
    "http://2130706433",
    "http://0x7f000001",
    "http://0x7f.0.0.1",
    "http://0177.0.0.1",
    "http://127.000.000.001",
    "http://127.0.0.1.",
    "https://2130706433",
    "https://1.2.3.256",
    # more than one host
    "http://127.0.0.1@evil.example",
    "http://evil.example@127.0.0.1",
    "https://user:password@api.twilio.com",
    "https://@api.twilio.com",
    "http://127.0.0.1\\@evil.example",
    "http://127.0.0.1\\.evil.example",
    "http://127.0.0.1#@evil.example",
    "http://127.0.0.1?@evil.example",
    "http://127.0.0.1/@evil.example",
    "http://127.0.0.1;evil.example",
    "http://127.0.0.1,evil.example",
    "http://127.0.0.1&evil.example",
    "http://127.0.0.1%2eevil.example",
    "http://127.0.0.1%00.evil.example",
    "http://[::1].evil.example",
    "http://evil.example[::1]",
    "http://[::1]:80@evil.example",
    "http://[::1%25lo]",
    "http://[::1",
    "http://[127.0.0.1]",
    "http://[]",
    # ports
    "https://api.twilio.com:",
    "https://api.twilio.com:0",
    "https://api.twilio.com:65536",
    "https://api.twilio.com:+443",
    "https://api.twilio.com:443:80",
    "https://api.twilio.com:\uff14\uff14\uff13",
    # schemes
    "api.twilio.com",
    "//api.twilio.com",
    "https:api.twilio.com",
    "https:/api.twilio.com",
    "https:///api.twilio.com",
    "ftp://127.0.0.1",
    "file:///etc/passwd",
    "http+unix://127.0.0.1",
    "httpss://api.twilio.com",
    # what is not an origin
    "https://api.twilio.com/2010-04-01",
    "https://api.twilio.com//",
    "https://api.twilio.com?",
    "https://api.twilio.com/#",
    # characters that parsers drop or change
    " https://api.twilio.com",
    "https://api.twilio.com\n",
    "https://api.twilio.com\r\nHost: evil.example",
    "ht\ntps://api.twilio.com",
    "https://api.twilio\t.com",
    "https://api.twilio.com\x00.evil.example",
    "https://api\u3002twilio.com",
    "https://\u0430pi.twilio.com",
    "https://api.twilio.com\u200b",
    "https://..",
    "https://api..twilio.com",
    "https://-api.twilio.com",
    "https://*.twilio.com",
    "https://" + "a" * 64 + ".com",
    "https://" + "a.." * 90 + "com",
    "https://" + "a." * 140 + "com",
    "",
]

TRICKS = [*ALLOWED, *ONLY_INSECURE, *(Trick(url) for url in REFUSED)]
