"""How a run of ``campaign run`` ended: its exit status, its report for people, and as JSON."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import asdict

from ..campaigns.campaign import Campaign
from ..campaigns.delivery import delivery_of
from ..campaigns.options import RunResult
from ..campaigns.reading import LedgerView
from ..campaigns.rows import Reason
from ..campaigns.run import Figures
from ..errors import LedgerError
from .campaign_figures import Standing, all_reasons, delivery_line
from .campaign_report import moving_text, reasons_record, show_report
from .exits import Exit
from .progress import clock_of
from .screen import Screen
from .tally import Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A run that is over; `result` is None, and `failure` says why, if its ledger failed. Else as in `Session`."""

    campaign: Campaign
    where: Where
    name: str
    figures: Figures
    again: str
    result: RunResult | None
    failure: str = ""
    gave_up: bool = False
    canary: bool = False
    dry_rate: float | None = None

    @property
    def status(self) -> Exit:
        """The exit status; where several fit, the highest."""
        if self.gave_up:
            return Exit.INTERRUPTED
        if self.result is None or self.result.ending == "storage":
            return Exit.STORAGE
        counts = self.result.counts
        match self.result.ending:
            case "stopped":
                return Exit.STOPPED
            case "paused":
                return Exit.PAUSED
            case _ if counts.unknown or counts.intent:
                return Exit.PAUSED
            case _:
                return Exit.HELD if counts.held else Exit.OK

    def show(self, screen: Screen) -> None:
        """Print the report."""
        standing, reasons, delivery = self._read()
        figures = [*delivery, *self._figures()]
        sentences = [*self._headline(), *self._advice(standing)]
        show_report(screen, self.where, sentences, standing, reasons, figures)

    def _read(self) -> tuple[Standing, list[Reason], list[tuple[str, str]]]:
        """Counts, reasons and delivery; of a ledger that failed, what the run knew itself."""
        try:
            with LedgerView(self.campaign.path) as view:
                standing = Standing.of(view.counts(), running=False)
                delivery = [("delivery", delivery_line(view.facts(), delivery_of(view)))]
                return standing, all_reasons(view), delivery
        except LedgerError:
            return Standing.of_run(self.figures), [], []

    def _headline(self) -> list[str]:
        if self.dry_rate is not None:
            interrupted = self.result is not None and self.result.reason == "interrupted"
            time = clock_of(self.figures.taken / self.dry_rate)
            return [
                "Nothing was sent, and the campaign is as it was.",
                "The dry run was interrupted." if interrupted else f"A run: {self._ending()}",
                f"At {self.dry_rate:,g} segments/s it would take {time}.",
            ]
        said = [self._ending()]
        if self.result is not None and self.result.ending != "complete" and self.result.moving:
            said.append(moving_text(self.result.moving))
        return said

    def _ending(self) -> str:
        if self.gave_up:
            return f"Interrupted twice; go on with: {self.again}"
        if self.result is None:
            return f"Stopped: {self.failure}"
        reason = self.result.reason
        match self.result.ending:
            case "complete":
                held = " or is held" if self.result.counts.held else ""
                return f"Complete: every row has an outcome{held}."
            case "cancelled":
                return "Cancelled: nothing more will be sent."
            case "stopped":
                return f"Stopped: {reason}"
            case _ if self.canary and reason.endswith("of this run are through"):
                return f"Paused: {reason}. Look at them, then run again: {self.again}"
            case _:
                said = "Paused on request" if "on request" in reason else f"Paused: {reason}"
                return f"{said}. Go on with: {self.again}"

    def _advice(self, standing: Standing) -> list[str]:
        said: list[str] = []
        if checked := standing.being_checked:
            rows = "1 row is" if checked == 1 else f"{checked:,} rows are"
            said.append(f"{rows} being checked: perhaps accepted, so not sent again before that.")
        if held := standing.held:
            rows = "1 row is" if held == 1 else f"{held:,} rows are"
            command = self.again.replace("run", "held", 1)
            said.append(f"{rows} held: perhaps accepted. See them with: {command}")
        return said

    def _figures(self) -> list[tuple[str, str]]:
        figures, result = self.figures, self.result
        if self.dry_rate is not None or result is None:
            return []
        limit = "" if figures.rate is None else f" of {figures.rate:,g}"
        attained = max(0.0, result.attained)
        return [
            ("rate", f"{attained:,.1f}{limit} segments/s"),
            ("throttled", f"{figures.throttled:,} (429)"),
            ("elapsed", clock_of(result.elapsed)),
        ]

    def record(self) -> dict[str, object]:
        """The report as ``--json`` prints it; times are in seconds, rates in segments a second."""
        result, figures = self.result, self.figures
        standing, reasons, _ = self._read()
        return {
            "campaign": self.name,
            "where": self.where.kind.lower(),
            "origin": self.where.origin,
            "account": self.where.account,
            "ending": "storage" if result is None else result.ending,
            "reason": self.failure if result is None else result.reason,
            "exit": int(self.status),
            "rows": standing.total,
            **asdict(standing),
            "reasons": reasons_record(reasons),
            "moving": None if result is None else result.moving,
            "segments": figures.taken,
            "rate": figures.rate if self.dry_rate is None else self.dry_rate,
            "attained": None if result is None else round(max(0.0, result.attained), 3),
            "throttled": figures.throttled,
            "elapsed": round(figures.elapsed if result is None else result.elapsed, 3),
        }
