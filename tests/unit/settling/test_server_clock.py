from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.settling.server_clock import ALLOWANCE, ServerClock
from async_messaging.testing import FakeClock


class Machine(FakeClock):
    """A machine whose wall clock is set, and whose monotonic clock stands while it sleeps."""

    def __init__(self, offset: float = 0.0) -> None:
        super().__init__()
        self.ahead = offset
        self.stepped = 0.0
        self.slept = 0.0

    def pass_(self, seconds: float) -> None:
        self._now += seconds

    def time(self) -> float:
        return super().time() + self.stepped + self.slept

    def boottime(self) -> float:
        return super().boottime() + self.slept

    def twilio(self) -> float:
        """Twilio's time, whatever the wall clock says."""
        return super().time() + self.slept + self.ahead

    def date(self) -> str:
        moment = datetime.fromtimestamp(math.floor(self.twilio()), UTC)
        return format_datetime(moment, usegmt=True)

    def answered(self, server: ServerClock, there: float = 0.01, back: float = 0.01) -> None:
        m0 = self.monotonic()
        self.pass_(there)
        date = self.date()
        self.pass_(back)
        server.saw(date, m0, self.monotonic())


def bounds(server: ServerClock, m: float) -> tuple[float, float]:
    found = server.bounds(m)
    assert found is not None
    return found


def test_before_the_first_answer_nothing_is_known() -> None:
    server = ServerClock(FakeClock())
    assert server.bounds(0.0) is None
    assert server.now_low() is None
    assert server.now_high() is None
    assert "unknown" in repr(server)


@given(
    offset=st.floats(-1e6, 1e6),
    trips=st.lists(
        st.tuples(st.floats(0, 30), st.floats(0, 2), st.floats(0, 2)), min_size=1, max_size=20
    ),
)
def test_twilios_time_lies_within_the_bounds(
    offset: float, trips: list[tuple[float, float, float]]
) -> None:
    machine = Machine(offset)
    server = ServerClock(machine)
    for pause, there, back in trips:
        machine.pass_(pause)
        machine.answered(server, there, back)
        low, high = bounds(server, machine.monotonic())
        assert low - 1e-6 <= machine.twilio() <= high + 1e-6
    assert high - low <= 1 + trips[0][1] + trips[0][2] + 0.3


def test_many_answers_narrow_the_bounds() -> None:
    machine = Machine(0.3)
    server = ServerClock(machine)
    for _ in range(40):
        machine.pass_(0.09)
        machine.answered(server)
    low, high = bounds(server, machine.monotonic())
    assert high - low < 0.25
    assert low <= machine.twilio() <= high


def test_until_when_another_answer_says_no_more() -> None:
    machine = Machine()
    server = ServerClock(machine)
    assert server.knows_until < machine.monotonic()
    machine.answered(server)
    assert machine.monotonic() < server.knows_until < machine.monotonic() + 0.5
    machine.slept = 9.0
    assert server.now_low() is None
    assert server.knows_until <= machine.monotonic()
    machine.answered(server)
    machine.ahead = -9.0
    machine.answered(server)  # contradicts what is known
    assert server.knows_until <= machine.monotonic()


def test_bounds_widen_with_their_age_and_reach_back() -> None:
    machine = Machine()
    server = ServerClock(machine)
    machine.pass_(1000.0)
    machine.answered(server)
    at = machine.monotonic()
    width = [
        bounds(server, at + shift)[1] - bounds(server, at + shift)[0] for shift in (0, 500, -500)
    ]
    assert width[1] == width[2] == pytest.approx(width[0] + 0.2)
    low, high = bounds(server, at - 500.0)
    assert low <= machine.twilio() - 500.0 <= high


def test_a_wall_clock_that_is_set_decides_nothing() -> None:
    machine = Machine()
    server = ServerClock(machine)
    machine.answered(server)
    machine.stepped = 3600.0
    assert server.now_low() is None  # as after a stop from outside: nobody can tell them apart
    machine.pass_(0.1)
    machine.answered(server)
    low, high = bounds(server, machine.monotonic())
    assert low <= machine.twilio() <= high


def test_a_sleep_is_noticed_though_the_wall_clock_was_set_back_by_as_much() -> None:
    machine = Machine()
    server = ServerClock(machine)
    machine.answered(server)
    machine.slept, machine.stepped = 200.0, -200.0
    assert server.now_high() is None


def test_what_was_known_before_a_sleep_is_thrown_away() -> None:
    machine = Machine()
    server = ServerClock(machine)
    machine.answered(server)
    before = machine.monotonic()
    machine.pass_(0.01)
    machine.slept = 900.0
    assert server.bounds(machine.monotonic()) is None
    machine.pass_(1.0)
    machine.answered(server)
    low, high = bounds(server, machine.monotonic())
    assert low <= machine.twilio() <= high
    assert server.bounds(before) is None  # the time between them stands in no clock of ours


