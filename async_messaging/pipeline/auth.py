"""The Authorization header: prepared once, made anew when it was refused or is about to expire.

Basic authentication takes an auth token or an API key's secret. OAuth client credentials are
exchanged for a bearer token at Twilio's token endpoint: one request for however many callers wait,
renewed `MARGIN` seconds before it expires, and once more after a 401. The exchange is no part of
the call: whatever goes wrong with it, the call itself was not sent.

Twilio's reference: OAuth Token API.
"""

from __future__ import annotations

import asyncio
import copy
from base64 import b64encode
from collections.abc import Awaitable, Callable

import msgspec

from ..clock import Clock
from ..codec.form import encode_pairs
from ..errors import ConnectFailed, MessagingError, Unauthorized
from ..settings import Credentials
from ..transport.base import Response
from .stop import Stop, Wait, bare, ended

MARGIN = 60.0
"""Seconds before its end at which a token is renewed; a tenth of its life if that is less."""

_FOREVER = float("inf")


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float = 3600.0


class Authorization:
    """Prepares the header for one set of credentials.

    Attributes:
        renewable: another header may come after a 401.
        secrets: what no text may show: the present secret and header, and those before them.
    """

    def __init__(
        self,
        credentials: Credentials,
        exchange: Callable[[bytes], Awaitable[Response]],
        clock: Clock,
        stop: Stop,
    ) -> None:
        self._stop = stop
        self._credentials = credentials
        self._exchange = exchange
        self._clock = clock
        self._value: str | None = None
        self._secret = ""
        self.secrets: tuple[str, ...] = ()
        self.renewable: bool = credentials.oauth or not isinstance(credentials.secret, str)
        self._ends = _FOREVER
        self._making: asyncio.Task[str] | None = None

    async def header(self, stale: str | None = None, wait: Wait = bare) -> str:
        """The header's value. It is made in a task that all who wait for it share."""
        if (value := self.ready(stale)) is not None:
            return value
        making, loop = self._making, asyncio.get_running_loop()
        if making is None or making.done() or making.get_loop() is not loop:
            making = self._making = loop.create_task(self._stop.run(self._made()))
        await wait(ended(making))
        if making.cancelled():
            raise ConnectFailed("no secret: the task that asked for it was cancelled")
        if isinstance(error := making.exception(), MessagingError):
            raise copy.copy(error)
        return making.result()

    def ready(self, stale: str | None = None) -> str | None:
        """The header's value, if there is one that was not refused and has not expired."""
        good = self._value != stale and (
            self._ends == _FOREVER or self._clock.monotonic() < self._ends
        )
        return self._value if good else None

    async def _made(self) -> str:
        self._secret = await self._credentials.current_secret()
        value = self._value = await self._bearer() if self._credentials.oauth else self._basic()
        self.secrets = (self._secret, value.partition(" ")[2], *self.secrets[:2])
        return value

    def _basic(self) -> str:
        pair = f"{self._credentials.username}:{self._secret}"
        return "Basic " + b64encode(pair.encode()).decode("ascii")

    async def _bearer(self) -> str:
        form = encode_pairs(
            [
                ("client_id", self._credentials.username),
                ("client_secret", self._secret),
                ("grant_type", "client_credentials"),
            ]
        )
        asked = self._clock.monotonic()
        token = _read(await self._posted(form.encode("ascii")))
        life = max(0.0, token.expires_in)
        self._ends = asked + life - min(MARGIN, life / 10)
        return f"Bearer {token.access_token}"

    async def _posted(self, form: bytes) -> Response:
        try:
            return await self._exchange(form)
        except MessagingError as error:
            kind = type(error).__name__
        raise ConnectFailed(f"no bearer token: the token endpoint did not answer ({kind})")


def _read(response: Response) -> _Token:
    status = response.status
    if status in {400, 401, 403}:
        raise Unauthorized("the token endpoint refused the client credentials", status=status)
    if 200 <= status < 300:
        try:
            token = msgspec.json.decode(response.content, type=_Token, strict=False)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            token = None
        if token is not None and token.access_token.isascii() and token.access_token.isprintable():
            return token
    raise ConnectFailed(f"no bearer token: the token endpoint answered {status}")
