"""Each event once, however often and in whatever order it comes."""

from __future__ import annotations

import random

from async_messaging.webhooks import MemorySeen, StatusCallback, merge_status, read_event
from tests.unit.webhooks.requests import status

LIVES = (
    "queued sending sent delivered",
    "queued sending sent delivered read",
    "queued sending sent undelivered",
    "accepted queued sending sent",
    "sent failed",
)


def test_memory_forgets_the_oldest() -> None:
    seen = MemorySeen(3)
    for number in range(5):
        seen.keep((str(number),))
    assert [seen.knows((str(number),)) for number in range(5)] == [False, False, True, True, True]
    assert (len(seen), repr(seen)) == (3, "<MemorySeen, 3 of 3>")
    seen.keep(("2",))
    assert seen.knows(("nothing", "2"))


def test_100000_shuffled_and_fivefold_callbacks_end_in_the_right_states() -> None:
    draw = random.Random(5)
    ends: dict[str, str] = {}
    callbacks: list[tuple[str, str]] = []
    while len(callbacks) * 5 < 100_000:
        sid, steps = f"SM{len(ends):032x}", draw.choice(LIVES).split()
        ends[sid] = steps[-1]
        callbacks += [(sid, step) for step in steps]
    copies = callbacks * 5
    draw.shuffle(copies)
    seen, held, handled = MemorySeen(), dict[str, str](), 0
    for sid, step in copies:
        token = f"{sid}{step}" if draw.random() < 0.5 else ""
        event = read_event(status(step, sid).items(), token=token)
        assert isinstance(event, StatusCallback)
        keys = (event.key, f"token|{token}") if token else (event.key,)
        if not seen.knows(keys):
            held[sid] = merge_status(held.get(sid), event.status)
            seen.keep(keys)
            handled += 1
    assert held == ends
    assert handled == len(callbacks)
