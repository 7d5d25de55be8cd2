"""A Twilio that costs next to nothing: what a client is measured against, in a process of its own.

One thread, bare sockets and a selector; of a request it reads the length of its body and the `To`
in it, nothing else. So what is measured is the client. `make bench` shows its ceiling beside the
clients, as wrk's rate, where wrk
is there. With `--delay` every answer waits so many seconds, as those from Twilio do; with `--gather`
the first answers wait until so many requests have come, so that all of them are on the wire.

With `--spin` it does not sleep while requests come: else each send also pays for waking the
origin's core, and that of a fast client more often; no client of Twilio pays that.

    python -m benchmarks.origin [--tls] [--delay SECONDS] [--gather COUNT] [--core NUMBER] [--spin]

It prints one line of JSON, its URL and its certificate's file, and ends when its input is closed.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import selectors
import socket
import ssl
import sys
import tempfile
import time
from collections import deque
from pathlib import Path

from benchmarks.origin_answers import answer_to
from benchmarks.resources import open_files, pin

__all__: list[str] = []

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")
_SMALL = 16_384
_PATIENCE = 20.0
_AWAKE = 0.02


class Connection:
    """One client's connection: its socket and what came without being a whole request yet."""

    __slots__ = ("begun", "open", "sock")

    def __init__(self, sock: socket.socket, secured: bool) -> None:
        self.sock = sock
        self.begun = b""
        self.open = not secured

    def shake_hands(self) -> bool:
        """Go on with the handshake; whether it is done."""
        assert isinstance(self.sock, ssl.SSLSocket)
        try:
            self.sock.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        self.open = True
        return True

    def read(self) -> bytes | None:
        """What has come; empty at the end, None where it was nothing."""
        if not self.open and not self.shake_hands():
            return None
        try:
            return self.sock.recv(16_384)  # a TLS record at most
        except (BlockingIOError, ssl.SSLWantReadError):
            return None

    def write(self, answer: bytes) -> None:
        """Write an answer; a long one waits until the client has taken it."""
        sent = 0
        if len(answer) < _SMALL:
            try:
                sent = self.sock.send(answer)
            except (BlockingIOError, ssl.SSLWantWriteError):
                sent = 0
        if sent < len(answer):
            self.sock.settimeout(_PATIENCE)
            self.sock.sendall(answer[sent:])
            self.sock.setblocking(False)


def split(received: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Target and body of the first request and the bytes behind it; None if it is not whole."""
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return None
    start = head + 4
    length = 0
    if received.startswith(b"POST"):
        found = _LENGTH.search(received, 0, start)
        length = int(found[1]) if found else 0
        if len(received) < start + length:
            return None
        target = b""
    else:
        target = received[: received.index(b"\r\n")].split(b" ")[1]
    return target, received[start : start + length], received[start + length :]


class Origin:
    """The server: one listening socket, any number of connections."""

    def __init__(
        self, context: ssl.SSLContext | None, delay: float, gather: int, *, spin: bool = False
    ) -> None:
        self._context = context
        self._delay = delay
        self._gather = gather
        self._spin = _AWAKE if spin else 0.0
        self._asked = 0.0
        self._gathered: list[tuple[Connection, bytes]] = []
        self._later: deque[tuple[float, Connection, bytes]] = deque()
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16_384)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]

    def run(self) -> None:
        """Serve until the standard input is closed."""
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(sys.stdin, selectors.EVENT_READ)
        while True:
            ready = self._selector.select(self._until_due())
            if ready and self._spin:
                self._asked = time.monotonic()
            for key, _ in ready:
                connection = key.data
                if connection is not None:
                    self._serve(connection)
                elif key.fileobj is self._listener:
                    self._accept()
                else:
                    return
            self._answer_due()

    def _until_due(self) -> float | None:
        if self._later:
            return max(0.0, self._later[0][0] - time.monotonic())
        return 0.0 if self._spin and time.monotonic() - self._asked < self._spin else None

    def _accept(self) -> None:
        for _ in range(64):
            try:
                sock, _ = self._listener.accept()
            except BlockingIOError:
                return
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            context = self._context
            if context is not None:
                sock = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
            self._selector.register(
                sock, selectors.EVENT_READ, Connection(sock, context is not None)
            )

    def _serve(self, connection: Connection) -> None:
        try:
            received = connection.read()
            if received:
                self._take(connection, received)
        except OSError:  # ssl.SSLError too
            received = b""
        if received == b"":
            self._selector.unregister(connection.sock)
            connection.sock.close()

    def _take(self, connection: Connection, received: bytes) -> None:
        if connection.begun:
            received = connection.begun + received
        while received and (request := split(received)):
            target, body, received = request
            answer = answer_to(target, body)
            if self._gather:
                self._gathered.append((connection, answer))
            elif self._delay:
                self._later.append((time.monotonic() + self._delay, connection, answer))
            else:
                connection.write(answer)
        connection.begun = received
        if self._gather and len(self._gathered) >= self._gather:
            due = time.monotonic() + self._delay
            self._later.extend((due, *waiting) for waiting in self._gathered)
            self._gathered.clear()
            self._gather = 0

    def _answer_due(self) -> None:
        now = time.monotonic() if self._later else 0.0
        while self._later and self._later[0][0] <= now:
            _, connection, answer = self._later.popleft()
            if connection.sock.fileno() >= 0:
                try:
                    connection.write(answer)
                except OSError:
                    connection.begun = b""  # the client has gone; its socket will say so


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A context for 127.0.0.1, and the file of the authority that clients have to trust."""
    import trustme

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own, path = folder / "own.pem", folder / "authority.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(own)
    context.load_cert_chain(own)
    authority.cert_pem.write_to_path(path)
    return context, path


def main() -> None:
    """Announce the URL, and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--gather", type=int, default=0)
    parser.add_argument("--core", type=int)
    parser.add_argument("--spin", action="store_true")
    options = parser.parse_args()
    pin(options.core)
    open_files()
    with tempfile.TemporaryDirectory() as folder:
        context, authority = certificate(Path(folder)) if options.tls else (None, None)
        origin = Origin(context, options.delay, options.gather, spin=options.spin)
        url = f"{'https' if options.tls else 'http'}://127.0.0.1:{origin.port}"
        told = {"url": url, "authority": str(authority) if authority else None}
        print(json.dumps(told), flush=True)
        gc.freeze()
        gc.disable()  # nothing here makes cycles
        origin.run()


if __name__ == "__main__":
    main()
