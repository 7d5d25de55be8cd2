"""The questions that have benchmarks of their own: the limiter, the ledger, campaigns, and others.

They are called from here so that one command answers all.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time

from benchmarks import limiter
from benchmarks.bench import Bench
from benchmarks.figures import table
from benchmarks.resources import cores, pin

__all__ = ["as_they_are", "campaigns", "journal", "rate_limits"]

_LEDGER = re.compile(r"^ +(\d+) +\d+ +([\d.]+) us.* (\d+) B$", re.MULTILINE)
_CAMPAIGN = re.compile(r"^sockets +ratio +([\d.]+)", re.MULTILINE)


def rate_limits(bench: Bench) -> None:
    """How exact a rate is, and what a call that waits for it costs."""
    rates = (100, 5_000) if bench.quick else limiter.RATES
    have = cores()
    pin(bench.client_core)
    for rate in rates:
        before = time.process_time()
        moments = asyncio.run(limiter.let_go(rate))
        cost = (time.process_time() - before) / len(moments) * 1e6
        attained = (len(moments) - 1) / (moments[-1] - moments[0]) / rate
        over = (limiter.fullest_second(moments) - rate) / max(1, rate * 0.005)
        keep = bench.figures.keep
        row = [keep(f"limiter {rate} attained", [attained]), keep(f"limiter {rate} over", [over])]
        row.append(keep(f"limiter {rate} us", [cost]))
        columns = ["attained", "fullest second beyond the rate, of what it may", "us CPU a call"]
        table(f"a limit of {rate:,}/s", columns, {"ours": row})
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, have)


def journal(bench: Bench) -> None:
    """What the ledger costs a message."""
    found = {workers: figures for workers, *figures in _LEDGER.findall(_printed("journal"))}
    if not found:
        bench.figures.leave_out("The ledger has no figures: benchmarks.journal printed none.")
    for workers in ("128", "512"):
        if workers in found:
            wall, growth = map(float, found[workers])
            row = [bench.figures.keep(f"journal {workers} us", [wall])]
            row.append(bench.figures.keep(f"journal {workers} B", [growth]))
            columns = ["us a message", "bytes a message"]
            table(f"ledger alone, {workers} workers", columns, {"ours": row})


def campaigns(bench: Bench) -> None:
    """A campaign's sends per second over the same bulk send's."""
    arguments = ("2000", "1") if bench.quick else ("6000", "3")
    found = _CAMPAIGN.search(_printed("campaign", *arguments))
    if found is None:
        bench.figures.leave_out("A campaign has no figure: benchmarks.campaign printed none.")
    ratio = bench.figures.keep("campaign/bulk", [float(found[1])] if found else [])
    rows = {"campaign over bulk send": [ratio]}
    table("sends per second with a ledger, over those without", ["ratio"], rows)


def as_they_are(name: str, *arguments: str) -> None:
    """Run a benchmark whose goals are its own, and print what it prints."""
    print(f"\n{name}\n{_printed(name, *arguments)}", end="", flush=True)


def _printed(name: str, *arguments: str) -> str:
    """What a benchmark prints; some tell a missed goal by their exit status."""
    command = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout
