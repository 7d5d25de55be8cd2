"""P19: redirects, good and bad. The first answer comes from Twilio, the next from where it leads."""

from __future__ import annotations

import json
from dataclasses import dataclass

__all__ = ["CONTENT", "FOLLOWED", "OWN", "REDIRECTS", "REFUSED", "Redirect"]

OWN = "http://127.0.0.1:9"
"""The base URL's origin."""

STORE = "https://media.twiliocdn.com"
CONTENT = b"+15558675310\n"
"""What a redirect that is followed leads to."""


@dataclass(frozen=True)
class Redirect:
    """Answers, one after another.

    Attributes:
        hops: status, header lines and body of each.
        visits: what a download asks for after its own request, in order; None where it stops
            with an error after the first answer.
    """

    name: str
    hops: tuple[tuple[int, bytes, bytes], ...]
    visits: tuple[str, ...] | None = None


def hop(url: str, status: int = 307) -> tuple[int, bytes, bytes]:
    return status, b"Location: " + url.encode("utf-8") + b"\r\n", b""


def body(data: object, status: int = 307) -> tuple[int, bytes, bytes]:
    return status, b"Content-Type: application/json\r\n", json.dumps(data).encode()


def followed(name: str, url: str, visit: str = "", status: int = 307) -> Redirect:
    return Redirect(name, (hop(url, status),), (visit or url,))


def refused(name: str, url: str, status: int = 307) -> Redirect:
    return Redirect(name, (hop(url, status),))


BUCKET = "https://x-deactivations.s3.us-east-1.amazonaws.com"
SIGNED = f"{BUCKET}/2026-01-02.txt?X-Amz-Signature=a%2Fb%2Bc&X-Amz-Expires=120"

FOLLOWED = [
    followed("temporary", f"{STORE}/x?Signature=a%2Fb"),
    followed("permanent", f"{STORE}/x", status=308),
    followed("found", f"{STORE}/x", status=302),
    followed("moved", f"{STORE}/x", status=301),
    followed("see other", f"{STORE}/x", status=303),
    followed("another store", "https://mms.twiliocdn.com/a/b"),
    followed("a bucket", SIGNED),
    followed("all buckets", "https://s3.amazonaws.com/bucket/x"),
    followed("Twilio", "https://api.twilio.com/x"),
    followed("capitals", "HTTPS://Media.TwilioCDN.com/X", f"{STORE}/X"),
    followed("the port of https", f"{STORE}:443/x", f"{STORE}/x"),
    followed("a fragment", f"{STORE}/x#top", f"{STORE}/x"),
    followed("a path", "/store/x", f"{OWN}/store/x"),
    followed("the own origin", f"{OWN}/store/x"),
    Redirect("in the body", (body({"redirect_to": SIGNED}),), (SIGNED,)),
    Redirect("two, to one store", (hop(f"{STORE}/a"), hop("/b")), (f"{STORE}/a", f"{STORE}/b")),
    Redirect("two stores", (hop("/a"), hop(SIGNED, 302)), (f"{OWN}/a", SIGNED)),
]

REFUSED = [
    refused("another host", "https://evil.example/x"),
    refused("another host, for good", "https://evil.example/x", 308),
    refused("another host, found", "https://evil.example/x", 302),
    refused("another host, see other", "https://evil.example/x", 303),
    refused("a store in clear", "http://media.twiliocdn.com/x"),
    refused("the own scheme, in clear", "//media.twiliocdn.com/x"),
    refused("a suffix", "https://media.twiliocdn.com.evil.example/x"),
    refused("a host that ends alike", "https://eviltwiliocdn.com/x"),
    refused("another that ends alike", "https://evil-amazonaws.com/x"),
    refused("the bare domain", "https://twiliocdn.com/x"),
    refused("a dot alone before it", "https:///.twilio.com/x"),
    refused("a user", "https://me@media.twiliocdn.com/x"),
    refused("a user and a password", "https://me:pw@media.twiliocdn.com/x"),
    refused("a store as the user", "https://media.twiliocdn.com@evil.example/x"),
    refused("the own origin as the user", "http://127.0.0.1:9@evil.example/x"),
    refused("a user at the own origin", "http://me@127.0.0.1:9/x"),
    refused("another port", "https://media.twiliocdn.com:8443/x"),
    refused("a port that is none", "https://media.twiliocdn.com:port/x"),
    refused("a backslash", "https://evil.example\\@media.twiliocdn.com/x"),
    refused("a backslash for a slash", "https://evil.example\\.twilio.com/x"),
    refused("the store in the path", "https://evil.example/.twilio.com"),
    refused("the store in the query", "https://evil.example?.twilio.com"),
    refused("the store in the fragment", "https://evil.example#.twilio.com"),
    refused("an encoded slash", "https://evil.example%2f.twilio.com/x"),
    refused("an encoded zero", "https://evil.example%00.twilio.com/x"),
    refused("a blank", "https://evil.example .twilio.com/x"),
    refused("a blank in the path", f"{STORE}/x HTTP/1.1"),
    refused("a semicolon", "https://evil.example;.twilio.com/x"),
    refused("a dot at the end", "https://media.twiliocdn.com./x"),
    refused("a dot that is none", "https://evil\u3002twilio.com/x"),
    refused("letters that are others", "https://media.twil\u0456ocdn.com/x"),
    refused("no web address", "ftp://media.twiliocdn.com/x"),
    refused("a file", "file:///etc/passwd"),
    refused("data", "data:text/plain,+15558675310"),
    refused("a script", "javascript:alert(1)"),
    refused("no host", "https:///x"),
    refused("loopback", "https://127.0.0.1/x"),
    refused("loopback, version 6", "https://[::1]/x"),
    refused("a bracket", "https://[media.twiliocdn.com/x"),
    refused("localhost", "http://localhost:9/x"),
    refused("the own host, another port", "http://127.0.0.1:10/x"),
    refused("the own host, encrypted", "https://127.0.0.1:9/x"),
    refused("the cloud's own data", "http://169.254.169.254/latest/meta-data"),
    refused("nowhere", ""),
    Redirect("no target", ((307, b"", b""),)),
    Redirect("no target, choices", ((300, b"", b"<html></html>"),)),
    Redirect("not modified", ((304, b"", b""),)),
    Redirect("a number as target", (body({"redirect_to": 7}),)),
    Redirect("a list as body", (body([SIGNED]),)),
    Redirect("another host in the body", (body({"redirect_to": "https://evil.example/x"}),)),
    Redirect(
        "the header counts",
        ((307, hop("https://evil.example/")[1], body({"redirect_to": SIGNED})[2]),),
    ),
    Redirect("two targets", ((307, hop(f"{STORE}/a")[1] + hop(f"{STORE}/b")[1], b""),)),
    Redirect("three", (hop("/a"), hop("/b"), hop("/c")), (f"{OWN}/a", f"{OWN}/b")),
    Redirect("round and round", (hop("/a"),) * 9, (f"{OWN}/a", f"{OWN}/a")),
    Redirect(
        "a store to another host",
        (hop(f"{STORE}/a"), hop("https://evil.example/x")),
        (f"{STORE}/a",),
    ),
    Redirect(
        "a store to a store in clear",
        (hop(f"{STORE}/a"), hop("http://media.twiliocdn.com/x")),
        (f"{STORE}/a",),
    ),
]
"""Refused at once, or, with `visits`, after those."""

REDIRECTS = [*FOLLOWED, *REFUSED]