def test_an_answer_that_contradicts_is_believed() -> None:
    machine = Machine()
    server = ServerClock(machine)
    machine.answered(server)
    machine.ahead = 50.0
    machine.pass_(1.0)
    machine.answered(server)
    assert server.now_low() is None  # which of the two is right?
    machine.answered(server)
    low, high = bounds(server, machine.monotonic())
    assert low <= machine.twilio() <= high


def test_an_answer_that_was_under_way_during_a_sleep_says_nothing() -> None:
    machine = Machine()
    server = ServerClock(machine)
    m0, date = machine.monotonic(), machine.date()
    machine.slept = 900.0  # it was dated before, and is read after it
    machine.pass_(0.1)
    server.saw(date, m0, machine.monotonic())
    assert server.now_high() is None
    machine.answered(server)
    low, high = bounds(server, machine.monotonic())
    assert low <= machine.twilio() <= high


@pytest.mark.parametrize("date", ["", "soon", "Mon, 99 Mar 2026 12:00:00 GMT", "9" * 40])
def test_a_date_that_can_not_be_read_teaches_nothing(date: str) -> None:
    server = ServerClock(FakeClock())
    server.saw(date, 0.0, 0.1)
    assert server.now_low() is None


@pytest.mark.parametrize(("off", "allowed"), [(0, 2.0), (-2, 2.0), (-30, 31.0), (30, 31.0)])
def test_how_far_the_lists_clock_is_from_that_of_answers(off: int, allowed: float) -> None:
    machine = Machine()
    server = ServerClock(machine)
    for _ in range(40):
        machine.pass_(0.1)
        machine.answered(server)
    now = machine.monotonic()
    server.created(math.floor(machine.twilio()) + off, now, now)
    assert server.allowance == pytest.approx(allowed, abs=1.0)
    assert (server.allowance == ALLOWANCE) == (abs(off) <= 2)
    server.created(math.floor(machine.twilio()), now, now)
    assert server.allowance == pytest.approx(allowed, abs=1.0)  # it is never forgotten


def test_a_clock_that_begins_late_learns_from_its_first_answer() -> None:
    machine = Machine()
    machine.pass_(5000)
    server = ServerClock(machine)
    machine.answered(server)
    low, high = bounds(server, machine.monotonic())
    assert low <= machine.twilio() <= high


def test_an_answer_notices_a_sleep_and_the_next_is_learned_from() -> None:
    machine = Machine()
    server = ServerClock(machine)
    machine.answered(server)
    machine.slept += 30
    machine.answered(server)
    machine.answered(server)
    low, high = bounds(server, machine.monotonic())
    assert low <= machine.twilio() <= high


def test_now_lies_between_what_is_known_of_it() -> None:
    machine = Machine()
    server = ServerClock(machine)
    machine.answered(server)
    assert (server.now_low(), server.now_high()) == bounds(server, machine.monotonic())


def test_two_answers_may_tell_the_very_moment() -> None:
    machine = Machine()
    server = ServerClock(machine)
    now = machine.monotonic()
    for second in ("00", "01"):
        server.saw(f"Tue, 14 Nov 2023 22:13:{second} GMT", now, now)
    low, high = bounds(server, now)
    assert low == high


def test_a_second_of_difference_is_no_sleep_and_the_moment_after_one_is_known() -> None:
    machine = Machine()
    server = ServerClock(machine)
    machine.answered(server)
    machine.slept += 1.0
    assert server.bounds(machine.monotonic()) is not None
    machine.slept += 30
    now = machine.monotonic()
    assert server.bounds(now) is None
    server.saw(machine.date(), now, now)
    assert server.bounds(now) is not None


def test_how_far_the_lists_clock_is_off_is_measured_from_the_nearer_bound() -> None:
    machine = Machine()
    server = ServerClock(machine)
    machine.answered(server, 0, 0)
    now = machine.monotonic()
    low, high = bounds(server, now)
    server.created(low - 1 - ALLOWANCE, now, now)
    server.created(high + ALLOWANCE, now, now)
    assert server.allowance == ALLOWANCE
    server.created(low - 1 - 5, now, now)
    assert server.allowance == ALLOWANCE + 5
    server.created(high + 7, now, now)
    assert server.allowance == ALLOWANCE + 7


def test_a_creation_across_a_sleep_teaches_nothing() -> None:
    machine = Machine()
    server = ServerClock(machine)
    machine.answered(server)
    m0 = machine.monotonic()
    machine.pass_(1)
    machine.slept += 30
    machine.answered(server)
    machine.answered(server)
    server.created(machine.twilio() - 100, m0, machine.monotonic())
    assert server.allowance == ALLOWANCE


def test_a_repr_shows_how_well_the_time_is_known() -> None:
    machine = Machine()
    server = ServerClock(machine)
    machine.answered(server, there=0.25, back=0.25)
    assert repr(server) == "<ServerClock +-0.750 s>"
