"""How much does one send cost, and how many go out in a second, with 1, 64 and 512 in flight?

Every client in turn, round after round, over http and https, on asyncio's loop and on uvloop; then
how long one takes at 500 a second; then a bulk send beside single calls; then two processes.
"""

from __future__ import annotations

from itertools import product

from benchmarks.bench import Bench, Scheme
from benchmarks.figures import Spread, table
from benchmarks.jobs import Job, Loop, Told
from benchmarks.peers.base import PEERS

__all__ = ["bulk_beside_single", "latency", "sends", "two_processes"]

Setting = tuple[Scheme, Loop]
_SETTINGS: list[Setting] = list(product(("http", "https"), ("asyncio", "uvloop")))
_FEW: list[Setting] = [("http", "asyncio"), ("https", "uvloop")]
_FAST = ["ours", "naive", "twilio", "pyreqwest", "httptools"]
_EVERYONE = [*PEERS, "wrk"]
_BOTH = ("ours", "naive")


def sends(bench: Bench, in_flight: int) -> None:
    """CPU time a send and sends per second of every client, as multiples of ours."""
    peers = _EVERYONE if in_flight == 64 else _FAST
    few = in_flight == 1 or (bench.quick and in_flight != 64)
    settings = _FEW if few else _SETTINGS
    cpu: dict[str, list[Spread | None]] = {}
    rate: dict[str, list[Spread | None]] = {}
    kernel: dict[str, list[Spread | None]] = {}
    for scheme, loop in settings:
        told = _rounds(bench, peers, in_flight, scheme, loop)
        where = f"{in_flight} {scheme} {loop}"
        for peer in peers:
            name = PEERS.get(peer, "wrk (C)")
            own, ours = told[peer], told["ours"]
            figure = f"cpu {where} {peer}/ours"
            costs, our_costs = [_cpu(one) for one in own], [_cpu(one) for one in ours]
            cpu.setdefault(name, []).append(bench.figures.ratio(figure, costs, our_costs))
            bench.figures.ratio(f"cpu {where} ours/{peer}", our_costs, costs)
            bench.figures.keep(f"us {where} {peer}", [one * 1e6 for one in costs if one])
            figure = f"rate {where} {peer}/ours"
            rates, our_rates = [_rate(one) for one in own], [_rate(one) for one in ours]
            rate.setdefault(name, []).append(bench.figures.ratio(figure, rates, our_rates))
        naive = [_cpu(one) for one in told["naive"]]
        system = [one.system_each if one else None for one in told["ours"]]
        found = bench.figures.ratio(f"system {where} ours/naive", system, naive)
        kernel.setdefault("ours", []).append(found)
    columns = [f"{scheme}, {loop}" for scheme, loop in settings]
    table(f"CPU a send at {in_flight} in flight, as a multiple of ours", columns, cpu)
    heading = (
        f"what the system takes of our sends at {in_flight} in flight, over all of naive aiohttp's"
    )
    table(heading, columns, kernel)
    table(f"sends per second at {in_flight} in flight, as a multiple of ours", columns, rate)


def _rounds(
    bench: Bench, peers: list[str], in_flight: int, scheme: Scheme, loop: Loop
) -> dict[str, list[Told | None]]:
    told: dict[str, list[Told | None]] = {peer: [] for peer in peers}
    for _, peer in product(range(bench.rounds), peers):
        job = Job(kind="closed", peer=peer, loop=loop, in_flight=in_flight, seconds=bench.seconds)
        told[peer].append(bench.run(job, scheme))
    return told


def _cpu(told: Told | None) -> float | None:
    return told.cpu_each if told else None


def _rate(told: Told | None) -> float | None:
    return told.rate if told else None


def latency(bench: Bench) -> None:
    """How long a send takes at 500 a second, over naive aiohttp's."""
    loops: tuple[Loop, ...] = ("asyncio",) if bench.quick else ("asyncio", "uvloop")
    peers = _BOTH if bench.quick else (*_BOTH, "pyreqwest")
    rows: dict[str, list[Spread | None]] = {}
    columns: list[str] = []
    for loop in loops:
        times: dict[str, list[tuple[float, float, float] | None]] = {peer: [] for peer in peers}
        for _, peer in product(range(bench.rounds), peers):
            seconds = 2.0 if bench.quick else 3.0
            told = bench.run(Job(kind="open", peer=peer, loop=loop, seconds=seconds))
            times[peer].append(told.latencies if told else None)
        for at, percentile in enumerate(("p50", "p99", "p99.9")):
            columns.append(f"{percentile}, {loop}")
            naive = [one[at] if one else None for one in times["naive"]]
            for peer in peers:
                own = [one[at] if one else None for one in times[peer]]
                found = bench.figures.ratio(f"{percentile} {loop} {peer}/naive", own, naive)
                rows.setdefault(PEERS[peer], []).append(found)
    table("time of a send at 500 a second, as a multiple of naive aiohttp's", columns, rows)


def bulk_beside_single(bench: Bench) -> None:
    """CPU time a message of a bulk send, over that of single calls."""
    sides: dict[str, list[float | None]] = {"bulk": [], "closed": []}
    for _ in range(bench.rounds):
        single = Job(kind="closed", peer="ours", seconds=bench.seconds)
        sides["closed"].append(_cpu(bench.run(single)))
        sides["bulk"].append(_cpu(bench.run(Job(kind="bulk", peer="ours", seconds=bench.seconds))))
    found = bench.figures.ratio("bulk/single", sides["bulk"], sides["closed"])
    rows = {"bulk send over single creates": [found]}
    table("CPU a message at 64 in flight", ["ratio"], rows)


def two_processes(bench: Bench) -> None:
    """CPU time a send in each of two processes that run together, over that of one alone."""
    job = Job(kind="closed", peer="ours", seconds=bench.seconds * 2)
    address = bench.origin("http")
    alone: list[float | None] = []
    together: list[float | None] = []
    for _ in range(bench.rounds):
        alone.append(_cpu(bench.run(job)))
        both = bench.run_together([job, job], address)
        costs = [one.cpu_each for one in both if one]
        together.append(max(costs) if len(costs) == 2 else None)
    found = bench.figures.ratio("two/one", together, alone)
    table(
        "two processes at a time", ["ratio"], {"CPU a send, the dearer of both over one's": [found]}
    )
