"""What is to be reached, as data: the table at the end of `make bench`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.figures import Spread

__all__ = ["GOALS", "Goal", "meaning", "report"]


@dataclass(frozen=True)
class Goal:
    """A line of the table.

    Attributes:
        text: what is measured.
        figure: the figure's name.
        most: the most that it may be.
        least: the least that it may be.
        digits: decimals shown.
    """

    text: str
    figure: str
    most: float | None = None
    least: float | None = None
    digits: int = 2

    def met(self, found: Spread) -> bool:
        """Whether the median keeps the bounds."""
        return (self.most is None or found.median <= self.most) and (
            self.least is None or found.median >= self.least
        )

    @property
    def bound(self) -> str:
        """`<= 0.13`."""
        bounds = ((">=", self.least), ("<=", self.most))
        return ", ".join(f"{sign} {value:g}" for sign, value in bounds if value is not None)


def _sends() -> list[Goal]:
    twilio = {"http asyncio": 10, "http uvloop": 11, "https asyncio": 6.5, "https uvloop": 8}
    goals = [
        Goal(
            f"sends per CPU second, {many} in flight, {setting}, over twilio-python's",
            f"cpu {many} {setting} twilio/ours",
            least=least,
        )
        for many in (64, 512)
        for setting, least in twilio.items()
    ]
    others = (
        ("naive", "naive aiohttp's", {"http asyncio": 0.13, "https asyncio": 0.20}),
        ("naive", "naive aiohttp's", {"https uvloop": 0.17}),
        ("pyreqwest", "pyreqwest's", {"http asyncio": 0.40, "https asyncio": 0.65}),
        ("httptools", "a bare Protocol's", {"http asyncio": 1.0, "https asyncio": 1.0}),
        ("wrk", "wrk's", {"http asyncio": 3.0}),
    )
    goals += [
        Goal(
            f"CPU a send, 64 in flight, {setting}, over {name}",
            f"cpu 64 {setting} ours/{peer}",
            most=most,
        )
        for peer, name, bounds in others
        for setting, most in bounds.items()
    ]
    return goals


def _limits() -> list[Goal]:
    goals: list[Goal] = []
    for rate in (10, 100, 1_000, 5_000):
        goals += [
            Goal(
                f"limit of {rate:,}/s, attained",
                f"limiter {rate} attained",
                least=0.999,
                most=1.001,
                digits=4,
            ),
            Goal(
                f"limit of {rate:,}/s, fullest second beyond it, of max(1, 0.5 %)",
                f"limiter {rate} over",
                most=1.0,
            ),
        ]
    return [*goals, Goal("CPU of a waiting call at 5,000/s, us", "limiter 5000 us", most=16)]


GOALS: tuple[Goal, ...] = (
    *_sends(),
    Goal("bulk send, CPU a message over a single create's", "bulk/single", most=1.05, digits=3),
    Goal(
        "twilio-python's CPU to list 10,000 over ours, pages of 1,000",
        "list 1000 CPU twilio/ours",
        least=12,
    ),
    Goal("the same, pages of 50", "list 50 CPU twilio/ours", least=9),
    Goal("decode a message of a page, us", "decode us", most=2),
    Goal("p50 at 500/s over naive aiohttp's, asyncio", "p50 asyncio ours/naive", most=0.68),
    Goal("p50 at 500/s over naive aiohttp's, uvloop", "p50 uvloop ours/naive", most=0.50),
    Goal("p99 at 500/s over naive aiohttp's, asyncio", "p99 asyncio ours/naive", most=0.9),
    Goal("import of the client, CPU over aiohttp's", "import ours/aiohttp", most=0.40),
    Goal("import of the client, MB in all", "import MB", most=25, digits=1),
    Goal("cold process to first send, over twilio-python's", "cold ours/twilio", most=0.68),
    Goal("the same, stretch", "cold ours/twilio", most=0.55),
    Goal("10,000 on the wire, http, MB in all", "wire http asyncio MB", most=150, digits=0),
    Goal("a connection on the wire, https asyncio, KB", "wire https asyncio KB", most=90, digits=1),
    Goal("a connection on the wire, https uvloop, KB", "wire https uvloop KB", most=65, digits=1),
    Goal("a send that waits for a connection, KB", "queued KB", most=2),
    *_limits(),
    Goal("ledger, 128 workers, us a message", "journal 128 us", most=20, digits=1),
    Goal("ledger, 512 workers, us a message", "journal 512 us", most=20, digits=1),
    Goal("ledger, 128 workers, bytes a sent row", "journal 128 B", most=200, digits=0),
    Goal("ledger, 512 workers, bytes a sent row", "journal 512 B", most=200, digits=0),
    Goal("campaign, sends per second over the bulk send's", "campaign/bulk", least=0.7),
    Goal("CPU a send in two processes over one's", "two/one", most=1.1),
)


def report(figures: Mapping[str, Spread]) -> None:
    """Print each goal, what was measured, and whether it is met."""
    rows: list[tuple[str, str, str, str]] = []
    for goal in GOALS:
        found = figures.get(goal.figure)
        shown = found.shown(goal.digits) if found else "-"
        word = ("met" if goal.met(found) else "NOT MET") if found else "not measured"
        rows.append((goal.text, goal.bound, shown, word))
    widths = [max(len(row[at]) for row in rows) for at in range(3)]
    print(f"\n{'to reach':<{widths[0]}}  {'goal':>{widths[1]}}  {'measured':>{widths[2]}}")
    for text, bound, shown, word in rows:
        print(f"{text:<{widths[0]}}  {bound:>{widths[1]}}  {shown:>{widths[2]}}  {word}")
    judged = [row[3] for row in rows]
    print(f"{judged.count('met')} met, {judged.count('NOT MET')} not met, ", end="")
    print(f"{judged.count('not measured')} not measured")


def meaning(figures: Mapping[str, Spread]) -> list[str]:
    """What the figures mean for somebody who sends, on this machine."""
    said: list[str] = []
    cost, each = figures.get("us 64 https asyncio ours"), figures.get("queued KB")
    if cost:
        shares = " and ".join(
            f"{rate * cost.median / 1e4:.1f} % for {rate:,} messages a second"
            for rate in (200, 2_000)
        )
        said.append(f"Of one core, over https: {shares}.")
    if each:
        said.append(f"10,000 sends that wait take {each.median * 10_000 / 1e3:.0f} MB.")
    return said
