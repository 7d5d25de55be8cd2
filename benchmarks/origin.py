"""The other end of the benchmarks: Twilio's message resource, as fast as Python can be it.

    python -m benchmarks.origin [--tls] [--delay MILLISECONDS] [--spin]

It runs in a process of its own and costs a small part of what any client costs, so that a client on
another core is what is measured. Every creation is answered by 1.5 KB of JSON with a sid of its own
and the request's own ``To`` and ``Body``, so that a benchmark can check that each answer belongs to
its request. A GET of ``/stats`` tells how many were accepted and how many connections were opened.

```python
with origin(tls=True) as server:
    context = ssl.create_default_context(cafile=server.authority)
    ... server.url ...
```

It reads no more of HTTP than ``Content-Length``, and takes one request at a time on a connection.
It needs Linux, for its epoll.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

LOCAL = "127.0.0.1"
ACCOUNT = "AC" + "0" * 32
PIECE = 1 << 16
AGAIN = (BlockingIOError, ssl.SSLWantReadError)

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEADERS = (
    "Content-Type: application/json;charset=utf-8",
    "Date: Thu, 01 Jan 2026 00:00:00 GMT",
    "Twilio-Concurrent-Requests: 1",
    "Twilio-Request-Id: RQ%032x",
    "Twilio-Request-Duration: 0.087",
    "X-Home-Region: us1",
    "X-API-Domain: api.twilio.com",
    "Strict-Transport-Security: max-age=31536000",
    "Access-Control-Allow-Origin: *",
    "Access-Control-Expose-Headers: ETag, Twilio-Request-Id",
    "Access-Control-Allow-Credentials: true",
    "Vary: Accept-Encoding",
)


@dataclass(frozen=True)
class Origin:
    """A running origin.

    Attributes:
        url: scheme, host and port.
        authority: a file with the certificate to trust, None without TLS.
        pid: the server's process.
    """

    url: str
    authority: str | None
    pid: int

    def context(self) -> ssl.SSLContext | None:
        """A client's TLS context that trusts it."""
        return ssl.create_default_context(cafile=self.authority) if self.authority else None


def _answer() -> bytes:
    """A creation's answer, with room for the request id, sid, to and body."""
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/SM%032x"
    media, feedback = f"{path}/Media.json", f"{path}/Feedback.json"
    message = {
        "sid": "SM%032x",
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": "%b",
        "date_created": "Thu, 01 Jan 2026 00:00:00 +0000",
        "date_sent": None,
        "date_updated": "Thu, 01 Jan 2026 00:00:00 +0000",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": "+15005550006",
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "status": "queued",
        "tags": {"padding": "p" * 400},
        "to": "%b",
        "uri": f"{path}.json",
        "subresource_uris": {"media": media, "feedback": feedback},
    }
    return json.dumps(message, separators=(",", ":")).encode()


_BODY = _answer()
_HEAD = ("HTTP/1.1 201 Created\r\n" + "\r\n".join(_HEADERS)).encode()


def _value(form: bytes, name: bytes) -> bytes:
    """A field of a form, as it stands in JSON."""
    found = (b"&" + form).partition(b"&" + name + b"=")[2].partition(b"&")[0]
    if b"%" in found or b"+" in found:
        found = unquote_to_bytes(found.replace(b"+", b" "))
    return found.replace(b"\\", b"\\\\").replace(b'"', b'\\"') if b'"' in found else found


class Tally:
    """What happened at the origin."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1)
        self.accepted = 0
        self.connections = 0

    def created(self, form: bytes) -> bytes:
        """The answer to a creation."""
        self.accepted += 1
        number = next(self.numbers)
        to, text = _value(form, b"To"), _value(form, b"Body")
        body = _BODY % (number, text, to, number, number, number)
        return b"%b\r\nContent-Length: %d\r\n\r\n%b" % (_HEAD % number, len(body), body)

    def told(self) -> bytes:
        """The answer to a GET: the figures."""
        body = json.dumps({"accepted": self.accepted, "connections": self.connections}).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


class Served:
    """One connection of a client's.

    Args:
        raw: the connection; it does not block.
    """

    def __init__(self, raw: socket.socket) -> None:
        self.raw = raw
        self.shaken = not isinstance(raw, ssl.SSLSocket)
        self._parts = b""

    def request(self) -> tuple[bytes, bytes] | None:
        """Head and body of a request, if one is whole by now.

        Raises:
            OSError: the client has left.
        """
        if not self._ready():
            return None
        try:
            piece = self.raw.recv(PIECE)
        except AGAIN:
            return None
        if not piece:
            raise ConnectionResetError
        data = self._parts = self._parts + piece
        head = data.find(b"\r\n\r\n") + 4
        length = _LENGTH.search(data, 0, head) if head > 3 else None
        if head < 4 or (length is not None and len(data) < head + int(length[1])):
            return None
        self._parts = b""
        return data[:head], data[head:]

    def _ready(self) -> bool:
        if not self.shaken and isinstance(self.raw, ssl.SSLSocket):
            with suppress(*AGAIN):
                self.raw.do_handshake()
                self.shaken = True
        return self.shaken

    def say(self, said: bytes) -> None:
        """Send an answer, which fits into the connection's buffer; no one may be left to hear it."""
        with suppress(OSError):
            self.raw.send(said)


