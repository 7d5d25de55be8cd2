from __future__ import annotations

import time

import pytest

from async_messaging.simulator.clock import ManualClock, WallClock


def test_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(100.0)
    clock.advance(2.5)
    assert clock.time() == clock.time() == 102.5


def test_manual_clock_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        ManualClock().advance(-1)


def test_wall_clock_is_the_machines() -> None:
    before = time.time()
    assert before <= WallClock().time() <= time.time()


def test_watchers_are_called_when_it_has_moved() -> None:
    clock, seen = ManualClock(1.0), list[float]()

    def watcher() -> None:
        seen.append(clock.time())

    clock.watch(watcher)
    clock.advance(2)
    clock.unwatch(watcher)
    clock.advance(4)
    assert seen == [3.0]
