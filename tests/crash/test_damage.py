"""P16: a ledger that is cut, or whose bytes are others: refused, or nothing unannounced is sent."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.report import totals_of
from async_messaging.errors import LedgerError
from async_messaging.settling.states import STATES
from tests.crash.arena import Arena, Source, seed, side_by_side, simulators
from tests.crash.damage import DAMAGES
from tests.crash.tracing import watched
from tests.simulator_process import SimulatorProcess

Tell = Callable[[str], None]
HARMLESS = {"garble_shared_memory", "garble_lock", "garble_rescue"}


def half_done(folder: Path, simulator: SimulatorProcess, chance: random.Random) -> Arena:
    """A campaign that was killed in the middle."""
    fought = Arena(folder, simulator, Source.of(300))
    fought.ask("reset", "")
    process = fought.start(rate=200.0)
    assert process.stdout is not None
    while process.stdout.readline() not in {"sealed\n", ""}:
        pass
    time.sleep(chance.uniform(0.2, 0.8))
    process.kill()
    process.communicate()
    return fought


def damaged(
    damage: Callable[[Path, random.Random], None],
    folder: Path,
    simulator: SimulatorProcess,
    chance: random.Random,
) -> str:
    """Damage a campaign's files and run it; whether that ran or was refused."""
    fought = half_done(folder, simulator, chance)
    before = {message["sid"] for found in fought.messages().values() for message in found}
    damage(fought.ledger, chance)
    held = {
        name: Path(name).stat().st_size for name in watched(fought.ledger) if Path(name).exists()
    }
    looked_at(fought)
    ended = fought.run(only_run=True, max_messages=100)
    assert ended.status in {0, 2, 3, 4, 74}, (ended, held)
    fresh = {
        message["to"]
        for found in fought.messages().values()
        for message in found
        if message["sid"] not in before
    }
    if ended.status in {2, 74} and not fresh:
        return "refused"
    announced = rows_that_can_be_read(fought.ledger)
    assert fresh <= announced, f"{len(fresh - announced)} messages were sent unannounced"
    return "ran"


def looked_at(fought: Arena) -> None:
    """Whoever reads the ledger learns that it is damaged, or what stands there."""
    with suppress(LedgerError):
        campaign = Campaign.open(fought.ledger)
        for look in (campaign.counts, campaign.reasons, campaign.estimate, campaign.active_at):
            with suppress(LedgerError):
                look()
        with suppress(LedgerError):
            campaign.report(fought.folder / "report.csv")
        with suppress(LedgerError), LedgerView(fought.ledger) as view:
            totals_of(view)


def rows_that_can_be_read(ledger: Path) -> set[str]:
    """Numbers whose attempt is announced; the file may be damaged where nobody looked before."""
    found: set[str] = set()
    with LedgerView(ledger) as view:
        for state in STATES:
            try:
                found |= {row.to for row in view.rows(state) if row.attempt}
            except LedgerError:
                continue
    return found


@pytest.mark.parametrize("times", [1, pytest.param(15, marks=pytest.mark.crash)])
def test_damaged_files(tmp_path: Path, tell: Tell, times: int) -> None:
    start, first = time.monotonic(), seed()
    points = [(damage, number) for damage in DAMAGES for number in range(times)]
    with simulators(4) as idle:

        def one(point: tuple[Callable[[Path, random.Random], None], int]) -> tuple[str, str]:
            damage, number = point
            simulator = idle.get()
            folder = tmp_path / f"{damage.__name__}-{number}"
            chance = random.Random(f"{first} {damage.__name__} {number}")
            try:
                return damage.__name__, damaged(damage, folder, simulator, chance)
            except BaseException as error:
                error.add_note(f"{damage.__name__} {number}, CRASH_SEED={first}")
                raise
            finally:
                idle.put(simulator)

        found = side_by_side(one, points, workers=4)
    tell(
        f"damaged files: {len(found)} runs, {dict(Counter(how for _, how in found))},"
        f" seed {first}, {time.monotonic() - start:.0f} s"
    )
    assert {how for name, how in found if name in HARMLESS} == {"ran"}
    assert {how for name, how in found if name == "empty_file"} == {"refused"}
