"""Twilio's signature of a webhook, `X-Twilio-Signature`.

Base64 of HMAC-SHA1, with the account's token as the key, over the URL as it was given (its query with it, its fragment
not) and, for a POST, every name and value of the form in the names' order with nothing between them.
Source: Twilio's page "Webhooks security".
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping


def sign(token: str, url: str, fields: Mapping[str, str]) -> str:
    """The signature of a request to `url`; `fields` is empty for a GET."""
    data = "".join((url.partition("#")[0], *(name + fields[name] for name in sorted(fields))))
    return b64encode(hmac.digest(token.encode(), data.encode(), hashlib.sha1)).decode()
