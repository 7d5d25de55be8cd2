"""A log that an attacker can't fill: one line a minute, which says how many it stands for."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ..clock import Clock

logger: logging.Logger = logging.getLogger("async_messaging.webhooks")

_EVERY = 60.0


class SparingLog:
    """Writes one warning a minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: float | None = None
        self._left_out = 0

    def line(self, make: Callable[[], str]) -> None:
        """Write a line, or count it."""
        now = self._clock.monotonic()
        if self._last is not None and now - self._last < _EVERY:
            self._left_out += 1
            return
        more = f" ({self._left_out} more since the last such line)" if self._left_out else ""
        self._last, self._left_out = now, 0
        logger.warning("%s%s", make(), more)
