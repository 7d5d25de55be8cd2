"""aioresponses, as aiohttp 3.14 needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import Mock, patch

import aiohttp
from aioresponses import aioresponses


class Answered(aiohttp.ClientResponse):
    """What aioresponses 0.7.9 answers with: it does not know that aiohttp 3.14 wants a writer."""

    def __init__(self, *args: Any, **facts: Any) -> None:
        super().__init__(*args, stream_writer=Mock(output_size=0), **facts)


@contextmanager
def mocked() -> Iterator[aioresponses]:
    """aioresponses in the place of aiohttp's session."""
    with patch("aioresponses.core.ClientResponse", Answered), aioresponses() as session:
        yield session
