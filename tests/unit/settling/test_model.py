"""Settling in scenarios that nobody chose: what the model's judge says of it, and that the judge can find fault.

The full figure is `python -m tests.unit.settling.model --scenarios 200000 --seed 11`.
"""

from __future__ import annotations

import pytest

from tests.unit.settling.model.__main__ import scored
from tests.unit.settling.model.broken import FOR_CLONES, FOR_STALLS, RULES
from tests.unit.settling.model.traffic import (
    CLASSES,
    CLONES,
    EVERYTHING,
    ORDINARY,
    STALLED,
    Traffic,
)

SEED = 7 << 24
EACH = 200


def name_of(traffic: Traffic) -> str:
    return traffic.name


@pytest.mark.parametrize("traffic", CLASSES, ids=name_of)
def test_no_send_is_taken_for_another_nor_called_absent(traffic: Traffic) -> None:
    score = scored(traffic, range(SEED, SEED + EACH))
    assert score.unknown > EACH / 2
    assert score.faults == 0, score.stories


def test_little_of_ordinary_traffic_is_left_to_a_person() -> None:
    scores = [scored(traffic, range(SEED, SEED + EACH)) for traffic in ORDINARY]
    assert sum(score.held for score in scores) < 0.05 * sum(score.unknown for score in scores)


@pytest.mark.parametrize(
    ("rule", "traffic"),
    [
        ("claims", EVERYTHING),
        ("existence is no evidence", EVERYTHING),
        ("server's clock", EVERYTHING),
        *((rule, CLONES) for rule in FOR_CLONES),
        *((rule, STALLED) for rule in FOR_STALLS),
    ],
)
def test_without_a_rule_the_judge_finds_fault(rule: str, traffic: Traffic) -> None:
    whole = scored(traffic, range(SEED, SEED + EACH)).faults
    assert scored(traffic, range(SEED, SEED + EACH), without=rule).faults > whole


@pytest.mark.soak
def test_every_rule_is_missed_somewhere() -> None:
    for rule in RULES:
        seeds = range(SEED, SEED + 20_000)
        assert any(scored(EVERYTHING, range(at, at + 500), rule).faults for at in seeds[::500]), (
            rule
        )
