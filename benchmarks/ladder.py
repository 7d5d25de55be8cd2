"""How does the client compare with what else there is, and with what it set out to reach?

Every figure is a ratio of two sides that took turns in this run, each in a process of its own on one
core, against an origin on the other; every answer is checked against its request. Medians of the
rounds, with the least and the most. Absolute times are kept beside them and not quoted: they vary
twofold between machines.

    python -m benchmarks.ladder [--quick] [--only NAME ...] [--results FOLDER]
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import cold, footprint, goals, listings, others, sends
from benchmarks.bench import Bench
from benchmarks.picture import draw
from benchmarks.resources import cores

__all__: list[str] = []

MEASURES: dict[str, Callable[[Bench], None]] = {
    "cold": cold.cold_starts,
    "sends-64": lambda bench: sends.sends(bench, 64),
    "sends-512": lambda bench: sends.sends(bench, 512),
    "sends-1": lambda bench: sends.sends(bench, 1),
    "latency": sends.latency,
    "bulk": sends.bulk_beside_single,
    "two": sends.two_processes,
    "listings": listings.listings,
    "footprint": footprint.footprint,
    "limits": others.rate_limits,
    "journal": others.journal,
    "campaigns": others.campaigns,
    "priority": lambda _: others.as_they_are("priority"),
    "memory": lambda _: others.as_they_are("memory", "30000"),
}
_LONG = ("priority", "memory")
"""Measures that a quick run leaves out."""

_PACKAGES = (
    "aiohttp",
    "httptools",
    "httpx",
    "msgspec",
    "niquests",
    "pyreqwest",
    "twilio",
    "uvloop",
)


def main() -> None:
    """Measure, print, keep."""
    options = _options()
    begun = time.monotonic()
    with Bench(options.quick) as bench:
        short = [name for name in MEASURES if name not in _LONG]
        for name in options.only or (short if bench.quick else MEASURES):
            MEASURES[name](bench)
            print(f"[{name}: {time.monotonic() - begun:.0f} s so far]", flush=True)
    figures = bench.figures
    goals.report(figures.all)
    for sentence in (*goals.meaning(figures.all), *figures.left_out):
        print(sentence)
    if options.only is None:
        _keep(bench, options.results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="two minutes instead of twelve")
    parser.add_argument("--only", nargs="+", choices=MEASURES, help="these only, nothing kept")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    return parser.parse_args()


def _keep(bench: Bench, folder: Path) -> None:
    """Results as JSON and as a picture; a quick run's apart from the others."""
    name = "quick" if bench.quick else "ladder"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    file.write_text(_as_json(bench), encoding="utf-8")
    print(f"kept in {file.name}; {draw(file)}")


def _as_json(bench: Bench) -> str:
    """A line for each figure: median, least, most, rounds."""
    about = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": len(cores()),
        "packages": dict(filter(None, map(_version, _PACKAGES))),
        "left_out": bench.figures.left_out,
    }
    head = json.dumps(about, indent=1)[:-2]
    figures = (
        f" {json.dumps(name)}: [{one.median:.4g}, {one.least:.4g}, {one.most:.4g}, {one.rounds}]"
        for name, one in bench.figures.all.items()
    )
    return f'{head},\n "figures": {{\n' + ",\n".join(figures) + "\n }\n}\n"


def _processor() -> str:
    """The processor's name, where the system tells it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text("utf-8").splitlines() if told.exists() else []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _version(package: str) -> tuple[str, str] | None:
    try:
        return package, version(package)
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    main()
