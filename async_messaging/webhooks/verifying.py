"""The gate of a receiver: nothing gets through that Twilio did not sign."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Coroutine
from typing import cast

from ..clock import Clock
from ..errors import InvalidInput, InvalidSignature, SettingsError
from .explanation import Explanation, explained, shown_url
from .keys import Keys, awaited
from .request import Headers
from .signature import Envelope, matches, open_envelope
from .sparing import SparingLog
from .urls import PublicAddress


class Verifier:
    """Verifies requests, and tells in the log why one was refused."""

    def __init__(self, keys: Keys, address: PublicAddress, clock: Clock) -> None:
        self._keys = keys
        self._address = address
        self._log = SparingLog(clock)

    def check(self, url: str, headers: Headers, body: bytes) -> Envelope:
        """The request's envelope, if its signature is valid."""
        try:
            envelope = open_envelope(self._absolute(url, headers), headers, body)
        except InvalidInput as error:
            raise InvalidSignature(error.reason) from None
        if not matches(envelope, self._secrets(envelope)):
            raise InvalidSignature("the signature does not match")
        return envelope

    def explain(self, url: str, headers: Headers, body: bytes) -> Explanation:
        """Whether the signature is valid, and why not."""
        shown = shown_url(url)
        try:
            url = self._absolute(url, headers)
            shown = shown_url(url)
            envelope = open_envelope(url, headers, body)
            return explained(envelope, self._secrets(envelope), headers)
        except InvalidInput as error:
            return Explanation(valid=False, reason=error.reason, url=shown)
        except (InvalidSignature, SettingsError) as error:
            return Explanation(valid=False, reason=str(error), url=shown)

    async def admit(
        self, target: str, headers: Headers, body: bytes, peer: str | None
    ) -> Envelope | None:
        """The request's envelope; None if it is refused, which is logged once a minute."""
        url = ""
        try:
            url = self._address.url_of(target, headers, peer)
            envelope = open_envelope(url, headers, body)
            found = self._keys.find(envelope.key_id, envelope.accounts)
            secrets = found if isinstance(found, tuple) else await awaited(found)
        except InvalidSignature as error:
            refused = Explanation(valid=False, reason=str(error), url=shown_url(url))
            self._log.line(lambda: f"webhook {refused}")
            return None
        if matches(envelope, secrets):
            return envelope
        self._log.line(lambda: f"webhook {explained(envelope, secrets, headers)}")
        return None

    def _absolute(self, url: str, headers: Headers) -> str:
        return self._address.url_of(url, headers, None) if url.startswith("/") else url

    def _secrets(self, envelope: Envelope) -> tuple[str, ...]:
        found = self._keys.find(envelope.key_id, envelope.accounts)
        if isinstance(found, tuple):
            return found
        _let_go(found)
        raise SettingsError("the secrets must be awaited: use `await hooks.handle(...)`")


def _let_go(awaitable: Awaitable[object]) -> None:
    """Close what nobody will await."""
    if inspect.iscoroutine(awaitable):
        cast("Coroutine[object, None, object]", awaitable).close()
