from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.simulator.faults import (
    AFTER,
    BEFORE,
    FAILED,
    UNDELIVERED,
    Fault,
    FaultDeck,
    Faults,
)

NAMES = sorted(BEFORE | AFTER)


def test_reads_every_kind_of_part() -> None:
    faults = Faults.parse(
        "429=5%, 500_after=0.5%,latency=80ms±30,drop_after@3,hang@2-4,list_lag=2s"
    )
    assert faults == Faults(
        rules=(
            Fault("429", chance=0.05),
            Fault("500_after", chance=0.005),
            Fault("drop_after", first=3, last=3),
            Fault("hang", first=2, last=4),
        ),
        latency=0.08,
        jitter=0.03,
        list_lag=2.0,
    )


@pytest.mark.parametrize(
    ("spec", "latency", "jitter"),
    [
        ("latency=80ms", 0.08, 0),
        ("latency=0.5s", 0.5, 0),
        ("latency=80ms+-30", 0.08, 0.03),
        ("latency=80ms±30ms", 0.08, 0.03),
        ("latency=1s±200ms", 1.0, 0.2),
        ("latency=1s±0.2", 1.0, 0.2),
    ],
)
def test_latency(spec: str, latency: float, jitter: float) -> None:
    faults = Faults.parse(spec)
    assert (faults.latency, faults.jitter) == (latency, jitter)


def test_targets() -> None:
    rules = Faults.parse("get.429=5%,change.500_before@1,truncate@1").rules
    assert [rule.target for rule in rules] == ["get", "change", "post"]


@pytest.mark.parametrize(
    "part",
    [
        "430=5%",
        "429",
        "429=5",
        "429=101%",
        "429=-1%",
        "429=5%%",
        "429@0",
        "429@x",
        "429@4-3",
        "429@1=5%",
        "put.429=5%",
        "latency=80",
        "latency=fast",
        "latency@3",
        "list_lag=2s±1",
        "=5%",
    ],
)
def test_names_the_part_it_does_not_understand(part: str) -> None:
    with pytest.raises(ValueError, match="fault") as caught:
        Faults.parse(f"500_after=1%,{part}")
    assert repr(part) in str(caught.value)


def test_an_empty_specification_is_no_faults() -> None:
    assert Faults.parse(" , ") == Faults()


rules = st.builds(
    lambda name, target, chance: Fault(name, target, chance=chance / 1000),
    st.sampled_from(NAMES),
    st.sampled_from(["post", "get", "change"]),
    st.integers(0, 1000),
) | st.builds(
    lambda name, first, more: Fault(name, first=first, last=first + more),
    st.sampled_from(NAMES),
    st.integers(1, 999),
    st.integers(0, 99),
)


@given(st.lists(rules, max_size=5), st.integers(0, 9999), st.integers(0, 9999), st.integers(0, 99))
def test_text_and_back(parts: list[Fault], latency: int, jitter: int, lag: int) -> None:
    faults = Faults(tuple(parts), latency / 1000, jitter / 1000, float(lag))
    again = Faults.parse(str(faults))
    assert str(again) == str(faults)
    assert again.latency == pytest.approx(faults.latency)
    assert [rule.chance for rule in again.rules] == pytest.approx([r.chance for r in parts])


def deal(spec: str, count: int, seed: int = 1) -> list[str]:
    deck = FaultDeck(Faults.parse(spec), random.Random(seed))
    return [deck.draw("post") for _ in range(count)]


def test_numbered_faults_hit_their_requests_only() -> None:
    assert deal("429@2-3,drop_after@5", 6) == ["", "429", "429", "", "drop_after", ""]


def test_the_first_part_that_fires_wins() -> None:
    assert deal("hang@1,429=100%", 2) == ["hang", "429"]


def test_each_target_counts_for_itself() -> None:
    deck = FaultDeck(Faults.parse("get.429@1,hang@1"), random.Random(1))
    assert [deck.draw("change"), deck.draw("get"), deck.draw("post")] == ["", "429", "hang"]


def test_the_same_seed_deals_the_same_faults() -> None:
    assert deal("429=30%", 50) == deal("429=30%", 50)
    assert deal("429=30%", 50) != deal("429=30%", 50, seed=2)


def test_one_probability_does_not_shift_anothers_draws() -> None:
    alone = [bool(name) for name in deal("429=0%,hang=20%", 200)]
    beside = [name == "hang" for name in deal("429@1-3,500_after=0%,hang=20%", 200)]
    assert alone[3:] == beside[3:]


def test_a_probability_is_kept() -> None:
    assert 400 < sum(map(bool, deal("429=5%", 10_000))) < 600


def test_latency_stays_within_its_jitter() -> None:
    deck = FaultDeck(Faults.parse("latency=20ms±30"), random.Random(1))
    delays = [deck.delay() for _ in range(200)]
    assert min(delays) == 0.0
    assert 0.03 < max(delays) <= 0.05
    assert FaultDeck(Faults(), random.Random(1)).delay() == 0.0


def test_fates_and_callbacks_have_targets_of_their_own() -> None:
    spec = "undelivered=3%,failed@2,30005=1%,callback.twice=5%,callback.late@1-3,callback.lost=1%"
    faults = Faults.parse(spec)
    assert [rule.target for rule in faults.rules] == ["fate"] * 3 + ["callback"] * 3
    assert str(faults) == spec


@pytest.mark.parametrize(
    "part",
    [
        "get.undelivered=1%",
        "callback.429=1%",
        "callback.undelivered=1%",
        "twice=1%",
        "30036=1%",
        "30099=1%",
    ],
)
def test_what_has_no_fate(part: str) -> None:
    with pytest.raises(ValueError, match="unknown name"):
        Faults.parse(part)


def fates(spec: str, count: int, seed: int = 1) -> list[int]:
    deck = FaultDeck(Faults.parse(spec), random.Random(seed), seed)
    return [deck.fate() for _ in range(count)]


def test_a_share_of_messages_is_undelivered_with_codes_by_weight() -> None:
    drawn = fates("undelivered=10%", 20_000)
    bad = [code for code in drawn if code]
    assert len(bad) / len(drawn) == pytest.approx(0.1, abs=0.01)
    for code, weight in UNDELIVERED.items():
        assert bad.count(code) / len(bad) == pytest.approx(weight / 100, abs=0.04)
    assert set(bad) == UNDELIVERED.keys()
    assert drawn == fates("undelivered=10%", 20_000)
    assert drawn != fates("undelivered=10%", 20_000, seed=2)


def test_named_fates() -> None:
    assert fates("30005@2,30034@3", 4) == [0, 30005, 30034, 0]
    assert set(fates("failed=100%", 200)) == FAILED.keys()


def test_fates_do_not_shift_the_draws_of_requests() -> None:
    def drawn(spec: str) -> list[str]:
        deck = FaultDeck(Faults.parse(spec), random.Random(1), 1)
        hits = []
        for _ in range(200):
            hits.append(deck.draw("post"))
            deck.fate()
            deck.draw("callback")
        return hits

    assert drawn("429=30%") == drawn("429=30%,undelivered=50%,callback.twice=50%")
