"""The log that the inbox reads: bounded, without credentials, one era from reset to reset."""

from __future__ import annotations

import pytest

from async_messaging.simulator.traffic import Counters, Post, Request, Traffic
from tests.unit.simulator.visitor import Visitor

ACCOUNT = "AC" + "0" * 32


def keep(traffic: Traffic, sid: str = "", body: bytes = b"") -> None:
    request = Request(
        account=ACCOUNT,
        at=1.0,
        target="/",
        content_type="",
        body=body,
        to="+14155550100",
        status=201,
        code=0,
        wire="answer",
        answer=b"",
        sid=sid,
    )
    traffic.keep(request)


def test_requests_are_numbered_and_bounded() -> None:
    traffic = Traffic()
    for _ in range(2500):
        keep(traffic, "SM1")
    assert [request.number for request in traffic.requests_since(2498, ACCOUNT)] == [2499, 2500]
    assert len(traffic.requests_since(0, ACCOUNT)) == 2000


def test_a_long_form_is_cut() -> None:
    traffic = Traffic()
    keep(traffic, body=b"x" * 100_000)
    assert len(traffic.requests[0].body) == 16_384


def test_what_made_no_message_is_refused() -> None:
    traffic = Traffic()
    keep(traffic, "SM1")
    keep(traffic)
    assert [request.number for request in traffic.refused(ACCOUNT)] == [2]
    assert sum(second.accepted for second in traffic.seconds) == 1
    assert sum(second.refused for second in traffic.seconds) == 1


def test_changes_are_told_once_and_from_where_one_was() -> None:
    traffic = Traffic()
    for n in range(2100):
        traffic.touch(f"SM{n}")
    assert traffic.changed_since(2098) == ["SM2098", "SM2099"]
    assert traffic.changed_since(2100) == []
    assert len(traffic.changed_since(0)) == 2000


def test_the_desk_keeps_messages_to_be_made_and_changes() -> None:
    visitor = Visitor()
    sid = visitor.create()["sid"]
    visitor.post(To="+15005550001")
    visitor.ask("POST", f"{visitor.base}/Messages/{sid}.json", {"Body": ""})
    visitor.ask("GET", f"{visitor.base}/Messages/{sid}.json")
    traffic = visitor.world.traffic
    assert [(request.status, request.code, request.sid) for request in traffic.requests] == [
        (201, 0, sid),
        (400, 21211, ""),
    ]
    assert traffic.changed_since(0) == [sid]
    assert visitor.authorization not in str(list(traffic.requests))


def test_a_reset_begins_another_era() -> None:
    world = Visitor().world
    before = world.traffic
    world.reset()
    assert world.traffic.era != before.era
    assert not world.traffic.requests


def test_the_rate_leaves_the_last_request_out() -> None:
    counters = Counters(requests=3, segments=12)
    counters.first, counters.last = Post(0.0, 10.0, 5), Post(0.0, 12.0, 2)
    assert counters.segments_per_second == pytest.approx(5.0)


def test_one_request_has_no_rate() -> None:
    counters = Counters()
    assert counters.segments_per_second == 0.0
    counters.post(3)
    assert counters.segments_per_second == 0.0
    assert (counters.requests, counters.segments) == (1, 3)
