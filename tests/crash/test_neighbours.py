"""Two runs at once, and other processes that watch, pause and set rates: nobody does any harm."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from async_messaging.campaigns.campaign import Campaign
from tests.crash.arena import EVERY_FAULT, Arena, Source, arena, ended, seed, side_by_side
from tests.crash.judge import judge, rows_of

Tell = Callable[[str], None]
NEIGHBOUR = Path(__file__).with_name("neighbour_program.py")


def begun(fought: Arena) -> subprocess.Popen[str]:
    """A life that has taken its ledger over and sends."""
    process = fought.start()
    before = len(fought.messages())
    end = time.monotonic() + 30
    while len(fought.messages()) == before:
        assert process.poll() is None, ended(process)
        assert time.monotonic() < end
        time.sleep(0.01)
    return process


def test_a_second_run_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with arena(tmp_path, Source.of(100)) as fought:
        fought.options["rate"] = 2.0
        first = begun(fought)
        refused = [ended(process) for process in [fought.start() for _ in range(3)]]
        for second in refused:
            assert second.status == 2
            assert f"process {first.pid} runs this campaign" in second.err
        Campaign.open(fought.ledger).set_rate(500.0)
        assert ended(first).status == 0
        judge(fought)


def test_of_runs_that_start_together_one_gets_the_ledger(tmp_path: Path) -> None:
    with arena(tmp_path, Source.of(60)) as fought:
        assert fought.run(only_import=True).status == 0
        processes = [fought.start(rate=2.0) for _ in range(4)]
        end = time.monotonic() + 60
        while sum(process.poll() is None for process in processes) > 1:
            assert time.monotonic() < end
            time.sleep(0.02)
        Campaign.open(fought.ledger).set_rate(500.0)
        assert sorted(ended(process).status for process in processes) == [0, 2, 2, 2]
        judge(fought)


def test_two_imports_at_once_make_one_campaign(tmp_path: Path) -> None:
    with arena(tmp_path, Source.of(3_000)) as fought:
        found = [ended(p) for p in [fought.start(only_import=True) for _ in range(3)]]
        assert {one.status for one in found} <= {0, 2, 74}, found
        assert 0 in {one.status for one in found}
        rows = rows_of(fought)
        assert len(rows) == fought.source.rows
        assert not fought.messages()


def neighbour(fought: Arena, chance: random.Random) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [
            sys.executable,
            str(NEIGHBOUR),
            str(fought.ledger),
            str(fought.folder / f"{chance.random()}.csv"),
            str(chance.random()),
        ],
        env=fought.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "loaded\n", process.communicate()
    return process


def besieged(fought: Arena, chance: random.Random, rounds: int) -> int:
    """Kill the run and its neighbours at random, and let all go on; how many were killed."""
    assert fought.run(only_import=True).status == 0
    run = fought.start()
    neighbours = [neighbour(fought, chance) for _ in range(2)]
    killed = 0
    try:
        for _ in range(rounds):
            time.sleep(chance.uniform(0.05, 0.5))
            if run.poll() is not None:
                assert ended(run).status in {0, 3, 4}
                run = fought.start()
            if chance.random() < 0.5:
                killed += run.poll() is None
                run.kill()
                run.communicate()
                run = fought.start()
            else:
                number = chance.randrange(len(neighbours))
                assert neighbours[number].poll() is None, neighbours[number].communicate()
                neighbours[number].kill()
                neighbours[number].communicate()
                neighbours[number] = neighbour(fought, chance)
                killed += 1
    finally:
        for process in neighbours:
            process.kill()
            process.communicate()
    assert ended(run).status in {0, 3, 4}
    return killed


@pytest.mark.parametrize("runs", [1, pytest.param(30, marks=pytest.mark.crash)])
def test_neighbours_that_watch_pause_and_set_rates(tmp_path: Path, tell: Tell, runs: int) -> None:
    start, first = time.monotonic(), seed()

    def one(number: int) -> int:
        chance = random.Random(first + number)
        people = Source.of(400)
        with arena(tmp_path / str(number), people, faults=EVERY_FAULT) as fought:
            fought.options["rate"] = 150.0
            killed = besieged(fought, chance, 8)
            while (last := fought.run()).status == 4:
                assert "paused on request" in last.out
            assert last.status == 0
            judge(fought)
            return killed

    killed = sum(side_by_side(one, range(runs), workers=2))
    tell(
        f"neighbours: {runs} runs x 400 rows, {killed} killed, seed {first}, {time.monotonic() - start:.0f} s"
    )
