"""The table of `failures.py`, cell by cell."""

from __future__ import annotations

import errno
import socket
import ssl

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey, RequestInfo
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from async_messaging.errors import (
    AnswerTimeout,
    ClientClosed,
    ConnectFailed,
    ConnectionLost,
    MessagingError,
    SettingsError,
    UnexpectedAnswer,
)
from async_messaging.transport.failures import failure

SECRETS = ("c2VjcmV0", "+15558675310", "15558675310", "Messages.json", "hunter2")
KEY = ConnectionKey("api.twilio.com", 443, True, True, None, None, None)
FACTS = RequestInfo(
    URL("https://api.twilio.com/Messages.json?To=%2B15558675310"),
    "POST",
    CIMultiDictProxy(CIMultiDict(Authorization="Basic c2VjcmV0")),
    URL("https://api.twilio.com/Messages.json"),
)
REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, "hunter2")
UNTRUSTED = ssl.SSLCertVerificationError(1, "hunter2")
UNTRUSTED.verify_code = 20

CONNECTING: list[Exception] = [
    aiohttp.ClientConnectorError(KEY, REFUSED),
    aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(socket.EAI_NONAME, "hunter2")),
    aiohttp.ClientConnectorCertificateError(KEY, UNTRUSTED),
    aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "hunter2")),
    aiohttp.ClientProxyConnectionError(KEY, REFUSED),
    aiohttp.ClientHttpProxyError(FACTS, (), status=407, message="hunter2"),
    aiohttp.ServerFingerprintMismatch(b"hunter2", b"", "api.twilio.com", 443),
    aiohttp.ConnectionTimeoutError("Connection timeout to host https://hunter2"),
]
TIMES: list[Exception] = [
    TimeoutError("hunter2"),
    TimeoutError(),
    aiohttp.SocketTimeoutError("hunter2"),
]
BROKEN: list[Exception] = [
    aiohttp.ServerDisconnectedError("hunter2"),
    aiohttp.ClientOSError(errno.ECONNRESET, "Can not write request body for https://hunter2"),
    aiohttp.ClientConnectionResetError("Cannot write to closing transport"),
    aiohttp.ClientConnectionError("hunter2"),
    ConnectionResetError(errno.ECONNRESET, "hunter2"),
    BrokenPipeError(),
    ssl.SSLError(1, "hunter2"),
    OSError("hunter2"),
]
UNREADABLE: list[Exception] = [
    aiohttp.ClientResponseError(FACTS, (), status=400, message="hunter2"),
    aiohttp.ClientPayloadError("hunter2"),
    RuntimeError("hunter2"),
    AssertionError("hunter2"),
]
BAD_URLS: list[Exception] = [
    aiohttp.InvalidURL("https://hunter2"),
    aiohttp.NonHttpUrlClientError("hunter2"),
]
BAD_VALUES: list[Exception] = [
    ValueError("Forbidden control character in hunter2"),
    TypeError("hunter2"),
    UnicodeError("hunter2"),
]
Row = tuple[list[Exception], type[MessagingError], type[MessagingError], type[MessagingError]]
TABLE: list[Row] = [
    (CONNECTING, ConnectFailed, ConnectionLost, ConnectFailed),
    (BAD_URLS, SettingsError, UnexpectedAnswer, SettingsError),
    (TIMES, ConnectFailed, AnswerTimeout, AnswerTimeout),
    (BROKEN, ConnectFailed, ConnectionLost, ConnectionLost),
    (BAD_VALUES, SettingsError, UnexpectedAnswer, UnexpectedAnswer),
    (UNREADABLE, ConnectFailed, UnexpectedAnswer, UnexpectedAnswer),
]
CELLS = [
    pytest.param(error, written, expected, id=f"{type(error).__name__}-{written}")
    for errors, *classes in TABLE
    for error in errors
    for written, expected in zip((False, True, None), classes, strict=True)
]


@pytest.mark.parametrize(("error", "written", "expected"), CELLS)
def test_the_table(error: Exception, written: bool | None, expected: type[MessagingError]) -> None:
    ours = failure(error, written=written)
    assert type(ours) is expected
    assert (ours.outcome == "unknown") == (expected not in {ConnectFailed, SettingsError})
    shown = f"{ours!s} {ours!r} {ours.args} {ours.raw()}"
    assert not any(secret in shown for secret in SECRETS)
    assert ours.__cause__ is None
    assert ours.__context__ is None


@pytest.mark.parametrize(
    "error", [*BROKEN, *UNREADABLE, *BAD_VALUES], ids=lambda e: type(e).__name__
)
def test_once_the_head_has_come_it_is_the_answer_that_failed(error: Exception) -> None:
    ours = failure(error, written=True, status=201, headers={"a": "b"}, raw='{"sid": "SM1"')
    assert type(ours) is UnexpectedAnswer
    assert (ours.status, ours.headers, ours.raw()) == (201, {"a": "b"}, '{"sid": "SM1"')
    assert "SM1" not in f"{ours!s} {ours!r}"


@pytest.mark.parametrize("error", TIMES, ids=lambda e: type(e).__name__)
def test_a_body_that_is_late_is_still_an_answer_timeout(error: Exception) -> None:
    ours = failure(error, written=True, status=201, raw="x")
    assert type(ours) is AnswerTimeout
    assert (ours.status, ours.raw()) == (201, "x")


def test_the_invented_status_400_is_nobody_s_answer() -> None:
    assert failure(UNREADABLE[0], written=True).status is None


def test_an_error_of_ours_stays_itself() -> None:
    ours = ClientClosed()
    assert failure(ours, written=True) is ours


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            CONNECTING[0],
            "cannot connect to api.twilio.com:443 (ConnectionRefusedError, errno 111)",
        ),
        (CONNECTING[1], "cannot look up api.twilio.com (gaierror, errno -2)"),
        (
            CONNECTING[2],
            "the certificate of api.twilio.com is not valid (SSLCertVerificationError, code 20)",
        ),
        (CONNECTING[3], "TLS with api.twilio.com failed (SSLError, errno 1)"),
        (CONNECTING[4], "cannot connect to the proxy (ConnectionRefusedError, errno 111)"),
        (
            CONNECTING[5],
            "the proxy refused to connect with status 407 (ClientHttpProxyError)",
        ),
        (TIMES[0], "no connection within the time allowed (TimeoutError)"),
    ],
)
def test_the_text_says_what_happened(error: Exception, text: str) -> None:
    assert str(failure(error, written=False)) == text
