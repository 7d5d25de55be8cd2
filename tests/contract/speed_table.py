"""The README's table of speeds, from the results that `make bench` kept."""

from __future__ import annotations

from pathlib import Path

import msgspec

from benchmarks.figures import Spread

__all__ = ["speed_table"]

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "ladder.json"

_CLIENTS = {
    "ours": "**async_messaging**",
    "httptools": "bare asyncio Protocol, httptools, msgspec",
    "pyreqwest": "pyreqwest (Rust)",
    "naive": "aiohttp as first written",
    "twilio": "twilio-python, `create_async`",
    "niquests": "niquests",
    "httpx": "httpx",
    "wrk": "wrk (C)",
}
_COLUMNS = {
    "CPU a send, http": "cpu 64 http asyncio {}/ours",
    "https": "cpu 64 https asyncio {}/ours",
    "https, uvloop": "cpu 64 https uvloop {}/ours",
    "CPU to list 10,000": "list 1000 CPU {}/ours",
    "cold start to first send": "cold {}/twilio",
}


class _Results(msgspec.Struct):
    figures: dict[str, Spread]


def speed_table() -> str:
    """Each client's cost as a multiple of ours; what is better than ours is bold."""
    figures = msgspec.json.decode(RESULTS.read_bytes(), type=_Results).figures
    lines = [f"| | {' | '.join(_COLUMNS)} |", f"|---|{'---|' * len(_COLUMNS)}"]
    for peer, name in _CLIENTS.items():
        cells = [_cell(figures, figure, peer) for figure in _COLUMNS.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(figures: dict[str, Spread], figure: str, peer: str) -> str:
    if peer == "ours":
        return "1"
    twilios = figure.endswith("twilio") and peer == "twilio"
    own = Spread(1, 1, 1, 1) if twilios else figures.get(figure.format(peer))
    if own is None:
        return "-"
    cold = figure.endswith("twilio")
    value = own.median / (figures[figure.format("ours")].median if cold else 1)
    shown = f"{value:.0f}" if value >= 10 else f"{value:.2g}"
    return f"**{shown}**" if value < 0.95 else shown
