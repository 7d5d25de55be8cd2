"""Which transport carries the calls: the wire transport, or aiohttp's session where it must.

A proxy is aiohttp's business: its session takes the calls then. It does, too, where a release of
aiohttp has changed what the wire transport stands on; the log says so once.
"""

from __future__ import annotations

import logging

from ..errors import SettingsError
from ..settings import Settings
from .base import Transport

logger: logging.Logger = logging.getLogger("async_messaging")

_told: set[str] = set()


def choose(settings: Settings) -> Transport:
    """The transport for these settings. It imports aiohttp."""
    from .session_pool import SessionPool

    if settings.transport == "pool":
        return SessionPool(settings)
    from .private import fault

    obstacle = "a proxy is set" if settings.proxy else None
    changed = fault()
    if obstacle is None and changed is not None:
        obstacle = f"this aiohttp has changed {changed}"
        _tell_once(obstacle)
    if obstacle is None:
        from .wire import WireTransport

        return WireTransport(settings)
    if settings.transport == "wire":
        raise SettingsError(f"transport: wire can't be used here: {obstacle}")
    return SessionPool(settings)


def _tell_once(obstacle: str) -> None:
    if obstacle not in _told:
        _told.add(obstacle)
        logger.warning("%s; calls go through aiohttp's session, more slowly", obstacle)
