"""The one place where foreign exceptions become ours.

aiohttp's own texts show the URL and its reprs the Authorization header, so nothing of them is kept:
a text of ours names what happened, the exception's class and its errno. The host is named only
where no connection came about.

``written`` is the evidence (see `evidence.py`), and it comes before the exception's class: what was
not written is not sent, whatever aiohttp calls it. None means that no connector of ours ever saw
the request, as when a test replaces aiohttp's session: then only an exception that names the
connecting phase itself counts as not sent.

```text
exception                                            written=False   written=True      None
---------------------------------------------------  --------------  ----------------  ----------------
ClientConnectorError and its kinds (DNS, refused,    ConnectFailed   ConnectionLost*   ConnectFailed
  certificate, TLS, proxy), ConnectionTimeoutError,
  ServerFingerprintMismatch, ClientHttpProxyError
InvalidURL, NonHttpUrlClientError                    SettingsError   UnexpectedAnswer  SettingsError
TimeoutError, SocketTimeoutError                     ConnectFailed   AnswerTimeout     AnswerTimeout
anything else once the answer's head has come        -               UnexpectedAnswer  UnexpectedAnswer
ServerDisconnectedError, ClientOSError, OSError,     ConnectFailed   ConnectionLost    ConnectionLost
  ClientConnectionError
ValueError, TypeError (a header with a line break)   SettingsError   UnexpectedAnswer  UnexpectedAnswer
anything else: the status 400 that aiohttp invents   ConnectFailed   UnexpectedAnswer  UnexpectedAnswer
  for garbage, ClientPayloadError
```

(*) aiohttp repeats a GET, PUT or DELETE once, by itself, where a kept connection turns out dead.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from types import MappingProxyType

import aiohttp

from ..errors import (
    AnswerTimeout,
    ConnectFailed,
    ConnectionLost,
    MessagingError,
    SettingsError,
    UnexpectedAnswer,
)

_CONNECTING = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ServerFingerprintMismatch,
    aiohttp.ClientHttpProxyError,
)
_BAD_URL = (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def failure(
    error: Exception,
    *,
    written: bool | None,
    status: int | None = None,
    headers: Mapping[str, str] = _NO_HEADERS,
    raw: str | None = None,
) -> MessagingError:
    """Our error for a foreign one; to be raised outside the ``except`` block."""
    if isinstance(error, MessagingError):
        return error
    if written is False or (written is None and isinstance(error, (*_CONNECTING, *_BAD_URL))):
        return _not_sent(error)
    shown = _shown(error)
    if isinstance(error, _CONNECTING):
        return ConnectionLost(f"the connection broke, and no other came about ({shown})")
    if isinstance(error, TimeoutError):
        text = f"no {'complete ' if status else ''}answer within the time allowed ({shown})"
        return AnswerTimeout(text, status=status, headers=headers, raw=raw)
    if status is not None:
        text = f"the answer broke off or can't be read ({shown})"
        return UnexpectedAnswer(text, status=status, headers=headers, raw=raw)
    if isinstance(error, (OSError, aiohttp.ClientConnectionError)):
        return ConnectionLost(f"the connection broke before an answer came ({shown})")
    return UnexpectedAnswer(f"the answer is not HTTP ({shown})")


def _not_sent(error: Exception) -> MessagingError:
    shown = _shown(error)
    if isinstance(error, _BAD_URL) or (
        isinstance(error, (ValueError, TypeError)) and not isinstance(error, OSError)
    ):
        return SettingsError(f"the request can't be written: its URL or a header is bad ({shown})")
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return ConnectFailed(f"the proxy refused to connect with status {error.status} ({shown})")
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return ConnectFailed(f"cannot connect to the proxy ({shown})")
    if isinstance(error, aiohttp.ClientConnectorError):
        return ConnectFailed(f"{_connecting(error)} ({shown})")
    if isinstance(error, TimeoutError):
        return ConnectFailed(f"no connection within the time allowed ({shown})")
    return ConnectFailed(f"the connection closed before the request was written ({shown})")


def _connecting(error: aiohttp.ClientConnectorError) -> str:
    host = error.host
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"cannot look up {host}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate of {host} is not valid"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return f"TLS with {host} failed"
    return f"cannot connect to {host}:{error.port}"


def _shown(error: Exception) -> str:
    """The exception's class and number; its text may hold anything."""
    cause: BaseException = error
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        cause = error.certificate_error
    elif isinstance(error, aiohttp.ClientConnectorError):
        cause = error.os_error
    name = type(cause).__name__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"{name}, code {cause.verify_code}"
    if isinstance(cause, OSError) and isinstance(cause.errno, int):
        return f"{name}, errno {cause.errno}"
    return name
