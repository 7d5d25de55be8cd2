"""Twilio's hosts, which one port stands for: `messaging.twilio.com`, `messaging.sydney.au1.twilio.com`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import get_args

from async_messaging.simulator.routes import Host

_PRODUCT_HOST = re.compile(
    rf"({'|'.join(get_args(Host))})(?:\.[a-z0-9-]{{1,63}}){{0,2}}\.twilio\.com", re.ASCII
)


@lru_cache(maxsize=64)
def product_of(host: str) -> str:
    """The product that a host of Twilio's names, with or without edge and region; empty for every other host."""
    match = _PRODUCT_HOST.fullmatch(host)
    return match[1] if match else ""
