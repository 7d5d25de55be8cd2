"""P3: killed at each system call that writes or sends, a campaign goes on and doubles nothing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.arena import Arena, Source, seed, side_by_side, simulators
from tests.crash.judge import judge, no_send_without_intent
from tests.crash.tracing import SENDS, WRITES, Point, Stage, counted, needs_strace, strace, watched
from tests.simulator_process import SimulatorProcess

ROWS = 40
KILLED = 137
STAGES: tuple[Stage, ...] = ("whole", "run", "main thread")


def prepared(folder: Path, simulator: SimulatorProcess, stage: Stage) -> Arena:
    """A campaign that is not there yet, or whose import is over."""
    made = Arena(folder, simulator, Source.of(ROWS))
    made.ask("reset", "")
    if stage != "whole":
        assert made.run(only_import=True).status == 0
    return made


def points_of(folder: Path, simulator: SimulatorProcess) -> list[Point]:
    """Every call of a run that is left alone."""
    points: list[Point] = []
    for stage in STAGES:
        for calls, on_files in ((SENDS, False), (WRITES, True)):
            fought = prepared(folder / f"{stage} {on_files}", simulator, stage)
            log = fought.folder / "calls"
            files = watched(fought.ledger) if on_files else ()
            under = strace(calls, log=log, files=files, threads=stage != "main thread")
            assert fought.run(under=under).status == 0
            for call, most in sorted(counted(log).items()):
                points += [Point(stage, call, number) for number in range(1, most + 1)]
    return points


def kill_at(point: Point, folder: Path, simulator: SimulatorProcess) -> bool:
    """Kill a run there, judge, let it go on, judge; whether the point was reached."""
    fought = prepared(folder, simulator, point.stage)
    on_files = point.call in WRITES
    under = strace(
        (point.call,),
        f"{point.call}:signal=KILL:when={point.number}",
        log=fought.folder / "calls",
        files=watched(fought.ledger) if on_files else (),
        threads=point.stage != "main thread",
    )
    first = fought.run(under=under)
    assert first.status in {0, KILLED, -9}, first
    no_send_without_intent(fought)
    again = fought.run()
    assert again.status == 0, again
    states = judge(fought)
    assert states["ACCEPTED"] == ROWS
    return first.status != 0


@pytest.mark.parametrize("stride", [7, pytest.param(1, marks=pytest.mark.crash)])
def test_a_kill_at_each_call_that_writes_or_sends(
    tmp_path: Path, tell: Callable[[str], None], stride: int
) -> None:
    needs_strace()
    start, first = time.monotonic(), seed()
    with simulators(5) as idle:
        simulator = idle.get()
        points = points_of(tmp_path / "counting", simulator)
        idle.put(simulator)

        def one(numbered: tuple[int, Point]) -> bool:
            number, point = numbered
            simulator = idle.get()
            try:
                return kill_at(point, tmp_path / str(number), simulator)
            except BaseException as error:
                error.add_note(f"killed at {point}, seed {first}")
                raise
            finally:
                idle.put(simulator)

        tried = list(enumerate(points))[first % stride :: stride]
        reached = side_by_side(one, tried, workers=5)
    kinds = Counter(point.call for _, point in tried)
    tell(
        f"a kill at each {'' if stride == 1 else f'{stride}th '}call: {len(tried)} of {len(points)}"
        f" points, {sum(reached)} reached, seed {first}, {dict(kinds)},"
        f" {time.monotonic() - start:.0f} s"
    )
    assert sum(reached) >= 0.8 * len(tried)