class Server:
    """One thread that serves all connections.

    Args:
        context: for TLS, or None.
        delay: seconds between a request and its answer.
        spins: never sleep, so that clients don't pay for waking it.
    """

    def __init__(self, context: ssl.SSLContext | None, delay: float, *, spins: bool) -> None:
        self._context = context
        self._delay = delay
        self._spins = spins
        self._tally = Tally()
        self._served: dict[int, Served] = {}
        self._due: deque[tuple[float, Served, bytes]] = deque()
        self._epoll = select.epoll()
        self._door = socket.create_server((LOCAL, 0), backlog=4096)
        self._door.setblocking(False)
        self.port: int = self._door.getsockname()[1]
        self._epoll.register(self._door.fileno(), select.EPOLLIN)
        self._epoll.register(sys.stdin.fileno(), select.EPOLLIN)

    def run(self) -> None:
        """Serve until standard input ends: whoever started the server has left."""
        door, master = self._door.fileno(), sys.stdin.fileno()
        while True:
            for number, _ in self._epoll.poll(self._patience()):
                if number == door:
                    self._open()
                elif number == master:
                    return
                else:
                    self._serve(self._served[number])
            while self._due and self._due[0][0] <= time.monotonic():
                _, served, said = self._due.popleft()
                served.say(said)

    def _patience(self) -> float | None:
        if self._spins:
            return 0.0
        return max(0.0, self._due[0][0] - time.monotonic()) if self._due else None

    def _open(self) -> None:
        with suppress(BlockingIOError):
            while True:
                raw, _ = self._door.accept()
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                raw.setblocking(False)
                if self._context is not None:
                    raw = self._context.wrap_socket(
                        raw, server_side=True, do_handshake_on_connect=False
                    )
                self._served[raw.fileno()] = Served(raw)
                self._epoll.register(raw.fileno(), select.EPOLLIN)
                self._tally.connections += 1

    def _serve(self, served: Served) -> None:
        try:
            asked = served.request()
        except OSError:
            number = served.raw.fileno()
            self._epoll.unregister(number)
            del self._served[number]
            served.raw.close()
            return
        if asked is None:
            return
        head, body = asked
        said = self._tally.told() if head.startswith(b"GET") else self._tally.created(body)
        if self._delay:
            self._due.append((time.monotonic() + self._delay, served, said))
        else:
            served.say(said)


def _certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """The server's context, and the file of its authority."""
    import trustme  # only for TLS

    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(LOCAL).configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    return context, str(folder / "authority.pem")


@contextmanager
def origin(*, tls: bool = False, delay: float = 0.0, spin: bool = False) -> Generator[Origin]:
    """Run an origin in a process of its own until the block is left.

    Args:
        delay: seconds between a request and its answer.
        spin: keep a whole core busy: waking a process costs whoever sends to it.
    """
    command = [sys.executable, "-m", "benchmarks.origin", "--delay", str(delay * 1000)]
    command += ["--tls"] * tls + ["--spin"] * spin
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            said: dict[str, Any] = json.loads(process.stdout.readline())
            yield Origin(said["url"], said["authority"], process.pid)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(10)


def main() -> None:
    """Serve until standard input ends."""
    options = argparse.ArgumentParser(description="A fast origin for benchmarks.")
    options.add_argument("--tls", action="store_true", help="speak TLS, with a fresh authority")
    options.add_argument("--delay", type=float, default=0.0, help="milliseconds to an answer")
    options.add_argument("--spin", action="store_true", help="take a whole core, and never sleep")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        context, authority = _certificate(Path(folder)) if given.tls else (None, None)
        server = Server(context, given.delay / 1000, spins=given.spin)
        url = f"{'https' if given.tls else 'http'}://{LOCAL}:{server.port}"
        print(json.dumps({"url": url, "authority": authority}), flush=True)
        server.run()


if __name__ == "__main__":
    main()
