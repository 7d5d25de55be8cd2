from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.transport.decoding import ACCEPTED, PIECE, UndecodableBody, decoder


def bare(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    " X-GZIP ": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": bare,
}


def undone(encoding: str, pieces: list[bytes]) -> bytes:
    body = decoder(encoding)
    found = [out for data in pieces for out in body.pieces(data)]
    body.end()
    assert all(0 < len(out) <= PIECE for out in found)
    return b"".join(found)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[a:b] for a, b in pairwise(edges)]


@pytest.mark.parametrize("encoding", PACKERS)
@given(
    body=st.one_of(
        st.binary(),
        st.integers(0, 3 * PIECE).map(bytes),
        st.binary(min_size=1).map(lambda b: b * 999),
    ),
    places=st.lists(st.integers(0)),
)
def test_what_was_packed_comes_back(encoding: str, body: bytes, places: list[int]) -> None:
    assert undone(encoding, cut(PACKERS[encoding](body), places)) == body


@given(first=st.binary(), second=st.binary(min_size=1), places=st.lists(st.integers(0)))
def test_gzip_may_come_in_members(first: bytes, second: bytes, places: list[int]) -> None:
    packed = gzip.compress(first) + gzip.compress(second)
    assert undone("gzip", cut(packed, places)) == first + second


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "Deflate"])
@given(body=st.binary(min_size=1), lacking=st.integers(1))
def test_a_body_cut_short_is_noticed(encoding: str, body: bytes, lacking: int) -> None:
    packed = PACKERS[encoding](body)
    short = packed[: len(packed) - 1 - lacking % (len(packed) - 1)]
    with pytest.raises(UndecodableBody):
        undone(encoding, [short])


@given(body=st.binary(min_size=1), place=st.integers(0), flip=st.integers(1, 255))
def test_a_changed_body_is_never_taken_for_another(body: bytes, place: int, flip: int) -> None:
    """The checksum covers the content; only gzip's own header may differ unnoticed."""
    packed = bytearray(gzip.compress(body))
    packed[place % len(packed)] ^= flip
    with suppress(UndecodableBody):
        assert undone("gzip", [bytes(packed)]) == body


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_no_body_is_no_fault(encoding: str) -> None:
    assert undone(encoding, []) == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "\x00"])
def test_only_what_was_asked_for_is_understood(encoding: str) -> None:
    assert encoding not in ACCEPTED.split(", ")
    with pytest.raises(UndecodableBody):
        decoder(encoding)


def test_a_bomb_goes_off_piece_by_piece() -> None:
    bomb = gzip.compress(bytes(64 << 20), 9)
    pieces = decoder("gzip").pieces(bomb)
    tracemalloc.start()
    for _ in range(10):
        assert next(pieces) == bytes(PIECE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20
