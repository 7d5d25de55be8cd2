from __future__ import annotations

import pytest

from async_messaging.simulator.exchange import Exchange
from async_messaging.simulator.resources.collection import Reached, Stage, Wish, reached, wish
from async_messaging.simulator.world import Conditions
from tests.unit.simulator.visitor import Visitor

STAGES = (Stage("PENDING"), Stage("IN_REVIEW", 20), Stage("APPROVED", 60))


def exchange(visitor: Visitor, now: float) -> Exchange:
    world = visitor.world
    account = world.accounts[world.account_sid]
    return Exchange(world, account, now, {}, "/", {}, {}, "http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (1000.0, Reached("PENDING", 1000.0)),
        (1019.9, Reached("PENDING", 1000.0)),
        (1020.0, Reached("IN_REVIEW", 1020.0)),
        (1060.0, Reached("APPROVED", 1060.0)),
        (9000.0, Reached("APPROVED", 1060.0)),
        (900.0, Reached("PENDING", 1000.0)),
    ],
)
def test_a_stage_is_reached_at_its_moment(now: float, expected: Reached, visitor: Visitor) -> None:
    assert reached(exchange(visitor, now), 1000.0, STAGES) == expected


def test_a_stage_that_lasts_holds_since_it_was_reached(visitor: Visitor) -> None:
    lasting = (*STAGES[:2], Stage("IN_REVIEW", 60))
    assert reached(exchange(visitor, 9000.0), 1000.0, lasting) == Reached("IN_REVIEW", 1020.0)


def test_speed_divides_the_delays() -> None:
    visitor = Visitor(Conditions(seed=1, speed=10))
    assert reached(exchange(visitor, 1002.0), 1000.0, STAGES) == Reached("IN_REVIEW", 1002.0)
    assert reached(exchange(visitor, 1006.0), 1000.0, STAGES) == Reached("APPROVED", 1006.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We simulate FAILED here", Wish("FAILED")),
        ("simulate TWILIO_REJECTED 30481", Wish("TWILIO_REJECTED", 30481)),
        ("simulate FAILED 3048", Wish("FAILED")),
        ("dissimulate FAILED", Wish()),
        ("simulate failure", Wish()),
        ("", Wish()),
    ],
)
def test_a_text_wishes_for_an_outcome(text: str, expected: Wish) -> None:
    assert wish(text) == expected
