"""Certificates as far as link shortening looks at them: is this PEM, is it X.509, and until when does it hold.

No signature is checked, and no key matched with its certificate.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime

# Nothing in it can match in two ways, so hostile text costs no more than any other.
_BLOCK = re.compile(
    r"-----BEGIN ((?:[A-Z0-9]+ )*[A-Z0-9]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----", re.ASCII
)
_SEQUENCE, _INTEGER, _VERSION, _UTC_TIME, _TIME = 0x30, 0x02, 0xA0, 0x17, 0x18


def read_chain(text: str) -> float:
    """The moment until which the first certificate of a PEM text holds, which must have a private key too."""
    blocks = dict(reversed(_BLOCK.findall(text)))
    if "CERTIFICATE" not in blocks:
        raise ValueError("has no certificate in PEM")
    keys = [body for label, body in blocks.items() if label.endswith("PRIVATE KEY")]
    if not keys:
        raise ValueError("has no private key in PEM")
    try:
        # Other blocks, EC PARAMETERS for one, are nobody's business here.
        for body in keys:
            _decode(body)
        return _end_of(_decode(blocks["CERTIFICATE"]))
    except (ValueError, IndexError):
        # What stands in it is never repeated: it is a secret.
        raise ValueError("can't be read") from None


def _decode(body: str) -> bytes:
    try:
        content = base64.b64decode("".join(body.split()), validate=True)
    except binascii.Error:
        raise ValueError("base64") from None
    if not content or content[0] != _SEQUENCE or _element(content, 0)[2] != len(content):
        raise ValueError("DER")
    return content


def _element(content: bytes, start: int) -> tuple[int, int, int]:
    """Tag of the element at `start`, where its value begins, and where the next element does."""
    tag, length, begin = content[start], content[start + 1], start + 2
    if length & 0x80:
        size = length & 0x7F
        length, begin = int.from_bytes(content[begin : begin + size], "big"), begin + size
    if begin + length > len(content):
        raise ValueError("DER")
    return tag, begin, begin + length


def _end_of(content: bytes) -> float:
    # Certificate, TBSCertificate: version, serial, algorithm, issuer, validity of two times.
    _, inside, _ = _element(content, 0)
    _, at, _ = _element(content, inside)
    tag, _, following = _element(content, at)
    if tag == _VERSION:
        at = following
    for expected in (_INTEGER, _SEQUENCE, _SEQUENCE):
        tag, _, at = _element(content, at)
        if tag != expected:
            raise ValueError("X.509")
    _, first, _ = _element(content, at)
    _, _, second = _element(content, first)
    return _time(content, second)


def _time(content: bytes, start: int) -> float:
    tag, begin, end = _element(content, start)
    text = content[begin:end].decode("ascii")
    if tag == _UTC_TIME:
        # Two digits of a year: 50 to 99 are of the last century (RFC 5280).
        text = ("19" if text[:2] >= "50" else "20") + text
    elif tag != _TIME:
        raise ValueError("X.509")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()
