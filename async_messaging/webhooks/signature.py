"""Did Twilio sign this request? Pure functions over what came.

What is signed is the URL with its query, followed by each name and value of the form, sorted, each
pair once; base64 of its HMAC is in ``X-Twilio-Signature``. With an auth token that is HMAC-SHA1.
With a shared key the settings header names the key's id and the algorithm. A body that is no form
is signed by its hash, which Twilio adds to the URL as ``bodySHA256``.

A body that neither is a form nor has its hash in the URL is not signed at all: a signature of the
URL alone would let anybody put any body beside it, so it is refused. Names and values are joined
without separators, so the signature does not tell where a name ends: `cuts` deals with that.

Twilio's reference: Webhooks security.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from ..errors import InvalidSignature
from .cuts import is_glued
from .request import Headers, Pairs, is_form, pairs_in, query_of
from .urls import spellings

_ALGORITHMS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_LONGEST_HEADER = 512
_HASH = re.compile("[0-9a-fA-F]{64}")


class Envelope(NamedTuple):
    """What of a request the signature is about.

    Attributes:
        url: the URL, as the application believes that Twilio called it.
        key_id: the shared key that the request names, None for an auth token.
        signed: what follows the URL in the signed text.
        accounts: every account that the parameters name.
        pairs: the form's, or for a GET the query's.
    """

    url: str
    signature: bytes
    algorithm: str
    key_id: str | None
    signed: str
    accounts: frozenset[str]
    pairs: Pairs
    query: Pairs


def sign(secret: str, text: str, algorithm: str = "sha1") -> bytes:
    """The signature of a text, in base64."""
    digest = hmac.digest(
        secret.encode("utf-8", "surrogatepass"), text.encode("utf-8", "surrogatepass"), algorithm
    )
    return b64encode(digest)


def signed_text(pairs: Iterable[tuple[str, str]]) -> str:
    """What a form adds to the URL: each pair once, sorted."""
    return "".join([name + value for name, value in sorted(set(pairs))])


def open_envelope(url: str, headers: Headers, body: bytes) -> Envelope:
    """Read what the signature is about."""
    signature = headers.get("x-twilio-signature")
    if not signature or len(signature) > _LONGEST_HEADER:
        raise InvalidSignature("the request has no X-Twilio-Signature")
    key_id, algorithm = _settings(headers.get("x-twilio-webhooks-signature-settings"))
    seal = signature.encode("utf-8", "replace"), algorithm, key_id
    query = pairs_in(query_of(url))
    if not body:
        return Envelope(url, *seal, "", _accounts(query), query, query)
    hashes = [value for name, value in query if name == "bodySHA256"]
    content_type = headers.get("content-type")
    if is_form(content_type) and (content_type or not hashes):
        pairs = pairs_in(body)
        return Envelope(url, *seal, signed_text(pairs), _accounts(pairs), pairs, query)
    _check_hash(hashes, body)
    return Envelope(url, *seal, "", _accounts(query) or _account_in(body), query, query)


def matches(envelope: Envelope, secrets: Sequence[str], url: str | None = None) -> bool:
    """Whether one of the secrets signed the request, in any spelling of its URL."""
    for one in spellings(url or envelope.url):
        if is_glued(one):
            continue
        text = one + envelope.signed
        for secret in secrets:
            if hmac.compare_digest(sign(secret, text, envelope.algorithm), envelope.signature):
                return True
    return False


def _settings(header: str) -> tuple[str | None, str]:
    """The shared key's id, None without the header, and the hash."""
    if not header:
        return None, "sha1"
    parts = [part.partition("=") for part in header[:_LONGEST_HEADER].split(",")]
    keys = [value.strip() for name, _, value in parts if name.strip().lower() == "key"]
    named = [value.strip() for name, _, value in parts if name.strip().lower() == "algorithm"]
    if len(keys) != 1 or not keys[0]:
        raise InvalidSignature("the signature's settings name no shared key")
    if len(named) != 1 or named[0].upper() not in _ALGORITHMS:
        raise InvalidSignature("the signature's settings name no algorithm that is known")
    return keys[0], _ALGORITHMS[named[0].upper()]


def _check_hash(hashes: Sequence[str], body: bytes) -> None:
    if len(hashes) != 1 or not _HASH.fullmatch(hashes[0]):
        raise InvalidSignature("the body is no form, and the URL does not have its bodySHA256")
    if not hmac.compare_digest(hashlib.sha256(body).hexdigest(), hashes[0].lower()):
        raise InvalidSignature("the body is not the one that was signed")


def _accounts(pairs: Pairs) -> frozenset[str]:
    return frozenset([value for name, value in pairs if name == "AccountSid"])


class _Account(msgspec.Struct):
    lower: str | None = msgspec.field(default=None, name="account_sid")
    pascal: str | None = msgspec.field(default=None, name="AccountSid")


def _account_in(body: bytes) -> frozenset[str]:
    """The account that a JSON body names at its top, if it is such a body."""
    try:
        found = msgspec.json.decode(body, type=_Account)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return frozenset()
    return frozenset(filter(None, (found.lower, found.pascal)))
