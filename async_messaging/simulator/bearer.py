"""Bearer tokens: JSON Web Tokens that say whose they are and until when, signed with a key of the simulator's.

Nothing is kept of them, so they outlive a restart. Source: RFC 7519.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from random import getrandbits

import msgspec

LIFE = 3600
"""Seconds for which a token is good."""

_HEADER = b'{"alg":"HS256","typ":"JWT"}'


class _Claims(msgspec.Struct):
    sub: str
    exp: int
    client_id: str = ""
    iat: int = 0
    iss: str = "https://oauth.twilio.com"
    jti: str = ""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Claims).decode


def key_from(secret: str) -> bytes:
    """The key that signs, made from a secret that is not the key itself."""
    return hashlib.blake2b(secret.encode(), digest_size=32, person=b"bearer").digest()


def make(key: bytes, account_sid: str, client: str, now: float) -> str:
    """A token of this account that is good from now on for `LIFE` seconds."""
    began = int(now)
    claims = _Claims(
        account_sid, began + LIFE, client_id=client, iat=began, jti=f"{getrandbits(128):032x}"
    )
    signed = f"{_pack(_HEADER)}.{_pack(_encode(claims))}"
    return f"{signed}.{_sign(key, signed)}"


def read(key: bytes, token: str, now: float) -> str | None:
    """The account a token is for, if it is one of ours and good now."""
    signed, _, signature = token.rpartition(".")
    if not token.isascii() or not hmac.compare_digest(signature, _sign(key, signed)):
        return None
    claims = _decode(_unpack(signed.partition(".")[2]))
    return claims.sub if now < claims.exp else None


def _sign(key: bytes, signed: str) -> str:
    return _pack(hmac.digest(key, signed.encode(), hashlib.sha256))


def _pack(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _unpack(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
