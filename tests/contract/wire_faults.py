"""Ways in which a server, or the way to it, can fail a POST: data for the tests of P5 and P6.

Each fault says what the server does with a connection, what the error must be, and whether the
request counts as written. `tests/integration/transport/wire.py` has the server that does it.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Literal

from async_messaging.errors import (
    AnswerTimeout,
    ConnectFailed,
    ConnectionLost,
    MessagingError,
    UnexpectedAnswer,
)
from async_messaging.settings import AttemptTimeout

__all__ = [
    "ANY_SID",
    "FAULTS",
    "SID",
    "Close",
    "Drip",
    "Flood",
    "Hold",
    "Read",
    "ReadSome",
    "Reset",
    "Send",
    "Setup",
    "Silence",
    "Step",
    "WireFault",
    "answer",
]

SID = "SM" + "5" * 32
ANY_SID = b"SM" + b"1" * 32
"""What stands in an answer for a sid that no other answer has: see `WireServer`."""
"""The sid that every answer would give."""

Setup = Literal[
    "plain",
    "tls",
    "refused",
    "unknown host",
    "backlog full",
    "pool busy",
    "untrusted",
    "expired",
    "wrong host",
    "handshake cut",
]
"""How the way to the server is prepared."""


@dataclass(frozen=True)
class Read:
    """Read a whole request, head and body."""


@dataclass(frozen=True)
class ReadSome:
    """Read a few bytes of the request, and no more."""


@dataclass(frozen=True)
class Send:
    """Send these bytes; in place of the sid of all ones comes another each time."""

    data: bytes


@dataclass(frozen=True)
class Drip:
    """Send these bytes one by one, slowly."""

    data: bytes


@dataclass(frozen=True)
class Flood:
    """Send these bytes again and again."""

    data: bytes


@dataclass(frozen=True)
class Close:
    """Close the connection in order."""


@dataclass(frozen=True)
class Reset:
    """Close the connection with a reset."""


@dataclass(frozen=True)
class Silence:
    """Say nothing until the client leaves."""


@dataclass(frozen=True)
class Hold:
    """Wait until the test sets the server's `held`."""


Step = Read | ReadSome | Send | Drip | Flood | Close | Reset | Silence | Hold


PATIENT = AttemptTimeout(connect=30, read=30, total=30)


@dataclass(frozen=True)
class WireFault:
    """One fault.

    Attributes:
        does: what the server does with each connection; then it starts again.
        error: what the caller must see.
        written: whether the request must count as written.
        status: the status that the error must carry; None where the parser may lose it, as it does
            when the fault comes in one piece with the head.
        salvage: the error's raw text must hold the sid.
    """

    name: str
    does: tuple[Step, ...]
    error: type[MessagingError]
    written: bool = True
    setup: Setup = "plain"
    status: int | None = None
    salvage: bool = False
    timeout: AttemptTimeout = PATIENT

    @property
    def read_whole(self) -> int:
        """How many whole requests the server must have seen."""
        return int(self.written and Read() in self.does)


BODY = b'{"sid": "' + SID.encode() + b'", "status": "queued"}'
OK = b"HTTP/1.1 201 Created\r\n"


def answer(body: bytes = BODY, *headers: bytes, length: int | bytes | None = None) -> bytes:
    """A 201 with these headers and this body."""
    size = len(body) if length is None else length
    said = size if isinstance(size, bytes) else str(size).encode()
    lines = [b"Content-Length: " + said, *headers]
    return OK + b"\r\n".join(lines) + b"\r\n\r\n" + body


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ZIPPED = gzip.compress(BODY)
BOMB = gzip.compress(bytes(8 << 20), 9)

READ_SHORT = AttemptTimeout(connect=30, read=0.1, total=30)
TOTAL_SHORT = AttemptTimeout(connect=30, read=30, total=0.2)
CONNECT_SHORT = AttemptTimeout(connect=0.1, read=30, total=30)


def never_sent(
    name: str, setup: Setup, *does: Step, timeout: AttemptTimeout = TOTAL_SHORT
) -> WireFault:
    """A fault that comes before the first byte."""
    patient = setup not in {"backlog full", "pool busy"}
    limits = PATIENT if patient else timeout
    return WireFault(name, does, ConnectFailed, written=False, setup=setup, timeout=limits)


def lost(name: str, *does: Step) -> WireFault:
    """A connection that breaks before the answer's body."""
    return WireFault(name, does, ConnectionLost)


def garbage(name: str, data: bytes) -> WireFault:
    """An answer that is not HTTP."""
    return WireFault(name, (Read(), Send(data), Close()), UnexpectedAnswer)


def garbled(name: str, *does: Step) -> WireFault:
    """A body whose form is wrong from the start."""
    return WireFault(name, (Read(), *does), UnexpectedAnswer)


def broken(name: str, *does: Step, salvage: bool = False) -> WireFault:
    """An answer whose body can't be read to its end."""
    return WireFault(name, does, UnexpectedAnswer, status=201, salvage=salvage)


