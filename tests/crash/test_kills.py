"""P1 and P2: kill -9 at any moment, and run again: nothing lost, nothing doubled, each sid right."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.arena import EVERY_FAULT, SENDER, Source, arena, seed, side_by_side
from tests.crash.judge import judge
from tests.crash.kills import kill_until_complete

LAGGING = EVERY_FAULT.replace("list_lag=100ms", "list_lag=30s")
ALTERATIONS = ("trial", "links", "smart", "template", "redact")
Tell = Callable[[str], None]


def killed_runs(
    folder: Path, tell: Tell, runs: int, rows: int, most: int = 10, *, altered: bool = False
) -> int:
    """So many campaigns, each killed until it is complete; the kills in all."""
    start, first = time.monotonic(), seed()

    def one(number: int) -> tuple[int, Counter[str]]:
        chance = random.Random(first + number)
        names = chance.sample(ALTERATIONS, chance.randint(1, len(ALTERATIONS))) if altered else []
        people = Source.of(rows, links=altered)
        options = ("--seed", str(number), "--alter", ",".join(names))
        with arena(folder / str(number), people, *options, faults=EVERY_FAULT) as fought:
            fought.options["rate"] = rows / 3.2
            kills = kill_until_complete(fought, chance, most)
            return kills, judge(fought, altered=altered)

    found = side_by_side(one, range(runs))
    kills, states = sum(kills for kills, _ in found), sum((s for _, s in found), Counter[str]())
    tell(
        f"{runs} runs x {rows} rows, {'altered bodies, ' if altered else ''}seed {first}: "
        f"{kills} kills, {dict(states)}, {time.monotonic() - start:.0f} s"
    )
    return kills


def test_kill_9_at_any_moment_loses_and_doubles_nothing(tmp_path: Path, tell: Tell) -> None:
    assert killed_runs(tmp_path, tell, 5, 500) >= 40


def test_bodies_that_twilio_alters_are_never_sent_twice(tmp_path: Path, tell: Tell) -> None:
    killed_runs(tmp_path, tell, 2, 200, most=6, altered=True)


@pytest.mark.crash
@pytest.mark.parametrize("altered", [False, True], ids=["as sent", "altered"])
def test_kill_9_full_figure(tmp_path: Path, tell: Tell, altered: bool) -> None:
    assert killed_runs(tmp_path, tell, 50, 2_000, altered=altered) >= 400


def command_line(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "async_messaging", "campaign", *arguments]


@pytest.mark.parametrize(
    ("runs", "rows"), [(1, 200), pytest.param(10, 500, marks=pytest.mark.crash)]
)
def test_the_command_line_that_is_killed(tmp_path: Path, tell: Tell, runs: int, rows: int) -> None:
    start, first = time.monotonic(), seed()

    def one(number: int) -> tuple[int, Counter[str]]:
        chance = random.Random(first + number)
        with arena(tmp_path / str(number), Source.of(rows), faults=EVERY_FAULT) as fought:
            told = ("--from", SENDER, "--template", "Hi {name}!", "--name", "spring", "--yes")
            made = fought.run(command=command_line("create", str(fought.csv), *told))
            assert made.status == 0, made
            fast = ("--settle", "1", "--scan-interval", "1", "--timeout", "0.5")
            told = (
                "--on-unknown",
                "resend",
                "--pause-above",
                "1",
                "--rate",
                "120",
                "--no-progress",
            )
            run = command_line("run", "spring", *fast, *told)
            kills = kill_until_complete(fought, chance, rows // 50, command=run)
            return kills, judge(fought)

    found = side_by_side(one, range(runs), workers=2)
    kills, states = sum(kills for kills, _ in found), sum((s for _, s in found), Counter[str]())
    tell(
        f"command line: {runs} runs x {rows} rows, seed {first}: {kills} kills, {dict(states)}, "
        f"{time.monotonic() - start:.0f} s"
    )
    assert kills


@pytest.mark.parametrize("runs", [10, pytest.param(200, marks=pytest.mark.crash)])
def test_hold_never_doubles_even_where_the_list_lags_30_s(
    tmp_path: Path, tell: Tell, runs: int
) -> None:
    start, first = time.monotonic(), seed()

    def one(number: int) -> tuple[int, Counter[str]]:
        chance = random.Random(first + number)
        options = ("--seed", str(number))
        with arena(tmp_path / str(number), Source.of(60), *options, faults=LAGGING) as fought:
            fought.options |= {"on_unknown": "hold", "rate": 60.0}
            kills = kill_until_complete(fought, chance, 3)
            return kills, judge(fought)

    found = side_by_side(one, range(runs), workers=4)
    kills, states = sum(kills for kills, _ in found), sum((s for _, s in found), Counter[str]())
    assert states["HELD"]
    tell(
        f"hold, list lag 30 s: {runs} runs x 60 rows, seed {first}: {kills} kills, "
        f"{dict(states)}, {time.monotonic() - start:.0f} s"
    )
