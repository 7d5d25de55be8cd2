"""Keyed hashes: what an outbox keeps in place of texts, and of numbers that it counts.

The key is drawn once for each outbox and stays in its store, so a hash says nothing to whoever has
no access to the store. Whoever has, can try texts one by one: a code of six digits is no secret from
the owner of the file, whose mode is 0600.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from msgspec.structs import replace

from ..bulk.matching import Attempt, attempt_of
from ..models import Message, MessageDraft
from .entries import Entry, Evidence

__all__ = ["Prints", "attempt_in"]

_EITHER_WAY = tuple((bytes((one,)), b"%%%02X" % one) for one in b"!$'()*,")
"""What may stand in a form as it is, and its code: a release that writes the other makes no other message."""


class Prints:
    """Hashes with one secret.

    Args:
        secret: the store's.
    """

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

    def text(self, body: str) -> str:
        """The hash of a text, trailing white space aside."""
        return self.of("text", body.rstrip().encode("utf-8", "surrogatepass")).hex()

    def evidence(self, draft: MessageDraft) -> Evidence:
        """What settling needs to find a message again."""
        attempt = attempt_of(0, draft, 0.0, 0.0)
        return Evidence(
            to=attempt.to,
            from_=attempt.from_ or "",
            service=attempt.messaging_service_sid or "",
            body="" if attempt.body is None else self.text(attempt.body),
            media=attempt.media,
            hidden=attempt.hidden,
        )

    def listed(self, messages: Sequence[Message]) -> list[Message]:
        """Messages with their texts' hashes in place of the texts, to be held against evidence."""
        return [replace(message, body=self.text(message.body or "")) for message in messages]


def attempt_in(number: int, entry: Entry, latest: float) -> Attempt:
    """A key's attempt, for matching, whose text is a hash.

    Args:
        number: what matching calls it.
        entry: the key.
        latest: when the attempt had ended at the latest.
    """
    evidence = entry.evidence
    return Attempt(
        key=number,
        to=evidence.to,
        from_=evidence.from_ or None,
        messaging_service_sid=evidence.service or None,
        body=evidence.body or None,
        media=evidence.media,
        earliest=entry.intent_at,
        latest=latest,
        hidden=evidence.hidden,
    )