FAULTS: tuple[WireFault, ...] = (
    never_sent("refused", "refused"),
    never_sent("unknown host", "unknown host"),
    never_sent("connect timeout", "backlog full", timeout=CONNECT_SHORT),
    never_sent("total timeout while connecting", "backlog full", timeout=TOTAL_SHORT),
    never_sent("no free connection in time", "pool busy", Read(), Silence(), timeout=CONNECT_SHORT),
    never_sent("untrusted certificate", "untrusted", Read(), Send(answer())),
    never_sent("expired certificate", "expired", Read(), Send(answer())),
    never_sent("certificate of another host", "wrong host", Read(), Send(answer())),
    never_sent("TLS handshake cut", "handshake cut", ReadSome(), Close()),
    lost("closed before the answer", Read(), Close()),
    lost("reset before the answer", Read(), Reset()),
    lost("closed before the request was read", ReadSome(), Close()),
    lost("reset before the request was read", ReadSome(), Reset()),
    lost("closed in the status line", Read(), Send(b"HTTP/1.1 20"), Close()),
    lost("closed in the headers", Read(), Send(OK + b"Content-Le"), Close()),
    lost("reset in the headers", Read(), Send(OK + b"Content-Le"), Reset()),
    lost("closed after 100", Read(), Send(b"HTTP/1.1 100 Continue\r\n\r\n"), Close()),
    WireFault("TLS closed before the answer", (Read(), Close()), ConnectionLost, setup="tls"),
    WireFault("TLS reset before the answer", (Read(), Reset()), ConnectionLost, setup="tls"),
    garbage("garbage for a status line", b"\x00\x01\x02\xffnonsense\r\n\r\n"),
    garbage("another protocol", b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
    garbage("HTTP/0.9", b"<html>Created</html>\r\n\r\n"),
    garbage("status of two digits", b"HTTP/1.1 20 Created\r\nContent-Length: 0\r\n\r\n"),
    garbage("header without a colon", OK + b"no colon here\r\nContent-Length: 0\r\n\r\n"),
    garbage("NUL in a header", OK + b"X-A: a\x00b\r\nContent-Length: 0\r\n\r\n"),
    garbage("header of 100 KB", answer(BODY, b"X-A: " + b"a" * 100_000)),
    garbage("1,000 headers", answer(BODY, *[b"X-%d: a" % n for n in range(1000)])),
    garbage("negative length", answer(length=b"-5")),
    garbage("length that is no number", answer(length=b"ten")),
    garbage("two lengths", answer(BODY, b"Content-Length: 3")),
    garbage("length and chunks", answer(b"0\r\n\r\n", b"Transfer-Encoding: chunked")),
    broken("closed in the body", Read(), Send(answer(length=len(BODY) + 9)), Close(), salvage=True),
    broken("reset in the body", Read(), Send(answer(length=len(BODY) + 9)), Reset(), salvage=True),
    garbled("no chunk size", Send(CHUNKED + b"zz\r\n"), Close()),
    garbled("chunk size beyond 64 bits", Send(CHUNKED + b"F" * 17 + b"\r\na"), Close()),
    broken(
        "cut between chunks",
        Read(),
        Send(CHUNKED + b"%x\r\n%b\r\n" % (len(BODY), BODY)),
        Close(),
        salvage=True,
    ),
    broken("not gzip", Read(), Send(answer(BODY, b"Content-Encoding: gzip")), Close()),
    broken(
        "broken gzip",
        Read(),
        Send(answer(ZIPPED[:-12] + b"\xff" * 12, b"Content-Encoding: gzip")),
        Close(),
    ),
    broken(
        "gzip cut short",
        Read(),
        Send(answer(ZIPPED[:-9], b"Content-Encoding: gzip")),
        Close(),
        salvage=True,
    ),
    broken("encoding nobody asked for", Read(), Send(answer(b"x", b"Content-Encoding: br"))),
    broken("gzip bomb", Read(), Send(answer(BOMB, b"Content-Encoding: gzip")), Silence()),
    broken("body over the cap", Read(), Send(answer(BODY + b" " * (2 << 20))), Silence()),
    broken("endless chunks", Read(), Send(CHUNKED), Flood(b"1000\r\n" + b" " * 4096 + b"\r\n")),
    WireFault(
        "TLS cut in the body",
        (Read(), Send(answer(length=len(BODY) + 9)), Reset()),
        UnexpectedAnswer,
        setup="tls",
        status=201,
        salvage=True,
    ),
    WireFault(
        "change of protocol",
        (
            Read(),
            Send(b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"),
            Silence(),
        ),
        UnexpectedAnswer,
        status=101,
    ),
    WireFault("silent", (Read(), Silence()), AnswerTimeout, timeout=READ_SHORT),
    WireFault("slow headers", (Read(), Drip(answer())), AnswerTimeout, timeout=TOTAL_SHORT),
    WireFault(
        "slow body",
        (Read(), Send(answer(length=len(BODY) + 900)), Drip(b" " * 900)),
        AnswerTimeout,
        status=201,
        salvage=True,
        timeout=TOTAL_SHORT,
    ),
    WireFault(
        "body that stops",
        (Read(), Send(answer(length=len(BODY) + 9)), Silence()),
        AnswerTimeout,
        status=201,
        salvage=True,
        timeout=READ_SHORT,
    ),
    WireFault(
        "endless 102",
        (Read(), Flood(b"HTTP/1.1 102 Processing\r\n\r\n" * 50)),
        AnswerTimeout,
        timeout=TOTAL_SHORT,
    ),
)
