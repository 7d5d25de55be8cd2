"""Which hosts are this machine."""

from __future__ import annotations

import ipaddress
import socket

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

_LOCAL = {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6}


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address, without a port) means this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class LoopbackResolver(AbstractResolver):
    """Knows `localhost` by itself, whatever the machine's own tables say, and asks for `named` hosts only."""

    def __init__(self, named: frozenset[str]) -> None:
        self._named = named
        self._asked: AbstractResolver | None = None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host."""
        if host.lower() == "localhost":
            return [
                ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=0)
                for address, kind in _LOCAL.items()
                if family in (kind, socket.AF_UNSPEC)
            ]
        if host.lower() not in self._named:
            raise OSError("not a host of this machine")
        if self._asked is None:
            self._asked = ThreadedResolver()
        return await self._asked.resolve(host, port, family)

    async def close(self) -> None:
        """Lets go of the machine's own resolver."""
        if self._asked is not None:
            await self._asked.close()
