"""The Authorization header, prepared once; a callable secret is asked again after a 401."""

from __future__ import annotations

import asyncio
from base64 import b64encode

from ..settings import Credentials

__all__ = ["BasicAuth"]


class BasicAuth:
    """HTTP Basic authentication with an auth token or an API key.

    Attributes:
        secrets: what no text may show: the present and the last secret, as they are and encoded.
    """

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._value: str | None = None
        self.secrets: tuple[str, ...] = ()
        self._lock: asyncio.Lock | None = None

    def __repr__(self) -> str:
        return f"<BasicAuth {self._credentials.username}>"

    @property
    def renewable(self) -> bool:
        """Whether another secret may come after a 401."""
        return not isinstance(self._credentials.secret, str)

    async def header(self, stale: str | None = None) -> str:
        """The header's value.

        Args:
            stale: a value that was refused: ask for another.

        Raises:
            SettingsError: the secret's source failed.
        """
        value = self._value
        if value is not None and value != stale:
            return value
        lock = self._lock = self._lock or asyncio.Lock()
        async with lock:
            if self._value is None or self._value == stale:
                secret = await self._credentials.current_secret()
                pair = b64encode(f"{self._credentials.username}:{secret}".encode()).decode("ascii")
                self._value = f"Basic {pair}"
                self.secrets = (secret, pair, *self.secrets[:2])
            return self._value

    def forget_waiters(self) -> None:
        """Drop the lock of a loop that is gone."""
        self._lock = None
