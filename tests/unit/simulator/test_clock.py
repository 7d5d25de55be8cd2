from __future__ import annotations

import time

import pytest

from async_messaging.simulator.clock import ManualClock, MovedClock, RunningClock, WallClock


def test_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(100.0)
    clock.advance(2.5)
    assert clock.time() == clock.time() == 102.5


@pytest.mark.parametrize("clock", [ManualClock(), RunningClock()], ids=["manual", "running"])
def test_a_clock_does_not_run_backwards(clock: MovedClock) -> None:
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)


def test_a_running_clock_runs_by_itself_and_can_be_moved() -> None:
    clock, before = RunningClock(), time.time()
    assert before <= clock.time() <= time.time()
    clock.advance(3600)
    clock.advance(3600)
    assert before + 7200 <= clock.time() <= time.time() + 7200


def test_wall_clock_is_the_machines() -> None:
    before = time.time()
    assert before <= WallClock().time() <= time.time()


def test_who_watches_a_running_clock_is_told_that_it_moved() -> None:
    clock, moves = RunningClock(), list[None]()
    clock.watch(lambda: moves.append(None))
    clock.advance(1)
    assert len(moves) == 1


def test_watchers_are_called_when_it_has_moved() -> None:
    clock, seen = ManualClock(1.0), list[float]()

    def watcher() -> None:
        seen.append(clock.time())

    clock.watch(watcher)
    clock.advance(2)
    clock.unwatch(watcher)
    clock.advance(4)
    assert seen == [3.0]
