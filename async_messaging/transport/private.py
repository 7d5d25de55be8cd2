"""The one place for names of aiohttp that are not promised to stay.

The wire transport lets aiohttp dial and read odd answers, and there is no public way to either:

* ``TCPConnector._create_connection`` dials: DNS cache, happy eyeballs. It is what aiohttp's own
  connectors override. Its `ResponseHandler` is undocumented. ``_get_ssl_context`` is the context.
* ``ResponseHandler`` reads an answer: ``set_response_params``, ``data_received``, ``read``.

`fault` says which of them a release has changed. The wire transport then isn't used (see
`choice.py`), and `tests/unit/transport/test_private.py` says so.
"""

from __future__ import annotations

import asyncio
import inspect
import ssl
from typing import Any, TypeAlias

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorSSLError,
    ClientRequest,
    ClientTimeout,
    TCPConnector,
)
from aiohttp.client_proto import ResponseHandler
from aiohttp.streams import StreamReader
from yarl import URL

from .reading import HEAD_CAP
from .tls import encrypted
from .unread import poll_of

Handler: TypeAlias = ResponseHandler

_DIAL = ("req", "traces", "timeout")
_HANDLER = (
    "closed",
    "connection_made",
    "data_received",
    "read",
    "set_response_params",
    "should_close",
)
_READING = ("auto_decompress", "max_field_size", "max_line_size", "read_timeout", "read_until_eof")
_NO_BOUND = ClientTimeout(total=None, connect=None, sock_connect=None)


def fault() -> str | None:
    """What aiohttp no longer has of all this, or None."""
    create = getattr(TCPConnector, "_create_connection", None)
    if create is None or not inspect.iscoroutinefunction(create):
        return "TCPConnector._create_connection"
    if tuple(inspect.signature(create).parameters)[1:] != _DIAL:
        return "the arguments of TCPConnector._create_connection"
    if not hasattr(TCPConnector, "_get_ssl_context"):
        return "TCPConnector._get_ssl_context"
    for name in _HANDLER:
        if not hasattr(ResponseHandler, name):
            return f"ResponseHandler.{name}"
    if not set(_READING) <= set(inspect.signature(ResponseHandler.set_response_params).parameters):
        return "the arguments of ResponseHandler.set_response_params"
    return None


async def dial(
    connector: TCPConnector, origin: str, buffer: memoryview | None
) -> asyncio.Transport:
    """A new connection, which is the caller's; `ConnectionAbortedError` if it spoke before it was asked."""
    url = URL(origin)
    request = ClientRequest("GET", url, loop=asyncio.get_running_loop())
    handler = await _connected(connector, _plain(url) if request.is_ssl() else request)
    raw = handler.transport
    if raw is None or raw.is_closing() or handler.should_close or poll_of(raw)(0):
        handler.abort()
        raise ConnectionAbortedError
    context = connector._get_ssl_context(request)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    if context is None:
        return raw
    try:
        return await encrypted(raw, context, (url.raw_host or "").rstrip("."), buffer)
    except ssl.CertificateError as error:
        raise ClientConnectorCertificateError(request.connection_key, error) from error
    except ssl.SSLError as error:
        raise ClientConnectorSSLError(request.connection_key, error) from error


def _plain(url: URL) -> ClientRequest:
    return ClientRequest(
        "GET",
        URL.build(scheme="http", host=url.raw_host or "", port=url.port),
        loop=asyncio.get_running_loop(),
    )


async def _connected(connector: TCPConnector, request: ClientRequest) -> Handler:
    create = connector._create_connection  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return await create(request, [], _NO_BOUND)


def lend(transport: asyncio.Transport, read: float) -> Handler:
    """Let a protocol of aiohttp's read the next answer, undecompressed."""
    handler = ResponseHandler(asyncio.get_running_loop())
    handler.connection_made(transport)
    transport.set_protocol(handler)
    handler.set_response_params(
        read_until_eof=True,
        auto_decompress=False,
        read_timeout=read,
        max_line_size=HEAD_CAP,
        max_field_size=HEAD_CAP,
    )
    return handler


async def next_answer(handler: Handler) -> tuple[int, Any, StreamReader]:
    """Status, headers and body of the answer; those from 100 to 199 are passed over, 101 apart."""
    while True:
        message, content = await handler.read()
        if message.code == 101 or not 100 <= message.code <= 199:
            return message.code, message.headers, content
