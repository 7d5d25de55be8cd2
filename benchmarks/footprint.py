"""How much memory do 10,000 sends take that are all on the wire, and 10,000 that wait for it?

On the wire: every send has a connection of its own, and no answer comes before all are written, then
each after 50 ms. Waiting: 64 connections, 10,000 sends started at once.
"""

from __future__ import annotations

from benchmarks.bench import Bench, Scheme
from benchmarks.figures import table
from benchmarks.jobs import Job, Loop, Told
from benchmarks.resources import open_files

__all__ = ["footprint"]

_DELAY = 0.05
_POOL = 64


def footprint(bench: Bench) -> None:
    """Memory a connection and a waiting send, ours over naive aiohttp's, and in all."""
    wanted = 2_000 if bench.quick else 10_000
    many = min(wanted, open_files() - 200)
    if many < wanted:
        bench.figures.leave_out(f"{wanted:,} connections need more open files: {many:,} instead.")
    settings: list[tuple[Scheme, Loop]] = [("http", "asyncio"), ("https", "asyncio")]
    settings.append(("https", "uvloop"))
    for scheme, loop in settings:
        ours = _on_the_wire(bench, "ours", many, scheme, loop)
        others = many if scheme == "http" else many // 10
        naive = _on_the_wire(bench, "naive", others, scheme, loop)
        _compare(bench, f"wire {scheme} {loop}", ours, naive)
        if ours and many == 10_000:
            bench.figures.keep(f"wire {scheme} {loop} MB", [ours.peak])
    queued = [_queued(bench, peer, many) for peer in ("ours", "naive")]
    _compare(bench, "queued", queued[0], queued[1])


def _on_the_wire(bench: Bench, peer: str, many: int, scheme: Scheme, loop: Loop) -> Told | None:
    job = Job(kind="wire", peer=peer, loop=loop, in_flight=many, connections=many)
    with bench.started(scheme, _DELAY, gather=many) as address:
        told = bench.run_together([job], address)[0]
    if told and 0 < told.connections < many * 0.99:
        bench.figures.leave_out(f"{peer}, {scheme}: only {told.connections:,} connections.")
        return None
    return told


def _queued(bench: Bench, peer: str, many: int) -> Told | None:
    job = Job(kind="queue", peer=peer, in_flight=many, connections=_POOL)
    with bench.started("http", _DELAY) as address:
        return bench.run_together([job], address)[0]


def _compare(bench: Bench, name: str, ours: Told | None, naive: Told | None) -> None:
    each = [_each(told, name) if told else None for told in (ours, naive)]
    mine = bench.figures.keep(f"{name} KB", [each[0]] if each[0] else [])
    ratio = bench.figures.ratio(f"{name} ours/naive", each[:1], each[1:])
    heading = f"memory of one {'waiting send' if name == 'queued' else 'on the wire'}: {name}"
    table(heading, ["KB", "over naive aiohttp's"], {"ours": [mine, ratio]})


def _each(told: Told, name: str) -> float:
    """KB that each took."""
    calls = told.count if name == "queued" else told.count / 2  # twice over each connection
    return (told.peak - told.before) * 1e3 / calls
