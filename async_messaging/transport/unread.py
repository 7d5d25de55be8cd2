"""Whether something lies unread on a connection: then it is not free.

What a server says when it was not asked, its goodbye too, would be taken for the answer to the next
request. It may lie in the kernel's buffer, where the event loop has not noticed it yet (`poll_of`);
in TLS, as a record that has begun (`tls.py`); or in a parser, as a head that has begun (`is_read_up`).
"""

from __future__ import annotations

import asyncio
import secrets
import select
import sys
from collections.abc import Callable

from aiohttp.client_proto import ResponseHandler

_STATUS, _REASON = 299, secrets.token_hex(16)
_PROBE = f"HTTP/1.1 {_STATUS} {_REASON}\r\nContent-Length: 0\r\n\r\n".encode()


def poll_of(transport: asyncio.BaseTransport | None) -> Callable[[int], object]:
    """Called with 0, it says whether the transport's socket has bytes or an end to read."""
    raw = None if transport is None else transport.get_extra_info("socket")
    if raw is None:
        return lambda _: True
    if sys.platform == "win32":
        return lambda _: bool(select.select([raw.fileno()], [], [], 0)[0])
    poll = select.poll()
    poll.register(raw.fileno(), select.POLLIN)
    return poll.poll


async def is_read_up(handler: ResponseHandler) -> bool:
    """Whether a protocol of aiohttp's has read all that came, to the end of an answer.

    Its parser can't be asked. So it is given an answer of ours, which must come out as it went in:
    behind a begun head, it does not. It does not suspend.
    """
    if handler.should_close:
        return False
    handler.data_received(_PROBE)
    if len(handler) != 1:
        return False
    message, _ = await handler.read()
    return (message.code, message.reason) == (_STATUS, _REASON) and not handler.should_close
