"""P18: answers that are made to hurt, from a seed; and a client process that meets them.

    python hostile.py TRANSPORT < URLS

The process sends to every URL in turn, twenty at a time, and prints what became of each and by how
many kilobytes its memory has grown at the highest, over what a few good answers took.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import sys
import time
import zlib
from functools import cache
from pathlib import Path

from async_messaging.errors import ConnectFailed, OutcomeUnknown
from async_messaging.settings import AttemptTimeout
from async_messaging.transport import Request, SessionPool, Transport, WireTransport
from tests.contract.wire_faults import (
    CHUNKED,
    OK,
    Close,
    Drip,
    Flood,
    Read,
    Reset,
    Send,
    Silence,
    Step,
    answer,
)
from tests.integration.transport.wire import settings_for

TIMEOUT = AttemptTimeout(connect=5, read=0.1, total=0.2)
MEBI = 1 << 20


@cache
def bomb(kind: str, mebibytes: int) -> bytes:
    """So many mebibytes of nothing, in about a thousandth of that."""
    packer = zlib.compressobj(9, zlib.DEFLATED, {"gzip": 31, "deflate": 15, "raw": -15}[kind])
    return b"".join(packer.compress(bytes(MEBI)) for _ in range(mebibytes)) + packer.flush()


def compressed(luck: random.Random) -> Step:
    kind = luck.choice(["gzip", "deflate", "raw"])
    encoding = b"gzip" if kind == "gzip" else b"deflate"
    body = bomb(kind, luck.choice([8, 64]))
    if luck.random() < 0.3:
        body = gzip.compress(body)
    return Send(answer(body, b"Content-Encoding: " + encoding))


def headers(luck: random.Random) -> Step:
    size = luck.choice([9_000, 100_000, 1_000_000])
    line = luck.choice([b"X-A: " + b"a" * size, b"a" * size + b": 1", b"X-A: 1\r\n" * (size // 9)])
    return Send(answer(b"{}", line))


def endless(luck: random.Random) -> Step:
    piece = luck.choice(
        [
            b"HTTP/1.1 100 Continue\r\n\r\n",
            OK + b"X-A: a\r\n" * 50,
            CHUNKED + b"1\r\na\r\n",
            b"a" * 4096,
            b"\r\n",
            b"\x00" * 999,
        ]
    )
    return Flood(piece)


def endless_body(luck: random.Random) -> Step:
    size = luck.choice([1, 16, 4096])
    piece = b"%x%b\r\n" % (size, b";a=" + b"b" * luck.choice([0, 200])) + b" " * size + b"\r\n"
    return Flood(CHUNKED + piece * 20)


def deep(luck: random.Random) -> Step:
    opening = luck.choice([b"[", b'{"a":', b'"\\ud800', b"\xff\xfe"])
    return Send(answer(opening * luck.choice([1_000, 100_000])))


def mutated(luck: random.Random) -> Step:
    said = bytearray(luck.choice([answer(), CHUNKED + b"2\r\n{}\r\n0\r\n\r\n", answer(length=99)]))
    for _ in range(luck.randint(1, 6)):
        place = luck.randrange(len(said))
        match luck.randrange(3):
            case 0:
                said[place] = luck.randrange(256)
            case 1:
                del said[place : place + luck.randint(1, 9)]
            case _:
                said[place:place] = luck.randbytes(luck.randint(1, 9))
        said = said or bytearray(b"\n")
    return Send(bytes(said))


def noise(luck: random.Random) -> Step:
    return Send(luck.choice([b"", OK, CHUNKED]) + luck.randbytes(luck.randint(1, 5_000)))


def slow(luck: random.Random) -> Step:
    return Drip(
        luck.choice([answer(b" " * 500), CHUNKED + b"1\r\n \r\n" * 99, b"HTTP/1.1 102 A\r\n"])
    )


KINDS = (compressed, headers, endless, endless_body, deep, mutated, mutated, noise, slow)


def hostile(seed: int) -> tuple[Step, ...]:
    """One hostile server."""
    luck = random.Random(seed)
    ends: tuple[Step, ...] = (Close(), Reset(), Silence())
    return (Read(), luck.choice(KINDS)(luck), luck.choice(ends))


async def met(pool: Transport, url: str, tries: int = 20) -> str:
    """What became of a request: a status, or an error's class. Anything else comes out as it is."""
    request = Request("POST", url, {}, b"Body=Hi", TIMEOUT, MEBI)
    began = time.monotonic()
    try:
        response = await pool.send(request)
    except ConnectFailed:  # a busy machine may not connect in time; nothing hostile was met
        if tries == 1:
            raise
        return await met(pool, url, tries - 1)
    except OutcomeUnknown as error:
        outcome = type(error).__name__
    else:
        assert len(response.content) <= MEBI
        outcome = "answered"
    assert request.written
    # Twenty share two cores with their servers: the time allowed is for hangs, not for speed.
    assert time.monotonic() - began < 10
    return outcome


def highest_memory() -> int:
    """The process's high-water mark in kilobytes; `getrusage` would count its parent's too."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


async def main(urls: list[str]) -> None:
    good, bad = urls[0], urls[1:]
    pool = (WireTransport if sys.argv[1] == "WireTransport" else SessionPool)(settings_for())
    for _ in range(3):
        await asyncio.gather(*(met(pool, good) for _ in range(20)))
    before = highest_memory()
    outcomes: list[str] = []
    for start in range(0, len(bad), 20):
        outcomes += await asyncio.gather(*(met(pool, url) for url in bad[start : start + 20]))
    grown = highest_memory() - before
    await pool.close()
    sys.stdout.write(json.dumps({"grown": grown, "outcomes": outcomes}))


if __name__ == "__main__":
    asyncio.run(main(sys.stdin.read().split()))
