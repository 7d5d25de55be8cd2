"""Which client takes how much CPU time for a send? One bar each, from a run's results.

python -m benchmarks.picture benchmarks/results/ladder.json
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from benchmarks.figures import Spread
from benchmarks.peers.base import PEERS

__all__ = ["draw"]

_FIGURE = "cpu 64 https asyncio {}/ours"
_INK, _OURS, _OTHERS = "#374151", "#0f766e", "#cbd5e1"
_CUT = 1.6
"""A bar longer than so many times the next one is cut."""


class Results(msgspec.Struct):
    """What is read of a run's results."""

    figures: dict[str, Spread]


def draw(results: Path) -> str:
    """Draw the bars beside the results; a sentence that says so, or why not."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        return "no picture: matplotlib is not installed"
    found = msgspec.json.decode(results.read_bytes(), type=Results).figures
    values = {peer: found.get(_FIGURE.format(peer)) for peer in PEERS}
    bars = sorted((one.median, PEERS[peer]) for peer, one in values.items() if one)
    bars = sorted([*bars, (1.0, PEERS["ours"])])
    if len(bars) < 2:
        return "no picture: too few clients were measured"
    mpl.rcParams.update({"svg.hashsalt": "bench", "svg.fonttype": "none", "font.size": 11})
    figure = Figure(figsize=(8, 0.5 * len(bars) + 1.1), layout="constrained")
    axes = figure.add_subplot()
    end = min(bars[-1][0], bars[-2][0] * _CUT)
    for place, (value, name) in enumerate(reversed(bars)):
        own = name == PEERS["ours"]
        axes.barh(place, min(value, end), height=0.6, color=_OURS if own else _OTHERS)
        cut = "  (bar cut)" if value > end else ""
        label = f" {value:.2g}x{cut}" if value < 10 else f" {value:.0f}x{cut}"
        axes.text(min(value, end), place, label, va="center", color=_INK)
    axes.set_yticks(range(len(bars)), [name for _, name in reversed(bars)], color=_INK)
    axes.set_title(
        "CPU time of a send, 64 in flight, https (less is better)", loc="left", color=_INK
    )
    axes.set_xlim(0, end * 1.25)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    figure.savefig(results.with_suffix(".svg"), metadata={"Date": None}, transparent=False)
    return f"drawn in {results.with_suffix('.svg').name}"


if __name__ == "__main__":
    print(draw(Path(sys.argv[1])))
