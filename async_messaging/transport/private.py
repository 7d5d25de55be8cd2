"""The one place for names of aiohttp and asyncio that are not promised to stay.

The wire transport lets aiohttp dial and read odd answers, and there is no public way to either:

* ``TCPConnector._create_connection`` dials: DNS cache, happy eyeballs, TLS with the connector's
  context. It is what aiohttp's own connectors override. Its `ResponseHandler` is undocumented.
* ``ResponseHandler`` reads an answer: ``set_response_params``, ``data_received``, ``read``.
* asyncio's ``SSLProtocol`` keeps 256 KiB a connection to receive into; `share_buffer` lets all
  connections of a loop use one. It is filled and emptied within one turn of the loop, so nobody
  else's bytes are ever in it; what it holds is still encrypted.

`fault` says which of them a release has changed. The wire transport then isn't used (see
`choice.py`), and `tests/unit/transport/test_private.py` says so. Where only the last one changed,
connections are merely bigger.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import Any, TypeAlias, cast

from aiohttp import ClientRequest, ClientTimeout, TCPConnector
from aiohttp.client_proto import ResponseHandler
from aiohttp.streams import StreamReader
from yarl import URL

__all__ = ["Handler", "dial", "fault", "lend", "next_answer", "share_buffer"]

Handler: TypeAlias = ResponseHandler

_DIAL = ("req", "traces", "timeout")
_HANDLER = (
    "closed",
    "connection_lost",
    "data_received",
    "read",
    "set_response_params",
    "should_close",
)
_READING = ("auto_decompress", "read_timeout", "read_until_eof", "timer")
_NO_BOUND = ClientTimeout(total=None, connect=None, sock_connect=None)


def fault() -> str | None:
    """What aiohttp no longer has of all this, or None."""
    create = getattr(TCPConnector, "_create_connection", None)
    if create is None or not inspect.iscoroutinefunction(create):
        return "TCPConnector._create_connection"
    if tuple(inspect.signature(create).parameters)[1:] != _DIAL:
        return "the arguments of TCPConnector._create_connection"
    for name in _HANDLER:
        if not hasattr(ResponseHandler, name):
            return f"ResponseHandler.{name}"
    if not set(_READING) <= set(inspect.signature(ResponseHandler.set_response_params).parameters):
        return "the arguments of ResponseHandler.set_response_params"
    return None


async def dial(connector: TCPConnector, origin: str) -> tuple[asyncio.Transport, Handler]:
    """A new connection, which belongs to the caller and not to the connector's pool.

    Returns:
        The transport, and aiohttp's protocol that it still has.

    Raises:
        Exception: whatever aiohttp raises.
        ConnectionAbortedError: it closed, or spoke, before it was asked anything.
    """
    loop = asyncio.get_running_loop()
    request = ClientRequest("GET", URL(origin), loop=loop)
    create = connector._create_connection  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    handler = await create(request, [], _NO_BOUND)
    transport = handler.transport
    if transport is None or transport.is_closing() or handler.should_close:
        handler.abort()
        raise ConnectionAbortedError
    return transport, handler


def lend(transport: asyncio.Transport, handler: Handler, read: float) -> None:
    """Let aiohttp's own protocol read the next answer, undecompressed.

    Args:
        read: the longest time between two pieces, in seconds.
    """
    transport.set_protocol(handler)
    handler.set_response_params(read_until_eof=True, auto_decompress=False, read_timeout=read)


async def next_answer(handler: Handler) -> tuple[int, Any, StreamReader]:
    """Status, headers and body of the answer; those from 100 to 199 are passed over, 101 apart.

    Raises:
        Exception: whatever aiohttp raises.
    """
    while True:
        message, content = await handler.read()
        if message.code == 101 or not 100 <= message.code <= 199:
            return message.code, message.headers, content


def share_buffer(transport: asyncio.Transport, buffer: bytearray) -> bool:
    """Let a TLS connection of asyncio's receive into *buffer*; says whether it does.

    Only for loops that receive when told that there is something (selectors): others receive
    ahead, and would have several connections write into the same buffer.
    """
    inner = getattr(transport, "_ssl_protocol", None)
    own: object = getattr(inner, "_ssl_buffer", None)
    view: object = getattr(inner, "_ssl_buffer_view", None)
    if not isinstance(own, bytearray) or not isinstance(view, memoryview):
        return False
    if len(buffer) < len(own) or getattr(inner, "max_size", 0) > len(buffer):
        return False
    shared = cast("Any", inner)
    shared._ssl_buffer, shared._ssl_buffer_view = buffer, memoryview(buffer)  # noqa: SLF001
    return True
