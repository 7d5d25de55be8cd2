from __future__ import annotations

import pytest

from async_messaging.simulator.world import Conditions
from tests.unit.simulator.visitor import Visitor, code_of, read


def test_wrong_credentials(visitor: Visitor) -> None:
    world = visitor.world
    for wrong in (
        "",
        "Basic",
        "Bearer x",
        visitor.basic(world.account_sid, "0" * 32),
        visitor.basic("SK" + "0" * 32, world.auth_token),
    ):
        verdict = visitor.ask("GET", f"{visitor.base}/Balance.json", authorization=wrong)
        assert (verdict.answer.status, code_of(verdict)) == (401, 20003)
        assert "WWW-Authenticate" in verdict.answer.headers


def test_an_api_key_is_as_good_as_the_token() -> None:
    key = "SK" + "1" * 32
    visitor = Visitor(Conditions(seed=1, api_keys={key: "secret"}))
    verdict = visitor.ask(
        "GET", f"{visitor.base}/Balance.json", authorization=visitor.basic(key, "secret")
    )
    assert verdict.answer.status == 200


def test_another_account_is_not_found(visitor: Visitor) -> None:
    verdict = visitor.get(f"/2010-04-01/Accounts/AC{'0' * 32}/Balance.json")
    assert (verdict.answer.status, code_of(verdict)) == (404, 20404)


def test_unknown_routes_and_methods(visitor: Visitor) -> None:
    assert code_of(visitor.get("/2010-04-01/Nothing.json")) == 20404
    verdict = visitor.ask("PUT", f"{visitor.base}/Messages.json")
    assert (verdict.answer.status, code_of(verdict)) == (405, 20004)


def test_a_body_that_is_no_form_has_no_parameters(visitor: Visitor) -> None:
    verdict = visitor.ask(
        "POST",
        f"{visitor.base}/Messages.json",
        body=b'{"To":"+14155550100"}',
        content_type="application/json",
    )
    assert code_of(verdict) == 21604


@pytest.mark.parametrize("body", [b"To=%FF", b"\xff=1", b"&".join([b"a=1"] * 1001)])
def test_a_form_that_cannot_be_read(visitor: Visitor, body: bytes) -> None:
    verdict = visitor.ask("POST", f"{visitor.base}/Messages.json", body=body)
    assert code_of(verdict) == 20001
    assert visitor.world.counters.answers == {(400, 20001): 1}


def test_concurrency_counts_calls_in_flight() -> None:
    visitor = Visitor(Conditions(seed=1, concurrency=2, retry_after=7))
    held = [visitor.post(hold=True), visitor.post(hold=True)]
    assert [verdict.in_flight for verdict in held] == [1, 2]
    refused = visitor.post(hold=True)
    assert (refused.answer.status, code_of(refused), refused.holder) == (429, 20429, None)
    assert refused.answer.headers["Retry-After"] == "7"
    holder = held[0].holder
    assert holder is not None
    holder.in_flight -= 1
    assert visitor.post().accepted
    assert visitor.world.counters.accepted == 3
    assert visitor.world.counters.peak_in_flight == 2


def test_rate_answers_63017_above_it() -> None:
    visitor = Visitor(Conditions(seed=1, rate=20.0))
    codes = [visitor.post().answer.code for _ in range(5)]
    assert codes == [0, 0, 63017, 63017, 63017]
    assert visitor.get("Balance.json").answer.status == 200
    visitor.clock.advance(0.06)
    assert visitor.post().accepted


def test_limits_are_sensible() -> None:
    for conditions in (Conditions(concurrency=0), Conditions(rate=0.0), Conditions(speed=0.0)):
        with pytest.raises(ValueError, match="must be"):
            Visitor(conditions)


