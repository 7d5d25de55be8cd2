"""Keyed hashes: what an outbox keeps in place of texts, and of numbers that it counts.

The key is drawn once for each outbox and stays in its store, so a hash says nothing to whoever has
no access to the store. Whoever has, can try texts one by one: a code of six digits is no secret from
the owner of the file, whose mode is 0600.
"""

from __future__ import annotations

import hmac

from msgspec.structs import asdict

from ..settling.sent import sent_in
from .entries import Evidence

_EITHER_WAY = tuple((bytes((one,)), b"%%%02X" % one) for one in b"!$'()*,")
"""What may stand in a form as it is, and its code: a release that writes the other makes no other message."""


class Prints:
    """Hashes with one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, kind: str, data: bytes) -> bytes:
        """The hash of some data; two kinds never have the same."""
        return hmac.digest(self._secret, kind.encode() + b"\0" + data, "sha256")

    def message(self, form: bytes) -> bytes:
        """The hash of a whole message, the same for every way to write its form."""
        for plain, code in _EITHER_WAY:
            form = form.replace(plain, code)
        return self.of("message", form)

    def subject(self, rule: str, value: str) -> bytes:
        """The hash of what a rule counts for."""
        return self.of(rule, value.encode())

    def evidence(self, form: bytes, realm: str) -> Evidence:
        """What settling needs to find a message again."""
        return Evidence(realm=realm, **asdict(sent_in(form, self._secret)))
