"""``campaign status`` and ``watch``: how a campaign stands, read from its file."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from msgspec.structs import asdict

from ..campaigns.campaign import Campaign
from ..campaigns.delivery import Delivery, delivery_of
from ..campaigns.reading import LedgerView
from ..campaigns.rows import Facts, Reason
from ..codec.dates import to_iso
from .campaign_figures import Pace, Standing, all_reasons, delivery_line
from .campaign_options import LedgerFile, Name, campaign_at, heard
from .campaign_report import delivery_record, moving_text, reasons_record, show_report
from .exits import command
from .loops import signals_handled
from .options import Json
from .progress import Mode, figures_shown, mode_for
from .screen import err, out, say_json
from .tally import Shot

_EVERY = 2.0
_SHARE = 5.0


class Look:
    """A campaign's file at one moment; *fully* tells why rows are as they are, too, which takes longer."""

    def __init__(self, campaign: Campaign, *, fully: bool = True) -> None:
        self.path: Path = campaign.path
        self.process: int | None = campaign.process()
        with LedgerView(campaign.path) as view:
            self.facts: Facts = view.facts()
            self.standing: Standing = Standing.of(view.counts(), running=self.process is not None)
            self.segments_to_go: int = view.to_go()[1]
            self.fared: Delivery = delivery_of(view)
            self.delivery: str = delivery_line(self.facts, self.fared)
            self.moving: int = view.moving()
            self.reasons: list[Reason] = all_reasons(view) if fully else []

    @property
    def state(self) -> str:
        """In a word."""
        facts = self.facts
        if self.process is not None:
            return "importing" if facts.rows is None else "running"
        if facts.rows is None:
            return "not imported"
        if facts.ending:
            return facts.ending
        return "killed" if facts.options else "new"

    @property
    def sentence(self) -> str:
        """In a sentence."""
        facts, who = self.facts, f" by process {self.process}" if self.process else ""
        reason = f": {facts.reason}" if facts.reason else ""
        match self.state:
            case "running":
                return f"Running{who} since {_moment(facts.run_at)}."
            case "importing":
                return f"Being imported{who}."
            case "not imported":
                return "The import was interrupted: campaign create goes on with it."
            case "new":
                return "Not run yet."
            case "killed":
                return f"Its run of {_moment(facts.run_at)} died: campaign run goes on with it."
            case "storage":
                return f"Its ledger failed at {_moment(facts.ended_at)}{reason}."
            case state:
                return f"{state.capitalize()} since {_moment(facts.ended_at)}{reason}."

    def record(self) -> dict[str, object]:
        """As ``--json`` prints it."""
        facts, standing = self.facts, self.standing
        ended = facts.ended_at
        return {
            "campaign": facts.plan.name,
            "ledger": str(self.path),
            "state": self.state,
            "process": self.process,
            "reason": facts.reason,
            "run_at": to_iso(_utc(facts.run_at)) if facts.options else None,
            "ended_at": None if ended is None else to_iso(_utc(ended)),
            "rows": standing.total,
            **asdict(standing),
            "moving": self.moving,
            "delivery": delivery_record(self.fared),
            "rate": facts.rate,
            "reasons": reasons_record(self.reasons),
        }


def _utc(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _moment(seconds: float | None) -> str:
    if seconds is None:
        return "an unknown time"
    return dt.datetime.fromtimestamp(seconds, dt.UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


@command()
def status(name: Name = None, ledger: LedgerFile = None, as_json: Json = False) -> None:
    """Show how a campaign stands."""
    look = Look(heard(campaign_at(name, ledger)))
    if as_json:
        say_json(look.record())
    else:
        show_status(look)


def show_status(look: Look) -> None:
    """Print how a campaign stands."""
    facts = look.facts
    figures = [
        ("delivery", look.delivery),
        ("rate", "none set" if facts.rate is None else f"{facts.rate:,g} segments/s"),
        ("source", facts.plan.source),
        ("created", _moment(facts.created_at)),
    ]
    sentences = [look.sentence]
    if look.standing.accepted:
        sentences.append(moving_text(look.moving))
    head = f"Campaign {facts.plan.name}, {look.path}"
    show_report(out(), head, sentences, look.standing, look.reasons, figures)


@command()
def watch(name: Name = None, ledger: LedgerFile = None, as_json: Json = False) -> None:
    """Show a campaign while another process runs it.

    Ctrl-C ends the watching, not the run.
    """
    campaign = heard(campaign_at(name, ledger))
    tell: Callable[[Look], None] | None = (
        (lambda look: say_json(look.record())) if as_json else None
    )
    asyncio.run(_Watching(campaign, tell).run())
    if not as_json:
        show_status(Look(heard(campaign)))


class _Watching:
    """Reads the file every two seconds while somebody runs the campaign."""

    def __init__(self, campaign: Campaign, tell: Callable[[Look], None] | None) -> None:
        self._campaign = campaign
        self._tell = tell
        self._pace = Pace()
        self._look = Look(campaign, fully=tell is not None)
        self._total = self._look.segments_to_go
        self._shot = self._shoot()

    async def run(self) -> None:
        """Show until the run has ended, or a signal."""
        stop = asyncio.Event()
        mode: Mode = mode_for(err(), no_progress=self._tell is not None, verbose=False)
        if self._look.process is None:
            mode = "none"
        title = f"campaign {self._look.facts.plan.name}, {self._campaign.path}"
        head = f"WATCHING  process {self._look.process or ''} runs it"
        with signals_handled(stop.set, stop.set):
            async with figures_shown(err(), mode, lambda: self._shot, head, title):
                await self._follow(stop)

    async def _follow(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            begun = time.monotonic()
            self._look = await asyncio.to_thread(Look, self._campaign, fully=self._tell is not None)
            self._shot = self._shoot()
            if self._tell is not None:
                self._tell(self._look)
            if self._look.process is None:
                return
            pause = max(_EVERY, _SHARE * (time.monotonic() - begun))  # a large file takes a while
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await stop.wait()

    def _shoot(self) -> Shot:
        look, standing = self._look, self._look.standing
        gone = self._total - look.segments_to_go
        rate, left = self._pace.read(time.monotonic(), gone, standing.to_go)
        unknown = standing.being_checked
        return Shot(
            figures=standing.figures,
            done=standing.done,
            total=standing.total,
            in_flight=standing.in_flight,
            rate_now=rate,
            rate=look.facts.rate,
            elapsed=max(0.0, time.time() - look.facts.run_at),
            left=left,
            delivery=look.delivery,
            note=f"settling {unknown:,} unknown rows by Twilio's list" if unknown else "",
        )
