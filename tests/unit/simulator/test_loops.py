from __future__ import annotations

from async_messaging.simulator.throughput import Loops


def test_the_31st_reply_in_a_row_is_stopped_and_so_are_those_of_30_seconds() -> None:
    loops = Loops()
    assert not any(loops.stops("+1", "+2", float(i)) for i in range(30))
    assert loops.stops("+1", "+2", 30.0)
    assert not loops.stops("+1", "+3", 30.0)
    assert loops.stops("+1", "+2", 59.0)
    assert not loops.stops("+1", "+2", 60.0)


def test_a_pause_of_30_seconds_begins_anew() -> None:
    loops = Loops()
    assert not any(loops.stops("+1", "+2", i * 30.0) for i in range(100))
    assert not any(loops.stops("+1", "+2", 3000.0 + i * 29.9) for i in range(30))
    assert loops.stops("+1", "+2", 3890.0)


def test_what_is_remembered_is_bounded() -> None:
    loops = Loops()
    for i in range(10_010):
        loops.stops("+1", f"+{i}", 0.0)
    assert len(loops) == 10_000
