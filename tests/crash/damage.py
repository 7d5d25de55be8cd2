"""Ways to damage a campaign's files while nothing runs."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

__all__ = ["DAMAGES", "LOSES_COMMITS"]


def _flip(path: Path, chance: random.Random, bits: int) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(bits):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def _cut(path: Path, keep: int) -> None:
    with path.open("r+b") as file:
        file.truncate(keep)


def _log(ledger: Path) -> Path:
    return ledger.with_name(f"{ledger.name}-wal")


def flip_one(ledger: Path, chance: random.Random) -> None:
    _flip(ledger, chance, 1)


def flip_many(ledger: Path, chance: random.Random) -> None:
    _flip(ledger, chance, 60)


def flip_head(ledger: Path, chance: random.Random) -> None:
    data = bytearray(ledger.read_bytes())
    data[chance.randrange(100)] ^= 1 << chance.randrange(8)
    ledger.write_bytes(data)


def zero_page(ledger: Path, chance: random.Random) -> None:
    pages = ledger.stat().st_size // 4096
    with ledger.open("r+b") as file:
        file.seek(chance.randrange(pages) * 4096)
        file.write(bytes(4096))


def spell_wrong(ledger: Path, chance: random.Random) -> None:
    """A state that there is not: SQLite finds nothing wrong with the page."""
    data = ledger.read_bytes()
    places = [match.start() for match in re.finditer(b"READY|ACCEPTED|SKIPPED", data)]
    place = chance.choice(places) + chance.randrange(5)
    ledger.write_bytes(data[:place] + b"X" + data[place + 1 :])


def spell_plan_wrong(ledger: Path, chance: random.Random) -> None:
    """The plan is no JSON any more."""
    data = ledger.read_bytes()
    place = data.index(b'"template"') + chance.randrange(10)
    ledger.write_bytes(data[:place] + b"\xff" + data[place + 1 :])


def cut_file(ledger: Path, chance: random.Random) -> None:
    _cut(ledger, chance.randrange(1, ledger.stat().st_size))


def cut_a_page(ledger: Path, chance: random.Random) -> None:
    _cut(ledger, ledger.stat().st_size - 4096)


def empty_file(ledger: Path, chance: random.Random) -> None:
    _cut(ledger, 0)


def cut_log(ledger: Path, chance: random.Random) -> None:
    log = _log(ledger)
    _cut(log, chance.randrange(log.stat().st_size))


def flip_log(ledger: Path, chance: random.Random) -> None:
    _flip(_log(ledger), chance, 8)


def garble_shared_memory(ledger: Path, chance: random.Random) -> None:
    ledger.with_name(f"{ledger.name}-shm").write_bytes(chance.randbytes(32768))


def garble_lock(ledger: Path, chance: random.Random) -> None:
    ledger.with_name(f"{ledger.name}.lock").write_bytes(chance.randbytes(100))


def garble_spool(ledger: Path, chance: random.Random) -> None:
    ledger.with_name(f"{ledger.name}-spool").write_bytes(chance.randbytes(9000))


def garble_rescue(ledger: Path, chance: random.Random) -> None:
    ledger.with_name(f"{ledger.name}.1.rescue.jsonl").write_bytes(
        chance.randbytes(5000) + b"\n{}\n"
    )


LOSES_COMMITS: tuple[Callable[[Path, random.Random], None], ...] = (cut_log, flip_log)
"""What is to SQLite as if the disk had lied about a flush: the log ends before the damage."""

DAMAGES: tuple[Callable[[Path, random.Random], None], ...] = (
    flip_one,
    flip_many,
    flip_head,
    zero_page,
    spell_wrong,
    spell_plan_wrong,
    cut_file,
    cut_a_page,
    empty_file,
    *LOSES_COMMITS,
    garble_shared_memory,
    garble_lock,
    garble_spool,
    garble_rescue,
)
