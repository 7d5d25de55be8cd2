"""P8 for campaigns: a total outage of 60 seconds. Few rows become unknown, none is lost or doubled."""

from __future__ import annotations

import pytest

from async_messaging.errors import ConnectionLost
from async_messaging.testing import FakeClock
from async_messaging.transport.scripted import Item
from tests.unit.campaigns.bench import Bench, texts
from tests.unit.campaigns.twilio import Form

COUNT, CONCURRENCY = 1_500, 32
BEGIN, END = 5.0, 65.0


@pytest.mark.parametrize("accepts_while_out", [True, False])
@pytest.mark.parametrize("policy", ["hold", "resend"])
async def test_an_outage_makes_few_unknown(
    clock: FakeClock, policy: str, accepts_while_out: bool
) -> None:
    probes = 0

    def is_out() -> bool:
        return BEGIN <= clock.monotonic() < END

    def behave(_number: int, _form: Form) -> str:
        if not is_out():
            return "accept"
        return "lost after" if accepts_while_out else "lost"

    def read(_number: int, query: Form) -> Item | None:
        nonlocal probes
        probes += not is_out() and not query
        return ConnectionLost("out") if is_out() else None

    bench = await Bench(clock, texts(COUNT), behave).imported()
    bench.twilio.read = read
    runner = await bench.run(
        concurrency=CONCURRENCY, rate=200.0, on_unknown=policy, pause_above=None
    )
    assert runner.ending == "complete"
    unknown = sum(event.state == "UNKNOWN" for event in bench.events)
    assert 10 <= unknown <= CONCURRENCY + 20 + probes
    assert probes <= 3
    assert max(bench.bodies().values()) == 1
    if policy == "resend" or accepts_while_out:
        assert bench.counts() == {"ACCEPTED": COUNT}
        assert len(bench.bodies()) == COUNT
    else:
        assert bench.counts() == {"ACCEPTED": COUNT - unknown, "HELD": unknown}
    assert clock.monotonic() > END
