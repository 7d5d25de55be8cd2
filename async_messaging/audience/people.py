"""Keyed hashes of people: whoever reads a file finds no number in it.

There are so few phone numbers that a plain hash of one is found by trying them all. So the hash
needs a key: 32 random bytes in a file of its own.
"""

from __future__ import annotations

import hmac
import re
import secrets
from contextlib import suppress
from pathlib import Path

from ..errors import LedgerError
from ..storage.files import new_file

KEY_BYTES = 32
_HASH_BYTES = 16
_ON_CHANNEL = re.compile(r"[a-z][a-z0-9_-]{1,31}:(\+[1-9][0-9]{6,14})")


def number_of(address: str) -> str:
    """The number of an address on a channel; any other address stays as it is."""
    found = _ON_CHANNEL.fullmatch(address)
    return found[1] if found else address


def person_hash(key: bytes, address: str) -> bytes:
    """16 bytes; the same for a number and for its address on a channel."""
    text = number_of(address).encode(errors="surrogatepass")
    return hmac.digest(key, text, "sha256")[:_HASH_BYTES]


def own_key(path: Path) -> bytes:
    """The key in this file, which is made on first use and readable by its owner alone."""
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        _make_key(path)
        key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise LedgerError(f"{path.name} is damaged: it must have {KEY_BYTES} bytes")
    return key


def _make_key(path: Path) -> None:
    """Put the key there whole; if another process was faster, its key stays."""
    with suppress(FileExistsError), new_file(path) as new:
        new.write_bytes(secrets.token_bytes(KEY_BYTES))