@pytest.mark.parametrize(
    ("fault", "status", "code", "wire"),
    [
        ("429", 429, 20429, "answer"),
        ("63038", 429, 63038, "answer"),
        ("500_before", 500, 20500, "answer"),
        ("503_before", 503, 20503, "answer"),
        ("drop_before", 200, 0, "drop"),
        ("hang_before", 200, 0, "hang"),
    ],
)
def test_faults_before_acceptance(fault: str, status: int, code: int, wire: str) -> None:
    visitor = Visitor(faults=f"{fault}@2")
    assert visitor.post().accepted
    verdict = visitor.post()
    assert (verdict.answer.status, verdict.answer.code, verdict.wire) == (status, code, wire)
    assert not verdict.accepted
    assert visitor.world.counters.accepted == len(visitor.world.stored()) == 1
    assert visitor.world.counters.requests == 2


@pytest.mark.parametrize(
    ("fault", "status", "wire"),
    [
        ("500_after", 500, "answer"),
        ("drop_after", 201, "drop"),
        ("hang", 201, "hang"),
        ("truncate", 201, "truncate"),
    ],
)
def test_faults_after_acceptance(fault: str, status: int, wire: str) -> None:
    visitor = Visitor(faults=f"{fault}@1-2")
    refused = visitor.post(To="nobody")
    assert (refused.wire, refused.answer.code) == ("answer", 21211)
    verdict = visitor.post()
    assert (verdict.answer.status, verdict.wire, verdict.accepted) == (status, wire, True)
    assert visitor.world.counters.accepted == len(visitor.world.stored()) == 1


def test_faults_of_reads_and_changes_leave_creations_alone() -> None:
    visitor = Visitor(faults="get.503_before@1,change.500_before@1")
    sid = visitor.create()["sid"]
    assert code_of(visitor.get("Balance.json")) == 20503
    assert visitor.get("Balance.json").answer.status == 200
    assert code_of(visitor.update(sid, {"Body": ""})) == 20500
    assert visitor.update(sid, {"Body": ""}).answer.status == 200


def test_every_answer_is_late_by_the_latency() -> None:
    visitor = Visitor(faults="latency=80ms")
    assert visitor.post().delay == visitor.get("Balance.json").delay == 0.08


def test_counts_segments_of_every_post_and_keeps_answers() -> None:
    visitor = Visitor(faults="429@1,drop_after@2")
    for body in ("x" * 161, "x", "x" * 307):
        visitor.post(Body=body)
    visitor.post(MediaUrl="https://a.example/1", Body="x" * 307)
    visitor.ask("POST", f"{visitor.base}/Messages.json", authorization="none")
    counters = visitor.world.counters
    assert (counters.requests, counters.accepted, counters.segments) == (5, 3, 2 + 1 + 3 + 1 + 1)
    assert counters.answers == {(429, 20429): 1, (0, 0): 1, (201, 0): 2, (401, 20003): 1}
    assert counters.first is not None
    assert counters.last is not None
    assert counters.first.segments == 2
    assert counters.first.monotonic <= counters.last.monotonic


def test_reset_forgets_all_but_the_faults_which_count_anew() -> None:
    visitor = Visitor(faults="429@2")
    visitor.post()
    visitor.world.reset()
    assert visitor.world.stored() == []
    assert visitor.world.counters.requests == 0
    assert [visitor.post().answer.status for _ in range(2)] == [201, 429]


def test_a_seed_gives_the_same_credentials_and_sids() -> None:
    first, second = Visitor(), Visitor()
    assert first.authorization == second.authorization
    assert first.create()["sid"] == second.create()["sid"]
    assert Visitor(Conditions(seed=2)).authorization != first.authorization
    assert Visitor(Conditions()).authorization != Visitor(Conditions()).authorization


def test_sids_never_repeat(visitor: Visitor) -> None:
    sids = {visitor.create()["sid"] for _ in range(2000)}
    visitor.world.reset()
    sids |= {visitor.create()["sid"] for _ in range(2000)}
    assert len(sids) == 4000


def test_errors_carry_twilios_shape(visitor: Visitor) -> None:
    body = read(visitor.post(To="nobody"))
    assert body == {
        "code": 21211,
        "message": "The 'To' number nobody is not a valid phone number.",
        "more_info": "https://www.twilio.com/docs/errors/21211",
        "status": 400,
    }
